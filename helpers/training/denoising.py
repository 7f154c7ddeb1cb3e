"""Train a network to take noise away: `train`, and its objective."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import InitVar, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from helpers import checks
from helpers.estimation.grain import coarse_of
from helpers.images import centre_crop
from helpers.losses import LOSSES
from helpers.metrics import psnr
from helpers.networks import Network
from helpers.networks.base import check_built
from helpers.noise import NoiseModel
from helpers.parameters import SIGMA
from helpers.registry import Registry
from helpers.training.loop import Batch, History, Objective, Run, Settings, fit, settings_of
from helpers.training.patches import (
    Noise,
    Pair,
    Patches,
    as_batch,
    as_picture,
    model_of,
    prepare,
    prepare_pairs,
)
from helpers.training.supervision import Clean, Supervision, supervision_of

Loss = Callable[[Tensor, Tensor], Tensor]
# What a network that takes σ is told of the noise of each patch, (N, C, H, W) to (N,): its RMS;
# its strength where pictures live, which is another one where neighbours go together; nothing.
TOLD: Registry[Callable[[Tensor], Tensor]] = Registry("strength of noise")
TOLD["rms"] = lambda noise: noise.square().mean(dim=(1, 2, 3)).sqrt()
TOLD["nothing"] = lambda noise: torch.full((len(noise),), SIGMA.default)  # always the same
TOLD["coarse"] = lambda noise: torch.tensor([coarse_of(one.mean(0).numpy()) for one in noise])
# Pixels; every validation picture gives its centre, or all of it: enough of it to rank networks,
# in a fraction of the time that whole pictures take at each look.
VALIDATION_SIZE = 128


@dataclass
class Denoising(Objective):
    """Patches with fresh noise, or a camera's, are to become clean ones; as for `train`."""

    network: Network
    images: InitVar[Sequence[np.ndarray] | Sequence[Pair]]
    noise: Noise | None
    criterion: str | Loss
    validation: InitVar[Sequence[np.ndarray] | Sequence[Pair]]
    settings: Settings
    told: str = "rms"
    misjudged: float = 0.0
    supervision: str | Supervision = "clean"

    def __post_init__(self, images: Sequence, validation: Sequence) -> None:
        noise, criterion = self.noise, self.criterion
        if not (noise is None or isinstance(noise, NoiseModel) or _is_function(noise)):
            accepted = "a noise model, or a function that draws one, or None for pairs"
            raise checks.refusal("noise", accepted, noise)
        if not (isinstance(criterion, str) or _is_function(criterion)):
            raise checks.refusal("loss", f"one of {', '.join(LOSSES)}, or a function", criterion)
        self.misjudged = checks.number(self.misjudged, "misjudged", 0, 1)
        self.strength = TOLD[self.told]
        self.supervision = supervision_of(self.supervision)
        check_built(self.network)
        self.loss_of = LOSSES[criterion]() if isinstance(criterion, str) else criterion
        self.supervision.check(noise, self.loss_of, self.settings.patch)
        size, channels = self.settings.patch, self.network.architecture["channels"]
        ready = prepare_pairs if noise is None else prepare
        held_out = checks.several(validation, "validation", "a list of pictures, or of pairs")
        held_out = ready(held_out, channels, 1) if held_out else []
        self.held_out = []  # noisy (1, C, H, W) and clean, of their centres; always the same
        for number, picture in enumerate(held_out):
            pair = picture if noise is None else [picture]
            *noisy, clean = (centre_crop(x, min(VALIDATION_SIZE, *x.shape[:2])) for x in pair)
            rng = np.random.default_rng((number, len(held_out)))
            noisy = noisy or [model_of(noise, rng)(clean, rng)]
            self.held_out.append((as_batch(noisy), clean))
        taken = self.supervision.taken if noise is None else prepare
        self.patches = Patches(taken(images, channels, size), noise, size, self.settings.seed)
        if self.network.takes_sigma and noise is None:
            self._check_told()

    def _check_told(self) -> None:
        """Refuse a network that takes σ where nobody knows the noise that a patch has."""
        if self.told != "nothing" and self.supervision.lesson(self.patches, [0]).noise is None:
            name = self.network.architecture["network"]
            raise ValueError(
                f"{name} is told the strength of each patch's noise, which noisy pictures alone "
                "do not show: give a noise model or pairs, or told='nothing', or train a network "
                "that takes no σ"
            )

    def depends(self) -> dict[str, object]:
        """Noise, loss, targets, all pictures, and the design of the network."""
        clean = [clean for _, clean in self.held_out]
        return {
            "noise": self.noise,
            "loss": self.criterion,
            "told": (self.told, self.misjudged),
            # None for clean ones: checkpoints from before there were others go on
            "supervision": None if self.supervision == Clean() else self.supervision,
            "pictures": [*self.patches.pictures, *clean],
            "architecture": self.network.architecture,
        }

    def batch(self, numbers: Sequence[int]) -> Batch:
        """What is seen, in the layout in which convolutions are fast; the truth; what is told."""
        seen, noise, truth = self.supervision.lesson(self.patches, numbers)
        told = self._told(seen if noise is None else noise)  # told nothing, patches count alone
        if told and self.misjudged:
            rngs = [np.random.default_rng((self.settings.seed, n, 1)) for n in numbers]
            errors = [self.misjudged * rng.standard_normal() for rng in rngs]
            told = (told[0] * torch.tensor(errors, dtype=torch.float32).exp(),)
        return seen.to(memory_format=torch.channels_last), *truth, *told

    def loss(self, run: Run, batch: Batch) -> Tensor:
        """Of what is restored, as the supervision judges it."""
        seen, *rest = batch
        end = len(rest) - int(self.network.takes_sigma)
        return self.supervision.loss(run, self.loss_of, seen, rest[end:], *rest[:end])

    def _told(self, noise: Tensor) -> tuple[Tensor, ...]:
        """What a network that is told σ gets beside: the strength of each patch's noise, (N,)."""
        return (self.strength(noise.float()),) if self.network.takes_sigma else ()

    @torch.inference_mode()
    def scores(self, model: nn.Module) -> dict[str, float]:
        """Mean PSNR on the validation pictures, if there are any."""
        if not self.held_out:
            return {}
        device = next(model.parameters()).device
        pairs = []
        for noisy, clean in self.held_out:
            told = self._told(noisy - as_batch([clean]))
            given = (one.to(device) for one in (noisy, *told))
            pairs.append((as_picture(model(*given)), clean))
        return {"psnr": float(np.mean([psnr(clean, restored) for restored, clean in pairs]))}


