"""What every network of the course is: a module in a registry, in two sizes, for any picture."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from helpers.checks import flag, is_whole, refusal, whole, wholes
from helpers.registry import Registry

SIZES = ("small", "paper")
# Beyond all papers: PRIDNet, the largest, has 376 tensors of 74 million numbers, stride 256. And
# within what any processor holds: 0.4 GB of float32, drawn in three seconds.
TENSORS, NUMBERS, STRIDE = 10_000, 100_000_000, 1024
LARGEST, LEVELS = 10_000, 16  # of one option: its value, and how many numbers it lists


class Network(nn.Module):
    """A denoiser to be trained: (N, C, H, W) noisy in, (N, C, H, W) restored out, any H and W.

    A subclass says how far it sees (`radius`), and at which multiple of pixels its layers repeat
    (`stride`); from these the picture is tiled without a seam.
    """

    sizes: ClassVar[dict[str, dict]] = {}  # "small" and "paper": the options of each
    predicts_change: bool = False  # restored = noisy + change: rounding of the change is harmless
    architecture: dict  # what `build` was asked for: the card of a trained weight holds it
    stride: int = 1

    @property
    def radius(self) -> int:
        """How many pixels away an input can change an output, but for `GlobalMean`."""
        raise NotImplementedError


class TooLarge(ValueError):
    """A network has more parameters than it may have."""


class GlobalMean(nn.Module):
    """The mean of each feature map over the whole picture, which attention to features looks at.

    A tile is not the whole picture. `inference` shows the tiles to a mean once, collecting in
    `seen`, and then fixes it as `known`; a picture in one piece needs neither.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Tensor] | None = None
        self.known: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C, 1, 1)."""
        if self.known is not None:
            return self.known
        if self.seen is not None:
            sums = x.float().sum(dim=(-2, -1), keepdim=True)
            self.seen.append(torch.cat([sums, torch.full_like(sums[:, :1], x[0, 0].numel())], 1))
        return x.mean(dim=(-2, -1), keepdim=True)

    def fix(self) -> None:
        """Know the mean of all that was seen."""
        total = torch.stack(self.seen).sum(dim=0)  # (N, C + 1, 1, 1): sums, and the pixels
        self.known, self.seen = total[:, :-1] / total[:, -1:], None


NETWORKS: Registry[type[Network]] = Registry("network")


def network(
    small: dict, paper: dict, name: str | None = None
) -> Callable[[type[Network]], type[Network]]:
    """Declare a network and its two sizes (use as a decorator of the class)."""

    def declare(cls: type[Network]) -> type[Network]:
        cls.sizes = {"small": small, "paper": paper}
        cls.__init__ = _checking(cls.__init__, name or cls.__name__)
        NETWORKS[name or cls.__name__.lower()] = cls
        return cls

    return declare


def _checking(init: Callable[..., None], name: str) -> Callable[..., None]:
    """The same constructor, which refuses options that are none, for whoever calls the class."""
    signature = inspect.signature(init)

    @functools.wraps(init)
    def checked(self: Network, *args: object, **options: object) -> None:
        given = signature.bind(self, *args, **options)
        for option, value in list(given.arguments.items())[1:]:
            usual = signature.parameters[option].default
            given.arguments[option] = _check_option(f"{option} of {name}", value, usual)
        init(*given.args, **given.kwargs)

    return checked


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
        For an unknown network, size or option, for channels other than 1 and 3, where a number
        of layers, maps or pixels is none, and for a network that no processor holds.

    Examples
    --------
    >>> dncnn = build("dncnn", size="paper")
    >>> sum(p.numel() for p in dncnn.parameters())
    556096
    >>> build("rednet", depth=20)(torch.rand(1, 1, 33, 47)).shape
    torch.Size([1, 1, 33, 47])
    """
    return rebuild({"network": name, "size": size, "channels": channels, **options})


