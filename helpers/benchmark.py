"""Denoisers × images × noise, as one table: the comparison is one loop, run in one place.

>>> from helpers import filters, images, noise
>>> table = run(
...     {"mean": filters.mean, "tv": filters.tv},
...     {"camera": images.load("camera", size=128)},
...     {"σ = 25": noise.Gaussian(25/255)},
... )
>>> list(table["method"]), bool(table["psnr"].is_monotonic_increasing)
(['noisy input', 'mean', 'tv'], True)
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from helpers.images import as_image
from helpers.metrics import PROTOCOL, score
from helpers.noise import NoiseModel

Denoiser = Callable[..., np.ndarray]
BASELINE = "noisy input"


def run(
    denoisers: Mapping[str, Denoiser],
    images: Mapping[str, np.ndarray],
    noises: Mapping[str, NoiseModel],
    metrics: Iterable[str] | None = None,
    draws: int = 1,
    cache: str | Path | None = None,
    scheduler: Any = None,
) -> pd.DataFrame:
    """Apply every denoiser to every image with every noise, and score what comes out.

    Noise is not clipped; results are scored by `metrics.score`. A denoiser is called as
    ``denoise(noisy, sigma)``, where sigma is the RMS of the noise on that image, or None for
    blurs. Noise is drawn anew for each image, noise and draw, from a seed made of the three, so
    a row never depends on what else is in the table.

    Parameters
    ----------
    denoisers, images, noises : mapping
        Name to denoiser, to clean image in [0, 1], to noise model.
    metrics : iterable of str, optional
        Keys of `metrics.METRICS`; by default those of `metrics.PROTOCOL`.
    draws : int
        How often noise is drawn for each image and noise.
    cache : str or Path, optional
        Folder where finished rows are kept, one small file each, so that a run that was stopped
        goes on where it was. A row is known by its image's pixels, the noise, the draw, the
        metrics and the *name* of the method: give a changed method a new name.
    scheduler : optional
        Where the rows are computed: anything with ``submit(function, argument)`` that gives
        something with ``result()``, such as an executor of `concurrent.futures`. By default
        here, one after the other.

    Returns
    -------
    pandas.DataFrame
        One row for each image, noise, draw and method, the noisy input first: columns image,
        noise, draw, method, one for each metric, seconds (of the denoiser alone) and error. A
        denoiser that raises, or gives what cannot be scored, leaves its message in ``error``
        and NaN as its scores; ``error`` is empty otherwise.

    Raises
    ------
    ValueError
        Before anything is run: for an empty or wrong mapping, what is no image, too few pixels
        for a metric, an unknown metric, draws below 1, or a scheduler that cannot submit.
    """
    names = PROTOCOL if metrics is None else _names(metrics)
    _check_callables(denoisers, noises, draws, scheduler)
    clean = _check_images(images, names)
    tasks = [
        Task(image, kind, draw, method, clean[image], model, denoise, names)
        for image in clean
        for kind, model in noises.items()
        for draw in range(draws)
        for method, denoise in {BASELINE: noisy_input, **denoisers}.items()
    ]
    folder = Path(cache) if cache is not None else None
    columns = ["image", "noise", "draw", "method", *names, "seconds", "error"]
    return pd.DataFrame(_rows(tasks, folder, scheduler), columns=columns)


def noisy_input(noisy: np.ndarray, sigma: float | None = None) -> np.ndarray:
    """Do nothing: the baseline that opens every table."""
    return noisy


# ---- one row -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Task:
    """What one row needs; picklable where its denoiser is."""

    image: str
    noise: str
    draw: int
    method: str
    reference: np.ndarray
    model: NoiseModel
    denoise: Denoiser
    metrics: tuple[str, ...]

    def digest(self, *more: str) -> bytes:
        """Hash of the image's pixels, the noise and the draw, and of what else is said."""
        told = (self.reference.shape, repr(self.model), self.draw, *more)
        pixels = np.ascontiguousarray(self.reference)
        return hashlib.blake2b(pixels.tobytes() + repr(told).encode(), digest_size=16).digest()

    def row(self) -> dict[str, Any]:
        """Draw the noise, denoise, score: one row of the table."""
        rng = np.random.default_rng(int.from_bytes(self.digest(), "big"))
        noisy, sigma = self.model(self.reference, rng), self.model.rms(self.reference)
        seconds, scores, error = np.nan, dict.fromkeys(self.metrics, np.nan), ""
        begin = time.perf_counter()
        try:
            restored = self.denoise(noisy.copy(), sigma)
            seconds = time.perf_counter() - begin
            scores = score(self.reference, restored, self.metrics)
        except Exception as problem:  # whatever one method does, the others go on
            error = f"{type(problem).__name__}: {problem}"
        about = {"image": self.image, "noise": self.noise, "draw": self.draw}
        return {**about, "method": self.method, **scores, "seconds": seconds, "error": error}


