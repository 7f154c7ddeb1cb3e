"""Texture lost and noise left: a decomposition, and a loss that no attack fools."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch

from helpers import images, noise
from helpers.filters import FILTERS
from helpers.losses import DEG, Texture
from helpers.losses.gradients import differences
from helpers.losses.texture import lost_and_left
from helpers.training.patches import as_batch
from tests.losses.pictures import degraded, photograph


def squared_gradient_error(y: torch.Tensor, x: torch.Tensor) -> float:
    pairs = zip(differences(y - x), ((slice(-1), slice(None)), (slice(None), slice(-1))))
    return sum(float(d[..., rows, columns].square().mean()) for d, (rows, columns) in pairs)


@pytest.mark.parametrize("side", [33, 65])  # whole windows of differences
def test_the_two_parts_are_all_of_the_gradient_error(side: int) -> None:
    x = photograph(side, channels=3)
    y = 0.7 * degraded(x, 0.1)
    assert float(sum(lost_and_left(y, x))) == pytest.approx(squared_gradient_error(y, x), rel=1e-4)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0, 1.5])
def test_less_contrast_is_texture_lost_and_no_noise(share: float) -> None:
    x = photograph(33)
    lost, left = lost_and_left(share * x, x)
    energy, _ = lost_and_left(0 * x, x)
    assert lost.item() == pytest.approx((1 - share) ** 2 * energy.item(), abs=1e-8)
    assert left.item() == pytest.approx(0, abs=1e-8)


def test_noise_is_noise_left_and_hardly_texture() -> None:
    x = photograph(97)
    lost, left = lost_and_left(degraded(x, 0.05), x)
    # differences of noise have twice its variance, in two directions; of the 128 in a window
    # one, along g, is taken for texture
    assert left.item() == pytest.approx(4 * 0.05**2 * 127 / 128, rel=0.03)
    assert lost.item() < 0.02 * left.item()


def test_a_flat_reference_has_no_texture_to_lose() -> None:
    x = torch.full((1, 1, 17, 17), 0.5)
    lost, left = lost_and_left(degraded(x, 0.1), x)
    assert (lost.item(), left.item()) == (0, pytest.approx(4 * 0.1**2, rel=0.2))


def test_gradients_are_those_of_the_value() -> None:
    x = photograph(12).double()
    y = degraded(x.float(), 0.1).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda y: Texture(window=4)(y, x), [y])


ATTACKED = ("camera", "brick", "coffee", "retina")  # texture, edges, and hardly either


@pytest.mark.slow
@pytest.mark.parametrize("sigma", [15, 50])
@pytest.mark.parametrize("name", ATTACKED)
def test_no_attack_passes_for_a_restoration(name: str, sigma: int) -> None:
    x = images.load(name, gray=True, size=256)
    y = noise.Gaussian(sigma / 255)(x, rng=0)
    restored = np.clip(FILTERS["bm3d"](y, sigma / 255), 0, 1).astype(np.float32)
    rng = np.random.default_rng(1)
    grain = rng.standard_normal(x.shape).astype(np.float32) / 255
    attacks = {
        "noise 2": restored + 2 * grain,
        "noise 8": restored + 8 * grain,
        "turned": np.ascontiguousarray(x[::-1, ::-1]),
        "shuffled": rng.permutation(x.ravel()).reshape(x.shape),
    }
    loss, reference = Texture(), as_batch([x])
    kept = loss(as_batch([restored]), reference).item()
    assert loss(reference, reference).item() < 1e-6 < kept
    for attack, picture in attacks.items():
        assert loss(as_batch([picture]), reference).item() > kept, attack


def test_deg_is_fooled_where_texture_is_not() -> None:
    """As in notebook `ssim_versus_gradient_loss`: noise on a restored picture of texture."""
    x = images.load("grass", gray=True, size=160)
    restored = FILTERS["bm3d"](noise.Gaussian(50 / 255)(x, rng=0), 50 / 255)
    grain = np.random.default_rng(1).standard_normal(x.shape).astype(np.float32) / 255
    steps = [as_batch([restored + k * grain]) for k in (0, 4, 8)]
    deg, texture = ([float(loss(y, as_batch([x]))) for y in steps] for loss in (DEG(), Texture()))
    assert all(a > b for a, b in pairwise(deg))
    assert all(a < b for a, b in pairwise(texture))


@pytest.mark.parametrize("options", [{"left": 0}, {"left": -1.0}, {"pixels": -1}, {"window": 1}])
def test_weights_that_say_nothing_are_refused(options: dict) -> None:
    ((name, value),) = options.items()
    with pytest.raises(ValueError, match=rf"^{name} is a .*number .*, not {value}"):
        Texture(**options)
