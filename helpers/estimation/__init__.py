"""How much noise is there, and of which kind? With a reference, and without."""

from helpers.estimation.fitting import Fit, fit

__all__ = ["Fit", "fit"]
