"""Measure what the course promises about speed, as one table.

    python -m tools.measure.speed            # with a browser where one is installed
    python -m tools.measure.speed --quick    # without the browser and the large networks
    python -m tools.measure.speed comparison # one section alone
    python -m tools.measure.speed memory     # peaks on 24 megapixels, about 15 minutes

Times are medians on this machine, now; ratios come from one run, with the two sides in turn.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import timeit
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from helpers import benchmark, gradients, images, metrics, noise, widgets
from helpers.benchmark.tasks import noisy_input
from helpers.filters import FILTERS
from tools.measure.sections import print_sections
from tools.notebooks import course


@dataclass(frozen=True)
class Row:
    """One promise: what was measured, its unit, and the bound it should keep."""

    what: str
    value: float
    unit: str
    bound: float
    at_least: bool = False

    def is_kept(self) -> bool:
        """Whether the measurement is on the right side of its bound."""
        return self.value >= self.bound if self.at_least else self.value <= self.bound

    def __str__(self) -> str:
        sign, mark = ("≥", "<")[not self.at_least], "ok" if self.is_kept() else "MISSED"
        return f"{self.what:<62} {self.value:8.2f} {self.unit:<3} {sign} {self.bound:<6g} {mark}"


def milliseconds(function: Callable[[], object], repeats: int) -> np.ndarray:
    """(repeats,) times of one call each, after one call that does not count."""
    function()
    return 1000 * np.array(timeit.repeat(function, number=1, repeat=repeats))


def in_turn(
    ours: Callable[[], object], theirs: Callable[[], object], rounds: int, repeats: int
) -> np.ndarray:
    """Milliseconds of both: the median over the rounds of the best repeat of each."""
    pairs = [[milliseconds(f, repeats).min() for f in (ours, theirs)] for _ in range(rounds)]
    return np.median(pairs, axis=0)


def numpy_histograms(image: np.ndarray) -> list[np.ndarray]:
    """What the published code does: cast, pad, subtract, and `numpy.histogram` by edges."""
    levels = (image * 255).astype(np.int32)
    edges = np.arange(-255, 257)
    counts = []
    for axis in (1, 0):
        left, right = np.zeros((2, 2), int), np.zeros((2, 2), int)
        left[axis, 0] = right[axis, 1] = 1
        counts.append(np.histogram(np.pad(levels, left) - np.pad(levels, right), edges)[0])
    return counts


def histograms() -> Iterator[Row]:
    """Gradient histograms of 512×512, ours and NumPy's in turn."""
    photograph = images.load("camera")
    ours, theirs = in_turn(
        lambda: gradients.histograms(photograph), lambda: numpy_histograms(photograph), 15, 5
    )
    yield Row("gradients.histograms, 512×512, both directions", ours, "ms", 1.5)
    yield Row("  times faster than pad, cast, numpy.histogram", theirs / ours, "×", 1.3, True)


def noises() -> Iterator[Row]:
    """Every model at its default on 512×512 gray."""
    photograph = images.load("camera")
    for key, model in noise.MODELS.items():
        bound = 80 if issubclass(model, noise.Distortion) else 15
        taken = np.median(milliseconds(partial(model(), photograph, rng=0), 15))
        yield Row(f"noise {key}, 512×512", taken, "ms", bound)


def explorer() -> Iterator[Row]:
    """The Python side of an explorer: three 256×256 panels, two histograms, two scores."""
    clean = images.load("camera", size=256)
    p_clean = gradients.probabilities(clean)[0]

    def render(sigma: float) -> widgets.View:
        noisy = noise.Gaussian(sigma)(clean, rng=0)
        panels = {"clean": clean, "noisy": noisy, "noise alone": noisy - clean + 0.5}
        curves = {"clean": p_clean, "noisy": gradients.probabilities(noisy)[0]}
        scores = metrics.score(clean, noisy, ["psnr", "ssim"])
        return widgets.View(panels, curves, f"{scores}")

    shown = widgets.explore(render, **noise.Gaussian.parameters())
    taken = milliseconds(shown.update, 60)
    yield Row("explorer, Python side, median", np.median(taken), "ms", 20)


