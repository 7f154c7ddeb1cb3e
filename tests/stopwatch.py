"""How long a piece of work keeps the processor busy, whatever else the machine does."""

from __future__ import annotations

import time
from collections.abc import Callable


def processor_time(work: Callable[[], object]) -> float:
    """Seconds of all threads of this process; those of others do not count."""
    begun = time.process_time()
    work()
    return time.process_time() - begun
