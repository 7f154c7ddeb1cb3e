"""Four ways to tell a network what is right: what each shows, what it judges, what it refuses."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch

from helpers import images, metrics, networks, noise
from helpers.losses import L1, L2
from helpers.training import SUPERVISIONS, SURE, Noise2Void, Patches, RandomParameters, train
from helpers.training.denoising import Denoising
from helpers.training.loop import Settings
from helpers.training.supervision import Noise2Noise, supervision_of
from tests.training import small
from tests.training.small import GAUSSIAN, network, pictures, trained, values

SIGMA = GAUSSIAN.sigma
PATCHES = Patches(pictures(), GAUSSIAN, size=32, seed=0)
NUMBERS = range(12)
CLEAN = PATCHES.batch(NUMBERS)[1]
CHELSEA = images.load("chelsea", gray=True, size=128)


def noisy_pictures(count: int = 3) -> list[np.ndarray]:
    return [GAUSSIAN(picture, rng=seed) for seed, picture in enumerate(pictures(count))]


# ---- what they show -------------------------------------------------------------------------


@pytest.mark.parametrize("name", SUPERVISIONS)
def test_all_show_the_same_patches_and_know_their_noise(name: str) -> None:
    seen, known, truth = supervision_of(name).lesson(PATCHES, NUMBERS)
    noisy = truth[0] if name == "noise2void" else seen
    assert torch.equal(noisy, PATCHES.batch(NUMBERS)[0])
    torch.testing.assert_close(known, noisy - CLEAN)
    again = supervision_of(name).lesson(PATCHES, NUMBERS)
    assert all(map(torch.equal, (seen, *truth), (again.seen, *again.truth)))


def test_two_exposures_share_the_scene_and_not_the_noise() -> None:
    seen, _, (target,) = Noise2Noise().lesson(PATCHES, NUMBERS)
    first, second = (seen - CLEAN).flatten(), (target - CLEAN).flatten()
    assert second.std().item() == pytest.approx(SIGMA, rel=0.02)  # of 12288 pixels
    assert abs(second.mean().item()) < 4 * SIGMA / len(second) ** 0.5
    assert abs(torch.corrcoef(torch.stack([first, second]))[0, 1].item()) < 0.036  # 4 errors
    assert target.min() < 0
    assert target.max() > 1


def test_two_exposures_are_of_one_drawn_model() -> None:
    drawn = RandomParameters("gaussian", sigma=(0.01, 0.3))
    patches = Patches(pictures(), drawn, size=48, seed=0)
    seen, _, (target,) = Noise2Noise().lesson(patches, NUMBERS)
    clean = patches.batch(NUMBERS)[1]
    strengths = [(x - clean).std(dim=(1, 2, 3)) for x in (seen, target)]
    torch.testing.assert_close(*strengths, rtol=0.08, atol=0)  # of 2304 pixels, 2·1.5 % and more
    said = torch.tensor([patches.model(number).sigma for number in NUMBERS])
    torch.testing.assert_close(strengths[0], said, rtol=0.06, atol=0)


def test_pairs_of_noisy_pictures_need_no_clean_one() -> None:
    pairs = [(0.5 + 0 * x, 0.5 + GAUSSIAN(0 * x, rng=0)) for x in pictures(2)]
    patches = Patches(Noise2Noise.taken(pairs, 1, 32), None, size=32, seed=0)
    seen, known, (target,) = Noise2Noise().lesson(patches, range(4))
    assert (seen == 0.5).all()
    assert target.std().item() == pytest.approx(SIGMA, rel=0.05)
    assert known.std().item() == pytest.approx(SIGMA / 2**0.5, rel=0.05)


def test_hidden_pixels_are_one_in_sixteen_and_elsewhere_in_each_patch() -> None:
    hidden, _, (noisy, mask) = Noise2Void(cell=4).lesson(PATCHES, NUMBERS)
    assert mask.shape == noisy.shape
    assert mask.sum(dim=(1, 2, 3)).tolist() == [64] * 12
    assert len({one.numpy().tobytes() for one in mask}) == 12
    assert torch.equal(hidden[~mask], noisy[~mask])
    assert (hidden[mask] != noisy[mask]).all()


# ---- what they judge ------------------------------------------------------------------------


def test_noise2void_judges_hidden_pixels_alone() -> None:
    supervision = Noise2Void()
    hidden, _, (noisy, mask) = supervision.lesson(PATCHES, NUMBERS)

    def judged(restored: torch.Tensor, criterion: type = L2) -> float:
        run = lambda seen: restored  # noqa: E731
        return supervision.loss(run, criterion(), hidden, (), noisy, mask).item()

    assert judged(torch.where(mask, noisy, 7.0)) == 0
    assert judged(torch.where(mask, noisy + 0.25, 7.0)) == pytest.approx(0.0625)
    assert judged(torch.where(mask, noisy + 0.25, 7.0), L1) == pytest.approx(0.25)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_sure_is_the_squared_error_of_a_network_whose_answer_is_known(share: float) -> None:
    """(1 − share)·y + share·mean, in closed form: off by its chance, σ²·√(2/N)."""
    patches = Patches([np.full((64, 64), 0.5, np.float32)], GAUSSIAN, size=64, seed=0)
    supervision = SURE()
    seen, _, (probe, sigma) = supervision.lesson(patches, range(16))

    def run(y: torch.Tensor) -> torch.Tensor:
        return (1 - share) * y + share * 0.5

    loss = supervision.loss(run, L2(), seen, (), probe, sigma).item()
    error = (1 - share) ** 2 * SIGMA**2
    assert loss == pytest.approx(error, abs=3 * SIGMA**2 * (2 / seen.numel()) ** 0.5)
    assert sorted(probe.unique().tolist()) == [-1, 1]


def test_sure_as_a_loss_is_sure_as_a_score() -> None:
    made = network(width=16).eval()
    clean = pictures(1)[0]
    noisy = GAUSSIAN(clean, rng=3)
    patches = Patches([(noisy,)], None, size=48, seed=0)
    supervision = SURE(sigma=SIGMA)
    seen, known, truth = supervision.lesson(patches, range(8))
    assert known.square().mean().sqrt().item() == pytest.approx(SIGMA)
    with torch.inference_mode():
        loss = supervision.loss(made, L2(), seen, (), *truth).item()
    denoiser = networks.TrainedNetwork(made)
    scores = [metrics.sure(denoiser, noisy, SIGMA, rng=seed) for seed in range(8)]
    # eight probes each; turned and flipped, a network without symmetry answers a bit differently
    assert loss == pytest.approx(np.mean(scores), abs=0.05 * SIGMA**2)


def test_sure_takes_the_strength_of_each_patch() -> None:
    drawn = RandomParameters("gaussian", sigma=(0.01, 0.3))
    patches = Patches(pictures(), drawn, size=32, seed=0)
    sigma = SURE().lesson(patches, NUMBERS).truth[1].flatten().tolist()
    assert sigma == pytest.approx([patches.model(number).sigma for number in NUMBERS])
    assert SURE(sigma=0.2).lesson(patches, NUMBERS).truth[1].flatten().tolist() == pytest.approx(
        [0.2] * 12
    )


# ---- what is learned ------------------------------------------------------------------------


def learned(supervision: str, seed: int = 0) -> float:
    """PSNR on a photograph that was not trained on, after 150 steps on drawn leaves."""
    made = network(width=24)
    leaves = [images.dead_leaves(seed, (96, 96), (4, 48)) for seed in range(8)]
    settings = {"steps": 150, "batch": 4, "patch": 32, "seed": seed, "progress": False}
    train(made, leaves, noise=GAUSSIAN, supervision=supervision, **settings)
    return metrics.psnr(CHELSEA, networks.TrainedNetwork(made)(GAUSSIAN(CHELSEA, rng=0)))


def test_all_learn_to_denoise() -> None:
    """26.3 dB from clean targets, 26.0 from noisy ones, 25.9 by SURE, 24.0 from hidden pixels."""
    scores = {name: learned(name) for name in SUPERVISIONS}
    noisy = metrics.psnr(CHELSEA, GAUSSIAN(CHELSEA, rng=0))
    assert scores["clean"] > noisy + 5.5
    assert scores["noise2noise"] > scores["clean"] - 0.8
    assert scores["sure"] > scores["clean"] - 0.9
    assert scores["noise2void"] > noisy + 3


def test_clipped_targets_have_another_mean() -> None:
    """In the dark, noise of σ = 0.1 that ends at 0 has the mean x·Φ(x/σ) + σ·φ(x/σ) = 0.051."""
    dark = [np.full((64, 64), 0.02, np.float32)]
    for clip, mean in ((False, 0.02), (True, 0.0507)):
        drawn = lambda rng, c=clip: lambda x, rng: noise.Gaussian(0.1)(x, rng, c)  # noqa: E731
        _, _, (target,) = Noise2Noise().lesson(Patches(dark, drawn, 64, 0), range(8))
        assert target.mean().item() == pytest.approx(mean, abs=4 * 0.1 / target.numel() ** 0.5)


def test_of_pairs_only_the_noisy_picture_is_used() -> None:
    alone = noisy_pictures()
    pairs = [(noisy, np.full_like(noisy, 9.0)) for noisy in alone]
    for supervision in ("noise2void", SURE(sigma=SIGMA)):
        first, second = (
            values(trained(images=given, noise=None, supervision=supervision)[0])
            for given in (alone, pairs)
        )
        assert torch.equal(first, second)


@pytest.mark.parametrize("clip", [False, True])
def test_sure_warns_of_pictures_that_were_clipped(clip: bool) -> None:
    taken = [GAUSSIAN(np.full((48, 48), 0.1, np.float32), rng=seed, clip=clip) for seed in (0, 1)]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        trained(images=taken, noise=None, supervision=SURE(sigma=SIGMA), steps=1)
    said = [str(one.message) for one in caught]
    assert [text for text in said if "it was clipped" in text] == said[: int(clip)]
    assert [one.filename for one in caught if clip] == [small.__file__] * len(said)


def test_sure_does_not_make_gray_of_colour() -> None:
    """Whose gray has two thirds of the noise: 0.299² + 0.587² + 0.114² = 0.67²."""
    colour = [np.dstack(noisy_pictures())]
    with pytest.raises(ValueError, match="for a gray network, sure takes gray"):
        trained(images=colour, noise=None, supervision=SURE(sigma=SIGMA))
    trained(images=colour, noise=None, supervision="noise2void", steps=1)


def test_a_network_that_takes_sigma_is_told_it_by_each() -> None:
    for name in SUPERVISIONS:
        made, seen = network("drunet"), []
        made.register_forward_pre_hook(lambda _, given, seen=seen: seen.append(given))
        trained(network=made, supervision=name, steps=1, batch=3, patch=48)
        count = 6 if name == "sure" else 3  # with the probe
        assert seen[0][1].shape == (count,)
        torch.testing.assert_close(seen[0][1], torch.full((count,), SIGMA), rtol=0.06, atol=0)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"supervision": SURE(sigma=0.2)}, 0.2),  # known
        ({"supervision": "noise2void", "told": "nothing"}, 25 / 255),  # nobody asks
    ],
)
def test_from_noisy_pictures_alone_it_is_told_what_is_known(options: dict, told: float) -> None:
    made, seen = network("drunet"), []
    made.register_forward_pre_hook(lambda _, given: seen.append(given[1]))
    trained(
        network=made, images=noisy_pictures(), noise=None, steps=1, batch=3, patch=48, **options
    )
    torch.testing.assert_close(seen[0], torch.full_like(seen[0], told))


def test_clean_is_what_training_was(tmp_path) -> None:
    """Checkpoints from before supervision was an argument go on, and none under another."""
    settings = Settings(patch=16)
    before = Denoising(network(), pictures(), GAUSSIAN, "l2", [], settings).depends()
    assert before["supervision"] is None
    assert torch.equal(values(trained()[0]), values(trained(supervision="clean")[0]))
    state = tmp_path / "state.safetensors"
    trained(state)
    with pytest.raises(ValueError, match=r"another training: there .'supervision': None"):
        trained(state, supervision="noise2noise")
    state = tmp_path / "void.safetensors"
    trained(state, supervision=Noise2Void(cell=4))
    with pytest.raises(ValueError, match="belongs to another training"):
        trained(state, supervision=Noise2Void(cell=8))


# ---- what is refused ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"supervision": "noise2nothing"}, "unknown supervision 'noise2nothing', did you mean"),
        ({"supervision": None}, "supervision is one of clean, noise2noise, .*, not None"),
        ({"supervision": SURE}, "supervision is one of clean, .*, not <class"),
        ({"supervision": "noise2void", "loss": "ssim"}, "SSIM needs their neighbours"),
        ({"supervision": "noise2void", "patch": 3}, "patch is 4 pixels or more for noise2void"),
        ({"supervision": Noise2Void(cell=17)}, "patch is 17 pixels or more for noise2void"),
        ({"supervision": "noise2void", "images": [np.zeros((9, 9))]}, "none of the 1 pictures"),
        ({"supervision": "noise2noise", "noise": None}, r"pairs \(noisy, noisy\); 0 is none"),
        (
            {"supervision": "sure", "noise": noise.Poisson(30)},
            "noise is Gaussian with a σ above 0 .* not Poisson",
        ),
        ({"supervision": "sure", "noise": None}, "noise is Gaussian with .* not None"),
        ({"supervision": SURE(sigma=0.1), "noise": noise.Poisson(30)}, "noise is Gaussian"),
        (
            {"supervision": "sure", "noise": RandomParameters("poisson", peak=(10, 30))},
            "what the noise draws is Gaussian where supervision is sure, not Poisson",
        ),
        (
            {"supervision": "sure", "noise": noise.Gaussian(0)},
            "noise is Gaussian with a σ above 0",
        ),
        ({"supervision": "sure", "loss": "l1"}, "sure estimates squared error: its loss is l2"),
        ({"supervision": "sure", "precision": "bfloat16"}, "sure needs float32"),
        ({"supervision": "sure", "precision": "half"}, "one of auto, float32, bfloat16"),
        (
            {"supervision": "noise2void", "noise": None, "network": network("drunet")},
            "drunet is told the strength of each patch's noise, which noisy pictures alone do not",
        ),
    ],
)
def test_what_cannot_be_learned_so_is_refused(changes: dict, reason: str) -> None:
    taken = noisy_pictures() if changes.get("noise", 0) is None else pictures()
    with pytest.raises(ValueError, match=reason):
        trained(**{"images": taken} | changes)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: SURE(sigma=0), "sigma is a number above 0, not 0"),
        (lambda: SURE(sigma=25), "sigma is in image units, divide by 255"),
        (lambda: SURE(step=0), "step is a number above 0, not 0"),
        (lambda: Noise2Void(cell=1), "cell is a whole number from 2 to 64, not 1"),
    ],
)
def test_odd_options_are_refused(make, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        make()


def test_a_noisy_picture_is_no_clean_target() -> None:
    pairs = [(noisy, noisy) for noisy in noisy_pictures()]
    with pytest.raises(ValueError, match=r"pair 0: .*outside .*'noise2noise'"):
        trained(images=pairs, noise=None)