def browser() -> Iterator[Row]:
    """Notebook `noise_models` in JupyterLab and Chromium: from key press to changed picture."""
    from tools.site import browser as lab

    notebook = course.named("noise_models")
    with lab.jupyterlab(notebook) as server, lab.chromium() as page:
        lab.open_notebook(page, server, notebook.name)
        slider = lab.sliders(lab.explorers(page)[0])[0]
        taken = lab.latencies(slider, 100)
    yield Row("explorer, in the browser, median step", np.median(taken), "ms", 60)
    yield Row("explorer, in the browser, 95th percentile", np.quantile(taken, 0.95), "ms", 150)


def imports() -> Iterator[Row]:
    """`import helpers` in a fresh interpreter: seconds, and what heavy modules it pulled in."""
    code = "import sys, helpers; print(sum(m in sys.modules for m in ('torch', 'matplotlib')))"
    start = time.perf_counter()
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    yield Row(
        "import helpers, with Python's start", 1000 * (time.perf_counter() - start), "ms", 500
    )
    yield Row("  of torch and matplotlib, imported", float(loaded), "", 0)


def inference() -> Iterator[Row]:
    """DnCNN of the paper on 512×512, as fast as `load` gives it and as PyTorch does it plainly."""
    import torch

    from helpers import networks

    clean = images.load("camera")
    noisy = noise.Gaussian(25 / 255)(clean, rng=0)
    network, batch = networks.build("dncnn", "paper").eval(), torch.from_numpy(noisy)[None, None]
    plain = torch.inference_mode()(partial(network, batch))
    fastest = networks.TrainedNetwork(network, precision="auto")
    ours, theirs = in_turn(partial(fastest, noisy), plain, 3, 1)
    yield Row(f"DnCNN 17×64 on 512×512, {best_precision()}", ours / 1000, "s", 1.32)
    yield Row("  times faster than plain float32", theirs / ours, "×", 2.5, True)
    scores = [
        metrics.score(clean, networks.load("dncnn", kind)(noisy), ["psnr"])["psnr"]
        for kind in ("float32", "auto")
    ]
    yield Row("  that it costs (small DnCNN, trained)", scores[0] - scores[1], "dB", 0.01)


def best_precision() -> str:
    """What `precision="auto"` takes here, and on how many threads."""
    import torch

    from helpers.networks.precision import has_fast_bfloat16

    kind = "bfloat16" if has_fast_bfloat16() else "float32"
    return f"{kind}, {torch.get_num_threads()} threads"


def low_light() -> Iterator[Row]:
    """Zero-DCE as it ships, and at the paper's size, on a colour picture of 512×512."""
    from helpers import networks

    dark = images.load("astronaut") / 4
    paper = networks.TrainedNetwork(networks.build("zero_dce", "paper"))
    for size, network in {"as shipped": networks.load("zero_dce"), "paper's size": paper}.items():
        taken = np.median(milliseconds(partial(network, dark), 9)) / 1000
        yield Row(f"Zero-DCE {size} on 512×512, {network.precision}", taken, "s", 0.2)


def training_step() -> Iterator[Row]:
    """A step of DnCNN's published training: 128 patches of 40×40; ours, and plain PyTorch."""
    import torch

    from helpers import networks, training

    steps, photographs, model = 2, [images.load("camera")], noise.Gaussian(25 / 255)
    size = {"batch": 128, "patch": 40}
    network = networks.build("dncnn", "paper")
    history = training.train(
        network, photographs, noise=model, steps=steps, progress=False, **size
    )
    plain = networks.build("dncnn", "paper")
    optimizer = torch.optim.Adam(plain.parameters())
    patches = training.Patches(photographs, model, size["patch"], seed=0)
    start = time.perf_counter()
    for step in range(steps):
        noisy, clean = patches.batch(range(step * size["batch"], (step + 1) * size["batch"]))
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(plain(noisy), clean).backward()
        optimizer.step()
    theirs = time.perf_counter() - start
    what = f"training step of DnCNN, 128×40×40, {best_precision()}"
    yield Row(what, history.seconds / steps, "s", 3.68)
    yield Row("  times faster than plain float32", theirs / history.seconds, "×", 3, True)


LARGE = """
import resource, numpy
from helpers import networks
networks.load("dncnn")(numpy.full((4000, 6000), 0.5, numpy.float32))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
"""


