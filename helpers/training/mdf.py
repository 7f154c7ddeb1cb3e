"""The discriminators of MDF, learned from one picture: phase 1 of the paper.

The picture is reduced to a pyramid. At each scale, from the coarsest on, a small generator repairs
what the scale before has made, enlarged and distorted anew, and a discriminator learns to tell its
patches from those of the picture. Phase 2 keeps the discriminators as they are, as a loss:
`losses.MDF`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from helpers import checks, images
from helpers.losses.mdf import RECEPTIVE_RADIUS, Discriminator, Layer
from helpers.networks.weights import write_pair
from helpers.training.loop import ADAM, Batch, History, Objective, Run, Settings, fit, settings_of
from helpers.training.patches import Noise, as_batch, model_of

# SinGAN's, but 300 steps at each scale instead of 2000, and patches instead of whole pictures. A
# step trains both networks once.
SINGAN = ADAM | {"betas": (0.5, 0.999), "grad_clip": None, "batch": 1, "lr": 5e-4, "steps": 300}


@dataclass(frozen=True)
class Scales:
    """The pyramid, its networks, and what they are trained for.

    Attributes
    ----------
    scales : int
        How many.
    factor : float
        Between the sides of two scales.
    smallest : int
        Shorter side at the coarsest scale, pixels.
    width : int
        Feature maps, doubled every four scales.
    drawn : int
        Distorted inputs of a scale, each with chance of its own.
    penalty : float
        On slopes of the discriminator other than 1.
    fidelity : float
        Of the generator's squared error, beside the verdict.
    """

    scales: int = 8
    factor: float = 0.75
    smallest: int = 25
    width: int = 32
    drawn: int = 8
    penalty: float = 0.1
    fidelity: float = 10.0

    def __post_init__(self) -> None:
        counts, weights = ("scales", "smallest", "width", "drawn"), ("penalty", "fidelity")
        ranges = dict.fromkeys(counts, partial(checks.whole, low=1))
        ranges |= dict.fromkeys(weights, partial(checks.number, low=0))
        checks.check_fields(self, ranges | {"factor": partial(checks.number, above=0, below=1)})

    def width_at(self, scale: int) -> int:
        """Feature maps at a scale, counted from the coarsest, 0."""
        return self.width * 2 ** (scale // 4)


class Generator(nn.Module):
    """Repairs a picture in [−1, 1]; five layers, as the discriminator has."""

    def __init__(self, width: int, channels: int = 3) -> None:
        super().__init__()
        self.layers = nn.Sequential(Layer(channels, width), *(Layer(width, width) for _ in "123"))
        self.tail = nn.Conv2d(width, channels, 3)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) distorted to (N, C, H, W) repaired."""
        return x + self.tail(self.layers(F.pad(x, [RECEPTIVE_RADIUS] * 4, mode="replicate")))


def pyramid(picture: Tensor, options: Scales) -> list[Tensor]:
    """The picture in every size, the coarsest first; (1, C, H, W) each.

    Examples
    --------
    >>> sizes = [one.shape[-2:] for one in pyramid(torch.zeros(1, 3, 400, 600), Scales())]
    >>> tuple(sizes[0]), tuple(sizes[-1])
    ((25, 38), (187, 281))
    """
    height, width = picture.shape[-2:]
    sides = [options.smallest / options.factor**scale for scale in range(options.scales)]
    shares = [side / min(height, width) for side in sides]
    if shares[-1] > 1:
        raise ValueError(
            f"{options.scales} scales need a picture of {sides[-1]:.0f} pixels, "
            f"not {height}×{width}"
        )
    sizes = [(round(height * share), round(width * share)) for share in shares]
    return [F.interpolate(picture, s, mode="bicubic", antialias=True).clamp(-1, 1) for s in sizes]


Pair = nn.ModuleDict  # the "generator" and the "discriminator" of a scale


@dataclass
class OneScale(Objective):
    """A generator repairs inputs, a discriminator tells what it makes from the picture."""

    pair: Pair
    real: Tensor  # (1, C, H, W), the picture at this scale
    inputs: list[Tensor]  # what is to be repaired, of the same shape
    rng: np.random.Generator  # draws what each step sees
    options: Scales
    settings: Settings
    noise: Noise

    def __post_init__(self) -> None:
        draw = self.rng.integers
        room = [max(side - self.settings.patch, 0) + 1 for side in self.real.shape[-2:]]
        self.draws = [  # of each step: which input, which part of it, where slopes are taken
            (draw(len(self.inputs)), *(int(draw(places)) for places in room), torch.rand(()))
            for _ in range(self.settings.steps)
        ]
        self.last = {"error": 0.0, "apart": 0.0}  # of the last step

    def depends(self) -> dict[str, object]:
        """Noise, picture, and the options."""
        return {"noise": self.noise, "picture": [self.real], **asdict(self.options)}

    def batch(self, numbers: Sequence[int]) -> Batch:
        """The same place of the picture and of an input, and a number from 0 to 1."""
        which, top, left, share = self.draws[numbers[0]]
        rows, columns = (slice(at, at + self.settings.patch) for at in (top, left))
        return self.real[..., rows, columns], self.inputs[which][..., rows, columns], share

    def learners(self, model: nn.Module) -> Sequence[nn.Module]:
        """The discriminator first."""
        return [model["discriminator"], model["generator"]]

    def losses(self, run: Run, batch: Batch) -> Iterator[Tensor]:
        """The discriminator's, and once it has learned the generator's."""
        x, y, share = batch
        generator, discriminator = self.pair["generator"], self.pair["discriminator"]
        repaired = generator(y)
        apart = discriminator(x).mean() - discriminator(repaired.detach()).mean()
        slopes = slope_penalty(discriminator, torch.lerp(x, repaired.detach(), share))
        yield self.options.penalty * slopes - apart
        error = (repaired - x).square().mean()
        yield self.options.fidelity * error - discriminator(repaired).mean()
        self.last = {"error": round(error.item(), 5), "apart": round(apart.item(), 3)}

    def scores(self, model: nn.Module) -> dict[str, float]:
        """The generator's squared error, and how far the verdicts on both pictures are apart."""
        return self.last


