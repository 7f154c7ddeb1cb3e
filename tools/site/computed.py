"""Which explorers compute in the page, instead of choosing among frames drawn beforehand.

What a notebook's explorer does is written once more in ``static/recipes.js``, with the twins of
`helpers` in ``static/helpers.js``. A test compares the two at settings of every slider, so an
explorer that is changed in its notebook alone is noticed.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from helpers.images import to_levels


@dataclass(frozen=True)
class Computed:
    """How a page computes an explorer: a function of ``recipes.js``, and what it is given."""

    recipe: str
    reads: tuple[str, ...] = ("picture", "seed")  # names of the notebook: pictures and numbers
    options: Mapping[str, object] = field(default_factory=dict)


# By the notebook's name, and the explorer's place among those of the notebook.
EXPLORERS = {
    ("start_here", 0): Computed("compare"),
    ("noise_models", 0): Computed("expose", options={"model": "gaussian", "title": "Gaussian"}),
}


def of(notebook: Path) -> dict[int, Computed]:
    """Return those of a notebook's explorers that compute, by their place."""
    name = notebook.stem.partition("_")[2]
    return {place: one for (owner, place), one in EXPLORERS.items() if owner == name}


def write_picture(picture: np.ndarray, folder: Path) -> str:
    """Write a picture of 8 bits as a script, and return the name of its file without the ending.

    A script, since a page that lies on a disk may read the pixels of no picture file.

    Raises
    ------
    ValueError
        For a picture between the 256 levels: rounded, it would be another one.
    """
    levels = to_levels(picture)
    if not np.array_equal(levels / np.float32(255), picture):
        raise ValueError("a page reads pictures of 8 bits, and this one is none")
    height, width, channels = np.atleast_3d(levels).shape
    content = json.dumps(
        {
            "width": width,
            "height": height,
            "channels": channels,
            "levels": base64.b64encode(levels.tobytes()).decode(),
        }
    )
    name = hashlib.sha256(content.encode()).hexdigest()[:16]
    (folder / f"{name}.js").write_text(f'(window.pictures ??= {{}})["{name}"] = {content};\n')
    return name
