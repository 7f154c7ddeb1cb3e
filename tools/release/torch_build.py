"""Install the build of PyTorch that suits this machine, before the other requirements.

On Linux, PyPI's torch brings gigabytes of CUDA, which only a machine with an NVIDIA card can use.
Elsewhere, and with a card, PyPI's is the right one, and nothing is done here: pip takes it with
the other requirements.

    python -m tools.release.torch_build           # decide, and install what was decided
    python -m tools.release.torch_build --dry-run # only say what would be run

``TORCH`` in the environment overrides: ``pypi``, or a folder of download.pytorch.org/whl
such as ``cpu``, ``cu126`` or ``rocm6.4``.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

INDEX = "https://download.pytorch.org/whl"
REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements.txt"
WSL = "/usr/lib/wsl/lib"  # where Windows puts the driver's tools for its Linux
UNREACHED = "torch's {build} build was not to be had from {index}; pip takes PyPI's instead."


def has_nvidia_card() -> bool:
    """Whether the NVIDIA driver, if there is one, lists a card."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), WSL])
    try:
        listed = subprocess.run(
            ["nvidia-smi", "-L"],
            env=os.environ | {"PATH": path},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return "GPU" in listed.stdout


def choose(
    environment: Mapping[str, str], platform: str, nvidia: Callable[[], bool] = has_nvidia_card
) -> str:
    """Name the build: ``"pypi"``, or a folder of PyTorch's index.

    Examples
    --------
    >>> choose({}, "darwin")
    'pypi'
    >>> choose({}, "linux", nvidia=lambda: False)
    'cpu'
    >>> choose({"TORCH": "cu126"}, "linux")
    'cu126'
    """
    if wanted := environment.get("TORCH", "").strip():
        return wanted
    return "cpu" if platform.startswith("linux") and not nvidia() else "pypi"


def pin() -> str:
    """Return the tested version of torch as a requirement, ``"torch==..."``."""
    lines = REQUIREMENTS.read_text("utf-8").splitlines()
    return next(line.strip() for line in lines if line.startswith("torch=="))


def command(build: str) -> list[str]:
    """Return the command that installs a build, empty where pip finds it by itself.

    Without dependencies: their index is PyPI, and nothing but torch is taken from PyTorch's.
    """
    if build == "pypi":
        return []
    source = ["--index-url", f"{INDEX}/{build}", "--retries", "2"]
    return [sys.executable, "-m", "pip", "install", "--no-deps", *source, pin()]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. An index out of reach is no failure: PyPI has a torch, too."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.release.torch_build", description=__doc__
    )
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--dry-run", action="store_true", help="only say what would be run")
    options = parser.parse_args(arguments)
    build = choose(os.environ, sys.platform)
    run = command(build)
    print(f"torch: {build} build (another one: TORCH=pypi, TORCH=cpu, TORCH=cu126)", flush=True)
    if options.dry_run:
        print(shlex.join(run) or "nothing to do: pip takes it with the other requirements")
    elif run and subprocess.run(run, check=False).returncode:
        print(UNREACHED.format(build=build, index=INDEX), file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
