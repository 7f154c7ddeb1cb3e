"""What the pages compute, in JavaScript, against the Python that it stands for.

The scripts run in node, or in Chromium where there is no node.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import nbformat
import numpy as np
import pytest
from scipy.stats import chisquare, norm, poisson

from helpers import gradients, images, metrics, noise
from tools.notebooks import course
from tools.site import browser, computed, frames, pages

SCRIPT = "\n".join(
    (pages.STATIC / f"{name}.js").read_text("utf-8") for name in ("helpers", "recipes")
)
PIXELS = 10**6
FAR = 4  # standard errors: one in 16 000 numbers is beyond them by chance


def run(body: str, **given: object) -> object:
    """What a function body of JavaScript returns, given JSON values by name."""
    function = f"(({', '.join(given)}) => {{ {body} }})"
    call = f"{function}({', '.join(map(json.dumps, given.values()))})"
    if shutil.which("node"):
        # JSON has no infinity; text keeps all digits of everything else.
        code = f"{SCRIPT}\nconsole.log(JSON.stringify({call}, (_, x) =>\n"
        code += "  ArrayBuffer.isView(x) ? [...x] : x === Infinity ? 'inf' : x))"
        node = subprocess.run(["node", "-"], input=code, capture_output=True, text=True)
        assert node.returncode == 0, node.stderr[-2000:]
        return json.loads(node.stdout)
    if browser.find_browser() is None:
        pytest.skip("neither node nor a browser")
    with browser.chromium() as page:
        page.add_script_tag(content=SCRIPT)
        text = page.evaluate(
            "(call) => JSON.stringify(eval(call), (_, x) =>"
            " ArrayBuffer.isView(x) ? [...x] : x === Infinity ? 'inf' : x)",
            call,
        )
        return json.loads(text)


def sent(picture: np.ndarray) -> dict:
    """A picture as the scripts know it, but for the type of its data."""
    height, width, channels = np.atleast_3d(picture).shape
    data = [float(x) for x in picture.ravel()]
    return {"width": width, "height": height, "channels": channels, "data": data}


TYPED = "const typed = (p) => ({ ...p, data: Float32Array.from(p.data) });"


def received(data: list[float], like: np.ndarray) -> np.ndarray:
    """The data of a picture, in the shape of another."""
    return np.reshape(np.float32(data), like.shape)


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
    ],
)
def test_filters_are_pythons(pair, colours, call: str, model: noise.NoiseModel) -> None:
    pictures = [pair[1], colours]
    both = run(
        f"{TYPED} return ps.map((p) => {{ p = typed(p); return helpers.filters.{call}.data }})",
        ps=[sent(p) for p in pictures],
    )
    for data, picture in zip(both, pictures):
        np.testing.assert_allclose(received(data, picture), model(picture, rng=0), atol=1e-6)


def test_a_median_is_a_value_of_the_picture_even_among_ties() -> None:
    levels = np.random.default_rng(0).integers(0, 4, (40, 40)).astype(np.float32) / 4
    data = run(
        f"{TYPED} return helpers.filters.median(typed(p), {{ size: 5 }}).data", p=sent(levels)
    )
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


# Explorers: the same views -----------------------------------------------------------------------

COMPUTE = """
const read = { ...how.numbers };
for (const [name, file] of Object.entries(how.pictures)) {
  const { width, height, channels, levels } = pictures[file];
  const bytes = Uint8Array.from(atob(levels), (letter) => letter.charCodeAt(0));
  read[name] = helpers.fromLevels(bytes, width, height, channels);
}
const view = recipes[how.recipe](read, how.options);
return settings.map((setting) => {
  const { panels, curves, text } = view(setting);
  const moments = Object.entries(panels).map(([title, { data }]) => {
    const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
    const square = data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / data.length;
    return [title, [mean, Math.sqrt(square)]];
  });
  return { text, curves, moments: Object.fromEntries(moments) };
});
"""
NUMBER = re.compile(r"([+-]?\d+\.\d+|inf)( dB)?")


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({name for name, _ in computed.EXPLORERS}))
def test_a_page_shows_what_its_notebook_shows(name: str, tmp_path: Path) -> None:
    path = course.named(name)
    notebook = nbformat.read(path, as_version=4)
    places = computed.of(path)
    shown = [one for k, one in enumerate(frames.explorers(notebook)) if k in places]
    assert len(shown) == len(places)
    for (cell, explorer, axes), how in zip(shown, places.values()):
        recording = frames.hand_over(tmp_path, cell, explorer, axes, how)
        compare_views(explorer, recording, tmp_path)


def compare_views(explorer, recording: frames.Recording, folder: Path) -> None:
    """Low, first and high setting: captions, means and deviations of panels, and curves."""
    (key,), (values,) = recording.computed["names"], recording.computed["values"]
    (words,), (start,) = recording.settings, recording.start
    places = [0, start, len(values) - 1]
    assert values[start] == pytest.approx(
        explorer._controls[key].value(explorer.controls[key].value)
    )
    views = run(
        COMPUTE,
        how=recording.computed,
        pictures={
            file: json.loads((folder / f"{file}.js").read_text().split(" = ", 1)[1].rstrip(";\n"))
            for file in recording.computed["pictures"].values()
        },
        settings=[{"shown": words[k], key: values[k]} for k in places],
    )
    for k, view in zip(places, views):
        wanted = explorer._view_at({key: values[k]})
        if values[k] == 0:  # no noise, no chance: every digit
            assert view["text"] == wanted.text
        assert NUMBER.sub(r"#\2", view["text"]) == NUMBER.sub(r"#\2", wanted.text)
        clean, noisy, *_ = wanted.panels.values()
        error = FAR * np.sqrt(2 / noisy.size) * 255 * (noisy - clean).std()  # of a mean
        for got, mine in zip(NUMBER.findall(view["text"]), NUMBER.findall(wanted.text)):
            # Rounded by 0.05 each. Over seeds, a PSNR here has a standard deviation of 0.03 dB.
            within = 0.1 + (FAR * np.sqrt(2) * 0.03 if mine[1] else error)
            assert float(got[0]) == pytest.approx(float(mine[0]), abs=within)
        assert list(view["moments"]) == list(wanted.panels)
        for title, panel in wanted.panels.items():
            error = FAR * np.sqrt(2 / panel.size) * max(panel.std(), 1)
            np.testing.assert_allclose(
                view["moments"][title], [panel.mean(), panel.std()], atol=error
            )
        assert list(view["curves"]) == list(wanted.curves)
        for title, curve in wanted.curves.items():
            xs, ys = curve if isinstance(curve, tuple) else (gradients.BINS, curve)
            assert np.array_equal(view["curves"][title][0], xs)
            # Of two samples of a distribution on K bins, Σ|p−q| is about √(4K/πn); a curve may be
            # relative to its highest bin.
            p, q = (np.divide(one, np.sum(one)) for one in (view["curves"][title][1], ys))
            assert np.abs(p - q).sum() < 2 * np.sqrt(4 * 511 / np.pi / 256**2)


def test_a_picture_between_the_levels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="8 bits"):
        computed.write_picture(np.float32([[0.5, 0.1]]), tmp_path)
