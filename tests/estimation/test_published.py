"""The published swarm does what the published code does, mistakes and all."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import images, noise
from helpers.estimation import fit, published_swarm
from helpers.estimation.published import RENDERERS


@pytest.fixture(scope="module")
def pair() -> tuple[np.ndarray, np.ndarray]:
    clean = images.load("camera", gray=True, size=96)
    return noise.Gaussian(5 / 255)(clean, rng=0, clip=True), clean


@pytest.fixture(scope="module")
def flown(pair):
    return published_swarm(*pair, particles=25, iterations=25, rng=0)


def test_all_particles_start_at_one_point(flown) -> None:
    assert (flown.values[0] == 10).all()
    assert len(np.unique(flown.losses[0])) > 20  # yet their costs differ: new noise each time


def test_the_luckiest_draw_is_what_is_reported(pair, flown) -> None:
    """Its loss is one that the same σ hardly ever sees again."""
    assert flown.loss == flown.losses.min()
    last = flown.losses[-1]  # the swarm sits on the leader by now
    assert flown.values[-1].std() < 0.1
    assert flown.loss < np.quantile(last, 0.1)


def test_it_stays_in_its_box(flown) -> None:
    assert flown.values.min() >= 0
    assert flown.values.max() <= 30


def test_our_fit_is_nearer_in_a_hundredth_of_the_pictures(pair, flown) -> None:
    ours = fit(*pair, "gaussian")
    assert abs(255 * ours.model.sigma - 5) < 0.1 < abs(flown.value - 5)
    assert ours.evaluations < flown.evaluations / 5


def test_published_speckle_of_weight_zero_is_not_the_picture() -> None:
    levels = np.array([[10.0, 200.0]])
    assert RENDERERS["speckle"](levels, 0.0, np.random.default_rng(0)).tolist() == [[12.75, 255.0]]


def test_published_gaussian_is_clipped_but_not_rounded() -> None:
    drawn = RENDERERS["gaussian"](np.full((50, 50), 250.0), 20.0, np.random.default_rng(0))
    assert drawn.max() == 255
    assert (drawn != np.rint(drawn)).any()


@pytest.mark.parametrize(
    ("noisy", "clean", "model", "message"),
    [
        (np.zeros((8, 8, 3)), np.zeros((8, 8, 3)), "gaussian", "two gray pictures"),
        (np.zeros((8, 8)), np.zeros((8, 9)), "gaussian", "of one shape"),
        (np.zeros((8, 8)), np.zeros((8, 8)), "poisson", "gaussian, speckle"),
    ],
)
def test_bad_input_is_refused(noisy, clean, model, message) -> None:
    with pytest.raises(ValueError, match=message):
        published_swarm(noisy, clean, model, rng=0)


def test_particles_may_begin_anywhere() -> None:
    clean = images.load("camera", gray=True, size=64)
    noisy = noise.Gaussian(20 / 255)(clean, rng=0, clip=True)
    swarm = published_swarm(noisy, clean, particles=4, iterations=2, anywhere=True, rng=0)
    np.testing.assert_allclose(swarm.values[0], [0, 10, 20, 30])


def test_a_leader_that_is_drawn_anew_keeps_no_lucky_draw(pair, flown) -> None:
    swarm = published_swarm(*pair, particles=25, iterations=25, renewed=True, rng=0)
    assert swarm.evaluations == flown.evaluations + 25
    assert swarm.losses.min() < swarm.loss


def test_by_a_distance_that_chance_hardly_moves_the_swarm_finds_the_truth(pair) -> None:
    swarm = published_swarm(*pair, particles=25, iterations=25, distance="wasserstein", rng=0)
    assert abs(swarm.value - 5) < 0.2
    with pytest.raises(ValueError, match="wasserstein"):
        published_swarm(*pair, distance="far", rng=0)
