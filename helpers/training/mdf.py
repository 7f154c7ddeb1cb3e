"""Train the discriminators of MDF on one picture: ``python -m helpers.training.mdf denoising``.

Phase 1 of the paper. The picture is reduced to a pyramid. At each scale, from the coarsest on, a
small generator repairs what the scale before has made, enlarged and distorted anew, and a
discriminator learns to tell its patches from those of the picture. Phase 2 keeps the
discriminators as they are, as a loss: `losses.MDF`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm.auto import tqdm

from helpers import checks, images, paths
from helpers.losses.mdf import REACH, SEPARATOR, Discriminator, Layer
from helpers.networks.weights import SUFFIX, write_pair
from helpers.noise import Gaussian
from helpers.registry import Registry
from helpers.training import checkpoint
from helpers.training.cards import commit, machine
from helpers.training.patches import Noise, RandomParameters, as_batch, model_of

PICTURE = "coffee"  # CC0, 600×400; no notebook tests on it with this loss
TASKS: Registry[Noise] = Registry("task")
TASKS["denoising"] = Gaussian(25 / 255)
TASKS["jpeg"] = RandomParameters("jpeg", quality=(10, 40))


@dataclass(frozen=True)
class Settings:
    """The numbers of a training; in SinGAN's the steps are 2000, and crops are whole pictures."""

    scales: int = 8
    factor: float = 0.75  # between the sides of two scales
    smallest: int = 25  # pixels of the shorter side at the coarsest scale
    width: int = 32  # feature maps, doubled every four scales
    steps: int = 300  # at each scale, one of each network
    crop: int = 64  # pixels
    drawn: int = 8  # distorted inputs of a scale, each with chance of its own
    lr: float = 5e-4
    penalty: float = 0.1  # on slopes of the discriminator other than 1
    fidelity: float = 10.0  # of the generator's squared error, beside the verdict
    seed: int = 0

    def __post_init__(self) -> None:
        counts = ("scales", "smallest", "width", "steps", "crop", "drawn")
        ranges = {name: partial(checks.whole, low=1) for name in counts}
        ranges |= {name: partial(checks.number, low=0) for name in ("penalty", "fidelity")}
        ranges |= {
            "factor": partial(checks.number, above=0, below=1),
            "lr": partial(checks.number, above=0),
            "seed": partial(checks.whole, low=0),
        }
        checks.check_fields(self, ranges)

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
        return x + self.tail(self.layers(F.pad(x, [REACH] * 4, mode="replicate")))


def pyramid(picture: Tensor, settings: Settings) -> list[Tensor]:
    """The picture in every size, the coarsest first; (1, C, H, W) each.

    Examples
    --------
    >>> sizes = [one.shape[-2:] for one in pyramid(torch.zeros(1, 3, 400, 600), Settings())]
    >>> tuple(sizes[0]), tuple(sizes[-1])
    ((25, 38), (187, 281))
    """
    height, width = picture.shape[-2:]
    sides = [settings.smallest / settings.factor**scale for scale in range(settings.scales)]
    shares = [side / min(height, width) for side in sides]
    if shares[-1] > 1:
        raise ValueError(
            f"{settings.scales} scales need a picture of {sides[-1]:.0f} pixels, "
            f"not {height}×{width}"
        )
    sizes = [(round(height * share), round(width * share)) for share in shares]
    return [F.interpolate(picture, s, mode="bicubic", antialias=True).clamp(-1, 1) for s in sizes]


def train_discriminators(
    picture: np.ndarray,
    noise: Noise,
    settings: Settings | None = None,
    state: str | Path | None = None,
    progress: bool = True,
) -> tuple[list[Discriminator], list[dict[str, float]]]:
    """Discriminators that tell a picture from its repaired self, one for each scale.

    Parameters
    ----------
    picture : ndarray
        (H, W, 3) in [0, 1]; natural, sharp, without noise.
    noise : NoiseModel or callable
        The task: what is put on the input of each generator.
    settings : Settings, optional
        The numbers.
    state : str or Path, optional
        Where finished scales are kept. Where it exists the training goes on from there.
    progress : bool
        Show a bar.

    Returns
    -------
    list of Discriminator
        In eval mode, the coarsest scale first.
    list of dict
        For each scale the last generator's error, and how far the verdicts on the picture and
        on the repaired are apart.

    Raises
    ------
    ValueError
        For a gray picture, or one too small for the scales.
    """
    settings = settings or Settings()
    image = images.as_image(picture)
    if image.ndim == 2:
        raise ValueError("the discriminators learn colour: give a picture (H, W, 3)")
    real = pyramid(2 * as_batch([image]) - 1, settings)
    scales, history = _resume(state, settings)
    with torch.random.fork_rng():
        for scale in range(len(scales), settings.scales):
            torch.manual_seed(settings.seed + scale)
            rng = np.random.default_rng((settings.seed, scale))
            inputs = list(_inputs(scales, real, noise, settings.drawn, rng))
            pair = _next_pair(scales, settings)
            history.append(_train_scale(pair, real[scale], inputs, rng, settings, progress))
            scales.append(pair)
            if state is not None:
                checkpoint.save(state, _named(scales), {**asdict(settings), "history": history})
    return [one["discriminator"].eval() for one in scales], history


Pair = dict[str, nn.Module]  # "generator" and "discriminator" of a scale


def _next_pair(scales: list[Pair], settings: Settings) -> Pair:
    """The networks of the next scale; they begin as those before, where these are as wide."""
    width = settings.width_at(len(scales))
    pair: Pair = {"generator": Generator(width), "discriminator": Discriminator(width)}
    if scales and settings.width_at(len(scales) - 1) == width:
        for part, network in pair.items():
            network.load_state_dict(scales[-1][part].state_dict())
    return pair


