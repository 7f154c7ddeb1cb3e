"""What a call did: answered rightly, refused clearly, or one of the four faults."""

from __future__ import annotations

import math
import signal
import traceback
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import helpers

RIGHT, CLEAR, WARNED = "right", "refused clearly", "warned"
SILENT, MODIFIED, UNCLEAR, ENDLESS = "silently wrong", "input modified", "unclear", "endless"
VERDICTS = (RIGHT, CLEAR, WARNED, SILENT, MODIFIED, UNCLEAR, ENDLESS)
PACKAGE = str(Path(helpers.__file__).parent)
# What the course's own refusals are; anything else comes from inside NumPy, torch or Python.
REFUSALS = (ValueError, FileNotFoundError, ConnectionError, ModuleNotFoundError)


class Endless(BaseException):
    """A call took longer than it may; no `except Exception` of the package stops it."""


@dataclass(frozen=True)
class Outcome:
    """Either an answer, or the verdict on what was raised; and whether a warning was heard."""

    answer: object = None
    verdict: str = ""  # empty: it answered
    detail: str = ""
    warned: bool = False


def attempt(call: Callable[[], object], limit: float) -> Outcome:
    """Call, for at most `limit` seconds where the system has an alarm clock (Windows has none)."""
    has_alarm = hasattr(signal, "setitimer")
    if has_alarm:
        signal.signal(signal.SIGALRM, _ring)
        signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        with warnings.catch_warnings(record=True) as heard, np.errstate(all="ignore"):
            warnings.simplefilter("always")
            answer = call()
        return Outcome(answer, warned=any(issubclass(w.category, UserWarning) for w in heard))
    except Endless:
        return Outcome(verdict=ENDLESS, detail=f"no answer within {limit:g} s")
    except Exception as error:
        return Outcome(verdict=_judge(error), detail=f"{type(error).__name__}: {error}"[:200])
    finally:
        if has_alarm:
            signal.setitimer(signal.ITIMER_REAL, 0)


def _ring(*frame: object) -> None:
    raise Endless


def _judge(error: Exception) -> str:
    """Clear: one of our refusals, raised by a line of the package itself."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = frames[-1].filename.startswith(PACKAGE)
    return CLEAR if isinstance(error, REFUSALS) and ours else UNCLEAR


# ---- answers ---------------------------------------------------------------------------------


def is_finite(answer: object) -> bool:
    """Whether all numbers in an answer are finite; what holds none passes."""
    match answer:
        case bool() | None:
            return True
        case int() | float() | np.number():
            return math.isfinite(answer)
        case np.ndarray():
            return answer.dtype.kind not in "fc" or bool(np.isfinite(answer).all())
        case torch.Tensor():
            return bool(torch.isfinite(answer).all())
        case Mapping():
            return all(map(is_finite, answer.values()))
        case list() | tuple():
            return all(map(is_finite, answer))
    return True


def is_close(a: object, b: object, tolerance: float) -> bool:
    """Whether two answers agree, numbers within an absolute and relative tolerance."""
    if isinstance(a, Mapping):
        return a.keys() == b.keys() and all(is_close(a[k], b[k], tolerance) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(is_close(x, y, tolerance) for x, y in zip(a, b))
    if isinstance(a, (int, float, np.number, np.ndarray, torch.Tensor)):
        a, b = np.asarray(a, float), np.asarray(b, float)
        return a.shape == b.shape and np.allclose(
            a, b, rtol=tolerance, atol=tolerance, equal_nan=True
        )
    return True


def contents(x: object) -> bytes:
    """The bytes of an input, to see whether a call has written into it."""
    match x:
        case torch.Tensor():
            return x.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes()
        case np.ndarray() if x.dtype != object:
            return np.ma.getdata(x).tobytes()
        case Image.Image():
            return x.tobytes()
    return b""
