"""A trained network as a denoiser: folded, in float32 unless asked, tiled where large."""

from __future__ import annotations

import copy
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from helpers import checks
from helpers.estimation.blind import estimated
from helpers.images import as_image
from helpers.networks import weights
from helpers.networks.base import GlobalMean, Network, check_built
from helpers.networks.precision import PRECISIONS, autocast
from helpers.networks.scaling import scaled
from helpers.networks.weighing import by_stein
from helpers.parameters import SIGMA

# Pixels each way, without the margin, which is half as wide at most: 64 feature maps of a tile are
# 64 MiB of float32, and margins cost at most three times the work on the tiles themselves.
TILE = 512
MAX_VALUE = 16  # far beyond [0, 1]: gray levels of 0..255, or so few photons that nothing is left
SIGMA_TOLERANCE = 0.05  # a σ that is off the trained range by less, as estimates are, is no harm
# σ below which what a network changes is weighed, which takes twice the time: there texture is as
# strong as noise. On 67 pictures of BSDS500 train drunet gains 0.15 dB by it at σ = 2/255 and 0.01
# at 5/255; dncnn_blind 2.7 and 0.9 at 2/255 and 4/255 (17 pictures).
WEAK = 5 / 255


def load(
    name: str | Path,
    precision: str = "float32",
    tile: int | None = None,
    device: str | None = None,
    turns: int = 1,
) -> TrainedNetwork:
    """A trained network, ready to use.

    The weights that ship were learned from pictures for research, education and other
    non-commercial use, and may be used for that: see LICENSE-WEIGHTS, and ``card["terms"]`` of
    each.

    Parameters
    ----------
    name : str or Path
        One of `weights.available`, or the path of a safetensors file with its card beside it.
    precision : {"float32", "bfloat16", "auto"}
        All scores of the course are in float32. bfloat16 is faster where the device computes
        with it, and costs PSNR: on Set12 0.00 to 0.01 dB for the networks of one σ, 0.01 to 0.03
        dB for ``dncnn_blind``; 0.04 to 0.05 dB for ``dncnn_blind_colour`` at σ from 15/255 to
        50/255, and where noise is weak far more, 0.19 dB at σ = 2/255 (19 pictures of BSDS500
        that were held out; 0.30 dB on the worst); for ``drunet`` 0.01 dB, at σ = 2/255 0.04 dB
        (0.08 dB on the worst of seven).
        Auto takes bfloat16 where the device computes with it and the network predicts a change;
        one that draws the whole picture keeps float32.
    tile : int, optional
        Side of the tiles that pictures of more than four of them are cut into: memory stays
        bounded, and smaller tiles need less of it. By default 512 pixels, and no less than twice
        what each needs of its surroundings, which would else cost more than the tiles: PRIDNet
        of the paper, whose largest cells reach 3000 pixels far, restores photographs whole.
    device : str, optional
        ``"cpu"`` or ``"cuda"``; by default the second where there is one.
    turns : {1, 8}
        8 restores the picture turned and flipped in all eight ways and averages: eight times
        slower, 0.05 to 0.15 dB better.

    Returns
    -------
    TrainedNetwork
        Called as ``denoise(noisy, sigma=None)``.

    Raises
    ------
    ValueError
        See `weights.read`; and for an unknown precision or device, and a tile too small.

    Examples
    --------
    >>> from helpers import images, metrics, noise
    >>> reference = images.load("camera", size=96)
    >>> noisy = noise.Gaussian(25/255)(reference, rng=0)
    >>> restored = load("dncnn")(noisy, 25/255)
    >>> metrics.psnr(reference, restored) > metrics.psnr(reference, noisy) + 5
    True
    """
    network, card = weights.read(name)
    return TrainedNetwork(network, card, precision, tile, device, turns)


