"""Noise models and distortions: each one small declaration, everything else derived from it.

A model is a frozen dataclass whose fields are its parameters. Declaring the class is all there
is to do: it enters `MODELS`, gets its slider, its search bounds, its row in the table of models
and its test cases.

`base` says what a model is, `chance` holds the noise, `distortions` what has no chance in it,
`camera` puts them together as a camera does.

>>> from helpers import images
>>> photograph = images.load("camera", size=256)
>>> model = Gaussian(sigma=25/255)
>>> noisy = model(photograph, rng=0)  # (256, 256) float32, not clipped
>>> print(model)
Gaussian, σ = 25/255
"""

from helpers.noise.base import MODELS, Chain, Distortion, NoiseModel, table
from helpers.noise.camera import Camera, SoftCamera, demosaic, mosaic
from helpers.noise.chance import (
    Gaussian,
    Poisson,
    PoissonGaussian,
    SaltAndPepper,
    Speckle,
    probabilities_between,
)
from helpers.noise.distortions import (
    AverageBlur,
    GaussianBlur,
    Jpeg,
    MedianBlur,
    MotionBlur,
    Quantize,
)
from helpers.parameters import Parameter, parameter

__all__ = [
    "MODELS",
    "AverageBlur",
    "Camera",
    "Chain",
    "Distortion",
    "Gaussian",
    "GaussianBlur",
    "Jpeg",
    "MedianBlur",
    "MotionBlur",
    "NoiseModel",
    "Parameter",
    "Poisson",
    "PoissonGaussian",
    "Quantize",
    "SaltAndPepper",
    "SoftCamera",
    "Speckle",
    "demosaic",
    "mosaic",
    "parameter",
    "probabilities_between",
    "table",
]
