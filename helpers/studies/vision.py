"""Denoise for a score or for the next network: train both for each task, and judge each picture.

Here a *reader* is the network with the task: it segments a picture, or classifies it. Noise is
σ = 50/255, unclipped. PSNR and SSIM by the protocol; the score is Dice or right (1) and wrong (0),
by the reader that the denoiser was trained for, by one of another start, and by one of another
design. Two of the four tasks want a download, or $COURSE_DATA.

>>> faces = TASKS["faces"].samples()
>>> faces.images[0].shape, len(faces.tests), np.bincount(faces.answers).tolist()
((25, 25), 100, [50, 50])
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from helpers import datasets, images, metrics, networks, noise
from helpers.networks.base import init_he_
from helpers.registry import Registry
from helpers.studies.base import STUDIES, Study
from helpers.training.cascade import JointLoss, train_cascade
from helpers.training.loop import ADAM, Batch, Objective, Run, Settings, fit
from helpers.training.patches import as_batch

SEEDS = (0, 1, 2)
SIGMA = 50 / 255
NOISE = noise.Gaussian(SIGMA)
DENOISER = {"name": "dingliu", "width": 8}
DENOISER_LR = 4e-3  # that of the recipe `dingliu`
# The squared error is divided by that of the noise: 1 means, as much as all of it.
LOSSES = {
    "mse": JointLoss(weight=0.0, pixels=1 / SIGMA**2),
    "joint": JointLoss(weight=1.0, pixels=1 / SIGMA**2),
    "task": JointLoss(weight=1.0, pixels=0.0),
}
ROWS = ("noisy input", "clean", *LOSSES, "control", "control behind mse", "control as large")


# ---- readers ---------------------------------------------------------------------------------


def _layer(inside: int, outside: int, size: int = 3, **options: int) -> list[nn.Module]:
    """Convolution and ReLU; only a stride makes the picture smaller."""
    padding = size // 2 * options.get("dilation", 1)
    return [nn.Conv2d(inside, outside, size, padding=padding, **options), nn.ReLU()]


class USegmenter(nn.Module):
    """Two levels with a skip, as a U-net: (N, 1, H, W) to scores (N, 2, H, W); even sides."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.whole = nn.Sequential(*_layer(1, width), *_layer(width, width))
        self.coarse = nn.Sequential(*_layer(width, 2 * width), *_layer(2 * width, 2 * width))
        self.join = nn.Sequential(*_layer(3 * width, width), nn.Conv2d(width, 2, 1))

    def forward(self, picture: Tensor) -> Tensor:
        """Scores for *not there* and *there*, for each pixel."""
        whole = self.whole(picture)  # (N, width, H, W)
        coarse = self.coarse(F.max_pool2d(whole, 2))  # (N, 2·width, H/2, W/2)
        return self.join(torch.cat([whole, F.interpolate(coarse, scale_factor=2)], dim=1))


def stack_segmenter(width: int = 12) -> nn.Module:
    """The same task with no pooling: five layers, the middle ones dilated."""
    layers = _layer(1, width)
    for dilation in (1, 2, 4, 1):
        layers += _layer(width, width, dilation=dilation)
    stack = nn.Sequential(*layers, nn.Conv2d(width, 2, 1))
    init_he_(stack)  # torch's own weights are too small for six layers in a row
    return stack


def strided_classifier() -> nn.Module:
    """(N, 1, H, W) to two scores (N, 2); strides make the maps smaller."""
    layers = [*_layer(1, 24, 5, stride=2), *_layer(24, 32, stride=2)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(512, 2))


def pooled_classifier() -> nn.Module:
    """The same task with one layer more, and pooling."""
    pool = nn.MaxPool2d(2)
    layers = [*_layer(1, 16), pool, *_layer(16, 32), pool, *_layer(32, 32)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(3), nn.Flatten(), nn.Linear(288, 2))


# ---- tasks -----------------------------------------------------------------------------------


class Samples(NamedTuple):
    """Pictures and right answers, to learn from and to be tested on."""

    images: list[np.ndarray]  # (H, W) float32, one shape
    targets: np.ndarray  # int64: classes (N,), or maps (N, H, W)
    tests: list[np.ndarray]
    answers: np.ndarray


