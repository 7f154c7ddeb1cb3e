"""Filters do what their formulas say, take any picture, and reach the numbers known for them."""

from __future__ import annotations

import inspect
from itertools import pairwise, product

import numpy as np
import pytest
from scipy.ndimage import uniform_filter

from helpers import datasets, filters, images, metrics, noise
from helpers.estimation import blind_sigma
from helpers.filters import FILTERS
from tests.conftest import SHARED

SIGMA = 25 / 255
OWN = [name for name in FILTERS if name != "bm3d"]  # which has tests of its own
SETTINGS = {(name, key): one for name in FILTERS for key, one in FILTERS[name].settings.items()}


def psnr(reference: np.ndarray, restored: np.ndarray) -> float:
    return metrics.score(reference, restored, ["psnr"])["psnr"]


@pytest.fixture(scope="module")
def small() -> np.ndarray:
    return images.load("camera", gray=True, size=64)


# ---- one call for all ------------------------------------------------------------------------


def test_the_registry_has_the_filters_of_the_course_in_order() -> None:
    assert list(FILTERS) == [
        *("gaussian", "mean", "median", "adaptive_median", "wiener", "lee"),
        *("bilateral", "tv", "wavelet", "nlm", "bm3d"),
    ]
    assert all(FILTERS[name] is getattr(filters, name) for name in FILTERS)


@pytest.mark.parametrize("name", FILTERS)
def test_the_signature_is_that_of_a_denoiser(name: str) -> None:
    noisy, sigma, *settings = inspect.signature(FILTERS[name]).parameters.values()
    assert (noisy.name, sigma.name, sigma.default) == ("noisy", "sigma", None)
    assert {p.kind for p in settings} <= {inspect.Parameter.KEYWORD_ONLY}
    assert {p.name for p in settings} >= FILTERS[name].settings.keys()


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("kind", ["clean", "colour"])
def test_noise_becomes_less_and_the_input_is_left_alone(name: str, kind: str, request) -> None:
    reference = request.getfixturevalue(kind)[:128, :128]
    made_for = {"lee": noise.Speckle(0.2), "adaptive_median": noise.SaltAndPepper(0.2)}
    model = made_for.get(name, noise.Gaussian(SIGMA))
    noisy = model(reference, rng=0)
    given = noisy.copy()
    restored = FILTERS[name](noisy, model.rms(reference))
    assert restored.dtype == np.float32
    assert restored.shape == reference.shape
    assert psnr(reference, restored) > psnr(reference, noisy) + 3
    assert np.array_equal(noisy, given)
    assert not np.shares_memory(restored, noisy)


@pytest.mark.parametrize("name", OWN)
def test_without_sigma_it_is_estimated(name: str, small: np.ndarray) -> None:
    noisy = noise.Gaussian(SIGMA)(small, rng=0)
    np.testing.assert_array_equal(FILTERS[name](noisy), FILTERS[name](noisy, blind_sigma(noisy)))


def test_sigma_is_not_estimated_where_it_is_not_needed() -> None:
    tiny = np.eye(5)  # too small for an estimate
    filters.adaptive_median(tiny)
    filters.gaussian(tiny, width=1)
    filters.bilateral(tiny, width=1, tolerance=0.1)
    for call in (filters.gaussian, filters.wiener):
        with pytest.raises(ValueError, match="16×16"):
            call(tiny)
    with pytest.raises(ValueError, match="16×16"):
        filters.bilateral(tiny, width=1)


@pytest.mark.parametrize("name", FILTERS)
def test_no_picture_comes_back_as_it_was_without_a_word(name: str) -> None:
    """A tenth of a gray level is no noise; half of a picture may be constant, but not more."""
    if name == "adaptive_median":  # asks for no sigma
        return
    smooth = np.add.outer(np.linspace(0.1, 0.4, 40), np.linspace(0.1, 0.4, 40))
    with pytest.warns(UserWarning, match=f"{name}: hardly any noise"):
        FILTERS[name](smooth)
    noisy = noise.Gaussian(SIGMA)(np.full((40, 40), 0.5, np.float32), rng=0)
    noisy[:16] = 0.5
    assert not np.array_equal(FILTERS[name](noisy)[16:], noisy[16:])
    noisy[:30] = 0.5
    with pytest.raises(ValueError, match="constant over 75%"):
        FILTERS[name](noisy)


