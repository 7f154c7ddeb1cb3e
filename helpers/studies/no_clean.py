"""Training without clean pictures: four lessons, the noise that breaks each, and pictures alone.

What learns from a set sees each of its pictures once taken, with noise that never changes, and
every lesson gets as many noisy pictures: 399 scenes of BSDS500, or half of them taken twice where
pairs are asked for ("all scenes" has pairs of all). It is scored on README's eight photographs,
with the same kind of noise. What learns from one picture is scored on these photographs, on
pictures that its settings were not chosen on, on radiographs, and on all of FMD's 48.
PSNR and SSIM by the protocol.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter, shift

from helpers import datasets, images, metrics
from helpers.benchmark import BASELINE
from helpers.benchmark.suites import NATURAL, PICTURE_SIDE, TEXTURES
from helpers.benchmark.tasks import noisy_input
from helpers.denoise import denoise
from helpers.denoise.estimating import estimate
from helpers.denoise.restoring import from_estimate
from helpers.denoiser import Denoiser
from helpers.filters import FILTERS
from helpers.images import Seed, centre_crop, to_gray
from helpers.networks import TrainedNetwork
from helpers.noise import Camera, Gaussian, NoiseModel, Poisson
from helpers.registry import Registry
from helpers.studies.base import STUDIES, Key, Make, Study, train_from
from helpers.training.supervision import SURE
from helpers.training.zero_shot import NETWORK as TINY
from helpers.training.zero_shot import zero_shot

SIGMA = 25 / 255
DARK = 0.1  # where clean pixels are darker, a mean that is wrong is wrong by most
# Without batch normalisation, by which the two halves of SURE's probe would know of each other.
NETWORK = {"name": "dncnn", "depth": 8, "width": 32, "batch_norm": False}
SETTINGS = {"patch": 64, "lr": 8e-3, "warmup": 100}
STEPS, SEEDS = (300, 1000, 3000), (0, 1)
BROKEN_STEPS = 1000


# ---- noise, as two exposures of one scene have it -------------------------------------------


@dataclass(frozen=True)
class Exposures:
    """How a scene is taken: each call another exposure.

    Attributes
    ----------
    model : callable
        ``model(scene, rng)``, a noise model or what stands for one.
    shared : float
        Share of the variance that all exposures of a scene have in common; of white noise.
    shaken : int
        Pixels by which an exposure lies elsewhere, at most, down and right.
    clip : bool
        End at 0 and 1, as files do.
    """

    model: Callable[[np.ndarray, Seed], np.ndarray]
    shared: float = 0.0
    shaken: int = 0
    clip: bool = False

    def __call__(self, scene: np.ndarray, number: int, exposure: int) -> np.ndarray:
        """One of the exposures of a numbered scene, always the same."""
        own, common = (np.random.default_rng((number, k)) for k in (exposure + 1, 0))
        if exposure and self.shaken:
            moves = own.integers(-self.shaken, self.shaken + 1, 2)
            scene = shift(scene, moves, order=0, mode="mirror")
        taken = self.model(scene, own)
        if self.shared:
            pattern = self.model(scene, common) - scene
            taken = scene + self.shared**0.5 * pattern + (1 - self.shared) ** 0.5 * (taken - scene)
        return np.float32(taken.clip(0, 1) if self.clip else taken)


def coarse(scene: np.ndarray, rng: Seed) -> np.ndarray:
    """Gaussian noise that neighbours share, as strong as `SIGMA`: white noise, blurred."""
    grain = gaussian_filter(np.random.default_rng(rng).standard_normal(scene.shape), 0.7)
    return np.float32(scene + SIGMA * grain / grain.std())


def one_look(scene: np.ndarray, rng: Seed) -> np.ndarray:
    """Speckle of one look, as radar has it: each pixel times an exponential of mean 1."""
    return np.float32(scene * np.random.default_rng(rng).exponential(size=scene.shape))


CASES: Registry[Exposures] = Registry("case")
CASES |= {
    "white": Exposures(Gaussian(SIGMA)),
    "photons": Exposures(Poisson(30)),
    "correlated": Exposures(coarse),
    "clipped": Exposures(Gaussian(50 / 255), clip=True),
    "half shared": Exposures(Gaussian(SIGMA), shared=0.5),
    "shaken": Exposures(Gaussian(SIGMA), shaken=2),
    "skewed": Exposures(one_look),
}


# ---- lessons ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lesson:
    """What a network is taught with, and by which loss; SURE is told so many times the RMS.

    Pairs are of every second scene, so that all lessons have as many noisy pictures, or of all.
    """

    supervision: str
    loss: str = "l2"
    times: float = 1.0
    batch: int = 4
    every: int = 2

    def pictures(self, case: Exposures) -> list:
        """All that is learned from, with noise that stays."""
        scenes = list(enumerate(scenes_to_learn()))
        if self.supervision == "clean":
            return [(case(x, k, 0), x) for k, x in scenes]
        if self.supervision == "noise2noise":
            pairs = [(case(x, k, 0), case(x, k, 1)) for k, x in scenes[:: self.every]]
            return pairs + [pair[::-1] for pair in pairs]
        return [case(x, k, 0) for k, x in scenes]

    def taught_by(self, case: Exposures) -> str | SURE:
        """As `train` takes it."""
        if self.supervision != "sure":
            return self.supervision
        some = enumerate(scenes_to_learn()[:40])
        mean = np.mean([change(x, case(x, k, 0)) for k, x in some])
        return SURE(self.times * float(mean) ** 0.5)


def change(clean: np.ndarray, noisy: np.ndarray) -> float:
    """Mean squared difference."""
    return float(np.mean((noisy - clean) ** 2))


LESSONS: Registry[Lesson] = Registry("lesson")
LESSONS |= {
    "clean": Lesson("clean"),
    "noise2noise": Lesson("noise2noise"),
    "noise2void": Lesson("noise2void"),
    "sure": Lesson("sure"),
    "clean, batch 16": Lesson("clean", batch=16),
    "noise2noise, batch 16": Lesson("noise2noise", batch=16),
    "noise2noise, all scenes": Lesson("noise2noise", every=1),
    "noise2noise, all scenes, batch 16": Lesson("noise2noise", batch=16, every=1),
    "clean, l1": Lesson("clean", "l1"),
    "noise2noise, l1": Lesson("noise2noise", "l1"),
    "sure, told 20 % less": Lesson("sure", times=0.8),
    "sure, told 20 % more": Lesson("sure", times=1.2),
}
FOUR = ("clean", "noise2noise", "noise2void", "sure")
TRIED = {  # beside the four lessons on white noise
    "white": ("sure, told 20 % less", "sure, told 20 % more"),
    "photons": FOUR,
    "correlated": FOUR,
    "clipped": FOUR,
    "half shared": ("noise2noise",),
    "shaken": ("noise2noise",),
    "skewed": ("clean", "noise2noise", "clean, l1", "noise2noise, l1"),
}


@cache
def scenes_to_learn() -> list[np.ndarray]:
    """BSDS500's, gray: none of them is tested on."""
    return [to_gray(x).clip(0, 1) for x in datasets.fetch("bsds500", progress=False).images]


