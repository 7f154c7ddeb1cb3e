"""MDF: distances inside the discriminators that once learned one picture, one for each scale."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

from torch import Tensor, nn

from helpers import checks
from helpers.losses.base import LOSSES, Loss
from helpers.networks import weights as files

RECEPTIVE_RADIUS = 5  # pixels, of a discriminator: five 3×3 layers without padding


class Layer(nn.Sequential):
    """3×3 convolution without padding, batch normalisation, leaky ReLU."""

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__(
            OrderedDict(
                conv=nn.Conv2d(inside, outside, 3),
                norm=nn.BatchNorm2d(outside),
                slope=nn.LeakyReLU(0.2),
            )
        )


class Discriminator(nn.Module):
    """Tells natural patches of 11×11 pixels from restored ones; SinGAN's, five layers.

    Parameters
    ----------
    width : int
        Feature maps.
    channels : int
        Of the picture.

    References
    ----------
    Shaham, Dekel, Michaeli (2019). SinGAN: learning a generative model from a single natural
    image. ICCV; arXiv 1905.01164.

    Examples
    --------
    >>> sum(p.numel() for p in Discriminator(32).parameters())
    29185
    """

    def __init__(self, width: int, channels: int = 3) -> None:
        super().__init__()
        self.head = Layer(channels, width)
        self.body = nn.Sequential(
            OrderedDict((f"block{i}", Layer(width, width)) for i in (1, 2, 3))
        )
        self.tail = nn.Conv2d(width, 1, 3)

    def features(self, x: Tensor) -> Iterator[Tensor]:
        """After the head (2 pixels smaller), the body (8), and the tail (10; one map)."""
        for part in (self.head, self.body, self.tail):
            x = part(x)
            yield x

    def forward(self, x: Tensor) -> Tensor:
        """How natural each patch is, (N, C, H, W) to (N, 1, H−10, W−10)."""
        *_, verdict = self.features(x)
        return verdict


class MDF(Loss):
    """Sum over scales, and over head, body and tail, of the mean squared difference of features.

    Each discriminator sees the whole picture at full resolution; "scale" says what it was
    trained on. They stay as they are: no gradient reaches them, and their normalisations keep
    the statistics of their training. A gray picture is shown to them in three equal channels.

    Parameters
    ----------
    weights : str or Path
        ``"denoising"`` or ``"jpeg"``, which ship, or a safetensors file with keys
        ``<scale>.<name>``, such as ``0.head.conv.weight``.
    scales : int
        How many, from the coarsest on; the published loss takes 8.
    signed : bool, optional
        Map pictures from [0, 1] to [−1, 1] first. By default as the card beside the file says;
        without a card, as for the published files, they are fed as they are.

    Raises
    ------
    ValueError
        For a missing file, and one whose tensors are not those of such discriminators.

    References
    ----------
    Mustafa, Mikhailiuk, Iliescu, Babbar, Mantiuk (2022). Training a task-specific image
    reconstruction loss. WACV; arXiv 2103.14616.
    """

    smallest = 2 * RECEPTIVE_RADIUS + 1

    def __init__(
        self, weights: str | Path = "denoising", scales: int = 8, signed: bool | None = None
    ) -> None:
        super().__init__()
        scales = checks.whole(scales, "scales", 1)
        path = files.find(weights, "losses/mdf_", kind="weight of MDF")
        if signed is None:
            card = path.with_suffix(".json")
            signed = card.exists() and files.read_card(path).get("inputs") == [-1, 1]
        self.signed = checks.flag(signed, "signed")
        self.discriminators = nn.ModuleList(load(path)[:scales])
        self.requires_grad_(False).eval()

    def train(self, mode: bool = True) -> MDF:
        """Stay in eval mode, whatever happens to the module around."""
        return super().train(False)

    def compare(self, restored: Tensor, reference: Tensor) -> Tensor:
        """The sum, a mean over pictures."""
        pair = [self._as_fed(x) for x in (restored, reference)]
        return sum(
            (a - b).square().mean()
            for one in self.discriminators.to(pair[0])
            for a, b in zip(*map(one.features, pair))
        )

    def _as_fed(self, x: Tensor) -> Tensor:
        channels = self.discriminators[0].head.conv.in_channels
        if x.shape[1] not in (1, channels):
            raise ValueError(f"these weights take 1 or {channels} channels, not {x.shape[1]}")
        x = x.expand(-1, channels, -1, -1)
        return 2 * x - 1 if self.signed else x


def load(path: Path) -> list[Discriminator]:
    """All discriminators of a file, the coarsest scale first."""
    by_scale: dict[int, dict[str, Tensor]] = {}
    for key, tensor in files.read_tensors(path).items():
        scale, _, name = key.partition(".")
        if not (scale.isdecimal() and name):
            raise ValueError(f"{path.name} holds no discriminators: it has a tensor {key!r}")
        by_scale.setdefault(int(scale), {})[name] = tensor
    if not by_scale:
        raise ValueError(f"{path.name} is empty")
    discriminators = []
    for scale, tensors in sorted(by_scale.items()):
        first = tensors.get("head.conv.weight")
        if first is None or first.ndim != 4:
            raise ValueError(f"{path.name} has no discriminator at scale {scale}: no first layer")
        discriminators.append(Discriminator(first.shape[0], first.shape[1]))
        try:
            discriminators[-1].load_state_dict(tensors)
        except RuntimeError as error:
            raise ValueError(f"{path.name}, scale {scale}: {error}") from error
    return discriminators


LOSSES["mdf"] = MDF
