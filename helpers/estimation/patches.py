"""Patches of a picture, and whether it can be read at all: what blind estimates share."""

from __future__ import annotations

import numpy as np

from helpers.images import as_image


def readable(noisy: np.ndarray, least: int) -> np.ndarray:
    """Return the image, float32, or say why nothing can be estimated from it alone.

    Raises
    ------
    ValueError
        For what is no image, fewer than `least` pixels a side, a constant picture, or one of
        which more than nine tenths are at black or white.
    """
    image = as_image(noisy, clipped=False)
    if min(image.shape[:2]) < least:
        raise ValueError(
            f"a blind estimate needs at least {least}×{least} pixels, not {image.shape[:2]}"
        )
    clipped = np.mean((image <= 0) | (image >= 1))
    if np.ptp(image) == 0 or clipped > 0.9:
        raise ValueError(
            f"the picture is constant or saturated ({clipped:.0%} of it at black or white): "
            "what noise there was is cut off"
        )
    return image


def channels_of(image: np.ndarray) -> np.ndarray:
    """(H, W) or (H, W, 3) to (C, H, W) float64."""
    return np.atleast_3d(image).transpose(2, 0, 1).astype(float)


def patches_of(image: np.ndarray, size: int) -> list[np.ndarray]:
    """All overlapping patches of each channel, (N, size²) float32."""
    view = np.lib.stride_tricks.sliding_window_view
    return [
        view(channel.astype(np.float32), (size, size)).reshape(-1, size * size)
        for channel in channels_of(image)
    ]


def joint_patches(image: np.ndarray, size: int) -> np.ndarray:
    """Overlapping patches through all channels, about 17 000 of them, (N, size²·C)."""
    view = np.lib.stride_tricks.sliding_window_view(channels_of(image), (size, size), axis=(1, 2))
    step = max(1, int(np.sqrt(view.shape[1] * view.shape[2] / 17000)))
    return view[:, ::step, ::step].transpose(1, 2, 0, 3, 4).reshape(-1, size * size * len(view))


def covariance(patches: np.ndarray) -> np.ndarray:
    """Covariance matrix of patches, (N, d) to (d, d) float64."""
    centred = patches - patches.mean(axis=0)
    return (centred.T @ centred).astype(float) / len(patches)
