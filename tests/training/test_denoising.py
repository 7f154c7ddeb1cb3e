"""`train`: networks learn to take noise away, and what cannot be learned is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from helpers import images, metrics, networks, noise
from helpers.estimation.grain import coarse_of
from helpers.losses import LOSSES, Charbonnier
from helpers.parameters import SIGMA
from helpers.training import Patches, RandomParameters, train
from helpers.training.denoising import Denoising
from helpers.training.loop import settings_of
from tests.training.small import GAUSSIAN, network, pictures, trained, values

# ---- learning -------------------------------------------------------------------------------


def test_a_network_learns_in_seconds() -> None:
    made = network(width=24)
    leaves = [images.dead_leaves(seed, (96, 96), (4, 48)) for seed in range(8)]
    history = train(
        made, leaves, noise=GAUSSIAN, steps=120, batch=4, patch=32, every=40,
        validation=[images.load("camera", gray=True, size=128)], progress=False,
    )  # fmt: skip
    assert history.step == [40, 80, 120]
    assert history.loss == sorted(history.loss, reverse=True)
    assert history.loss[-1] < 0.5 * GAUSSIAN.sigma**2
    assert history.psnr == sorted(history.psnr)
    clean = images.load("chelsea", gray=True, size=128)
    noisy = GAUSSIAN(clean, rng=0)
    restored = networks.TrainedNetwork(made)(noisy)
    assert metrics.psnr(clean, restored) > metrics.psnr(clean, noisy) + 3


def test_real_pairs_train_as_pictures_with_drawn_noise_do(tmp_path) -> None:
    """A camera that makes every picture darker by a quarter: only the pairs can tell."""
    pairs = [(0.75 * picture, picture) for picture in pictures(4)]
    state = tmp_path / "state.safetensors"
    changes = {"images": pairs[:3], "noise": None, "validation": pairs[3:], "steps": 60}
    made, history = trained(state, network=network(width=16), every=20, **changes)
    clean = pictures(4)[3]
    restored = networks.TrainedNetwork(made)(0.75 * clean)
    before = metrics.psnr(clean, 0.75 * clean)
    assert metrics.psnr(clean, restored) > before + 5
    assert history.psnr[-1] == pytest.approx(metrics.psnr(clean, np.clip(restored, 0, 1)), abs=0.1)
    other = [(0.7 * picture, picture) for picture in pictures(3)]
    with pytest.raises(ValueError, match=r"belongs to another training: there \{'pictures'"):
        trained(state, network=network(width=16), every=20, **changes | {"images": other})


def test_a_network_that_is_told_sigma_is_told_that_of_each_patch() -> None:
    made, seen = network("drunet"), []
    made.register_forward_pre_hook(lambda _, given: seen.append(given))
    drawn = RandomParameters("gaussian", sigma=(0, 75 / 255))
    trained(network=made, noise=drawn, steps=2, batch=3, patch=48, validation=pictures(1))
    sizes = [tuple(sigma.shape) for _, sigma in seen]
    assert sizes == [(3,), (3,), (1,)]  # two batches, and what is followed
    patches = Patches(pictures(), drawn, size=48, seed=0)
    for (noisy, sigma), numbers in zip(seen, [range(3), range(3, 6)]):
        clean = patches.batch(numbers)[1]
        spread = (noisy - clean).std(dim=(1, 2, 3))
        torch.testing.assert_close(sigma, spread, rtol=0.01, atol=0)  # of 2304 pixels
        assert sigma.max() > 1.2 * sigma.min()


def test_a_network_that_is_told_sigma_learns_for_every_strength() -> None:
    torch.manual_seed(0)
    made = networks.build("drunet", widths=(16, 16), blocks=1)
    leaves = [images.dead_leaves(seed, (96, 96), (4, 48)) for seed in range(8)]
    drawn = RandomParameters("gaussian", sigma=(0, 75 / 255))
    train(made, leaves, noise=drawn, steps=200, batch=4, patch=32, progress=False)
    clean = images.load("chelsea", gray=True, size=128)
    for level, gain in ((10, 2), (50, 7)):  # 3.0 to 3.1 and 8.1 to 8.2 dB, three seeds
        noisy = noise.Gaussian(level / 255)(clean, rng=0)
        told = networks.TrainedNetwork(made)(noisy, level / 255)
        assert metrics.psnr(clean, told) > metrics.psnr(clean, noisy) + gain


@pytest.mark.parametrize("channels", [1, 3])
def test_colour_pictures_train_networks_of_both_kinds(channels: int) -> None:
    fresh = values(network(channels=channels))
    made, history = trained(network=network(channels=channels), images=pictures(2, 3))
    assert not torch.equal(values(made), fresh)
    assert math.isfinite(history.loss[-1])


def test_losses_and_noises_of_any_kind_are_taken() -> None:
    by_name, by_hand = (values(trained(loss=loss)[0]) for loss in ("charbonnier", Charbonnier()))
    assert torch.equal(by_name, by_hand)
    blind = trained(noise=RandomParameters("gaussian", sigma=(0, 55 / 255)))[0]
    own = trained(noise=lambda rng: noise.Gaussian(rng.uniform(0, 55 / 255)))[0]
    assert torch.equal(values(blind), values(own))


def test_the_history_holds_mean_losses_and_the_score_on_validation() -> None:
    seen = []

    def loss(restored, clean):
        error = (restored - clean).square().mean()
        seen.append(error.item())
        return error

    _, history = trained(loss=loss, steps=10, every=4, validation=pictures(2))
    assert history.step == [4, 8, 10]
    parts = seen[:4], seen[4:8], seen[8:]
    np.testing.assert_allclose(history.loss, [np.mean(part) for part in parts], rtol=1e-5)
    assert 15 < history.psnr[-1] < 30
    assert history.seconds > 0
    without = trained(steps=3)[1]
    assert math.isnan(without.psnr[0])


def test_batches_reach_the_network_in_the_fast_layout() -> None:
    made, seen = network(channels=3), []
    made.register_forward_pre_hook(
        lambda _, given: seen.append(given[0].is_contiguous(memory_format=torch.channels_last))
    )
    trained(network=made, images=pictures(2, 3), steps=2)
    assert seen == [True, True]
    assert all(
        p.is_contiguous(memory_format=torch.channels_last)
        for p in made.parameters()
        if p.ndim == 4
    )


# ---- what is refused ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"patch": 64}, "none of the 3 pictures holds a patch of 64×64"),
        ({"images": []}, "none of the 0 pictures"),
        ({"noise": None}, r"images are pairs \(noisy, clean\); 0 is none"),
        ({"network": network(channels=3)}, "colour network needs colour pictures"),
        ({"loss": "l3"}, "unknown loss 'l3'"),
        ({"precision": "float16"}, "one of auto, float32, bfloat16"),
        ({"steps": 0}, "steps is a whole number from 1 to 1000000000, not 0"),
        ({"steps": 2.5}, r"steps is a whole number from 1 to 1000000000, not 2\.5"),
        ({"patch": True}, "patch is a whole number, 1 or more, not True"),
        ({"warmup": -5}, "warmup is a whole number, 0 or more, not -5"),
        ({"seed": -1}, "seed is a whole number, 0 or more, not -1"),
        ({"seed": None}, "seed is a whole number, 0 or more, not None"),
        ({"adam_lr_ratio": 0.0}, "adam_lr_ratio is a number above 0, not 0"),
        ({"max_grad_ratio": 0.5}, "max_grad_ratio is a number, 1 or more, not 0.5"),
        ({"lr": math.inf}, "lr is a number above 0, not inf"),
        ({"noise": 25 / 255}, "noise is a noise model, or a function"),
        ({"noise": "gaussian"}, "noise is a noise model, or a function"),
        ({"network": networks.DnCNN(depth=4)}, "network is one made by networks.build"),
        ({"batch": 0}, "batch is a whole number from 1 to 1000000000, not 0"),
        ({"patch": -1}, "patch is a whole number, 1 or more, not -1"),
        ({"every": 0}, "every is a whole number, 1 or more, not 0"),
        ({"lr": 0}, "lr is a number above 0, not 0"),
        ({"lr": float("nan")}, "lr is a number above 0, not nan"),
        ({"ema_decay": 1.0}, r"ema_decay is a number from 0 to below 1, not 1\.0"),
        ({"grad_clip": "x"}, "grad_clip is a number above 0, not 'x'"),
        ({"lr": None}, "lr is a number above 0, not None"),
        ({"seed": [0]}, "seed is a whole number, 0 or more"),
        ({"optimizer": "sgd"}, "optimizer is one of muon, adamw, adam, not 'sgd'"),
        ({"schedule": None}, "schedule is one of cosine, constant, not None"),
        ({"betas": 0.9}, "betas is two numbers from 0 to below 1, not 0.9"),
        ({"betas": (0.9, 1)}, "betas is a number from 0 to below 1, not 1"),
        ({"weight_decay": -1}, "weight_decay is a number, 0 or more, not -1"),
        ({"grad_clip": 0}, "grad_clip is a number above 0, not 0"),
        ({"steps": 10**400}, "steps is a whole number from 1 to 1000000000, not 1000"),
        ({"step": 3}, "a training has no 'step', did you mean 'steps'"),
        ({"images": None}, "images is a list of pictures, not None"),
        ({"images": "camera"}, "images is a list of pictures, not 'camera'"),
        ({"noise": None, "images": [1, 2]}, "0 is none"),
        ({"noise": lambda rng: 0}, "what the noise draws is a noise model, .*, not 0"),
        ({"validation": None}, "validation is a list of pictures, or of pairs, not None"),
        ({"every": float("nan")}, "every is a whole number, 1 or more, not nan"),
        ({"loss": None}, "loss is one of .*l1, .*, or a function, not None"),
        ({"noise": noise.Gaussian}, "noise is a noise model, .*, not <class"),
        ({"loss": LOSSES["l1"]}, "loss is one of .*, or a function, not <class"),
        ({"loss": lambda restored, clean: 0.5}, "what the loss gives is one number .*, not 0.5"),
        ({"loss": lambda x, y: (x - y).abs()}, "what the loss gives is one number .*, not tensor"),
        ({"loss": ["l2"]}, "loss is one of .*l1, .*, or a function, not .'l2"),
        ({"precision": None}, "precision is one of auto, float32, bfloat16, not None"),
        ({"progress": "no"}, "progress is True or False, not 'no'"),
        ({"network": 5}, "network is one made by networks.build, not a bare int"),
    ],
)
def test_what_cannot_be_trained_is_refused(changes: dict, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        trained(**changes)


# ---- what a network is told ---------------------------------------------------------------------


def objective(**changes) -> Denoising:
    """Of a small network that takes σ, and noise whose neighbours go together."""
    made = networks.build("drunet", widths=(8, 12), blocks=1)
    blotches = noise.Chain([GAUSSIAN, noise.GaussianBlur(1.0)])
    settings = settings_of({"batch": 4, "patch": 48})
    return Denoising(made, pictures(3), blotches, "l2", [], settings, **changes)


def told_by(one: Denoising) -> np.ndarray:
    return one.batch(range(4))[2].numpy()


def test_a_network_is_told_the_coarse_strength() -> None:
    noisy, clean, told = objective(told="coarse").batch(range(4))
    added = (noisy - clean)[:, 0].numpy()
    np.testing.assert_allclose(told, [coarse_of(one) for one in added], rtol=1e-5)


def test_the_coarse_strength_needs_a_block_of_8_pixels() -> None:
    assert trained(network=network("drunet"), told="coarse", patch=8, steps=1)[1].done == 1
    with pytest.raises(ValueError, match="blocks of 8×8 pixels, and a patch of 7×7 holds none"):
        trained(network=network("drunet"), told="coarse", patch=7, steps=1)


def test_a_network_is_told_nothing() -> None:
    np.testing.assert_allclose(told_by(objective(told="nothing")), SIGMA.default)


def test_a_network_is_told_a_strength_that_is_off_as_estimates_are() -> None:
    right, wrong = told_by(objective()), told_by(objective(misjudged=0.3))
    assert (wrong != right).all()
    assert np.abs(np.log(wrong / right)).max() < 4 * 0.3
    np.testing.assert_array_equal(wrong, told_by(objective(misjudged=0.3)))


@pytest.mark.parametrize("wrong", [{"told": "median"}, {"misjudged": -1}, {"misjudged": "much"}])
def test_what_can_not_be_told_is_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=r"strength of noise|misjudged"):
        objective(**wrong)