@torch.no_grad()
def _inputs(
    scales: list[Pair], real: list[Tensor], noise: Noise, count: int, rng: np.random.Generator
) -> Iterator[Tensor]:
    """What the next generator is to repair, several draws: the chain so far, distorted anew."""
    for _ in range(count):
        x = real[0]
        for pair, target in zip(scales, real[1:]):
            x = pair["generator"].eval()(_distorted(x, noise, rng))
            x = F.interpolate(x.clamp(-1, 1), target.shape[-2:], mode="bicubic").clamp(-1, 1)
        yield _distorted(x, noise, rng)


def _distorted(x: Tensor, noise: Noise, rng: np.random.Generator) -> Tensor:
    """Noise or JPEG on a picture in [−1, 1]."""
    picture = (x[0].permute(1, 2, 0).numpy() + 1) / 2
    return 2 * as_batch([model_of(noise, rng)(np.clip(picture, 0, 1), rng)]) - 1


def _train_scale(
    pair: Pair,
    real: Tensor,
    inputs: list[Tensor],
    rng: np.random.Generator,
    settings: Settings,
    progress: bool,
) -> dict[str, float]:
    """One scale, to its end; discriminator and generator step by step."""
    generator, discriminator = pair["generator"].train(), pair["discriminator"].train()
    optimizers = {
        part: torch.optim.Adam(network.parameters(), settings.lr, betas=(0.5, 0.999))
        for part, network in pair.items()
    }
    told = {}
    size = "×".join(map(str, real.shape[-2:]))
    for _ in tqdm(range(settings.steps), desc=f"scale of {size}", disable=not progress):
        x, y = _crops(real, inputs[rng.integers(len(inputs))], settings.crop, rng)
        repaired = generator(y)
        apart = discriminator(x).mean() - discriminator(repaired.detach()).mean()
        slopes = _slope_penalty(discriminator, x, repaired.detach())
        _descend(optimizers["discriminator"], settings.penalty * slopes - apart)
        error = (repaired - x).square().mean()
        verdict = discriminator(repaired).mean()
        _descend(optimizers["generator"], settings.fidelity * error - verdict)
        told = {"error": round(error.item(), 5), "apart": round(apart.item(), 3)}
    return told


def _crops(x: Tensor, y: Tensor, size: int, rng: np.random.Generator) -> list[Tensor]:
    """The same place of two pictures, `size` pixels each way or all there is."""
    top, left = (int(rng.integers(max(side - size, 0) + 1)) for side in x.shape[-2:])
    return [one[..., top : top + size, left : left + size] for one in (x, y)]


def _slope_penalty(discriminator: Discriminator, x: Tensor, y: Tensor) -> Tensor:
    """(‖∇D‖ − 1)² between a natural and a repaired patch (Gulrajani et al. 2017).

    Of the *sum* of all verdicts, in each pixel: their mean hardly depends on a single one, and
    its slopes would have to grow with the number of pixels.
    """
    between = torch.lerp(x, y, torch.rand(())).requires_grad_()
    verdict = discriminator(between).sum()
    (slope,) = torch.autograd.grad(verdict, between, create_graph=True)
    return (slope.norm(dim=1) - 1).square().mean()


def _descend(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def _named(scales: list[Pair]) -> dict[str, nn.Module]:
    return {f"{part} {i}": one for i, pair in enumerate(scales) for part, one in pair.items()}


def _resume(
    state: str | Path | None, settings: Settings
) -> tuple[list[Pair], list[dict[str, float]]]:
    """The scales that are done, and their history."""
    if state is None or not Path(state).exists():
        return [], []
    notes = checkpoint.read_notes(state)
    history = notes.pop("history")
    if notes != asdict(settings):
        raise ValueError(f"{state} belongs to a training with other settings; delete it")
    scales: list[Pair] = []
    for _ in history:
        scales.append(_next_pair(scales, settings))
    checkpoint.restore(state, _named(scales))
    return scales, history


def main(argv: list[str] | None = None) -> None:
    """Train, write discriminators and card."""
    parser = argparse.ArgumentParser("python -m helpers.training.mdf", description=__doc__)
    parser.add_argument("task", choices=list(TASKS))
    parser.add_argument("--steps", type=int, default=Settings.steps, help="at each scale")
    shipped = paths.weights() / "losses"
    parser.add_argument("--out", type=Path, default=shipped, help="folder of the result")
    parser.add_argument("--checkpoints", type=Path, default=paths.checkpoints())
    asked = parser.parse_args(argv)
    settings, noise = Settings(steps=asked.steps), TASKS[asked.task]
    name, begun = f"mdf_{asked.task}", time.perf_counter()
    state = asked.checkpoints / f"{name}{SUFFIX}"
    discriminators, history = train_discriminators(images.load(PICTURE), noise, settings, state)
    card = {
        "architecture": "Discriminator",
        "inputs": [-1, 1],
        "data": f"one photograph, {PICTURE}, inside scikit-image",
        "terms": "CC0; see data/README.md",
        "training": {"noise": repr(noise), **asdict(settings)},
        "seconds": round(time.perf_counter() - begun),
        "machine": machine(),
        "commit": commit(),
        "history": history,
    }
    write(discriminators, asked.out / f"{name}{SUFFIX}", card)
    state.unlink()


def write(discriminators: list[Discriminator], path: Path, card: dict) -> None:
    """Both files, in half precision, whole or not at all."""
    tensors = {
        f"{scale}{SEPARATOR}{key}": value.half() if value.is_floating_point() else value
        for scale, one in enumerate(discriminators)
        for key, value in one.state_dict().items()
    }
    write_pair(path, tensors, card)


if __name__ == "__main__":
    main()