def photographs() -> dict[str, np.ndarray]:
    """README's eight, gray, 256×256."""
    names = [name for name in NATURAL if name not in TEXTURES]
    return {name: images.load(name, gray=True, size=PICTURE_SIDE) for name in names}


def taught(
    case: str, lesson: str, steps: int, seed: int, how: Exposures, told: Lesson
) -> pd.DataFrame:
    """Train once, and score on the photographs that nothing learned from."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pairs that lie apart, and of clipped pictures
        network, _ = train_from(
            seed,
            NETWORK,
            told.pictures(how),
            None,
            supervision=told.taught_by(how),
            loss=told.loss,
            steps=steps,
            batch=told.batch,
            **SETTINGS,
        )
    restore, made = TrainedNetwork(network), []
    for number, (name, clean) in enumerate(photographs().items()):
        noisy = how(clean, 1000 + number, 0)
        restored = restore(noisy)
        dark = clean < DARK
        made.append(
            {
                "case": case,
                "lesson": lesson,
                "steps": steps,
                "seed": seed,
                "image": name,
                "noisy psnr": metrics.score(clean, noisy, ["psnr"])["psnr"],
                **metrics.score(clean, restored, ["psnr", "ssim"]),
                "dark": 255 * float((restored - clean)[dark].mean()) if dark.any() else np.nan,
            }
        )
    return pd.DataFrame(made).round({"noisy psnr": 3, "psnr": 3, "ssim": 4, "dark": 2})


def lessons(table: pd.DataFrame) -> dict[Key, Make]:
    """Each for longer and longer, the first two from more starts; then each case."""
    keys = [
        ("white", lesson, steps, seed)
        for seed in SEEDS
        for steps in STEPS
        for lesson in (FOUR if seed == 0 else FOUR[:2])
    ]
    keys += [("white", f"{lesson}, batch 16", n, 0) for n in STEPS for lesson in FOUR[:2]]
    keys += [("white", "noise2noise, all scenes", STEPS[-1], seed) for seed in SEEDS]
    keys += [("white", "noise2noise, all scenes, batch 16", STEPS[-1], 0)]
    keys += [(case, one, BROKEN_STEPS, 0) for case, tried in TRIED.items() for one in tried]
    return {key: partial(taught, *key, CASES[key[0]], LESSONS[key[1]]) for key in keys}


STUDIES["no_clean"] = Study(
    "no_clean",
    "four lessons, three of them without clean pictures, and the noise that breaks each",
    notebook="no_clean_pictures",
    key=("case", "lesson", "steps", "seed"),
    groups=lessons,
    minutes=26,
    sample=[("white", "noise2noise", 300, 0)],
    spread={"psnr": 0.3, "ssim": 0.02, "dark": 3},  # as far as starts are apart
)


# ---- one picture alone -----------------------------------------------------------------------

# As `zero_shot`'s; batch and steps were chosen on camera, where a thousand of one patch each
# reach as much (27.1 dB), and 600 of one 0.4 dB less.
ALONE = {"steps": 600, "batch": 2, "patch": 64, "lr": 8e-3, "ema_decay": 0.99}


def blind_spot(noisy: np.ndarray, seed: int = 0) -> np.ndarray:
    """A tiny network, taught by the hidden pixels of one picture, restores all of it.

    It is shown every pixel then, as by Krull, Buchholz, Jug (2019).
    """
    design = {"name": "dncnn", **TINY}
    network, _ = train_from(seed, design, [noisy], None, supervision="noise2void", **ALONE)
    return TrainedNetwork(network)(noisy)


def told_strength(noisy: np.ndarray, rms: float) -> np.ndarray:
    """BM3D, told the true RMS."""
    return FILTERS["bm3d"](noisy, rms)


def told_estimate(noisy: np.ndarray, rms: float) -> np.ndarray:
    """BM3D, told what is found in the picture: its noise's curve, and its grain."""
    return from_estimate(FILTERS["bm3d"], estimate(noisy))(noisy)