def large_picture() -> Iterator[Row]:
    """The most memory that a picture of 24 megapixels needs (Linux counts in KiB)."""
    run = subprocess.run([sys.executable, "-c", LARGE], capture_output=True, check=True)
    yield Row("DnCNN as shipped on 24 megapixels, peak memory", float(run.stdout), "GiB", 4)


PEAK = """
import resource, sys, time, warnings, numpy
from helpers import estimation, filters, images
name, height = sys.argv[1], int(sys.argv[2])
colour = clipped = "colour" in sys.argv
scene = images.load("coffee", gray=not colour)
y = numpy.empty((height, height * 3 // 2, *scene.shape[2:]), numpy.float32)
rng = numpy.random.default_rng(0)
for part in (y[k : k + 200] for k in range(0, height, 200)):  # in parts: the start is no peak
    for column in range(0, part.shape[1], 600):
        here = part[:, column : column + 600]
        here[:] = scene[: here.shape[0], : here.shape[1]]
        here += 0.1 * rng.standard_normal(here.shape, numpy.float32)
    if clipped:
        part.clip(0, 1, out=part)
denoise = filters.FILTERS.get(name)
call = getattr(estimation, name) if denoise is None else lambda x: denoise(x, 0.1)
warnings.simplefilter("ignore")
call(y[:96, :96])  # imports what it needs
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
start, begun = peak(), time.perf_counter()
call(y)
seconds = time.perf_counter() - begun
print(peak() - start + y.nbytes, y.nbytes, seconds)
"""


def memory() -> Iterator[Row]:
    """Peaks on 24 megapixels, the picture included: no more than 1 GB beyond four times it.

    Each in a process of its own (Linux counts in KiB). About 15 minutes; `nlm` and `bm3d` on 6
    megapixels.
    """
    for name in ("blind_sigma", "blind_fit", *FILTERS):
        for kind in (["gray"], ["colour", "clipped"]):
            # What these two need is a tile's and the picture's: 6 megapixels show both, sooner.
            height = 2000 if name in ("nlm", "bm3d") else 4000
            command = [sys.executable, "-c", PEAK, name, str(height), *kind]
            run = subprocess.run(command, capture_output=True, check=True)
            peak, picture, seconds = map(float, run.stdout.split())
            what = f"{name}, {height**2 * 1.5e-6:.0f} megapixels, {' '.join(reversed(kind))}"
            yield Row(f"{what}, peak", peak / 1e9, "GB", 1 + 4 * picture / 1e9)
            if name == "blind_sigma":
                yield Row(what, seconds, "s", 20)


FILE = """
import resource, sys
from helpers.denoise.__main__ import main
main(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
"""


