"""Everything public that takes a picture, as functions of that picture alone.

Registries are walked, so that a new noise model or filter is called as soon as it is there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from helpers import (
    benchmark,
    bm3d,
    denoise,
    estimation,
    filters,
    gradients,
    images,
    low_light,
    metrics,
    networks,
    noise,
    plotting,
    posterior,
    training,
    widgets,
)
from helpers.networks import weights
from helpers.training import patches
from tests.fuzz.pictures import SIDE

Call = Callable[[object], object]
SIGMA = 20 / 255
DRAWS = 1e4  # half precision moves a mean a little, and the photons drawn for it by any number
ALT = "a photograph, as an example"


@dataclass(frozen=True)
class OnPicture:
    """A function of one picture.

    Attributes
    ----------
    call : callable
    sensitivity : float
        By how much rounding in the picture may grow in the answer.
    same_shape : bool
        The answer is a picture of the shape of the input.
    """

    call: Call
    sensitivity: float = 40
    same_shape: bool = False


def _pair(call: Callable[[object, object], object]) -> Call:
    """Give a score the clean photograph that belongs to a gray or a colour picture."""
    gray, colour = images.load("camera", size=SIDE), images.load("coffee", size=SIDE)

    def with_reference(x: object) -> object:
        try:
            shape = np.asarray(x).shape
        except (ValueError, TypeError, RuntimeError):  # ragged, or a tensor with a gradient
            shape = ()
        return call(colour if len(shape) == 3 and shape[-1] in (3, 4) else gray, x)

    return with_reference


def _values(fit: estimation.Fit) -> list[float]:
    return [getattr(fit.model, name) for name in fit.model.parameters()]


def _strength(found: denoise.Estimate) -> float:
    """Of the noise that was found, at middle gray."""
    return 0.0 if found.noiseless else float(np.sqrt(found.noise.variance(np.array(0.5))))


def quick() -> dict[str, OnPicture]:
    """What answers within milliseconds."""
    chain = noise.Chain([noise.GaussianBlur(1), noise.PoissonGaussian(), noise.Jpeg(50)])
    calls = {
        "images.as_image": OnPicture(images.as_image, same_shape=True),
        "images.to_gray": OnPicture(images.to_gray),
        "images.centre_crop": OnPicture(lambda x: images.centre_crop(x, 1)),
        "noise.Chain": OnPicture(lambda x: chain(x, 0), DRAWS, same_shape=True),
        "noise.mosaic": OnPicture(noise.mosaic),
        "noise.demosaic": OnPicture(noise.demosaic),
        "gradients.histograms": OnPicture(gradients.histograms, 1e5),
        "gradients.deg": OnPicture(_pair(gradients.deg), 1e3),
        "metrics.score": OnPicture(_pair(metrics.score), 1e3),
        "metrics.score_by_region": OnPicture(_pair(metrics.score_by_region), 1e3),
        "metrics.regions": OnPicture(metrics.regions, 1e3),
        "metrics.texture": OnPicture(_pair(lambda r, x: tuple(metrics.texture(r, x))), 1e3),
        "metrics.residual_whiteness": OnPicture(_pair(metrics.residual_whiteness), 1e3),
        "metrics.sure": OnPicture(  # fresh noise: what a file holds is refused
            lambda x: metrics.sure(filters.mean, noise.Gaussian(SIGMA)(x, 0), SIGMA, 0), 1e3
        ),
        "posterior.apart": OnPicture(
            lambda x: posterior.apart([images.load("camera", size=SIDE)], [x]), 1e3
        ),
        "training.BlindSpot": OnPicture(
            lambda x: training.BlindSpot(filters.mean, rng=0)(x, SIGMA), same_shape=True
        ),
        "metrics.eight_bits": OnPicture(metrics.eight_bits, 1e4, same_shape=True),
        "low_light.underexpose": OnPicture(lambda x: low_light.underexpose(x, 0.1, 0), DRAWS),
        "denoise.told": OnPicture(
            lambda x: denoise.told(filters.mean, noise.PoissonGaussian())(x), 1e3, same_shape=True
        ),
        "denoise.told simulated": OnPicture(
            lambda x: denoise.told(filters.mean, noise.Camera())(x), 1e3, same_shape=True
        ),
        "denoise.Stabiliser": OnPicture(
            lambda x: denoise.Stabiliser.of(noise.Poisson())(images.as_image(x)), 1e3
        ),
        "plotting.show": OnPicture(lambda x: plotting.show([x], alt=ALT)),
        "plotting.side_by_side": OnPicture(lambda x: plotting.side_by_side([("noisy", x)])),
        "widgets.explore": OnPicture(
            lambda x: widgets.explore(lambda s: widgets.View({"noisy": x}), s=(0, 1)).text
        ),
        "training.patches.prepare": OnPicture(lambda x: patches.prepare([x], 1, 1)[0]),
        "benchmark.run": OnPicture(
            lambda x: benchmark.run(
                {"mean": filters.mean}, {"a": x}, {"g": noise.Gaussian()}, progress=False
            )["psnr"].to_numpy(),
            1e3,
        ),
    }
    for name, model in noise.MODELS.items():
        calls[f"noise.{name}"] = OnPicture(lambda x, m=model: m()(x, 0), DRAWS, same_shape=True)
        calls[f"noise.{name}.rms"] = OnPicture(lambda x, m=model: m().rms(x), 300)
    for name, metric in metrics.METRICS.items():
        calls[f"metrics.{name}"] = OnPicture(_pair(metric), 1e3)
        calls[f"metrics.{name}, as reference"] = OnPicture(
            _pair(lambda r, x, m=metric: m(x, r)), 1e3
        )
    for name, filtered in filters.FILTERS.items():
        if name not in ("bm3d", "nlm", "tv"):
            calls[f"filters.{name}"] = OnPicture(
                lambda x, f=filtered: f(x, SIGMA), 1e3, same_shape=True
            )
    for name in estimation.METHODS:
        calls[f"blind_sigma {name}"] = OnPicture(
            lambda x, n=name: estimation.blind_sigma(x, n), 1e3
        )
    for name, brightener in low_light.BRIGHTENERS.items():
        calls[f"low_light.{name}"] = OnPicture(brightener, 1e3, same_shape=True)
    return calls


def slow() -> dict[str, OnPicture]:
    """What takes a tenth of a second and more: networks, fits, the wide filters."""
    calls = {
        "blind_deg": OnPicture(estimation.blind_deg, 1e4),
        "fit": OnPicture(_pair(lambda r, x: _values(estimation.fit(x, r))), 1e4),
        "fit_soft_camera": OnPicture(lambda x: estimation.fit_soft_camera(x, 0.8).gain, 1e4),
        "grain": OnPicture(lambda x: estimation.grain(x).coarse, 1e4),
        "fit, as reference": OnPicture(_pair(lambda r, x: _values(estimation.fit(r, x))), 1e4),
    }
    mean = posterior.conditional_mean(networks.load("drunet"))
    calls["posterior.derivative"] = OnPicture(
        lambda x: posterior.derivative(mean, x, SIGMA, rng=0, probes=1).expected_error, 1e4
    )
    calls["posterior.sample"] = OnPicture(
        lambda x: posterior.sample(mean, x, SIGMA, rng=0, levels=3), 1e4, same_shape=True
    )
    calls["denoise.told map"] = OnPicture(
        lambda x: denoise.told(networks.load("drunet_colour"), noise.Speckle())(x),
        1e4,
        same_shape=True,
    )
    calls["training.zero_shot"] = OnPicture(
        lambda x: training.zero_shot(x, steps=2), 1e3, same_shape=True
    )
    calls["denoise.estimate"] = OnPicture(lambda x: _strength(denoise.estimate(x)), 1e4)
    calls["widgets.own_picture"] = OnPicture(
        lambda x: widgets.own_picture(np.asarray(x)).restored.image, 1e4
    )
    calls["bm3d.guided"] = OnPicture(lambda x: bm3d.guided(x, x, SIGMA), 1e3, same_shape=True)
    for name in ("auto", "bm3d", "median"):
        calls[f"denoise.denoise {name}"] = OnPicture(
            lambda x, n=name: denoise.denoise(x, method=n).image, 1e4, same_shape=True
        )
    for name in ("bm3d", "nlm", "tv"):
        filtered = filters.FILTERS[name]
        calls[f"filters.{name}"] = OnPicture(
            lambda x, f=filtered: f(x, SIGMA), 1e3, same_shape=True
        )
    for name in ("gaussian", "wiener", "adaptive_median"):
        calls[f"filters.{name} without σ"] = OnPicture(filters.FILTERS[name], 1e4, same_shape=True)
    for name in estimation.LINES:
        calls[f"blind_fit {name}"] = OnPicture(
            lambda x, n=name: _values(estimation.blind_fit(x, n)), 1e4
        )
    for name in weights.available():
        network = networks.load(name)
        calls[f"networks.{name}"] = OnPicture(network, 1e3, same_shape=name != "zero_dce")
    return calls
