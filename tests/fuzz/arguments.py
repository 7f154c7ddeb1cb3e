"""Odd arguments: each argument of each public callable in turn gets each wrong value."""

from __future__ import annotations

import decimal
import fractions
import inspect
import math
import pathlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch

from helpers import (
    benchmark,
    denoise,
    digits,
    estimation,
    exercises,
    filters,
    gradients,
    images,
    losses,
    low_light,
    metrics,
    networks,
    noise,
    plotting,
    posterior,
    training,
    widgets,
)
from helpers.benchmark import __main__ as command
from helpers.benchmark import suites, tables
from helpers.networks import weights
from helpers.training import sources

WRONG: dict[str, Callable[[], object]] = {
    "None": lambda: None,
    "text": lambda: "x",
    "a number as text": lambda: "0.1",
    "no text": lambda: "",
    "5000 letters": lambda: "a" * 5000,
    "a zero byte": lambda: "\0",
    "bytes": lambda: b"x",
    "NaN": lambda: math.nan,
    "NumPy's NaN": lambda: np.float32("nan"),
    "∞": lambda: math.inf,
    "−∞": lambda: -math.inf,
    "−1": lambda: -1,
    "−0.5": lambda: -0.5,
    "0": lambda: 0,
    "2.5": lambda: 2.5,
    "25": lambda: 25,
    "1e300": lambda: 1e300,
    "1e-300": lambda: 1e-300,
    "10**400": lambda: 10**400,
    "complex": lambda: 1 + 2j,
    "NumPy's complex": lambda: np.complex128(0.1),
    "True": lambda: True,
    "NumPy's True": lambda: np.bool_(True),
    "float16": lambda: np.float16(0.1),
    "int64": lambda: np.int64(3),
    "Decimal": lambda: decimal.Decimal("0.1"),
    "Fraction": lambda: fractions.Fraction(1, 10),
    "list": lambda: [0.1],
    "empty list": list,
    "tuple": lambda: (1, 2),
    "set": lambda: {1},
    "dict": lambda: {"a": 1},
    "generator": lambda: (i for i in range(3)),
    "array": lambda: np.array([0.1, 0.2]),
    "array of no dimension": lambda: np.array(0.1),
    "empty array": lambda: np.array([]),
    "tensor": lambda: torch.tensor(0.1),
    "path": lambda: pathlib.Path("/nonexistent/x"),
    "object": object,
    "class": lambda: int,
    "function": lambda: lambda *given: 0,
    "...": lambda: ...,
}


@dataclass(frozen=True)
class WithArguments:
    """A function and arguments with which it works."""

    call: Callable[..., object]
    arguments: Mapping[str, object]


def defaults(call: Callable) -> dict[str, object]:
    """The arguments of a callable that have a default."""
    given = inspect.signature(call).parameters
    return {name: p.default for name, p in given.items() if p.default is not p.empty}


