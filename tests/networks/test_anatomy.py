"""What networks cost, and which of their units live."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from helpers import images, networks
from helpers.networks import anatomy, weights
from helpers.noise import Gaussian
from helpers.training.sources import photographs

PICTURE = images.load("camera", gray=True, size=64)


def test_multiplications_of_dncnn_are_those_of_its_layers() -> None:
    inner = 10 * 64 * 64 * 9
    outer = 2 * 4 * 64 * 9  # 2×2 pixels are folded into four channels
    assert anatomy.multiplications(networks.build("dncnn")) == (inner + outer) / 4


@pytest.mark.parametrize("name", ["drunet", "vincent"])
def test_multiplications_hardly_depend_on_the_side(name: str) -> None:
    network = networks.build(name)
    small, large = (anatomy.multiplications(network, side) for side in (128, 256))
    assert small == pytest.approx(large, rel=0.15)


def test_multiplications_of_colour() -> None:
    gray, colour = (networks.build("dncnn", channels=n) for n in (1, 3))
    more = 2 * 2 * 4 * 64 * 9 / 4  # first and last layer have three times the channels
    assert anatomy.multiplications(colour) - anatomy.multiplications(gray) == more


def test_a_network_in_training_stays_as_it_was() -> None:
    network = networks.build("dncnn", depth=3, width=8).train()
    network.get_submodule("noise.0").eval()  # beside batch normalisation, which trains
    before = {name: value.clone() for name, value in network.state_dict().items()}
    modes = [module.training for module in network.modules()]
    anatomy.multiplications(network, side=16)
    anatomy.living(network, [PICTURE])
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert [module.training for module in network.modules()] == modes


def test_frozen_layers_are_asked_as_well_and_stay_frozen() -> None:
    network = networks.build("rednet", depth=4, width=8).eval()
    before = anatomy.living(network, [PICTURE])
    for weight in network.convs.parameters():
        weight.requires_grad_(False)
    assert anatomy.living(network, [PICTURE]).equals(before)
    assert [w.requires_grad for w in network.convs.parameters()] == [False] * 4


def dead(network: networks.Network, layer: str) -> networks.Network:
    """With a layer whose ReLU lets nothing through."""
    network.get_submodule(layer).bias.data.fill_(-1e3)
    return network.eval()


def test_a_dead_layer_shows_and_those_that_it_feeds() -> None:
    torch.manual_seed(0)
    alive = networks.build("autoencoder", skips=True, widths=(8, 16)).eval()
    before = anatomy.living(alive, [PICTURE])
    assert (before["live"] > 0).all()
    after = anatomy.living(dead(alive, "down.1.0"), [PICTURE])
    assert (after.loc[["down.1.0", "down.1.2"], "live"] == 0).all()
    assert after["live"].iloc[-1] > 0  # the skip of the level above goes around it
    assert (after["units"] == before["units"]).all()


def test_a_unit_lives_if_one_of_the_pictures_moves_it() -> None:
    torch.manual_seed(0)
    network = networks.build("rednet", depth=4, width=8).eval()
    pictures = [np.zeros((32, 32), np.float32), PICTURE]
    both, each = (
        anatomy.living(network, pictures),
        [anatomy.living(network, [x]) for x in pictures],
    )
    assert (both["live"] >= each[0]["live"]).all()
    assert (both["live"] >= each[1]["live"]).all()


def test_units_of_a_transposed_layer_are_its_outputs() -> None:
    network = networks.build("drunet", widths=(8, 12), blocks=1).eval()
    found = anatomy.living(network, [PICTURE])
    assert found.loc["up.0.0", "units"] == 8
    assert found.loc["down.0.1", "units"] == 12


def test_a_network_with_colours_sees_them() -> None:
    network = networks.build("dncnn", channels=3, depth=3, width=8).eval()
    assert len(anatomy.living(network, [images.load("coffee", size=32)])) == 3


@pytest.mark.parametrize("wrong", [[], PICTURE[0, 0], ["camera"], [np.zeros((4, 4, 2))]])
def test_what_is_no_list_of_pictures_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"picture|image"):
        anatomy.living(networks.build("dncnn", depth=3, width=8), wrong)


# Trained with Muon and without batch normalisation. New trainings are to have no such weight.
DIED = {
    "autoencoder_residual": 6,
    "autoencoder_skip": 6,
    "ridnet": 14,
    "exhibits/mwcnn": 6,
}
EXHIBITED = ("exhibits/", "")


@pytest.mark.parametrize("name", [name for name in weights.available() if name != "zero_dce"])
def test_layers_of_weights_that_ship_live(name: str) -> None:
    eight = photographs()
    noisy = [Gaussian(25 / 255)(x[:128, :128], k) for k, x in enumerate([*eight, *eight[:2]])]
    found = anatomy.living(weights.read(name)[0], noisy)
    assert (found["live"] == 0).sum() == DIED.get(name, 0)


def test_the_exhibit_is_dead_inside() -> None:
    noisy = [Gaussian(25 / 255)(x[:128, :128], 0) for x in photographs()]
    exhibit, shipped = (weights.read(weights.find("mwcnn", folder))[0] for folder in EXHIBITED)
    dead, living = (anatomy.living(network, noisy) for network in (exhibit, shipped))
    assert (dead["live"] == 0).sum() == DIED["exhibits/mwcnn"]
    assert (living["live"] / living["units"]).min() > 0.2
