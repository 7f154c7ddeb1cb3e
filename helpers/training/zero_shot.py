"""One noisy picture alone: a tiny network learns to restore it from its own two halves.

Zero-Shot Noise2Noise, after Mansour, Heckel (2023), Zero-Shot Noise2Noise: Efficient Image
Denoising without any Data, CVPR.

>>> from helpers import images, metrics, noise
>>> clean = images.load("camera", gray=True, size=64)
>>> noisy = noise.Gaussian(25/255)(clean, rng=0)
>>> metrics.psnr(clean, zero_shot(noisy, steps=100)) > metrics.psnr(clean, noisy) + 3
True
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from helpers.images import as_image
from helpers.networks import TrainedNetwork, build
from helpers.parameters import SIGMA
from helpers.training.loop import Batch, Objective, Run, Settings, fit
from helpers.training.patches import Patches

# README's eight photographs, 256×256, σ = 25/255: 30.1 dB on average, 27.3 to 38.6, each in 13 s
# of one core. On three of them (28.7 dB) 96×96 patches gain 0.1 dB in 22 s; the paper's three
# layers of 48 filters, on 128×128, lose 0.6 dB, and after 300 steps Adam is 1.8 dB below Muon.
NETWORK = {"depth": 5, "width": 32, "batch_norm": False, "scale": 1, "last_bias": True}
STEPS = 1000
SETTINGS = {"batch": 1, "patch": 64, "lr": 8e-3, "ema_decay": 0.99}
# Ways in which the picture is restored and averaged: +0.1 dB, and no time beside training.
TURNS = 8
SMALLEST = 8  # pixels: smaller pictures are mirrored until they have as many


def halves(whole: Tensor) -> tuple[Tensor, Tensor]:
    """Two half-size copies: the means of both diagonals of each 2×2 pixels.

    They show nearly the same scene, and share no pixel: the noise of one tells nothing of that
    of the other, unless the noise of neighbours goes together.

    Parameters
    ----------
    whole : Tensor
        (N, C, H, W), H and W even; a gray image, (H, W), will do.

    Examples
    --------
    >>> first, second = halves(torch.tensor([[[[1.0, 2], [4, 8]]]]))
    >>> first.item(), second.item()
    (4.5, 3.0)
    """
    a, b = whole[..., ::2, ::2], whole[..., ::2, 1::2]
    c, d = whole[..., 1::2, ::2], whole[..., 1::2, 1::2]
    return (a + d) / 2, (b + c) / 2


@dataclass
class Halves(Objective):
    """Of each half, restored, is asked that it is the other one, and half of the whole, restored.

    The first is Noise2Noise; the second keeps what was learned at half size true at full size.
    """

    patches: Patches

    def batch(self, numbers: Sequence[int]) -> Batch:
        """Patches of the noisy picture, in the layout in which convolutions are fast."""
        (whole,) = self.patches.batch(numbers)
        return [whole.to(memory_format=torch.channels_last)]

    def loss(self, run: Run, batch: Batch) -> Tensor:
        """Both squared errors, each as a mean."""
        (whole,) = batch
        first, second = halves(whole)
        restored = run(torch.cat([first, second]))
        consistent = torch.cat(halves(run(whole)))
        return F.mse_loss(restored, torch.cat([second, first])) + F.mse_loss(restored, consistent)


def zero_shot(
    noisy: np.ndarray,
    sigma: float | None = None,
    *,
    steps: int = STEPS,
    seed: int = 0,
    progress: bool = False,
) -> np.ndarray:
    """Restore a picture by what it tells itself: no other picture, and no σ.

    A tiny network is trained from nothing on this one picture, a fixed number of steps. The noise
    of pixels must be independent and its mean 0; it may depend on the signal. Noise of
    neighbours that goes together, as in files of cameras, is taken for detail and kept; detail
    as fine as a pixel is taken for noise.

    Parameters
    ----------
    noisy : numpy.ndarray
        (H, W) or (H, W, 3), unclipped noise admitted; of any size.
    sigma : float, optional
        As every denoiser may be told it; only 0 changes anything, which returns the picture.
    steps : int
        Of training, a patch each.
    seed : int
        Decides first weights and patches, and so all.
    progress : bool
        Show a bar.

    Returns
    -------
    numpy.ndarray
        float32, of the shape of `noisy`, not clipped.

    Raises
    ------
    ValueError
        For what is no image, a σ outside [0, 1], and a bad number of steps, seed or `progress`.

    References
    ----------
    Mansour, Heckel (2023). Zero-Shot Noise2Noise: efficient image denoising without any data.
    CVPR, 14018-14027.
    """
    image = as_image(noisy, clipped=False)
    settings = Settings(steps=steps, seed=seed, **SETTINGS)
    if sigma is not None and SIGMA.check(sigma, "zero_shot") == 0:
        return image.copy()
    short = [(0, max(0, SMALLEST - side)) for side in image.shape[:2]]
    picture = np.pad(image, [*short, (0, 0)][: image.ndim], mode="symmetric")
    patch = min(settings.patch, *picture.shape[:2]) // 2 * 2
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed % 2**63)  # torch takes no larger ones
        network = build("dncnn", channels=3 if image.ndim == 3 else 1, **NETWORK)
    network.to(memory_format=torch.channels_last)
    objective = Halves(Patches([(picture,)], None, patch, settings.seed))
    fit(network, objective, settings, every=settings.steps, progress=progress)
    return TrainedNetwork(network, turns=TURNS)(image)
