"""A denoiser learns what the next network needs: joint training of a cascade (Ding Liu 2018)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import InitVar, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from helpers import checks
from helpers.networks import Cascade
from helpers.networks.base import check_built
from helpers.training.loop import ADAM, Batch, History, Objective, Run, fit, settings_of
from helpers.training.patches import Noise, as_batch, model_of, prepare


@dataclass(frozen=True)
class JointLoss:
    """pixels · MSE(restored, reference) + weight · task(answer, target).

    Attributes
    ----------
    task : callable
        From what the task network answers, and the targets, to a scalar.
    weight : float
        λ, what the task counts; 0 trains an ordinary denoiser, through the same calls.
    pixels : float
        What the squared error counts; 0 leaves the task alone. Divided by the noise's own mean
        square, 1 means: as much as all of the noise.

    Examples
    --------
    >>> loss = JointLoss(weight=0.5)
    >>> x, answer, target = torch.zeros(1, 1, 2, 2), torch.zeros(1, 2), torch.tensor([1])
    >>> round(loss(x + 0.1, x, answer, target).item(), 4)  # 0.01 + 0.5 · log 2
    0.3566
    """

    task: Callable[[Tensor, Tensor], Tensor] = F.cross_entropy
    weight: float = 1.0
    pixels: float = 1.0

    def __post_init__(self) -> None:
        weights = partial(checks.number, low=0)
        task = partial(checks.function, of="a function of the answer and the targets")
        checks.check_fields(self, {"task": task, "weight": weights, "pixels": weights})
        if not self.weight + self.pixels:
            raise ValueError("weight and pixels are 0 or more, and not both 0")

    def __call__(
        self, restored: Tensor, reference: Tensor, answer: Tensor, target: Tensor
    ) -> Tensor:
        """Scalar.

        Raises
        ------
        ValueError
            For targets of cross-entropy that are no classes of the answer.
        """
        if self.task is F.cross_entropy:
            whole, last = target.dtype in (torch.int64, torch.uint8), answer.shape[1] - 1
            if not whole or target.min() < 0 or target.max() > last:
                raise ValueError(f"targets are classes: whole numbers from 0 to {last}")
        error = (restored - reference).square().mean()
        return self.pixels * error + self.weight * self.task(answer, target)


@dataclass
class BeforeTask(Objective):
    """A denoiser before a frozen task network: whole pictures with fresh noise, and targets."""

    cascade: Cascade
    images: InitVar[Sequence[np.ndarray]]
    targets: Sequence[int] | np.ndarray | Tensor
    noise: Noise
    criterion: JointLoss
    seed: int

    def __post_init__(self, images: Sequence[np.ndarray]) -> None:
        if not isinstance(self.cascade, Cascade):
            raise checks.refusal("cascade", "a networks.Cascade", self.cascade)
        check_built(self.cascade.denoiser)
        if not isinstance(self.criterion, JointLoss):
            raise checks.refusal("loss", "a JointLoss", self.criterion)
        channels = self.cascade.denoiser.architecture["channels"]
        self.pictures = prepare(images, channels, 1)
        try:
            targets = torch.as_tensor(self.targets)
        except (TypeError, ValueError, RuntimeError):  # each torch's way to say that it cannot
            targets = torch.zeros(())
        if not targets.ndim:
            accepted = "an array of numbers, one or a map for a picture"
            raise checks.refusal("targets", accepted, self.targets)
        if len({picture.shape for picture in self.pictures}) > 1:
            reason = "they are not cut into patches"
            raise ValueError(f"pictures for a cascade have one shape: {reason}")
        if len(targets) != len(self.pictures):
            raise ValueError(f"{len(self.pictures)} pictures, but {len(targets)} targets")
        self.targets = targets

    def learners(self, model: nn.Module) -> Sequence[nn.Module]:
        """The denoiser alone: how it learns is not decided by layers that are frozen."""
        return [model.denoiser]

    def depends(self) -> dict[str, object]:
        """Noise, loss, pictures, targets, the task network, and the design of the denoiser."""
        return {
            "noise": self.noise,
            "loss": self.criterion,
            "pictures": [*self.pictures, self.targets],
            "task": [value.cpu() for value in self.cascade.task.state_dict().values()],
            "architecture": self.cascade.denoiser.architecture,
        }

    def batch(self, numbers: Sequence[int]) -> Batch:
        """Noisy, clean, and targets."""
        which, noisy = [], []
        for number in numbers:
            rng = np.random.default_rng((self.seed, number))
            which.append(int(rng.integers(len(self.pictures))))
            noisy.append(model_of(self.noise, rng)(self.pictures[which[-1]], rng))
        return as_batch(noisy), as_batch([self.pictures[i] for i in which]), self.targets[which]

    def loss(self, run: Run, batch: Batch) -> Tensor:
        """Of what is restored, and of what the task network answers to it."""
        noisy, clean, targets = batch
        restored, answer = run(noisy)
        return self.criterion(restored, clean, answer, targets)


def train_cascade(
    cascade: Cascade,
    images: Sequence[np.ndarray],
    targets: Sequence[int] | np.ndarray | Tensor,
    *,
    noise: Noise,
    loss: JointLoss | None = None,
    checkpoint: str | Path | None = None,
    every: int = 100,
    progress: bool = True,
    **settings: object,
) -> History:
    """Train the denoiser of a cascade through its task network, which does not change.

    Parameters
    ----------
    cascade : Cascade
        Its denoiser as `networks.build` gives it; changed in place.
    images : sequence of ndarray
        Clean pictures of one shape, in [0, 1].
    targets : array of numbers
        What the task network should answer for each: classes (N,), maps (N, H, W) ...
    noise : NoiseModel or callable
        Put anew on every picture, as for `train`.
    loss : JointLoss, optional
        By default squared error and cross-entropy, both of weight 1.
    checkpoint, every, progress
        As for `fit`.
    **settings
        Those of `Settings`; by default AdamW at a constant ``lr`` of 1e-4, ``batch`` 8.

    Returns
    -------
    History
        Without PSNR.

    Raises
    ------
    ValueError
        For pictures of several shapes, another number of targets than of pictures, targets that
        are no classes, and as `train`.

    References
    ----------
    Liu, Wen, Liu, Wang, Huang (2018); see `networks.Cascade`.

    Examples
    --------
    >>> from helpers import images, networks, noise
    >>> pictures = [images.dead_leaves(seed, (16, 16)) for seed in range(4)]
    >>> task = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(256, 2))
    >>> cascade = networks.Cascade(networks.build("dingliu", width=8), task)
    >>> settings = {"noise": noise.Gaussian(0.1), "steps": 2, "batch": 2, "progress": False}
    >>> train_cascade(cascade, pictures, [0, 1, 0, 1], **settings).step
    [2]
    """
    numbers = settings_of(settings, **ADAM, batch=8, lr=1e-4)
    loss = JointLoss() if loss is None else loss
    objective = BeforeTask(cascade, images, targets, noise, loss, numbers.seed)
    how = {"every": every, "checkpoint": checkpoint, "progress": progress}
    return fit(cascade, objective, numbers, **how)