def told_nothing(restore: Denoiser, noisy: np.ndarray, rms: float) -> np.ndarray:
    """A method that needs no σ."""
    return restore(noisy)


def whole_chain(noisy: np.ndarray) -> np.ndarray:
    """`denoise.denoise`, which was taught on clean photographs."""
    return denoise(noisy).image


METHODS: Registry[Callable[[np.ndarray, float], np.ndarray]] = Registry("method")
METHODS |= {
    BASELINE: partial(told_nothing, noisy_input),
    "zero shot": partial(told_nothing, zero_shot),
    "blind spot": partial(told_nothing, blind_spot),
    "bm3d, told the RMS": told_strength,
    "bm3d, estimated": told_estimate,
    "denoise": partial(told_nothing, whole_chain),
}


def drawn(pictures: Callable[[], dict[str, np.ndarray]], model: NoiseModel) -> dict[str, tuple]:
    """Name to a noisy picture, and its clean one."""
    return {name: (model(x, k), x) for k, (name, x) in enumerate(pictures().items())}


def textures() -> dict[str, np.ndarray]:
    """Brick, grass and gravel, gray, 256×256."""
    return {name: images.load(name, gray=True, size=PICTURE_SIDE) for name in TEXTURES}


def some_of(name: str, every: int) -> dict[str, np.ndarray]:
    """The centres of some pictures of a set, gray, 256×256."""
    test = datasets.fetch(name, progress=False)
    chosen = range(0, len(test.names), every)
    grays = {test.names[k]: to_gray(test.images[k]).clip(0, 1) for k in chosen}
    return {name: centre_crop(x, PICTURE_SIDE) for name, x in grays.items()}


