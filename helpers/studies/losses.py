"""One small network, trained with each loss, for noise and for JPEG, scored picture by picture.

PSNR, SSIM and DE-G by the protocol; whiteness of what was removed; texture kept and noise left of
the restored picture before rounding. Noise is σ = 25/255, unclipped; JPEG has a quality from 10
to 40 in training and 20 in the test. The networks of the first seed ship, for the pictures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import product

import numpy as np
import pandas as pd
import torch

from helpers import datasets, metrics, networks, noise, paths, versions
from helpers.benchmark.tasks import BASELINE, noisy_input
from helpers.denoiser import Denoiser
from helpers.images import Seed
from helpers.losses import LOSSES, Loss
from helpers.networks import Network, weights
from helpers.registry import Registry
from helpers.studies.base import STUDIES, Key, Make, Study, detail, train_from
from helpers.training import History, RandomParameters
from helpers.training.cards import machine
from helpers.training.patches import Noise
from helpers.training.sources import SOURCES, held_out_photographs, photographs

SEEDS = (0, 1, 2)
# Small, for a notebook trains one of them while the reader waits.
NETWORK = {"name": "dncnn", "depth": 7, "width": 32}
SETTINGS = {"steps": 500, "batch": 4, "patch": 64}


@dataclass(frozen=True)
class Teacher:
    """A key of `LOSSES`, its options, and the weight of L2 that is added."""

    loss: str
    options: dict = field(default_factory=dict)
    l2: float = 0


TEACHERS = {  # by the name of their rows
    **{name: Teacher(name) for name in ("l2", "l1", "charbonnier", "ssim")},
    # Three scales are all that a patch of 64 pixels has room for.
    **{name: Teacher(name, {"scales": 3}) for name in ("ms_ssim", "ms_ssim_l1")},
    **{name: Teacher(name) for name in ("gradient_l1", "deg")},
    "deg_l2_10k": Teacher("deg", l2=10_000),
    "mdf": Teacher("mdf", {"scales": 4}),  # the coarser half; all eight take five times as long
    **{f"texture_{k}": Teacher("texture", {"left": 1 / k}) for k in (1, 4, 16)},
}
# For notebook `ssim_versus_gradient_loss`: the way from L2 to DE-G in steps of about three,
# and SSIM with the help that DE-G has.
BETWEEN = {f"deg_l2_{k}k": Teacher("deg", l2=1000 * k) for k in (100, 30, 3, 1)}
BETWEEN["ssim_l2"] = Teacher("ssim", l2=100)


@dataclass(frozen=True)
class Task:
    """What the network is to undo, in training and in the test."""

    name: str
    trained: Noise
    tested: noise.NoiseModel
    lr: float  # the largest at which L2 learns; at four times 0.006 JPEG is given up by most
    mdf: str  # the discriminators of MDF that were trained for it


TASKS: Registry[Task] = Registry("task")
GAUSSIAN, JPEG = noise.Gaussian(25 / 255), RandomParameters("jpeg", quality=(10, 40))
TASKS["noise"] = Task("noise", GAUSSIAN, GAUSSIAN, 0.024, "denoising")
TASKS["jpeg"] = Task("jpeg", JPEG, noise.Jpeg(20), 0.006, "jpeg")


class Sum(Loss):
    """A loss, and a multiple of L2."""

    def __init__(self, loss: Loss, share: float) -> None:
        super().__init__()
        self.loss, self.share, self.smallest = loss, share, loss.smallest

    def compare(self, restored: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
        """The weighted sum."""
        return self.loss(restored, reference) + self.share * (restored - reference).square().mean()


def loss_of(teacher: Teacher, task: Task) -> Loss:
    """The loss of a teacher; MDF has its own discriminators for each task."""
    weighed = {"weights": task.mdf} if teacher.loss == "mdf" else {}
    loss = LOSSES[teacher.loss](**teacher.options, **weighed)
    return Sum(loss, teacher.l2) if teacher.l2 else loss


def train_with(
    loss: Loss, task: Task, seed: int = 0, steps: int = SETTINGS["steps"]
) -> tuple[Network, History]:
    """The small network after its training on the photographs that ship.

    Examples
    --------
    >>> network, history = train_with(LOSSES["l2"](), TASKS["noise"], steps=2)
    >>> history.step
    [2]
    """
    settings = SETTINGS | {"lr": task.lr, "steps": steps, "loss": loss}
    return train_from(seed, NETWORK, photographs(), task.trained, **settings)


def shots(task: Task, pictures: Mapping[str, np.ndarray], seed: int = 0) -> dict[str, np.ndarray]:
    """Pictures as the task spoils them in the test, each with noise of its own."""
    return {
        name: task.tested(clean, np.random.default_rng((seed, number)))
        for number, (name, clean) in enumerate(pictures.items())
    }


def tests() -> dict[str, np.ndarray]:
    """Pictures never trained on: photographs that ship, and every fourth of BSD68."""
    published = datasets.fetch("bsd68", progress=False).images
    return held_out_photographs() | {
        f"bsd68 {k:02}": published[k] for k in range(0, len(published), 4)
    }


def scores(
    denoise: Denoiser, task: Task, pictures: Mapping[str, np.ndarray], seed: int = 0
) -> Iterator[dict[str, object]]:
    """One row for each picture."""
    for name, noisy in shots(task, pictures, seed).items():
        clean, restored = pictures[name], denoise(noisy)
        removed = np.ptp(noisy - restored) > 1e-6  # a network may have learned nothing
        yield {
            "picture": name,
            **metrics.score(clean, restored, ["psnr", "ssim", "deg"]),
            "whiteness": metrics.residual_whiteness(noisy, restored) if removed else np.nan,
            **detail(clean, restored),
        }


def rows(
    name: str,
    teacher: Teacher | None,
    loss: Loss | None,
    task: Task,
    seed: int,
    save: bool = False,
) -> pd.DataFrame:
    """All pictures of one training, or of the input where there is no teacher."""
    denoise: Denoiser = noisy_input
    if teacher is not None:
        code = versions.commit(rows)
        network, history = train_with(loss, task, seed)
        denoise = networks.TrainedNetwork(network)
        if save:
            card = card_of(teacher, task, seed, history) | {"commit": code}
            folder = paths.weights() / "losses"
            weights.save(network, folder / f"{task.name}_{name}{weights.SUFFIX}", card)
    table = pd.DataFrame(scores(denoise, task, tests(), seed)).round(4)
    table.insert(0, "loss", name)
    table.insert(1, "seed", seed)
    return table


def card_of(teacher: Teacher, task: Task, seed: int, history: History) -> dict[str, object]:
    """What there is to know of a network of the first seed."""
    source, undone = SOURCES["photographs"], {"task": task.name}
    if isinstance(task.trained, noise.Gaussian):
        undone["sigma"] = [255 * task.trained.sigma] * 2  # for when it is told another
    loss = {"loss": teacher.loss, **teacher.options, "and L2 times": teacher.l2}
    return {
        "data": source.description,
        "terms": source.terms,
        "training": {**undone, **loss, **SETTINGS, "lr": task.lr, "seed": seed},
        "seconds": round(history.seconds),
        "machine": machine(),
    }


def groups(task: Task, teachers: Mapping[str, Teacher], table: pd.DataFrame) -> dict[Key, Make]:
    """Each teacher from each start, the input first."""
    lessons = {name: (one, loss_of(one, task)) for name, one in teachers.items()}
    lessons = {BASELINE: (None, None)} | lessons
    return {
        (name, seed): partial(rows, name, *lesson, task, seed)
        for seed, (name, lesson) in product(SEEDS, lessons.items())
    }


# ---- what the table says -----------------------------------------------------------------------


def overview(table: pd.DataFrame) -> pd.DataFrame:
    """PSNR, SSIM and DE-G of each loss, in the mean over pictures and starts.

    Parameters
    ----------
    table : pandas.DataFrame
        Of a task.

    Returns
    -------
    pandas.DataFrame
        The input first, then a row for each of `TEACHERS`. ``± starts (dB)`` is the standard
        deviation of PSNR from start to start.
    """
    means = table.groupby("loss")[["psnr", "ssim", "deg"]].mean()
    starts = table.groupby(["loss", "seed"])["psnr"].mean()
    means["± starts (dB)"] = starts.groupby("loss").std()
    return means.loc[[BASELINE, *TEACHERS]]


def against(
    table: pd.DataFrame, other: str, score: str, rng: Seed
) -> dict[str, tuple[float, float, float]]:
    """How much higher the score of each loss is than another's, picture by picture.

    Parameters
    ----------
    table : pandas.DataFrame
        Of a task.
    other : str
        One of the losses, or the input.
    score : str
        A column.
    rng : int or numpy.random.Generator

    Returns
    -------
    dict
        For all of `TEACHERS` but `other`: mean, low and high end of `metrics.mean_interval`.
    """
    means = table.pivot_table(index="picture", columns="loss", values=score)
    return {
        name: metrics.mean_interval(means[name] - means[other], rng)
        for name in TEACHERS
        if name != other
    }


for _task, _teachers in {"noise": TEACHERS | BETWEEN, "jpeg": TEACHERS}.items():
    STUDIES[f"losses_{_task}"] = Study(
        f"losses_{_task}",
        f"one small network, trained with each loss, for {_task}",
        notebook="loss_functions",
        key=("loss", "seed"),
        groups=partial(groups, TASKS[_task], _teachers),
        minutes=55,
        sample=[(BASELINE, 0), ("l2", 0)],
        # Of single pictures. Training lets differences in rounding grow.
        spread={"psnr": 0.3, "ssim": 0.01, "deg": 1.0, "texture": 0.05, "noise": 1.0}
        | {"whiteness": 0.1},
        ships=lambda key: key[0] != BASELINE and key[1] == SEEDS[0],
    )
