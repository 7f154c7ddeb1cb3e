"""Measure what `denoise.denoise` makes of pictures of which nothing is told.

    python -m tools.measure.untold                # on what constants were chosen on
    python -m tools.measure.untold white --all    # on what is scored
    python -m tools.measure.untold cameras --method bm3d

PSNR in dB, unclipped noise, results clipped and rounded to 8 bits. *Told*: the same denoiser,
told the true model. $COURSE_DATA or a download.
"""

from __future__ import annotations

import argparse
import itertools
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont

from helpers import datasets, images, noise
from helpers.benchmark.suites import kinds_of_picture
from helpers.denoise import denoise, told
from helpers.denoise.restoring import method_of
from helpers.denoiser import Denoiser
from helpers.estimation import blind_fit
from helpers.images import centre_crop, to_gray, to_levels
from helpers.metrics import psnr
from tools.measure.sections import print_sections

Pair = tuple[str, np.ndarray, np.ndarray]  # name, noisy, reference
COLUMNS = {
    **{f"Gaussian {sigma}": noise.Gaussian(sigma / 255) for sigma in (15, 25, 50)},
    "Poisson 30": noise.Poisson(30),
    "speckle 0.2": noise.Speckle(0.2),
    "salt and pepper 5 %": noise.SaltAndPepper(0.05),
    "Camera, gain 0.01": noise.Camera(gain=0.01),
}


@dataclass(frozen=True)
class Asked:
    """What the command line asked for: of which pictures, and by which method."""

    all: bool
    method: str

    def denoiser(self, colour: bool = False) -> Denoiser:
        """The denoiser that `denoise` uses, to tell it the truth."""
        return method_of(self.method, colour)[0]


# ---- sections ------------------------------------------------------------------------------


def white(asked: Asked) -> Iterator[str]:
    """White noise on BSD68 (tuning: every eighth picture of BSDS500 train, gray)."""
    for sigma in (2, 5, 10, 25):
        model = noise.Gaussian(sigma / 255)
        pairs = [(f"{k}", model(clean, k), clean) for k, clean in enumerate(_grays(asked.all))]
        yield _summary(f"σ {sigma}", pairs, asked, model)


def clean(asked: Asked) -> Iterator[str]:
    """The course's photographs and textures, a page of text, a screenshot: nothing added."""
    pictures = {"text page": kinds_of_picture()["text/page"], "screenshot": screenshot()}
    pictures["screenshot, gray"] = to_gray(pictures["screenshot"])
    for name in images.PHOTOGRAPHS:
        for gray in (True, False):
            picture = images.load(name, gray=gray)
            kept = picture.ndim == 3 and np.ptp(picture, axis=2).any()  # gray kept as colour
            if gray or kept:
                pictures[f"{name}{'' if gray else ', colour'}"] = picture
    low = {}
    for name, picture in pictures.items():
        restored = _restored(picture, asked)
        low[name] = saved_psnr(picture, restored.image)
        cautions = "".join(f"; {one}" for one in restored.warnings)
        yield f"{name:<32}{low[name]:7.2f} to the input  {restored.model}{cautions}"
    under = [name for name, value in low.items() if value < 38]
    least = min(low.values())
    yield f"{len(under)} of {len(low)} below 38 ({', '.join(under)}), least {least:.2f}"


def jpeg(asked: Asked) -> Iterator[str]:
    """White noise, then JPEG, which halves colours (BSDS500 test; tuning: 7 pictures of train)."""
    split, step = ("test", 8) if asked.all else ("train", 29)
    pictures = datasets.fetch("bsds500", progress=False).where(split=split).images
    crops = [pictures[k][:320, :320] for k in range(3, len(pictures), step)]
    for quality, sigma in itertools.product((95, 85), (5, 10, 25)):
        stored = noise.Chain([noise.Gaussian(sigma / 255), noise.Jpeg(quality)])
        pairs = [(f"{k}", stored(crop, k), crop) for k, crop in enumerate(crops)]
        white = noise.Gaussian(sigma / 255)
        yield _summary(f"quality {quality}, σ {sigma}", pairs, asked, white)


