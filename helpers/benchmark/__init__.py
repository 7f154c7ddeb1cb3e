"""Denoisers × images × noise, as one table: the comparison is one loop, run anywhere.

`run` makes the table, here, on the cores of this machine or on a Dask cluster; a cell that is
done is kept on disk. `knowledge` is what methods are told of the noise: they are compared with
those that know the same. `tables` writes the table and ranks it, `suites` says which comparisons
the course ships, and ``python -m helpers.benchmark --help`` does it all without a line of Python.

>>> from helpers import filters, images, noise
>>> table = run(
...     {"mean": filters.mean, "tv": filters.tv},
...     {"camera": images.load("camera", size=128)},
...     {"σ = 25": noise.Gaussian(25/255)},
... )
>>> list(table["method"]), bool(table["psnr"].is_monotonic_increasing)
(['noisy input', 'mean', 'tv'], True)
"""

from helpers.benchmark.cache import Cache
from helpers.benchmark.knowledge import KNOWLEDGE
from helpers.benchmark.running import compute, product, run
from helpers.benchmark.tasks import BASELINE, Task, noisy_input, parameters_of

__all__ = [
    "BASELINE",
    "KNOWLEDGE",
    "Cache",
    "Task",
    "compute",
    "noisy_input",
    "parameters_of",
    "product",
    "run",
]
