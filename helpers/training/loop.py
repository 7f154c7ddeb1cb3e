"""One training loop for the whole course.

Sample n of a training is decided by the seed and by n alone: a training that was killed goes on
as if nothing had happened, and two processes that share a batch see what one would have seen.
Only batch normalisation tells them apart: its statistics are those of a process's own share.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel
from tqdm.auto import tqdm

from helpers import checks
from helpers.images import centre_crop
from helpers.losses import LOSSES
from helpers.metrics import psnr
from helpers.networks import Network
from helpers.networks.base import check_built, normalises
from helpers.networks.precision import PRECISIONS, autocast
from helpers.noise import NoiseModel
from helpers.training import checkpoint as checkpoints
from helpers.training.muon import ADAM_LR_RATIO, Muon
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

Loss = Callable[[Tensor, Tensor], Tensor]
T = TypeVar("T")
PATCH_OF_VALIDATION = 128  # pixels; every picture gives its centre, or all of it


@dataclass
class History:
    """How a training went: one entry of each list for each time it was looked at.

    Attributes
    ----------
    step, loss, psnr : list
        Steps done; the mean loss since the entry before; PSNR of the averaged weights on the
        validation pictures in dB (NaN without any).
    seconds : float
        Time spent in training, over all its starts.
    """

    step: list[int] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)
    psnr: list[float] = field(default_factory=list)
    seconds: float = 0.0


MOST = 10**9  # steps, or samples of a batch: nobody lives to see the end of more
RANGES = {
    "steps": partial(checks.whole, low=1, high=MOST),
    "batch": partial(checks.whole, low=1, high=MOST),
    "patch": partial(checks.whole, low=1),
    "lr": partial(checks.number, above=0),
    "warmup": partial(checks.whole, low=0),
    "ema_decay": partial(checks.number, low=0, below=1),
    "grad_clip": partial(checks.number, above=0),
    "seed": partial(checks.whole, low=0),
    "adam_lr_ratio": partial(checks.number, above=0),
    "max_grad_ratio": partial(checks.number, low=1),
}


@dataclass(frozen=True)
class Settings:
    """The numbers of a training; a checkpoint goes on only with the same ones."""

    steps: int = 1000
    batch: int = 4
    patch: int = 64
    lr: float = 8e-3
    warmup: int = 100
    ema_decay: float = 0.998
    grad_clip: float = 1.0
    seed: int = 0
    adam_lr_ratio: float | None = None
    max_grad_ratio: float | None = None

    def __post_init__(self) -> None:
        checks.check_fields(self, RANGES)

    def lr_at(self, step: int) -> float:
        """Linear warm-up, then half a cosine down to nothing.

        Examples
        --------
        >>> settings = Settings(steps=1100, warmup=100, lr=1)
        >>> [round(settings.lr_at(step), 2) for step in (0, 99, 600, 1099)]
        [0.01, 1.0, 0.5, 0.0]
        """
        step = checks.number(step, "step", 0)
        warmup = min(self.warmup, self.steps // 10)
        warm = min(1.0, (step + 1) / max(1, warmup))
        late = max(0.0, (step - warmup) / (self.steps - warmup))
        return self.lr * warm * (1 + math.cos(math.pi * late)) / 2


def train(
    network: Network,
    images: Sequence[np.ndarray] | Sequence[Pair],
    *,
    noise: Noise | None,
    loss: str | Loss = "l2",
    validation: Sequence[np.ndarray] | Sequence[Pair] = (),
    every: int = 500,
    checkpoint: str | Path | None = None,
    precision: str = "auto",
    progress: bool = True,
    **settings: float,
) -> History:
    """Train a network to take noise away; it ends with the averaged weights, in eval mode.

    Muon with linear warm-up and a cosine, gradients clipped by norm, an exponential moving
    average of the weights. Started by ``torchrun`` or ``accelerate launch`` in several
    processes, each takes its share of every batch.

    Parameters
    ----------
    network : Network
        As `networks.build` gives it; changed in place.
    images : sequence of ndarray
        Clean pictures in [0, 1]; a gray network takes colour ones too. Without noise: pairs
        (noisy, clean) of one shape, as a camera takes them.
    noise : NoiseModel or callable, or None
        Put anew on every patch; a callable draws a model from a generator (`RandomParameters`).
        None where the pictures are pairs. These are flipped and turned too, so a Bayer mosaic is
        split into its four colours first: turned, it would be another one.
    loss : str or callable
        A key of `losses.LOSSES`, or ``loss(restored, reference)``.
    validation : sequence of ndarray, optional
        Pictures, or pairs, whose PSNR is followed; never trained on.
    every : int
        Steps between two looks: an entry of the history, a checkpoint.
    checkpoint : str or Path, optional
        File of the state. Where it exists the training goes on from there.
    precision : {"auto", "float32", "bfloat16"}
        Of the training; auto takes bfloat16 where the device computes with it. What is followed,
        and whatever is scored later, is computed in float32.
    progress : bool
        Show a bar with loss and PSNR.
    **settings
        ``steps`` 1000, ``batch`` 4 patches in all processes together, ``patch`` 64 pixels,
        ``lr`` 8e-3, ``warmup`` 100 steps (a tenth of all at most), ``ema_decay`` 0.998,
        ``grad_clip`` 1, ``seed`` 0; ``adam_lr_ratio`` of lr for biases and normalisation, by
        default 1 where the network normalises, else 0.1, and ``max_grad_ratio``, the usual lengths
        that a layer's gradient may have, by default any number (see `Muon` for both).

    Returns
    -------
    History

    Raises
    ------
    ValueError
        For settings out of range, pictures that hold no patch, a batch that the processes
        cannot share evenly, or a checkpoint of another training; and from the course's own
        losses when the network's output is no longer finite.
    FloatingPointError
        When the loss is no longer a number.
    OSError
        When a checkpoint cannot be written; the one before is kept.

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
    """
    every = checks.whole(every, "every", 1)
    if not (noise is None or isinstance(noise, NoiseModel) or _is_function(noise)):
        accepted = "a noise model, or a function that draws one, or None for pairs"
        raise checks.refusal("noise", accepted, noise)
    if not (isinstance(loss, str) or _is_function(loss)):
        raise checks.refusal("loss", f"one of {', '.join(LOSSES)}, or a function", loss)
    checks.one_of(precision, "precision", PRECISIONS)
    progress = checks.flag(progress, "progress")
    checkpoint = None if checkpoint is None else checks.path(checkpoint, "checkpoint")
    check_built(network)
    run = _Training(network, images, noise, loss, validation, precision, settings_of(settings))
    if checkpoint is not None and checkpoint.exists():
        run.resume(checkpoint)
    run.agree()
    steps = range(run.done, run.settings.steps)
    hidden = not (progress and run.leads)
    bar = tqdm(steps, initial=run.done, total=run.settings.steps, disable=hidden)
    for step in bar:
        run.step(step)
        if (step + 1) % every == 0 or step + 1 == run.settings.steps:
            bar.set_postfix_str(run.look(step + 1))
            if checkpoint is not None and run.leads:
                run.keep(checkpoint)
    return run.finish()


def settings_of(chosen: Mapping[str, object], kind: type[T] = Settings) -> T:
    """The numbers of a training, from the names that somebody called it with.

    Raises
    ------
    ValueError
        For a number out of range, and for one that there is not.

    Examples
    --------
    >>> settings_of({"steps": 3, "lr": 0.01}).lr
    0.01
    """
    known = [one.name for one in fields(kind)]
    for name in chosen:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f", did you mean {near[0]!r}?" if near else "."
            raise ValueError(f"a training has no {name!r}{hint} It has {', '.join(known)}")
    return kind(**chosen)


class _Training:
    """The state of a training between two steps."""

    def __init__(self, network, images, noise, loss, validation, precision, settings) -> None:
        from accelerate import Accelerator  # seconds to import: only who trains waits for it

        self.own, self.settings, self.precision = network, settings, precision
        channels = network.architecture["channels"]
        ready = prepare_pairs if noise is None else prepare
        pictures = ready(images, channels, settings.patch)
        self.patches = Patches(pictures, noise, settings.patch, settings.seed)
        self.loss = LOSSES[loss]() if isinstance(loss, str) else loss
        optimizer = _optimizer(network, settings)
        network.to(memory_format=torch.channels_last).train()
        self.accelerator = Accelerator(cpu=not torch.accelerator.is_available())
        if settings.batch % self.accelerator.num_processes:
            raise ValueError(
                f"batch is a multiple of the {self.accelerator.num_processes} processes, "
                f"not {settings.batch}"
            )
        self.network, self.optimizer = self.accelerator.prepare(network, optimizer)
        self.device = self.accelerator.device
        self.average = AveragedModel(
            network, multi_avg_fn=_moving_average(settings.ema_decay), use_buffers=True
        )
        self.validation = _validation(validation, channels, noise)
        held_out = [clean for _, clean in self.validation]
        self.history, self.done = History(), 0
        self.losses: list[Tensor] = []
        self.begun = time.perf_counter()
        self.about = {
            **asdict(settings),
            "noise": checkpoints.described(noise),
            "loss": checkpoints.described(loss),
            "precision": precision,
            "pictures": checkpoints.fingerprint([*pictures, *held_out]),
            "architecture": json.loads(json.dumps(network.architecture)),  # as it is read
        }

    @property
    def leads(self) -> bool:
        """Whether this process is the one that writes."""
        return self.accelerator.is_main_process

    @property
    def parts(self) -> dict[str, nn.Module | torch.optim.Optimizer]:
        return {
            "network": self.own,
            "average": self.average,
            "optimizer": self.optimizer.optimizer,
        }

    def step(self, step: int) -> None:
        """One batch, one change of the weights."""
        mine = range(self.settings.batch)[self.accelerator.process_index :]
        numbers = [step * self.settings.batch + i for i in mine]
        noisy, clean = self.patches.batch(numbers[:: self.accelerator.num_processes])
        noisy = noisy.to(self.device, memory_format=torch.channels_last)
        with autocast(self.precision, self.device.type):
            restored = self.network(noisy)
        loss = self.loss(restored.float(), clean.to(self.device))
        if not (isinstance(loss, Tensor) and loss.requires_grad and loss.numel() == 1):
            raise checks.refusal("what the loss gives", "one number that depends on both", loss)
        self.optimizer.zero_grad()
        self.accelerator.backward(loss)
        self.accelerator.clip_grad_norm_(self.network.parameters(), self.settings.grad_clip)
        for group in self.optimizer.param_groups:
            group["lr"] = self.settings.lr_at(step)
        self.optimizer.step()
        self.average.update_parameters(self.own)
        self.losses.append(loss.detach())

    def look(self, done: int) -> str:
        """Write down how it goes; what the bar says."""
        loss = float(self.accelerator.reduce(torch.stack(self.losses).mean(), "mean"))
        if not math.isfinite(loss):
            raise FloatingPointError(f"the loss is {loss} at step {done}: a lower lr may help")
        score = self._psnr()
        self.done, self.losses = done, []
        self.history.step.append(done)
        self.history.loss.append(loss)
        self.history.psnr.append(score)
        return f"loss {loss:.3g}" + (f", {score:.2f} dB" if math.isfinite(score) else "")

    def _psnr(self) -> float:
        if not self.validation:
            return math.nan
        with torch.inference_mode():  # in float32, whatever it is trained in
            self.average.eval()
            restored = [self.average(noisy.to(self.device)) for noisy, _ in self.validation]
        pairs = zip(restored, self.validation)
        scores = [psnr(clean, as_picture(one)) for one, (_, clean) in pairs]
        return float(np.mean(scores))

    def keep(self, path: str | Path) -> None:
        """Write the state to a file."""
        history = asdict(self.history) | {"seconds": self._seconds()}
        notes = {"done": self.done, "history": history, "about": self.about}
        checkpoints.save(path, self.parts, notes)

    def resume(self, path: str | Path) -> None:
        """Go on where a checkpoint was written."""
        notes = checkpoints.resume(path, self.parts, self.about)
        self.history, self.done = History(**notes["history"]), notes["done"]

    def agree(self) -> None:
        """Of several machines each may look for the checkpoint on a disk of its own."""
        done = self.accelerator.gather(torch.tensor([self.done], device=self.device)).tolist()
        if len(set(done)) > 1:
            raise ValueError(
                f"the processes would go on from steps {done}: all need to see one checkpoint"
            )

    def _seconds(self) -> float:
        return self.history.seconds + time.perf_counter() - self.begun

    def finish(self) -> History:
        """Give the network the averaged weights."""
        self.own.load_state_dict(self.average.module.state_dict())
        self.own.eval()
        self.history.seconds = self._seconds()
        return self.history


def _is_function(thing: object) -> bool:
    """Whether it can be called, and is no class: that of a noise or loss is not yet one."""
    return callable(thing) and not isinstance(thing, type)


def _optimizer(network: Network, settings: Settings) -> Muon:
    ratio = settings.adam_lr_ratio or (1.0 if normalises(network) else ADAM_LR_RATIO)
    last = _last_weight(network)
    return Muon(network.parameters(), settings.lr, last, ratio, settings.max_grad_ratio)


def _last_weight(network: Network) -> list[nn.Parameter]:
    """The weight of the last convolution: where it makes pixels, its outputs differ in size."""
    layers = [m for m in network.modules() if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d))]
    return [layer.weight for layer in layers[-1:]]


def _moving_average(decay: float) -> Callable[[list[Tensor], list[Tensor], Tensor], None]:
    """An exponential average that forgets the first steps quickly."""

    def update(averages: list[Tensor], values: list[Tensor], number: Tensor) -> None:
        share = 1 - min(decay, (1 + int(number)) / (10 + int(number)))
        for average, value in zip(averages, values):
            if average.is_floating_point():
                average.lerp_(value, share)
            else:
                average.copy_(value)  # the count of batches that batch normalisation keeps

    return update


def _validation(pictures, channels: int, noise: Noise | None) -> list[tuple[Tensor, np.ndarray]]:
    """Noisy (1, C, H, W) and clean of each picture's centre, the same in every training."""
    pictures = checks.several(pictures, "validation", "a list of pictures, or of pairs")
    if not pictures:
        return []
    if noise is None:
        pairs = [map(_centre, pair) for pair in prepare_pairs(pictures, channels, 1)]
        return [(as_batch([noisy]), clean) for noisy, clean in pairs]
    ready = prepare(pictures, channels, 1)
    pairs = []
    for number, clean in enumerate(map(_centre, ready)):
        rng = np.random.default_rng((number, len(ready)))
        pairs.append((as_batch([model_of(noise, rng)(clean, rng)]), clean))
    return pairs


def _centre(picture: np.ndarray) -> np.ndarray:
    return centre_crop(picture, min(PATCH_OF_VALIDATION, *picture.shape[:2]))
