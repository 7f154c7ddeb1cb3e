"""The recipe of each weight that ships: what is trained, on what, and with which numbers.

A recipe trains, and tells what its card has to say; it is a dataclass, and
``python -m helpers.training`` changes its fields.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import ClassVar

import torch
from torch import nn

from helpers import images, networks, paths
from helpers.losses import LowLight
from helpers.networks import Network, TrainedNetwork, weights
from helpers.networks.base import normalises
from helpers.networks.inference import fold
from helpers.noise import Gaussian
from helpers.registry import Registry
from helpers.training import cards, mdf, zero_dce
from helpers.training.cameras import RandomCamera
from helpers.training.denoising import train
from helpers.training.loop import History, Settings, settings_of
from helpers.training.low_light import RELEASED, train_low_light
from helpers.training.patches import Noise, RandomParameters
from helpers.training.sources import SOURCES, Source
from helpers.training.starts import mirrored_

BLIND = (0.0, 55.0)  # σ in gray levels, as in the paper of DnCNN


class Trainable:
    """What all recipes have beside ``train``, and ``training`` and ``scores`` for the card.

    Attributes
    ----------
    settings : dict
        Numbers of `training.Settings` that differ from `defaults`, those of such trainings.
    data : Source
        The pictures.
    subfolder : str
        Of the weights that ship; "" for none.
    """

    settings: dict
    data: Source
    defaults: ClassVar[dict] = {}
    subfolder: ClassVar[str] = ""

    @property
    def numbers(self) -> Settings:
        """All settings, those of the recipe and those by default."""
        return settings_of(self.settings, **self.defaults)

    @property
    def folder(self) -> Path:
        """Where the weight ships."""
        return paths.weights() / self.subfolder

    def states(self, checkpoint: Path) -> list[Path]:
        """The files of a training under way."""
        return [checkpoint]

    def save(self, network: Network, path: Path, card: dict) -> None:
        """Write weight and card, both or none."""
        weights.save(network, path, card)


@dataclass(frozen=True)
class Recipe(Trainable):
    """How a denoiser is trained.

    Attributes
    ----------
    network : str
        A key of `networks.NETWORKS`.
    options : dict
        What `networks.build` is given beside.
    sigma : (float, float)
        Range of σ in gray levels (0..255); equal ends for one σ.
    drawn : callable, optional
        Noise to learn from instead of Gaussian noise; `sigma` is the range of its strength.
    told, misjudged : str, float
        For `train`.
    settings : dict
        Numbers of `training.Settings` that differ from its defaults.
    loss : str
        A key of `losses.LOSSES`.
    start : str, optional
        The weight whose values it begins with.
    data : Source
        One of `sources.SOURCES`, or a folder's.
    size : str
        One of `networks.SIZES`.
    """

    network: str
    options: dict = field(default_factory=dict)
    sigma: tuple[float, float] = (25.0, 25.0)
    settings: dict = field(default_factory=dict)
    loss: str = "l2"
    start: str | None = None
    data: Source = SOURCES["bsds500"]
    size: str = networks.SIZES[0]
    drawn: Noise | None = None
    told: str = "rms"
    misjudged: float = 0.0

    def noise(self) -> Noise:
        """Gaussian noise of one σ, or of a σ drawn for each patch; or what is drawn instead."""
        if self.drawn is not None:
            return self.drawn
        low, high = (level / 255 for level in self.sigma)
        return Gaussian(low) if low == high else RandomParameters("gaussian", sigma=(low, high))

    def fresh(self) -> Network:
        """The network at the start: fresh weights, or those of another one.

        One that has no batch normalisation begins with that of the other dissolved.
        """
        torch.manual_seed(self.numbers.seed)
        network = networks.build(self.network, self.size, **self.options)
        if self.start:
            begin = weights.read(self.start)[0]
            begin = begin if normalises(network) else fold(begin)
            try:
                network.load_state_dict(begin.state_dict())
            except RuntimeError:
                raise ValueError(
                    f"{self.start} is no {self.network} of this size to begin with; "
                    "name another with --start, or none"
                ) from None
        return network

    def train(self, checkpoint: Path | None, progress: bool) -> tuple[Network, History]:
        """The network, and how its training went."""
        network = self.fresh()
        pictures, validation = self.data.split()
        history = train(
            network,
            pictures,
            noise=self.noise(),
            loss=self.loss,
            told=self.told,
            misjudged=self.misjudged,
            validation=validation,
            checkpoint=checkpoint,
            progress=progress,
            **self.settings,
        )
        return network, history

    def training(self) -> dict:
        """What the card tells of the training."""
        told = {"sigma": list(self.sigma), "loss": self.loss, "start": self.start}
        if self.drawn is not None:
            told |= {"noise": repr(self.drawn), "told": self.told, "misjudged": self.misjudged}
        return told | asdict(self.numbers)

    def scores(self, network: Network) -> dict:
        """On test sets, and in colour on the pictures held out."""
        denoise = TrainedNetwork(network, {"training": self.training()})
        return cards.scores(denoise, self.sigma, self.data.split()[1])


@dataclass(frozen=True)
class MirroredRecipe(Recipe):
    """The same from first weights in pairs: see `starts.mirrored_`."""

    def fresh(self) -> Network:
        """The network at the start."""
        network = super().fresh()
        if self.start is None:
            mirrored_(network)
        return network

    def training(self) -> dict:
        """What the card tells of the training."""
        told = super().training()
        return told if self.start else told | {"init": "mirrored"}


@dataclass(frozen=True)
class BrighteningRecipe(Trainable):
    """How Zero-DCE is trained, on the exposure stacks of odd places.

    Attributes
    ----------
    options, loss, settings : dict
        For `networks.build`, `LowLight` and `train_low_light`.
    reduced : int
        How many times smaller, each way, pictures and cells of curves are in training: the means
        that the network sees are the same, and the curves are bent on fewer pixels.
    """

    data: ClassVar[Source] = zero_dce.STACKS
    defaults: ClassVar[dict] = RELEASED
    options: dict
    loss: dict
    settings: dict
    reduced: int = 1

    def train(self, checkpoint: Path, progress: bool) -> tuple[Network, History]:
        """The network, and how its training went.

        Raises
        ------
        ValueError
            When the cells of curves cannot be made smaller so.
        """
        torch.manual_seed(self.numbers.seed)
        network = networks.build(zero_dce.NAME, **self.options)
        scale, rest = divmod(network.scale, self.reduced)
        if rest:
            raise ValueError(f"cells of {network.scale} pixels are no multiple of {self.reduced}")
        small = networks.build(zero_dce.NAME, **self.options | {"scale": scale})
        small.load_state_dict(network.state_dict())
        how = {"checkpoint": checkpoint, "progress": progress, **self.settings}
        pictures = [zero_dce.reduced(x, self.reduced) for x in self.data.pictures()]
        history = train_low_light(small, pictures, loss=LowLight(**self.loss), **how)
        network.load_state_dict(small.state_dict())
        return network.eval(), history

    def training(self) -> dict:
        """What the card tells of the training."""
        told = {"loss": repr(LowLight(**self.loss)), "reduced": self.reduced}
        return told | asdict(self.numbers)

    def scores(self, network: Network) -> dict:
        """On the stacks held out, beside what needs no learning."""
        table = zero_dce.score_pairs(zero_dce.halves()[1], zero_dce.methods(network))
        return {"held-out stacks": zero_dce.mean_scores(table)}


@dataclass(frozen=True)
class DiscriminatorsRecipe(Trainable):
    """How the discriminators of MDF are trained, on one photograph.

    Attributes
    ----------
    noise : NoiseModel or callable
        What they learn to see.
    options, settings
        As for `mdf.train_discriminators`.
    """

    # CC0, 600×400; no notebook tests on it with this loss.
    data: ClassVar[Source] = Source(
        "one photograph, coffee, inside scikit-image",
        "CC0; see data/README.md",
        lambda: [images.load("coffee")],
    )
    defaults: ClassVar[dict] = mdf.SINGAN
    subfolder: ClassVar[str] = "losses"  # where `losses.MDF` looks for them
    noise: Noise
    options: mdf.Scales = field(default_factory=mdf.Scales)
    settings: dict = field(default_factory=dict)

    def states(self, checkpoint: Path) -> list[Path]:
        """A file for each scale."""
        return [mdf.checkpoint_of(checkpoint, scale) for scale in range(self.options.scales)]

    def train(self, checkpoint: Path, progress: bool) -> tuple[nn.ModuleList, History]:
        """The discriminators, and how the training of each ended."""
        (picture,) = self.data.pictures()
        how = {"checkpoint": checkpoint, "progress": progress, **self.settings}
        return mdf.train_discriminators(picture, self.noise, self.options, **how)

    def training(self) -> dict:
        """What the card tells of the training."""
        return {"noise": repr(self.noise), **asdict(self.options), **asdict(self.numbers)}

    def scores(self, network: nn.ModuleList) -> dict:
        """None: a loss restores nothing."""
        return {}

    def save(self, network: nn.ModuleList, path: Path, card: dict) -> None:
        """Write weight and card, both or none."""
        mdf.write(network, path, {"architecture": "Discriminator", "inputs": [-1, 1]} | card)


# ---- one budget for all ---------------------------------------------------------------------

BUDGET, PATCH = 1_000_000_000, 64  # pixels seen; those of a patch's side
# Where there is no batch normalisation Muon silenced whole layers (`networks.anatomy`), and took
# twice AdamW's time for a step of MWCNN. The average remembers 1000 steps.
FAIR = {"optimizer": "adamw", "betas": (0.9, 0.99), "warmup": 200, "ema_decay": 0.999}


def fair(lr: float, batch: int = 4, share: float = 1.0) -> dict:
    """Settings of a training with a share of the budget, whatever its batch.

    Examples
    --------
    >>> fair(1e-3)["steps"]
    61035
    """
    steps = int(share * BUDGET) // (batch * PATCH**2)
    return FAIR | {"steps": steps, "batch": batch, "patch": PATCH, "lr": lr}


RECIPES: Registry[Trainable] = Registry("trained weight")

RECIPES["vincent"] = Recipe("vincent", settings=fair(2e-3, batch=2))
# Three tenths of the budget, here and for REDNet: trained where the processor has no bfloat16. The
# rates and batches are those that did best in `chance_probes`.
RECIPES["gondara"] = Recipe("gondara", settings=fair(2e-3, batch=2, share=0.3))
RECIPES["autoencoder"] = Recipe("autoencoder", settings={"steps": 3000, "lr": 0.004})
RECIPES["autoencoder_skip"] = Recipe(
    "autoencoder", {"skips": True}, settings={"steps": 3000, "lr": 0.004}
)
RECIPES["autoencoder_residual"] = Recipe(
    "autoencoder", {"skips": True, "residual": True}, settings={"steps": 5000, "lr": 0.008}
)
# The best of three rates at a tenth of the budget: 0.004 27.98, 0.008 28.07, 0.016 28.07 dB on the
# pictures held out; 28.06 in batches of two.
RECIPES["dncnn"] = Recipe("dncnn", settings=fair(1.6e-2))
RECIPES["rednet"] = Recipe("rednet", settings=fair(1e-3, batch=2, share=0.3))
RECIPES["ridnet"] = Recipe("ridnet", settings={"steps": 7000, "lr": 0.008})
RECIPES["rdn"] = Recipe("rdn", settings=fair(2e-3, batch=2))
# MWCNN without batch normalisation: the low band's statistics in a batch are those of a few
# brightnesses, and what the network learns with them it does not find in a whole picture. After a
# tenth of the budget batches of two led by 0.03 dB; after all of it they ended at 28.27 dB on the
# pictures held out (28.92 on BSD68), batches of four at 28.33 (28.97).
RECIPES["mwcnn"] = Recipe("mwcnn", settings=fair(1e-3))
RECIPES["pridnet"] = Recipe("pridnet", settings=fair(2e-3))
RECIPES["dingliu"] = Recipe("dingliu", settings={"steps": 3000, "lr": 0.004})
# Blind ones dissolve batch normalisation first. In a batch of four patches its statistics would
# depend on how noisy the four happen to be: what the network then learns with them, it does not
# find when it is used, and it leaves noise where there is much of it.
UNNORMALISED = {"blind": True, "batch_norm": False}
RECIPES["dncnn_blind"] = Recipe("dncnn", UNNORMALISED, BLIND, settings=fair(1e-3), start="dncnn")
# In colour, from He's draw, AdamW silences layers at rates of 0.008 and 0.016, and learns slowly
# below: 24.7 dB after 1000 steps at 0.001 on the pictures held out. From mirrored weights it has
# 28.2, at 0.003 28.7, at 0.008 28.1. (Muon, from He's draw, had 25.9.)
RECIPES["dncnn_colour"] = MirroredRecipe("dncnn", {"channels": 3}, settings=fair(3e-3, share=0.3))
# On the pictures held out 33.4, 30.7 and 27.2 dB at σ 15, 25 and 50; after 2500 steps, at the old
# rate of 0.004, 32.7, 30.1 and 26.5.
RECIPES["dncnn_blind_colour"] = Recipe(
    "dncnn",
    {"channels": 3, **UNNORMALISED},
    BLIND,
    settings=fair(1e-3, share=0.3),
    start="dncnn_colour",
)
# The weights that ship were trained before this recipe, and from 61 % of the time on with squared
# error over (σ + 5/255); see their cards.
TOLD = {"steps": 38_400, "batch": 8, "patch": 128, "optimizer": "adamw", "lr": 1e-3}
TOLD |= {"warmup": 200, "betas": (0.9, 0.99), "ema_decay": 0.999}
RECIPES["drunet"] = Recipe("drunet", {}, (0.0, 75.0), settings=TOLD, loss="l1")
RECIPES["drunet_colour"] = Recipe(
    "drunet", {"channels": 3}, (0.0, 75.0), settings=TOLD | {"steps": 36_600}, loss="l1"
)
# Told the strength that `estimation.grain` would measure, and as uncertain. On PolyU and SIDD it
# is no better than `drunet`, which `denoise` therefore keeps (`tools.measure.untold cameras`).
RECIPES["drunet_camera"] = Recipe(
    "drunet",
    sigma=RandomCamera().strength,
    settings=TOLD | {"steps": 3000, "lr": 5e-4},
    loss="l1",
    start="drunet",
    data=SOURCES["bsds500_softened"],
    drawn=RandomCamera(),
    told="coarse",
    misjudged=0.3,
)
# The paper asks patches of 16 pixels for a gray of 0.6, each: 15.4 dB in three folds of the places
# trained on. Whole pictures asked for a mean of 0.5 have 20.4 dB: most of it by the level, while
# contrast is what patches lose (`low_light_questions`). The level was not tuned: a stack's
# reference is its exposure whose mean is nearest to 0.5. Eight cells across see all of a picture,
# and can tell its mean; one curve for a picture, such that its mean is 0.5, has 21.7 dB.
RECIPES[zero_dce.NAME] = BrighteningRecipe(
    {"scale": 64, "cells": 8},
    {"form": zero_dce.FORM, "side": None, "level": 0.5},
    {"steps": 300, "batch": 4, "patch": 64, "lr": 2e-3, "schedule": "cosine", "warmup": 20}
    | {"grad_clip": 1.0},
    reduced=8,
)
RECIPES["mdf_denoising"] = DiscriminatorsRecipe(Gaussian(25 / 255))
RECIPES["mdf_jpeg"] = DiscriminatorsRecipe(RandomParameters("jpeg", quality=(10, 40)))

# Notebook `residual_denoisers` trains this one while the reader waits; no weight of it ships.
LIVE = Recipe(
    "dncnn",
    {"depth": 8, "width": 48},
    settings={"steps": 700, "lr": 0.032},
    data=SOURCES["photographs"],
)