def train(
    network: Network,
    images: Sequence[np.ndarray] | Sequence[Pair],
    *,
    noise: Noise | None,
    loss: str | Loss = "l2",
    told: str = "rms",
    misjudged: float = 0.0,
    supervision: str | Supervision = "clean",
    validation: Sequence[np.ndarray] | Sequence[Pair] = (),
    every: int = 500,
    checkpoint: str | Path | None = None,
    precision: str = "auto",
    progress: bool = True,
    **settings: object,
) -> History:
    """Train a network to take noise away; it ends with the averaged weights, in eval mode.

    By default Muon with linear warm-up and a cosine, gradients clipped by norm, an exponential
    moving average of the weights. Several processes share a batch: see `fit`.

    Parameters
    ----------
    network : Network
        As `networks.build` gives it; changed in place.
    images : sequence of ndarray
        Clean pictures in [0, 1]; a gray network takes colour ones too. Without noise: pairs
        (noisy, clean) of one shape, as a camera takes them, or what `supervision` learns from.
    noise : NoiseModel or callable, or None
        Put anew on every patch; a callable draws a model from a generator (`RandomParameters`).
        None for pairs, which are flipped and turned too: split a Bayer mosaic into its four
        colours first, for turned it would be another one.
    loss : str or callable
        A key of `losses.LOSSES`, or ``loss(restored, reference)``.
    told : {"rms", "coarse", "nothing"}
        What a network that takes σ is told of each patch's noise: its RMS; its strength at low
        frequencies, which is what `estimation.grain` measures; or always the default σ.
    misjudged : float
        How far that is off, as estimates are: the standard deviation of its logarithm, 0 to 1.
    supervision : {"clean", "noise2noise", "noise2void", "sure"} or Supervision
        What the network is to hit: the clean patch; the same one under other noise; hidden
        pixels of the noisy patch itself; nothing, where σ of white Gaussian noise is known. What
        is noisy may lie outside [0, 1]. Without noise these take pairs (noisy, clean); pairs
        (noisy, noisy); noisy pictures (of pairs the first), the last one as
        ``supervision.SURE(sigma=25/255)``. With a noise model each patch has fresh noise whenever
        it comes, as if its scene had been taken without end: more than who has one noisy picture
        of each can learn from.
    validation : sequence of ndarray, optional
        Pictures, or pairs (noisy, clean), whose PSNR is followed; never trained on.
    every, checkpoint, precision, progress
        As for `fit`. What is followed, and whatever is scored later, is computed in float32.
    **settings
        Those of `Settings`: ``steps`` 1000, ``batch`` 4, ``patch`` 64 pixels, ``lr`` 8e-3 ...

    Returns
    -------
    History

    Raises
    ------
    ValueError
        For settings out of range, pictures that hold no patch, a noise, loss or network with
        which a supervision cannot work, and from the course's own losses when the network's
        output is no longer finite.
    ValueError, FloatingPointError, OSError
        As `fit`.

    Examples
    --------
    >>> from helpers import images, networks, noise
    >>> network = networks.build("rednet", depth=4, width=4)
    >>> pictures = [images.load("camera", size=128)]
    >>> history = train(
    ...     network, pictures, noise=noise.Gaussian(25/255), steps=20, batch=2, progress=False
    ... )
    >>> history.step
    [20]

    Without any clean picture, from one noisy picture:

    >>> noisy = [noise.Gaussian(25/255)(picture, rng=0) for picture in pictures]
    >>> history = train(
    ...     network, noisy, noise=None, supervision="noise2void", steps=5, progress=False
    ... )
    >>> history.step
    [5]
    """
    numbers = settings_of(settings)
    objective = Denoising(
        network, images, noise, loss, validation, numbers, told, misjudged, supervision
    )
    precision = objective.supervision.precision(precision)
    network.to(memory_format=torch.channels_last)
    how = {"every": every, "checkpoint": checkpoint, "precision": precision, "progress": progress}
    return fit(network, objective, numbers, **how)


def _is_function(thing: object) -> bool:
    """Whether it can be called, and is no class: that of a noise or loss is not yet one."""
    return callable(thing) and not isinstance(thing, type)
