"""Which build of PyTorch a machine gets, and that nothing but torch comes from its index."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools.release import torch_build

ROOT = Path(__file__).resolve().parents[2]
DRIVER = "#!/bin/sh\necho '{}'\nexit {}\n"


@pytest.mark.parametrize(
    ("platform", "card", "build"),
    [
        ("linux", False, "cpu"),
        ("linux", True, "pypi"),
        ("darwin", False, "pypi"),
        ("win32", False, "pypi"),
        ("win32", True, "pypi"),
    ],
)
def test_only_linux_without_a_card_gets_the_cpu_build(platform, card, build):
    assert torch_build.choose({"TORCH": ""}, platform, lambda: card) == build


@pytest.mark.parametrize("wanted", ["pypi", "cpu", "cu126", "rocm6.4"])
@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_the_flag_overrides_whatever_the_machine_has(wanted, platform):
    def refuse():
        raise AssertionError("nobody needs to look for a card")

    assert torch_build.choose({"TORCH": f" {wanted} "}, platform, refuse) == wanted


@pytest.mark.skipif(sys.platform == "win32", reason="its stand-in is a shell script")
@pytest.mark.parametrize(
    ("says", "status", "card"),
    [
        ("GPU 0: NVIDIA GeForce RTX 3060 (UUID: GPU-0)", 0, True),
        ("No devices found.", 6, False),  # a driver without a card
        ("", 0, False),
    ],
)
def test_a_card_is_what_the_driver_lists(tmp_path, monkeypatch, says, status, card):
    driver = tmp_path / "nvidia-smi"
    driver.write_text(DRIVER.format(says, status))
    driver.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert torch_build.has_nvidia_card() is card


def test_without_a_driver_there_is_no_card(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(torch_build, "WSL", str(tmp_path))
    assert torch_build.has_nvidia_card() is False


def test_the_command_takes_the_pinned_torch_alone():
    command = torch_build.command("cpu")
    assert "--no-deps" in command
    assert command[-1] == torch_build.pin()
    assert command[command.index("--index-url") + 1].endswith("/whl/cpu")
    assert torch_build.command("pypi") == []


def test_an_index_out_of_reach_is_said_and_is_no_failure(monkeypatch, capsys):
    ran = []

    def run(command, check):
        ran.append(command)
        return subprocess.CompletedProcess(command, 1)

    monkeypatch.setattr(torch_build.subprocess, "run", run)
    monkeypatch.setenv("TORCH", "cpu")
    assert torch_build.main([]) == 0
    assert ran == [torch_build.command("cpu")]
    assert "pip takes PyPI's instead" in capsys.readouterr().err


def test_make_decides_before_it_installs_the_requirements():
    recipe = (ROOT / "Makefile").read_text("utf-8")
    assert recipe.index("-m tools.release.torch_build") < recipe.index("-r requirements.txt")
