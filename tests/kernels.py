"""Run the numeric tests again under other kernels that this processor has.

NumPy, OpenBLAS, torch and oneDNN look at the processor and choose among kernels of their own,
which round differently. Their choice can be overridden to less than the processor has, never to
more: so one machine with AVX-512 stands for most of those that readers have.

    python -m tests.kernels            # once, each library with other kernels than it takes here
    python -m tests.kernels --all      # under the two highest levels of this processor
    python -m tests.kernels --list     # only say which levels these are
    python -m tests.kernels -k fit     # other options go to pytest
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]

# What computes with real numbers; notebooks, files, downloads and the browser do not depend on it.
NUMERIC = (
    "tests/test_bm3d.py",
    "tests/filters",
    "tests/test_gradients.py",
    "tests/test_images.py",
    "tests/noise",
    "tests/estimation",
    "tests/losses",
    "tests/metrics",
    "tests/networks",
    "tests/robustness",
)

AVX512 = ("X86_V4", "AVX512_ICL", "AVX512_SPR")  # NumPy's names for groups of instructions
LEVELS = {
    "AVX-512": {"OPENBLAS_CORETYPE": "SkylakeX"},
    "AVX2": {
        "OPENBLAS_CORETYPE": "Haswell",
        "ATEN_CPU_CAPABILITY": "avx2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "NPY_DISABLE_CPU_FEATURES": AVX512,
    },
    "SSE": {
        "OPENBLAS_CORETYPE": "Nehalem",
        "ATEN_CPU_CAPABILITY": "default",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "NPY_DISABLE_CPU_FEATURES": ("X86_V3", *AVX512),
    },
}


def features() -> set[str]:
    """NumPy's names of the instructions that this processor has beyond the least."""
    return set(np.show_config(mode="dicts")["SIMD Extensions"].get("found", []))


def levels(present: set[str]) -> dict[str, dict[str, str]]:
    """The two highest levels of a processor, each with the variables that choose it.

    Empty where kernels cannot be chosen, as on ARM. Only features that are there may be disabled.

    Examples
    --------
    >>> list(levels({"X86_V3", "X86_V4"})), list(levels({"X86_V3"})), levels({"NEON"})
    (['AVX-512', 'AVX2'], ['AVX2', 'SSE'], {})
    >>> levels({"X86_V3", "X86_V4"})["AVX2"]["NPY_DISABLE_CPU_FEATURES"]
    'X86_V4'
    """
    if "X86_V3" not in present:
        return {}
    names = ["AVX-512", "AVX2"] if "X86_V4" in present else ["AVX2", "SSE"]
    return {
        name: {
            key: value if isinstance(value, str) else " ".join(f for f in value if f in present)
            for key, value in LEVELS[name].items()
        }
        for name in names
    }


def others(present: set[str], environment: Mapping[str, str]) -> dict[str, str]:
    """Variables under which every library takes other kernels than it takes in `environment`.

    The second of `levels`; but where OpenBLAS has been told to take that level's kernels already,
    it gets those of the first.

    Examples
    --------
    >>> others({"X86_V3", "X86_V4"}, {})["OPENBLAS_CORETYPE"]
    'Haswell'
    >>> others({"X86_V3", "X86_V4"}, {"OPENBLAS_CORETYPE": "Haswell"})["OPENBLAS_CORETYPE"]
    'SkylakeX'
    """
    if not (choices := levels(present)):
        return {}
    first, second = choices.values()
    core = "OPENBLAS_CORETYPE"
    is_second = environment.get(core) == second[core]
    return second | ({core: first[core]} if is_second else {})


def run(name: str, variables: Mapping[str, str], options: Sequence[str]) -> int:
    """Run the numeric tests in an environment with these variables; pytest's exit code."""
    print(f"the numeric tests under {name}:", *(f"{k}={v}" for k, v in variables.items()))
    tests = [sys.executable, "-m", "pytest", "-n", "auto", "-q", *NUMERIC, *options]
    sys.stdout.flush()
    return subprocess.run(tests, cwd=ROOT, env={**os.environ, **variables}).returncode


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 if the tests pass under all kernels that were asked for."""
    options = list(sys.argv[1:] if arguments is None else arguments)
    present = features()
    choices = levels(present)
    if "--list" in options or not choices:
        print("kernels:", ", ".join(choices) or "none to choose from on this processor")
        return 0
    if "--all" in options:
        options.remove("--all")
        return max(run(name, variables, options) for name, variables in choices.items())
    return run("other kernels", others(present, os.environ), options)


if __name__ == "__main__":
    sys.exit(main())
