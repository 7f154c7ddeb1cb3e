"""What tells a network how to restore, where there is a clean picture and where there is none.

A mean is learned from targets that scatter around it as well as from the mean itself: squared
error against a second noisy picture differs from that against the clean one by the variance of
its noise, which no network can change. Each `Supervision` draws its own kind of targets from
patches, and says what the loss of a batch is.

>>> print(*SUPERVISIONS)
clean noise2noise noise2void sure
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, NamedTuple

import numpy as np
import torch
from torch import Tensor

from helpers import checks
from helpers.losses import L2, Loss
from helpers.metrics.sure import STEP, fault, risk, signs
from helpers.networks.precision import PRECISIONS
from helpers.noise import Gaussian, NoiseModel
from helpers.parameters import SIGMA
from helpers.registry import Registry
from helpers.training.blind_spot import CELL, LARGEST, REACH, hide, scattered
from helpers.training.loop import Run
from helpers.training.patches import (
    Noise,
    Pair,
    Patches,
    firsts,
    prepare_noisy,
    prepare_pairs,
)

Criterion = Callable[[Tensor, Tensor], Tensor]  # (restored, reference) to a scalar


class Lesson(NamedTuple):
    """A batch.

    Attributes
    ----------
    seen : Tensor
        (N, C, H, W), what the network is shown.
    noise : Tensor or None
        The noise of each patch, or other noise as strong, of which a network that takes σ is told
        the strength; None where nobody knows it.
    truth : tuple of Tensor
        What the loss needs beside.
    """

    seen: Tensor
    noise: Tensor | None
    truth: tuple[Tensor, ...]


@dataclass(frozen=True)
class Supervision:
    """Where the targets come from: a subclass says what a batch is, and its loss.

    Attributes
    ----------
    taken : callable
        ``taken(images, channels, size)`` prepares what is given without a noise model.
    """

    taken: ClassVar[Callable] = staticmethod(prepare_noisy)

    def check(self, noise: Noise | None, criterion: Criterion, patch: int) -> None:
        """Refuse a noise, a loss or a patch with which it cannot work."""

    def precision(self, asked: str) -> str:
        """In which the network runs."""
        return asked

    def lesson(self, patches: Patches, numbers: Sequence[int]) -> Lesson:
        """The batch of some numbers, always the same."""
        raise NotImplementedError

    def loss(
        self, run: Run, criterion: Criterion, seen: Tensor, told: Sequence[Tensor], *truth: Tensor
    ) -> Tensor:
        """A scalar; in float32, whatever the network runs in."""
        return criterion(run(seen, *told).float(), *truth)


SUPERVISIONS: Registry[type[Supervision]] = Registry("supervision")


@dataclass(frozen=True)
class Clean(Supervision):
    """The clean picture is the target: noise is put on it, or a camera took both."""

    taken = staticmethod(prepare_pairs)

    def lesson(self, patches: Patches, numbers: Sequence[int]) -> Lesson:
        """Noisy patches, and the clean ones as targets."""
        noisy, clean = patches.batch(numbers)
        return Lesson(noisy, noisy - clean, (clean,))


@dataclass(frozen=True)
class Noise2Noise(Supervision):
    """Another noisy picture of the same scene is the target (Lehtinen et al. 2018).

    With squared error the network learns the mean of the targets, given what it sees. That is
    the clean picture's where their noise is independent of the first one and its mean is 0;
    targets reach beyond [0, 1] and must not be clipped. With another loss it is not the mean:
    L1 learns a median.

    References
    ----------
    Lehtinen et al. (2018). Noise2Noise: learning image restoration without clean data. ICML.
    """

    taken = staticmethod(partial(prepare_pairs, clean=False))

    def lesson(self, patches: Patches, numbers: Sequence[int]) -> Lesson:
        """Noisy patches, and as targets the same ones under other noise."""
        first, second, *clean = patches.batch(numbers, exposures=2)
        noise = first - clean[0] if clean else (first - second) / 2**0.5
        return Lesson(first, noise, (second,))


@dataclass(frozen=True)
class Noise2Void(Supervision):
    """The noisy picture is its own target, in pixels that the network does not see.

    One pixel in each square of cell × cell gets the value of a random neighbour, and is to be
    guessed. The noise of pixels must be independent; its strength need not be known.

    Parameters
    ----------
    cell : int
        2 to 64; a side of 8 hides the 64 pixels of a 64×64 patch that the paper hides.

    References
    ----------
    Krull, Buchholz, Jug (2019). Noise2Void: learning denoising from single noisy images. CVPR.
    """

    cell: int = CELL

    def __post_init__(self) -> None:
        object.__setattr__(self, "cell", checks.whole(self.cell, "cell", 2, LARGEST))

    def check(self, noise: Noise | None, criterion: Criterion, patch: int) -> None:
        """A loss of single pixels, and a patch that has a pixel to hide."""
        if isinstance(criterion, Loss) and criterion.smallest > 1:
            raise ValueError(
                f"noise2void judges hidden pixels one by one, and {type(criterion).__name__} "
                "needs their neighbours: l2 is a loss of single pixels"
            )
        least = max(self.cell, 2 * REACH)
        if patch < least:
            raise checks.refusal("patch", f"{least} pixels or more for noise2void", patch)

    def lesson(self, patches: Patches, numbers: Sequence[int]) -> Lesson:
        """Patches with hidden pixels; the noisy ones, and which pixels were hidden."""
        noisy, *clean = patches.batch(numbers)
        hidden, masks = [], []
        for number, patch in zip(numbers, noisy.permute(0, 2, 3, 1).numpy()):
            rng = np.random.default_rng((patches.seed, number, 2))  # 1 misjudges σ: `Denoising`
            masks.append(scattered(patch.shape, self.cell, rng))
            hidden.append(hide(patch, masks[-1], rng))
        mask = torch.from_numpy(np.stack(masks))[:, None].expand(noisy.shape)
        noise = noisy - clean[0] if clean else None
        return Lesson(torch.from_numpy(np.stack(hidden)).permute(0, 3, 1, 2), noise, (noisy, mask))

    def loss(
        self, run: Run, criterion: Criterion, seen: Tensor, told: Sequence[Tensor], *truth: Tensor
    ) -> Tensor:
        """Of the hidden pixels alone, as a batch (1, 1, 1, pixels)."""
        noisy, mask = truth
        restored = run(seen, *told).float()
        return criterion(restored[mask][None, None, None], noisy[mask][None, None, None])


def _as_drawn(
    pictures: Sequence[np.ndarray] | Sequence[Pair], channels: int, size: int
) -> list[tuple[np.ndarray]]:
    """As `prepare_noisy`, where the σ of each value is to be the one that is known."""
    noisy = firsts(pictures)
    ready = prepare_noisy(noisy, channels, size)
    if channels == 1 and any(np.ndim(one) == 3 for one in noisy):
        raise ValueError(
            "for a gray network, sure takes gray noisy pictures: the gray of a colour one has "
            "less noise than its channels, and no longer the σ that is known"
        )
    for (one,) in ready:
        if reason := fault(one):
            warnings.warn(f"{reason}: sure learns another answer from it", stacklevel=5)
            break  # of many pictures one is enough
    return ready


@dataclass(frozen=True)
class SURE(Supervision):
    """No target: Stein's unbiased estimate of the squared error is made small.

    For white Gaussian noise of known σ, unclipped, the expected error of a restored picture f(y)
    is |f(y) − y|² − σ² + 2σ²·div f, each as a mean over pixels. The divergence is told by how the
    network answers a random probe (Ramani, Blu, Unser 2008). `metrics.sure` measures the same,
    and refuses pictures that were rounded or clipped; here they get a warning.

    Parameters
    ----------
    sigma : float, optional
        Of the noise, in image units. By default that of the noise model, which is
        `noise.Gaussian` or draws such; noisy pictures without a model need it.
    step : float
        Length of the probe, in σ.

    References
    ----------
    Stein (1981), Annals of Statistics 9(6). Soltanayev, Chun (2018). Training deep learning based
    denoisers without ground truth data. NeurIPS.
    """

    taken = staticmethod(_as_drawn)

    sigma: float | None = None
    step: float = STEP

    def __post_init__(self) -> None:
        checks.check_fields(self, {"sigma": _strength, "step": partial(checks.number, above=0)})

    def check(self, noise: Noise | None, criterion: Criterion, patch: int) -> None:
        """A σ that somebody knows, white Gaussian noise, and squared error."""
        drawn = noise is not None and not isinstance(noise, NoiseModel)  # looked at when drawn
        white = isinstance(noise, Gaussian) and noise.sigma > 0
        if not (white or drawn or (noise is None and self.sigma is not None)):
            accepted = (
                "Gaussian with a σ above 0 where supervision is sure, as noise.Gaussian(25/255), "
                "or None with noisy pictures and SURE(sigma=25/255)"
            )
            raise checks.refusal("noise", accepted, noise)
        if not isinstance(criterion, L2):
            raise ValueError(f"sure estimates squared error: its loss is l2, not {criterion!r}")

    def precision(self, asked: str) -> str:
        """float32: the answer to a probe is a small difference."""
        if checks.one_of(asked, "precision", PRECISIONS) == "bfloat16":
            raise ValueError("sure needs float32: rounding would drown the answer to its probe")
        return "float32"

    def lesson(self, patches: Patches, numbers: Sequence[int]) -> Lesson:
        """Noisy patches; a probe of ±1 for each pixel, and σ, (N, 1, 1, 1)."""
        noisy, *clean = patches.batch(numbers)
        rngs = [np.random.default_rng((patches.seed, number, 2)) for number in numbers]
        shape = noisy.permute(0, 2, 3, 1).shape[1:]
        probes = [signs(shape, rng) for rng in rngs]
        sigmas = [self._sigma(patches, number) for number in numbers]
        sigma = torch.tensor(sigmas).view(-1, 1, 1, 1)
        probe = torch.from_numpy(np.stack(probes)).permute(0, 3, 1, 2)
        noise = noisy - clean[0] if clean else sigma * probe  # as strong as what is known
        return Lesson(noisy, noise, (probe, sigma))

    def _sigma(self, patches: Patches, number: int) -> float:
        """What the noise of a patch is known to be."""
        if self.sigma is not None:
            return self.sigma
        model = patches.model(number)
        if not isinstance(model, Gaussian) or model.sigma == 0:
            raise checks.refusal(
                "what the noise draws", "Gaussian where supervision is sure", model
            )
        return model.sigma

    def loss(
        self, run: Run, criterion: Criterion, seen: Tensor, told: Sequence[Tensor], *truth: Tensor
    ) -> Tensor:
        """The expected error; below 0 now and then, by chance."""
        probe, sigma = truth
        step = self.step * sigma
        both = torch.cat([seen, seen + step * probe])  # one batch: processes count their passes
        restored, moved = run(both, *(torch.cat([one, one]) for one in told)).float().chunk(2)
        divergence = (probe * (moved - restored)).mean(dim=(1, 2, 3), keepdim=True) / step
        return risk(criterion(restored, seen), divergence, sigma).mean()


def _strength(value: object, name: str) -> float:
    return checks.number(SIGMA.check(value, "SURE"), name, above=0)


SUPERVISIONS["clean"] = Clean
SUPERVISIONS["noise2noise"] = Noise2Noise
SUPERVISIONS["noise2void"] = Noise2Void
SUPERVISIONS["sure"] = SURE


def supervision_of(asked: str | Supervision) -> Supervision:
    """One by its name, or as it is.

    Raises
    ------
    ValueError
        For an unknown name, a class, and what is none.

    Examples
    --------
    >>> supervision_of("sure")
    SURE(sigma=None, step=0.1)
    """
    if isinstance(asked, Supervision):
        return asked
    if isinstance(asked, str):
        return SUPERVISIONS[asked]()
    accepted = f"one of {', '.join(SUPERVISIONS)}, or one that was made, as SURE(sigma=25/255)"
    raise checks.refusal("supervision", accepted, asked)
