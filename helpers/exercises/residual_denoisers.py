"""Checks of notebook `residual_denoisers`: how far a network sees, and more from a trained one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from helpers import filters, images, noise
from helpers.exercises.checking import exercise, given, name_slip, number


@exercise("radius")
def _radius(answer: Callable) -> str | None:
    """Pixels to which a stack of convolutions looks: each layer half its width times dilation."""
    stacks = {
        "one 3×3 layer": ([(3, 1)], 1),
        "the 17 layers of DnCNN": ([(3, 1)] * 17, 1),
        "a 7×7 layer and a 1×1 layer": ([(7, 1), (1, 1)], 1),
        "RIDNet's wider branch, dilations 3 and 4": ([(3, 3), (3, 4)], 1),
        "one 3×3 layer on 2×2 folded pixels": ([(3, 1)], 2),
        "12 layers on 2×2 folded pixels": ([(3, 1)] * 12, 2),
    }
    for name, (layers, scale) in stacks.items():
        folded = sum(size // 2 * dilation for size, dilation in layers)
        right = scale * folded + scale - 1
        radius = number(answer(list(layers), scale))
        slips = {  # the first two are right answers where nothing is folded
            "that is counted in folded pixels": folded,
            "an output also shares its folded pixel with its neighbours": scale * folded,
            "that is the width of what it sees; the radius is counted from the middle": 2 * folded,
            "that is the width, with the pixel itself": 2 * folded + 1,
            "dilated layers look further": sum(size // 2 for size, _ in layers),
        }
        if slip := name_slip(radius, right, slips, "add up the layers"):
            return f"{name}: {radius:g} is not right; {slip}"
    return None


@exercise("rescale")
def _rescale(answer: Callable) -> str | None:
    """A denoiser of one σ made to serve any σ: multiply, restore, divide."""
    clean, trained = images.load("camera", gray=True, size=96), 25 / 255
    for sigma in (50 / 255, 10 / 255):
        noisy, inputs = noise.Gaussian(sigma)(clean, rng=1), []

        def listen(y, inputs=inputs):
            inputs.append(np.asarray(y))
            return y

        back = np.asarray(given(answer(noisy, sigma, listen, trained)))
        if not inputs:
            return "your function never calls denoise(picture)"
        strength = np.std(inputs[-1] - clean * np.std(inputs[-1]) / np.std(noisy))
        if not abs(strength / trained - 1) < 0.05:
            return (
                f"at σ = {255 * sigma:.0f}/255 denoise gets noise of {255 * strength:.0f}/255; "
                "multiply the picture, so that it becomes 25/255"
            )
        if back.shape != noisy.shape or not np.abs(back - noisy).max() < 1e-4:
            return "with a denoiser that does nothing, the noisy picture should come back"
    own = answer(noisy, sigma, lambda y: filters.nlm(y, trained), trained)
    if not np.abs(own - filters.nlm(noisy, sigma)).max() < 1e-3:
        return "return what denoise gives, multiplied back"
    return None


@exercise("ensemble")
def _ensemble(answer: Callable) -> str | None:
    """The mean over the eight flips and turns of a picture, each undone after restoring."""
    noisy = np.random.default_rng(0).random((24, 32), dtype=np.float32)
    inputs = []

    def slide(y):  # not the same in all directions, as a trained network is not
        inputs.append(np.array(y))
        return (y + np.roll(y, 1, axis=1) ** 2) / 2

    returned = np.asarray(given(answer(noisy.copy(), slide)))
    distinct = {(y.shape, y.tobytes()) for y in inputs}
    if len(distinct) != 8:
        return f"denoise is given {len(distinct)} different versions of the picture, not 8"
    if returned.shape != noisy.shape:
        return f"an image of shape {noisy.shape} is asked for, not {returned.shape}"
    if not np.abs(np.asarray(answer(noisy.copy(), np.array)) - noisy).max() < 1e-6:
        return "with a denoiser that does nothing, the picture should come back: undo each change"
    if not np.abs(returned - _mean_of_eight(noisy, slide)).max() < 1e-6:
        return "restore each version first, undo its turn and flip then, and take the mean"
    return None


def _mean_of_eight(noisy: np.ndarray, denoise: Callable) -> np.ndarray:
    turned = [np.rot90(denoise(np.rot90(noisy, k)), -k) for k in range(4)]
    flipped = noisy[:, ::-1]
    turned += [np.rot90(denoise(np.rot90(flipped, k)), -k)[:, ::-1] for k in range(4)]
    return np.mean(turned, axis=0)