class TrainedNetwork:
    """``denoise(noisy, sigma=None) -> restored``, as every filter is: a `Denoiser`.

    But for Zero-DCE, which brightens and removes no noise.

    Parameters
    ----------
    network : Network
        In eval mode.
    card : dict, optional
        Its card; the range of σ it was trained for is read there.
    precision, tile, device, turns
        As for `load`.
    """

    def __init__(
        self,
        network: Network,
        card: dict | None = None,
        precision: str = "float32",
        tile: int | None = None,
        device: str | None = None,
        turns: int = 1,
    ) -> None:
        check_built(network)
        if not (card is None or isinstance(card, dict)):
            raise checks.refusal("card", "a dictionary, or None", card)
        checks.one_of(precision, "precision", PRECISIONS)
        # what a tile sees around itself, rounded up so that pooling stays in step
        self.margin = -(-network.receptive_radius // network.stride) * network.stride
        tile = max(TILE, 2 * self.margin) if tile is None else tile
        tile = checks.whole(tile, "tile", 2 * network.stride)
        self.turns = checks.whole(turns, "turns", 1, 8)
        if self.turns not in (1, 8):
            raise checks.refusal("turns", "1 or 8", turns)
        self.device = _device(device)
        self.card = card or {}
        self.tile = tile - tile % network.stride
        auto = "auto" if network.predicts_change else "float32"
        self.precision = auto if precision == "auto" else precision
        self.network = fold(network).to(self.device, memory_format=torch.channels_last)

    @property
    def channels(self) -> int:
        """1 for gray, 3 for colour."""
        return self.network.architecture["channels"]

    @property
    def takes_map(self) -> bool:
        """Whether σ may be a map, (H, W), as for a network that is told it."""
        return self.network.takes_sigma

    @property
    def denoises(self) -> bool:
        """False where the card tells of a training without noise, as that of Zero-DCE does."""
        return "sigma" in self.card.get("training", {"sigma": None})

    @property
    def _name(self) -> str:
        return self.network.architecture["network"]

    def __call__(
        self,
        noisy: np.ndarray,
        sigma: float | np.ndarray | None = None,
        weighed: bool = True,
    ) -> np.ndarray:
        """Restore a picture.

        A gray network restores the channels of a colour picture one by one. Told a σ below 5/255,
        a network restores the picture twice, and what it changes counts as far as it helps: see
        `weighing.by_stein`.

        Parameters
        ----------
        noisy : ndarray
            (H, W) or (H, W, 3), float; of any size.
        sigma : float or ndarray, optional
            What the noise is known to be, image units. A network that is told σ takes a map, too,
            (H, W), and estimates σ where it is not given, as a filter does. For one that has
            learned another σ, the picture is scaled until its noise has that one. Not given, such
            a network restores the picture as it is.

        Returns
        -------
        ndarray
            float32, of the shape of `noisy`, not clipped.

        Raises
        ------
        ValueError
            For what is no image, gray levels of 0 to 255, a σ outside [0, 1], a map of another
            shape or for a network that takes none, and a gray picture given to a colour network.
        """
        image = as_image(noisy, clipped=False)
        if image.ndim == 2 and self.channels == 3:
            raise ValueError(
                "this network restores colour pictures, (H, W, 3); this one is gray: one that "
                "networks.build(..., channels=1) made takes it, or np.dstack([noisy] * 3) here"
            )
        if max(image.max(), -image.min()) > MAX_VALUE:
            raise ValueError("images are in [0, 1], noise reaches a little beyond; divide by 255")
        weak = WEAK if checks.flag(weighed, "weighed") else 0
        if self.takes_map:
            return self._told(image, sigma, weak)
        if sigma is None:
            return self._planes(image)
        if isinstance(sigma, np.ndarray) and sigma.ndim:
            raise ValueError(f"{self._name} takes one σ, a number, and no map; drunet takes a map")
        sigma = SIGMA.check(sigma, self._name)
        if sigma == 0 and self.denoises:
            return image.copy()
        known = self._known(sigma)
        if known == sigma:
            restore = self._planes
        else:
            restore = partial(scaled, self._planes, sigma=sigma, known=known)
        if sigma < weak and self.denoises:
            return by_stein(restore, image, sigma)
        return restore(image)

    def _told(self, image: np.ndarray, sigma: object, weak: float) -> np.ndarray:
        """Restore by a network that is told σ, as a number or a map, or as it is estimated."""
        if sigma is None:
            sigma = estimated(image, self._name)
        elif checks.is_number(sigma):
            sigma = SIGMA.check(sigma, self._name)
        else:
            sigma = _map(sigma, image.shape[:2])
        if np.max(sigma) == 0:
            return image.copy()
        if np.min(sigma) < weak:
            return by_stein(partial(self._planes, sigma=sigma), image, sigma, below=weak)
        return self._planes(image, sigma)

    def _known(self, sigma: float) -> float:
        """The nearest σ that it was trained for; `sigma` where that is near, or nobody says."""
        trained = self.card.get("training", {}).get("sigma")
        low, high = (level / 255 for level in trained or (0, 255))
        if low * (1 - SIGMA_TOLERANCE) <= sigma <= high * (1 + SIGMA_TOLERANCE):
            return sigma
        return min(max(sigma, low), high)

    def _planes(self, image: np.ndarray, sigma: float | np.ndarray | None = None) -> np.ndarray:
        """Restore the picture whole, or plane by plane; told σ, as a number or a map, or not."""
        # copied only where torch could not write into it, though nothing does
        picture = np.require(np.atleast_3d(image), requirements=["C", "W"])
        planes = torch.from_numpy(picture).permute(2, 0, 1)  # (C, H, W)
        told = ()
        if sigma is not None:
            told = (torch.from_numpy(np.array(sigma, np.float32)).expand(1, 1, *image.shape[:2]),)
        # one plane at a time: the channels of a colour picture are as many pictures
        batches = [planes[None]] if self.channels == 3 else planes[:, None].split(1)
        restored = [self._turned(batch, *told)[0] for batch in batches]
        whole = restored[0] if len(restored) == 1 else torch.cat(restored)
        return whole.permute(1, 2, 0).reshape(image.shape).numpy()

    def _turned(self, *given: Tensor) -> Tensor:
        """Restored, or the mean over the eight ways to turn and flip, each turned back."""
        if self.turns == 1:
            return self._restore(*given)
        total = 0
        for quarter, flip in product(range(4), (False, True)):
            turned = [torch.rot90(x.flip(-1) if flip else x, quarter, (-2, -1)) for x in given]
            restored = torch.rot90(self._restore(*turned), -quarter, (-2, -1))
            total = total + (restored.flip(-1) if flip else restored)
        return total / self.turns

    @torch.inference_mode()
    def _restore(self, *given: Tensor) -> Tensor:
        """(1, C, H, W) noisy, perhaps with a map of σ (1, 1, H, W), to restored, float32."""
        if given[0].shape[-2] * given[0].shape[-1] <= (2 * self.tile) ** 2:
            return self._run(*given)
        own = copy.copy(self)  # with the means of this picture; another thread's has its own
        held = {id(one): one for one in self.network.parameters()}  # shared
        own.network = copy.deepcopy(self.network, held)
        means = [module for module in own.network.modules() if isinstance(module, GlobalMean)]
        for mean in means:  # in the order in which they are met: one depends on the last
            mean.sums = []
            own._run_tiles(*given)
            mean.fix()
        return own._run_tiles(*given)

    def _run_tiles(self, *given: Tensor) -> Tensor:
        """Tile by tile: each is shown to the network with its margin, and cut out again."""
        restored = torch.empty_like(given[0])
        sides = restored.shape[-2:]
        stride = self.network.stride_in(*sides)  # where cells of the whole picture begin
        step, margin = self.tile - self.tile % stride, -(-self.margin // stride) * stride
        for corner in product(*(range(0, side, step) for side in sides)):
            tile, around, cut = [], [], []  # rows and columns of each
            for start, side in zip(corner, sides):
                end, first = min(start + step, side), max(start - margin, 0)
                tile.append(slice(start, end))
                around.append(slice(first, end + margin))
                cut.append(slice(start - first, end - first))
            restored[..., *tile] = self._run(*(x[..., *around] for x in given))[..., *cut]
        return restored

    def _run(self, *given: Tensor) -> Tensor:
        there = (x.to(self.device, memory_format=torch.channels_last) for x in given)
        with autocast(self.precision, self.device):
            restored = self.network(*there)
        return restored.float().cpu()


def _map(sigma: object, shape: tuple[int, int]) -> np.ndarray:
    """A map of σ, (H, W) float32, or the refusal of what is none."""
    try:
        told = np.asarray(sigma, dtype=np.float32)
        if told.shape == shape and told.min() >= 0 and told.max() <= 1:  # NaN is neither
            return told
    except (TypeError, ValueError):
        pass
    raise checks.refusal("sigma", f"a number, or a map {shape}, from 0 to 1", sigma)


def _device(name: str | None) -> str:
    """The name of a device that is here."""
    if name is None:
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.zeros(1, device=name).cpu()  # "meta" holds nothing, and gives nothing back
    except (RuntimeError, TypeError, ValueError, AssertionError):  # each torch's way to say no
        raise checks.refusal("device", "'cpu', or 'cuda' where there is one", name) from None
    return str(name)


def fold(network: Network) -> Network:
    """A copy whose batch normalisations are part of the convolutions before them.

    Examples
    --------
    >>> from helpers.networks import build
    >>> network = build("dncnn").eval()
    >>> any(isinstance(layer, nn.BatchNorm2d) for layer in fold(network).modules())
    False
    """
    folded = copy.deepcopy(network).eval()
    for chain in [m for m in folded.modules() if isinstance(m, nn.Sequential)]:
        for i in range(len(chain) - 1, 0, -1):
            if isinstance(chain[i], nn.BatchNorm2d) and isinstance(chain[i - 1], nn.Conv2d):
                chain[i - 1] = fuse_conv_bn_eval(chain[i - 1], chain[i])
                del chain[i]
    return folded
