"""Trained weights: a safetensors file and a JSON card beside it; nothing is ever unpickled."""

from __future__ import annotations

import json
import warnings
from hashlib import sha256
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as from_bytes
from safetensors.torch import save as as_bytes

from helpers import checks, paths
from helpers.files import write_whole
from helpers.networks.base import AtMost, Network, TooLarge, build, check_built

SUFFIX = ".safetensors"


def available(prefix: str = "") -> list[str]:
    """Names of the weights that ship.

    `prefix` is a folder beside them, and how the file names there begin, such as ``losses/mdf_``.

    Examples
    --------
    >>> "dncnn" in available()
    True
    """
    files = paths.weights().glob(f"{prefix}*{SUFFIX}")
    return sorted(path.stem.removeprefix(Path(prefix).name) for path in files)


def save(network: Network, path: str | Path, card: dict) -> None:
    """Write a network's values in half precision, and its card, each whole or not at all.

    Running statistics of batch normalisation stay in float32. The card gets the SHA-256 of the
    safetensors file, as ``sha256sum`` prints it: it belongs to this file and to no other.

    Parameters
    ----------
    network : Network
        As `build` made it.
    path : str or Path
        The safetensors file; the card gets the same name with ``.json``.
    card : dict
        What there is to know; ``architecture`` and ``sha256`` are added.

    Raises
    ------
    ValueError
        For values that are not finite in half precision, a path without ``.safetensors``, and a
        card that is no dictionary or no JSON.
    OSError
        When there is no room for them; what was there before still is.
    """
    check_built(network)
    path = checks.path(path, "the path of a weight")
    if path.suffix != SUFFIX:
        raise checks.refusal("the path of a weight", f"one that ends in {SUFFIX}", path.name)
    if not isinstance(card, dict):
        raise checks.refusal("card", "a dictionary", card)
    learned = {name for name, _ in network.named_parameters()}
    tensors = {
        name: (value.half() if name in learned else value).detach().contiguous().cpu()
        for name, value in network.state_dict().items()
    }
    for name, value in tensors.items():
        if not value.isfinite().all():
            raise ValueError(f"{name} has values that half precision cannot hold: nothing is kept")
    write_pair(path, tensors, card | {"architecture": network.architecture})


def write_pair(path: Path, tensors: dict[str, torch.Tensor], card: dict) -> None:
    """A safetensors file, and beside it a card that names the file's SHA-256.

    A card with NaN, infinity, or an object that JSON has no form for, is a `ValueError`.
    """
    data = as_bytes(tensors)
    card = {"architecture": None, "sha256": None} | card | {"sha256": sha256(data).hexdigest()}
    try:
        text = json.dumps(card, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        written = text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"the card of {path.name} cannot be written as JSON: {error}") from error
    write_whole({path: data, path.with_suffix(".json"): written})


def read(name: str | Path) -> tuple[Network, dict]:
    """A trained network in eval mode, and its card.

    Parameters
    ----------
    name : str or Path
        One of `available`, or the path of a safetensors file with its card beside it.

    Raises
    ------
    ValueError
        For an unknown name, a pickle, a truncated or damaged file, one whose tensors are not
        those of the architecture on its card, and one whose SHA-256 is not that on its card.

    Warns
    -----
    UserWarning
        When the card names no SHA-256, as cards did not at first: whether it belongs to this
        file, and whether the file is whole, is then not known.
    """
    path = find(name)
    card = read_card(path)
    tensors, digest = _opened(path)
    network = _network_of(card, path, tensors)
    _fill(network, tensors, path)
    _check_digest(digest, card, path)
    return network.eval(), card


def find(name: str | Path, prefix: str = "", kind: str = "trained weight") -> Path:
    """The safetensors file of a name.

    Parameters
    ----------
    name : str or Path
        One of ``available(prefix)``, or a path.
    prefix : str
        As for `available`.
    kind : str
        What is looked for, in messages.

    Raises
    ------
    ValueError
        For an unknown name, another kind of file, and a path where there is none.
    """
    path = checks.path(name, f"a {kind}")
    if not (isinstance(name, Path) or path.suffix):
        shipped = paths.weights() / f"{prefix}{name}{SUFFIX}"
        if shipped.exists():
            return shipped
        if not path.exists():
            known = ", ".join(available(prefix)) or "none"
            raise ValueError(f"no {kind} {name!r}; there are {known}")
    if path.suffix != SUFFIX:
        raise ValueError(
            f"{path.name} may be a pickle, which can run code when it is opened; "
            f"only {SUFFIX} files are read"
        )
    if not path.is_file():
        raise ValueError(f"there is no file {path}")
    return path


