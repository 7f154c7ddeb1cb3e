"""The names of SIDD's scene instances, which say phone, ISO, shutter, light and brightness."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas

TABLE = Path(__file__).with_name("sidd_instances.csv")
PARTS = ["instance", "scene", "phone", "iso", "shutter_denominator", "illuminant_K", "brightness"]
TEXT = {"phone", "brightness"}


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
    parts = parts.astype({part: int for part in PARTS if part not in TEXT})
    return names.join(parts)
