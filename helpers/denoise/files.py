"""From noisy picture files to restored ones: which becomes which, and doing it page by page.

`plan` says from names alone which file becomes which; `pages_of` asks a file how many pages it
has; `restore` does one page, wherever it is computed; `gathered` saves a stack once all of its
pages are there. Whatever happens to one file is no matter of the others.

>>> from tempfile import TemporaryDirectory
>>> from helpers import images
>>> with TemporaryDirectory() as folder:
...     images.save(Path(folder, "in", "a.png"), np.zeros((8, 8)))
...     [(job.name, job.out.name) for job in plan([f"{folder}/in"], f"{folder}/out")]
[('a.png', 'a.png')]
"""

from __future__ import annotations

import os
import re
import time
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from helpers import checks, images, picture_files
from helpers.denoise import report
from helpers.denoise.restoring import Restored, denoise, methods
from helpers.denoise.telling import parts_of
from helpers.noise import NoiseModel
from helpers.picture_files import FORMATS, SUFFIXES, is_picture

# ---- which file becomes which --------------------------------------------------------------


@dataclass(frozen=True)
class Job:
    """A file to be restored.

    Attributes
    ----------
    source, out : Path
        Absolute, as processes elsewhere have another working folder.
    name : str
        What it is called where a reader sees it: as it was typed, or within its folder.
    """

    source: Path
    out: Path
    name: str


def plan(inputs: Sequence[str | Path], out: str | Path) -> list[Job]:
    """Which files are to be restored, and what the results are called.

    Parameters
    ----------
    inputs : sequence of str or Path
        Files and folders. Of a folder all pictures are taken, those of its folders too, without
        hidden ones and without what lies in `out`; below `out` they keep their names.
    out : str or Path
        A file, where its name ends as a picture's does and no folder is called so; a folder
        otherwise. It need not exist.

    Returns
    -------
    list of Job
        In the order of `inputs`, within a folder by name; each file once.

    Raises
    ------
    FileNotFoundError
        For an input that is not there.
    PermissionError
        For a folder in it that may not be looked into: else its pictures would be left out.
    ValueError
        For a folder without pictures, a file as `out` of several inputs or of a folder, results
        of the same name, results that would replace an input, and an `out` that cannot be
        written to.
    """
    inputs = [checks.path(one, "an input") for one in inputs]
    target = checks.path(out, "OUT")
    if missing := [str(one) for one in inputs if not one.exists()]:
        raise FileNotFoundError(f"there is no file or folder {', '.join(missing)}")
    if _is_file_name(target, str(out), inputs):
        if len(inputs) > 1 or inputs[0].is_dir():
            many = f"{len(inputs)} inputs need" if len(inputs) > 1 else "a folder as input needs"
            raise ValueError(f"{many} a folder as OUT, and {str(target)!r} is a file")
        jobs = [Job(_absolute(inputs[0]), _absolute(target), str(inputs[0]))]
    else:
        jobs = [job for one in inputs for job in _into(one, target)]
    once: dict[tuple[Path, Path], Job] = {}
    for job in jobs:
        once.setdefault((job.source, job.out), job)
    jobs = list(once.values())
    _check_apart(jobs)
    _check_room(target)
    return jobs


def _is_file_name(target: Path, typed: str, inputs: list[Path]) -> bool:
    if target.is_dir() or typed.endswith(("/", os.sep)):
        return False
    if target.exists() or target.suffix.lower() in FORMATS:
        picture_files.format_of(target)  # refuses a file that is there and no picture
        return True
    if target.suffix and len(inputs) == 1 and inputs[0].is_file():
        try:
            picture_files.format_of(target)
        except ValueError as error:
            raise ValueError(f"{error}; a folder of that name is typed {typed + os.sep}") from None
    return False


