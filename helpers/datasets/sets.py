"""The image sets: what each is, where it comes from, what may be done with it, what it leaks.

A set is one declaration; its files, with size, SHA-256 and address, are those of `pins`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from helpers.datasets import opening
from helpers.datasets.pins import Pin, pinned
from helpers.registry import Registry


@dataclass(frozen=True)
class ImageSet:
    """A declared set. `fetch` opens it."""

    title: str
    terms: str  # begins with the licence, or with "Non-commercial" or "Not stated"
    citation: str
    files: tuple[Pin, ...] = field(repr=False)
    warnings: tuple[str, ...] = ()  # what it shares pictures with, and what else to know
    leaks: dict[str, str] = field(default_factory=dict)  # training picture -> test it belongs to
    open: Callable[[opening.Files], opening.Parts] = field(default=opening.pictures, repr=False)
    rebuild: str = ""  # what to do where files have no address


SETS: Registry[ImageSet] = Registry("image set")

_BSDS_TERMS = "Non-commercial: research and education only (BSDS, stated by Berkeley)."
_BSDS_CITATION = (
    "Arbeláez, Maire, Fowlkes, Malik (2011). Contour detection and hierarchical image "
    "segmentation. IEEE TPAMI 33(5), 898-916."
)
_ZERO_DCE_TERMS = (
    "Non-commercial: the repository says academic research only, CC BY-NC 4.0, of its code; "
    "the terms of the images themselves are not stated."
)
_STARFISH = "Set12's starfish (04) is cut from the same photograph"
_SAME_HOSPITAL = (
    "chest_xray and pneumonia_mnist come from the same hospital: do not train on one and test "
    "on the other. No diagnosis may be claimed from them."
)

# ---- clean photographs ---------------------------------------------------------------------

SETS["set12"] = ImageSet(
    title="Set12, the 12 gray test images of published tables",
    terms="Not stated: no licence is given; use it here, do not pass it on.",
    citation="Zhang, Zuo, Chen, Meng, Zhang (2017). Beyond a Gaussian denoiser: residual "
    "learning of deep CNN for image denoising. IEEE TIP 26(7), 3142-3155.",
    files=pinned("Set12/"),
    warnings=(
        "Test only. 04 is cut from BSDS500 train/12003, so published averages hold a leak; "
        "08 is used in the average only and never shown.",
    ),
)

SETS["bsd68"] = ImageSet(
    title="BSD68, 68 gray test photographs",
    terms=_BSDS_TERMS,
    citation="Martin, Fowlkes, Tal, Malik (2001). A database of human segmented natural images "
    "and its application to evaluating segmentation algorithms and measuring ecological "
    "statistics. ICCV 2, 416-423.",
    files=pinned("BSD68/"),
    warnings=("Test only: never train on it, nor on BSDS500 val or BSDS300, which contain it.",),
)

SETS["train400"] = ImageSet(
    title="Train400, the gray training set of DnCNN (180×180)",
    terms=_BSDS_TERMS + " Its repository states none.",
    citation=_BSDS_CITATION,
    files=pinned("Train400/"),
    warnings=("Cut from BSDS500 train and test: the two are not independent of each other.",),
    leaks={"Train400/test_020.png": _STARFISH},
)

SETS["bsds500"] = ImageSet(
    title="BSDS500 train and test, 400 colour photographs",
    terms=_BSDS_TERMS,
    citation=_BSDS_CITATION,
    files=pinned("BSDS500/"),
    warnings=(
        "JPEG: already quantised in blocks of 8×8. The split val is left out because BSD68 is "
        "part of it. Train400 is cut from these pictures.",
    ),
    leaks={"BSDS500/train/12003.jpg": _STARFISH},
    open=opening.bsds500,
)

SETS["kodak24"] = ImageSet(
    title="Kodak24, 24 colour test photographs (PhotoCD PCD0992)",
    terms="Not stated: released by Kodak without clear terms; use it here, do not pass it on.",
    citation="Eastman Kodak (1999). Kodak lossless true color image suite. r0k.us/graphics/kodak.",
    files=pinned("Kodak24/"),
    warnings=("Test only.",),
)

SETS["mcmaster"] = ImageSet(
    title="McMaster, 18 colour test images",
    terms="Not stated: released without clear terms; use it here, do not pass it on.",
    citation="Zhang, Wu, Buades, Li (2011). Color demosaicking by local directional "
    "interpolation and nonlocal adaptive thresholding. Journal of Electronic Imaging 20(2).",
    files=pinned("McMaster18/"),
    warnings=("Test only.",),
)

# ---- real noise ----------------------------------------------------------------------------

SETS["polyu"] = ImageSet(
    title="PolyU, 55 pairs of three Canon cameras: one shot and the mean of many",
    terms="Non-commercial: use and redistribution with the copyright notice, teaching named as "
    "allowed (stated, License.txt beside the pictures: keep it there).",
    citation="Xu, Li, Liang, Zhang, Zhang (2018). Real-world noisy image denoising: a new "
    "benchmark. arXiv:1804.02603.",
    files=pinned("PolyU_Canon/"),
    warnings=("Crops of one scene share light and exposure: split by scene (15), not by crop.",),
    open=opening.polyu,
)

SETS["sidd"] = ImageSet(
    title="SIDD, noise levels, one published pair and 6 crop pairs of smartphone pictures",
    terms="MIT (stated by the authors for the set); the repository that holds the 6 crops is "
    "GPL-3.0.",
    citation="Abdelhamed, Lin, Brown (2018). A high-quality denoising dataset for smartphone "
    "cameras. CVPR.",
    files=pinned("SIDD/"),
    warnings=("The crops carry no scene name: not unseen for a network trained on SIDD.",),
    open=opening.sidd,
)

SETS["fmd"] = ImageSet(
    title="FMD, 48 pairs of three fluorescence microscopes: one frame and the mean of 50",
    terms="CC BY-SA 4.0 (stated in public repositories, not read in the deposit, "
    "doi:10.7274/r0-ed2r-4052): share alike, so pictures made from these keep this licence and "
    "the attribution.",
    citation="Zhang, Zhu, Nichols, Wang, Zhang, Smith, Howard (2019). A Poisson-Gaussian "
    "denoising dataset with real fluorescence microscopy images. CVPR.",
    files=pinned("FMD/"),
    warnings=(
        "The four fields of one type share the sample: split by type (12), not by field. "
        "Wide-field noise is correlated (0.6 from pixel to pixel), the others' is nearly white.",
    ),
    open=opening.fmd,
)

# ---- medicine and biology ------------------------------------------------------------------

SETS["dsb2018"] = ImageSet(
    title="Data Science Bowl 2018, 200 fluorescence images of nuclei with label maps",
    terms="CC0 (stated, for the data and for the community fixes).",
    citation="Caicedo et al. (2019). Nucleus segmentation across imaging experiments: the 2018 "
    "Data Science Bowl. Nature Methods 16, 1247-1253.",
    files=pinned("DSB2018/"),
    open=opening.dsb2018,
    rebuild="upstream has one small mask file for each of 5,685 nuclei, without published "
    "hashes. Name a folder that holds DSB2018 in the environment variable COURSE_DATA, or clone "
    "the upstream repository and run helpers.datasets.rebuild_dsb2018(clone), whose help says "
    "which commit",
)

SETS["chest_xray"] = ImageSet(
    title="25 chest radiographs of Kermany et al.: 7 normal, 12 bacterial, 6 viral pneumonia",
    terms="CC BY 4.0 (stated in public repositories, not read on the data's own page); the "
    "repository that holds the files states no licence of its own.",
    citation="Kermany et al. (2018). Identifying medical diagnoses and treatable diseases by "
    "image-based deep learning. Cell 172(5), 1122-1131. doi:10.17632/rscbjbr9sj.",
    files=pinned("ChestXray/IM-", "ChestXray/NORMAL2-", "ChestXray/person"),
    warnings=(_SAME_HOSPITAL,),
    open=opening.chest_xray,
)

SETS["pneumonia_mnist"] = ImageSet(
    title="PneumoniaMNIST, 5,030 chest radiographs of 28×28 pixels",
    terms="CC BY 4.0 (MedMNIST; from memory, verify before printing); the repository that "
    "holds the file states no licence of its own.",
    citation="Yang et al. (2023). MedMNIST v2: a large-scale lightweight benchmark for 2D and "
    "3D biomedical image classification. Scientific Data 10, 41.",
    files=pinned("ChestXray/pneumoniamnist"),
    warnings=(
        "This copy has 388 normal images in train and 5,030 in all, fewer than the 5,856 of "
        "MedMNIST: its scores are not those of published tables.",
        _SAME_HOSPITAL,
    ),
    open=opening.pneumonia_mnist,
)

# ---- low light -----------------------------------------------------------------------------

SETS["exposure_stacks"] = ImageSet(
    title="26 exposure stacks, 210 pictures of 512×512 (from the training images of Zero-DCE++)",
    terms=_ZERO_DCE_TERMS,
    citation="Cai, Gu, Zhang (2018). Learning a deep single image contrast enhancer from "
    "multi-exposure images. IEEE TIP 27(4), 2049-2062; Li, Guo, Loy (2022). "
    "Learning to enhance low-light image via zero-reference deep curve estimation. "
    "IEEE TPAMI 44(8), 4225-4238.",
    files=pinned("LowLight/stacks/"),
    warnings=(
        "JPEG. 4 to 19 pictures show one scene, and scenes 10, 11, 12 one monument: split by "
        "the column place. In 11 scenes the numbers do not run from dark to bright.",
    ),
    open=opening.exposure_stacks,
)

SETS["dicm"] = ImageSet(
    title="DICM, 64 low-light photographs without reference",
    terms=_ZERO_DCE_TERMS,
    citation="Lee, Lee, Kim (2013). Contrast enhancement based on layered difference "
    "representation of 2D histograms. IEEE TIP 22(12), 5372-5384.",
    files=pinned("LowLight/DICM/"),
    warnings=("JPEG: brightening reveals its blocks as well as the noise.",),
)
