"""What a brightened picture should be like, said without a reference: the losses of Zero-DCE.

They do not compare a picture with a reference, so they are not in `LOSSES`: each looks at the
brightened picture, the dark one, or the curves between them. `LowLight` weighs all four. The
paper's formulas and the code that its authors released differ; `form` says which is meant.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from helpers import checks
from helpers.losses.base import check_floats, check_values
from helpers.registry import Registry

# All as in the paper and in the released code.
REGION_SIDE = 4  # pixels, of what is compared with its neighbours
PATCH_SIDE = 16  # pixels, of what is exposed as a whole
WELL_EXPOSED = 0.6  # gray level of a patch

WEIGHTS: Registry[dict[str, float]] = Registry("form")
WEIGHTS["paper"] = {"spatial": 1.0, "exposure": 1.0, "colour": 0.5, "smoothness": 20.0}
WEIGHTS["released"] = {"spatial": 1.0, "exposure": 10.0, "colour": 5.0, "smoothness": 200.0}


def spatial_consistency(enhanced: Tensor, dark: Tensor, form: str = "paper") -> Tensor:
    """Whether neighbouring regions differ as much as they did: Σ (|Y_i − Y_j| − |I_i − I_j|)².

    Y and I are means of gray over regions of 4×4 pixels, j goes through the neighbours above,
    below, left and right of i, and the mean is over all i. As released the differences keep
    their signs, and beyond the border everything is black.

    Parameters
    ----------
    enhanced, dark : Tensor
        (N, C, H, W) of one shape, 4×4 pixels or more.
    form : {"paper", "released"}
        Which of both.

    Returns
    -------
    Tensor
        Scalar, 0 or more.

    Raises
    ------
    ValueError
        For two shapes, a picture that holds no region, and another form.

    References
    ----------
    Guo et al. (2020), CVPR, equation 4; the code is in Li-Chongyi/Zero-DCE.

    Examples
    --------
    >>> dark = torch.rand(1, 3, 16, 16)
    >>> spatial_consistency(dark, dark).item(), spatial_consistency(1 - dark, dark).item() < 1e-12
    (0.0, True)
    """
    _check(form, enhanced=enhanced, dark=dark)
    if enhanced.shape != dark.shape:
        raise ValueError(
            f"enhanced {tuple(enhanced.shape)} and dark {tuple(dark.shape)} differ in shape"
        )
    # The paper's regions at the border have fewer neighbours: there the difference is 0.
    border = "replicate" if form == "paper" else "constant"
    contrasts = []  # to the four neighbours, (N, 4, h, w) each
    for picture in (enhanced, dark):
        regions = _regions(picture, REGION_SIDE)
        padded = F.pad(regions, (1, 1, 1, 1), mode=border)
        above, below = padded[..., :-2, 1:-1], padded[..., 2:, 1:-1]
        left, right = padded[..., 1:-1, :-2], padded[..., 1:-1, 2:]
        contrast = regions - torch.cat([above, below, left, right], dim=1)
        contrasts.append(contrast.abs() if form == "paper" else contrast)
    return (contrasts[0] - contrasts[1]).square().sum(dim=1).mean()


def exposure(
    enhanced: Tensor,
    form: str = "paper",
    side: int | None = PATCH_SIDE,
    level: float = WELL_EXPOSED,
) -> Tensor:
    """How far the mean gray of patches of 16×16 pixels is from 0.6: mean |Y − 0.6|.

    As released it is the mean of (Y − 0.6)². Small patches ask for one gray everywhere, and the
    contrast of a scene is what they lose; a whole picture is asked for its mean alone.

    Parameters
    ----------
    enhanced, form
        As for `spatial_consistency`.
    side : int, optional
        Of the patches, pixels; None for whole pictures.
    level : float
        The gray level, between 0 and 1.

    Raises
    ------
    ValueError
        As `spatial_consistency`, and for another side or level.

    References
    ----------
    Guo et al. (2020), CVPR, equation 5.

    Examples
    --------
    >>> round(exposure(torch.full((1, 3, 16, 16), 0.1)).item(), 4)
    0.5
    >>> light_and_shade = torch.tensor([0.2, 1.0]).repeat_interleave(16).expand(1, 3, 16, 32)
    >>> exposure(light_and_shade).item() > 0.39, exposure(light_and_shade, side=None).item() < 1e-5
    (True, True)
    """
    _check(form, enhanced=enhanced)
    _check_exposure(side, level)
    gray = _regions(enhanced, side) if side else enhanced.mean(dim=(1, 2, 3))
    off = gray - level
    return (off.abs() if form == "paper" else off.square()).mean()


def colour_constancy(enhanced: Tensor, form: str = "paper") -> Tensor:
    """How far the mean colour is from gray: Σ (J_p − J_q)² over the three pairs of channels.

    As released it is √Σ (J_p − J_q)⁴. A gray picture (N, 1, H, W) costs nothing. Parameters and
    errors as for `spatial_consistency`; equation 6 of the paper.

    Examples
    --------
    >>> red = torch.tensor([1.0, 0, 0]).reshape(1, 3, 1, 1)
    >>> colour_constancy(red).item(), round(colour_constancy(red, "released").item(), 4)
    (2.0, 1.4142)
    """
    _check(form, enhanced=enhanced)
    means = enhanced.mean(dim=(-2, -1))  # (N, C)
    squares = (means - means.roll(1, dims=1)).square()  # of three channels: each pair once
    if form == "paper":
        return squares.sum(dim=1).mean()
    return torch.linalg.vector_norm(squares, dim=1).mean()  # at 0 its gradient is 0, not NaN


def smoothness(curves: Tensor, form: str = "paper", channels: int = 3) -> Tensor:
    """How much the curves of neighbouring pixels differ: Σ (|∇x A| + |∇y A|)².

    The sum is over the channels, the mean over iterations and pixels. As released it is
    2·(Σ (∇y A)² / n_y + Σ (∇x A)² / n_x), where n counts the pixels that have such a neighbour:
    summed over all maps, not divided by the iterations.

    Parameters
    ----------
    curves : Tensor
        (N, channels·iterations, H, W), as `networks.ZeroDCE.curves` gives them.
    form : {"paper", "released"}
        Which of both.
    channels : int
        Of the picture: how many maps an iteration has.

    Raises
    ------
    ValueError
        For another number of maps, and another form.

    References
    ----------
    Guo et al. (2020), CVPR, equation 7.

    Examples
    --------
    >>> smoothness(torch.full((1, 24, 8, 8), 0.3)).item()
    0.0
    """
    _check(form, curves=curves)
    channels = checks.whole(channels, "channels", 1)
    if curves.shape[1] % channels:
        raise ValueError(f"curves are (N, {channels}·iterations, H, W), not {tuple(curves.shape)}")
    down, right = curves.diff(dim=-2), curves.diff(dim=-1)
    if form == "released":
        slopes = [d.square().sum(dim=1).mean() for d in (down, right) if d.numel()]
        return 2 * sum(slopes, start=curves.new_zeros(()))
    total = F.pad(down.abs(), (0, 0, 0, 1)) + F.pad(right.abs(), (0, 1))
    return channels * total.square().mean()


class LowLight(nn.Module):
    """All four, weighed: ``loss(enhanced, dark, curves) -> scalar``.

    Parameters
    ----------
    form : {"paper", "released"}
        Formulas and weights of the paper, or of the released code: 1, 10, 5, 200 instead of 1,
        1, 0.5, 20 for space, exposure, colour, smoothness.
    side, level : int or None, float
        Of the patches whose `exposure` is asked for, and the gray level.
    **weights
        What replaces a weight: ``spatial=``, ``exposure=``, ``colour=``, ``smoothness=``.

    References
    ----------
    Guo, Li, Guo, Loy, Hou, Kwong, Cong (2020). Zero-reference deep curve estimation for
    low-light image enhancement. CVPR; arXiv 2001.06826.

    Examples
    --------
    >>> well_exposed, flat = torch.full((1, 3, 32, 32), 0.6), torch.zeros(1, 24, 32, 32)
    >>> round(LowLight()(well_exposed, well_exposed, flat).item(), 6)
    0.0
    """

    def __init__(
        self,
        form: str = "paper",
        *,
        side: int | None = PATCH_SIDE,
        level: float = WELL_EXPOSED,
        **weights: float,
    ) -> None:
        super().__init__()
        self.form, self.weights = form, WEIGHTS[form] | weights
        _check_exposure(side, level)
        self.side, self.level = side, level
        for name, weight in weights.items():
            if name not in WEIGHTS[form]:
                raise ValueError(f"there is no {name!r} to weigh; {', '.join(WEIGHTS[form])}")
            checks.number(weight, f"the weight of {name}", 0)

    def parts(self, enhanced: Tensor, dark: Tensor, curves: Tensor) -> dict[str, Tensor]:
        """Each loss by name, before it is weighed."""
        return {
            "spatial": spatial_consistency(enhanced, dark, self.form),
            "exposure": exposure(enhanced, self.form, self.side, self.level),
            "colour": colour_constancy(enhanced, self.form),
            "smoothness": smoothness(curves, self.form, dark.shape[1]),
        }

    def forward(self, enhanced: Tensor, dark: Tensor, curves: Tensor) -> Tensor:
        """Scalar, from (N, C, H, W), (N, C, H, W), (N, C·iterations, H, W).

        Raises
        ------
        ValueError
            As `spatial_consistency`, for values that are not finite, a dark picture of gray
            levels, and for curves that are not those of the picture.
        """
        parts = self.parts(enhanced, dark, curves)
        if (len(curves), *curves.shape[2:]) != (len(dark), *dark.shape[2:]):
            raise ValueError(
                f"curves {tuple(curves.shape)} are not those of a picture {tuple(dark.shape)}"
            )
        check_values("enhanced", enhanced)
        check_values("dark", dark, levels=False)
        check_values("curves", curves)
        return sum(weight * parts[name] for name, weight in self.weights.items())

    def extra_repr(self) -> str:
        """The options, for a checkpoint."""
        told = [self.form, *(f"{k}={v:g}" for k, v in self.weights.items())]
        if self.side != PATCH_SIDE:
            told.append(f"side={self.side}")
        if self.level != WELL_EXPOSED:
            told.append(f"level={self.level:g}")
        return ", ".join(told)


def _check(form: str, **batches: Tensor) -> None:
    WEIGHTS[form]  # a wrong one is refused
    check_floats(**batches)
    for name, x in batches.items():
        if x.ndim != 4 or x.numel() == 0:
            raise ValueError(f"{name} is (N, C, H, W), none of them 0, not {tuple(x.shape)}")


def _check_exposure(side: int | None, level: float) -> None:
    if side is not None:
        checks.whole(side, "side", 1)
    if not (checks.is_number(level) and 0 < level < 1):
        raise checks.refusal("level", "a gray level between 0 and 1", level)


def _regions(x: Tensor, side: int) -> Tensor:
    """Mean gray of whole regions: (N, C, H, W) to (N, 1, H/side, W/side)."""
    if min(x.shape[-2:]) < side:
        raise ValueError(f"a region has {side}×{side} pixels, the picture {tuple(x.shape[-2:])}")
    return F.avg_pool2d(x.mean(dim=1, keepdim=True), side)