@pytest.mark.parametrize("name", FILTERS)
def test_sigma_0_returns_the_input(name: str, colour: np.ndarray) -> None:
    noisy = noise.Gaussian(0.1)(colour, rng=0)
    restored = FILTERS[name](noisy, 0)
    np.testing.assert_array_equal(restored, noisy)
    assert not np.shares_memory(restored, noisy)


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize(
    ("sigma", "reason"),
    [(25, "divide by 255"), (-0.1, "from 0 to 1"), (np.nan, "from 0 to 1"), ("0.1", "number")],
)
def test_a_sigma_that_is_none_is_refused(name: str, sigma, reason: str) -> None:
    with pytest.raises(ValueError, match=f"{name}: sigma.*{reason}"):
        FILTERS[name](np.eye(32), sigma)


@pytest.mark.parametrize("name", FILTERS)
def test_what_is_no_image_is_refused(name: str) -> None:
    for wrong, reason in ((np.full((32, 32), np.nan), "NaN"), (np.ones(32), "dimensions")):
        with pytest.raises(ValueError, match=reason):
            FILTERS[name](wrong, SIGMA)
    with pytest.raises(ValueError, match="divide by 255"):
        FILTERS[name](255 * images.load("camera", size=32), SIGMA)


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("kind", ["clean", "colour"])
def test_uint8_and_float_give_the_same(name: str, kind: str, request) -> None:
    clean = request.getfixturevalue(kind)[:48, :48]
    levels = np.rint(255 * noise.Gaussian(SIGMA)(clean, rng=0, clip=True)).astype(np.uint8)
    expected = FILTERS[name](levels / 255, SIGMA)
    np.testing.assert_allclose(FILTERS[name](levels, SIGMA), expected, atol=1e-6)


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("sigma", [None, 1e-9, 5 / 255, 25 / 255, 0.5, 1])
@pytest.mark.parametrize("shape", [(32, 40), (32, 40, 3)])
def test_a_constant_picture_stays_constant(name: str, sigma: float | None, shape: tuple) -> None:
    for value in (0, 0.3, 1):
        restored = FILTERS[name](np.full(shape, value, np.float32), sigma)
        np.testing.assert_allclose(restored, value, atol=1e-6)


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (2, 3), (40, 1), (5, 7, 3), (1, 1, 3)])
def test_small_pictures_are_filtered(name: str, shape: tuple) -> None:
    noisy = np.random.default_rng(0).random(shape)
    for sigma in (5 / 255, 0.2):
        restored = FILTERS[name](noisy, sigma)
        assert restored.shape == shape
        assert np.isfinite(restored).all()
        assert noisy.min() - 0.1 < restored.min() <= restored.max() < noisy.max() + 0.1


@pytest.mark.parametrize("name", [n for n in OWN if n not in ("lee", "bilateral")])
def test_brightness_does_not_matter(name: str, small: np.ndarray) -> None:
    """Adding a constant before or after is the same (unless noise follows brightness)."""
    noisy = noise.Gaussian(SIGMA)(small, rng=0)
    expected = FILTERS[name](noisy, SIGMA) + np.float32(0.25)
    np.testing.assert_allclose(FILTERS[name](noisy + np.float32(0.25), SIGMA), expected, atol=1e-4)


@pytest.mark.parametrize("name", [n for n in OWN if n not in ("tv", "wavelet")])
def test_a_picture_may_be_turned(name: str, small: np.ndarray) -> None:
    """No window leans to one side, none has a dark border."""
    noisy = noise.Gaussian(SIGMA)(small, rng=0)
    turned = FILTERS[name](np.rot90(noisy, 2), SIGMA)
    np.testing.assert_allclose(np.rot90(turned, 2), FILTERS[name](noisy, SIGMA), atol=1e-5)


# ---- settings and their rules ----------------------------------------------------------------


@pytest.mark.parametrize(("name", "key"), SETTINGS)
def test_a_rule_gives_what_the_setting_admits(name: str, key: str) -> None:
    setting = SETTINGS[name, key]
    assert setting.name == key
    assert setting.valid[0] <= setting.low < setting.high <= setting.valid[1] or key == "tolerance"
    assert setting.low <= setting.default <= setting.high
    for sigma in (1e-6, *np.geomspace(1 / 255, 1, 30)):
        value = setting.value(sigma)
        assert setting.check(value, name) == value
        assert setting.format(value)


