"""How much noise is there, and of which kind? With a reference, and without."""

from helpers.estimation.blind import METHODS, blind_sigma
from helpers.estimation.blind_fit import blind_fit
from helpers.estimation.camera import fit_camera, fit_soft_camera, spread_of
from helpers.estimation.fitting import Fit, fit
from helpers.estimation.grain import Grain, grain
from helpers.estimation.identify import CANDIDATES, identify
from helpers.estimation.lines import LINES
from helpers.estimation.no_reference import GradientFit, blind_deg, fit_gradients
from helpers.estimation.published import published_swarm
from helpers.estimation.searches import SEARCHES

__all__ = [
    "CANDIDATES",
    "LINES",
    "METHODS",
    "SEARCHES",
    "Fit",
    "GradientFit",
    "Grain",
    "blind_deg",
    "blind_fit",
    "blind_sigma",
    "fit",
    "fit_camera",
    "fit_gradients",
    "fit_soft_camera",
    "grain",
    "identify",
    "published_swarm",
    "spread_of",
]