def microscope(kind: str, field: int) -> dict[str, tuple]:
    """One of the four frames of a sample of FMD, and the mean of 50."""
    some = datasets.fetch("fmd", progress=False).where(type=[kind], field=[field])
    return dict(zip(some.names, zip(some.images, some.references)))


SAMPLES = (
    *(f"Confocal_{stain}" for stain in ("BPAE_B", "BPAE_G", "BPAE_R", "FISH", "MICE")),
    *(f"TwoPhoton_{stain}" for stain in ("BPAE_B", "BPAE_G", "BPAE_R", "MICE")),
    *(f"WideField_{stain}" for stain in ("BPAE_B", "BPAE_G", "BPAE_R")),
)
FIELDS = (1, 2, 3, 4)
FMD = {f"{kind}_{k}": partial(microscope, kind, k) for k in FIELDS for kind in SAMPLES}
SETS: Registry[Callable[[], dict[str, tuple]]] = Registry("set of pairs")
SETS |= {
    "photographs, white": partial(drawn, photographs, Gaussian(SIGMA)),
    "photographs, camera": partial(drawn, photographs, Camera(gain=0.01)),
    "bsd68, white": partial(drawn, partial(some_of, "bsd68", 17), Gaussian(SIGMA)),
    "textures, white": partial(drawn, textures, Gaussian(SIGMA)),
    "radiographs, photons": partial(drawn, partial(some_of, "chest_xray", 7), Poisson(30)),
} | FMD


def asked(name: str) -> list[str]:
    """The methods that a set is for: of white noise no estimate, of other noise no single σ."""
    left_out = {
        "photographs, white": {"bm3d, estimated"},
        "bsd68, white": {"blind spot", "bm3d, estimated", "denoise"},
        "textures, white": {"blind spot", "bm3d, estimated", "denoise"},
    }
    others = set() if name == "photographs, camera" else {"bm3d, told the RMS"}
    return [method for method in METHODS if method not in left_out.get(name, others)]


def alone(
    name: str,
    method: str,
    pairs: Callable[[], dict[str, tuple]],
    restore: Callable[[np.ndarray, float], np.ndarray],
) -> pd.DataFrame:
    """One method on a set; seconds are those of the processor."""
    made = []
    for image, (noisy, clean) in pairs().items():
        begun = time.process_time()
        restored = restore(noisy, change(clean, noisy) ** 0.5)
        seconds = round(time.process_time() - begun, 1)
        scores = metrics.score(clean, restored, ["psnr", "ssim"])
        made.append({"set": name, "method": method, "image": image, **scores, "seconds": seconds})
    return pd.DataFrame(made).round({"psnr": 3, "ssim": 4})


STUDIES["no_clean_alone"] = Study(
    "no_clean_alone",
    "one noisy picture alone, by what learns from it and by what need not",
    notebook="no_clean_pictures",
    key=("set", "method"),
    groups=lambda table: {
        (name, method): partial(alone, name, method, pairs, METHODS[method])
        for name, pairs in SETS.items()
        for method in asked(name)
    },
    minutes=25,
    sample=[("textures, white", "zero shot"), ("textures, white", "bm3d, told the RMS")],
    loads=lambda key: ["drunet"] if key[1] == "denoise" else (),
    spread={"psnr": 0.3, "ssim": 0.02},
    measured=("seconds",),
)
