"""What every network of the course is: a module in a registry, in two sizes, for any picture."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Container, Sequence
from itertools import pairwise
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from helpers.checks import flag, is_whole, refusal, whole, wholes
from helpers.registry import Registry

# A small one learns in four minutes to an hour and a half on one core or two; its card says so.
SIZES = ("small", "paper")
# Beyond all papers: PRIDNet, the largest, has 376 tensors of 74 million numbers, stride 256. And
# within what any processor holds: 0.4 GB of float32, drawn in three seconds.
MAX_TENSORS, MAX_NUMBERS, MAX_STRIDE = 10_000, 100_000_000, 1024
# Of one option, its value and how many numbers it lists. Papers need 1000 hidden units and five
# levels, and ten levels of pooling already reach MAX_STRIDE.
MAX_OPTION, MAX_LEVELS = 10_000, 16


class Network(nn.Module):
    """A denoiser to be trained: (N, C, H, W) noisy in, (N, C, H, W) restored out, any H and W.

    A subclass sets in its constructor what tiling without a seam needs: how far it sees, and where
    its layers repeat.

    Attributes
    ----------
    receptive_radius : int
        How many pixels of the picture away an input can change an output, but for `GlobalMean`.
        Pixels of the picture also where a network folds 2×2 of them into one: what its layers see
        is then doubled (`Residual.in_pixels`).
    stride : int
        The multiple of pixels at which its layers repeat.
    predicts_change : bool
        Restored = noisy + change: what rounds the change is harmless.
    takes_sigma : bool
        It is told σ, ``network(noisy, sigma)``, as a number or as a map.
    architecture : dict
        What `build` was asked for: the card of a trained weight holds it.
    """

    sizes: ClassVar[dict[str, dict]] = {}  # "small" and "paper": the options of each
    receptive_radius: int
    stride: int = 1
    predicts_change: bool = False
    takes_sigma: ClassVar[bool] = False
    architecture: dict

    def stride_in(self, height: int, width: int) -> int:
        """At which multiple of pixels its layers repeat in a picture of this size."""
        return self.stride


class GlobalMean(nn.Module):
    """The mean of each feature map over the whole picture, which attention to features looks at.

    A tile is not the whole picture. `inference` shows the tiles to a mean once, collecting their
    `sums`, and then fixes their mean as `fixed`; a picture in one piece needs neither.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sums: list[Tensor] | None = None
        self.fixed: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C, 1, 1)."""
        if self.fixed is not None:
            return self.fixed
        if self.sums is not None:
            sums = x.float().sum(dim=(-2, -1), keepdim=True)
            self.sums.append(torch.cat([sums, torch.full_like(sums[:, :1], x[0, 0].numel())], 1))
        return x.mean(dim=(-2, -1), keepdim=True)

    def fix(self) -> None:
        """From now on give the mean of all that was collected."""
        total = torch.stack(self.sums).sum(dim=0)  # (N, C + 1, 1, 1): sums, and the pixels
        self.fixed, self.sums = total[:, :-1] / total[:, -1:], None


NETWORKS: Registry[type[Network]] = Registry("network")


def network(
    small: dict, paper: dict | None = None, name: str | None = None
) -> Callable[[type[Network]], type[Network]]:
    """Declare a network and its two sizes (use as a decorator of the class).

    The paper's size is by default what the constructor takes by default, and the name in the
    registry that of the class in small letters. The constructor then refuses odd options, also
    for those who call the class.
    """

    def declare(cls: type[Network]) -> type[Network]:
        key = name or cls.__name__.lower()
        init = cls.__init__
        signature = inspect.signature(init)

        @functools.wraps(init)
        def checked(self: Network, *args: object, **options: object) -> None:
            given = signature.bind(self, *args, **options)
            for option, value in list(given.arguments.items())[1:]:
                default = signature.parameters[option].default
                given.arguments[option] = _check_option(f"{option} of {key}", value, default)
            init(*given.args, **given.kwargs)

        cls.__init__ = checked
        cls.sizes = {"small": small, "paper": paper or {}}
        NETWORKS[key] = cls
        return cls

    return declare


def build(name: str, size: str = "small", channels: int | None = None, **options) -> Network:
    """A network with fresh weights.

    Parameters
    ----------
    name : str
        A key of `NETWORKS`.
    size : {"small", "paper"}
        The published layout, or one that trains on two cores.
    channels : int, optional
        1 for gray, 3 for colour; by default what the class takes, 1 for every denoiser.
    **options
        What the class takes beside, such as ``depth=20``; each replaces that of the size.

    Returns
    -------
    Network
        In training mode, on the processor. The weights are drawn by torch's global generator,
        as in every module of PyTorch: call `torch.manual_seed` first for the same ones again.

    Raises
    ------
    ValueError
        For an unknown network, size or option, for channels other than 1 and 3, for layers, maps
        or pixels that are no whole number, and for a network that no processor holds.

    Examples
    --------
    >>> dncnn = build("dncnn", size="paper")
    >>> sum(p.numel() for p in dncnn.parameters())
    556096
    >>> build("rednet", depth=20)(torch.rand(1, 1, 33, 47)).shape
    torch.Size([1, 1, 33, 47])
    """
    cls = NETWORKS[name]
    if not (isinstance(size, str) and size in SIZES):
        raise refusal("size", "'small' or 'paper'", size)
    defaults = {key: one.default for key, one in inspect.signature(cls).parameters.items()}
    channels = defaults.pop("channels") if channels is None else channels
    if not (is_whole(channels) and channels in (1, 3)):
        raise refusal("channels", "1 (gray) or 3 (colour)", channels)
    if unknown := sorted(options.keys() - defaults):
        accepted = ", ".join(sorted(defaults.keys() - {"channels"}))
        raise ValueError(f"{name} has no option {unknown[0]!r}; it has {accepted}")
    options = {
        option: _check_option(f"{option} of {name}", value, defaults[option])
        for option, value in options.items()
    }
    with AtMost(MAX_TENSORS, MAX_NUMBERS, name):
        built = cls(channels=channels, **cls.sizes[size] | options)
    if built.stride > MAX_STRIDE:
        raise ValueError(
            f"{name} would pad pictures to {built.stride} pixels, {MAX_STRIDE} at most"
        )
    built.architecture = {"network": name, "size": size, "channels": int(channels), **options}
    built.register_forward_pre_hook(_check_channels)
    return built


class TooLarge(ValueError):
    """A network has more parameters than it may have."""


class AtMost(TorchFunctionMode):
    """Stop the making of a network in this thread where it gets too large, before memory is taken.

    So a card that asks for a million layers is refused at once. Every layer asks for its weights
    by `torch.empty`, and gets `TooLarge` where it would exceed `tensors` or, in all of them,
    `numbers`.

    Examples
    --------
    >>> with AtMost(63, 10**8, "dncnn"):
    ...     build("dncnn", depth=9999)
    Traceback (most recent call last):
    ...
    helpers.networks.base.TooLarge: dncnn would have more than 63 tensors or 100000000 numbers
    """

    def __init__(self, tensors: int, numbers: int, name: str) -> None:
        super().__init__()
        self.tensors, self.numbers = tensors, numbers  # how many are left
        self.reason = f"{name} would have more than {tensors} tensors or {numbers} numbers"

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func is torch.empty:
            sides = args[0] if isinstance(args[0], Sequence) else args
            self.tensors, self.numbers = self.tensors - 1, self.numbers - math.prod(sides)
            if min(self.tensors, self.numbers) < 0:
                raise TooLarge(self.reason)
        return func(*args, **kwargs or {})


def _check_option(name: str, value: object, default: object) -> object:
    """An option of the kind of its default: yes or no, whole numbers, or one of them."""
    if isinstance(default, bool):
        return flag(value, name)
    if isinstance(default, tuple):
        numbers = wholes(value, name, 1, MAX_OPTION)
        if len(numbers) > MAX_LEVELS:
            raise refusal(name, f"a list of at most {MAX_LEVELS} numbers", value)
        return numbers
    if default is None and value is None:
        return None
    return whole(value, name, 1, MAX_OPTION)


def _check_channels(network: Network, given: tuple[Tensor, ...]) -> None:
    """Refuse gray pictures where a network restores colour, and the reverse."""
    name, channels = network.architecture["network"], network.architecture["channels"]
    if not isinstance(given[0], Tensor):
        raise refusal(f"what this {name} takes", f"a tensor (N, {channels}, H, W)", given[0])
    shape = tuple(given[0].shape)
    if len(shape) != 4 or shape[1] != channels:
        other = {1: 3, 3: 1}[channels]
        raise ValueError(
            f"this {name} takes (N, {channels}, H, W), not {shape}; for pictures of {other} "
            f"channel{'s' * (other > 1)} build({name!r}, channels={other}) makes another"
        )


def check_built(network: object) -> None:
    """Refuse what `build` did not make: nobody would know what it is.

    Raises
    ------
    ValueError
        For another module, and for a network that was made by its class alone.
    """
    if not (isinstance(network, Network) and hasattr(network, "architecture")):
        kind = type(network).__name__
        raise ValueError(f"network is one made by networks.build, not a bare {kind}")


def normalises(network: nn.Module) -> bool:
    """Whether there is batch normalisation in a network."""
    return any(isinstance(module, nn.BatchNorm2d) for module in network.modules())


def conv(inside: int, outside: int, size: int = 3, **options) -> nn.Conv2d:
    """A convolution that keeps the size of the picture."""
    dilation = options.get("dilation", 1)
    return nn.Conv2d(inside, outside, size, padding=dilation * (size // 2), **options)


def pad_to_multiple(image: Tensor, multiple: int, border: str = "repeat") -> Tensor:
    """Continue a picture below and at the right until both sides are multiples of `multiple`.

    Parameters
    ----------
    image : Tensor
        (N, C, H, W) of any size.
    multiple : int
        What both sides are to be a multiple of.
    border : {"repeat", "mirror"}
        Continue with the last row and column; or with those before them, back and forth as
        often as needed, so that what follows is as rough as the picture.

    Examples
    --------
    >>> pad_to_multiple(torch.arange(3.0).expand(1, 1, 1, 3), 8, "mirror")[0, 0, 0].tolist()
    [0.0, 1.0, 2.0, 1.0, 0.0, 1.0, 2.0, 1.0]
    """
    height, width = image.shape[-2:]
    below, right = -height % multiple, -width % multiple
    if not (below or right):
        return image
    if border == "mirror":  # unlike torch's "reflect" it may pass the other side
        rows, columns = (
            torch.from_numpy(np.pad(np.arange(side), (0, more), mode="reflect")).to(image.device)
            for side, more in ((height, below), (width, right))
        )
        return image[..., rows, :][..., columns]
    return F.pad(image, (0, right, 0, below), mode="replicate")


class Residual(Network):
    """A network that learns the change: restored = noisy + change(noisy).

    Parameters
    ----------
    channels : int
        1 or 3.
    scale : int
        1 works on the picture; 2 folds 2×2 pixels into channels first and unfolds them at the
        end (Shi et al. 2016; Zhang, Zuo, Zhang 2018), a quarter of the work for each layer; 4
        folds 4×4.
    """

    border: ClassVar[str] = "repeat"  # how a picture goes on to the next multiple of `stride`

    def __init__(self, channels: int, scale: int) -> None:
        super().__init__()
        if scale not in (1, 2, 4):
            raise ValueError(f"scale is 1, 2 or 4, not {scale!r}")
        self.channels, self.scale, self.stride = channels, scale, scale
        self.folded = channels * scale**2  # channels inside
        self.predicts_change = True

    def change(self, folded: Tensor) -> Tensor:
        """What is to be added; (N, folded, h, w) in and out."""
        raise NotImplementedError

    def forward(self, noisy: Tensor) -> Tensor:
        """(N, C, H, W) noisy to (N, C, H, W) restored."""
        return noisy + self.unfolded(noisy)

    def unfolded(self, noisy: Tensor) -> Tensor:
        """The change as pixels, (N, C, H, W) for any H and W."""
        height, width = noisy.shape[-2:]
        whole = pad_to_multiple(noisy, self.stride, self.border)
        change = self.change(F.pixel_unshuffle(whole, self.scale))  # (N, C·s², H/s, W/s)
        return F.pixel_shuffle(change, self.scale)[..., :height, :width]

    def in_pixels(self, radius: int) -> int:
        """A radius in folded pixels as one in pixels: to the far corner of the last folded one."""
        return self.scale * radius + self.scale - 1


def conv_chain(
    widths: Sequence[int], normalised: Container[int] = (), slope: float = 0.0
) -> nn.Sequential:
    """3×3 convolutions from width to width, each followed by ReLU.

    Parameters
    ----------
    widths : sequence of int
        Channels that come in, and feature maps after each layer.
    normalised : container of int
        The layers, counted from 0, with batch normalisation before their ReLU.
    slope : float
        Of a leaky ReLU below 0.
    """
    layers: list[nn.Module] = []
    for number, (inside, outside) in enumerate(pairwise(widths)):
        layers += [conv(inside, outside)]
        layers += [nn.BatchNorm2d(outside)] * (number in normalised)
        layers += [nn.LeakyReLU(slope, inplace=True) if slope else nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


def init_he_(module: nn.Module, last: nn.Module | None = None) -> None:
    """He's initialisation for layers that a ReLU follows (He, Zhang, Ren, Sun 2015), in place.

    `last` begins near zero, so that an untrained network returns its input. Not at zero: no
    gradient would reach the layers before it.
    """
    for layer in module.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    if last is not None:
        scale_init_(last, share=0.01)


def scale_init_(*layers: nn.Module, share: float = 0.1) -> None:
    """Scale first weights down, in place: a residual block then begins near the identity.

    What a fresh small RDN adds to a picture has 0.12 of the picture's own standard deviation with
    a tenth, 0.73 without scaling; a hundredth gains nothing more, 0.11 (three photographs at σ =
    25/255, three draws).
    """
    with torch.no_grad():
        for layer in layers:
            layer.weight.mul_(share)
