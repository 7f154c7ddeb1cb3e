"""The network that a reader trains, on every source of pictures."""

from __future__ import annotations

from helpers.studies import table
from helpers.studies.live_network import PLAN
from helpers.training.recipes import LIVE


def test_it_was_trained_on_every_source_and_longer_and_shorter() -> None:
    rows, steps = table("live_network"), LIVE.settings["steps"]
    assert set(zip(rows["data"], rows["steps"])) == set(PLAN)
    assert {("bsds500", steps // 2), ("bsds500", 2 * steps)} < set(PLAN)
    assert {data for data, taken in PLAN if taken == steps} == {
        "bsds500",
        "dead_leaves",
        "photographs",
    }
