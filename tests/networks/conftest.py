"""What the tests of networks share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch


@pytest.fixture(autouse=True)
def same_weights_in_every_run() -> Iterator[None]:
    """Fresh weights come from torch's global generator: each test begins with the same one."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield
