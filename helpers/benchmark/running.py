"""All cells of a table, wherever they are computed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from helpers import checks, schedulers
from helpers.benchmark.cache import Cache
from helpers.benchmark.knowledge import KNOWLEDGE, nothing
from helpers.benchmark.tasks import BASELINE, Task, noisy_input, printable, scores_of
from helpers.denoiser import Denoiser
from helpers.images import as_image
from helpers.metrics import PROTOCOL
from helpers.noise import NoiseModel
from helpers.schedulers import Shared

MOST = 10**6  # draws; a hundred are a precise mean, and each cell of a table is held in memory
NAMES = "a list of names, such as ['psnr', 'ssim']"
Cell = tuple[int, Task, Shared, Shared]  # number, task without image and method, and these


def run(
    denoisers: Mapping[str, Denoiser],
    images: Mapping[str, np.ndarray],
    noises: Mapping[str, NoiseModel],
    metrics: Iterable[str] | None = None,
    draws: int = 1,
    cache: str | Path | None = None,
    scheduler: Any = None,
    progress: bool | None = None,
    knows: str | Iterable[str] = "told",
) -> pd.DataFrame:
    """Apply every denoiser to every image with every noise, and score what comes out.

    Noise is not clipped; results are scored by `metrics.score`. Noise is drawn anew for each
    image, noise and draw, from a seed made of the three, so a row never depends on what else is
    in the table, nor on where it is computed.

    Parameters
    ----------
    denoisers, images, noises : mapping
        Name to denoiser, to clean image in [0, 1], to noise model.
    metrics : iterable of str, optional
        Keys of `metrics.METRICS`; by default those of `metrics.PROTOCOL`.
    draws : int
        How often noise is drawn for each image and noise.
    cache : str or Path, optional
        Folder where each finished cell is kept at once, so that a run that was stopped goes on
        where it was. A cell is known by its image's pixels, the noise, the draw, the metrics,
        the name of the method, and by what the method depends on (see `versions.fingerprint`): its
        code, its weights, its parameters. Failures are not kept.
    scheduler : optional
        Where cells are computed. None: here, one after the other. "processes", or how many of
        them: on the cores of this machine, under ``if __name__ == "__main__"`` in a script.
        "tcp://HOST:PORT": on the Dask cluster whose scheduler is there. Or anything with
        ``submit(function, argument)`` that gives something with ``result()``.
    progress : bool, optional
        Show a progress bar; by default where there is a terminal.
    knows : str or iterable of str
        What the denoisers are told of the noise, one of these or several:

        - "told": the true noise model, by `denoise.told`; of white Gaussian noise that is
          ``denoise(noisy, sigma)`` with the true σ, and of blurs nothing is told;
        - "strength": one σ, the true RMS of the noise on that image;
        - "estimated": what `denoise.estimating.estimate` finds in the noisy picture alone, the
          same for all methods;
        - "nothing": ``denoise(noisy, None)``.

        Methods are to be compared within one of them: see `tables.leaderboard`.

    Returns
    -------
    pandas.DataFrame
        One row for each image, noise, draw, knowledge and method, the noisy input first: columns
        image, noise, draw, knows, method, one for each metric; seconds and megabytes that the
        told denoiser took (see `memory.Peak`), a transform included and the estimate, which is
        the same for all, left out; parameters it has learned; and error. A denoiser that raises,
        gives what cannot be scored or is far out of range, or kills its process, leaves the
        reason in ``error`` and NaN as its scores; ``error`` is empty otherwise. So do cells that
        nobody is left to compute, where a cluster loses its scheduler or all its workers.

    Raises
    ------
    ValueError
        Before anything is run: for an empty or wrong mapping, what is no image, too few pixels
        for a metric, an unknown metric, draws below 1, another `knows`, or what is no scheduler.
    ConnectionError, RuntimeError, ModuleNotFoundError
        Where a scheduler cannot begin, as `schedulers.run` says: nobody answers at the address,
        a script lacks ``if __name__ == "__main__"``, Dask is needed and not installed.
    """
    tasks = product(denoisers, images, noises, metrics, draws, knows)
    return compute(tasks, cache, scheduler, progress)


def product(
    denoisers: Mapping[str, Denoiser],
    images: Mapping[str, np.ndarray],
    noises: Mapping[str, NoiseModel],
    metrics: Iterable[str] | None = None,
    draws: int = 1,
    knows: str | Iterable[str] = "told",
) -> list[Task]:
    """The cells of `run`, checked: image by image, noise by noise, the noisy input first."""
    names = PROTOCOL if metrics is None else tuple(checks.several(metrics, "metrics", NAMES))
    if not names:
        raise checks.refusal("metrics", NAMES, metrics)
    for name, denoise in _mapping(denoisers, "denoisers", "denoiser").items():
        if not isinstance(denoise, Denoiser) or name == BASELINE:
            raise ValueError(f"denoiser {name!r} cannot be called, or has the baseline's name")
    for name, model in _mapping(noises, "noises", "noise model").items():
        if not isinstance(model, NoiseModel):
            raise checks.refusal(f"noise {name!r}", "a noise model such as Gaussian(0.1)", model)
    checks.whole(draws, "draws", 1, MOST)
    columns = known(knows)
    clean = {}  # the images as they are computed with, each scored once, to see that it can be
    for name, image in _mapping(images, "images", "image").items():
        try:
            clean[name] = as_image(image)
            scores_of(clean[name], clean[name], names)
        except (ValueError, TypeError) as error:  # a metric of the reader's own may raise any
            raise ValueError(f"image {name!r}: {error}") from error
    return [
        Task(
            printable(image),
            printable(kind),
            draw,
            printable(method),
            clean[image],
            model,
            denoise,
            names,
            one,
            nothing if method == BASELINE else KNOWLEDGE[one],
        )
        for image in clean
        for kind, model in noises.items()
        for draw in range(draws)
        for one in columns
        for method, denoise in {BASELINE: noisy_input, **denoisers}.items()
    ]


def known(knows: str | Iterable[str]) -> list[str]:
    """The columns of knowledge that are asked for, each once.

    Examples
    --------
    >>> known("told"), known(["nothing", "told", "nothing"])
    (['told'], ['nothing', 'told'])
    """
    accepted = f"one of {', '.join(KNOWLEDGE)}, or a list of them"
    asked = [knows] if isinstance(knows, str) else checks.several(knows, "knows", accepted)
    if not asked or not all(one in KNOWLEDGE for one in asked):
        raise checks.refusal("knows", accepted, knows)
    return list(dict.fromkeys(asked))


def _mapping(given: Any, what: str, member: str) -> Mapping[str, Any]:
    """A dictionary with something in it."""
    if not isinstance(given, Mapping) or not given:
        raise checks.refusal(what, f"a dictionary, name to {member}", given)
    return given


def compute(
    tasks: Sequence[Task],
    cache: str | Path | None = None,
    scheduler: Any = None,
    progress: bool | None = None,
) -> pd.DataFrame:
    """The rows of some tasks, in their order; the other arguments are those of `run`.

    Examples
    --------
    >>> from helpers import filters, images, noise
    >>> picture = images.load("camera", size=64)
    >>> model, denoise = noise.Gaussian(25/255), filters.mean
    >>> task = Task("camera", "σ 25", 0, "mean", picture, model, denoise, ("psnr",))
    >>> list(compute([task])["method"])
    ['mean']
    """
    store, rows = Cache(cache), {}
    hidden = None if progress is None else not checks.flag(progress, "progress")
    bar = tqdm(total=len(tasks), unit="cell", disable=hidden, leave=False)
    methods = {id(task.denoise): Shared(task.denoise) for task in tasks}

    def missing() -> Iterator[Cell]:
        """What is not on disk, looked up late: another run may have done it meanwhile."""
        image = Shared(None)
        for number, task in enumerate(tasks):
            if row := store.read(task):
                rows[number] = row
                bar.update()
                continue
            if image.thing is not task.reference:  # cells come image by image
                image = Shared(task.reference)
            small = replace(task, reference=None, denoise=None)
            yield number, small, image, methods[id(task.denoise)]

    with closing(schedulers.run(_row, missing(), scheduler)) as results, bar:
        for (number, *_), row in results:
            if isinstance(row, Exception):
                row = tasks[number].failed(row)
            store.keep(tasks[number], row)
            rows[number] = row
            bar.update()
    return pd.DataFrame([rows[number] for number in range(len(tasks))])


def _row(cell: Cell) -> dict[str, Any]:
    """One row, wherever it is computed."""
    _, task, image, method = cell
    return replace(task, reference=image.thing, denoise=method.thing).row()
