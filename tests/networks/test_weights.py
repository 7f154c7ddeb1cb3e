"""Trained weights: what is written is read again, what is damaged is refused, what ships helps."""

from __future__ import annotations

import json
import pickle
import stat
from hashlib import sha256
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from helpers import images, metrics, networks, noise, paths
from helpers.networks import NETWORKS, TrainedNetwork, weights
from helpers.training.cards import mean_scores
from helpers.training.recipes import RECIPES, Recipe
from tests.full_disk import full_disk
from tests.networks.tiny import noise_like, tiny


@pytest.fixture
def saved(tmp_path) -> Path:
    """The weights of a tiny DnCNN with their card."""
    path = tmp_path / "mine.safetensors"
    weights.save(tiny("dncnn"), path, {"seconds": 3})
    return path


def told(network: networks.Network) -> dict:
    """The architecture as a card holds it."""
    return json.loads(json.dumps(network.architecture))


# ---- writing and reading --------------------------------------------------------------------


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_written_is_read_again(name: str, channels: int, tmp_path) -> None:
    network, noisy = tiny(name, channels), noise_like(1, channels, 17, 12)
    weights.save(network, tmp_path / "mine.safetensors", {"data": "σ"})
    again, card = weights.read(tmp_path / "mine.safetensors")
    assert not again.training
    assert told(again) == told(network)
    digest = sha256((tmp_path / "mine.safetensors").read_bytes()).hexdigest()
    assert card == {"architecture": told(again), "sha256": digest, "data": "σ"}
    torch.testing.assert_close(again(noisy), network(noisy), rtol=0, atol=5e-3)  # half precision


def test_values_are_stored_in_half_precision_and_statistics_in_full(saved: Path) -> None:
    kinds = {name.rsplit(".", 1)[-1]: tensor.dtype for name, tensor in load_file(saved).items()}
    assert kinds["weight"] == kinds["bias"] == torch.float16
    assert kinds["running_mean"] == kinds["running_var"] == torch.float32


def test_both_files_can_be_read_by_others_and_nothing_else_is_left(saved: Path) -> None:
    assert sorted(path.name for path in saved.parent.iterdir()) == ["mine.json", saved.name]
    modes = {stat.filemode(path.stat().st_mode) for path in saved.parent.iterdir()}
    (saved.parent / "usual").touch()
    assert modes == {stat.filemode((saved.parent / "usual").stat().st_mode)}


def test_values_that_half_precision_cannot_hold_are_refused(saved: Path) -> None:
    network, before = tiny("dncnn"), saved.read_bytes()
    with torch.no_grad():
        network.noise[0].weight[0] = 1e5
    with pytest.raises(ValueError, match="half precision cannot hold"):
        weights.save(network, saved, {})
    assert saved.read_bytes() == before


def test_on_a_full_disk_the_weights_before_are_kept(saved: Path) -> None:
    before = {path: path.read_bytes() for path in saved.parent.iterdir()}
    with full_disk(), pytest.raises(OSError, match="too large"):
        weights.save(tiny("rednet"), saved, {})
    assert {path: path.read_bytes() for path in saved.parent.iterdir()} == before


# ---- what is refused ------------------------------------------------------------------------


def retold(saved: Path, **changes: object) -> None:
    """Change the card."""
    card = saved.with_suffix(".json")
    card.write_text(json.dumps(json.loads(card.read_text()) | changes))


def rewritten(saved: Path, change) -> None:
    """Change the tensors."""
    tensors = load_file(saved)
    change(tensors)
    save_file(tensors, saved)


