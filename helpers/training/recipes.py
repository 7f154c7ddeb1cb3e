"""The recipe of each weight that ships: network, noise, and the numbers of its training."""

from __future__ import annotations

from dataclasses import dataclass, field

from helpers.noise import Gaussian
from helpers.registry import Registry
from helpers.training.patches import Noise, RandomParameters

GRAY_LEVELS = 255
BLIND = (0.0, 55.0)  # σ in gray levels, as in the paper of DnCNN


@dataclass(frozen=True)
class Recipe:
    """How a weight is trained.

    Attributes
    ----------
    network : str
        A key of `networks.NETWORKS`.
    options : dict
        What `networks.build` is given beside.
    sigma : (float, float)
        Range of σ in gray levels (0..255); equal ends for one σ.
    settings : dict
        Numbers of `training.Settings` that differ from its defaults.
    loss : str
        A key of `losses.LOSSES`.
    start : str, optional
        The weight whose values it begins with.
    """

    network: str
    options: dict = field(default_factory=dict)
    sigma: tuple[float, float] = (25.0, 25.0)
    settings: dict = field(default_factory=dict)
    loss: str = "l2"
    start: str | None = None

    def noise(self) -> Noise:
        """Gaussian noise of one σ, or of a σ drawn for each patch."""
        low, high = (level / GRAY_LEVELS for level in self.sigma)
        return Gaussian(low) if low == high else RandomParameters("gaussian", sigma=(low, high))


RECIPES: Registry[Recipe] = Registry("trained weight")

RECIPES["vincent"] = Recipe("vincent", settings={"steps": 1500, "lr": 0.004, "batch": 8})
RECIPES["gondara"] = Recipe("gondara", settings={"steps": 4000, "lr": 0.008})
RECIPES["autoencoder"] = Recipe("autoencoder", settings={"steps": 3000, "lr": 0.004})
RECIPES["autoencoder_skip"] = Recipe(
    "autoencoder", {"skips": True}, settings={"steps": 3000, "lr": 0.004}
)
RECIPES["autoencoder_residual"] = Recipe(
    "autoencoder", {"skips": True, "residual": True}, settings={"steps": 5000, "lr": 0.008}
)
RECIPES["dncnn"] = Recipe("dncnn", settings={"steps": 12000, "lr": 0.024})
RECIPES["rednet"] = Recipe("rednet", settings={"steps": 6000, "lr": 0.004})
RECIPES["ridnet"] = Recipe("ridnet", settings={"steps": 7000, "lr": 0.008})
RECIPES["rdn"] = Recipe("rdn", settings={"steps": 3500, "lr": 0.006})
# MWCNN without batch normalisation: the low band's statistics in a batch are those of a few
# brightnesses, and what the network learns with them it does not find in a whole picture. Of its
# inner levels little lives at the end: notebook 09 counts what still fires.
LONG = {"steps": 18_000, "batch": 2, "patch": 96, "max_grad_ratio": 2.0}
RECIPES["mwcnn"] = Recipe("mwcnn", settings=LONG | {"lr": 0.003})
# PRIDNet as it was when this weight and the tables of notebook 09 were made, before the options of
# the released code: a new weight (Part 12) takes the defaults.
OLD_FORM = {"rectified": False, "half_pixels": True}
RECIPES["pridnet"] = Recipe("pridnet", OLD_FORM, settings=LONG | {"lr": 0.0025})
RECIPES["dingliu"] = Recipe("dingliu", settings={"steps": 3000, "lr": 0.004})
# Blind ones dissolve batch normalisation first. In a batch of four patches its statistics would
# depend on how noisy the four happen to be: what the network then learns with them, it does not
# find when it is used, and it leaves noise where there is much of it.
UNNORMALISED = {"blind": True, "batch_norm": False}
RECIPES["dncnn_blind"] = Recipe(
    "dncnn", UNNORMALISED, BLIND, settings={"steps": 5000, "lr": 0.004}, start="dncnn"
)
RECIPES["dncnn_colour"] = Recipe("dncnn", {"channels": 3}, settings={"steps": 4000, "lr": 0.024})
RECIPES["dncnn_blind_colour"] = Recipe(
    "dncnn",
    {"channels": 3, **UNNORMALISED},
    BLIND,
    settings={"steps": 2500, "lr": 0.004},
    start="dncnn_colour",
)

# Notebook 08 trains this one while the reader waits; no weight of it ships.
LIVE = Recipe("dncnn", {"depth": 8, "width": 48}, settings={"steps": 700, "lr": 0.032})
