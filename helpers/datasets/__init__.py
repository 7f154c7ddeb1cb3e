"""Public image sets, each file pinned to one commit and one SHA-256, opened without decoding.

`fetch` looks for a file in the mirror folder ``$COURSE_DATA``, then in the cache
(``$COURSE_CACHE``, or the cache folder of the system), and downloads what is left. What a set
is, may be used for, and shares pictures with is declared once, in `SETS`.

>>> bsd68 = SETS["bsd68"]
>>> len(bsd68.files), bsd68.terms
(68, 'Non-commercial: research and education only (BSDS, stated by Berkeley).')

Nothing here is an archive that would be unpacked, and nothing is ever unpickled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers import checks
from helpers.datasets.dataset import Dataset, Lazy
from helpers.datasets.pins import Pin
from helpers.datasets.rebuild import rebuild_dsb2018
from helpers.datasets.sets import SETS, ImageSet
from helpers.datasets.sidd import sidd_instances, sidd_noise_levels, sidd_pair
from helpers.datasets.store import collect

if TYPE_CHECKING:
    import pandas

__all__ = [
    "SETS",
    "Dataset",
    "ImageSet",
    "Lazy",
    "Pin",
    "fetch",
    "overview",
    "rebuild_dsb2018",
    "sidd_instances",
    "sidd_noise_levels",
    "sidd_pair",
]


def fetch(name: str, progress: bool = True, exclude_leaks: bool = True) -> Dataset:
    """Open an image set; download what neither the mirror folder nor the cache holds.

    The terms of the set are printed before anything is downloaded. An interrupted download is
    taken up where it stopped: files that are complete are not downloaded again.

    Parameters
    ----------
    name : str
        A key of `SETS`.
    progress : bool
        Show one progress bar for the set, on stderr, while downloading.
    exclude_leaks : bool
        Leave out the training pictures that Set12's starfish is cut from: ``train/12003`` of
        ``bsds500``, ``test_020`` of ``train400``. False gives all 400, as in the papers.

    Returns
    -------
    Dataset
        Images float32 in [0, 1], (H, W) or (H, W, 3), decoded when they are asked for.

    Raises
    ------
    ValueError
        For an unknown name, and for a file whose size or SHA-256 is not the pinned one.
    ConnectionError
        When a file has to be downloaded and cannot be, or takes too long; the message has the
        offline alternative.
    OSError
        With the file's name, where there is no room for it.
    FileNotFoundError
        When a missing file has no address to download it from; the message says what to do.

    Examples
    --------
    >>> fetch("bsd86")
    Traceback (most recent call last):
    ...
    ValueError: unknown image set 'bsd86', did you mean 'bsd68'? Known: set12, bsd68, train400, \
bsds500, kodak24, mcmaster, polyu, sidd, fmd, dsb2018, chest_xray, pneumonia_mnist, \
exposure_stacks, dicm
    """
    image_set = SETS[name]
    leaks = image_set.leaks if checks.flag(exclude_leaks, "exclude_leaks") else {}
    pins = [pin for pin in image_set.files if pin.path not in leaks]
    files = collect(name, image_set, pins, checks.flag(progress, "progress"))
    return Dataset(name, image_set.terms, image_set.citation, **image_set.open(files))


def overview() -> pandas.DataFrame:
    """All sets in one table: what, how many files, megabytes, terms, warnings, citation.

    Examples
    --------
    >>> print(overview().loc["set12", "files"])
    12
    """
    import pandas

    rows = {
        name: {
            "title": one.title,
            "files": len(one.files),
            "megabytes": round(sum(pin.bytes for pin in one.files) / 1e6, 1),
            "terms": one.terms,
            "warnings": " ".join(one.warnings),
            "citation": one.citation,
            "download": not one.rebuild,
        }
        for name, one in SETS.items()
    }
    return pandas.DataFrame.from_dict(rows, orient="index")