def cameras(asked: Asked) -> Iterator[str]:
    """PolyU's Canons and SIDD's phones (tuning: every second scene, crops 0 to 2)."""
    for gray in (True, False):
        kind = "gray" if gray else "colour"
        yield _summary(f"PolyU Canon, {kind}", canon(asked.all, gray), asked)
        yield _summary(f"SIDD, {kind}", sidd(asked.all, gray), asked)


def fmd(asked: Asked) -> Iterator[str]:
    """Fluorescence microscopes (tuning: the first field of each type)."""
    pairs = _microscopes(asked.all)
    for kind in ("Confocal", "TwoPhoton", "WideField", ""):
        yield _summary(kind or "all", [one for one in pairs if one[0].startswith(kind)], asked)


def gain(asked: Asked) -> Iterator[str]:
    """`blind_fit`'s gain, confocal and two-photon: over that against the mean of 50 frames."""
    pairs = [one for one in _microscopes(asked.all) if not one[0].startswith("WideField")]
    ratios = np.array([_fitted_gain(y) / np.array(_true_gain(y, x)) for _, y, x in pairs])
    for name, ratio in zip(("weighted line", "plain line"), ratios.T):
        yield f"{name:<16} ratio {ratio.mean():.3f}  error {np.abs(ratio - 1).mean():.1%}"


def columns(asked: Asked) -> Iterator[str]:
    """Estimating against knowing, on README's photographs (tuning: crops of BSDS500 train)."""
    if asked.all:
        crops = [x for name, x in kinds_of_picture().items() if name.startswith("photograph/")]
    else:
        crops = [centre_crop(x, 256) for x in _grays(False)]
    costs = []
    for name, model in COLUMNS.items():
        pairs = [(f"{k}", model(crop, k), crop) for k, crop in enumerate(crops)]
        scores = _scores(pairs, asked, model)
        costs.append(scores[:, 2].mean() - scores[:, 1].mean())
        yield _line(name, scores)
    yield f"cost of estimating: {np.mean(costs):.2f} dB averaged, {max(costs):.2f} at most"


SECTIONS = {one.__name__: one for one in (white, clean, jpeg, cameras, fmd, gain, columns)}


# ---- scores --------------------------------------------------------------------------------


def _summary(
    name: str, pairs: Iterable[Pair], asked: Asked, model: noise.NoiseModel | None = None
) -> str:
    return _line(name, _scores(pairs, asked, model))


def _scores(pairs: Iterable[Pair], asked: Asked, model: noise.NoiseModel | None) -> np.ndarray:
    """(N, 2 or 3): PSNR of the noisy input, restored untold, and told where `model` is known."""
    rows = []
    for _, noisy, reference in pairs:
        results = [noisy, _restored(noisy, asked).image]
        if model is not None:
            results.append(told(asked.denoiser(noisy.ndim == 3), model)(noisy))
        rows.append([saved_psnr(reference, one) for one in results])
    return np.array(rows)


def _restored(noisy: np.ndarray, asked: Asked):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return denoise(noisy, method=asked.method)


def saved_psnr(reference: np.ndarray, result: np.ndarray) -> float:
    """PSNR of what would be saved."""
    return psnr(reference, to_levels(np.clip(result, 0, 1)).astype(np.float32) / 255)


def _line(name: str, scores: np.ndarray) -> str:
    noisy, untold, *rest = scores.T
    line = (
        f"{name:<22}{len(noisy):3} pictures  noisy {noisy.mean():.2f}  "
        f"untold {untold.mean():.2f}  "
        f"harmed {np.sum(untold < noisy)}  least gain {np.min(untold - noisy):+.2f}"
    )
    if rest:
        lost = rest[0] - untold
        line += f"  told {rest[0].mean():.2f}  cost {lost.mean():.2f}, worst {lost.max():.2f}"
    return line


# ---- pictures ------------------------------------------------------------------------------