@dataclass(frozen=True)
class Task:
    """What a reader is asked, on which pictures.

    Attributes
    ----------
    score : str
        How an answer is judged.
    samples : callable
        Makes the `Samples`, once.
    reader, other : callable
        Makes a network; the second of another design.
    steps, denoiser_steps, batch : int
        Of the trainings.
    lrs : tuple of float
        Learning rates of the reader, and of the other.
    """

    score: str
    samples: Callable[[], Samples]
    reader: Callable[[], nn.Module]
    other: Callable[[], nn.Module]
    steps: int
    denoiser_steps: int
    batch: int
    lrs: tuple[float, float]

    def shortened(self, times: int) -> Task:
        """The same with fewer steps."""
        steps, denoiser_steps = self.steps // times, self.denoiser_steps // times
        return replace(self, steps=steps, denoiser_steps=denoiser_steps)


TASKS: Registry[Task] = Registry("task")


@cache
def ribs(count: int = 100, tests: int = 40, size: int = 48) -> Samples:
    """Chest phantoms, and where their ribs are."""
    phantoms = [images.xray_phantom(seed, size) for seed in range(count + tests)]
    pictures = [phantom.image for phantom in phantoms]
    maps = np.stack([phantom.masks["ribs"] for phantom in phantoms]).astype(np.int64)
    return Samples(pictures[:count], maps[:count], pictures[count:], maps[count:])


@cache
def faces(light: float = 0.2) -> Samples:
    """Faces (1) and other things (0) of 25×25 pixels, in a fifth of the light.

    In full light noise of σ = 50/255 does not hinder the reader: a face is too coarse a thing.
    """
    from skimage import data

    pictures = list(np.float32(light * np.clip(data.lfw_subset(), 0, 1)))
    is_face = np.repeat([1, 0], 100)
    learned, tests = pictures[::2], pictures[1::2]
    mirrored = [np.ascontiguousarray(picture[:, ::-1]) for picture in learned]
    return Samples([*learned, *mirrored], np.tile(is_face[::2], 2), tests, is_face[1::2])


@cache
def nuclei(size: int = 48) -> Samples:
    """Middles of the pictures of DSB2018, each stretched to [0, 1], and where its nuclei are."""
    dataset = datasets.fetch("dsb2018", progress=False)
    pictures, maps = [], []
    for image, labels in zip(dataset.images, dataset.labels):
        cut, there = (images.centre_crop(x, size) for x in (image, np.asarray(labels) > 0))
        if 0.05 < np.mean(there > 0) < 0.95:  # one that is nearly all or nothing has no outline
            low, high = np.quantile(cut, [0.01, 0.99])  # no single pixel decides what is white
            pictures.append(np.float32(np.clip((cut - low) / (high - low), 0, 1)))
            maps.append(there > 0)
    targets = np.stack(maps).astype(np.int64)
    return Samples(pictures[::2], targets[::2], pictures[1::2], targets[1::2])


@cache
def pneumonia(count: int = 300, tests: int = 100) -> Samples:
    """Chest radiographs of 28×28 pixels, normal (0) or pneumonia (1), as many of each."""
    dataset = datasets.fetch("pneumonia_mnist", progress=False)
    parts = []
    for split, each in (("train", count), ("test", tests)):
        where = np.flatnonzero(dataset.table["split"] == split)
        labels = np.asarray(dataset.labels)[where].ravel()
        selected = np.concatenate([where[labels == k][:each] for k in (0, 1)])
        parts += [[images.as_image(dataset.images[k]) for k in selected], np.repeat([0, 1], each)]
    return Samples(*parts)