def _into(source: Path, folder: Path) -> Iterator[Job]:
    """What becomes of a file, or of the pictures of a folder, below another folder."""
    if not source.is_dir():
        name = source.name if source.suffix.lower() in FORMATS else f"{source.stem}.png"
        yield Job(_absolute(source), _absolute(folder / name), str(source))
        return
    top, own = _absolute(folder), _absolute(source)
    if top == own:
        raise ValueError(f"OUT is the folder of the input, {str(source)!r}: name another")
    files = (file for file in _below(own) if is_picture(file.relative_to(own)))
    made = top if own in top.parents else None  # by an earlier run
    files = sorted(file for file in files if file.is_file() and made not in file.parents)
    if not files:
        raise ValueError(f"no picture in {source}: {', '.join(SUFFIXES)} are read")
    for file in files:
        within = file.relative_to(own)
        yield Job(file, top / within, str(within))


def _below(folder: Path) -> Iterator[Path]:
    """All files in a folder and its folders, but hidden ones; an error where one may not look."""

    def stop(error: OSError) -> None:
        raise error

    for parent, folders, names in os.walk(folder, onerror=stop):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(parent, name) for name in names)


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # links in it stay: they are what the user sees


def _check_apart(jobs: list[Job]) -> None:
    """No result replaces an input, or another result."""
    made: dict[Path, Job] = {}
    for job in jobs:
        if (other := made.setdefault(job.out, job)) is not job:
            raise ValueError(
                f"{job.source} and {other.source} would both become {job.out}; give each a folder "
                "of its own"
            )
    sources = {_identity(job.source): job for job in jobs}
    for job in jobs:
        if job.out.exists() and (replaced := sources.get(_identity(job.out))):
            raise ValueError(f"{job.out} is an input, and would be replaced by {replaced.name}")


def _identity(path: Path) -> tuple[int, int]:
    """The same for two names of one file."""
    about = path.stat()
    return about.st_dev, about.st_ino


def _check_room(target: Path) -> None:
    """That something can be made there, before an hour has passed."""
    place = _absolute(target)
    while not place.exists():
        place = place.parent
    if place != _absolute(target) and not place.is_dir():
        raise ValueError(f"{target} cannot be made: {place} is a file")
    folder = place if place.is_dir() else place.parent
    if not os.access(folder, os.W_OK):
        raise ValueError(f"{target} cannot be made: you may not write into {folder}")


# ---- page by page --------------------------------------------------------------------------


@dataclass(frozen=True)
class Page:
    """A picture, or one page of a stack.

    Attributes
    ----------
    job : Job
    number, pages : int
        Which of how many, from 0 on.
    bits : int
        Of the result.
    shown : bool
        Whether the report shows it.
    """

    job: Job
    number: int = 0
    pages: int = 1
    bits: int = 8
    shown: bool = False


@dataclass(frozen=True)
class Settings:
    """How all pictures are restored; `noise`, `method`, `strength` as `denoise` takes them.

    Attributes
    ----------
    bits : int, optional
        8 or 16; by default as many as the file has, and the format of the result holds.
    white : float, optional
        The level that is white, as `images.load` takes it.

    Examples
    --------
    >>> Settings(method="bm3d", strength=11)
    Traceback (most recent call last):
    ...
    ValueError: strength is a number from 0 to 10, not 11
    """

    noise: NoiseModel | None = None
    method: str = "auto"
    strength: float = 1.0
    bits: int | None = None
    white: float | None = None

    def __post_init__(self) -> None:
        checks.one_of(self.method, "method", methods())
        checks.number(self.strength, "strength", 0, 10)
        if self.bits is not None:
            checks.one_of(self.bits, "bits", (8, 16))
        if self.white is not None:
            checks.number(self.white, "white", above=0)
        if self.noise is not None:
            parts_of(self.noise)  # refuses a blur, which is no noise


def pages_of(
    job: Job, bits: int | None = None, white: float | None = None, shown: bool = False
) -> list[Page]:
    """The pages of a file, and how many bits the result will have; its pixels are not decoded.

    Raises
    ------
    FileNotFoundError, ValueError, OSError
        For what is no picture or may not be read, a stack that becomes another file than a TIFF,
        16 bits of a JPEG, a white that 8 bits do not reach, and a folder in the place of the
        result.
    """
    about, form = picture_files.about(job.source), picture_files.format_of(job.out)
    if job.out.is_dir():
        raise ValueError(f"{job.out} is a folder, and the result would be called so")
    if white is not None and about.bits == 8 and white > 255:
        raise ValueError(f"its levels of 8 bits end at 255, and white would be {white:g}")
    bits = bits or min(about.bits, max(form.bits))
    form.check(bits, about.frames)
    numbers = range(about.frames)
    return [Page(job, k, about.frames, bits, shown and k == 0) for k in numbers]


