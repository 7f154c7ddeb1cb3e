"""Networks: one file per family, one registry, the same call as a filter once they are trained.

`build` gives a network with fresh weights; `load` one that was trained, as a denoiser.

>>> print(*sorted(NETWORKS))
autoencoder dingliu dncnn drunet gondara mwcnn pridnet rdn rednet ridnet vincent zero_dce
"""

from helpers.networks.autoencoder import Autoencoder
from helpers.networks.base import NETWORKS, SIZES, GlobalMean, Network, Residual, build
from helpers.networks.dingliu import Cascade, DingLiu
from helpers.networks.dncnn import DnCNN
from helpers.networks.drunet import DRUNet
from helpers.networks.gondara import Gondara
from helpers.networks.inference import TrainedNetwork, load
from helpers.networks.mwcnn import MWCNN, dwt, iwt
from helpers.networks.pridnet import PRIDNet
from helpers.networks.rdn import RDN
from helpers.networks.rednet import REDNet
from helpers.networks.ridnet import RIDNet
from helpers.networks.vincent import Vincent, mask
from helpers.networks.zero_dce import ZeroDCE, apply_curves

__all__ = [
    "MWCNN",
    "NETWORKS",
    "RDN",
    "SIZES",
    "Autoencoder",
    "Cascade",
    "DRUNet",
    "DingLiu",
    "DnCNN",
    "GlobalMean",
    "Gondara",
    "Network",
    "PRIDNet",
    "REDNet",
    "RIDNet",
    "Residual",
    "TrainedNetwork",
    "Vincent",
    "ZeroDCE",
    "apply_curves",
    "build",
    "dwt",
    "iwt",
    "load",
    "mask",
]
