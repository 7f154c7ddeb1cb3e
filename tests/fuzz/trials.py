"""The calls to be made, one by one: each knows how to judge its own answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from tests.fuzz import arguments, pictures, verdicts
from tests.fuzz.callables import OnPicture
from tests.fuzz.verdicts import Outcome, attempt

LIMIT = 20.0  # seconds for a call


@dataclass(frozen=True)
class Trial:
    """One call: `run` makes it and names its verdict, with a detail for the list of faults."""

    kind: str
    name: str
    given: str
    run: Callable[[], tuple[str, str]]


# ---- pictures --------------------------------------------------------------------------------


def of_pictures(calls: dict[str, OnPicture], limit: float = LIMIT) -> Iterator[Trial]:
    """Each callable with each odd picture."""
    levels = {"gray": pictures.noisy("camera"), "colour": pictures.noisy("coffee")}
    refused, strange = pictures.refused(), pictures.strange()
    for name, one in calls.items():
        plain: dict[str, Outcome] = {}  # answers to float32, asked once when first needed
        for colour, of in levels.items():
            for dress, (x, rounding) in pictures.disguises(of).items():
                yield Trial(
                    "pictures",
                    name,
                    f"{colour}, {dress}",
                    lambda *, o=one, x=x, r=rounding, c=colour, f=of, p=plain: _same(
                        o, x, r, p, c, f, limit
                    ),
                )
        for what, x in refused.items():
            yield Trial("pictures", name, what, lambda *, o=one, x=x: _refused(o, x, limit))
        for what, x in strange.items():
            yield Trial("pictures", name, what, lambda *, o=one, x=x: _sound(o, x, limit))


def _same(one, x, rounding, plain, colour, levels, limit) -> tuple[str, str]:
    """An answer has to be that of the same picture in float32."""
    if colour not in plain:
        plain[colour] = attempt(lambda: one.call(levels / np.float32(255)), limit)
    expected, before = plain[colour], verdicts.contents(x)
    outcome = attempt(lambda: one.call(x), limit)
    if verdicts.contents(x) != before:
        return verdicts.MODIFIED, "the call wrote into its input"
    if outcome.verdict:
        return outcome.verdict, outcome.detail
    if expected.verdict:
        return verdicts.SILENT, f"answered, while float32 is refused: {expected.detail}"
    if verdicts.is_close(outcome.answer, expected.answer, rounding * one.sensitivity):
        return verdicts.RIGHT, ""
    return (verdicts.WARNED, "") if outcome.warned else (verdicts.SILENT, "another answer")


def _refused(one, x, limit) -> tuple[str, str]:
    """An answer without a warning is wrong."""
    outcome = attempt(lambda: one.call(x), limit)
    if outcome.verdict:
        return outcome.verdict, outcome.detail
    if outcome.warned:
        return verdicts.WARNED, ""
    return verdicts.SILENT, repr(outcome.answer)[:80].replace("\n", " ")


def _sound(one, x, limit) -> tuple[str, str]:
    """An answer has to be finite (an infinite PSNR is right), a restored picture of its shape."""
    before = verdicts.contents(x)
    outcome = attempt(lambda: one.call(x), limit)
    if verdicts.contents(x) != before:
        return verdicts.MODIFIED, "the call wrote into its input"
    if outcome.verdict:
        return outcome.verdict, outcome.detail
    if one.same_shape and np.shape(outcome.answer) != x.shape:
        return verdicts.SILENT, f"shape {np.shape(outcome.answer)} of {x.shape}"
    if verdicts.is_finite(outcome.answer) or outcome.warned:
        return verdicts.RIGHT, ""
    return verdicts.SILENT, f"not finite: {outcome.answer!r}"[:80]


# ---- arguments -------------------------------------------------------------------------------


def of_arguments(
    calls: dict[str, arguments.WithArguments], limit: float = LIMIT
) -> Iterator[Trial]:
    """Each callable, each of its arguments, each wrong value."""
    for name, one in calls.items():
        for argument in one.arguments:
            for what, make in arguments.WRONG.items():
                yield Trial(
                    "arguments",
                    name,
                    f"{argument} = {what}",
                    lambda *, o=one, a=argument, m=make: _answered(o, a, m(), limit),
                )


def _answered(one, argument, value, limit) -> tuple[str, str]:
    """Which values are right, no fuzzer knows; but no answer may hold what is not finite."""
    outcome = attempt(lambda: one.call(**{**one.arguments, argument: value}), limit)
    if outcome.verdict:
        return outcome.verdict, outcome.detail
    if verdicts.is_finite(outcome.answer) or outcome.warned:
        return verdicts.RIGHT, ""
    return verdicts.SILENT, f"not finite: {outcome.answer!r}"[:80]