@dataclass(frozen=True)
class Done:
    """What became of a page.

    Attributes
    ----------
    restored : Restored
        Its image is empty: it is in the file, or in `levels`.
    shape : tuple of int
        Of the image.
    levels : numpy.ndarray, optional
        Of a page of a stack, which is saved with the others.
    panels : report.Panels, optional
        Where it is shown.
    seconds : float
        That it took.
    """

    restored: Restored
    shape: tuple[int, ...]
    levels: np.ndarray | None = field(default=None, repr=False)
    panels: report.Panels | None = None
    seconds: float = 0.0


WHITE = re.compile(r"load it with white=(\d+)")  # `images.load` speaks Python


def restore(settings: Settings, page: Page) -> Done:
    """Restore a page; a picture of one page is saved, too.

    Raises
    ------
    ValueError, OSError
        As `images.load`, `denoise` and `images.save` do.
    """
    job, begun = page.job, time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        picture_files.ignore_size()
        frame = page.number if page.pages > 1 else None
        noisy = images.load(job.source, white=settings.white, frame=frame)
        done = denoise(noisy, settings.noise, settings.method, settings.strength)
    warned = (WHITE.sub(r"say --white \1", str(one.message)) for one in caught)
    said = dict.fromkeys((*warned, *done.warnings))
    panels = report.panels(noisy, done.image) if page.shown else None
    levels, result = None, done.image * _white_in_file(noisy, job, settings.white, page.bits)
    if page.pages > 1:
        levels = images.to_levels(result, page.bits)
    else:
        images.save(job.out, result, page.bits, like=job.source)
    bare = replace(done, image=np.empty((0, 0), np.float32), warnings=tuple(said))
    return Done(bare, noisy.shape, levels, panels, time.perf_counter() - begun)


def _white_in_file(noisy: np.ndarray, job: Job, white: float | None, bits: int) -> np.float32:
    """White's share of the largest level that is saved: 12 bits in a file of 16 stay 12 bits.

    Only where levels are whole numbers on this scale: fractions would become coarse by it.
    """
    same = bits == 16 and picture_files.about(job.source).bits == 16
    if not same or white is None or not 1 < white < 65535 or white % 1:
        return np.float32(1)
    levels = noisy * np.float32(white)
    is_whole = np.abs(levels - np.rint(levels)).max() < 0.02  # of 65535 in float32
    return np.float32(white / 65535 if is_whole else 1)