def restoring() -> Iterator[Row]:
    """A colour JPEG of 24 megapixels, nothing told, from file to file (Linux counts in KiB)."""
    tile = images.load("coffee", gray=False)
    across = -(-np.array((4000, 6000)) // tile.shape[:2])
    scene = np.tile(tile, (*across, 1))[:4000, :6000]
    with tempfile.TemporaryDirectory() as folder:
        noisy, restored = f"{folder}/noisy.jpg", f"{folder}/restored.jpg"
        images.save(noisy, noise.PoissonGaussian(0.005, 5 / 255)(scene, rng=0, clip=True))
        del scene
        start = time.perf_counter()
        command = [sys.executable, "-c", FILE, noisy, restored]
        run = subprocess.run(command, capture_output=True, check=True, text=True)
        seconds = time.perf_counter() - start
    *said, peak = run.stdout.splitlines()
    yield Row(f"python -m helpers.denoise: {said[0][:34]}", seconds, "s", 240)
    yield Row("  the most memory it needs", float(peak), "GiB", 2)


def losses() -> Iterator[Row]:
    """DE-G as a loss on 512×512, both ways; ours, and with a matrix of pixels × bins."""
    import torch

    from helpers.losses import LOSSES
    from helpers.losses.gradients import BINS, MAX_DIFFERENCE, differences

    clean = torch.from_numpy(images.load("camera"))[None, None]
    noisy = (clean + 0.1 * torch.randn(clean.shape)).requires_grad_()
    bins = torch.arange(-MAX_DIFFERENCE, MAX_DIFFERENCE + 1.0)

    def cumulated(difference: torch.Tensor) -> torch.Tensor:
        weight = (1 - (difference.flatten()[:, None] - bins).abs()).clamp(min=0)  # (N, 511)
        return weight.mean(dim=0).cumsum(dim=0)

    def naive() -> None:
        pairs = zip(differences(255 * noisy), differences(255 * clean))
        both = [(cumulated(a) - cumulated(b)).abs().sum() for a, b in pairs]
        torch.hypot(*both).backward()

    loss = LOSSES["deg"]()
    ours, theirs = in_turn(lambda: loss(noisy, clean).backward(), naive, 5, 1)
    yield Row(f"DE-G as a loss, 512×512, both ways, {BINS} bins", ours, "ms", 10)
    yield Row("  times faster than pixels × bins", theirs / ours, "×", 100, True)
    for name in ("l2", "gradient_l1", "texture", "ssim", "ms_ssim"):
        loss = LOSSES[name]()
        taken = milliseconds(lambda loss=loss: loss(noisy, clean).backward(), 5)
        yield Row(f"{name} as a loss, 512×512, both ways", np.median(taken), "ms", 400)


def processor_seconds(function: Callable[[], object]) -> float:
    """Time of the processor: what others do on the machine meanwhile does not count."""
    start = time.process_time()
    function()
    return time.process_time() - start


def harness_seconds(tasks: list[benchmark.Task]) -> float:
    """What the harness adds to a plain loop, for methods that do nothing and so hide nothing."""

    def by_hand() -> None:
        for task in tasks:
            noisy = task.model(task.reference, rng=0)
            restored = task.denoise(noisy, task.model.rms(task.reference))
            metrics.score(task.reference, restored, task.metrics)

    with tempfile.TemporaryDirectory() as folder:
        whole = processor_seconds(lambda: benchmark.compute(tasks, cache=folder))
    return whole - processor_seconds(by_hand)


def comparison() -> Iterator[Row]:
    """The harness of `results_comparison`: its own time, and two processes against one."""
    methods = {name: FILTERS[name] for name in ("bilateral", "wavelet", "tv", "nlm")}
    pictures = {name: images.load(name, gray=True) for name in ("camera", "brick", "gravel")}
    noises = {f"{s}": noise.Gaussian(s / 255) for s in (15, 25, 50)}
    tasks = benchmark.product(methods, pictures, noises)
    idle = benchmark.product(dict.fromkeys(methods, noisy_input), pictures, noises)
    seconds = benchmark.compute(tasks)["seconds"].sum()
    own = 100 * np.median([harness_seconds(idle) for _ in range(5)]) / seconds
    yield Row(f"harness over a plain loop, {len(tasks)} cells, of methods' time", own, "%", 5)
    taken = []
    for count in (1, 2):
        start = time.perf_counter()
        benchmark.compute(tasks, scheduler=count)
        taken.append(time.perf_counter() - start)
    what = "two processes against one, filters, their start counted"
    yield Row(what, taken[0] / taken[1], "×", 1.6, True)


def notebooks() -> Iterator[Row]:
    """Seconds that each notebook took when its committed outputs were made."""
    import nbformat

    for path in course.notebooks():
        seconds = nbformat.read(path, 4).metadata["course"]["seconds"]
        yield Row(f"notebook {path.stem}, course profile", seconds, "s", 60)


QUICK = (histograms, noises, explorer, imports, notebooks)
SLOW = (comparison, losses, low_light, inference, training_step, large_picture, restoring)
SLOW += (memory, browser)
SECTIONS = {section.__name__: section for section in (*QUICK, *SLOW)}


def main() -> None:
    """Print the table; exit with 1 where a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("sections", nargs="*", choices=[[], *SECTIONS], default=[])
    parser.add_argument("--quick", action="store_true", help="fast rows only")
    options = parser.parse_args()
    usual = QUICK if options.quick else SECTIONS.values()
    rows = print_sections([SECTIONS[name] for name in options.sections] or usual)
    sys.exit(0 if all(row.is_kept() for row in rows) else 1)


if __name__ == "__main__":
    main()
