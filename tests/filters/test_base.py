"""What holds for any filter: one call, σ checked or estimated, settings derived by rules."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from helpers import filters, images, noise
from helpers.estimation import blind_sigma
from helpers.filters import FILTERS
from tests.filters.pictures import SIGMA, psnr

OWN = [name for name in FILTERS if name != "bm3d"]  # which has tests of its own
SETTINGS = {(name, key): one for name in FILTERS for key, one in FILTERS[name].settings.items()}


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


@pytest.mark.slow
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
        values = {key: one.value(SIGMA) for key, one in FILTERS[name].settings.items()}
        assert values == pytest.approx(settings)
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
