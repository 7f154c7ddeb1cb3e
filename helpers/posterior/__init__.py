"""What does a restored picture not know? All that may be under the noise, and its mean.

`mixture` is a small world where everything is known in closed form; `means` says which networks
answer as it does; `tweedie` draws what may be under the noise; `derivative` tells from one
derivative how far each pixel is known, and `bars` whether that is so; `perception` is the price of
looking real, and `pools` asks whether pictures do.

>>> from helpers import images, networks, noise
>>> reference = images.load("camera", size=64)
>>> noisy = noise.Gaussian(25/255)(reference, rng=0)
>>> mean = conditional_mean(networks.load("drunet"))
>>> one, other = (sample(mean, noisy, 25/255, rng=seed, levels=10) for seed in (0, 1))
>>> found = derivative(mean, noisy, 25/255, rng=0, probes=8)
>>> bool(abs(one - other).max() > 0.1)  # both may be the clean picture
True
>>> deviation(found).shape  # as far as each pixel may be off
(64, 64)
"""

from helpers.posterior.bars import calibrate, coverage, deviation, narrower
from helpers.posterior.derivative import PRODUCTS, Derivative, derivative
from helpers.posterior.means import NetworkMean, conditional_mean
from helpers.posterior.mixture import Mixture, cut, fit
from helpers.posterior.perception import Frontier, frontier
from helpers.posterior.pools import apart, floor
from helpers.posterior.tweedie import sample, score

__all__ = [
    "PRODUCTS",
    "Derivative",
    "Frontier",
    "Mixture",
    "NetworkMean",
    "apart",
    "calibrate",
    "conditional_mean",
    "coverage",
    "cut",
    "derivative",
    "deviation",
    "fit",
    "floor",
    "frontier",
    "narrower",
    "sample",
    "score",
]
