"""Networks: one file per family, one registry, the same call as a filter once they are trained.

`build` gives a network with fresh weights; `load` one that was trained, as a denoiser.

>>> sorted(NETWORKS)
['autoencoder', 'dncnn', 'gondara', 'rdn', 'rednet', 'ridnet', 'vincent']
"""

from helpers.networks.autoencoder import Autoencoder
from helpers.networks.base import NETWORKS, SIZES, GlobalMean, Network, Residual, build
from helpers.networks.dncnn import DnCNN
from helpers.networks.gondara import Gondara
from helpers.networks.inference import TrainedDenoiser, load
from helpers.networks.rdn import RDN
from helpers.networks.rednet import REDNet
from helpers.networks.ridnet import RIDNet
from helpers.networks.vincent import Vincent, mask

__all__ = [
    "NETWORKS",
    "RDN",
    "SIZES",
    "Autoencoder",
    "DnCNN",
    "GlobalMean",
    "Gondara",
    "Network",
    "REDNet",
    "RIDNet",
    "Residual",
    "TrainedDenoiser",
    "Vincent",
    "build",
    "load",
    "mask",
]
