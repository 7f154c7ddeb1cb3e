"""Checkpoints: a killed training ends where it would have ended; damage is refused."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from helpers import noise, versions
from helpers.losses import Charbonnier
from helpers.training import RandomParameters, checkpoint
from helpers.training.denoising import Denoising
from helpers.training.muon import Muon
from tests.full_disk import full_disk
from tests.training.small import OPTIONS, network, pictures, trained, values


@pytest.fixture
def path(tmp_path) -> Path:
    """Where the checkpoint goes."""
    return tmp_path / "folder" / "state.safetensors"


def interrupted(path: Path, after: int = 8, **changes) -> None:
    """A training that ends by an error some steps after its last checkpoint."""

    class Stop(Exception):
        pass

    def stop(objective, numbers):
        if numbers[0] >= 2 * after:  # a batch is two samples
            raise Stop
        return batch(objective, numbers)

    batch = Denoising.batch
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Denoising, "batch", stop)
        with pytest.raises(Stop):
            trained(path, **changes)


# ---- going on -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OPTIONS)
def test_an_interrupted_training_ends_at_the_same_weights(name: str, path: Path) -> None:
    whole, history = trained(network=network(name), validation=pictures(1))
    interrupted(path, after=6, network=network(name), validation=pictures(1))
    assert checkpoint.read(path)[0]["history"]["step"][-1] == 4
    again, resumed = trained(path, network=network(name), validation=pictures(1))
    assert all(torch.equal(x, y) for x, y in zip(*states(whole, again)))
    lists = [(one.step, one.loss, one.psnr) for one in (history, resumed)]
    assert lists[0] == lists[1]


def states(*networks: nn.Module) -> list[list[torch.Tensor]]:
    return [list(one.state_dict().values()) for one in networks]


KILLED = """
import os, signal, sys
from helpers import versions
from tests.full_disk import full_disk
from tests.training.small import network, trained, values
import torch

versions.commit = lambda thing: None  # to read all code and git takes longer than the training
replace, written = os.replace, []

def dying(part, path):
    written.append(path)
    if len(written) == 2:  # the second checkpoint is written, but not yet in its place
        os.kill(os.getpid(), signal.SIGKILL)
    replace(part, path)

if "die" in sys.argv:
    os.replace = dying
made = lambda: network("dncnn", depth=4)
again = trained(sys.argv[1], network=made())[0]
whole = trained(network=made())[0]
same = all(map(torch.equal, again.state_dict().values(), whole.state_dict().values()))
print("the same" if same else "different")
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows cannot kill like this")
def test_a_killed_training_ends_at_the_same_weights(path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(path)]
    killed = subprocess.run([*command, "die"], capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert checkpoint.read(path)[0]["history"]["step"][-1] == 4
    again = subprocess.run(command, capture_output=True, text=True)
    assert again.stdout == "the same\n", again.stderr
    assert checkpoint.read(path)[0]["history"]["step"][-1] == 12


def test_a_finished_training_is_not_done_again(path: Path) -> None:
    first, history = trained(path)
    before = path.read_bytes()
    again, resumed = trained(path)
    assert torch.equal(values(first), values(again))
    assert resumed.step == history.step
    assert path.read_bytes() == before


def test_seconds_are_counted_over_all_starts(path: Path) -> None:
    interrupted(path)
    spent = checkpoint.read(path)[0]["history"]["seconds"]
    assert trained(path)[1].seconds > spent > 0


def absolute(restored, clean):
    return (restored - clean).abs().mean()


@pytest.mark.parametrize(
    "changes",
    [
        {"loss": absolute},
        {"loss": nn.L1Loss()},
        {"noise": lambda rng: noise.Gaussian(rng.uniform(0, 0.1))},
        {"noise": RandomParameters("gaussian", sigma=(0, 0.1))},
    ],
)
def test_losses_and_noises_are_known_again_in_another_process(changes: dict, path: Path) -> None:
    trained(path, **changes)
    depends = checkpoint.read(path)[0]["depends"]
    assert "0x" not in depends["loss"] + depends["noise"]  # a place in memory is another next time
    trained(path, **changes)


def squared(restored, clean):
    return (restored - clean).square().mean()


def test_functions_are_told_apart_by_what_they_do(path: Path) -> None:
    drawn = [lambda rng: noise.Gaussian(0.1), lambda rng: noise.Gaussian(0.2)]
    trained(path, noise=drawn[0], loss=squared)
    with pytest.raises(ValueError, match=r"there \{'noise': '<function .*<lambda>> "):
        trained(path, noise=drawn[1], loss=squared)
    with pytest.raises(ValueError, match=r"there \{'loss': '<function squared> "):
        trained(path, noise=drawn[0], loss=absolute)


def test_a_checkpoint_collects_the_commits_of_the_code_under_it(path: Path, monkeypatch) -> None:
    """Changed code does not end a training; the card names every state that it ran under."""
    for commit, after in (("1a2b3c4", 6), ("1a2b3c4", 9), ("5d6e7f8-dirty", None)):
        monkeypatch.setattr(versions, "commit", lambda thing, commit=commit: commit)
        if after:
            interrupted(path, after=after)
    _, history = trained(path)
    assert history.commits == ["1a2b3c4", "5d6e7f8-dirty"]
    monkeypatch.setattr(versions, "commit", lambda thing: "9a9a9a9")
    assert trained(path)[1].commits == history.commits  # nothing was left to be done


def test_a_loss_with_other_options_is_another_loss(path: Path) -> None:
    trained(path, loss=Charbonnier(1e-3))
    trained(path, loss=Charbonnier(1e-3))
    with pytest.raises(ValueError, match=r"'loss': 'Charbonnier\(epsilon=0.001\) "):
        trained(path, loss=Charbonnier(0.5))


# ---- what is refused ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"seed": 1}, r"belongs to another training: there {'seed': 0}, here {'seed': 1}"),
        ({"steps": 13}, "'steps': 12"),
        ({"lr": 1e-4}, "'lr': 0.008"),
        ({"loss": "l1"}, "'loss': 'l2'"),
        ({"noise": noise.Gaussian(15 / 255)}, "Gaussian"),
        ({"network": network(width=9)}, "'width': 8"),
        ({"network": network("dncnn")}, "'network': 'rednet'"),
        ({"images": pictures(2)}, "'pictures'"),
        ({"validation": pictures(1)}, "'pictures'"),
        ({"precision": "bfloat16"}, "'precision': 'auto'"),
    ],
)
def test_the_checkpoint_of_another_training_is_refused(
    changes: dict, reason: str, path: Path
) -> None:
    trained(path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=reason):
        trained(path, **changes)
    assert path.read_bytes() == before