def callables(folder: pathlib.Path) -> dict[str, WithArguments]:
    """All of them by name; what is written goes to `folder`."""
    clean = images.load("camera", size=64)
    noisy = noise.Gaussian(20 / 255)(clean, rng=0)
    colour = noise.Camera()(images.load("coffee", size=64), rng=0)
    p, q = gradients.probabilities(clean)[0], gradients.probabilities(noisy)[0]
    entries: dict[str, WithArguments] = {}

    def add(name: str, call: Callable, /, **arguments: object) -> None:
        entries[name] = WithArguments(call, arguments)

    for name, model in noise.MODELS.items():
        add(
            f"noise.{name}",
            lambda m=model, rng=0, clip=False, **own: m(**own)(clean, rng, clip),
            rng=0,
            clip=False,
            **{key: one.default for key, one in model.parameters().items()},
        )
    add("noise.Chain", lambda models: noise.Chain(models)(clean, 0), models=[noise.Gaussian()])
    add("NoiseModel.at", noise.Gaussian.at, position=0.5)
    add("images.load", images.load, name="camera", gray=False, size=16)
    add("images.centre_crop", images.centre_crop, image=clean, size=8)
    add("images.xray_phantom", lambda **a: images.xray_phantom(**a).image, rng=0, size=40)
    add("images.dead_leaves", images.dead_leaves, rng=0, shape=(32, 32), radii=(2, 20))
    add("gradients.after_gaussian", gradients.after_gaussian, p=p, sigma=0.1)
    add("gradients.deg", gradients.deg, reference=clean, image=noisy, distance="wasserstein")
    for name, distance in gradients.DISTANCES.items():
        add(f"gradients.{name}", distance, p=p, q=q)
    add("metrics.score", metrics.score, reference=clean, restored=noisy, names=["psnr"])
    add("metrics.regions", lambda **a: list(metrics.regions(**a)), reference=clean, share=0.2)
    add("metrics.texture", lambda **a: tuple(metrics.texture(**a)), reference=clean, image=noisy,
        window=8)  # fmt: skip
    add("metrics.residual_whiteness", metrics.residual_whiteness, noisy=noisy, restored=clean,
        reach=3)  # fmt: skip
    add("metrics.mean_interval", metrics.mean_interval, gaps=[1.0, 2, 3], rng=0)
    add("metrics.paired_interval", metrics.paired_interval, first=[1.0, 2, 3],
        second=[1.0, 1, 2], rng=0, level=0.95, draws=100)  # fmt: skip
    add("metrics.sure", metrics.sure, denoiser=filters.mean, noisy=noisy, sigma=20 / 255, rng=0,
        step=0.1)  # fmt: skip
    for name, filtered in filters.FILTERS.items():
        if name not in ("bm3d", "nlm"):
            own = {key: one.value(0.1) for key, one in filtered.settings.items()}
            add(f"filters.{name}", lambda f=filtered, **a: f(noisy, **a), sigma=0.1, **own)
    add("denoise.told", lambda **a: denoise.told(**a)(noisy), denoiser=filters.mean,
        noise=noise.Poisson(), grain=None, by="auto", inverse="exact", strength=1.0)  # fmt: skip
    add("denoise.denoise", lambda **a: denoise.denoise(**a).image, noisy=noisy, noise=0.1,
        method="mean", strength=1.0)  # fmt: skip
    add("denoise.Stabiliser.of", lambda **a: denoise.Stabiliser.of(**a).span,
        noise=noise.Poisson(), clipped=False)  # fmt: skip
    add("denoise.Stabiliser.inverse", denoise.Stabiliser.of(noise.Poisson()).inverse,
        transformed=clean, kind="exact")  # fmt: skip
    add("denoise.estimate", lambda **a: denoise.estimate(**a).certain, noisy=noisy)
    add("widgets.predict", lambda **a: widgets.predict(**a).committed is None,
        question="how many?", choices=(0, 60), answer=9, within=2, unit="dB", because="so",
        key="photons")  # fmt: skip
    add("widgets.duel", lambda **a: len(widgets.duel(**a).text), reference=clean,
        restored={"noisy": noisy, "clean": clean}, rng=0, zoom=2, key="two")  # fmt: skip
    add("widgets.Sketch", lambda **a: len(widgets.Sketch(**a).x), x=(0, 1), y=(0, 1), xlabel="σ",
        ylabel="PSNR")  # fmt: skip
    add("widgets.own_picture", lambda **a: widgets.own_picture(**a).refusal, picture="camera")
    add("blind_sigma", estimation.blind_sigma, noisy=noisy, method="flat")
    add("fit", lambda **a: estimation.fit(**a).loss, noisy=noisy, reference=clean,
        model="gaussian", distance="wasserstein", search="scalar", aligned=True)  # fmt: skip
    add("fit_soft_camera", lambda **a: estimation.fit_soft_camera(**a).gain, noisy=colour,
        spread=0.8)  # fmt: skip
    add("spread_of", estimation.spread_of, noisy=[colour])
    add("identify", lambda **a: len(estimation.identify(**a)), noisy=noisy, reference=clean,
        candidates=["gaussian"])  # fmt: skip
    add("fit_gradients", lambda **a: estimation.fit_gradients(**a).loss, noisy=noisy,
        distance="kl")  # fmt: skip
    for name, network in networks.NETWORKS.items():
        add(f"networks.build {name}", lambda n=name, **a: bool(networks.build(n, **a)),
            **defaults(network))  # fmt: skip
    add("networks.load", lambda **a: networks.load(**a)(noisy, 0.1), name="dncnn",
        precision="float32", tile=None, device="cpu")  # fmt: skip
    trained = networks.load("dncnn")
    add("TrainedNetwork", lambda **a: trained(noisy, **a), sigma=25 / 255, weighed=False)
    add("weights.save", weights.save, network=networks.build("rednet", depth=4, width=4),
        path=folder / "x.safetensors", card={})  # fmt: skip
    world = posterior.Mixture([0.5, 0.5], [0.2, 0.8], [0.01, 0.01])
    add("posterior.Mixture", lambda **a: posterior.Mixture(**a).mean, weights=[0.5, 0.5],
        means=[0.2, 0.8], covariances=[0.01, 0.01])  # fmt: skip
    add("Mixture.posterior", lambda **a: world.posterior(**a).mean, noisy=0.5, sigma=0.1)
    add("Mixture.draw", world.draw, count=3, rng=0)
    add("posterior.cut", posterior.cut, pictures=[clean], count=3, rng=0, side=8)
    add("posterior.fit", lambda **a: posterior.fit(**a).mean, pictures=clean.ravel()[:64],
        components=2, steps=3)  # fmt: skip
    add("posterior.score", posterior.score, mean=world.denoise, noisy=0.5, sigma=0.1)
    add("posterior.sample", posterior.sample, mean=world.denoise, noisy=0.5, sigma=0.1, rng=0,
        levels=5)  # fmt: skip
    add("posterior.derivative", lambda **a: posterior.derivative(**a).sure, mean=world.denoise,
        noisy=noisy, sigma=0.1, rng=0, probes=2, product="differences")  # fmt: skip
    add("posterior.calibrate", posterior.calibrate, spread=[1.0, 2], error=[0.5, 1], share=0.9)
    add("posterior.coverage", posterior.coverage, width=[1.0, 2], error=[0.5, 1], parts=2)
    add("posterior.narrower", posterior.narrower, width=[1.0, 2], error=[0.5, 1])
    add("posterior.frontier", lambda **a: posterior.frontier(**a).mmse, world=world, sigma=0.1)
    curve = posterior.frontier(world, 0.1)
    add("Frontier.distortion", curve.distortion, perception=0.1)
    add("Frontier.restore", curve.restore, noisy=0.5, perception=0.1)
    add("Frontier.realistic", curve.realistic, noisy=0.5)
    for name in ("denoise", "uncertainty"):
        add(f"Mixture.{name}", getattr(world, name), noisy=0.5, sigma=0.1)
    for name in ("log_density", "slope"):
        add(f"Mixture.{name}", getattr(world, name), pictures=0.5)
    add("Mixture.noisy", lambda **a: world.noisy(**a).mean, sigma=0.1)
    add("posterior.conditional_mean", lambda **a: bool(posterior.conditional_mean(**a)),
        network=trained)  # fmt: skip
    add("NetworkMean", lambda **a: posterior.conditional_mean(trained)(**a), noisy=noisy,
        sigma=0.1)  # fmt: skip
    found = posterior.derivative(world.denoise, noisy, 0.1, rng=0, probes=1)
    add("posterior.deviation", posterior.deviation, found=found, blur=0.7)
    add("posterior.apart", posterior.apart, pool=[clean], restored=[noisy], distance="kl")
    add("posterior.floor", posterior.floor, pool=[clean, noisy], rng=0, distance="kl", draws=2)
    restored, reference = torch.rand(2, 1, 1, 176, 176, generator=torch.manual_seed(0))
    for name, loss in losses.LOSSES.items():
        add(f"losses.{name}", lambda c=loss, **a: c(**a)(restored, reference).item(),
            **defaults(loss))  # fmt: skip
        add(f"losses.{name}, called", lambda c=loss, **a: c()(**a).item(), restored=restored,
            reference=reference)  # fmt: skip
    add("low_light.underexpose", low_light.underexpose, scene=clean, light=0.1, rng=0, gain=0.001,
        sigma=0.002)  # fmt: skip
    add("low_light.gamma", low_light.gamma, dark=clean, exponent=2.2)
    add("digits.draw", lambda **a: digits.draw(**a).images, rng=0, count=10, size=12,
        fonts="train", strength=1.0)  # fmt: skip
    add("benchmark.run", lambda **a: benchmark.run(**a)["psnr"].to_numpy(),
        denoisers={"mean": filters.mean}, images={"a": clean}, noises={"g": noise.Gaussian()},
        metrics=["psnr"], draws=1, cache=None, progress=False, knows="told")  # fmt: skip
    add("benchmark --noises", command.model, text="gaussian:sigma=25")
    add("benchmark.suites.cells", lambda **a: len(suites.cells(**a)), suite="kinds",
        methods={"mean": filters.mean}, images=["texture/brick"])  # fmt: skip
    add("benchmark.tables.read", tables.read, path=suites.results("kinds"))
    add("images.running", images.running, gray=True, size=64)
    add("images.run_with", images.run_with, picture="text")
    add("plotting.show", plotting.show, images=[clean], titles=["a"], alt="a clean photograph",
        columns=1, zoom=1, signed=False, loupe=(9, 9))  # fmt: skip
    add("widgets.explore", lambda **a: widgets.explore(lambda s: widgets.View({"a": clean}), **a)
        .text, zoom=1, continuous=True, s=(0, 1))  # fmt: skip
    for name in exercises.CHECKS:
        add(f"exercises.check {name}", lambda answer, k=name: exercises.check(k, answer).status,
            answer=1.0)  # fmt: skip
    add("training.train", lambda **a: training.train(
        networks.build("rednet", depth=4, width=4), **a).loss, images=[clean],
        noise=noise.Gaussian(), loss="l2", told="rms", misjudged=0.0, supervision="clean",
        every=2, checkpoint=None, precision="float32", progress=False, steps=2, batch=1,
        patch=16, lr=0.01, seed=0)  # fmt: skip
    add("training.Noise2Void", training.Noise2Void, cell=4)
    add("training.SURE", training.SURE, sigma=0.1, step=0.1)
    add("training.BlindSpot", lambda **a: training.BlindSpot(**a)(noisy[:16, :16]),
        denoiser=filters.mean, rng=0, cell=4)  # fmt: skip
    add("training.zero_shot", training.zero_shot, noisy=noisy[:16, :16], sigma=0.1, steps=2,
        seed=0, progress=False)  # fmt: skip
    add("training.sources.source", lambda name: bool(sources.source(name)), name="photographs")
    return entries
