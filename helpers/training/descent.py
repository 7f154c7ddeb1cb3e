"""A loop for trainings whose loss sees more than a restored picture and its reference."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from helpers import checks
from helpers.training import checkpoint as checkpoints
from helpers.training.loop import RANGES, History


@dataclass(frozen=True)
class Descent:
    """The numbers of such a training, by Adam; lr stays what it is.

    Attributes
    ----------
    steps, batch : int
        Steps, and pictures in each.
    lr, weight_decay : float
        Learning rate, and weight decay.
    grad_clip : float
        Longest gradient, as a norm.
    seed : int
        With the number of a sample it decides the sample.
    """

    steps: int = 1000
    batch: int = 8
    lr: float = 1e-4
    weight_decay: float = 0.0
    grad_clip: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        same = {name: RANGES[name] for name in ("steps", "batch", "lr", "grad_clip", "seed")}
        checks.check_fields(self, same | {"weight_decay": partial(checks.number, low=0)})

    def numbers(self, step: int) -> range:
        """The samples of a step.

        Examples
        --------
        >>> Descent(batch=3).numbers(2)
        range(6, 9)
        """
        return range(step * self.batch, (step + 1) * self.batch)


def descend(
    network: nn.Module,
    objective: Callable[[range], Tensor],
    settings: Descent,
    about: dict,
    checkpoint: str | Path | None = None,
    every: int = 100,
    progress: bool = True,
) -> History:
    """Make an objective small by what a network can learn; it ends in eval mode.

    Parameters
    ----------
    network : nn.Module
        Changed in place; parameters that want no gradient stay.
    objective : callable
        From the numbers of a batch's samples to a scalar.
    settings : Descent
        Steps, batch, lr ...
    about : dict
        What a checkpoint must agree with to go on from it; JSON.
    checkpoint : str or Path, optional
        File of the state. Where it exists the training goes on from there.
    every : int
        Steps between two looks: an entry of the history, a checkpoint.
    progress : bool
        Show a bar.

    Raises
    ------
    ValueError
        For a checkpoint of another training.
    FloatingPointError
        When the loss is no longer a number; the checkpoint before is kept.

    Examples
    --------
    >>> layer = nn.Linear(1, 1)
    >>> def objective(numbers):
    ...     return layer(torch.ones(len(numbers), 1)).square().mean()
    >>> history = descend(layer, objective, Descent(lr=0.05, steps=200), {}, progress=False)
    >>> history.step, history.loss[0] > 10 * history.loss[1]
    ([100, 200], True)
    """
    every = checks.whole(every, "every", 1)
    progress = checks.flag(progress, "progress")
    checkpoint = None if checkpoint is None else checks.path(checkpoint, "checkpoint")
    learned = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(learned, settings.lr, weight_decay=settings.weight_decay)
    parts = {"network": network, "optimizer": optimizer}
    history, done, about = History(), 0, about | asdict(settings)
    if checkpoint is not None and checkpoint.exists():
        notes = checkpoints.resume(checkpoint, parts, about)
        history, done = History(**notes["history"]), notes["done"]
    begun, losses = time.perf_counter() - history.seconds, []
    network.train()
    steps = range(done, settings.steps)
    bar = tqdm(steps, initial=done, total=settings.steps, disable=not progress)
    for step in bar:
        loss = objective(settings.numbers(step))
        losses.append(_finite(loss, step))
        _step(optimizer, learned, loss, settings.grad_clip)
        if (step + 1) % every == 0 or step + 1 == settings.steps:
            _look(history, step + 1, losses)
            history.seconds = time.perf_counter() - begun
            bar.set_postfix_str(f"loss {history.loss[-1]:.3g}")
            losses = []
            if checkpoint is not None:
                notes = {"done": step + 1, "history": asdict(history), "about": about}
                checkpoints.save(checkpoint, parts, notes)
    network.eval()
    return history


def _finite(loss: Tensor, step: int) -> float:
    value = loss.item()
    if not math.isfinite(value):
        raise FloatingPointError(f"the loss is {value} at step {step}: a lower lr may help")
    return value


def _step(optimizer, learned: list[nn.Parameter], loss: Tensor, clip: float) -> None:
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(learned, clip)
    optimizer.step()


def _look(history: History, done: int, losses: list[float]) -> None:
    history.step.append(done)
    history.loss.append(sum(losses) / len(losses))
    history.psnr.append(math.nan)  # there is no reference