@pytest.mark.parametrize(("name", "key"), SETTINGS)
def test_a_stronger_noise_never_asks_for_less(name: str, key: str) -> None:
    values = [SETTINGS[name, key].value(s) for s in np.geomspace(1 / 255, 1, 60)]
    # The threshold of wavelets grows as strength · σ²: its factor may fall.
    assert values == sorted(values, reverse=(name, key) == ("wavelet", "strength"))


def test_the_rules_are_those_of_the_docstrings() -> None:
    rules = {
        "gaussian": {"width": 0.3 + 5.3 * SIGMA},
        "mean": {"size": 3},
        "median": {"size": 3},
        "adaptive_median": {"max_size": 9},
        "wiener": {"size": 5},
        "lee": {"size": 5},
        "bilateral": {"width": 0.8 + 6 * SIGMA, "tolerance": 4 * SIGMA**1.2},
        "tv": {"weight": 1.5 * SIGMA**1.3},
        "wavelet": {"strength": 0.67 * SIGMA**-0.25},
        "nlm": {"h": 0.8 * SIGMA},
        "bm3d": {},
    }
    for name, settings in rules.items():
        known = {key: one.value(SIGMA) for key, one in FILTERS[name].settings.items()}
        assert known == pytest.approx(settings)
    sizes = {name: [3, 3, 5] for name in ("mean", "median", "wiener")}
    sizes["mean"][2], sizes["wiener"], sizes["median"][2] = 5, [3, 5, 7], 7
    for name, expected in sizes.items():
        rule = FILTERS[name].settings["size"]
        assert [rule.value(s / 255) for s in (15, 25, 50)] == expected


@pytest.mark.parametrize(("name", "key"), SETTINGS)
def test_a_setting_can_be_chosen(name: str, key: str, small: np.ndarray) -> None:
    setting = SETTINGS[name, key]
    noisy = noise.SaltAndPepper(0.6)(small, rng=0)
    by_rule = FILTERS[name](noisy, SIGMA)
    same = FILTERS[name](noisy, SIGMA, **{key: setting.value(SIGMA)})
    np.testing.assert_array_equal(same, by_rule)
    np.testing.assert_array_equal(FILTERS[name](noisy, SIGMA, **{key: None}), by_rule)
    assert not np.array_equal(FILTERS[name](noisy, SIGMA, **{key: setting.high}), by_rule)


@pytest.mark.parametrize(("name", "key"), SETTINGS)
def test_a_setting_is_checked(name: str, key: str, small: np.ndarray) -> None:
    for wrong in (np.nan, "3", SETTINGS[name, key].valid[1] + 2):
        with pytest.raises(ValueError, match=f"{name}: {key} is a number"):
            FILTERS[name](small, SIGMA, **{key: wrong})
    with pytest.raises(TypeError, match="strenght"):
        FILTERS[name](small, SIGMA, strenght=1)


def test_even_windows_have_no_middle(small: np.ndarray) -> None:
    with pytest.raises(ValueError, match="1, 3, 5"):
        filters.mean(small, SIGMA, size=4)


# ---- each by its formula ---------------------------------------------------------------------


def test_averages_are_the_distortions_of_noise(small: np.ndarray) -> None:
    for restored, model in (
        (filters.gaussian(small, width=1.5), noise.GaussianBlur(1.5)),
        (filters.mean(small, size=5), noise.AverageBlur(5)),
        (filters.median(small, size=5), noise.MedianBlur(5)),
    ):
        np.testing.assert_array_equal(restored, model(small, rng=0))


def adaptive_median_by_loops(image: np.ndarray, max_size: int) -> np.ndarray:
    """Hwang and Haddad, pixel by pixel, in the words of their paper."""
    restored, reach = image.copy(), max_size // 2
    padded = np.pad(image, reach, mode="symmetric")
    for row, column in np.ndindex(image.shape):
        for r in range(1, reach + 1):
            window = padded[
                row + reach - r : row + reach + r + 1, column + reach - r : column + reach + r + 1
            ]
            low, middle, high = window.min(), np.median(window), window.max()
            if low < middle < high:
                break
        if not low < image[row, column] < high:
            restored[row, column] = middle
    return restored


