"""Which file becomes which, and page by page what becomes of it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from helpers import images, picture_files
from helpers.denoise import files
from helpers.denoise.files import Done, Job, Settings, gathered, pages_of, plan, reason, restore
from helpers.denoise.restoring import Restored
from helpers.noise import Gaussian, GaussianBlur

NOISE = Gaussian(20 / 255)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def made(*names: str) -> None:
    """Small noisy pictures; by their ending, and with three pages where they are stacks."""
    clean = images.load("camera", size=40)
    for seed, name in enumerate(names):
        pages = [NOISE(clean, 10 * seed + k) for k in range(3 if "stack" in name else 1)]
        images.save_stack(name, pages)


def planned(inputs: list[str], out: str) -> dict[str, str]:
    """Name to result, both below the working folder."""
    jobs = plan(inputs, out)
    assert all(job.source.is_absolute() and job.out.is_absolute() for job in jobs)
    return {job.name: str(job.out.relative_to(Path.cwd())) for job in jobs}


# ---- which file becomes which ---------------------------------------------------------------


@pytest.mark.usefixtures("here")
def test_a_file_becomes_a_file_or_goes_into_a_folder() -> None:
    made("a.png")
    assert planned(["a.png"], "b.tif") == {"a.png": "b.tif"}
    assert planned(["a.png"], "new/b.jpg") == {"a.png": "new/b.jpg"}
    assert planned(["a.png"], "out") == {"a.png": "out/a.png"}
    assert planned(["a.png"], "out.v2/") == {"a.png": "out.v2/a.png"}
    Path("odd.png").mkdir()
    assert planned(["a.png"], "odd.png") == {"a.png": "odd.png/a.png"}


@pytest.mark.usefixtures("here")
def test_a_folder_keeps_its_names_and_hidden_files_are_left_alone() -> None:
    made("in/a.png", "in/deep/er/b.TIF", "in/c.jpeg", "in/.d.png", "in/.e/f.png")
    Path("in/notes.txt").write_text("Dear reader,")
    Path("in/x.png").mkdir()
    assert planned(["in"], "out") == {
        "a.png": "out/a.png",
        "c.jpeg": "out/c.jpeg",
        "deep/er/b.TIF": "out/deep/er/b.TIF",
    }


@pytest.mark.usefixtures("here")
def test_results_inside_of_the_input_are_no_inputs() -> None:
    made("in/a.png", "in/out/a.png")
    assert planned(["in"], "in/out") == {"a.png": "in/out/a.png"}
    made("top/in/b.png")
    assert planned(["top/in"], "top") == {"b.png": "top/b.png"}


@pytest.mark.usefixtures("here")
def test_what_is_named_twice_is_done_once() -> None:
    made("in/a.png", "b.png")
    jobs = plan(["in", "b.png", "./b.png", "in/a.png"], "out")
    assert [job.name for job in jobs] == ["a.png", "b.png"]


@pytest.mark.usefixtures("here")
def test_a_picture_of_another_format_becomes_a_png() -> None:
    Image.fromarray(np.zeros((8, 8), np.uint8)).save("a.bmp")
    assert planned(["a.bmp"], "out") == {"a.bmp": "out/a.png"}


WRONG = {
    "nothing there": (
        ["a.png", "b.png", "c.png"],
        "out",
        FileNotFoundError,
        "folder b.png, c.png",
    ),
    "no picture in a folder": (["empty"], "out", ValueError, r"no picture in empty: \.png, \.jpg"),
    "several into a file": (["a.png", "in"], "b.png", ValueError, "2 inputs need a folder as OUT"),
    "a folder into a file": (["in"], "b.png", ValueError, "a folder as input needs a folder as"),
    "into a text": (["a.png"], "notes.txt", ValueError, r"ends in \.png.*not as 'notes\.txt'"),
    "another ending": (["a.png"], "b.gif", ValueError, r"not as 'b\.gif'; a folder of that name"),
    "onto itself": (["a.png"], "a.png", ValueError, "is an input, and would be replaced"),
    "into its own folder": (["in"], "in", ValueError, "OUT is the folder of the input"),
    "into its own folder by another way": (["in"], "in/../in", ValueError, "OUT is the folder"),
    "a file into its own folder": (["in/a.png"], "in", ValueError, "is an input, and would be"),
    "onto another input": (["in", "top/in/x.png"], "top/in", ValueError, "is an input, and would"),
    "two of one name": (["in", "twin"], "out", ValueError, "would both become .*a.png; give each"),
    "below a file": (["a.png"], "notes.txt/b.png", ValueError, "notes.txt is a file"),
    "no name": (["a.png"], "", ValueError, "OUT is a name or a path"),
    "too long a name": (["a.png"], "x" * 300, ValueError, "OUT cannot be"),
}


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_is_refused_before_anything_is_done(case: str) -> None:
    made("a.png", "in/a.png", "twin/a.png", "top/in/a.png", "top/in/x.png")
    Path("empty").mkdir()
    Path("notes.txt").write_text("Dear reader,")
    inputs, out, kind, told = WRONG[case]
    with pytest.raises(kind, match=told):
        plan(inputs, out)


@pytest.mark.usefixtures("here")
@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_another_name_of_an_input_is_not_written_to() -> None:
    made("in/a.png")
    os.symlink("in", "link")
    os.link("in/a.png", "hard.png")
    for inputs, out in ((["in"], "link"), (["link"], "in"), (["in/a.png"], "hard.png")):
        with pytest.raises(ValueError, match="is an input, and would be replaced"):
            plan(inputs, out)


@pytest.mark.usefixtures("here")
@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_closed_is_refused_at_once() -> None:
    made("a.png")
    Path("closed").mkdir(mode=0o500)
    with pytest.raises(ValueError, match=r"you may not write into .*closed"):
        plan(["a.png"], "closed/deep/out")


# ---- page by page ---------------------------------------------------------------------------


def job(source: str, out: str) -> Job:
    return Job(Path(source).absolute(), Path(out).absolute(), source)


@pytest.mark.usefixtures("here")
def test_bits_are_those_of_the_file_where_the_result_has_room() -> None:
    made("a.png", "stack.tif")
    images.save("deep.png", images.load("camera", size=40), bits=16)
    bits = {
        ("a.png", "b.tif", None): 8,
        ("a.png", "b.tif", 16): 16,
        ("deep.png", "b.tif", None): 16,
        ("deep.png", "b.png", 8): 8,
        ("deep.png", "b.jpg", None): 8,
    }
    for (source, out, asked), expected in bits.items():
        assert [page.bits for page in pages_of(job(source, out), asked)] == [expected]
    shown = pages_of(job("stack.tif", "b.tif"), shown=True)
    assert [(one.number, one.pages, one.shown) for one in shown] == [
        (0, 3, True),
        (1, 3, False),
        (2, 3, False),
    ]


@pytest.mark.usefixtures("here")
def test_what_the_result_cannot_hold_is_refused_before_it_is_computed() -> None:
    made("a.png", "stack.tif")
    Path("notes.png").write_text("Dear reader,")
    Path("folder.png").mkdir()
    wrong = {
        ("stack.tif", "b.png", None): "PNG files hold one picture, not a stack of 3; TIFF",
        ("a.png", "b.jpg", 16): "JPEG files have 8 bits, not 16",
        ("notes.png", "b.png", None): "notes.png is no picture",
        ("a.png", "folder.png", None): "is a folder",
    }
    for (source, out, bits), told in wrong.items():
        with pytest.raises(ValueError, match=told):
            pages_of(job(source, out), bits)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"method": "bm4d"}, "method is one of auto, best, "),
        ({"method": "zero_dce"}, "method is one of auto, best, "),
        ({"strength": -1}, "strength is a number from 0 to 10"),
        ({"strength": float("nan")}, "strength is a number"),
        ({"bits": 12}, "bits is one of 8, 16"),
        ({"white": 0}, "white is a number above 0"),
        ({"noise": GaussianBlur(2)}, "is no noise"),
    ],
)
def test_settings_are_refused_before_anything_is_done(given: dict, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Settings(**given)


@pytest.mark.usefixtures("here")
def test_a_picture_is_restored_and_saved_as_the_file_was() -> None:
    made("a.png")
    with Image.open("a.png") as picture:
        picture.save("a.png", dpi=(300, 300))
    (page,) = pages_of(job("a.png", "new/b.tif"), shown=True)
    done = restore(Settings(NOISE, "gaussian"), page)
    clean, noisy = images.load("camera", size=40), images.load("a.png")
    restored = images.load("new/b.tif")
    assert np.mean((restored - clean) ** 2) < 0.5 * np.mean((noisy - clean) ** 2)
    assert picture_files.about("new/b.tif").dpi == pytest.approx((300, 300), rel=1e-4)
    assert done.restored.image.size == 0
    assert (done.shape, done.levels) == ((40, 40), None)
    assert done.panels is not None
    assert done.seconds > 0


@pytest.mark.usefixtures("here")
def test_a_stack_becomes_a_stack_once_all_pages_are_there() -> None:
    made("stack.tif")
    pages = pages_of(job("stack.tif", "out/stack.tif"))
    settings = Settings(NOISE, "gaussian")
    results = [(page, restore(settings, page)) for page in pages]
    came = []
    for page, outcome in gathered([results[k] for k in (2, 0, 1)]):
        came.append((page.number, outcome is not None))
        assert Path("out/stack.tif").exists() == (outcome is not None)
    assert came == [(2, False), (0, False), (1, True)]
    assert [done.levels for done in outcome] == [None] * 3
    for k, (_, done) in enumerate(results):
        saved = images.load("out/stack.tif", frame=k)
        assert np.array_equal(images.to_levels(saved), done.levels)
        alone = files.denoise(images.load("stack.tif", frame=k), NOISE, "gaussian").image
        assert np.array_equal(done.levels, images.to_levels(alone))


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_dark_stack_of_16_bits_passes_without_a_word(dtype: type) -> None:
    levels = np.random.default_rng(0).integers(0, 200, (2, 40, 40)).astype(dtype)
    tifffile.imwrite("stack.tif", levels, photometric="minisblack")
    pages = pages_of(job("stack.tif", "b.tif"))
    results = [(page, restore(Settings(NOISE, "gaussian"), page)) for page in pages]
    outcomes = [outcome for _, outcome in gathered(results)]
    assert tifffile.imread("b.tif").dtype == dtype
    hints = files.cautions(outcomes[-1])
    assert [("levels of 8 bits" in hint) for hint in hints] == [True] * (dtype == np.uint16)


@pytest.mark.usefixtures("here")
def test_of_a_stack_with_a_bad_page_nothing_is_saved_and_the_page_is_named() -> None:
    made("stack.tif")
    pages = pages_of(job("stack.tif", "b.tif"))
    good = restore(Settings(NOISE, "gaussian"), pages[0])
    results = [(pages[0], good), (pages[1], ValueError("it is damaged")), (pages[2], good)]
    *_, (_, outcome) = gathered(results)
    assert reason(outcome) == "it is damaged (page 2 of 3)"
    assert not Path("b.tif").exists()


@pytest.mark.usefixtures("here")
def test_white_is_the_level_that_becomes_1() -> None:
    clean = images.load("camera", size=40)
    images.save("a.png", clean * 4095 / 65535, bits=16)
    (page,) = pages_of(job("a.png", "b.png"))
    done = restore(Settings(NOISE, "gaussian", white=4095), page)
    assert images.load("b.png", white=4095).mean() == pytest.approx(clean.mean(), rel=0.01)
    assert not any("bits" in one for one in done.restored.warnings)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("out", ["b.tif", "stack.tif", "b.jpg"])
def test_levels_stay_on_the_scale_of_the_file_where_its_bits_stay(out: str) -> None:
    clean = np.full((40, 40), 0.5)
    frames = [clean * 4095 / 65535] * (3 if out == "stack.tif" else 1)
    images.save_stack("a.tif", frames, bits=16)
    pages = pages_of(job("a.tif", out), white=4095)
    settings = Settings(NOISE, "gaussian", white=4095)
    assert list(gathered((page, restore(settings, page)) for page in pages))
    levels = tifffile.imread(out) if out.endswith(".tif") else np.asarray(Image.open(out))
    assert np.median(levels) == (128 if out == "b.jpg" else 2048)


@pytest.mark.usefixtures("here")
def test_fractions_do_not_become_coarse() -> None:
    levels = np.random.default_rng(0).uniform(0, 300, (40, 40)).astype(np.float32)
    tifffile.imwrite("a.tif", levels)
    (page,) = pages_of(job("a.tif", "b.tif"), white=300)
    restore(Settings(NOISE, "gaussian", white=300), page)
    assert tifffile.imread("b.tif").mean() == pytest.approx(65535 * levels.mean() / 300, rel=0.01)


@pytest.mark.usefixtures("here")
def test_a_white_that_8_bits_do_not_reach_is_refused() -> None:
    """It made pictures of 8 bits nearly black, without a word."""
    made("a.png")
    with pytest.raises(ValueError, match="8 bits end at 255, and white would be 4095"):
        pages_of(job("a.png", "b.png"), white=4095)
    assert pages_of(job("a.png", "b.png"), white=200)


@pytest.mark.usefixtures("here")
def test_a_folder_that_may_not_be_looked_into_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    made("in/a.png", "in/locked/b.png", "in/.trash/c.png")
    scandir = os.scandir

    def guarded(path: str):
        if Path(path).name in ("locked", ".trash"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    with pytest.raises(PermissionError, match="locked"):
        plan(["in"], "out")


@pytest.mark.usefixtures("here")
def test_a_large_picture_is_restored_without_talk_of_attacks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made("a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)  # of 1600
    (page,) = pages_of(job("a.png", "b.png"))
    said = restore(Settings(NOISE, "gaussian"), page).restored.warnings
    assert not any("attack" in one for one in said)


@pytest.mark.usefixtures("here")
def test_of_levels_of_12_bits_it_is_said_how_to_tell_their_white() -> None:
    images.save("a.png", images.load("camera", size=40) * 4095 / 65535, bits=16)
    (page,) = pages_of(job("a.png", "b.png"))
    warnings = restore(Settings(NOISE, "gaussian"), page).restored.warnings
    assert any("levels of 12 bits do; say --white 4095" in one for one in warnings)


# ---- in words -------------------------------------------------------------------------------


def done(model: object, interval: dict, shape: tuple = (40, 50), *said: str) -> Done:
    return Done(Restored(np.empty((0, 0)), model, interval, "drunet", said), shape)


def test_what_was_found_is_told_with_its_interval() -> None:
    one = done(NOISE, {"sigma": (19 / 255, 21.5 / 255)}, (40, 50, 3))
    expected = "Gaussian, σ = 20/255 found (σ = 19/255 to σ = 21.5/255)"
    assert files.found(one, told=False) == expected
    assert files.sentence([one], False) == f"50×40, colour: {expected}; restored by drunet"
    assert files.found(done(NOISE, {}), told=True) == "Gaussian, σ = 20/255 told"


def test_pages_of_several_sizes_are_not_said_to_have_one() -> None:
    one, other = done(None, {}), done(None, {}, (7, 9))
    assert "3 pages of 50×40, gray and other sizes; in" in files.sentence([one, other, one], False)
    assert "other sizes" not in files.sentence([one, one], False)


def test_correlated_noise_is_told_by_both_its_strengths() -> None:
    grain = files_grain(2 / 255, 9 / 255)
    words = files.found(done(grain, {"coarse": (8 / 255, 10 / 255)}), told=False)
    assert "2/255 between neighbours and 9/255 where pictures live" in words
    assert words.endswith("found (coarse = 8/255 to 10/255)")


def files_grain(fine: float, coarse: float) -> object:
    from helpers.estimation.grain import Grain

    return Grain(fine, coarse, correlated=True, certain=True)


def test_of_a_stack_each_caution_is_told_once() -> None:
    pages = [
        done(NOISE, {}, (4, 4), "dark"),
        done(NOISE, {}, (4, 4)),
        done(NOISE, {}, (4, 4), "dark"),
    ]
    assert files.cautions(pages) == ["dark (2 pages, the first is 1)"]
    assert files.cautions(pages[:1]) == ["dark"]
    assert files.sentence(pages, False).startswith("3 pages of 4×4, gray; in the first Gaussian")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("it is dark"), "it is dark"),
        (OSError(28, "No space left on device", "x.png"), "No space left on device: x.png"),
        (ConnectionError("nobody is there"), "nobody is there"),
        (MemoryError(), "there is not enough memory"),
        (KeyError("x"), "KeyError: 'x'"),
        (ValueError(), "ValueError: "),
    ],
)
def test_a_reason_is_a_sentence(error: Exception, words: str) -> None:
    assert reason(error) == words
