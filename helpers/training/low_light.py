"""Zero-DCE learns from dark pictures alone: no reference, four losses on what it makes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from torch import Tensor

from helpers import checks
from helpers.losses import LowLight
from helpers.networks import ZeroDCE, apply_curves
from helpers.networks.base import check_built
from helpers.training.checkpoint import described, fingerprint
from helpers.training.descent import Descent, descend
from helpers.training.loop import History, settings_of
from helpers.training.patches import as_batch, cut, prepare


def train_low_light(
    network: ZeroDCE,
    images: Sequence[np.ndarray],
    *,
    loss: LowLight | None = None,
    patch: int = 64,
    checkpoint: str | Path | None = None,
    every: int = 100,
    progress: bool = True,
    **settings: float,
) -> History:
    """Train the curves that brighten dark pictures; the network ends in eval mode.

    Parameters
    ----------
    network : ZeroDCE
        As ``networks.build("zero_dce")`` gives it; changed in place.
    images : sequence of ndarray
        Pictures in [0, 1], dark ones and some that are not, else all will be brightened.
    loss : LowLight, optional
        By default that of the paper.
    patch : int
        Side of a patch, pixels, 16 or more; 512 in the paper, 256 in its code.
    checkpoint, every, progress
        As for `descend`.
    **settings
        ``steps`` 1000, ``batch`` 8, ``lr`` 1e-4, ``weight_decay`` 1e-4, ``grad_clip`` 0.1 (norm of
        the gradient), ``seed`` 0; the last four as in the released code.

    Returns
    -------
    History
        Without PSNR: there is no reference.

    Raises
    ------
    ValueError
        For another network, settings out of range, pictures that hold no patch, and a
        checkpoint of another training.

    References
    ----------
    Guo et al. (2020); see `networks.ZeroDCE`.

    Examples
    --------
    >>> from helpers import images, networks
    >>> network = networks.build("zero_dce", width=4)
    >>> dark = [0.2 * images.load("astronaut", size=64)]
    >>> train_low_light(network, dark, steps=3, batch=2, progress=False).step
    [3]
    """
    check_built(network)
    if not isinstance(network, ZeroDCE):
        raise ValueError(f"build('zero_dce') is trained so, not {type(network).__name__}")
    chosen = settings_of({"weight_decay": 1e-4, "grad_clip": 0.1} | settings, Descent)
    loss = LowLight() if loss is None else loss
    if not isinstance(loss, LowLight):
        raise checks.refusal("loss", "a losses.LowLight", loss)
    patch = checks.whole(patch, "patch", 1)
    pictures = prepare(images, network.architecture["channels"], patch)

    def objective(numbers: range) -> Tensor:
        dark = as_batch([_sample(pictures, patch, chosen.seed, number) for number in numbers])
        curves = network.curves(dark)  # (N, C·iterations, patch, patch)
        return loss(apply_curves(dark, curves), dark, curves)

    about = {
        "loss": described(loss),
        "patch": patch,
        "pictures": fingerprint(pictures),
        "architecture": json.loads(json.dumps(network.architecture)),  # as it is read
    }
    return descend(network, objective, chosen, about, checkpoint, every, progress)


def _sample(pictures: Sequence[np.ndarray], patch: int, seed: int, number: int) -> np.ndarray:
    rng = np.random.default_rng((seed, number))
    return cut([pictures[rng.integers(len(pictures))]], patch, rng)[0]