@pytest.mark.parametrize("amount", [0.1, 0.4, 0.8])
def test_adaptive_median_is_that_of_the_loops(amount: float, small: np.ndarray) -> None:
    hit = noise.SaltAndPepper(amount)(small[:24, :30], rng=0)
    expected = adaptive_median_by_loops(hit, 7)
    np.testing.assert_array_equal(filters.adaptive_median(hit, max_size=7), expected)


def test_adaptive_median_changes_only_local_extremes(clean: np.ndarray) -> None:
    for model in (noise.SaltAndPepper(0.3), noise.Gaussian(0.1)):
        noisy = model(clean, rng=0)
        changed = filters.adaptive_median(noisy) != noisy
        padded = np.pad(noisy, 1, mode="symmetric")
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3))
        extreme = (noisy == windows.min(axis=(2, 3))) | (noisy == windows.max(axis=(2, 3)))
        assert 0 < changed.mean() < 1
        assert not (changed & ~extreme).any()


def test_adaptive_median_beats_every_median_on_impulses() -> None:
    """`camera`, 30 % salt and pepper, 8 bits: the target of the course."""
    clean = images.load("camera", gray=True)
    noisy = noise.SaltAndPepper(0.3)(clean, rng=0, clip=True)
    medians = [psnr(clean, filters.median(noisy, size=k)) for k in (3, 5, 7)]
    adaptive = psnr(clean, filters.adaptive_median(noisy))
    assert adaptive > 30
    assert adaptive > max(medians) + 3.5


def test_wiener_is_its_formula_without_its_defects(small: np.ndarray) -> None:
    noisy = noise.Gaussian(SIGMA)(small, rng=0).astype(float)
    m = uniform_filter(noisy, 5)
    v, n = uniform_filter(noisy**2, 5) - m**2, (1.2 * SIGMA) ** 2
    expected = m + np.maximum(v - n, 0) / np.maximum(v, n) * (noisy - m)
    restored = filters.wiener(noisy, SIGMA, size=5)
    np.testing.assert_allclose(restored, expected, atol=1e-6)


def test_wiener_without_noise_is_the_identity(small: np.ndarray) -> None:
    with np.errstate(all="raise", under="ignore"):
        for sigma in (1e-9, 1e-200):
            np.testing.assert_allclose(filters.wiener(small, sigma), small, atol=1e-6)


def test_wiener_has_no_dark_border_and_divides_by_nothing() -> None:
    """SciPy's has both: it pads with black, and is NaN on flat patches when blind."""
    bright = noise.Gaussian(0.02)(np.full((40, 40), 0.8), rng=0)
    restored = filters.wiener(bright, 0.02)
    assert np.abs(restored - 0.8).max() < 0.05
    assert np.abs(restored[0].mean() - restored.mean()) < 0.01


def test_lee_is_the_mean_where_there_is_nothing_but_speckle() -> None:
    flat = np.full((128, 128), 0.4)
    model = noise.Speckle(0.3)
    noisy = model(flat, rng=0)
    restored = filters.lee(noisy, model.rms(flat), size=9)
    np.testing.assert_allclose(restored.mean(), noisy.mean(), atol=1e-3)
    quietest = noise.AverageBlur(9)(noisy, rng=0).std()
    assert quietest <= restored.std() < 1.6 * quietest


def test_lee_with_a_constant_ratio_gains_as_theory_says() -> None:
    """A scene of two values in stripes, one window over all of it: the gain is that of MMSE."""
    scene = np.tile([0.3, 0.9], (300, 150))
    model = noise.Speckle(0.25)
    noisy = model(scene, rng=0).astype(float)
    restored = filters.lee(noisy, model.rms(scene), size=99)
    inner = (slice(60, -60), slice(60, -60))  # where the window holds nothing mirrored
    gain = np.polyfit(noisy[inner].ravel(), restored[inner].ravel(), 1)[0]
    assert gain == pytest.approx(scene.var() / noisy.var(), rel=0.02)


def test_lee_beats_wiener_on_speckle_and_not_on_gaussian_noise(clean: np.ndarray) -> None:
    better = {}
    for model in (noise.Speckle(0.3), noise.Gaussian(0.1)):
        noisy, sigma = model(clean, rng=0), model.rms(clean)
        better[model.key] = psnr(clean, filters.lee(noisy, sigma)) > psnr(
            clean, filters.wiener(noisy, sigma)
        )
    assert better == {"speckle": True, "gaussian": False}