# A notebook trains a reader and three denoisers while the reader waits: few steps, small pictures.
# Rates are such that each design learns from every seed; the deep stack wants half of the U-net's.
TASKS["ribs"] = Task(
    score="Dice",
    samples=ribs,
    reader=USegmenter,
    other=stack_segmenter,
    steps=250,
    denoiser_steps=250,
    batch=6,
    lrs=(6e-3, 3e-3),
)
TASKS["faces"] = Task(
    score="share of right answers",
    samples=faces,
    reader=strided_classifier,
    other=pooled_classifier,
    steps=250,
    denoiser_steps=200,
    batch=16,
    lrs=(2e-3, 2e-3),
)
TASKS["nuclei"] = replace(TASKS["ribs"], samples=nuclei)
TASKS["pneumonia"] = replace(TASKS["faces"], samples=pneumonia)


# ---- trainings -------------------------------------------------------------------------------


def train_reader(
    task: Task, seed: int, *, noisy: bool = False, through: nn.Module | None = None
) -> nn.Module:
    """Train a reader by cross-entropy on clean pictures, on noisy ones, or on restored ones.

    Parameters
    ----------
    task : Task
    seed : int
        For the first weights, and for which pictures are seen in which noise.
    noisy : bool
        Put fresh noise of `SIGMA` on every picture.
    through : nn.Module, optional
        A trained denoiser that the pictures go through first; it does not change.

    Examples
    --------
    >>> task = TASKS["faces"].shortened(250)
    >>> reader = train_reader(task, seed=0)
    >>> answers(reader, task.samples().tests[:3]).shape
    (3,)
    """
    torch.manual_seed(seed)
    reader, objective = task.reader(), Reading(task.samples(), seed, noisy, through)
    settings = Settings(**ADAM, steps=task.steps, batch=task.batch, lr=task.lrs[0], seed=seed)
    fit(reader, objective, settings, progress=False)
    return reader


@dataclass
class Reading(Objective):
    """Pictures and what a reader is to answer; the rest as `train_reader` takes it."""

    samples: Samples
    seed: int
    noisy: bool
    through: nn.Module | None

    def batch(self, numbers: Sequence[int]) -> Batch:
        """What is shown, and the right answers."""
        rng = np.random.default_rng((self.seed, numbers[0]))
        which = rng.integers(len(self.samples.images), size=len(numbers))
        pictures = [self.samples.images[k] for k in which]
        shown = as_batch([NOISE(x, rng) for x in pictures] if self.noisy else pictures)
        if self.through is not None:
            with torch.no_grad():
                shown = self.through(shown)
        return shown, torch.from_numpy(self.samples.targets[which])

    def loss(self, run: Run, batch: Batch) -> Tensor:
        """Cross-entropy."""
        return F.cross_entropy(run(batch[0]), batch[1])


@cache
def reader_of(task: Task, seed: int, other: bool = False) -> nn.Module:
    """The reader of clean pictures, or the one of the other design; trained once."""
    if other:
        task = replace(task, reader=task.other, lrs=task.lrs[1:])
    return train_reader(task, seed)


def train_denoiser(task: Task, loss: JointLoss, reader: nn.Module, seed: int) -> networks.Network:
    """Train a small denoiser of Ding Liu's design before a frozen reader; see `train_cascade`.

    The same seed gives the same first weights, pictures and noise for every loss.
    """
    torch.manual_seed(seed)
    denoiser, samples = networks.build(**DENOISER), task.samples()
    train_cascade(
        networks.Cascade(denoiser, reader),
        samples.images,
        samples.targets,
        noise=NOISE,
        loss=loss,
        steps=task.denoiser_steps,
        batch=task.batch,
        lr=DENOISER_LR,
        seed=seed,
        progress=False,
    )
    return denoiser


# ---- use -------------------------------------------------------------------------------------


def shots(samples: Samples, seed: int) -> list[np.ndarray]:
    """The test pictures, each with noise of its own."""
    return [NOISE(x, np.random.default_rng((seed, k))) for k, x in enumerate(samples.tests)]


@torch.inference_mode()
def restore(denoiser: nn.Module, pictures: Sequence[np.ndarray]) -> list[np.ndarray]:
    """What a denoiser makes of pictures of one shape, not clipped: a reader sees it so."""
    return list(denoiser(as_batch(pictures))[:, 0].numpy())


