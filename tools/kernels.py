"""Run the numeric tests again under the other kernels that this processor has.

NumPy, OpenBLAS, torch and oneDNN look at the processor and choose among kernels of their own,
which round differently. Their choice can be overridden to less than the processor has, never to
more: so one machine with AVX-512 stands for most of those that readers have.

    python -m tools.kernels            # the numeric tests under each level that it has
    python -m tools.kernels --list     # only say which levels there are
    python -m tools.kernels -k fit     # what else is said goes to pytest
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]

# What computes with real numbers; notebooks, files, downloads and the browser do not depend on it.
NUMERIC = (
    "tests/test_bm3d.py",
    "tests/test_blind_fit.py",
    "tests/test_estimation.py",
    "tests/test_filters.py",
    "tests/test_gradients.py",
    "tests/test_images.py",
    "tests/test_metrics.py",
    "tests/test_no_reference.py",
    "tests/test_noise.py",
    "tests/losses",
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


def levels(found: set[str]) -> dict[str, dict[str, str]]:
    """The two highest levels of a processor, each with the variables that choose it.

    Empty where kernels cannot be chosen, as on ARM. Only features that are there may be disabled.

    Examples
    --------
    >>> list(levels({"X86_V3", "X86_V4"})), list(levels({"X86_V3"})), levels({"NEON"})
    (['AVX-512', 'AVX2'], ['AVX2', 'SSE'], {})
    >>> levels({"X86_V3", "X86_V4"})["AVX2"]["NPY_DISABLE_CPU_FEATURES"]
    'X86_V4'
    """
    if "X86_V3" not in found:
        return {}
    names = ["AVX-512", "AVX2"] if "X86_V4" in found else ["AVX2", "SSE"]
    return {
        name: {
            key: value if isinstance(value, str) else " ".join(f for f in value if f in found)
            for key, value in LEVELS[name].items()
        }
        for name in names
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 if the tests pass under every level."""
    options = list(sys.argv[1:] if arguments is None else arguments)
    chosen = levels(features())
    print("kernels:", ", ".join(chosen) or "none to choose from on this processor", flush=True)
    if "--list" in options:
        return 0
    failed = 0
    for name, variables in chosen.items():
        print(f"the numeric tests under {name}", flush=True)
        environment = {key: value for key, value in variables.items() if value}
        run = [sys.executable, "-m", "pytest", "-n", "auto", "-q", *NUMERIC, *options]
        failed |= subprocess.run(run, cwd=ROOT, env=os.environ | environment).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
