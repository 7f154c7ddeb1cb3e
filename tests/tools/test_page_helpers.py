"""What the pages compute, in JavaScript, against the Python that it stands for.

The scripts run in node, or in Chromium where there is no node.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chisquare, norm, poisson

from helpers import estimation, gradients, images, metrics, noise
from helpers.filters import FILTERS
from tests.tools.javascript import TYPED, received, run, sent

PIXELS = 10**6
FAR = 4  # standard errors: one in 16 000 numbers is beyond them by chance


@pytest.fixture(scope="module")
def pair() -> tuple[np.ndarray, np.ndarray]:
    """A photograph and an unclipped noisy version; sides that differ and are odd."""
    clean = images.load("camera", size=64)[:37, :50]
    return clean, noise.Gaussian(50 / 255)(clean, rng=0)


@pytest.fixture(scope="module")
def colours() -> np.ndarray:
    """A noisy photograph in colour."""
    return noise.Gaussian(25 / 255)(images.load("astronaut", size=64)[:23, :31], rng=0)


# Without chance: the same numbers ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "model"),
    [
        ("gaussian(p, { sigma: 0 })", noise.GaussianBlur(0)),
        ("gaussian(p, { sigma: 0.3 })", noise.GaussianBlur(0.3)),
        ("gaussian(p, { sigma: 1.5 })", noise.GaussianBlur(1.5)),
        ("gaussian(p, { sigma: 30 })", noise.GaussianBlur(30)),  # a window wider than the picture
        ("mean(p, { size: 5 })", noise.AverageBlur(5)),
        ("median(p, { size: 1 })", noise.MedianBlur(1)),
        ("median(p, { size: 3 })", noise.MedianBlur(3)),
        ("median(p, { size: 9 })", noise.MedianBlur(9)),
        ("motion(p, { length: 9, angle: 0 })", noise.MotionBlur(9, 0)),
        ("motion(p, { length: 16, angle: 37 })", noise.MotionBlur(16, 37)),
    ],
)
def test_blurs_are_pythons(pair, colours, call: str, model: noise.NoiseModel) -> None:
    pictures = [pair[1], colours]
    both = run(
        f"{TYPED} return ps.map((p) => {{ p = typed(p); return helpers.blur.{call}.data }})",
        ps=[sent(p) for p in pictures],
    )
    for data, picture in zip(both, pictures):
        np.testing.assert_allclose(received(data, picture), model(picture, rng=0), atol=1e-6)


def test_a_median_is_a_value_of_the_picture_even_among_ties() -> None:
    levels = np.random.default_rng(0).integers(0, 4, (40, 40)).astype(np.float32) / 4
    data = run(f"{TYPED} return helpers.blur.median(typed(p), {{ size: 5 }}).data", p=sent(levels))
    assert np.array_equal(received(data, levels), noise.MedianBlur(5)(levels, rng=0))


def test_gradient_histograms_are_pythons(pair, colours) -> None:
    far = np.float32([[-3, 3, 0.5], [0.5, 0.1, 9]])  # beyond ±255 levels
    pictures = [*pair, colours, far]
    counts = run(
        f"{TYPED} return ps.map((p) => helpers.gradients.histograms(typed(p)))",
        ps=[sent(p) for p in pictures],
    )
    for one, picture in zip(counts, pictures):
        assert np.array_equal(one, gradients.histograms(picture))


def test_halves_are_rounded_to_the_even_level() -> None:
    halves = (np.arange(256, dtype=np.float32)[None] + np.float32(0.5)).repeat(2, 0) / 255
    levels = run(f"{TYPED} return helpers.gradients.histograms(typed(p))", p=sent(halves))
    assert np.array_equal(levels, gradients.histograms(halves))
    rounded = run(f"{TYPED} return helpers.metrics.eightBits(typed(p)).data", p=sent(halves))
    assert np.array_equal(received(rounded, halves), metrics.protocol.eight_bits(halves))


def test_scores_are_pythons(pair) -> None:
    clean, noisy = pair
    mse, psnr, scores, equal = run(
        f"{TYPED} a = typed(a); b = typed(b); const {{ mse, psnr, score }} = helpers.metrics;"
        " return [mse(a, b), psnr(a, b), score(a, b), psnr(a, a)]",
        a=sent(clean),
        b=sent(noisy),
    )
    assert mse == pytest.approx(metrics.mse(clean, noisy), rel=1e-12)
    assert psnr == pytest.approx(metrics.psnr(clean, noisy), abs=1e-10)
    wanted = metrics.score(clean, noisy, ["mse", "psnr", "deg"])
    assert scores == pytest.approx(wanted, rel=1e-12)
    assert abs(scores["psnr"] - psnr) > 0.1  # clipped, which the other is not
    assert equal == "inf"


@pytest.mark.parametrize("quality", [1, 10, 30, 49, 50, 75, 90, 95, 100])
def test_jpeg_is_pillows_to_the_last_level(quality: int) -> None:
    pictures = [
        images.load("camera", size=48),
        images.load("camera", size=64)[:37, :50],
        images.load("astronaut", size=64)[:32, :48],
        noise.Gaussian(0.1)(images.load("astronaut", size=64)[:23, :31], rng=0),
    ]
    coded = run(
        f"{TYPED} return ps.map((p) => helpers.jpeg(typed(p), {{ quality }}).data)",
        ps=[sent(p) for p in pictures],
        quality=quality,
    )
    for data, picture in zip(coded, pictures):
        assert np.array_equal(received(data, picture), noise.Jpeg(quality)(picture, rng=0))


def test_quantisation_is_pythons(pair) -> None:
    for levels in (2, 16, 256):
        data = run(
            f"{TYPED} return helpers.noise.quantize(typed(p), {{ levels }}).data",
            p=sent(pair[1]),
            levels=levels,
        )
        assert np.array_equal(received(data, pair[1]), noise.Quantize(levels)(pair[1], rng=0))


def test_a_camera_without_noise_is_pythons(colours) -> None:
    pictures = [np.clip(colours, 0, 1), images.load("camera", size=40)]
    for quality in (30, 95):
        taken = run(
            f"{TYPED} return ps.map((p) => helpers.noise.camera(typed(p),"
            " { gain: 0, sigma: 0, gamma: 2.2, quality }, helpers.generator(0)).data)",
            ps=[sent(p) for p in pictures],
            quality=quality,
        )
        for data, picture in zip(taken, pictures):
            wanted = noise.Camera(gain=0, sigma=0, quality=quality)(picture, rng=0)
            # Powers are rounded differently: a level that lies at a half may go either way.
            assert np.abs(received(data, picture) - wanted).mean() < 1e-4


def test_every_noise_model_has_its_twin() -> None:
    assert set(run("return Object.keys(helpers.noise)")) == set(noise.MODELS)


@pytest.mark.parametrize("sigma", [5 / 255, 25 / 255, 60 / 255])
@pytest.mark.parametrize("name", [name for name in FILTERS if name != "bm3d"])
def test_filters_are_pythons(pair, colours, name: str, sigma: float) -> None:
    both = run(
        f"{TYPED} return ps.map((p) => helpers.filters[name](typed(p), sigma).data)",
        ps=[sent(p) for p in (pair[1], colours)],
        name=name,
        sigma=sigma,
    )
    for data, picture in zip(both, (pair[1], colours)):
        wanted = FILTERS[name](picture, sigma)
        # scikit-image iterates in float32, and stops where that says so.
        atol = 2e-4 if name == "tv" else 2e-6
        np.testing.assert_allclose(received(data, picture), wanted, atol=atol)


def test_estimates_are_pythons() -> None:
    sigma, grey = 25 / 255, images.load("camera", size=128)
    barred = noise.Gaussian(sigma)(grey, rng=0)
    barred[:, :30] = 0
    pictures = [
        noise.Gaussian(sigma)(grey, rng=0),
        barred,
        noise.Gaussian(sigma)(images.load("astronaut", size=96), rng=0),
        noise.Quantize(256)(noise.Gaussian(10 / 255)(grey, rng=0), rng=0),
    ]
    for name in ("wavelet", "flat", "middle"):
        got = run(
            f"{TYPED} return ps.map((p) => helpers.estimation[name](typed(p)))",
            ps=[sent(p) for p in pictures],
            name=name,
        )
        wanted = [estimation.blind_sigma(p, name) for p in pictures]
        assert got == pytest.approx(wanted, rel=1e-4)


def test_the_estimate_of_a_clipped_picture_is_pythons() -> None:
    clean = images.load("camera", size=128)
    pictures = [
        noise.Quantize(256)(noise.Gaussian(s / 255)(clean, rng=0, clip=True), rng=0)
        for s in (5, 25, 70)
    ]
    got = run(
        f"{TYPED} return ps.map((p) => helpers.estimation.auto(typed(p)))",
        ps=[sent(p) for p in pictures],
    )
    # Strong noise is simulated to tell what clipping took of it: by other numbers here.
    for mine, picture, within in zip(got, pictures, (1e-4, 0.02, 0.02)):
        assert mine == pytest.approx(estimation.blind_sigma(picture, "auto"), rel=within)


@pytest.mark.parametrize("value", [0, 0.5, 1])
def test_bars_do_not_hide_what_clipping_took(value: float) -> None:
    clean = images.load("camera", size=128)
    pictures = [  # dim scenes touch neither end: their bars alone would pass for clipped noise
        noise.Quantize(256)(noise.Gaussian(s / 255)(scene, rng=0, clip=True), rng=0)
        for s, scene in ((10, 0.3 + 0.4 * clean), (25, clean), (70, clean))
    ]
    for one in pictures:
        one[:25] = one[-25:] = value
    got = run(
        f"{TYPED} return ps.map((p) => helpers.estimation.auto(typed(p)))",
        ps=[sent(p) for p in pictures],
    )
    # Simulated ones differ by up to 2.6 %; gray bars that counted as scene took 9 % of σ = 25.
    for mine, picture, within in zip(got, pictures, (1e-4, 0.06, 0.06)):
        assert mine == pytest.approx(estimation.blind_sigma(picture, "auto"), rel=within)


def test_dots_of_black_and_white_have_no_estimate() -> None:
    dots = np.random.default_rng(0).integers(0, 2, (64, 64)).astype(np.float32)
    why = run(
        f"{TYPED} try {{ helpers.estimation.auto(typed(p)) }} catch (e) {{ return e.message }}",
        p=sent(dots),
    )
    assert "100 % of the picture is black or white" in why
    with pytest.raises(ValueError, match="saturated"):
        estimation.blind_sigma(dots, "auto")


def test_a_constant_picture_has_no_estimate() -> None:
    why = run(
        f"{TYPED} try {{ helpers.estimation.flat(typed(p)) }} catch (e) {{ return e.message }}",
        p=sent(np.zeros((32, 32), np.float32)),
    )
    assert "100 % of the picture is constant" in why


def test_numbers_are_written_as_python_writes_them() -> None:
    for model in noise.MODELS.values():
        for one in model.parameters().values():
            places = [0, 0.1, 0.5, 0.725, 1]
            declared = {key: getattr(one, key) for key in ("symbol", "scale", "unit", "low")}
            declared |= {key: getattr(one, key) for key in ("high", "log", "step")}
            got = run(
                "const { at, format } = helpers.parameters;"
                "return places.map((x) => format(one, at(one, x)))",
                one=declared,
                places=places,
            )
            assert got == [one.format(one.at(x)) for x in places]


def test_a_noisy_file_has_pythons_numbers() -> None:
    clean = images.load("camera", gray=True, size=128)
    noisy = noise.Quantize(256)(noise.Gaussian(25 / 255)(clean, rng=0, clip=True), rng=0)
    got = run(
        "[a, b] = [a, b].map((levels) => helpers.fromLevels(levels, 128, 128));"
        "const { metrics, gradients, estimation } = helpers, { psnr } = metrics;"
        "return [psnr(a, b), gradients.deg(a, b), estimation.wavelet(b), estimation.flat(b)]",
        a=images.to_levels(clean).ravel().tolist(),
        b=images.to_levels(noisy).ravel().tolist(),
    )
    wanted = [metrics.psnr(clean, noisy), gradients.deg(clean, noisy)]
    wanted += [estimation.blind_sigma(noisy, name) for name in ("wavelet", "flat")]
    assert got[0] == pytest.approx(wanted[0], abs=1e-4)
    assert got == pytest.approx(wanted, rel=1e-4)


def test_levels_go_there_and_back() -> None:
    levels = run(
        "const levels = Array.from({ length: 256 }, (_, k) => k);"
        "const picture = helpers.fromLevels(levels, 16, 16);"
        "return [picture.data, helpers.toLevels(picture)]"
    )
    assert np.array_equal(np.float32(levels[0]), np.arange(256, dtype=np.float32) / 255)
    assert levels[1] == list(range(256))


# With chance: the same moments ------------------------------------------------------------------

DRAWN = """
const flat = { width: n, height: 1, channels: 1, data: new Float32Array(n).fill(x) };
const { data } = helpers.noise[model](flat, parameters, helpers.generator(seed));
const mean = data.reduce((sum, y) => sum + y, 0) / n;
const central = (k) => data.reduce((sum, y) => sum + (y - mean) ** k, 0) / n;
let lag = 0;
for (let k = 1; k < n; k++) lag += (data[k] - mean) * (data[k - 1] - mean);
return { mean, variance: central(2), fourth: central(4), lag: lag / n };
"""


@pytest.mark.parametrize(
    ("key", "parameters"),
    [
        ("gaussian", {"sigma": 0.1}),
        ("speckle", {"sigma": 0.3}),
        *(("poisson", {"peak": peak}) for peak in (0.1, 2, 19.8, 20.2, 1000)),
        ("poisson_gaussian", {"gain": 0.02, "sigma": 0.05}),
        ("poisson_gaussian", {"gain": 0.0, "sigma": 0.05}),
    ],
)
def test_noise_has_the_mean_and_variance_of_its_model(key: str, parameters: dict) -> None:
    got = run(DRAWN, model=key, parameters=parameters, x=0.5, n=PIXELS, seed=1)
    variance = float(noise.MODELS[key](**parameters).variance(np.array(0.5)))
    assert abs(got["mean"] - 0.5) < FAR * np.sqrt(variance / PIXELS)
    error = np.sqrt((got["fourth"] - variance**2) / PIXELS)
    assert abs(got["variance"] - variance) < FAR * error
    assert abs(got["lag"]) < FAR * variance / np.sqrt(PIXELS)  # neighbours know nothing


def misfit(counts: list[int], probabilities: np.ndarray) -> float:
    """How improbable counts are (p of χ²); bins of few are counted as one."""
    counts, wanted = np.array(counts), PIXELS * probabilities
    often = wanted > 20
    seen = np.append(counts[often], counts[~often].sum())
    return chisquare(seen, np.append(wanted[often], PIXELS - wanted[often].sum())).pvalue


# On both sides of 10, where the method changes, and of 32, where its logarithms do.
@pytest.mark.parametrize("mean", [0.05, 3, 9.99, 10, 25, 400])
def test_photons_are_distributed_as_poisson_says(mean: float) -> None:
    counts = run(
        "const rng = helpers.generator(2), counts = new Array(1000).fill(0);"
        "for (let k = 0; k < n; k++) counts[rng.poisson(mean)]++; return counts",
        mean=mean,
        n=PIXELS,
    )
    assert misfit(counts, poisson.pmf(np.arange(1000), mean)) > 1e-3


def test_normal_numbers_are_normal_to_five_standard_deviations() -> None:
    counts = run(
        "const rng = helpers.generator(3), counts = new Array(100).fill(0);"
        "for (let k = 0; k < n; k++) counts[Math.floor(10 * rng.normal()) + 50]++; return counts",
        n=PIXELS,
    )
    assert misfit(counts, np.diff(norm.cdf(np.arange(-50, 51) / 10))) > 1e-3


@pytest.mark.parametrize("channels", [1, 3])
def test_impulses_hit_all_channels_of_a_pixel(channels: int) -> None:
    data = run(
        "const data = new Float32Array(n * channels).fill(0.5);"
        "const grey = { width: n, height: 1, channels, data };"
        "const rng = helpers.generator(0);"
        "return helpers.noise.salt_and_pepper(grey, { amount: 0.2, salt: 0.25 }, rng).data",
        n=10**5,
        channels=channels,
    )
    pixels = np.reshape(data, (-1, channels))
    assert (pixels == pixels[:, :1]).all()
    for value, share in ((1, 0.05), (0, 0.15), (0.5, 0.8)):
        assert abs((pixels == value).mean() - share) < FAR * np.sqrt(share * (1 - share) / 10**5)


def test_a_seed_is_a_stream() -> None:
    streams = run(
        "return [0, 0, 1, 2 ** 31].map((seed) => { const rng = helpers.generator(seed);"
        " return Array.from({ length: 1000 }, rng.uniform) })"
    )
    assert streams[0] == streams[1]
    correlations = np.corrcoef(np.array(streams)[[0, 2, 3]])[np.triu_indices(3, 1)]
    assert np.abs(correlations).max() < FAR / np.sqrt(1000)
    assert 0 < np.min(streams) < np.max(streams) < 1