def slope_penalty(discriminator: nn.Module, between: Tensor) -> Tensor:
    """(‖∇D‖ − 1)² somewhere between a natural and a repaired patch (Gulrajani et al. 2017).

    Of the *sum* of all verdicts, in each pixel: their mean hardly depends on a single one, and
    its slopes would have to grow with the number of pixels.
    """
    between = between.requires_grad_()
    verdict = discriminator(between).sum()
    (slope,) = torch.autograd.grad(verdict, between, create_graph=True)
    return (slope.norm(dim=1) - 1).square().mean()


def train_discriminators(
    picture: np.ndarray,
    noise: Noise,
    options: Scales | None = None,
    *,
    checkpoint: str | Path | None = None,
    progress: bool = True,
    **settings: object,
) -> tuple[nn.ModuleList, History]:
    """Discriminators that tell a picture from its repaired self, one for each scale.

    Parameters
    ----------
    picture : ndarray
        (H, W, 3) in [0, 1]; natural, sharp, without noise.
    noise : NoiseModel or callable
        The task: what is put on the input of each generator.
    options : Scales, optional
        The pyramid and its networks.
    checkpoint, progress
        As for `fit`, at each scale; for the files of the checkpoint see `checkpoint_of`.
    **settings
        Those of `Settings`, for each scale; by default those of SinGAN with 300 ``steps``, and
        ``patch`` 64 pixels or all there is.

    Returns
    -------
    nn.ModuleList
        Each a `Discriminator`, in eval mode, the coarsest scale first.
    History
        An entry for the end of each scale; ``scores`` has the generator's ``error``, and how far
        the verdicts on the picture and on the repaired are ``apart``.

    Raises
    ------
    ValueError
        For a gray picture, one too small for the scales, and as `fit`.
    """
    options, numbers = options or Scales(), settings_of(settings, **SINGAN)
    image = images.as_image(picture)
    if image.ndim == 2:
        raise ValueError("the discriminators learn colour: give a picture (H, W, 3)")
    if numbers.batch != 1:
        raise checks.refusal("batch", "1 for discriminators of one picture", numbers.batch)
    checkpoint = None if checkpoint is None else checks.path(checkpoint, "checkpoint")
    real, pairs, history = pyramid(2 * as_batch([image]) - 1, options), [], History()
    with torch.random.fork_rng():
        for scale in range(options.scales):
            file = None if checkpoint is None else checkpoint_of(checkpoint, scale)
            torch.manual_seed(numbers.seed + scale)
            rng = np.random.default_rng((numbers.seed, scale))
            inputs = _inputs(pairs, real, noise, options.drawn, rng)
            width = options.width_at(scale)
            pair = nn.ModuleDict(
                {"generator": Generator(width), "discriminator": Discriminator(width)}
            )
            if scale and options.width_at(scale - 1) == width:  # it begins as the one before
                pair.load_state_dict(pairs[-1].state_dict())
            objective = OneScale(pair, real[scale], inputs, rng, options, numbers, noise)
            one = fit(pair, objective, numbers, checkpoint=file, progress=progress)
            history.add(one.step[-1], one.loss[-1], {k: x[-1] for k, x in one.scores.items()})
            history.seconds += one.seconds
            history.commits += [name for name in one.commits if name not in history.commits]
            pairs.append(pair)
    return nn.ModuleList(pair["discriminator"] for pair in pairs), history


def checkpoint_of(path: Path, scale: int) -> Path:
    """The file in which the state of a scale is kept.

    Examples
    --------
    >>> checkpoint_of(Path("mdf_jpeg.safetensors"), 3).name
    'mdf_jpeg_3.safetensors'
    """
    return path.with_stem(f"{path.stem}_{scale}")


@torch.no_grad()
def _inputs(
    pairs: list[Pair], real: list[Tensor], noise: Noise, count: int, rng: np.random.Generator
) -> list[Tensor]:
    """What the next generator is to repair, several draws: the chain so far, distorted anew."""

    def distorted(x: Tensor) -> Tensor:
        picture = (x[0].permute(1, 2, 0).cpu().numpy() + 1) / 2  # (H, W, C) in [0, 1]
        return 2 * as_batch([model_of(noise, rng)(np.clip(picture, 0, 1), rng)]) - 1

    inputs = []
    for _ in range(count):
        x = real[0]
        for pair, target in zip(pairs, real[1:]):
            device = next(pair.parameters()).device
            x = pair["generator"](distorted(x).to(device))
            x = F.interpolate(x.clamp(-1, 1), target.shape[-2:], mode="bicubic").clamp(-1, 1)
        inputs.append(distorted(x))
    return inputs


def write(discriminators: nn.ModuleList, path: Path, card: dict) -> None:
    """Both files, in half precision, whole or not at all."""
    state = discriminators.state_dict()  # named by scale and layer
    tensors = {k: x.half() if x.is_floating_point() else x for k, x in state.items()}
    write_pair(path, tensors, card)