def shown_again(job: Job, white: float | None) -> report.Panels | None:
    """A result of an earlier run for the report; None where the files no longer fit together."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            noisy = images.load(job.source, white=white, frame=0)
            bits = picture_files.about(job.out).bits
            restored = images.load(job.out, frame=0) / _white_in_file(noisy, job, white, bits)
        except (ValueError, OSError):
            return None
    fits = restored.shape == noisy.shape and restored.max() < 1.001
    return report.panels(noisy, restored) if fits else None


Outcome = list[Done] | Exception


def gathered(
    results: Iterable[tuple[Page, Done | Exception]],
) -> Iterator[tuple[Page, Outcome | None]]:
    """Put the pages of each file together, and save stacks.

    Parameters
    ----------
    results : iterable
        Each page with what `restore` gave or raised, in any order.

    Yields
    ------
    tuple
        The page, and for the last one of a file what became of it: its pages in order, or the
        first exception. For the others None.
    """
    waiting: dict[Job, dict[int, Done | Exception]] = {}
    for page, result in results:
        parts = waiting.setdefault(page.job, {})
        parts[page.number] = result
        if len(parts) < page.pages:
            yield page, None
        else:
            del waiting[page.job]
            yield page, _together(page, [parts[number] for number in range(page.pages)])


def _together(page: Page, parts: list[Done | Exception]) -> Outcome:
    for number, part in enumerate(parts):
        if isinstance(part, Exception):
            if page.pages > 1:
                part.add_note(f"page {number + 1} of {page.pages}")
            return part
    if page.pages == 1:
        return parts
    stack = (images.as_image(part.levels) for part in parts)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of 16 bits that look like fewer
            images.save_stack(page.job.out, stack, page.bits, like=page.job.source)
    except (ValueError, OSError) as error:
        return error
    return [replace(part, levels=None) for part in parts]


# ---- in words ------------------------------------------------------------------------------


def found(done: Done, told: bool) -> str:
    """What was found in a page, in words.

    Examples
    --------
    >>> from helpers.noise import Gaussian
    >>> model = Gaussian(10 / 255)
    >>> one = Restored(np.zeros((0, 0)), model, {"sigma": (9.8 / 255, 10.2 / 255)}, "drunet")
    >>> found(Done(one, (5, 5)), told=False)
    'Gaussian, σ = 10/255 found (σ = 9.8/255 to σ = 10.2/255)'
    """
    model, interval = done.restored.model, done.restored.interval
    if model is None:
        return "no noise found"
    if isinstance(model, NoiseModel):
        declared, words = model.parameters(), str(model)
    else:
        words = f"correlated noise, {255 * model.fine:.3g}/255 between neighbours and "
        words, declared = words + f"{255 * model.coarse:.3g}/255 where pictures live,", {}
    ends = [
        " to ".join(declared[name].format(end) for end in bounds)
        if name in declared
        else f"{name} = {255 * bounds[0]:.3g}/255 to {255 * bounds[1]:.3g}/255"
        for name, bounds in interval.items()
    ]
    return f"{words} {'told' if told else 'found'}" + (f" ({'; '.join(ends)})" if ends else "")


def sentence(pages: list[Done], told: bool) -> str:
    """What was found in a file and done to it, without where it was saved.

    Examples
    --------
    >>> one = Done(Restored(np.zeros((0, 0)), None, {}, "left as it is"), (512, 640, 3))
    >>> sentence([one], told=False)
    '640×512, colour: no noise found; left as it is'
    """
    first = pages[0]
    height, width = first.shape[:2]
    size = f"{width}×{height}, {'colour' if len(first.shape) == 3 else 'gray'}"
    size += " and other sizes" * (len({page.shape for page in pages}) > 1)
    many = f"{len(pages)} pages of {size}; in the first" if len(pages) > 1 else f"{size}:"
    method = first.restored.method
    how = method if first.restored.model is None else f"restored by {method}"
    return f"{many} {found(first, told)}; {how}"


def cautions(pages: list[Done]) -> list[str]:
    """Why a file is to be looked at with care: each reason once, of a stack with its pages.

    Examples
    --------
    >>> restored = Restored(np.zeros((0, 0)), None, {}, "left as it is", ("it is dark",))
    >>> dark, bright = Done(restored, (5, 5)), Done(replace(restored, warnings=()), (5, 5))
    >>> cautions([dark, bright, dark])
    ['it is dark (2 pages, the first is 1)']
    """
    where: dict[str, list[int]] = {}
    for number, page in enumerate(pages):
        for warning in page.restored.warnings:
            where.setdefault(warning, []).append(number + 1)
    if len(pages) == 1:
        return list(where)
    return [f"{one} ({len(at)} pages, the first is {at[0]})" for one, at in where.items()]


def reason(error: Exception) -> str:
    """Why a file could not be restored, in a sentence.

    Examples
    --------
    >>> reason(OSError(28, "No space left on device", "out/x.png"))
    'No space left on device: out/x.png'
    """
    where = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
    if isinstance(error, OSError) and error.strerror:
        return error.strerror + (f": {error.filename}" if error.filename else "") + where
    if isinstance(error, MemoryError):
        return f"there is not enough memory{where}"
    told = isinstance(error, (ValueError, OSError, RuntimeError)) and str(error)
    return (told or f"{type(error).__name__}: {error}") + where
