"""Wrong input, refused before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from helpers import checks
from helpers.benchmark.tasks import BASELINE, scores_of
from helpers.denoiser import Denoiser
from helpers.images import as_image
from helpers.metrics import PROTOCOL
from helpers.noise import NoiseModel

MOST = 10**6  # draws; a hundred are a precise mean, and each cell of a table is held in memory
_NAMES = "a list of names, such as ['psnr', 'ssim']"


def metric_names(metrics: Iterable[str] | None) -> tuple[str, ...]:
    """The metrics asked for, by default those of the protocol."""
    if metrics is None:
        return PROTOCOL
    if not (names := tuple(checks.several(metrics, "metrics", _NAMES))):
        raise checks.refusal("metrics", _NAMES, metrics)
    return names


def mapping(given: Any, what: str, member: str) -> Mapping[str, Any]:
    """A dictionary with something in it."""
    if not isinstance(given, Mapping) or not given:
        raise checks.refusal(what, f"a dictionary, name to {member}", given)
    return given


def check_members(denoisers: Any, noises: Any, draws: Any) -> None:
    """Denoisers can be called, noises are models, and there is at least one draw."""
    for name, denoise in mapping(denoisers, "denoisers", "denoiser").items():
        if not isinstance(denoise, Denoiser) or name == BASELINE:
            raise ValueError(f"denoiser {name!r} cannot be called, or has the baseline's name")
    for name, model in mapping(noises, "noises", "noise model").items():
        if not isinstance(model, NoiseModel):
            raise checks.refusal(f"noise {name!r}", "a noise model such as Gaussian(0.1)", model)
    checks.whole(draws, "draws", 1, MOST)


def clean_images(images: Any, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """The images as they are computed with; each is scored once, to see that it can be."""
    clean = {}
    for name, image in mapping(images, "images", "image").items():
        try:
            clean[name] = as_image(image)
            scores_of(clean[name], clean[name], names)
        except (ValueError, TypeError) as error:  # a metric of the reader's own may raise any
            raise ValueError(f"image {name!r}: {error}") from error
    return clean
