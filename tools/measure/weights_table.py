"""Print what the cards of the trained weights say, beside the baselines and what was published.

    python -m tools.measure.weights_table                 # from the cards: nothing is computed
    python -m tools.measure.weights_table --again dncnn   # score anew, and compare with the card
    python -m tools.measure.weights_table --curves f.png  # the learning curves, as a picture

PSNR by the protocol: unclipped float noise, results clipped and rounded to 8 bits.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from helpers import plotting
from helpers.benchmark.suites import PUBLISHED
from helpers.networks import weights
from helpers.training import zero_dce
from helpers.training.recipes import RECIPES

# BSD68, PSNR by σ in gray levels: what the course set out to reach there. Published networks are
# the papers' sizes, trained for days. Gains over the noisy input are written as such.
TARGETS = {
    "dncnn": {"25": 29.15},
    "dncnn_blind": {"15": 31.5, "25": 29.05, "50": 26.1},
    "rednet": {"25": 29.1},
    "ridnet": {"25": 29.1},
    "rdn": {"25": 29.1},
    "autoencoder_residual": {"25": 28.6},
}
GAINS = {"autoencoder": 5.0, "gondara": 5.0, "vincent": 4.0}
SET = {1: "bsd68", 3: "held out"}
BM3D = ("bm3d", "bsd68")  # needs no training


def row(name: str, card: dict) -> str:
    """One weight: parameters, training, PSNR of its input and of its output."""
    trained = card["training"]
    if name == zero_dce.NAME:
        return low_light_row(card)
    on = SET[card["architecture"]["channels"]]
    shown = []
    for sigma, scored in card["scores"].get(on, {}).items():
        noisy, restored = scored["noisy psnr"], scored["restored psnr"]
        line = f"σ {sigma}: {noisy:.2f} → {restored:.2f} dB, SSIM {scored['restored ssim']:.4f}"
        if published := PUBLISHED.get((name, on, f"gaussian {sigma}")):
            line += f" (published {published})"
        wanted = TARGETS.get(name, {}).get(sigma, noisy + GAINS.get(name, 0))
        if restored < wanted:
            line += f" {wanted - restored:.2f} dB SHORT of {wanted:.2f}"
        shown.append(line)
    start = f" after {trained['start']}" if trained["start"] else ""
    return (
        f"{name:<21}{card['parameters']:>9,} parameters, {trained['steps']} steps{start}, "
        f"{card['seconds']} s | {on}: " + "; ".join(shown)
    )


def low_light_row(card: dict) -> str:
    """Zero-DCE, which removes no noise: beside its input and what needs no learning."""
    scored = card["scores"]["held-out stacks"]
    shown = [
        f"{method} {one['psnr']:.2f} dB, SSIM {one['ssim']:.4f}" for method, one in scored.items()
    ]
    trained = f"{card['parameters']:>9,} parameters, {card['training']['steps']} steps"
    start = f"{zero_dce.NAME:<21}{trained}, {card['seconds']} s | held-out stacks: "
    return start + "; ".join(shown)


def again(name: str) -> str:
    """Score a weight anew on all sets of its card that are there."""
    network, card = weights.read(name)
    now, then = RECIPES[name].scores(network), card["scores"]
    if name == zero_dce.NAME:
        return "now:  " + low_light_row(card | {"scores": now})
    return "\n".join(
        f"{name} {on} σ {sigma}: {one['restored psnr']:.2f} dB, "
        f"card {then[on][sigma]['restored psnr']:.2f}"
        for on, rows in now.items()
        for sigma, one in rows.items()
        if sigma in then.get(on, {})
    )


def main() -> None:
    """Print the table, or what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--again", nargs="+", default=[], choices=weights.available())
    parser.add_argument("--curves", type=Path)
    options = parser.parse_args()
    cards = {name: weights.read(name)[1] for name in weights.available()}
    for name in options.again:
        print(again(name), flush=True)
    if options.curves:  # PSNR on the validation pictures against training steps
        fig, (ax,) = plotting.figure(height=4.5)
        histories = {name: card["history"] for name, card in cards.items()}  # some without PSNR
        curves = {k: (h["step"], h["psnr"]) for k, h in histories.items() if "psnr" in h}
        plotting.plot_training(ax, curves)
        fig.savefig(options.curves)
    if not (options.again or options.curves):
        bm3d = {k: psnr for (name, on, k), psnr in PUBLISHED.items() if (name, on) == BM3D}
        print("BM3D (published)     BSD68:", bm3d)
        print("\n".join(row(name, card) for name, card in cards.items()))


if __name__ == "__main__":
    main()