@torch.inference_mode()
def answers(reader: nn.Module, pictures: Sequence[np.ndarray]) -> np.ndarray:
    """What a reader says: classes (N,), or maps (N, H, W)."""
    return reader(as_batch(pictures)).argmax(dim=1).numpy()


def judge(said: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Score of each answer in 0 to 1: Dice of a map, right or wrong of a class.

    Dice is twice the pixels that both call *there*, divided by the pixels that each does.

    Examples
    --------
    >>> judge(np.array([1, 0]), np.array([1, 1])).tolist()
    [1.0, 0.0]
    >>> judge(np.array([[[1, 1], [0, 0]]]), np.array([[[1, 0], [1, 0]]])).tolist()
    [0.5]
    """
    if right.ndim == 1:
        return (said == right).astype(float)
    both = 2.0 * (said & right).sum(axis=(1, 2))
    called = said.sum(axis=(1, 2)) + right.sum(axis=(1, 2))
    return np.where(called > 0, both / np.maximum(called, 1), 1.0)  # of nothing, nothing is right


# ---- the rows --------------------------------------------------------------------------------


def pictures_of(
    task: Task, seed: int
) -> Iterator[tuple[str, list[np.ndarray], dict[str, nn.Module]]]:
    """Name of the row, the pictures, and their readers by the column of what they say."""
    noisy, reader = shots(task.samples(), seed), reader_of(task, seed)
    readers = {
        "score": reader,
        "other_start": reader_of(task, SEEDS[(SEEDS.index(seed) + 1) % len(SEEDS)]),
        "other_design": reader_of(task, seed, other=True),
    }
    yield "noisy input", noisy, readers
    yield "clean", task.samples().tests, readers
    denoisers = {}
    for row, loss in LOSSES.items():
        denoisers[row] = train_denoiser(task, loss, reader, seed)
        yield row, restore(denoisers[row], noisy), readers
    longer = replace(task, steps=task.steps + task.denoiser_steps)  # those of both together
    yield "control", noisy, {"score": train_reader(longer, seed, noisy=True)}
    mse = denoisers["mse"]
    again = train_reader(task, seed, noisy=True, through=mse)
    yield "control behind mse", restore(mse, noisy), {"score": again}
    # Denoiser and reader as one network, all of it trained for the task on noisy pictures.
    as_large = lambda: nn.Sequential(networks.build(**DENOISER), task.reader())  # noqa: E731
    whole = replace(longer, reader=as_large, lrs=(min(task.lrs[0], DENOISER_LR),))
    yield "control as large", noisy, {"score": train_reader(whole, seed, noisy=True)}


def rows(name: str, task: Task, seed: int) -> pd.DataFrame:
    """All pictures of one task and seed."""
    samples, made = task.samples(), []
    for row, pictures, readers in pictures_of(task, seed):
        said = {column: answers(reader, pictures) for column, reader in readers.items()}
        judged = {column: judge(each, samples.answers) for column, each in said.items()}
        for number, (clean, picture) in enumerate(zip(samples.tests, pictures)):
            # A network without pixels in its loss may leave the range by far; the protocol clips.
            scores = metrics.score(clean, np.clip(picture, 0, 1), ["psnr", "ssim"])
            scores |= {column: each[number] for column, each in judged.items()}
            made.append({"task": name, "row": row, "seed": seed, "picture": number, **scores})
    digits = {"psnr": 2, "ssim": 4, "score": 4, "other_start": 4, "other_design": 4}
    return pd.DataFrame(made).round(digits)


STUDIES["vision"] = Study(
    "vision",
    "denoisers trained for a score, for the next network, or for both",
    notebook="denoising_for_vision",
    key=("task", "seed"),
    groups=lambda table: {
        (name, seed): partial(rows, name, TASKS[name], seed)
        for name, seed in product(TASKS, SEEDS)
    },
    minutes=10,
    sample=[("ribs", 0)],
    # Of single pictures, from one number of threads to another. Nothing but the reader holds the
    # denoiser `task`: after other rounding it draws other pictures, and is read as well.
    spread={"psnr": 5.0, "ssim": 0.3, "score": 0.1, "other_start": 0.1, "other_design": 0.1},
)