@pytest.mark.parametrize("kind", ["small", "colour"])
def test_bilateral_is_its_formula(kind: str, request) -> None:
    noisy = noise.Gaussian(SIGMA)(request.getfixturevalue(kind)[:20, :24], rng=0).astype(float)
    width, tolerance, reach = 1.4, 0.2, 3
    colours = noisy.reshape(20, 24, -1)
    padded = np.pad(colours, [(reach, reach), (reach, reach), (0, 0)], mode="symmetric")
    expected = np.empty_like(colours)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    for row, column in np.ndindex(20, 24):
        window = padded[row : row + 7, column : column + 7]
        unlike = np.mean((window - colours[row, column]) ** 2, axis=-1)
        weight = np.exp(-(x**2 + y**2) / (2 * width**2) - unlike / (2 * tolerance**2))
        expected[row, column] = np.sum(weight[..., None] * window, axis=(0, 1)) / weight.sum()
    restored = filters.bilateral(noisy, width=width, tolerance=tolerance)
    np.testing.assert_allclose(restored, expected.reshape(noisy.shape), atol=2e-6)


def test_bilateral_keeps_a_step_that_a_mean_smears() -> None:
    step = np.repeat([[0.2, 0.8]], 16, axis=0).repeat(16, axis=1)
    kept = filters.bilateral(step, width=2, tolerance=0.1)
    np.testing.assert_allclose(kept, step, atol=1e-5)
    smeared = filters.bilateral(step, width=2, tolerance=100)
    assert smeared[8, 16] < 0.65


def test_tv_told_more_noise_never_smooths_less() -> None:
    """A loose stop ended early at large weights: less smoothing at σ = 50/255 than at 40/255."""
    noisy = noise.Gaussian(SIGMA)(images.load("chelsea", gray=True, size=256), rng=0)
    spread = [filters.tv(noisy, factor * SIGMA).std() for factor in (1, 1.25, 1.6, 2, 2.5)]
    assert all(a > b for a, b in pairwise(spread))


def test_tv_has_less_variation_and_the_same_mean(small: np.ndarray) -> None:
    def variation(x: np.ndarray) -> float:
        return float(np.abs(np.diff(x, axis=0)).sum() + np.abs(np.diff(x, axis=1)).sum())

    noisy = noise.Gaussian(SIGMA)(small, rng=0)
    restored = [filters.tv(noisy, weight=w) for w in (0.02, 0.1, 0.5)]
    assert np.allclose([x.mean() for x in restored], noisy.mean(), atol=1e-5)
    totals = [variation(x) for x in (noisy, *restored)]
    assert totals == sorted(totals, reverse=True)


def test_wavelets_that_are_not_shrunk_give_the_picture_back(colour: np.ndarray) -> None:
    noisy = noise.Gaussian(SIGMA)(colour[:50, :61], rng=0)
    np.testing.assert_allclose(filters.wavelet(noisy, SIGMA, strength=0), noisy, atol=1e-6)


def test_the_noise_of_a_wavelet_band_halves_from_scale_to_scale() -> None:
    """What `wavelet` assumes: pure noise is gone but for what the coarsest mean holds.

    That is the mean of 16×16 pixels, averaged once more: a triangle of 31 in each direction.
    """
    triangle = np.convolve(np.full(16, 1 / 16), np.full(16, 1 / 16))
    pure = np.random.default_rng(0).normal(0, 0.1, (256, 256))
    restored = filters.wavelet(0.5 + pure, 0.1, strength=1)
    assert restored.std() == pytest.approx(0.1 * np.sum(triangle**2), rel=0.1)


@pytest.mark.parametrize("kind", ["small", "colour"])
def test_nlm_is_its_formula(kind: str, request) -> None:
    noisy = noise.Gaussian(SIGMA)(request.getfixturevalue(kind)[:24, :24], rng=0).astype(float)
    colours = noisy.reshape(24, 24, -1)
    padded = np.pad(colours, [(6, 6), (6, 6), (0, 0)], mode="symmetric")
    h = 0.1
    restored = filters.nlm(noisy, SIGMA, h=h).reshape(colours.shape)
    for row, column in np.ndindex(8, 8):  # the corner from 8, 8 on: no patch meets the border
        row, column = row + 8, column + 8
        own = padded[row + 4 : row + 9, column + 4 : column + 9]
        total, weights = 0, 0
        for y, x in product(range(row, row + 13), range(column, column + 13)):
            other = padded[y - 2 : y + 3, x - 2 : x + 3]
            distance = np.mean((own - other) ** 2)
            weight = np.exp(-max(distance - 2 * SIGMA**2, 0) / h**2)
            total, weights = total + weight * padded[y, x], weights + weight
        np.testing.assert_allclose(restored[row, column], total / weights, atol=1e-5)