def rebuild(about: dict, tensors: int = TENSORS, numbers: int = NUMBERS) -> Network:
    """As `build`, from the ``architecture`` of a network or of a card.

    Parameters
    ----------
    about : dict
        The name as ``network``, perhaps ``size`` and ``channels``, and options.
    tensors, numbers : int
        How many tensors, and numbers in all of them, it may have.

    Raises
    ------
    ValueError
        As `build`; and for more than it may have, as soon as that is known: a card that asks
        for a million layers is refused at once.

    Examples
    --------
    >>> rebuild({"network": "dncnn", "depth": 9999}, tensors=63)
    Traceback (most recent call last):
    ...
    helpers.networks.base.TooLarge: dncnn would have more than 63 tensors or 100000000 numbers
    """
    architecture = _checked(**about)
    name, size, channels, *_ = architecture.values()
    cls, options = NETWORKS[name], {key: architecture[key] for key in list(architecture)[3:]}
    with _AtMost(tensors, numbers, name):
        made = cls(channels=channels, **cls.sizes[size] | options)
    if made.stride > STRIDE:
        raise ValueError(f"{name} would pad pictures to {made.stride} pixels, {STRIDE} at most")
    made.architecture = architecture
    made.register_forward_pre_hook(_check_channels)
    return made


class _AtMost(TorchFunctionMode):
    """Stop the making of a network in this thread where it gets too large, before memory is taken.

    Every layer asks for its weights by `torch.empty`.
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


def _checked(
    network: object, size: object = SIZES[0], channels: object = None, **options: object
) -> dict:
    """What is to be built, as `Network.architecture` and cards hold it, all of it possible."""
    cls, name = NETWORKS[network], network
    if not (isinstance(size, str) and size in SIZES):
        raise refusal("size", "'small' or 'paper'", size)
    accepted = inspect.signature(cls).parameters
    channels = accepted["channels"].default if channels is None else channels
    if not (is_whole(channels) and channels in (1, 3)):
        raise refusal("channels", "1 (gray) or 3 (colour)", channels)
    known = set(accepted) - {"channels"}
    if unknown := set(options) - known:
        raise ValueError(
            f"{name} has no option {sorted(unknown)[0]!r}; it has {', '.join(sorted(known))}"
        )
    options = {
        option: _check_option(f"{option} of {name}", value, accepted[option].default)
        for option, value in options.items()
    }
    return {"network": name, "size": size, "channels": int(channels), **options}


def _check_option(name: str, value: object, usual: object) -> object:
    """An option of the kind of the usual one: yes or no, whole numbers, or one of them."""
    if isinstance(usual, bool):
        return flag(value, name)
    if isinstance(usual, tuple):
        several = wholes(value, name, 1)
        if len(several) > LEVELS or max(several) > LARGEST:
            raise refusal(name, f"at most {LEVELS} numbers, none above {LARGEST}", value)
        return several
    if usual is None and value is None:
        return None
    if whole(value, name, 1) > LARGEST:
        raise refusal(name, f"a whole number from 1 to {LARGEST}", value)
    return int(value)


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
        raise ValueError(
            f"a network as networks.build makes it is asked for, not {type(network).__name__}"
        )


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
        rows, columns = (_mirrored(*pair) for pair in ((height, below), (width, right)))
        return image[..., rows.to(image.device), :][..., columns.to(image.device)]
    return F.pad(image, (0, right, 0, below), mode="replicate")


def _mirrored(side: int, more: int) -> Tensor:
    """Indices 0 … side − 1, side − 2 … 0, 1 …: the first side + more of them."""
    period = max(1, 2 * (side - 1))
    place = torch.arange(side + more) % period
    return torch.minimum(place, period - place)


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

    @property
    def reach(self) -> int:
        """How many folded pixels away an input can change an output."""
        raise NotImplementedError

    @property
    def radius(self) -> int:
        """How many pixels away an input can change an output."""
        return self.scale * self.reach + self.scale - 1


def he_start(module: nn.Module) -> None:
    """He's initialisation for layers that a ReLU follows (He, Zhang, Ren, Sun 2015)."""
    for layer in module.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def start_small(layer: nn.Module, share: float = 0.1) -> None:
    """Scale a layer's first weights down: a residual block then begins near the identity."""
    with torch.no_grad():
        layer.weight.mul_(share)


def start_as_identity(last: nn.Module) -> None:
    """Let the last layer begin near zero, so that an untrained network returns its input."""
    start_small(last, 0.01)
