"""How much noise is there, and of which kind? With a reference, and without."""

from helpers.estimation.blind import METHODS, blind_sigma
from helpers.estimation.fitting import Fit, fit
from helpers.estimation.identify import CANDIDATES, identify
from helpers.estimation.published import published_swarm
from helpers.estimation.searches import SEARCHES

__all__ = [
    "CANDIDATES",
    "METHODS",
    "SEARCHES",
    "Fit",
    "blind_sigma",
    "fit",
    "identify",
    "published_swarm",
]
