"""Where a training batch comes from: patches of clean pictures, and fresh noise on each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from helpers.checks import refusal, several
from helpers.images import as_image, to_gray
from helpers.noise import MODELS, NoiseModel
from helpers.training.alignment import warn_of_shift

Noise = NoiseModel | Callable[[np.random.Generator], NoiseModel]
Pair = tuple[np.ndarray, np.ndarray]  # noisy and clean, aligned


class RandomParameters:
    """A noise model whose parameters are drawn anew for each patch, uniformly from ranges.

    Parameters
    ----------
    model : str
        A key of `noise.MODELS`.
    **ranges : tuple of float
        Parameter to (low, high), both included; of whole steps where the parameter has such.

    Examples
    --------
    >>> blind = RandomParameters("gaussian", sigma=(0, 55/255))
    >>> blind(np.random.default_rng(0)).sigma < 55/255
    True
    >>> blind
    RandomParameters('gaussian', sigma=(0, 0.2157))
    """

    def __init__(self, model: str, **ranges: tuple[float, float]) -> None:
        self.model, self.ranges = model, ranges
        parameters = MODELS[model].parameters()
        for name, ends in ranges.items():
            if name not in parameters:
                raise ValueError(f"{model} has no {name!r}; it has {', '.join(parameters)}")
            if not (isinstance(ends, tuple) and len(ends) == 2):
                raise ValueError(f"{name} is drawn from (low, high), not from {ends!r}")
        for end in (0, 1):  # both ends are checked now, not after an hour
            MODELS[model](**{name: ends[end] for name, ends in ranges.items()})
        for name, (low, high) in ranges.items():
            if low > high:
                raise ValueError(f"{name} is drawn from (low, high), not from ({low}, {high})")

    def __call__(self, rng: np.random.Generator) -> NoiseModel:
        """One model of the family."""
        model, drawn = MODELS[self.model], {}
        for name, (low, high) in self.ranges.items():
            step = model.parameters()[name].step
            if step is None:
                drawn[name] = rng.uniform(low, high)
            else:
                drawn[name] = low + step * int(rng.integers(round((high - low) / step) + 1))
        return model(**drawn)

    def __repr__(self) -> str:
        ranges = (f"{name}=({low:.4g}, {high:.4g})" for name, (low, high) in self.ranges.items())
        return f"RandomParameters({self.model!r}, {', '.join(ranges)})"


@dataclass(frozen=True)
class OneOf:
    """One of several fitted noise models, drawn anew for each patch."""

    models: tuple[NoiseModel, ...]

    def __call__(self, rng: np.random.Generator) -> NoiseModel:
        """One of the models."""
        return self.models[rng.integers(len(self.models))]


@dataclass(frozen=True, eq=False)
class Patches:
    """Pairs of noisy and clean patches without end; sample n is always the same.

    Attributes
    ----------
    pictures : sequence of ndarray
        Clean, (H, W) for a gray network or (H, W, 3), in [0, 1], `size` pixels or more. Without
        `noise`: pairs of one shape, (noisy, clean) or two noisy ones; or (noisy,) alone.
    noise : NoiseModel or callable, optional
        What is put on each patch, or a function of a generator that says it, as
        `RandomParameters` is. None where the noise is a camera's.
    size : int
        Side of a patch, pixels.
    seed : int
        With the number of a sample it decides picture, place, flip, turn and noise.
    """

    pictures: Sequence[np.ndarray] | Sequence[Pair]
    noise: Noise | None
    size: int
    seed: int

    def sample(self, number: int, exposures: int = 1) -> tuple[np.ndarray, ...]:
        """The noisy patch of a number, and the clean one, (size, size) or (size, size, 3).

        Two `exposures` are two noisy patches of one place, each with noise of its own. Without
        `noise`, what the picture holds there.
        """
        rng, patch = self._place(number)
        if self.noise is None:
            return tuple(patch)
        model, clean = model_of(self.noise, rng), np.ascontiguousarray(patch[0])
        return *(model(clean, rng) for _ in range(exposures)), clean

    def model(self, number: int) -> Callable[..., np.ndarray]:
        """What is put on the patch of a number."""
        return model_of(self.noise, self._place(number)[0])

    def _place(self, number: int) -> tuple[np.random.Generator, list[np.ndarray]]:
        """Picture and place of a number, and the generator that its noise comes from."""
        rng = np.random.default_rng((self.seed, number))
        picture = self.pictures[rng.integers(len(self.pictures))]
        return rng, cut([picture] if self.noise is not None else picture, self.size, rng)

    def batch(self, numbers: Iterable[int], exposures: int = 1) -> tuple[Tensor, ...]:
        """Noisy and clean, all (N, C, size, size), as `sample` gives them."""
        kinds = zip(*(self.sample(number, exposures) for number in numbers))
        return tuple(map(as_batch, kinds))


def cut(pictures: Sequence[np.ndarray], size: int, rng: np.random.Generator) -> list[np.ndarray]:
    """The same patch of pictures of one shape, all flipped and turned the same way."""
    top, left = (rng.integers(side - size + 1) for side in pictures[0].shape[:2])
    way, turns = rng.choice((-1, 1)), rng.integers(4)
    rows, columns = slice(top, top + size), slice(left, left + size)
    return [np.rot90(picture[rows, columns][:, ::way], turns) for picture in pictures]


def model_of(noise: Noise, rng: np.random.Generator) -> Callable[..., np.ndarray]:
    """The noise model itself, or the one that a callable draws; any ``f(image, rng)`` will do.

    Raises
    ------
    ValueError
        When what it draws is none: a class, or what cannot be called.
    """
    model = noise if isinstance(noise, NoiseModel) else noise(rng)
    if isinstance(model, type) or not callable(model):
        raise refusal("what the noise draws", "a noise model, or a function of image, rng", model)
    return model


def as_batch(pictures: Sequence[np.ndarray]) -> Tensor:
    """Pictures of one size, (H, W) or (H, W, 3), to one tensor (N, C, H, W).

    Examples
    --------
    >>> as_batch([np.zeros((8, 6, 3), np.float32)]).shape
    torch.Size([1, 3, 8, 6])
    """
    stacked = torch.from_numpy(np.stack(pictures))
    return stacked[:, None] if stacked.ndim == 3 else stacked.permute(0, 3, 1, 2)


def as_picture(batch: Tensor) -> np.ndarray:
    """A batch of one, clipped to [0, 1]: (H, W), or (H, W, 3)."""
    planes = batch[0].float().clamp(0, 1).cpu().numpy()  # (C, H, W)
    return planes[0] if len(planes) == 1 else planes.transpose(1, 2, 0)


def prepare(pictures: Sequence[np.ndarray], channels: int, size: int) -> list[np.ndarray]:
    """Check the pictures and give them the network's channels; those that are too small go.

    Raises
    ------
    ValueError
        When no picture holds a patch, or a colour network is given a gray picture.
    """
    pictures = several(pictures, "images", "a list of pictures")
    ready = [_with_channels(as_image(picture), channels).clip(0, 1) for picture in pictures]
    return _large_enough(ready, [clean.shape for clean in ready], size)


def prepare_pairs(
    pairs: Sequence[Pair], channels: int, size: int, clean: bool = True
) -> list[Pair]:
    """As `prepare`, for pairs (noisy, clean); what is noisy may lie beyond [0, 1].

    Where `clean` is False the second one is noisy, too.

    Raises
    ------
    ValueError
        As `prepare`, for what is no pair, two pictures that differ in shape, and a clean one
        outside [0, 1]. Pairs that lie apart get a warning: see `alignment`.
    """
    second = "clean" if clean else "noisy"
    ready = []
    for number, pair in enumerate(several(pairs, "images", f"a list of pairs (noisy, {second})")):
        if not hasattr(pair, "__len__") or len(pair) != 2:
            raise ValueError(
                f"without noise, images are pairs (noisy, {second}); {number} is none"
            )
        first, other = as_image(pair[0], clipped=False), as_image(pair[1], clipped=False)
        if clean and (other.min() < 0 or other.max() > 1):
            raise ValueError(
                f"pair {number}: the clean picture has values from {other.min():.4g} to "
                f"{other.max():.4g}, outside [0, 1]: is it noisy, too? Then "
                "supervision='noise2noise' learns from it"
            )
        if first.shape != other.shape:
            shapes = f"noisy {first.shape} and {second} {other.shape}"
            raise ValueError(f"pair {number}: {shapes} differ in shape")
        warn_of_shift(first, other, f"pair {number}")
        first, other = (_with_channels(one, channels) for one in (first, other))
        # to gray, rounding may pass 1
        ready.append((first, other.clip(0, 1) if clean else other))
    return _large_enough(ready, [first.shape for first, _ in ready], size)


def prepare_noisy(
    pictures: Sequence[np.ndarray] | Sequence[Pair], channels: int, size: int
) -> list[tuple[np.ndarray]]:
    """As `prepare`, for noisy pictures that nobody has clean; of pairs the first is taken.

    Raises
    ------
    ValueError
        As `prepare`.
    """
    noisy = [as_image(one, clipped=False) for one in firsts(pictures)]
    ready = [(_with_channels(one, channels),) for one in noisy]
    return _large_enough(ready, [one.shape for one in noisy], size)


def firsts(pictures: Sequence[np.ndarray] | Sequence[Pair]) -> list[np.ndarray]:
    """Noisy pictures, or the first of each pair, as they were given."""
    pictures = several(pictures, "images", "a list of noisy pictures")
    return [one[0] if isinstance(one, tuple) and one else one for one in pictures]


def _with_channels(image: np.ndarray, channels: int) -> np.ndarray:
    if channels == 3 and image.ndim == 2:
        raise ValueError("a colour network needs colour pictures, and one of these is gray")
    return to_gray(image) if channels == 1 else image


def _large_enough(pictures: list, shapes: list[tuple[int, ...]], size: int) -> list:
    large = [one for one, shape in zip(pictures, shapes) if min(shape[:2]) >= size]
    if not large:
        raise ValueError(f"none of the {len(shapes)} pictures holds a patch of {size}×{size}")
    return large
