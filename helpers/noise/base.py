"""What a noise model, a distortion and a chain of them are."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from helpers import checks
from helpers.images import Seed, as_generator, as_image
from helpers.parameters import Parameter, parameters_of
from helpers.registry import Registry

MODELS: Registry[type[NoiseModel]] = Registry("noise model")


class NoiseModel(ABC):
    """Base of all models. Subclass it as a frozen dataclass and write `apply`.

    Attributes
    ----------
    key : str
        Name in `MODELS`: the class name in snake_case.

    Examples
    --------
    A model of your own, known to the whole course at once:

    >>> from helpers.parameters import parameter
    >>> @dataclass(frozen=True)
    ... class Uniform(NoiseModel):
    ...     '''Noise spread evenly, y = x + n, n ~ U(−a, a).'''
    ...     a: float = parameter(0.1, low=0, high=0.5, valid=(0, 1), symbol="a", unit="/255")
    ...     def apply(self, image, rng):
    ...         return image + rng.uniform(-self.a, self.a, image.shape)
    >>> MODELS.pop("uniform").__name__
    'Uniform'
    """

    key: ClassVar[str] = ""
    name: ClassVar[str] = ""  # as a reader sees it, where `key` in plain words will not do

    def __init_subclass__(cls, register: bool = True, **options) -> None:
        super().__init_subclass__(**options)
        if register:
            cls.key = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
            MODELS[cls.key] = cls

    def __post_init__(self) -> None:
        for name, parameter in self.parameters().items():
            value = parameter.check(getattr(self, name), type(self).__name__)
            object.__setattr__(self, name, value)

    @abstractmethod
    def apply(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Corrupt an image, (H, W) or (H, W, 3) float32, perhaps already outside [0, 1]."""

    @classmethod
    def parameters(cls) -> dict[str, Parameter]:
        """The parameters that this model declares, by name."""
        return parameters_of(cls)

    @classmethod
    def at(cls, position: float) -> NoiseModel:
        """The model with its first parameter at a position, 0 to 1, of its slider's range.

        Examples
        --------
        >>> from helpers.noise import Gaussian
        >>> print(Gaussian.at(0.5))
        Gaussian, σ = 50/255
        """
        position = checks.number(position, "position", 0, 1)
        name, parameter = next(iter(cls.parameters().items()))
        return cls(**{name: parameter.at(position)})

    def __call__(self, image: np.ndarray, rng: Seed, clip: bool = False) -> np.ndarray:
        """Corrupt an image.

        Parameters
        ----------
        image : numpy.ndarray
            (H, W) or (H, W, 3), anything that `images.as_image` accepts; noise of an earlier
            model may reach outside [0, 1].
        rng : int or numpy.random.Generator
            The same seed gives the same pixels.
        clip : bool
            Cut the result to [0, 1], as an 8-bit file would.

        Returns
        -------
        numpy.ndarray
            float32, same shape; not clipped unless asked.

        Raises
        ------
        ValueError
            For what is no image, a bad `rng`, and a `clip` that is neither True nor False.
        """
        clip = checks.flag(clip, "clip")
        result = self.apply(as_image(image, clipped=False), as_generator(rng))
        if result is None:
            raise ValueError(f"{type(self).__name__}.apply returns no image; is it written yet?")
        result = result.astype(np.float32, copy=False)
        return np.clip(result, 0, 1) if clip else result

    def cdf(self, x: np.ndarray, y: np.ndarray) -> np.ndarray | None:
        """Probability that a pixel of clean value `x` is at most `y` after this noise, unclipped.

        Optional: with it, noise is fitted by exact probabilities instead of by simulation.

        Parameters
        ----------
        x, y : numpy.ndarray
            Clean values (X, 1) and thresholds (1, Y), in image units.

        Returns
        -------
        numpy.ndarray or None
            (X, Y); None where there is no formula or neighbours have a say.
        """
        return None

    def variance(self, x: np.ndarray) -> np.ndarray | None:
        """Variance of this noise, unclipped, where the clean image is `x`: what is told.

        Optional: with it, `denoise.told` makes the variance constant; without, it simulates.

        Parameters
        ----------
        x : numpy.ndarray
            Clean values in image units, of any shape.

        Returns
        -------
        numpy.ndarray or None
            Of the shape of `x`; None where neighbours have a say, or the mean is not `x`.

        Examples
        --------
        >>> from helpers.noise import PoissonGaussian
        >>> PoissonGaussian(gain=0.01, sigma=0.1).variance(np.array([0, 0.5, 1])).round(3).tolist()
        [0.01, 0.015, 0.02]
        """
        return None

    def rms(self, reference: np.ndarray) -> float | None:
        """RMS of this model's unclipped noise on a clean image, in image units: √E[(y − x)²].

        By default measured from a draw; None for a blur, which has no noise.
        """
        return rms_of_change(self, reference)

    def __str__(self) -> str:
        shown = (one.format(getattr(self, name)) for name, one in self.parameters().items())
        return ", ".join([self.title(), *shown])

    @classmethod
    def title(cls) -> str:
        """The name as a reader sees it: "Salt and pepper"."""
        return cls.name or cls.key.replace("_", " ").capitalize()

    @classmethod
    def summary(cls) -> str:
        """The first sentence of the docstring."""
        return " ".join((cls.__doc__ or "").split("\n\n")[0].split())


