"""Wrong input, refused before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from helpers.benchmark.tasks import BASELINE
from helpers.images import as_image
from helpers.metrics import PROTOCOL, score
from helpers.noise import NoiseModel


def metric_names(metrics: Iterable[str] | None) -> tuple[str, ...]:
    """The metrics asked for, by default those of the protocol."""
    if metrics is None:
        return PROTOCOL
    iterable = isinstance(metrics, Iterable) and not isinstance(metrics, str)
    if not iterable or not (names := tuple(metrics)):
        raise ValueError(f"metrics is a list of names, such as ['psnr', 'ssim'], not {metrics!r}")
    return names


def check_members(denoisers: Any, noises: Any, draws: Any) -> None:
    """Denoisers can be called, noises are models, and there is at least one draw."""
    for what, given in (("denoisers", denoisers), ("noises", noises)):
        if not isinstance(given, Mapping) or not given:
            raise ValueError(f"{what} is a dictionary, name to member, not {given!r}")
    for name, denoise in denoisers.items():
        if not callable(denoise) or name == BASELINE:
            raise ValueError(f"denoiser {name!r} cannot be called, or has the baseline's name")
    for name, model in noises.items():
        if not isinstance(model, NoiseModel):
            raise ValueError(
                f"noise {name!r} is a noise model such as Gaussian(0.1), not {model!r}"
            )
    if not isinstance(draws, int) or isinstance(draws, bool) or draws < 1:
        raise ValueError(f"draws is a whole number, 1 or more, not {draws!r}")


def clean_images(images: Any, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """The images as they are computed with; each is scored once, to see that it can be."""
    if not isinstance(images, Mapping) or not images:
        raise ValueError(f"images is a dictionary, name to image, not {type(images).__name__}")
    clean = {}
    for name, image in images.items():
        try:
            clean[name] = as_image(image)
            score(clean[name], clean[name], names)
        except ValueError as error:
            raise ValueError(f"image {name!r}: {error}") from error
    return clean