FIRST = "noise.0.weight"
DAMAGES = {
    "truncated": (lambda path: path.write_bytes(path.read_bytes()[:-5]), "truncated or no saf"),
    "empty": (lambda path: path.write_bytes(b""), "truncated or no safetensors file"),
    "a pickle": (lambda path: path.write_bytes(pickle.dumps([1])), "no safetensors file"),
    "an extra tensor": (
        lambda path: rewritten(path, lambda t: t.update(more=torch.zeros(1))),
        "not the dncnn of its card: it has more beside",
    ),
    "a missing tensor": (
        lambda path: rewritten(path, lambda t: t.pop(FIRST)),
        f"not the dncnn of its card: it lacks {FIRST}",
    ),
    "another shape": (
        lambda path: rewritten(path, lambda t: t.update({FIRST: torch.zeros(8, 1, 3, 3)})),
        rf"{FIRST} is \(8, 1, 3, 3\), wanted is \(8, 4, 3, 3\)",
    ),
    "another network": (
        lambda path: retold(path, architecture=tiny("rdn").architecture),
        "mine.safetensors is not the rdn of its card: it holds 21 tensors",
    ),
    "an unknown network": (
        lambda path: retold(path, architecture={"network": "dncn"}),
        "card of mine.safetensors.*did you mean 'dncnn'",
    ),
    "an unknown option": (
        lambda path: retold(path, architecture={"network": "dncnn", "heads": 8}),
        "card of mine.safetensors.*no option 'heads'",
    ),
    "an impossible option": (
        lambda path: retold(path, architecture={"network": "dncnn", "depth": "deep"}),
        "card of mine.safetensors",
    ),
    "no architecture": (
        lambda path: retold(path, architecture=None),
        "card of mine.safetensors does not say which network",
    ),
    "no card": (lambda path: path.with_suffix(".json").unlink(), "mine.json is missing beside it"),
    "half a card": (
        lambda path: path.with_suffix(".json").write_text('{"architecture": {'),
        "card mine.json is damaged",
    ),
    "a card of numbers": (
        lambda path: path.with_suffix(".json").write_text("[1, 2]"),
        "card mine.json is damaged",
    ),
    "a card of pairs": (
        lambda path: path.with_suffix(".json").write_text('[["architecture", {}]]'),
        "card mine.json is damaged",
    ),
    "a card that is too deep": (
        lambda path: path.with_suffix(".json").write_text("[" * 100_000),
        "card mine.json is damaged",
    ),
    "a card without training": (
        lambda path: retold(path, training=None),
        "card mine.json is damaged",
    ),
    "a width of −1": (
        lambda path: retold(path, architecture={"network": "dncnn", "width": -1}),
        "card of mine.safetensors",
    ),
    "nothing to divide by": (
        lambda path: retold(path, architecture={"network": "ridnet", "reduction": 0}),
        "card of mine.safetensors",
    ),
    "NaN": (
        lambda path: rewritten(path, lambda t: t.update({FIRST: t[FIRST] * torch.nan})),
        f"damaged: {FIRST} holds NaN",
    ),
    "whole numbers": (
        lambda path: rewritten(path, lambda t: t.update({FIRST: t[FIRST].to(torch.int8)})),
        f"{FIRST} is of type torch.int8",
    ),
    "a card that is no text": (
        lambda path: path.with_suffix(".json").write_bytes(b"\xff\xfe\x00"),
        "card mine.json is damaged",
    ),
    "nothing": (lambda path: path.unlink(), "there is no file .*mine.safetensors"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_weights_are_refused_with_the_reason(damage: str, saved: Path) -> None:
    networks.load(saved)
    change, reason = DAMAGES[damage]
    change(saved)
    with pytest.raises(ValueError, match=reason):
        networks.load(saved)


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".pkl", ".ckpt", ".bin"])
def test_what_may_be_a_pickle_is_not_even_opened(suffix: str, tmp_path) -> None:
    with pytest.raises(ValueError, match="may be a pickle, which can run code"):
        networks.load(tmp_path / f"there_is_none{suffix}")


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"no trained weight 'dncnn_50'; there are .*dncnn"):
        networks.load("dncnn_50")


# ---- what ships -----------------------------------------------------------------------------

DENOISERS = [name for name, recipe in RECIPES.items() if isinstance(recipe, Recipe)]
SCORED = {1: ("set12", "bsd68"), 3: ("held out",)}  # what every colour card has
SEEN = {"drunet_colour": ("photographs",)}  # it was trained on what others hold out


