"""One training loop for the whole course: its options in one block, then the loop itself.

What is trained for is an `Objective`: it gives batches, and what their losses are. Sample n of a
training is decided by the seed and by n alone: a training that was killed goes on as if nothing
had happened, and two processes that share a batch see what one would have seen. Only batch
normalisation tells them apart: its statistics are those of a process's own share.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel
from tqdm.auto import tqdm

from helpers import checks, versions
from helpers.networks.base import normalises
from helpers.networks.precision import PRECISIONS, autocast
from helpers.training import checkpoint as checkpoints
from helpers.training.muon import ADAM_LR_RATIO, Muon

if TYPE_CHECKING:
    from accelerate import Accelerator

Batch = Sequence[Tensor]
Run = Callable[..., Tensor | tuple[Tensor, ...]]  # the model, in the precision of the training


@dataclass(frozen=True)
class Settings:
    """The numbers of a training; a checkpoint goes on only with the same ones.

    Attributes
    ----------
    steps, batch : int
        Steps, and samples in each, in all processes together.
    patch : int
        Side of a patch, pixels, where pictures are cut into such.
    seed : int
        With the number of a sample it decides the sample.
    optimizer : {"muon", "adamw", "adam"}
        `Muon`, or one of PyTorch's; in "adam" weight decay is part of the gradient.
    lr : float
        Learning rate, at its highest.
    schedule : {"cosine", "constant"}
        How lr goes on after `warmup` steps, in which it rises from nothing.
    weight_decay : float
        Share of itself, times lr, that a weight loses in a step.
    betas : (float, float)
        How much of the old averages AdamW and Adam keep in a step.
    grad_clip : float, optional
        Longest gradient, as a norm; None for any.
    ema_decay : float
        Of the moving average of the weights, with which a network ends; 0 for none.
    adam_lr_ratio, max_grad_ratio : float, optional
        Of `Muon`; the first is 1 by default where the network normalises, else 0.1.
    """

    # Small networks on two cores: lr is that of most recipes without batch normalisation, and
    # ema_decay remembers 500 steps, the end of a training of thousands.
    steps: int = 1000
    batch: int = 4
    patch: int = 64
    seed: int = 0
    optimizer: str = "muon"
    lr: float = 8e-3
    schedule: str = "cosine"
    warmup: int = 100
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.999)
    grad_clip: float | None = 1.0
    ema_decay: float = 0.998
    adam_lr_ratio: float | None = None
    max_grad_ratio: float | None = None

    def __post_init__(self) -> None:
        checks.check_fields(self, RANGES)

    def lr_at(self, step: int) -> float:
        """Linear warm-up, then half a cosine down to nothing, or no change.

        The warm-up takes a tenth of all steps at most.

        Examples
        --------
        >>> settings = Settings(steps=1100, warmup=100, lr=1)
        >>> [round(settings.lr_at(step), 2) for step in (0, 99, 600, 1099)]
        [0.01, 1.0, 0.5, 0.0]
        """
        step = checks.number(step, "step", 0)
        warmup = min(self.warmup, self.steps // 10)
        warm = min(1.0, (step + 1) / max(1, warmup))
        if self.schedule == "constant":
            return self.lr * warm
        late = max(0.0, (step - warmup) / (self.steps - warmup))
        return self.lr * warm * (1 + math.cos(math.pi * late)) / 2


def _betas(value: object, name: str) -> tuple[float, ...]:
    pair = checks.several(value, name, "two numbers from 0 to below 1")
    if len(pair) != 2:
        raise checks.refusal(name, "two numbers from 0 to below 1", value)
    return tuple(checks.number(one, name, low=0, below=1) for one in pair)


MOST = 10**9  # steps, or samples of a batch: nobody lives to see the end of more
RANGES = {
    **dict.fromkeys(("steps", "batch"), partial(checks.whole, low=1, high=MOST)),
    "patch": partial(checks.whole, low=1),
    **dict.fromkeys(("seed", "warmup"), partial(checks.whole, low=0)),
    "optimizer": partial(checks.one_of, options=("muon", "adamw", "adam")),
    "schedule": partial(checks.one_of, options=("cosine", "constant")),
    **dict.fromkeys(("lr", "adam_lr_ratio"), partial(checks.number, above=0)),
    "weight_decay": partial(checks.number, low=0),
    "betas": _betas,
    "grad_clip": lambda x, name: None if x is None else checks.number(x, name, above=0),
    "ema_decay": partial(checks.number, low=0, below=1),
    "max_grad_ratio": partial(checks.number, low=1),
}
# Adam at one rate, and the last weights rather than an average: what small trainings begin with.
ADAM = {"optimizer": "adamw", "schedule": "constant", "warmup": 0, "ema_decay": 0.0}


def settings_of(given: Mapping[str, object], **defaults: object) -> Settings:
    """The settings of a training, from the names that somebody called it with.

    Raises
    ------
    ValueError
        For a number out of range, and for a setting that there is not.

    Examples
    --------
    >>> settings_of({"steps": 3}, lr=0.01).lr
    0.01
    """
    names = [one.name for one in fields(Settings)]
    for name in given:
        if name not in names:
            near = get_close_matches(name, names, n=1)
            hint = f", did you mean {near[0]!r}?" if near else "."
            raise ValueError(f"a training has no {name!r}{hint} It has {', '.join(names)}")
    return Settings(**{**defaults, **given})


class Objective:
    """What a training is for: `batch` and `loss` of a subclass say it."""

    def batch(self, numbers: Sequence[int]) -> Batch:
        """The samples of these numbers, tensors (N, …), always the same."""
        raise NotImplementedError

    def loss(self, run: Run, batch: Batch) -> Tensor:
        """A scalar; `run` is the model, in the precision of the training."""
        raise NotImplementedError

    def losses(self, run: Run, batch: Batch) -> Iterator[Tensor]:
        """One loss for each of the `learners`, each computed after the step before."""
        yield self.loss(run, batch)

    def learners(self, model: nn.Module) -> Sequence[nn.Module]:
        """The parts of a model that learn, each by an optimiser of its own."""
        return [model]

    def depends(self) -> dict[str, object]:
        """What changes the result beside settings and code: see `checkpoint.described`."""
        return {}

    def scores(self, model: nn.Module) -> dict[str, float]:
        """What is followed beside the loss, of the averaged weights; ``psnr`` in dB."""
        return {}


@dataclass
class History:
    """How a training went: one entry of each list for each time it was looked at.

    Attributes
    ----------
    step, loss : list
        Steps done; the mean loss since the entry before.
    scores : dict of list
        What the objective follows, by name.
    seconds : float
        Time spent in training, over all its starts.
    commits : list of str
        The states of the code that it ran under; only of a training with a checkpoint.
    """

    step: list[int] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)
    scores: dict[str, list[float]] = field(default_factory=dict)
    seconds: float = 0.0
    commits: list[str] = field(default_factory=list)

    @property
    def done(self) -> int:
        """Steps done at the last look."""
        return self.step[-1] if self.step else 0

    @property
    def psnr(self) -> list[float]:
        """Of the averaged weights on the validation pictures, dB; NaN without any."""
        return self.scores.get("psnr", [math.nan] * len(self.step))

    def add(self, step: int, loss: float, scores: Mapping[str, float]) -> str:
        """Write an entry down; what a progress bar says of it."""
        self.step.append(step)
        self.loss.append(loss)
        for name, value in scores.items():
            self.scores.setdefault(name, []).append(value)
        return f"loss {loss:.3g}" + (f", {scores['psnr']:.2f} dB" if "psnr" in scores else "")


def fit(
    model: nn.Module,
    objective: Objective,
    settings: Settings,
    *,
    every: int = 500,
    checkpoint: str | Path | None = None,
    precision: str = "float32",
    progress: bool = True,
) -> History:
    """Train what wants a gradient in a model; it ends with the averaged weights, in eval mode.

    Started by ``torchrun`` or ``accelerate launch`` in several processes, each takes its share of
    every batch.

    Parameters
    ----------
    model : nn.Module
        Changed in place.
    objective : Objective
        Gives batches and losses.
    settings : Settings
        The numbers.
    every : int
        Steps between two looks: an entry of the history, a checkpoint.
    checkpoint : str or Path, optional
        File of the state. Where it exists the training goes on from there, also under other code.
    precision : {"auto", "float32", "bfloat16"}
        In which the model runs; auto takes bfloat16 where the device computes with it. Scores are
        computed in float32.
    progress : bool
        Show a bar.

    Raises
    ------
    ValueError
        For a batch that the processes cannot share evenly, a checkpoint of another training, and
        a loss that is not one number.
    FloatingPointError
        When the loss is no longer a number.
    OSError
        When a checkpoint cannot be written; the one before is kept.

    Examples
    --------
    >>> class Square(Objective):
    ...     def batch(self, numbers):
    ...         return [torch.ones(len(numbers), 1)]
    ...     def loss(self, run, batch):
    ...         return run(*batch).square().mean()
    >>> settings = Settings(**ADAM, lr=0.05, steps=200)
    >>> history = fit(nn.Linear(1, 1), Square(), settings, every=100, progress=False)
    >>> history.step, history.loss[0] > 10 * history.loss[1]
    ([100, 200], True)
    """
    from accelerate import Accelerator  # only who trains waits for it

    every = checks.whole(every, "every", 1)
    checks.one_of(precision, "precision", PRECISIONS)
    progress = checks.flag(progress, "progress")
    checkpoint = None if checkpoint is None else checks.path(checkpoint, "checkpoint")
    accelerator = Accelerator(cpu=not torch.accelerator.is_available())
    rank, processes = accelerator.process_index, accelerator.num_processes
    device, leads = accelerator.device, accelerator.is_main_process
    shared = accelerator.prepare(model.train())  # its gradients are means over all processes
    learners = objective.learners(model)
    optimizers = [_optimizer(one, settings) for one in learners]
    params = [[p for p in one.parameters() if p.requires_grad] for one in learners]
    average = AveragedModel(model, multi_avg_fn=_ema(settings.ema_decay), use_buffers=True)
    history, losses = History(), []
    parts = {"network": model, "average": average}
    parts |= {f"optimizer {i}": one for i, one in enumerate(optimizers)}
    if checkpoint is not None:
        objects = {name: checkpoints.described(x) for name, x in objective.depends().items()}
        depends = {**asdict(settings), "precision": precision, **objects}
        code = versions.commit((fit, objective, model))
        if checkpoint.exists():
            history = History(**checkpoints.resume(checkpoint, parts, depends)["history"])
        if history.done < settings.steps and code not in (None, *history.commits):
            history.commits.append(code)
    done = history.done
    _check_shares(accelerator, settings, done)
    begun = time.perf_counter() - history.seconds

    def run(*inputs: Tensor) -> Tensor | tuple[Tensor, ...]:
        with autocast(precision, device.type):
            return shared(*inputs)

    steps = range(done, settings.steps)
    bar = tqdm(steps, initial=done, total=settings.steps, disable=not (progress and leads))
    for step in bar:
        numbers = range(step * settings.batch + rank, (step + 1) * settings.batch, processes)
        batch = [tensor.to(device) for tensor in objective.batch(numbers)]
        for i, loss in enumerate(objective.losses(run, batch)):
            _check_loss(loss, step + 1)
            optimizers[i].zero_grad()
            loss.backward()
            if settings.grad_clip is not None:
                nn.utils.clip_grad_norm_(params[i], settings.grad_clip)
            for group in optimizers[i].param_groups:
                group["lr"] = settings.lr_at(step)
            optimizers[i].step()
            losses.append(loss.detach())
        average.update_parameters(model)
        if (step + 1) % every == 0 or step + 1 == settings.steps:
            mean = accelerator.reduce(torch.stack(losses).mean(), "mean").item()
            bar.set_postfix_str(history.add(step + 1, mean, objective.scores(average.eval())))
            history.seconds, losses = time.perf_counter() - begun, []
            if checkpoint is not None and leads:
                notes = {"depends": depends, "history": asdict(history)}
                checkpoints.save(checkpoint, parts, notes)
    model.load_state_dict(average.module.state_dict())
    model.eval()
    return history


def _optimizer(network: nn.Module, settings: Settings) -> torch.optim.Optimizer:
    params = [parameter for parameter in network.parameters() if parameter.requires_grad]
    if settings.optimizer != "muon":
        kind = {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam}[settings.optimizer]
        return kind(params, settings.lr, settings.betas, weight_decay=settings.weight_decay)
    # The last convolution makes pixels: its outputs differ in size.
    kinds = (nn.Conv2d, nn.ConvTranspose2d)
    weights = [layer.weight for layer in network.modules() if isinstance(layer, kinds)]
    last = [weight for weight in weights if weight.requires_grad][-1:]
    ratio = settings.adam_lr_ratio or (1.0 if normalises(network) else ADAM_LR_RATIO)
    return Muon(params, settings.lr, last, ratio, settings.max_grad_ratio, settings.weight_decay)


def _check_shares(accelerator: Accelerator, settings: Settings, done: int) -> None:
    """Processes share a batch evenly, and go on from the same step."""
    processes = accelerator.num_processes
    if settings.batch % processes:
        raise checks.refusal("batch", f"a multiple of the {processes} processes", settings.batch)
    everywhere = accelerator.gather(torch.tensor([done], device=accelerator.device)).tolist()
    if len(set(everywhere)) > 1:  # each machine looks for the checkpoint on a disk of its own
        raise ValueError(
            f"the processes would go on from steps {everywhere}: all need to see one checkpoint"
        )


def _check_loss(loss: object, step: int) -> None:
    if not (isinstance(loss, Tensor) and loss.requires_grad and loss.numel() == 1):
        raise checks.refusal("what the loss gives", "one number that depends on both", loss)
    if not loss.isfinite():
        raise FloatingPointError(f"the loss is {loss.item()} at step {step}: a lower lr may help")


def _ema(decay: float) -> Callable[[list[Tensor], list[Tensor], Tensor], None]:
    """An exponential moving average that forgets the first steps quickly; of 0, the last one."""

    def update(averages: list[Tensor], values: list[Tensor], number: Tensor) -> None:
        share = 1 - min(decay, (1 + int(number)) / (10 + int(number)))
        for average, value in zip(averages, values):
            if average.is_floating_point():
                average.lerp_(value, share)
            else:
                average.copy_(value)  # the count of batches that batch normalisation keeps

    return update
