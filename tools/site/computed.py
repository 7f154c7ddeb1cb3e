"""Which explorers compute in the page, instead of choosing among frames drawn beforehand.

What a notebook's explorer does is written once more in ``static/recipes/``, with the twins of
`helpers` in ``static/helpers/``. A test compares the two at settings of every slider, so an
explorer that is changed in its notebook alone is noticed.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from helpers import noise
from helpers.images import to_levels


@dataclass(frozen=True)
class Computed:
    """How a page computes an explorer: a function of ``recipes``, and what it is given.

    Attributes
    ----------
    recipe : str
        Its name there.
    reads : dict
        What it reads of its notebook: a name in the page to an expression of the notebook's
        names, which gives a picture, or what JSON can hold.
    options : dict
        What else it is told.
    """

    recipe: str
    reads: Mapping[str, str]
    options: Mapping[str, object] = field(default_factory=dict)


def declared(*keys: str) -> dict[str, dict]:
    """The declarations of noise models, by which a page names and moves them; all by default."""
    return {
        key: {
            "title": noise.MODELS[key].title(),
            "parameters": {
                name: asdict(one) | {"scale": one.scale}
                for name, one in noise.MODELS[key].parameters().items()
            },
        }
        for key in keys or noise.MODELS
    }


YOURS = {"picture": "picture", "seed": "seed"}
KINDS = "{kind: [m.key or type(m).__name__.lower(), vars(m)] for kind, m in kinds.items()}"

# By the notebook's name, and the explorer's place among those of the notebook.
EXPLORERS = {
    ("start_here", 0): Computed("compare", YOURS),
    ("noise_models", 0): Computed(
        "expose", YOURS, {"model": "gaussian", "models": declared("gaussian")}
    ),
    ("noise_models", 1): Computed("land", {"scene": "scene", "seed": "seed", "total": "total"}),
    ("noise_models", 2): Computed("any_model", YOURS, {"models": declared()}),
    ("gradient_statistics", 0): Computed(
        "fingerprint", {"clean": "picture", "seed": "seed"}, {"models": declared()}
    ),
    ("noise_parameter_estimation", 0): Computed(
        "readings", {"running": "running", "seed": "seed"}
    ),
    ("real_camera_noise", 0): Computed(
        "photograph",
        {"crop": "yours", "steps": "ramp[0, 4::8, 0].tolist()", "seed": "seed"},
    ),
    ("classical_filters", 0): Computed(
        "try_filter",
        {
            "small": "small",
            "seed": "seed",
            "kinds": KINDS,
            "strengths": "{kind: rms for kind, (_, rms) in samples.items()}",
        },
    ),
}


def of(notebook: Path) -> dict[int, Computed]:
    """Return those of a notebook's explorers that compute, by their place."""
    name = notebook.stem.partition("_")[2]
    return {place: one for (owner, place), one in EXPLORERS.items() if owner == name}


def write_picture(picture: np.ndarray, folder: Path) -> str:
    """Write a picture as a script, and return the name of its file without the ending.

    A script, since a page that lies on a disk may read the pixels of no picture file. Of a picture
    of 8 bits it holds the levels, of another one the float32 values.
    """
    levels = to_levels(picture)
    whole = np.array_equal(levels / np.float32(255), picture)
    bytes_ = levels.tobytes() if whole else picture.astype("<f4").tobytes()
    height, width, channels = np.atleast_3d(picture).shape
    content = json.dumps(
        {
            "width": width,
            "height": height,
            "channels": channels,
            "levels" if whole else "values": base64.b64encode(bytes_).decode(),
        }
    )
    name = hashlib.sha256(content.encode()).hexdigest()[:16]
    (folder / f"{name}.js").write_text(f'(window.pictures ??= {{}})["{name}"] = {content};\n')
    return name
