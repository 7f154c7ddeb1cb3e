"""Redraw the pictures of the README: one still, and four animated gradient histograms.

python -m tools.measure.pictures
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from helpers import gradients, images, noise, plotting

FOLDER = Path(__file__).resolve().parents[2] / "data" / "pictures"

SWEEPS: dict[str, list[noise.NoiseModel]] = {
    "gaussian": [noise.Gaussian(s / 255) for s in range(5, 100, 10)],
    "poisson": [noise.Poisson(peak) for peak in (500, 250, 120, 60, 40, 30, 20, 15, 12, 10)],
    "speckle": [noise.Speckle(s / 10) for s in range(10)],
    "salt_and_pepper": [noise.SaltAndPepper(a / 10) for a in range(10)],
}


def animation(models: list[noise.NoiseModel], clean: np.ndarray) -> list[Image.Image]:
    """One frame for each model: the noisy picture beside its gradient histogram."""
    reference = gradients.probabilities(clean)[0]
    return [_frame(model, clean, reference) for model in models]


def _frame(model: noise.NoiseModel, clean: np.ndarray, reference: np.ndarray) -> Image.Image:
    noisy = model(clean, rng=0, clip=True)
    panel = plotting.side_by_side([(_setting(model), noisy)])
    plot = _plot({"clean": reference, "noisy": gradients.probabilities(noisy)[0]}, len(panel))
    picture = Image.fromarray(np.hstack([plotting.as_colour(panel), plot]))
    return picture.quantize(128, dither=Image.Dither.NONE)


def _setting(model: noise.NoiseModel) -> str:
    """The first parameter alone: "amount = 0.5"."""
    name, known = next(iter(model.parameters().items()))
    return known.format(getattr(model, name))


def _plot(histograms: dict[str, np.ndarray], height: int) -> np.ndarray:
    fig, (ax,) = plotting.figure(width=4.6, height=height / plotting.DPI)
    plotting.plot_gradients(ax, histograms, log=True)
    ax.set_ylim(1e-5, 0.5)
    with io.BytesIO() as file:
        fig.savefig(file, format="png", dpi=plotting.DPI)
        return np.asarray(Image.open(file).convert("RGB"))


def still(clean: np.ndarray) -> Image.Image:
    """What one sees on opening the course: four kinds of noise of equal strength."""
    models = [
        noise.Gaussian(0.1),
        noise.Poisson(50),
        noise.Speckle(0.2),
        noise.SaltAndPepper(0.03),
    ]
    panels = [("clean", clean)] + [(m.title(), m(clean, rng=0)) for m in models]
    return Image.fromarray(plotting.side_by_side(panels))


def main() -> None:
    """Write all pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    clean = images.load("camera", gray=True)[50:242, 150:342]  # head and camera
    still(clean[:, :180]).save(FOLDER / "noise.png", optimize=True)
    for name, models in SWEEPS.items():
        first, *rest = animation(models, clean)
        path = FOLDER / f"gradients_{name}.gif"
        first.save(path, save_all=True, append_images=rest, duration=600, loop=0)
        print(f"{path.name}: {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
