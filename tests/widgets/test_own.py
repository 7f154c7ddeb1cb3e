"""From a file that the reader chooses to a restored one on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from helpers import images, metrics, networks, noise
from helpers.widgets import own_picture
from helpers.widgets.own import OwnPicture, bits_of, free_name, uploaded
from tests.stopwatch import processor_time


@pytest.fixture(scope="module")
def clean() -> np.ndarray:
    return images.load("chelsea", size=96)


@pytest.fixture
def jpeg(tmp_path: Path, clean: np.ndarray) -> Path:
    path = tmp_path / "cat.jpg"
    images.save(path, noise.Gaussian(25 / 255)(clean, rng=0))
    return path


def chosen(own: OwnPicture, path: Path, form: type) -> None:
    """What the browser does once a file was chosen, in ipywidgets 7 (dict) or 8 (tuple)."""
    content = path.read_bytes()
    file = {"name": path.name, "type": "image/jpeg", "size": len(content), "content": content}
    value = (file,) if form is tuple else {path.name: file}
    own._chosen({"new": value})


def readout(own: OwnPicture) -> str:
    return own._readout.value


# ---- choosing -------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [dict, tuple])
def test_a_chosen_file_is_restored(form: type, jpeg: Path) -> None:
    own = OwnPicture()
    assert own._picture.layout.display == "none"
    chosen(own, jpeg, form)
    assert own.noisy.shape == own.restored.image.shape == (96, 96, 3)
    assert own.restored.method == "drunet_colour"
    assert "cat.jpg, 96×96 pixels" in readout(own)
    assert bytes(own._picture.value).startswith(b"\x89PNG")
    assert own._picture.layout.display is None


@pytest.mark.parametrize("content", [b"not a picture", b""])
def test_a_text_file_is_refused_with_a_sentence(content: bytes, tmp_path: Path) -> None:
    own = OwnPicture()
    (tmp_path / "notes.txt").write_bytes(content)
    chosen(own, tmp_path / "notes.txt", tuple)
    assert "notes.txt is no picture" in readout(own)
    assert own.restored is None
    (tmp_path / "notes.png").write_bytes(content)
    chosen(own, tmp_path / "notes.png", tuple)
    assert "notes.png cannot be read as a picture" in readout(own)


def test_a_refused_file_leaves_no_old_result(jpeg: Path, tmp_path: Path) -> None:
    own = OwnPicture()
    chosen(own, jpeg, tuple)
    (tmp_path / "tiny.png").write_bytes(b"")
    chosen(own, tmp_path / "tiny.png", tuple)
    assert own.restored is None
    assert own._picture.layout.display == "none"
    assert own.save() is None


@pytest.mark.slow
def test_twelve_bits_are_asked_for(tmp_path: Path, clean: np.ndarray) -> None:
    path = tmp_path / "scope.tif"
    noisy = noise.Poisson(100)(clean[..., 1], rng=0, clip=True)
    tifffile.imwrite(path, np.uint16(noisy * 4095))
    own = OwnPicture()
    chosen(own, path, tuple)
    assert own._white.layout.display is None
    assert "as levels of 12 bits do" in readout(own)
    own._white.value = "12 bits"
    assert own.noisy.max() > 0.7
    assert bits_of(own.noisy) == 16
    own._white.value = "8 bits"
    assert "above white=255" in readout(own)


def test_what_goes_wrong_inside_is_raised(jpeg: Path, monkeypatch) -> None:
    monkeypatch.setattr("helpers.denoise.denoise", lambda *a, **k: 1 / 0)
    own = OwnPicture()
    with pytest.raises(ZeroDivisionError):
        chosen(own, jpeg, tuple)
    assert "ZeroDivisionError" in readout(own)


# ---- looking --------------------------------------------------------------------------------


def test_the_curtain_shows_both(jpeg: Path) -> None:
    own = own_picture(jpeg)
    shown = [own._curtains(percent)[-96:] for percent in (0, 50, 100)]
    noisy, restored = own.noisy, own.restored.image
    for pixels, expected in ((shown[0], restored), (shown[2], noisy)):
        assert np.abs(pixels[:, :96] / 255 - expected).max() < 0.003
    assert np.abs(shown[1][:, :47] / 255 - noisy[:, :47]).max() < 0.003
    assert np.abs(shown[1][:, 49:96] / 255 - restored[:, 49:]).max() < 0.003
    own._curtain.value = 20
    assert own._picture.value != b""


@pytest.mark.slow
def test_strength_restores_anew(jpeg: Path) -> None:
    own = own_picture(jpeg)
    removed = []
    for strength in (0, 0.5, 1):
        own._strength.value = strength
        removed.append(np.abs(own.restored.image - own.noisy).mean())
    assert removed[0] < removed[1] < removed[2]


def test_first_the_centre_then_all_of_it(monkeypatch) -> None:
    picture = np.float32(np.random.default_rng(0).random((600, 1700)))
    own = OwnPicture()
    monkeypatch.setattr("helpers.widgets.own.read", lambda *a: picture)
    monkeypatch.setattr("helpers.denoise.denoise", fake)
    own.choose("wide.png", b"wide")
    assert own.restored.image.shape == (512, 512)
    assert "its centre" in readout(own)
    own._all.click()
    assert own.restored.image.shape == (600, 1700)
    assert "all of it" in readout(own)
    assert own._curtains(50).shape[1] == 567  # every third pixel


@pytest.mark.parametrize("error", [ValueError, MemoryError])
def test_what_could_not_be_restored_whole_is_not_saved(error, tmp_path, monkeypatch) -> None:
    """Not its centre under the name of all of it; and the curtain still shows the centre."""
    picture = np.float32(np.random.default_rng(0).random((600, 700)))

    def little(noisy: np.ndarray, strength: float = 1.0):
        if noisy.shape != (512, 512):
            raise error("too large")
        return fake(noisy)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("helpers.denoise.denoise", little)
    own = OwnPicture()
    own.choose("large", picture)
    for _ in range(2):  # the second click was as wrong as the first
        try:
            assert own.save() is None
        except MemoryError:
            assert error is MemoryError
        assert "too large" in readout(own)
    assert not list(tmp_path.iterdir())
    own._curtain.value = 20


def fake(noisy: np.ndarray, strength: float = 1.0):
    from helpers.denoise import Restored

    return Restored(noisy, None, {}, "nothing")


@pytest.mark.slow
def test_the_preview_takes_a_few_passes_of_the_network() -> None:
    """Two that weigh its answer, and about two that estimate the noise: 4.0 measured.

    That is 1.4 s on two cores with AVX-512 that have nothing else to do, and 4.5 s on two busy
    ones without.
    """
    picture = images.load("astronaut")
    network = networks.load("drunet_colour")
    network(picture, 25 / 255)  # the first pass prepares
    own = own_picture("chelsea")  # so does the first preview

    a_pass = np.median([processor_time(lambda: network(picture, 25 / 255)) for _ in range(3)])
    assert processor_time(lambda: own.choose("astronaut", picture)) < 8 * a_pass
    assert own.restored.image.shape == (512, 512, 3)


# ---- saving ---------------------------------------------------------------------------------


def test_saving_never_replaces_a_file(jpeg: Path, tmp_path: Path, monkeypatch) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    monkeypatch.chdir(folder)
    own = own_picture(jpeg)
    names = [own.save().name, own.save().name, own.save().name]
    assert names == ["cat-restored.png", "cat-restored-2.png", "cat-restored-3.png"]
    assert str(folder) in readout(own)
    kept = images.load(folder / names[0])
    assert np.abs(kept - own.restored.image).max() < 0.51 / 255
    assert free_name(folder / "other.png").name == "other.png"


def test_a_disk_that_refuses_is_no_success(jpeg: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    own = own_picture(jpeg)
    first = own.save()

    def full(*given: object, **more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(images, "save", full)
    assert own.save() is None
    assert own.saved == first
    assert "No space left" in readout(own)


def test_a_picture_too_small_to_be_restored_cannot_be_saved(tmp_path: Path) -> None:
    images.save(tmp_path / "tiny.png", np.random.default_rng(0).random((9, 9)))
    own = OwnPicture()
    chosen(own, tmp_path / "tiny.png", tuple)
    assert "16" in own.refusal
    assert own.save() is None
    own.restore_all()
    assert own.restored is None


def test_what_is_saved_is_better_than_what_was_chosen(clean: np.ndarray, jpeg: Path) -> None:
    own = own_picture(jpeg)
    before, after = (
        metrics.score(clean, one, ["psnr"])["psnr"] for one in (own.noisy, own.restored.image)
    )
    assert after > before + 3


# ---- without a kernel -----------------------------------------------------------------------


@pytest.mark.slow
def test_a_picture_stays_where_no_kernel_runs() -> None:
    data, metadata = own_picture("chelsea")._repr_mimebundle_()
    assert data["image/png"]
    assert "chelsea" in data["text/plain"]
    assert "restored in the right half" in metadata["image/png"]["alt"]
    data, _ = OwnPicture()._repr_mimebundle_()
    assert "image/png" not in data


def test_odd_paths_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        own_picture(tmp_path / "none.png")
    with pytest.raises(ValueError, match="no picture"):
        own_picture(Path(__file__))
    with pytest.raises(ValueError, match="picture is"):
        own_picture(3)
    assert uploaded(()) == uploaded({}) == []
