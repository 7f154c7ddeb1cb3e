"""Shared code of the course *Seeing Through Noise*.

One module, one topic. Import what you need, as the notebooks do:

>>> from helpers import images, noise
>>> photograph = images.load("camera", gray=True, size=256)
>>> noisy = noise.Gaussian(sigma=25/255)(photograph, rng=0)

Importing the package alone imports neither torch nor matplotlib.
"""

__version__ = "0.1.0"