def test_nlm_between_its_limits(small: np.ndarray) -> None:
    """The input for h → 0 where no two patches are alike, the mean of the window for h → ∞."""
    rough = np.random.default_rng(0).random((40, 40), np.float32)
    np.testing.assert_allclose(filters.nlm(rough, 1e-3, h=1e-3), rough, atol=1e-6)
    window = noise.AverageBlur(13)(small, rng=0)
    np.testing.assert_allclose(filters.nlm(small, 1e-3, h=100), window, atol=1e-5)


# ---- part by part ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["wiener", "lee", "bilateral", "wavelet", "nlm"])
@pytest.mark.parametrize("kind", ["small", "colour"])
def test_strips_leave_no_seam(name: str, kind: str, request, monkeypatch) -> None:
    """The same to the last bits of float32: sums that run along columns begin elsewhere."""
    noisy = noise.Gaussian(SIGMA)(request.getfixturevalue(kind)[:64, :50], rng=0)
    whole = FILTERS[name](noisy, SIGMA)
    for module in (filters.local, filters.wide):
        monkeypatch.setattr(module, "PIXELS", 700)  # 14 rows, at the end 8
    np.testing.assert_allclose(FILTERS[name](noisy, SIGMA), whole, rtol=0, atol=3e-7)


def test_tiles_of_bm3d_leave_no_seam(clean: np.ndarray, monkeypatch) -> None:
    """Coefficients near the threshold may fall on its other side: 2e-5 on average, 1.5e-3 once."""
    noisy = noise.Gaussian(SIGMA)(clean[:160, :150], rng=0)
    whole = filters.bm3d(noisy, SIGMA)
    monkeypatch.setattr(filters.wide, "TILE", 96)
    apart = np.abs(filters.bm3d(noisy, SIGMA) - whole)
    assert apart.mean() < 1e-4
    assert apart.max() < 0.01


def test_tiles_see_as_much_of_their_surroundings_as_they_are_told() -> None:
    image = np.random.default_rng(0).random((50, 70, 3), np.float32)
    blur = noise.AverageBlur(7)
    seen = []

    def look(part: np.ndarray) -> np.ndarray:
        seen.append(part.shape[:2])
        return blur(part, rng=0)

    tiled = filters.strips.in_tiles(look, image, side=30, margin=3)
    np.testing.assert_allclose(tiled, blur(image, rng=0), atol=1e-6)
    assert seen == [(33, 33), (33, 36), (33, 13), (23, 33), (23, 36), (23, 13)]


# ---- against the baselines -------------------------------------------------------------------

BASELINES = {  # dB on Set12 at σ 15, 25, 50, each the best of a grid chosen on Set12 itself
    "gaussian": (28.80, 26.57, 23.93),
    "median": (27.81, 25.45, 22.68),
    "wiener": (29.73, 26.79, 23.36),
    "tv": (30.50, 28.04, 24.93),
    "bilateral": (30.28, 27.36, 24.00),
    "wavelet": (28.95, 26.09, 23.10),
    "nlm": (31.20, 28.66, 25.06),
}


QUICK = ("gaussian", "median", "wiener")


@pytest.fixture(scope="module")
def set12() -> list[np.ndarray]:
    if not (SHARED / "data" / "Set12").is_dir():
        pytest.skip("Set12 is not part of the repository")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_DATA", str(SHARED / "data"))
        return list(datasets.fetch("set12", progress=False).images)


@pytest.mark.parametrize("name", BASELINES)
def test_filters_reach_their_baselines_on_set12(name: str, set12: list[np.ndarray]) -> None:
    """The slow ones at σ = 25 only; all are in ``python -m tools.measure.filters_table``."""
    for sigma, baseline in zip((15, 25, 50), BASELINES[name]):
        if sigma != 25 and name not in QUICK:
            continue
        model = noise.Gaussian(sigma / 255)
        scores = [psnr(x, FILTERS[name](model(x, k), sigma / 255)) for k, x in enumerate(set12)]
        assert np.mean(scores) > baseline - 0.2