def test_the_promised_weights_ship() -> None:
    assert set(weights.available()) == {n for n in RECIPES if not n.startswith("mdf_")}
    networks_of = {RECIPES[name].network for name in DENOISERS}
    assert {"zero_dce", *networks_of} == set(NETWORKS)
    promised = {"dncnn", "dncnn_blind", "dncnn_colour", "dncnn_blind_colour"}
    assert promised | {"autoencoder", "autoencoder_skip", "autoencoder_residual"} < set(DENOISERS)


def test_all_weights_together_are_small() -> None:
    files = [
        path for path in paths.weights().iterdir() if path.suffix in (".json", ".safetensors")
    ]
    assert sum(path.stat().st_size for path in files) < 30e6


@pytest.mark.parametrize("name", DENOISERS)
def test_a_card_says_what_there_is_to_know(name: str) -> None:
    network, card = weights.read(name)
    recipe = RECIPES[name]
    assert card["architecture"]["network"] == recipe.network
    assert card["parameters"] == sum(p.numel() for p in network.parameters())
    assert card["training"]["sigma"] == list(recipe.sigma)
    assert card["training"]["steps"] == card["history"]["step"][-1]
    assert card["seconds"] > 0
    for field in ("data", "terms", "machine"):
        assert card[field], f"the card does not tell the {field}"
    assert card["commit"] or card["origin"], "the card tells neither code nor origin"
    for sets in SEEN.get(name, SCORED[card["architecture"]["channels"]]):
        for row in card["scores"][sets].values():
            assert row["restored psnr"] > row["noisy psnr"]


@pytest.mark.parametrize("name", DENOISERS)
def test_a_weight_was_trained_by_the_recipe_that_retrains_it(name: str) -> None:
    recipe, told = RECIPES[name], weights.read(name)[1]["training"]
    assert (told["loss"], told["start"]) == (recipe.loss, recipe.start)
    settings = json.loads(json.dumps(recipe.settings))  # of tuples JSON makes lists
    assert {key: told[key] for key in settings} == settings


def test_no_weight_was_trained_on_what_it_is_scored_on() -> None:
    for name in DENOISERS:
        data = weights.read(name)[1]["data"]
        assert data.startswith(("BSDS500 train and test without", "Train400 without"))


def restored_and_noisy(denoise: TrainedNetwork) -> tuple[float, float]:
    """PSNR on a photograph that no network was trained on."""
    clean = images.load("chelsea", gray=denoise.channels == 1, size=128)
    noisy = noise.Gaussian(25 / 255)(clean, rng=0)
    pair = (denoise(noisy, 25 / 255), noisy)
    return tuple(metrics.score(clean, one, ["psnr"])["psnr"] for one in pair)


@pytest.mark.parametrize("name", DENOISERS)
def test_a_weight_is_better_than_nothing(name: str) -> None:
    restored, noisy = restored_and_noisy(networks.load(name))
    assert restored > noisy + (4 if name == "vincent" else 5)


@pytest.mark.slow
@pytest.mark.parametrize("name", DENOISERS)
def test_the_bits_that_half_precision_drops_are_worth_nothing(name: str) -> None:
    network, card = weights.read(name)
    before = restored_and_noisy(TrainedNetwork(network, card))[0]
    generator = torch.Generator().manual_seed(0)
    for parameter in network.parameters():  # anything that would have been rounded to the same
        step = torch.finfo(torch.float16).eps * parameter.detach().abs()
        parameter.data += step * (torch.rand(step.shape, generator=generator) - 0.5)
    after = restored_and_noisy(TrainedNetwork(network, card))[0]
    assert after == pytest.approx(before, abs=0.01)


@pytest.mark.slow
@pytest.mark.usefixtures("image_sets")
def test_the_scores_of_a_card_can_be_had_again() -> None:
    from helpers import datasets

    denoise = networks.load("gondara")
    again = mean_scores(denoise, datasets.fetch("set12").images, 25)
    for key, value in denoise.card["scores"]["set12"]["25"].items():
        assert again[key] == pytest.approx(value, abs=0.002)