def _rows(tasks: list[Task], folder: Path | None, scheduler: Any) -> Iterator[dict[str, Any]]:
    """The rows in order: read from the folder where they are known, computed where not."""
    known = [_read(folder, task) for task in tasks]
    submit = _Later if scheduler is None else scheduler.submit
    futures = [None if row else submit(Task.row, task) for task, row in zip(tasks, known)]
    for task, row, future in zip(tasks, known, futures):
        if row is None:
            row = future.result()
            _write(folder, task, row)
        yield row


class _Later:
    """What an executor gives, without one: computed when its result is asked for."""

    def __init__(self, function: Callable, argument: Any) -> None:
        self.result = lambda: function(argument)


# ---- finished rows on disk -----------------------------------------------------------------


def _file(folder: Path, task: Task) -> Path:
    return folder / f"{task.digest(task.method, *task.metrics).hex()}.json"


def _read(folder: Path | None, task: Task) -> dict[str, Any] | None:
    """A finished row under the names of this table, or None; a damaged file counts as none."""
    try:
        row = json.loads(_file(folder, task).read_text("utf-8")) if folder else None
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return row and {**row, "image": task.image, "noise": task.noise}


def _write(folder: Path | None, task: Task, row: dict[str, Any]) -> None:
    """Keep a row, whole or not at all; failures are not kept, they may be mended."""
    if folder is None or row["error"]:
        return
    folder.mkdir(parents=True, exist_ok=True)
    path = _file(folder, task)
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps(row), "utf-8")
    part.replace(path)


# ---- wrong input ---------------------------------------------------------------------------


def _names(metrics: Iterable[str]) -> tuple[str, ...]:
    iterable = isinstance(metrics, Iterable) and not isinstance(metrics, str)
    if not iterable or not (names := tuple(metrics)):
        raise ValueError(f"metrics is a list of names, such as ['psnr', 'ssim'], not {metrics!r}")
    return names


def _check_callables(denoisers: Any, noises: Any, draws: Any, scheduler: Any) -> None:
    for what, given in (("denoisers", denoisers), ("noises", noises)):
        if not isinstance(given, Mapping) or not given:
            raise ValueError(f"{what} is a dictionary, name to member, not {given!r}")
    for name, denoise in denoisers.items():
        if not callable(denoise) or name == BASELINE:
            raise ValueError(f"denoiser {name!r} cannot be called, or has the baseline's name")
    for name, model in noises.items():
        if not isinstance(model, NoiseModel):
            raise ValueError(
                f"noise {name!r} is a noise model such as Gaussian(0.1), not {model!r}"
            )
    if not isinstance(draws, int) or isinstance(draws, bool) or draws < 1:
        raise ValueError(f"draws is a whole number, 1 or more, not {draws!r}")
    if scheduler is not None and not callable(getattr(scheduler, "submit", None)):
        raise ValueError(f"a scheduler has a method submit, {scheduler!r} has none")


def _check_images(images: Any, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """The images as they are computed with; each is scored once, to see that it can be."""
    if not isinstance(images, Mapping) or not images:
        raise ValueError(f"images is a dictionary, name to image, not {type(images).__name__}")
    clean = {}
    for name, image in images.items():
        try:
            clean[name] = as_image(image)
            score(clean[name], clean[name], names)
        except ValueError as error:
            raise ValueError(f"image {name!r}: {error}") from error
    return clean