def damaged(path: Path, how: str) -> None:
    if how == "truncated":
        path.write_bytes(path.read_bytes()[:-10])
    elif how == "foreign":
        save_file(load_file(path), path)  # no notes
    else:
        path.write_bytes(b"" if how == "empty" else b"anything at all, for instance this")


@pytest.mark.parametrize("how", ["truncated", "foreign", "empty", "garbage"])
def test_a_damaged_checkpoint_is_refused_with_advice(how: str, path: Path) -> None:
    trained(path)
    damaged(path, how)
    with pytest.raises(ValueError, match=r"is not a whole checkpoint .*; delete it to begin anew"):
        trained(path)


# ---- no space -------------------------------------------------------------------------------


def test_on_a_full_disk_the_last_checkpoint_is_kept(path: Path) -> None:
    interrupted(path, after=6)
    before = path.read_bytes()
    told = r"could not be written .*; the checkpoint before it is still in"
    with full_disk(), pytest.raises(OSError, match=told):
        trained(path)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert path.read_bytes() == before


def test_on_a_full_disk_nothing_half_written_is_left(path: Path) -> None:
    with full_disk(), pytest.raises(OSError, match=r"could not be written .*; none is kept"):
        trained(path)
    assert list(path.parent.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_an_error_too(tmp_path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="could not be written"):
        trained(tmp_path / "file" / "state.safetensors")


# ---- the file -------------------------------------------------------------------------------


def test_modules_and_optimisers_come_back_as_they_were(path: Path) -> None:
    made = network("dncnn")
    optimizer = Muon(made.parameters(), 0.01)
    made(torch.rand(1, 1, 8, 8)).sum().backward()
    optimizer.step()
    checkpoint.save(path, {"network": made, "optimizer": optimizer}, {"done": 3, "psnr": 1 / 3})
    assert checkpoint.read(path)[0] == {"done": 3, "psnr": 1 / 3}
    other = network("dncnn")
    fresh = Muon(other.parameters(), 0.01)
    checkpoint.resume(path, {"network": other, "optimizer": fresh}, {})
    for one, again in zip(*states(made, other)):
        assert torch.equal(one, again)
    state, again = (one.state_dict()["state"] for one in (optimizer, fresh))
    assert state.keys() == again.keys()
    for number, row in state.items():
        assert row.keys() == again[number].keys()
        assert all(torch.equal(row[key], again[number][key]) for key in row)
