"""The files around the code: pins, licences, links, the commands the README promises."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from helpers.images import PHOTOGRAPHS
from tests import kernels
from tests.conftest import group_of
from tools.notebooks import course, numbering

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "data/README.md"]
DOCUMENTS += [f"docs/{name}.md" for name in ("results", "library", "install")]


def ranges() -> dict[str, Requirement]:
    project = PYPROJECT["project"]
    extras = project["optional-dependencies"].values()
    lines = [*project["dependencies"], *(line for extra in extras for line in extra)]
    return {Requirement(line).name: Requirement(line) for line in lines}


def pins() -> dict[str, str]:
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def test_requirements_pin_exactly_what_pyproject_asks_for():
    assert pins().keys() == ranges().keys()


@pytest.mark.parametrize("name", pins())
def test_each_pin_lies_in_its_range(name):
    assert ranges()[name].specifier.contains(pins()[name])


def test_the_lock_file_holds_every_pin_with_its_hashes():
    entries = re.split(r"\n(?=[a-z])", (ROOT / "requirements.lock").read_text("utf-8"))[1:]
    locked = {}
    for entry in entries:
        name, version = re.match(r"([\w.-]+)==([\w.]+)", entry).groups()
        locked.setdefault(name, set()).add(version)
        assert re.findall(r"--hash=sha256:[0-9a-f]{64}\b", entry), name
    for name, version in pins().items():
        assert locked[name] == {version}


@pytest.mark.parametrize("name", ranges())
def test_no_upper_bound_fights_colab(name):
    assert all(part.operator == ">=" for part in ranges()[name].specifier)


def test_the_conda_environment_takes_its_pins_from_requirements():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    (pip,) = (entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    assert "-r requirements.txt" in pip
    (python,) = (e for e in environment["dependencies"] if str(e).startswith("python="))
    assert Requirement(f"python{PYPROJECT['project']['requires-python']}").specifier.contains(
        python.split("=")[1]
    )


def test_nothing_that_needs_torchvision_is_a_dependency():
    forbidden = {"torchvision", "piq", "deepinv", "kornia", "bm3d", "albumentations", "pyiqa"}
    assert not forbidden & ranges().keys()


def test_the_readme_opens_with_a_restored_picture_and_three_doors():
    text = (ROOT / "README.md").read_text("utf-8")
    lines = text.splitlines()
    assert any("data/pictures/restored.png" in line for line in lines[:12])
    for command in ("make site", "make lab", "make denoise IN=photo.jpg OUT=restored.png"):
        assert f"`{command}`" in "\n".join(lines[:15])
    assert len(lines) < 120


@pytest.mark.parametrize(
    "target",
    [
        "lab",
        "install",
        "check",
        "test",
        "denoise",
        "fuzz",
        "speed",
        "notebooks",
        "site",
        "colab",
        "pictures",
        "lint",
    ],
)
def test_each_make_target_that_documents_name_exists(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), flags=re.M)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_relative_links_lead_somewhere(document):
    path = ROOT / document
    links = re.findall(r"\]\(([^)#]+)\)", path.read_text("utf-8"))
    missing = [link for link in links if "://" not in link and not (path.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("document", DOCUMENTS)
def test_pictures_have_alternative_text(document):
    alts = re.findall(r"!\[([^\]]*)\]", (ROOT / document).read_text("utf-8"))
    assert all(len(alt) >= 20 for alt in alts)


def test_the_readme_lists_every_notebook():
    text = (ROOT / "README.md").read_text("utf-8")
    for path in course.notebooks():
        assert f"notebooks/{path.name}" in text


def test_the_table_of_licences_is_that_of_the_photographs():
    text = (ROOT / "data" / "README.md").read_text("utf-8")
    for name, photograph in PHOTOGRAPHS.items():
        cells = (name, photograph.title, photograph.author, photograph.licence, photograph.source)
        assert f"| {' | '.join(cells)} |" in text


def test_github_runs_what_ci_runs():
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))
    steps = workflow["jobs"]["test"]["steps"]
    assert any(step.get("run") == "bash .ci/run" for step in steps)
    assert "make test" in (ROOT / ".ci" / "run").read_text("utf-8")


def test_ci_and_make_test_leave_no_test_out():
    recipe = (ROOT / "Makefile").read_text("utf-8").partition("\ntest:")[2].partition("\n\n")[0]
    assert "pytest" in recipe
    for text in (recipe, (ROOT / ".ci" / "run").read_text("utf-8")):
        assert not re.search(r"\s-m (?!pytest|tests\.)|\s-k |--ignore|--deselect|ARGS=", text)


def test_each_action_of_github_is_pinned_to_a_commit():
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        used = re.findall(r"uses: *(\S+)", path.read_text("utf-8"))
        assert used
        assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action) for action in used)


def test_the_weights_terms_stand_where_the_licence_stands():
    assert "LICENSE-WEIGHTS" in PYPROJECT["project"]["license-files"]
    for document in ("README.md", "data/README.md"):
        text = " ".join((ROOT / document).read_text("utf-8").split())
        assert "non-commercial research and education" in text
        assert "LICENSE-WEIGHTS" in text


LIMITS = {"": 60, "data/weights/": 40, "notebooks/": 15}  # MB of what is committed


@pytest.mark.parametrize("folder", LIMITS)
def test_the_repository_stays_small(folder):
    """Sizes of the files in the working tree that git knows, or would take."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    run = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True)
    if run.returncode:
        pytest.skip("not a clone: " + run.stderr.strip())
    names = [name for name in run.stdout.split("\0") if name.startswith(folder) and name]
    files = [ROOT / name for name in names if (ROOT / name).is_file()]
    assert files
    assert sum(path.lstat().st_size for path in files) < LIMITS[folder] * 1e6


