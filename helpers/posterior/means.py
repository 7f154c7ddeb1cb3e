"""When is a trained network the mean of all that may be under the noise?

The answer with the least squared error is the mean E[x | y]. So a network that was trained by
squared error is one, as far as it has learned it, and nothing else is: a filter is no mean, and
one trained by absolute error is a median of each pixel.

>>> from helpers import networks
>>> drunet = conditional_mean(networks.load("drunet"))
>>> drunet(np.full((16, 16), 0.5), 25/255).shape
(16, 16)
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from helpers import checks
from helpers.images import as_image
from helpers.networks import TrainedNetwork, ZeroDCE
from helpers.posterior.given import strength

Mean = Callable[[np.ndarray, float], np.ndarray]  # (noisy, sigma) to the mean under the noise


@dataclass(frozen=True)
class NetworkMean:
    """A trained network as the mean of what may be under white Gaussian noise.

    What it has learned and nothing else: unlike the network as a denoiser, it counts every change
    in full where noise is weak.

    Attributes
    ----------
    network : TrainedNetwork
    """

    network: TrainedNetwork

    def __call__(self, noisy: np.ndarray, sigma: float) -> np.ndarray:
        """The mean, float32, of the shape of `noisy`; `sigma` in image units."""
        return self.network(noisy, strength(sigma, "this network"), weighed=False)

    @property
    def trained_by_squares(self) -> bool:
        """Whether its card says that the training ended by squared error, or says nothing."""
        training = self.network.card.get("training", {})
        last = training.get("end") or training.get("loss") or "l2"
        return last == "l2" or "squared error" in str(last)

    @property
    def other_noise(self) -> str | None:
        """What its card says that it has learned instead of white Gaussian noise, if anything."""
        training = self.network.card.get("training", {})
        task = training.get("task", "noise")
        return training.get("noise") or (None if task == "noise" else str(task))

    @property
    def has_biases(self) -> bool:
        """Whether a layer adds what does not grow with the picture and its noise."""
        return any(name.endswith("bias") for name, _ in self.network.network.named_parameters())

    @property
    def sigmas(self) -> tuple[float, float]:
        """The weakest and the strongest noise of its training, image units; else 0 to 1."""
        low, high = self.network.card.get("training", {}).get("sigma") or (0, 255)
        return low / 255, high / 255

    def as_function(self, noisy: np.ndarray, sigma: float) -> tuple[Callable, torch.Tensor]:
        """What autograd can take the derivative of, and where: tensors (planes, C, H, W).

        The picture is taken whole, never in tiles, so memory grows with it.

        Raises
        ------
        ValueError
            Where the picture would be scaled first, to noise that the network knows, or be
            restored in eight ways.
        """
        if self.network.turns > 1:
            raise checks.refusal("turns", "1 where a derivative is exact", self.network.turns)
        image, sigma = as_image(noisy, clipped=False), strength(sigma, "this network")
        low, high = self.sigmas
        if not (self.network.takes_map or low * 0.95 <= sigma <= high * 1.05):
            accepted = f"a number from {low:.4g} to {high:.4g}, what the network has learned"
            raise checks.refusal("sigma", accepted, sigma)
        told = (sigma,) if self.network.takes_map else ()
        network = self.network.network.requires_grad_(False)
        return lambda planes: network(planes, *told), self.as_planes(image)

    def as_planes(self, image: np.ndarray) -> torch.Tensor:
        """(H, W) or (H, W, 3) to (planes, C, H, W): each channel alone for a gray network."""
        planes = torch.from_numpy(np.atleast_3d(image).astype(np.float32)).permute(2, 0, 1)
        planes = planes[None] if self.network.channels == 3 else planes[:, None]
        return planes.to(self.network.device)


def conditional_mean(network: TrainedNetwork) -> NetworkMean:
    """A trained network as a conditional mean, if it is one.

    Parameters
    ----------
    network : TrainedNetwork
        As `networks.load` gives it, in float32. One without a card, as of a training of your
        own, is taken to have learned white Gaussian noise by squared error. What is no network
        needs nothing of this: `Mixture.denoise` is a mean already.

    Raises
    ------
    ValueError
        For what is no trained network, one that removes no noise, or one in half precision.

    Warns
    -----
    UserWarning
        When its training ended by another loss than squared error, or had other noise than white
        Gaussian noise.
    """
    if not isinstance(network, TrainedNetwork) or isinstance(network.network, ZeroDCE):
        raise checks.refusal("network", "a denoiser that networks.load gives", network)
    if network.precision != "float32":  # slopes and derivatives are small differences
        raise checks.refusal("precision", "'float32' for a conditional mean", network.precision)
    mean = NetworkMean(network)
    if mean.other_noise:
        warnings.warn(
            f"this network has learned {mean.other_noise}: slopes, samples and error bars are "
            "those of white Gaussian noise alone",
            stacklevel=2,
        )
    if not mean.trained_by_squares:
        loss = network.card["training"]["loss"]
        warnings.warn(
            f"this network was trained by {loss}: its answer is no mean of what may be under the "
            "noise (of l1, the median of each pixel), so slopes, samples and error bars are off",
            stacklevel=2,
        )
    return mean


def as_mean(mean: Mean) -> Mean:
    """A trained network as its conditional mean, with the warnings of that; else what it is."""
    return conditional_mean(mean) if isinstance(mean, TrainedNetwork) else mean


def warn_of_samples(mean: Mean) -> None:
    """Say why samples by this mean are not to be trusted, if it is a network that says so."""
    if not isinstance(mean, NetworkMean):
        return
    low, high = (255 * sigma for sigma in mean.sigmas)
    if low > 1:
        reason = f"has learned noise of σ from {low:g}/255 to {high:g}/255"
    elif mean.has_biases:
        reason = "has biases, which do not shrink with the noise as the picture's slope asks"
    else:
        return
    warnings.warn(
        f"samples ask for the mean at all strengths down to none; this network {reason}: what "
        "comes out is no sample of what may be under the noise. drunet has neither fault",
        stacklevel=3,
    )
