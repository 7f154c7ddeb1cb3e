"""RIDNet (Anwar, Barnes 2019): residuals on residuals, and attention to features."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from helpers.networks.base import GlobalMean, Residual, conv, init_he_, network, scale_init_


class Attention(nn.Module):
    """Weigh each feature map by a number in (0, 1) that all feature means decide together."""

    def __init__(self, width: int, reduction: int) -> None:
        super().__init__()
        self.mean = GlobalMean()
        self.squeeze = conv(width, width // reduction, size=1)
        self.excite = conv(width // reduction, width, size=1)

    def weights(self, x: Tensor) -> Tensor:
        """(N, width, 1, 1) in (0, 1)."""
        return torch.sigmoid(self.excite(F.relu(self.squeeze(self.mean(x)))))

    def forward(self, x: Tensor) -> Tensor:
        """The feature maps, weighed."""
        return x * self.weights(x)


class EnhancementAttention(nn.Module):
    """The module that RIDNet repeats: look wide, refine twice, attend, add the input."""

    DILATIONS = ((1, 2), (3, 4))

    def __init__(self, width: int, reduction: int) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            nn.Sequential(*(m for d in pair for m in (conv(width, width, dilation=d), nn.ReLU())))
            for pair in self.DILATIONS
        )
        self.merge = conv(2 * width, width)
        self.first = nn.Sequential(conv(width, width), nn.ReLU(), conv(width, width))
        self.second = nn.Sequential(
            *(conv(width, width), nn.ReLU(), conv(width, width), nn.ReLU()),
            conv(width, width, size=1),
        )
        self.attention = Attention(width, reduction)

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, H, W) in and out."""
        wide = torch.cat([branch(x) for branch in self.branches], dim=1)  # (N, 2·width, H, W)
        y = x + F.relu(self.merge(wide))
        y = F.relu(y + self.first(y))
        y = F.relu(y + self.second(y))
        return x + self.attention(y)


@network(small={"modules": 2, "width": 48, "reduction": 12, "scale": 2})
class RIDNet(Residual):
    """As the paper's figure has it: each module's skip, the skip around all, the picture's.

    The released code lacks the first two, and adds the mean colour once too often.

    Parameters
    ----------
    channels, scale : int
        As for `Residual`; the paper's scale is 1.
    modules : int
        Enhancement attention modules; the paper has 4.
    width : int
        Feature maps.
    reduction : int
        By how much attention squeezes the feature means; the paper has 16.

    References
    ----------
    Anwar, Barnes (2019). Real image denoising with feature attention. ICCV; arXiv 1904.07396.
    """

    def __init__(
        self,
        channels: int = 1,
        modules: int = 4,
        width: int = 64,
        reduction: int = 16,
        scale: int = 1,
    ) -> None:
        super().__init__(channels, scale)
        if reduction > width:
            raise ValueError(f"reduction of ridnet is at most its width, {width}, not {reduction}")
        self.head = conv(self.folded, width)
        self.blocks = nn.Sequential(
            *(EnhancementAttention(width, reduction) for _ in range(modules))
        )
        self.tail = conv(width, self.folded)
        # Head and tail; in each module the wider branch, merge, first, second. Attention itself
        # sees the whole picture.
        widest = max(sum(pair) for pair in EnhancementAttention.DILATIONS)
        self.receptive_radius = self.in_pixels(2 + modules * (widest + 1 + 2 + 2))
        init_he_(self, self.tail)
        for block in self.blocks:
            scale_init_(block.merge, block.first[-1], block.second[-1])

    def change(self, folded: Tensor) -> Tensor:
        """Features, refined, and back to pixels."""
        features = F.relu(self.head(folded))
        return self.tail(features + self.blocks(features))
