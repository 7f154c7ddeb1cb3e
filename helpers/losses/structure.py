"""SSIM and MS-SSIM as losses: one minus the metric, with gradients that stay finite; and L1."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from helpers import checks
from helpers.losses.base import LOSSES, Loss
from helpers.metrics.scores import C1, C2, SCALES, WINDOW_SIDE, WINDOW_SIGMA
from helpers.networks.base import pad_to_multiple

# A mean contrast term below it is steered as if it were this: a negative one has no power, and at
# 0 the slope is infinite. Only pictures that have nothing in common come near it.
MIN_CONTRAST = 1e-3


class SSIM(Loss):
    """1 − SSIM, with the window and the constants of `metrics.ssim`.

    References
    ----------
    Wang, Bovik, Sheikh, Simoncelli (2004). Image quality assessment: from error visibility to
    structural similarity. IEEE Transactions on Image Processing 13(4), 600-612.

    Examples
    --------
    >>> x = torch.rand(1, 1, 16, 16)
    >>> round(float(SSIM()(x, x)), 6)
    0.0
    """

    smallest = WINDOW_SIDE

    def compare(self, restored: Tensor, reference: Tensor) -> Tensor:
        """One minus the mean over windows, channels and pictures."""
        luminance, contrast = _similarities(restored, reference)
        return 1 - (luminance * contrast).mean()


class MSSSIM(Loss):
    """1 − MS-SSIM, as in `metrics.ms_ssim`; at least 161×161 pixels for its five scales.

    A mean contrast term may be negative, and has then no power. The value counts it as 0, as
    the metric does; the gradient is that of a term of 0.001, finite, and leads back up.

    Parameters
    ----------
    scales : int
        5 as published; with fewer, for small patches (3 take 41×41 pixels), the exponents of
        the finest scales are divided by their sum.

    References
    ----------
    Wang, Simoncelli, Bovik (2003). Multiscale structural similarity for image quality
    assessment. Asilomar Conference on Signals, Systems and Computers 2, 1398-1402.
    """

    def __init__(self, scales: int = len(SCALES)) -> None:
        super().__init__()
        scales = checks.whole(scales, "scales", 1, len(SCALES))
        share = sum(SCALES[:scales]) if scales < len(SCALES) else 1.0  # the five: as published
        self.exponents = [exponent / share for exponent in SCALES[:scales]]
        self.smallest = 2 ** (scales - 1) * (WINDOW_SIDE - 1) + 1

    def compare(self, restored: Tensor, reference: Tensor) -> Tensor:
        """One minus the mean over channels and pictures of the product over scales."""
        exact = steered = 1.0
        for scale, exponent in enumerate(self.exponents, start=1):
            luminance, term = _similarities(restored, reference)
            if scale == len(self.exponents):
                term = luminance * term
            mean = term.mean(dim=(-2, -1))  # (N, C)
            exact = exact * mean.detach().clamp(min=0) ** exponent
            raised = mean + (mean.detach().clamp(min=MIN_CONTRAST) - mean.detach())
            steered = steered * raised**exponent
            # means of 2×2 pixels; an odd side is mirrored by one
            pair = (pad_to_multiple(x, 2) for x in (restored, reference))
            restored, reference = (F.avg_pool2d(x, 2) for x in pair)
        return 1 - (steered + (exact - steered.detach())).mean()


class MSSSIML1(MSSSIM):
    """MS-SSIM with L1 beside it, which holds the brightness that MS-SSIM hardly sees.

    The published loss weighs L1 with the coarsest window, which changes no mean over a picture.

    Parameters
    ----------
    scales : int
        Of MS-SSIM.
    share : float
        Of MS-SSIM; the rest is L1. 0.84 as published.

    References
    ----------
    Zhao, Gallo, Frosio, Kautz (2017). Loss functions for image restoration with neural networks.
    IEEE Transactions on Computational Imaging 3(1), 47-57.
    """

    def __init__(self, scales: int = len(SCALES), share: float = 0.84) -> None:
        super().__init__(scales)
        self.share = checks.number(share, "share", 0, 1)

    def compare(self, restored: Tensor, reference: Tensor) -> Tensor:
        """The weighted sum."""
        distance = (restored - reference).abs().mean()
        return self.share * super().compare(restored, reference) + (1 - self.share) * distance


def _similarities(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """The two factors of SSIM, (N, C, H−10, W−10): of brightness, and of contrast and structure.

    Variances are taken of deviations from a middle gray: E[x²] − E[x]² then loses fewer digits.
    """
    middle = y.detach().mean()
    u, v = x - middle, y - middle
    mean_u, mean_v, square, product = _window_means(torch.stack([u, v, u * u + v * v, u * v]))
    variances = square - mean_u**2 - mean_v**2  # only their sum is needed
    covariance = product - mean_u * mean_v
    mean_x, mean_y = mean_u + middle, mean_v + middle
    luminance = (2 * mean_x * mean_y + C1) / (mean_x**2 + mean_y**2 + C1)
    return luminance, (2 * covariance + C2) / (variances + C2)


def _window_means(maps: Tensor) -> Tensor:
    """Gaussian means where the window fits, (..., H, W) to (..., H−10, W−10)."""
    offsets = torch.arange(WINDOW_SIDE, dtype=maps.dtype, device=maps.device) - WINDOW_SIDE // 2
    window = torch.softmax(-offsets.square() / (2 * WINDOW_SIGMA**2), dim=0)
    planes = maps.reshape(-1, 1, *maps.shape[-2:])
    means = F.conv2d(F.conv2d(planes, window.view(1, 1, -1, 1)), window.view(1, 1, 1, -1))
    return means.reshape(*maps.shape[:-2], *means.shape[-2:])


LOSSES["ssim"], LOSSES["ms_ssim"], LOSSES["ms_ssim_l1"] = SSIM, MSSSIM, MSSSIML1
