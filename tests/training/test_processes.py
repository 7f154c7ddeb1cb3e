"""Two processes that share a batch do what one would have done."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.training.small import trained, values

SHARED_BATCH = """
import os, shutil, sys
from accelerate import PartialState
from safetensors.torch import save_file
from tests.training.small import trained, values

SHARED = {"batch": 4, "steps": 6, "precision": "float32"}
try:
    trained(batch=3)
except ValueError as error:
    assert "batch is a multiple of the 2 processes, not 3" in str(error)
else:
    raise AssertionError("three patches cannot be shared evenly by two")
made, history = trained(sys.argv[1] + "/state.safetensors", **SHARED)
rank = PartialState().process_index
PartialState().wait_for_everyone()
own = f"{sys.argv[1]}/{rank}"  # as if each machine had a disk of its own
if rank == 0:
    os.makedirs(own)
    shutil.copy(sys.argv[1] + "/state.safetensors", own)
try:
    trained(own + "/state.safetensors", **SHARED)
except ValueError as error:
    assert "go on from steps [6, 0]: all need to see one checkpoint" in str(error)
else:
    raise AssertionError("one process went on, the other began anew")
assert PartialState().num_processes == 2
save_file({"values": values(made), "loss": values(made).new_tensor(history.loss)},
          f"{sys.argv[1]}/{rank}.safetensors")
PartialState().wait_for_everyone()  # else a slow one may find the other's threads gone, and abort
PartialState().destroy_process_group()
os._exit(0)  # under load a thread of torch's may still run when Python ends, and abort it
"""

# In bfloat16 half a batch rounds otherwise than the whole one: the weights end 8e-4 apart.
SHARED = {"batch": 4, "steps": 6, "precision": "float32"}
TORCHRUN = ["torch.distributed.run", "--standalone", "--nproc-per-node=2"]


def torchrun(script: Path, *argv: str) -> subprocess.CompletedProcess:
    """A script in two processes of one thread each."""
    here = Path(__file__).parents[2]
    return subprocess.run(
        [sys.executable, "-m", *TORCHRUN, str(script), *argv],
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(here)},
        cwd=here, capture_output=True, text=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def alone() -> tuple[torch.Tensor, list[float]]:
    """Weights and losses of one process."""
    made, history = trained(**SHARED)
    return values(made), history.loss


def test_two_processes_end_where_one_does(alone, tmp_path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SHARED_BATCH)
    run = torchrun(script, str(tmp_path))
    assert run.returncode == 0, run.stderr[-3000:]
    first, second = (load_file(tmp_path / f"{rank}.safetensors") for rank in (0, 1))
    assert torch.equal(first["values"], second["values"])
    assert torch.equal(first["loss"], second["loss"])
    torch.testing.assert_close(first["loss"], torch.tensor(alone[1]), rtol=1e-4, atol=0)
    half = values(
        trained(**SHARED | {"batch": 2})[0]
    )  # what it would be if both took the same half
    off, far = ((weights - alone[0]).abs().max() for weights in (first["values"], half))
    assert off < 1e-4
    assert far > 20 * off


COMMAND = """
import sys
from helpers import datasets

def fetch(name, **options):
    raise ConnectionError(name)  # no test set is needed here

datasets.fetch = fetch
from helpers.training.__main__ import main
main(sys.argv[1:])
"""


def test_the_command_ends_well_in_two_processes(tmp_path) -> None:
    """The first one scores and writes while the other has long left."""
    script, out = tmp_path / "script.py", tmp_path / "out"
    script.write_text(COMMAND)
    argv = ["gondara", "--data", "photographs", "--steps", "2", "--batch", "2", "--patch", "32"]
    argv += ["--out", str(out), "--checkpoints", str(tmp_path / "state")]
    run = torchrun(script, *argv)
    assert run.returncode == 0, run.stderr[-3000:]
    assert run.stdout.count("gondara: ") == 1
    assert sorted(path.name for path in out.iterdir()) == ["gondara.json", "gondara.safetensors"]
    assert list((tmp_path / "state").iterdir()) == []