def read_card(path: Path) -> dict:
    """The card beside a safetensors file; a `ValueError` where it is missing or damaged."""
    file = path.with_suffix(".json")
    try:
        card = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"{path.name} has no card: {file.name} is missing beside it") from None
    except IsADirectoryError:
        raise ValueError(f"the card {file.name} is a folder") from None
    except (ValueError, RecursionError) as error:  # no JSON, no text, or an attack
        raise ValueError(f"the card {file.name} is damaged: {error}") from error
    if not isinstance(card, dict) or not isinstance(card.get("training", {}), dict):
        raise ValueError(f"the card {file.name} is damaged: it does not say what it should")
    return card


def _network_of(card: dict, path: Path, tensors: dict[str, torch.Tensor]) -> Network:
    """The network of a card, if it is hardly larger than what the file holds.

    Twice as large is let through, and refused by `_fill`: some layers are made and left out.
    """
    architecture = card.get("architecture")
    if not isinstance(architecture, dict) or "network" not in architecture:
        raise ValueError(f"the card of {path.name} does not say which network it is")
    options = dict(architecture)
    name, numbers = options.pop("network"), sum(tensor.numel() for tensor in tensors.values())
    try:
        with AtMost(2 * len(tensors), 2 * numbers, name):
            return build(name, **options)
    except TooLarge:
        raise ValueError(
            f"{path.name} is not the {name} of its card: it holds {len(tensors)} tensors of "
            f"{numbers} numbers, and that one would have far more"
        ) from None
    except Exception as error:  # whatever a layer of −1 maps answers
        raise ValueError(f"the card of {path.name} cannot be built: {error}") from error


def read_tensors(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a safetensors file by name, checked against its card if there is one.

    Raises
    ------
    ValueError
        For a truncated file, and one that is not that of its card.
    """
    tensors, digest = _opened(path)
    if path.with_suffix(".json").exists():
        _check_digest(digest, read_card(path), path)
    return tensors


def _opened(path: Path) -> tuple[dict[str, torch.Tensor], str]:
    """The tensors of a safetensors file, and its SHA-256."""
    data = path.read_bytes()
    try:
        return from_bytes(data), sha256(data).hexdigest()
    except (SafetensorError, KeyError, RuntimeError, ValueError) as error:  # or an unknown type
        raise ValueError(f"{path.name} is truncated or no safetensors file ({error})") from error


def _check_digest(digest: str, card: dict, path: Path) -> None:
    """Refuse a file that is not the one that its card was written for, to the bit."""
    if "sha256" not in card:
        warnings.warn(
            f"the card of {path.name} names no SHA-256: whether they belong together, and whether "
            "the file is whole, is not known; weights.save writes one",
            stacklevel=4,
        )
    elif card["sha256"] != digest:
        raise ValueError(
            f"{path.name} is damaged, or not the file of its card: its SHA-256 is {digest}, and "
            f"the card names {checks.shown(card['sha256'])}"
        )


def _fill(network: Network, tensors: dict[str, torch.Tensor], path: Path) -> None:
    """Copy the tensors in, once it is sure that each has its place and each place its tensor."""
    wanted = network.state_dict()
    other = f"{path.name} is not the {network.architecture['network']} of its card: "
    if missing := sorted(wanted.keys() - tensors.keys()):
        raise ValueError(f"{other}it lacks {missing[0]}")
    if extra := sorted(tensors.keys() - wanted.keys()):
        raise ValueError(f"{other}it has {extra[0]} beside")
    for name, tensor in tensors.items():
        shape = tuple(wanted[name].shape)
        if tensor.shape != shape:
            raise ValueError(f"{other}{name} is {tuple(tensor.shape)}, wanted is {shape}")
        if tensor.is_floating_point() != wanted[name].is_floating_point():
            raise ValueError(f"{path.name}: {name} is of type {tensor.dtype}")
        if not tensor.isfinite().all():
            raise ValueError(f"{path.name} is damaged: {name} holds NaN or infinity")
    network.load_state_dict(tensors)
