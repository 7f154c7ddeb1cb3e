"""Which bytes a file must have, and where it is published: ``pins.csv``, one row for each file.

Paths are those of the mirror folder, and of the cache. ``pixels`` is the SHA-256 of the decoded
array (little-endian), only where files were rebuilt and an encoder may write other bytes.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import quote

import numpy as np

TABLE = Path(__file__).with_name("pins.csv")

RAW = "https://raw.githubusercontent.com/"
# How paths begin, and the folder that they are published in: repository, full commit, so that what
# it gives cannot change, and what follows. The first match counts.
SOURCES = """
Set12/                   cszn/DnCNN/e93b27812d3ff523a3a79d19e5e50d233d7a8d0a/testsets/Set12/
BSD68/                   cszn/DnCNN/e93b27812d3ff523a3a79d19e5e50d233d7a8d0a/testsets/BSD68/
Train400/                cszn/DnCNN/e93b27812d3ff523a3a79d19e5e50d233d7a8d0a/TrainingCodes/DnCNN_TrainingCodes_v1.0/data/Train400/
BSDS500/train/           BIDS/BSDS500/a04b7c6c3a9f0ace74bf205c72a43d32e1c72722/BSDS500/data/images/train/
BSDS500/test/            BIDS/BSDS500/a04b7c6c3a9f0ace74bf205c72a43d32e1c72722/BSDS500/data/images/test/
FMD/gt/                  Danielement321/FM2S/afc05d8d80255817b17ad159d83ae850ba431a93/data/FMD_testset/gt/
FMD/raw/                 Danielement321/FM2S/afc05d8d80255817b17ad159d83ae850ba431a93/data/FMD_testset/raw/
Kodak24/                 MohamedBakrAli/Kodak-Lossless-True-Color-Image-Suite/dd2e1105fe8d9afe1120cd7e4c0e5e41f509a81b/PhotoCD_PCD0992/
McMaster18/              cszn/FFDNet/e787f46df2f374ff3591186706229cb9a0591fea/testsets/McMaster/
PolyU_Canon/Canon        csjunxu/PolyU-Real-World-Noisy-Images-Dataset/3af0f2646b267a00446fe4b7113a15e67bc80b4e/CroppedImages/
PolyU_Canon/             csjunxu/PolyU-Real-World-Noisy-Images-Dataset/3af0f2646b267a00446fe4b7113a15e67bc80b4e/
SIDD/files/              AbdoKamel/abdokamel.github.io/9ee93738ee2a1dd16fa935cfe88eac54470edad6/sidd/files/
SIDD/pair/               AbdoKamel/abdokamel.github.io/9ee93738ee2a1dd16fa935cfe88eac54470edad6/sidd/img/
SIDD/crops/GT_           yilmazdoga/deep-residual-autoencoder-for-real-image-denoising/ff5433c6728bed0258c4a76e2b1067581055cf55/datasets/SIDD_Dataset/Sample_Images/GT_Images/
SIDD/crops/NOISY_        yilmazdoga/deep-residual-autoencoder-for-real-image-denoising/ff5433c6728bed0258c4a76e2b1067581055cf55/datasets/SIDD_Dataset/Sample_Images/Noisy_Images/
ChestXray/pneumoniamnist varun19424/pneumonia_mnist/9361a718d67e8a40f1ef8929db8c5682add8bd70/data/
ChestXray/               shubham223601/keras-covid-19/c3f901aadee4c8e86c4673d22b9cfcd156b86258/dataset/normal/
LowLight/stacks/         Li-Chongyi/Zero-DCE_extension/09f202b690f82da939b8e6ec8535960ae97ad8bd/Zero-DCE%2B%2B/data/train_data/
LowLight/DICM/           Li-Chongyi/Zero-DCE/e0f4adc54d0f23348c4a9b84acc08fe8778d5bfd/Zero-DCE_code/data/test_data/DICM/
"""  # noqa: E501, a table reads best as a table


class Pin(NamedTuple):
    """One file of a set, and how to know that it is the right one."""

    path: str  # in the mirror folder and in the cache, "BSD68/test001.png"
    bytes: int
    sha256: str
    pixels: str = ""  # SHA-256 of the decoded pixels, where the bytes depend on an encoder
    url: str = ""  # empty: not published as a file

    def under(self, folder: Path) -> Path:
        """Its place in a folder; never outside it.

        Examples
        --------
        >>> Pin("../passwords", 1, "").under(Path("cache"))
        Traceback (most recent call last):
        ...
        ValueError: '../passwords' leads out of its folder
        """
        parts = PurePosixPath(self.path).parts
        if not parts or parts[0] == "/" or ".." in parts or set(self.path) & set("\\:"):
            raise ValueError(f"{self.path!r} leads out of its folder")
        return folder.joinpath(*parts)


@cache
def table() -> tuple[Pin, ...]:
    """All rows of ``pins.csv``, in its order, which is the order of the pictures."""
    sources, pins = [row.split() for row in SOURCES.strip().splitlines()], []
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            path = row["path"]
            folder = next((folder for start, folder in sources if path.startswith(start)), None)
            url = RAW + folder + quote(PurePosixPath(path).name) if folder else ""
            pins.append(Pin(path, int(row["bytes"]), row["sha256"], row["pixels"], url))
    return tuple(pins)


def pinned(*starts: str) -> tuple[Pin, ...]:
    """The files whose path starts so.

    Examples
    --------
    >>> [pin.url[-10:] for pin in pinned("Set12/0")[:2]]
    ['t12/01.png', 't12/02.png']
    """
    return tuple(pin for pin in table() if pin.path.startswith(starts))


def decoded(path: Path) -> np.ndarray:
    """The numbers of a picture as its file holds them."""
    from PIL import Image

    with Image.open(path) as file:
        return np.asarray(file)
