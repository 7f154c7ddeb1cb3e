"""Trained weights: a safetensors file and a JSON card beside it; nothing is ever unpickled."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as as_bytes

from helpers.files import write_whole
from helpers.networks.base import Network, build, check_built

_PACKAGE = Path(__file__).parents[1]
SUFFIX = ".safetensors"


def folder() -> Path:
    """Where the weights that ship are: in the project, or inside the installed package."""
    project = _PACKAGE.parent / "data" / "weights"
    return project if project.is_dir() else _PACKAGE / "weights"


def available() -> list[str]:
    """Names of the weights that ship.

    Examples
    --------
    >>> "dncnn" in available()
    True
    """
    return sorted(path.stem for path in folder().glob("*" + SUFFIX))


def save(network: Network, path: str | Path, card: dict) -> None:
    """Write a network's values in half precision, and its card, each whole or not at all.

    Running statistics of batch normalisation stay in float32.

    Parameters
    ----------
    network : Network
        As `build` made it.
    path : str or Path
        The safetensors file; the card gets the same name with ``.json``.
    card : dict
        What there is to know; the architecture is added.

    Raises
    ------
    ValueError
        For values that are not finite in half precision, and a card that is no JSON.
    OSError
        When there is no room for them; what was there before still is.
    """
    path = Path(path)
    check_built(network)
    learned = {name for name, _ in network.named_parameters()}
    tensors = {
        name: (value.half() if name in learned else value).detach().contiguous().cpu()
        for name, value in network.state_dict().items()
    }
    for name, value in tensors.items():
        if not value.isfinite().all():
            raise ValueError(f"{name} has values that half precision cannot hold: nothing is kept")
    about = {"architecture": network.architecture, **card}
    text = json.dumps(about, indent=1, ensure_ascii=False, allow_nan=False)
    write_whole({path: as_bytes(tensors), path.with_suffix(".json"): (text + "\n").encode()})


def read(name: str | Path) -> tuple[Network, dict]:
    """A trained network in eval mode, and its card.

    Parameters
    ----------
    name : str or Path
        One of `available`, or the path of a safetensors file with its card beside it.

    Raises
    ------
    ValueError
        For an unknown name, a pickle, a truncated file, and one whose tensors are not those of
        the architecture on its card.
    """
    path = _find(name)
    card = read_card(path)
    network = _network_of(card, path)
    _fill(network, read_tensors(path), path)
    return network.eval(), card


def _find(name: str | Path) -> Path:
    if isinstance(name, Path) or Path(name).suffix or Path(name).exists():
        return as_weights_file(Path(name))
    path = folder() / f"{name}{SUFFIX}"
    if not path.exists():
        raise ValueError(f"no trained weight {name!r}; there are {', '.join(available())}")
    return path


def as_weights_file(path: Path) -> Path:
    """The path itself, once it is sure that a safetensors file is there.

    Raises
    ------
    ValueError
        For another kind of file, and where there is none.
    """
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
    card = path.with_suffix(".json")
    try:
        about = json.loads(card.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"{path.name} has no card: {card.name} is missing beside it") from None
    except (ValueError, RecursionError) as error:  # no JSON, no text, or an attack
        raise ValueError(f"the card {card.name} is damaged: {error}") from error
    if not isinstance(about, dict) or not isinstance(about.get("training", {}), dict):
        raise ValueError(f"the card {card.name} is damaged: it does not say what it should")
    return about


def _network_of(card: dict, path: Path) -> Network:
    about = card.get("architecture")
    if not isinstance(about, dict) or "network" not in about:
        raise ValueError(f"the card of {path.name} does not say which network it is")
    options = {key: value for key, value in about.items() if key != "network"}
    try:
        return build(about["network"], **options)
    except Exception as error:  # whatever a layer of −1 maps answers
        raise ValueError(f"the card of {path.name} asks for what is none: {error}") from error


def read_tensors(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a safetensors file by name; a `ValueError` where it is truncated."""
    try:
        return load_file(path)
    except SafetensorError as error:
        raise ValueError(f"{path.name} is truncated or no safetensors file ({error})") from error


def _fill(network: Network, tensors: dict[str, torch.Tensor], path: Path) -> None:
    """Copy the tensors in, once it is sure that each has its place and each place its tensor."""
    wanted = network.state_dict()
    missing, extra = sorted(wanted.keys() - tensors.keys()), sorted(tensors.keys() - wanted.keys())
    if missing or extra:
        what = f"lacks {missing[0]}" if missing else f"has {extra[0]} beside"
        raise ValueError(f"{path.name} is not the {_name(network)} of its card: it {what}")
    for name, tensor in tensors.items():
        if tensor.shape != wanted[name].shape:
            raise ValueError(
                f"{path.name} is not the {_name(network)} of its card: {name} is "
                f"{tuple(tensor.shape)}, wanted is {tuple(wanted[name].shape)}"
            )
        if tensor.is_floating_point() != wanted[name].is_floating_point():
            raise ValueError(f"{path.name}: {name} is of type {tensor.dtype}")
        if not tensor.isfinite().all():
            raise ValueError(f"{path.name} is damaged: {name} holds NaN or infinity")
    network.load_state_dict(tensors)


def _name(network: Network) -> str:
    return network.architecture["network"]