class Distortion(NoiseModel, register=False):
    """A corruption without randomness: blur, quantisation, compression."""

    def rms(self, reference: np.ndarray) -> float | None:
        """None: what a blur does wrong is no noise."""
        as_image(reference)  # refuse what is no image
        return None


def rms_of_change(model: NoiseModel, reference: np.ndarray) -> float:
    """RMS of all that one draw changes, noise and losses together."""
    image = as_image(reference)
    return _rms(model.apply(image, np.random.default_rng(0)) - image)


def _rms(error: np.ndarray) -> float:
    return float(np.sqrt(np.mean(error**2, dtype=float)))


# ---- one after the other -------------------------------------------------------------------


@dataclass(frozen=True)
class Chain(NoiseModel, register=False):
    """Models applied in the order given: blur, then noise, then 8 bits, then JPEG.

    Examples
    --------
    >>> from helpers.noise import GaussianBlur, PoissonGaussian, Quantize
    >>> phone = Chain([GaussianBlur(1), PoissonGaussian(0.01, 5/255), Quantize(256)])
    >>> print(phone)
    Gaussian blur, σ = 1 px → Poisson-Gaussian, gain = 0.01, σ = 5/255 → Quantisation, levels = 256
    """

    models: tuple[NoiseModel, ...]

    def __post_init__(self) -> None:
        accepted = "made of one or more noise models"
        models = tuple(checks.several(self.models, "a chain", accepted))
        if not models or not all(isinstance(model, NoiseModel) for model in models):
            raise checks.refusal("a chain", accepted, self.models)
        object.__setattr__(self, "models", models)

    def apply(self, image, rng):
        for model in self.models:
            image = model.apply(image, rng).astype(np.float32, copy=False)
        return image

    def variance(self, x):
        """The sum of its members'; None where a blur or JPEG follows noise, or nothing is noise.

        Before noise, a blur changes the picture alone, and `x` is what it leaves.
        """
        variances = [model.variance(x) for model in self.models]
        blurs = [
            isinstance(model, Distortion) and v is None for model, v in zip(self.models, variances)
        ]
        told = variances[blurs.index(False) :] if False in blurs else []
        return sum(told) if told and all(one is not None for one in told) else None

    def rms(self, reference):
        """Of what is changed beside blurs, measured; None where all members are distortions."""
        if len(self.models) == 1:
            return self.models[0].rms(reference)
        if all(isinstance(model, Distortion) for model in self.models):
            return Distortion.rms(self, reference)
        image = as_image(reference)
        return _rms(self.apply(image, np.random.default_rng(0)) - self._blurred(image))

    def _blurred(self, image: np.ndarray) -> np.ndarray:
        """What the blurs, without noise, leave of an image."""
        for model in self.models:
            if isinstance(model, Chain):
                image = model._blurred(image)
            elif model.rms(image.clip(0, 1)) is None:
                image = model.apply(image, np.random.default_rng(0))
        return image

    def __str__(self) -> str:
        return " → ".join(map(str, self.models))


# ---- all of them, as a table -----------------------------------------------------------------


def table() -> list[dict[str, str]]:
    """One row for each parameter of each model: what notebook, README and docs show.

    Examples
    --------
    >>> from helpers import noise
    >>> noise.table()[0]["model"], noise.table()[0]["parameter"]
    ('gaussian', 'sigma')
    """
    return [
        {
            "model": key,
            "parameter": one.name,
            "symbol": one.symbol,
            "unit": one.shown_unit,
            "default": f"{one.default * one.scale:g}",
            "slider": f"{one.low * one.scale:g} to {one.high * one.scale:g}",
            "what it is": model.summary(),
        }
        for key, model in MODELS.items()
        for one in model.parameters().values()
    ]
