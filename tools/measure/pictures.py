"""Redraw the pictures of the README: one still, and four animated gradient histograms.

python -m tools.measure.pictures
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from helpers import gradients, images, metrics, noise, plotting
from helpers.denoise import denoise

FOLDER = Path(__file__).resolve().parents[2] / "data" / "pictures"

SWEEPS: dict[str, list[noise.NoiseModel]] = {
    "gaussian": [noise.Gaussian(s / 255) for s in range(5, 100, 10)],
    "poisson": [noise.Poisson(peak) for peak in (500, 250, 120, 60, 40, 30, 20, 15, 12, 10)],
    "speckle": [noise.Speckle(s / 10) for s in range(10)],
    "salt_and_pepper": [noise.SaltAndPepper(a / 10) for a in range(10)],
}

WIDTH = 392  # pixels: two of them fill a line of the README at GitHub, without being resampled


def frame(model: noise.NoiseModel, clean: np.ndarray, reference: np.ndarray) -> Image.Image:
    """The noisy picture, with its first parameter on top, beside its gradient histogram."""
    noisy = model(clean, rng=0, clip=True)
    name, parameter = next(iter(model.parameters().items()))
    panel = plotting.side_by_side([(parameter.format(getattr(model, name)), noisy)])
    width = (WIDTH - panel.shape[1]) / plotting.DPI
    fig, (ax,) = plotting.figure(width=width, height=len(panel) / plotting.DPI)
    histograms = {"clean": reference, "noisy": gradients.probabilities(noisy)[0]}
    plotting.plot_gradients(ax, histograms, log=True)
    ax.set(ylim=(1e-5, 0.5), xlabel="difference (gray levels)", xticks=[-200, 0, 200])
    with io.BytesIO() as file:
        fig.savefig(file, format="png", dpi=plotting.DPI)
        plot = np.asarray(Image.open(file).convert("RGB"))
    picture = Image.fromarray(np.hstack([plotting.as_colour(panel), plot]))
    return picture.quantize(128, dither=Image.Dither.NONE)


def restored() -> Image.Image:
    """Noisy, restored with nothing told, clean: what the course can do."""
    clean = images.load("chelsea")[60:252, 70:310]
    noisy = noise.PoissonGaussian(0.04, 8 / 255)(clean, rng=0, clip=True)
    result = denoise(noisy)
    panels = {"noisy": noisy, "restored, noise unknown": result.image}
    shown = [(f"{n}: {metrics.psnr(clean, x):.1f} dB", x) for n, x in panels.items()]
    return Image.fromarray(plotting.side_by_side([*shown, ("clean", clean)]))


def main() -> None:
    """Write all pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    clean = images.load("camera", gray=True)[50:194, 150:294]  # the head
    reference = gradients.probabilities(clean)[0]
    restored().save(FOLDER / "restored.png", optimize=True)
    for name, models in SWEEPS.items():
        first, *rest = [frame(model, clean, reference) for model in models]
        path = FOLDER / f"gradients_{name}.gif"
        first.save(path, save_all=True, append_images=rest, duration=600, loop=0)
        print(f"{path.name}: {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
