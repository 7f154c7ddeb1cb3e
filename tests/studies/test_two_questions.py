"""The picture, or what must change, from several starts."""

from __future__ import annotations

import itertools

import torch

from helpers import networks
from helpers.studies import table, two_questions


def test_every_question_was_asked_from_every_start() -> None:
    rows = table("two_questions")
    keys = (two_questions.QUESTIONS, two_questions.STARTS, two_questions.LENGTHS)
    assert set(zip(rows["question"], rows["start"], rows["steps"])) == {*itertools.product(*keys)}
    assert (rows.groupby(["question", "start", "steps"]).size() == two_questions.LOOKS).all()


def test_only_the_change_begins_at_the_noisy_input() -> None:
    noisy = torch.rand(1, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    for question, options in two_questions.QUESTIONS.items():
        torch.manual_seed(0)
        network = networks.build(**two_questions.DESIGN, **options).eval()
        with torch.inference_mode():
            begins = bool((network(noisy) - noisy).square().mean() < 0.1 * noisy.var())
        assert begins == question.startswith("change")
