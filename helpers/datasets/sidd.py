"""What of SIDD ships with the course: names of scene instances, noise levels, and one pair."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from helpers import images

if TYPE_CHECKING:
    import pandas

TABLE = Path(__file__).with_name("sidd_instances.csv")
NOISE_LEVELS = Path(__file__).with_name("sidd_noise_levels.csv")
PAIR = Path(__file__).with_name("sidd_pair.png")  # noisy on the left, its reference on the right
PARTS = ["instance", "scene", "phone", "iso", "shutter_denominator", "illuminant_K", "brightness"]


def sidd_instances() -> pandas.DataFrame:
    """All 200 scene instances of SIDD: 160 of the medium set, 40 of the benchmark.

    The published names ship with the course, so this needs no network. Phones are GP (Google
    Pixel), IP (iPhone 7), S6 (Galaxy S6 Edge), N6 (Nexus 6), G4 (LG G4); brightness is L, N, H
    for low, normal, high. The ten scenes repeat: group by ``scene``.

    References
    ----------
    Abdelhamed, Lin, Brown (2018). A high-quality denoising dataset for smartphone cameras. CVPR.

    Examples
    --------
    >>> table = sidd_instances()
    >>> len(table), table["scene"].nunique(), sorted(table["phone"].unique())
    (200, 10, ['G4', 'GP', 'IP', 'N6', 'S6'])
    """
    import pandas

    names = pandas.read_csv(TABLE)
    parts = names["scene_instance"].str.split("_", expand=True).set_axis(PARTS, axis=1)
    parts = parts.astype(dict.fromkeys(set(PARTS) - {"phone", "brightness"}, int))
    return names.join(parts)


def sidd_noise_levels() -> pandas.DataFrame:
    """Published noise level functions of the 160 scene instances, one row for each that differs.

    Variance = ``beta1``·x + ``beta2`` on raw values from 0 to 1, for each channel (_r, _g, _b);
    `scene_instances` counts how many share the row. Ships with the course (MIT, the authors of
    SIDD), so this needs no network.

    References
    ----------
    Abdelhamed, Lin, Brown (2018). A high-quality denoising dataset for smartphone cameras. CVPR.

    Examples
    --------
    >>> table = sidd_noise_levels()
    >>> int(table["scene_instances"].sum())
    160
    """
    import pandas

    return pandas.read_csv(NOISE_LEVELS)


def sidd_pair() -> tuple[np.ndarray, np.ndarray]:
    """A real picture of a phone, noisy, and its reference: the centre of SIDD's ``crop_0``.

    Ships with the course (MIT, the authors of SIDD), so this needs no network. Developed by SIDD's
    authors from raw values; the reference is made from many frames.

    Returns
    -------
    tuple of numpy.ndarray
        Noisy and reference, float32 in [0, 1], (128, 128, 3) each.

    References
    ----------
    Abdelhamed, Lin, Brown (2018). A high-quality denoising dataset for smartphone cameras. CVPR.

    Examples
    --------
    >>> noisy, reference = sidd_pair()
    >>> noisy.shape == reference.shape
    True
    """
    noisy, reference = np.hsplit(images.load(PAIR), 2)
    return noisy, reference
