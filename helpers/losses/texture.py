"""A gradient loss that is tied to its place: texture lost, and noise left at a discount."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from helpers import checks
from helpers.losses.base import LOSSES, Loss
from helpers.losses.gradients import differences

# Of noise or pixels, where texture costs 1: beyond, texture leaves float32's digits.
MAX_COST = 10**6
MAX_WINDOW = 2**14  # differences a side: more than any picture has


class Texture(Loss):
    """Squared error of pixels, of texture that is lost, and, at a discount, of noise that is left.

    In each window the gradient of the restored picture is a·g + e: a share a of the reference's
    own gradient g, and a rest e that goes with no g. So the squared gradient error
    |a·g + e − g|² is (1 − a)²·|g|², *texture lost*, plus |e|², *noise left*; nothing else. L2 on
    gradients weighs both the same, and what is weighed so is smooth. Here noise counts `left`.

    Gradients added at random raise e and leave a as it is, so noise never counts as texture,
    and texture of another place is noise. The pixels keep brightness, which has no gradient.

    Parameters
    ----------
    left : float
        What the energy of noise left costs, texture lost costs 1; above 0.
    window : int
        Side of a window in differences; a is one number in each.
    pixels : float
        What the squared error of the pixels costs.

    References
    ----------
    This course, notebook `ssim_versus_gradient_loss`.

    Examples
    --------
    >>> x = torch.rand(1, 1, 16, 16)
    >>> kind, plain = Texture(left=0.25), Texture(left=1)
    >>> y = x + 0.1 * torch.randn_like(x)
    >>> bool(kind(y, x) < plain(y, x)), round(float(plain(x, x)), 6)
    (True, 0.0)
    """

    smallest = 2

    def __init__(self, left: float = 0.25, window: int = 8, pixels: float = 1.0) -> None:
        super().__init__()
        self.left = checks.number(left, "left", above=0, high=MAX_COST)
        self.window = checks.whole(window, "window", 2, MAX_WINDOW)
        self.pixels = checks.number(pixels, "pixels", 0, MAX_COST)

    def compare(self, restored: Tensor, reference: Tensor) -> Tensor:
        """In squared image units: a mean over pixels, and one over windows.

        A window at a far border may be smaller, and counts as much as another.
        """
        lost, left = lost_and_left(restored, reference, self.window)
        error = (restored - reference).square().mean()
        return self.pixels * error + lost + self.left * left


def lost_and_left(restored: Tensor, reference: Tensor, window: int = 8) -> tuple[Tensor, Tensor]:
    """The two parts of the mean squared gradient error, both directions together; scalars."""
    height, width = (side - 1 for side in restored.shape[-2:])
    gradients = (  # (2, N, C, H−1, W−1): both directions where both are known
        torch.stack([x[..., :height, :width] for x in differences(image)])
        for image in (restored, reference)
    )
    r, g = (x.flatten(0, 1) for x in gradients)
    own, shared, other = (_window_means(x, window) for x in (g * g, r * g, r * r))
    own, shared, other = (x[: len(x) // 2] + x[len(x) // 2 :] for x in (own, shared, other))
    along = shared.square() / own.clamp(min=1e-12)  # energy of a·g
    return (own - 2 * shared + along).mean(), (other - along).mean()


def _window_means(x: Tensor, window: int) -> Tensor:
    """Means of windows side by side; those at the far borders may be smaller."""
    return F.avg_pool2d(x, window, ceil_mode=True, count_include_pad=False)


LOSSES["texture"] = Texture