def _grays(everything: bool) -> Iterator[np.ndarray]:
    if everything:
        return iter(datasets.fetch("bsd68", progress=False).images)
    train = datasets.fetch("bsds500", progress=False).where(split="train").images
    return (to_gray(train[k]) for k in range(3, len(train), 8))


def canon(everything: bool, gray: bool) -> Iterator[Pair]:
    polyu = datasets.fetch("polyu", progress=False)
    scenes = [name.rsplit("_", 1)[0] for name in polyu.names]
    tuning = sorted(set(scenes))[::2]
    for name, scene, noisy, clean in zip(polyu.names, scenes, polyu.images, polyu.references):
        if everything or scene in tuning:
            yield name, *((to_gray(noisy), to_gray(clean)) if gray else (noisy, clean))


def sidd(everything: bool, gray: bool) -> Iterator[Pair]:
    sidd = datasets.fetch("sidd", progress=False)
    for k in range(6 if everything else 3):
        noisy, clean = sidd.images[k], sidd.references[k]
        yield str(k), *((to_gray(noisy), to_gray(clean)) if gray else (noisy, clean))


def _microscopes(everything: bool) -> list[Pair]:
    fmd = datasets.fetch("fmd", progress=False)
    pairs = zip(fmd.names, fmd.images, fmd.references)
    return [one for one in pairs if everything or one[0].endswith("1")]


def _true_gain(noisy: np.ndarray, mean: np.ndarray) -> tuple[float, float]:
    """Slope of squared error over brightness: of 100 classes by their errors, and plain."""
    x, error = mean.ravel().astype(float), (noisy - mean).ravel().astype(float) ** 2
    kind = np.searchsorted(np.quantile(x, np.linspace(0.01, 0.99, 99)), x)
    count = np.bincount(kind, minlength=100)
    of_each = [np.bincount(kind, one, 100)[count > 0] / count[count > 0] for one in (x, error)]
    weights = np.sqrt(count[count > 0]) / np.maximum(of_each[1], 1e-9)
    return np.polyfit(*of_each, 1, w=weights)[0], np.polyfit(x, error, 1)[0]


def _fitted_gain(noisy: np.ndarray) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return blind_fit(noisy).model.gain


def screenshot() -> np.ndarray:
    """A window with text, buttons, a slope of colour and a photograph, (480, 640, 3)."""
    screen = Image.new("RGB", (640, 480), (236, 238, 241))
    pen = ImageDraw.Draw(screen)
    font = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), 13)
    pen.rectangle((0, 0, 639, 27), fill=(52, 73, 94))
    pen.text((10, 6), "Seeing Through Noise — settings", fill="white", font=font)
    for k, line in enumerate(("File  Edit  View  Help", "Strength", "Method", "Keep the report")):
        pen.text((16, 40 + 32 * k), line, fill=(30, 30, 30), font=font)
        pen.rounded_rectangle((150, 36 + 32 * k, 290, 60 + 32 * k), 5, "white", (160, 160, 170))
    for x in range(280):
        pen.line((16 + x, 190, 16 + x, 230), fill=(x * 255 // 280, 120, 255 - x * 255 // 280))
    words = "One picture is noisy, and nothing else is known. " * 3
    for row in range(14):
        pen.text((16, 250 + 16 * row), words[7 * row :][:42], fill=(60, 60, 60), font=font)
    photograph = to_levels(images.load("chelsea", gray=False, size=300))
    screen.paste(Image.fromarray(photograph), (320, 60))
    return images.as_image(np.asarray(screen))


def main() -> None:
    """Print the sections asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("sections", nargs="*", choices=[[], *SECTIONS], default=[])
    parser.add_argument(
        "--all", action="store_true", help="score: all pictures, not the tuning part"
    )
    parser.add_argument("--method", default="auto")
    options = parser.parse_args()
    asked = Asked(options.all, options.method)
    print_sections([SECTIONS[name] for name in options.sections or SECTIONS], asked)


if __name__ == "__main__":
    main()