# Bytes that `git clone --depth 1`, README's command, and a whole clone download: 29 and 60 million
# in November 2026. Each generation of all weights adds up to 40 million to the history (DESIGN.md,
# section 7), one of all notebooks' outputs 7 million; nobody but a contributor downloads them.
DOWNLOADS = {"git ls-tree -r HEAD | awk '{print $3}'": 60e6, "git rev-list --objects --all": 150e6}


@pytest.mark.slow
@pytest.mark.parametrize("listed", DOWNLOADS)
def test_what_a_clone_downloads_stays_small(listed: str):
    """As a server packs it; a folder's own packs may hold every version whole.

    By one thread: several share the search for likenesses otherwise each time, up to 5 % apart.
    """
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    command = f"{listed} | git pack-objects --threads=1 --no-reuse-delta --stdout -q | wc -c"
    run = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert 0 < int(run.stdout) < DOWNLOADS[listed]


def test_the_map_says_what_each_notebook_needs_first():
    """No arrow leads from a later notebook to an earlier one, and all notebooks are on it."""
    text = (ROOT / "README.md").read_text("utf-8").partition("flowchart TD")[2].partition("```")[0]
    order = numbering.numbers()
    assert {name: int(n) for name, n in re.findall(r'(\w+)\["(\d+) ', text)} == order
    for line in text.strip().splitlines():
        steps = [order[name] for name in re.findall(r"(\w+)(?:\[| -->|$)", line)]
        assert len(steps) > 1
        assert steps == sorted(steps)


def test_the_version_is_the_tag():
    from helpers import __version__

    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert PYPROJECT["tool"]["course"]["tag"] == f"v{__version__}" == f"v{citation['version']}"
    assert citation["repository-code"] == PYPROJECT["tool"]["course"]["repository"]


@pytest.mark.parametrize("name", kernels.NUMERIC)
def test_what_runs_under_other_kernels_is_there(name):
    assert (ROOT / name).exists()


SHARING = ("test_execution.py::test_papermill", "test_exercises.py::test_solutions_are_right")


def test_tests_that_share_a_run_share_a_worker():
    shared = {group_of(f"tests/notebooks/{name}[03_some_notebook]") for name in SHARING}
    assert shared == {"03_some_notebook"}
    assert group_of("tests/test_noise.py::test_mean[gaussian]").endswith("test_mean[gaussian]")
    assert group_of("tests/browser/test_site.py::test_a") == "browser"
