"""Two restorations of one picture, unnamed: the reader votes by eye, then names and scores appear.

>>> import numpy as np
>>> from helpers import images, noise
>>> clean = images.load("grass", gray=True, size=64)
>>> noisy = noise.Gaussian(25/255)(clean, rng=0)
>>> soft = noise.GaussianBlur(1)(noisy, rng=0)
>>> asked = duel(clean, {"left alone": noisy, "blurred": soft}, rng=1)
>>> asked.text
''
>>> asked.vote(0)
>>> asked.text.startswith("You chose")
True
"""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping

import ipywidgets
import numpy as np

from helpers import checks, metrics, plotting, reader
from helpers.images import Seed, as_generator, as_image

SECTION = "votes"  # of the reader's file
SCORES = {"psnr": "PSNR {:.2f} dB", "ssim": "SSIM {:.3f}", "deg": "DE-G {:.2f}"}
SMALLER_IS_BETTER = {"deg"}
SIDES = ("left", "right")


def duel(
    reference: np.ndarray,
    restored: Mapping[str, np.ndarray],
    *,
    rng: Seed,
    zoom: int = 2,
    key: str | None = None,
) -> Duel:
    """Let the reader choose between two restored pictures before their names are shown.

    Parameters
    ----------
    reference : numpy.ndarray
        The clean picture, (H, W) or (H, W, 3); it is scored against, and never shown.
    restored : dict
        Two names with their pictures, of the reference's shape.
    rng : int or numpy.random.Generator
        Decides which one stands on the left.
    zoom : int
        Whole enlargement.
    key : str, optional
        Under which the vote is kept; by default both names.

    Returns
    -------
    Duel
        A widget. Without a kernel the two pictures stay, with names and scores in a fold below.

    Raises
    ------
    ValueError
        For other than two names, and for pictures of another shape.
    """
    if not isinstance(restored, Mapping) or len(restored) != 2:
        raise checks.refusal("restored", "a dictionary of two names with pictures", restored)
    reference = as_image(reference, clipped=False)
    pictures = {str(name): as_image(x, clipped=False) for name, x in restored.items()}
    for name, picture in pictures.items():
        if picture.shape != reference.shape:
            raise ValueError(f"{name!r} has {picture.shape}, the reference {reference.shape}")
    zoom = checks.whole(zoom, "zoom", 1, plotting.LARGEST)
    names = list(as_generator(rng).permutation(list(pictures)))
    scores = {name: metrics.score(reference, pictures[name], [*SCORES]) for name in names}
    panels = [(side, pictures[name]) for side, name in zip(SIDES, names)]
    return Duel(plotting.side_by_side(panels, zoom), scores, key or " / ".join(sorted(pictures)))


class Duel(ipywidgets.VBox):
    """Two pictures, a button under each, and what they were; made by `duel`.

    Attributes
    ----------
    text : str
        Empty until the reader has voted.
    """

    _ipython_display_ = None  # ipywidgets 7 would bypass _repr_mimebundle_

    def __init__(self, panels: np.ndarray, scores: Mapping[str, Mapping], key: str) -> None:
        self._png, self._scores, self._key = plotting.small_png(panels), scores, key
        self.text = ""
        unscaled = {"align_self": "flex-start", "max_width": "none", "flex": "0 0 auto"}
        picture = ipywidgets.Image(value=self._png, format="png", layout=unscaled)
        self.buttons = [ipywidgets.Button(description=f"The {side} one") for side in SIDES]
        for side, button in enumerate(self.buttons):
            button.on_click(lambda _, side=side: self.vote(side))
        self._readout = ipywidgets.HTML()
        row = ipywidgets.HBox(self.buttons)
        title = ipywidgets.HTML("<p><b>Vote.</b> Which one do you prefer?</p>")
        super().__init__([title, picture, row, self._readout], layout={"overflow": "auto"})
        self.add_class("duel")
        try:
            kept = reader.recall(SECTION).get(key)
        except OSError:
            kept = None  # then the reader votes again
        if kept in list(scores):
            self._settle(kept)

    def vote(self, side: int) -> None:
        """Choose the left one (0) or the right one (1): it counts once."""
        if self.text:
            return
        name = list(self._scores)[checks.whole(side, "side", 0, 1)]
        self._settle(name)
        try:
            reader.keep(SECTION, self._key, name)
        except OSError as error:
            self._say(f"{self.text} Your vote could not be kept: {error}.")

    def _settle(self, name: str) -> None:
        for button in self.buttons:
            button.disabled = True
        self._say(f"You chose “{name}”. {self._verdict()}")

    def _say(self, text: str) -> None:
        self.text = text
        self._readout.value = f'<div role="status" aria-live="polite">{html.escape(text)}</div>'

    def _verdict(self) -> str:
        """Both names with their scores, and what the scores prefer."""
        told = "; ".join(
            f"{side}: {name} ({', '.join(form.format(scores[k]) for k, form in SCORES.items())})"
            for side, (name, scores) in zip(SIDES, self._scores.items())
        )
        first, second = self._scores.items()
        prefers: dict[str, list[str]] = {}
        for key, form in SCORES.items():
            ahead = (first[1][key] - second[1][key]) * (-1 if key in SMALLER_IS_BETTER else 1)
            winner = first[0] if ahead > 0 else second[0] if ahead < 0 else "neither"
            prefers.setdefault(winner, []).append(form.partition(" ")[0])
        choices = " ".join(f"{' and '.join(keys)}: {name}." for name, keys in prefers.items())
        return f"{told}. Preferred by {choices}"

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict, dict]:
        """The live widget; without a reader the pictures, and the answer in a closed fold."""
        alt = "Two restorations of one picture, side by side, not named."
        picture = base64.b64encode(self._png).decode()
        still = (
            f'<div class="duel"><p><b>Vote.</b> Which one do you prefer?</p>'
            f'<img alt="{alt}" src="data:image/png;base64,{picture}">'
            f"<details><summary>What they are</summary><p>{html.escape(self._verdict())}</p>"
            "</details></div>"
        )
        data = {"text/plain": alt, "text/html": still}
        if reader.is_there():
            view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
            data["application/vnd.jupyter.widget-view+json"] = view
        return data, {}
