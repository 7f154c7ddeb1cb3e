"""Claims of losses were tried on pictures other than those that they were found on."""

from __future__ import annotations

from helpers.studies import held_out_losses, losses, table


def test_every_network_was_tried_on_pictures_that_the_other_table_leaves_out() -> None:
    rows, seen = table("held_out_losses"), table("losses_noise")["picture"]
    assert set(rows["picture"]).isdisjoint(seen)
    names = [losses.BASELINE, *losses.TEACHERS, *losses.BETWEEN]
    assert rows.groupby("loss").size().to_dict() == dict.fromkeys(names, 51)


def test_a_group_is_planned_for_every_network() -> None:
    planned = {name for (name,) in held_out_losses.groups(table("held_out_losses"))}
    assert planned == set(table("held_out_losses")["loss"])
