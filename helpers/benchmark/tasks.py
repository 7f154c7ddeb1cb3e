"""One cell of the table: draw the noise, denoise, score, and count what it cost."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from helpers import checks
from helpers.benchmark.knowledge import Draw, Tell, told
from helpers.benchmark.memory import Peak
from helpers.denoiser import Denoiser
from helpers.images import as_image
from helpers.metrics.protocol import score
from helpers.noise.base import NoiseModel

BASELINE = "noisy input"
KEYS = ("image", "noise", "draw", "knows", "method")  # what names a row
BEYOND = 1.0  # how far a restored picture may reach beyond both [0, 1] and the noise
_LAST = threading.local()  # the draw that this thread saw last: the next method sees it, too


def noisy_input(noisy: np.ndarray, sigma: float | None = None) -> np.ndarray:
    """Do nothing: the baseline that opens every table."""
    return noisy


@dataclass(frozen=True)
class Task:
    """What one row needs; it can travel to another process where its denoiser can.

    Attributes
    ----------
    image, noise, draw, method : str, str, int, str
        What the row is called.
    reference : numpy.ndarray
        The clean image, (H, W) or (H, W, 3) float32.
    model, denoise : NoiseModel, callable
        What is done to it.
    metrics : tuple of str
        Keys of `metrics.METRICS`.
    knows : str
        What the row says of what the method is told.
    tell : callable
        The member of `knowledge.KNOWLEDGE` that tells it; the baseline is told nothing, whatever
        the row says.
    """

    image: str
    noise: str
    draw: int
    method: str
    reference: np.ndarray
    model: NoiseModel
    denoise: Denoiser
    metrics: tuple[str, ...]
    knows: str = "told"
    tell: Tell = told

    def digest(self, *more: str) -> bytes:
        """Hash of the image's pixels, the noise and the draw, and of what else is said."""
        names = (self.reference.shape, repr(self.model), self.draw, *more)
        pixels = np.ascontiguousarray(self.reference)
        return hashlib.blake2b(pixels.tobytes() + repr(names).encode(), digest_size=16).digest()

    def drawn(self) -> Draw:
        """The noisy picture, drawn from a seed that image, noise and draw make."""
        digest = self.digest()
        last = getattr(_LAST, "draw", None)  # of another class, if a reader ran its cell again
        if last is None or last.digest != digest or type(last.model) is not type(self.model):
            rng = np.random.default_rng(int.from_bytes(digest, "big"))
            noisy, rms = self.model(self.reference, rng), self.model.rms(self.reference)
            _LAST.draw = Draw(digest, self.model, noisy, rms)
        return _LAST.draw

    def restore(self) -> tuple[np.ndarray, Peak]:
        """The restored image, once it is sure that it is one, and what it took."""
        draw = self.drawn()
        noisy = draw.noisy
        low, high = min(float(noisy.min()), 0) - BEYOND, max(float(noisy.max()), 1) + BEYOND
        given = noisy.copy()  # a method may write into it
        restore = self.tell(self.denoise, draw)  # with an estimate, which is not the method's work
        with Peak() as taken:
            restored = restore(given, None)
        image = as_image(restored, clipped=False)
        if image.min() < low or image.max() > high:
            raise ValueError(
                f"the restored image has values from {image.min():.4g} to {image.max():.4g}, far "
                "beyond [0, 1] and the noise: is it in another range?"
            )
        return image, taken

    def row(self) -> dict[str, Any]:
        """Draw the noise, denoise, score: one row of the table."""
        try:
            restored, taken = self.restore()
            scores = scores_of(self.reference, restored, self.metrics)
        except Exception as problem:  # whatever one method does, the others go on
            return self.failed(problem)
        return self._row(scores, taken.seconds, taken.megabytes, "")

    def failed(self, problem: BaseException) -> dict[str, Any]:
        """The row of a cell that has no result, with the reason."""
        reason = printable(f"{type(problem).__name__}: {problem}")
        return self._row(dict.fromkeys(self.metrics, np.nan), np.nan, np.nan, reason)

    def _row(self, scores: dict, seconds: float, megabytes: float, error: str) -> dict[str, Any]:
        row = {name: getattr(self, name) for name in KEYS} | scores
        row |= {"seconds": seconds, "megabytes": megabytes}
        return row | {"parameters": parameters_of(self.denoise), "error": error}


def printable(name: object) -> str:
    r"""A name that can be printed and written: what of a file's name is not UTF-8 is escaped.

    Examples
    --------
    >>> printable("caf\udce9.png")
    'caf\\udce9.png'
    """
    return str(name).encode("utf-8", "backslashreplace").decode("utf-8")


def parameters_of(denoise: Denoiser) -> int:
    """How many numbers a denoiser has learned: 0 for a filter.

    Examples
    --------
    >>> from helpers import filters, networks
    >>> parameters_of(filters.mean), parameters_of(networks.load("dncnn"))
    (0, 374592)
    """
    card = getattr(denoise, "card", None)
    if isinstance(card, Mapping) and isinstance(card.get("parameters"), int):
        return card["parameters"]  # folding has since taken some of them in
    network = getattr(denoise, "network", denoise)
    if not callable(getattr(network, "parameters", None)):
        return 0
    return sum(getattr(one, "numel", int)() for one in network.parameters())


def scores_of(
    reference: np.ndarray, restored: np.ndarray, names: tuple[str, ...]
) -> dict[str, float]:
    """`metrics.score` in plain numbers, whatever a metric of the reader's own gives.

    Raises
    ------
    ValueError
        As `metrics.score`, and where a metric gives no single real number.
    """
    scores = {}
    for name, value in score(reference, restored, names).items():
        array = np.asarray(value)  # of NumPy, torch or Python
        if array.size != 1 or array.dtype.kind not in "buif":
            raise checks.refusal(f"what metric {name!r} gives", "one real number", value)
        scores[name] = float(array.item())
    return scores
