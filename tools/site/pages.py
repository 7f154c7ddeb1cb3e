"""Lay out the notebooks and documents for Sphinx, and let it build the pages."""

from __future__ import annotations

import hashlib
import html
import json
import re
import shutil
import subprocess
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path

import nbformat
import numpy as np
from nbformat import NotebookNode
from nbformat.v4 import new_output
from PIL import Image

from tools.notebooks import copying, course, stamps
from tools.notebooks.numbering import numbers
from tools.site import computed, frames

DOCS = course.ROOT / "docs"
STATIC = Path(__file__).parent / "static"
BUILD = course.ROOT / "build"
PAGES = (
    *("index.md", "own_picture.md", "results.md", "library.md", "install.md"),
    *("glossary.md", "bibliography.md", "references.bib", "teaching.md", "exam.md"),
    "changelog.md",
)
# Folders of the project that pages link to, and where they lie in the site.
OF_THE_SITE = {"notebooks": "notebooks", "data/pictures": "_static/pictures"}
WIDGET = "application/vnd.jupyter.widget-view+json"
NOTE = (
    "Drawn beforehand, cut to the middle of the pictures. Run the notebook for every setting, "
    "and for all of every picture."
)
COMPUTED = (
    "Computed in this page, at every setting of the notebook. Chance is drawn by another "
    "generator than there: no pixel of the noise is the same, all of its statistics are. "
    "The zoom stands for the notebook's loupe."
)
MOSTLY = 0.8  # white: a plot, which may be shrunk to the page; a picture of noise may not
ONE_AT_A_TIME = " Here one control moves at a time; in the notebook they combine."

TITLE = re.compile(r"# @title (.*)")
DOORS = re.compile(r"(\[Open in Colab\]\([^)]*\))\s+(\[Launch on Binder\]\([^)]*\))")
BADGE = re.compile(r"\[!\[([^\]]*)\]\([^)]*\)\]\(([^)]*)\)")
LINK = re.compile(r"(?<=\]\()(\.\./[^)#\s]+)")
# Where no term is linked: code, formulas, links, HTML, headings and rows of tables.
PROTECTED = re.compile(
    r"```.*?```|`[^`]*`|\$[^$]*\$|!?\[[^\]]*\]\([^)]*\)|<[^>]+>|\*\*[^*]+\*\*|^(?:#|\|).*?$",
    re.DOTALL | re.MULTILINE,
)


# Names, punctuation and spaces of code: in the colour of all code, and half of its markup.
PLAIN = re.compile(r'<span class="[npw]">([^<]*)</span>')
# Roles that Sphinx gives without what they need, or that screen readers no longer know.
ROLES = {
    'role="heading">': 'role="heading" aria-level="2">',
    'role="doc-biblioentry"': 'role="listitem"',
}


# Words ------------------------------------------------------------------------------------------


def glossary_terms() -> list[str]:
    """Return the terms of the glossary, longest first."""
    text = (DOCS / "glossary.md").read_text("utf-8")
    inside = re.search(r"```\{glossary\}\n(.*?)```", text, re.DOTALL)[1]
    terms = [line.strip() for line in inside.splitlines() if line.strip() and line[0] != " "]
    return sorted(terms, key=len, reverse=True)


def link_terms(text: str, terms: Sequence[str], seen: set[str]) -> str:
    """Link the first mention of each term to the glossary; `seen` holds those already linked.

    >>> link_terms("A residual, `residual`.", ["residual"], set())
    'A {term}`residual <residual>`, `residual`.'
    """
    for term in terms:
        if term in seen:
            continue
        word = re.compile(rf"(?<![\w{{`<-]){re.escape(term)}(?![\w`>-])", re.IGNORECASE)
        protected = [match.span() for match in PROTECTED.finditer(text)]
        for match in word.finditer(text):
            if not any(a <= match.start() < b for a, b in protected):
                role = f"{{term}}`{match[0]} <{term}>`"
                text = text[: match.start()] + role + text[match.end() :]
                seen.add(term)
                break
    return text


def prose(text: str) -> str:
    """Make a markdown cell fit for the site: badges as words, files of the project by address."""
    published = course.address()
    blob = f"{published['repository']}/blob/{published['tag']}/"
    text = BADGE.sub(lambda badge: f"[{badge[1]}]({badge[2]})", text)
    for folder, here in OF_THE_SITE.items():
        text = text.replace(f"](../{folder}/", f"]({here}/")
    return LINK.sub(lambda link: blob + link[1].removeprefix("../"), text)


def beginning(text: str, name: str) -> str:
    """The first cell: ways to run the notebook on one line, what it asks of a reader on three.

    >>> beginning("**You will learn** a\\n**Time** b", "00_start_here.ipynb")
    '**You will learn** a\\\\\\n**Time** b'
    """
    download = f'<a href="../_static/notebooks/{name}" download>Download the notebook</a>'
    text = DOORS.sub(rf"\1 · \2 · {download}", text)
    return re.sub(r"\n(?=\*\*(?:You need|Time)\*\*)", "\\\\\n", text)


def closed(cell: NotebookNode) -> dict[str, object]:
    """How a cell whose code is folded comes into the page: under its title, opened by one click.

    The code of a question holds its answer and is left out; the answer has a fold of its own.
    """
    if "predict" in cell.metadata.get("tags", []):
        return {"tags": ["remove-input"]}
    title = TITLE.match(cell.source)
    name = f"The code: {title[1]}" if title else "The code"
    return {
        "tags": ["hide-input"],
        "mystnb": {"code_prompt_show": name, "code_prompt_hide": name},
    }


# Pictures ---------------------------------------------------------------------------------------


def picture(data: str, alt: str, folder: Path, kind: str) -> str:
    """Write a PNG output beside the page and return the HTML that shows and describes it."""
    name = frames.write(b64decode(data), folder)
    with Image.open(folder / name) as image:
        size = f'width="{image.width}" height="{image.height}"'
        if np.mean(np.asarray(image.convert("L")) == 255) > MOSTLY:
            kind += " plot"
    source = f"../_static/{folder.parent.name}/{folder.name}/{name}"
    return f'<img class="{kind}" src="{source}" alt="{html.escape(alt)}" {size} loading="lazy">'


def explorer(still: str, recording: dict, folder: Path) -> str:
    """Return the HTML of an explorer: its still picture, and what the script makes sliders of."""
    for panel in chain.from_iterable(one["panels"] for one in recording["frames"].values()):
        with Image.open(folder / panel[1]) as image:
            # Each pixel is shown twice as wide and high where that is not large.
            factor = 2 if max(image.size) <= frames.WHOLE else 1
            panel += [factor * side for side in image.size]
    address = f"../_static/{folder.parent.name}/{folder.name}"
    # Read before the scripts of the page's head, which are deferred.
    names = recording["computed"]["pictures"].values() if recording["computed"] else ()
    scripts = "".join(f'<script src="{address}/{name}.js"></script>' for name in names)
    data = json.dumps(recording | {"folder": address}, ensure_ascii=False).replace("</", "<\\/")
    note = NOTE + (ONE_AT_A_TIME if len(recording["labels"]) > 2 else "")
    note = COMPUTED if recording["computed"] else note
    return (
        f'<div class="explorer" role="group" aria-label="Explorer">{still}'
        f'<p class="explorer-note">{note}</p>'
        f'{scripts}<script type="application/json">{data}</script></div>'
    )


def recordings(path: Path, notebook: NotebookNode) -> tuple[list[dict], Path]:
    """Return the frames of a notebook's explorers and their folder, drawn unless they are kept."""
    sources = (Path(maker.__file__).read_text("utf-8") for maker in (frames, computed))
    makers = "".join([*sources, stamps.stamp(notebook)])
    version = hashlib.sha256(makers.encode()).hexdigest()[:12]
    folder = BUILD / "frames" / f"{path.stem}-{version}"
    index = folder / "index.json"
    if not index.exists():
        shutil.rmtree(folder, ignore_errors=True)
        drawn = [asdict(one) for one in frames.record(notebook, folder, computed.of(path))]
        for one in drawn:
            one["frames"] = {",".join(map(str, at)): f for at, f in one["frames"].items()}
        index.write_text(json.dumps(drawn), "utf-8")
    return json.loads(index.read_text("utf-8")), folder


# Pages ------------------------------------------------------------------------------------------


def output_for_site(output: NotebookNode, figures: Path, frame: tuple | None) -> NotebookNode:
    """Return an output as the site shows it: pictures with their description, explorers alive."""
    data = output.get("data", {})
    if "image/png" not in data:
        return output
    alt = output.metadata.get("image/png", {}).get("alt", "")
    moves = WIDGET in data and frame
    kind = "figure explorer-still" if moves else "figure"
    shown = picture(data["image/png"], alt, figures, kind)
    if moves:
        shown = explorer(shown, *frame)
    return new_output("display_data", data={"text/html": shown})


def page(path: Path, static: Path, terms: Sequence[str]) -> NotebookNode:
    """Return a notebook as the site shows it; its pictures go below `static`."""
    notebook = nbformat.read(path, as_version=4)
    drawn, folder = recordings(path, notebook)
    moving = static / "explorers" / path.stem
    shutil.copytree(folder, moving, ignore=shutil.ignore_patterns("*.json"))
    figures = static / "figures" / path.stem
    figures.mkdir(parents=True)
    downloads = static / "notebooks"
    downloads.mkdir(exist_ok=True)
    course.write(copying.without_outputs(nbformat.read(path, as_version=4)), downloads / path.name)
    seen: set[str] = set()
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            text = prose(cell.source)
            first = index == 0
            cell.source = beginning(text, path.name) if first else link_terms(text, terms, seen)
        else:
            frame = next(((one, moving) for one in drawn if one["cell"] == index), None)
            cell.outputs = [output_for_site(o, figures, frame) for o in cell.outputs]
            if course.is_folded(cell):
                cell.metadata.update(closed(cell))
    notebook.metadata.pop("widgets", None)
    return notebook


def lay_out(source: Path, paths: Sequence[Path]) -> None:
    """Write everything that Sphinx reads."""
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(STATIC, source / "_static")
    shutil.copytree(course.ROOT / "data" / "pictures", source / "_static" / "pictures")
    shutil.copy(DOCS / "conf.py", source)
    for name in PAGES:
        text = (DOCS / name).read_text("utf-8")
        text = only_present(prose(text), paths) if name.endswith(".md") else cited(text)
        (source / name).write_text(text, "utf-8")
    (source / "notebooks").mkdir()
    terms = glossary_terms()
    for path in paths:
        notebook = page(path, source / "_static", terms)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = only_present(cell.source, paths, "")
        nbformat.write(notebook, source / "notebooks" / path.name)


def cited(text: str) -> str:
    """A bibliography whose entries end in the numbers of the notebooks that they name.

    >>> cited("notebooks = {start_here, noise_models},")
    'note = {Notebooks 0, 1},'
    """
    number = numbers()

    def note(names: re.Match) -> str:
        cited = sorted(number[name] for name in names[1].split(", "))
        return f"note = {{Notebook{'s' * (len(cited) > 1)} {', '.join(map(str, cited))}}}"

    return re.sub(r"notebooks = \{([^}]*)\}", note, text)


def only_present(text: str, paths: Sequence[Path], folder: str = "notebooks/") -> str:
    """Turn links to notebooks that are not built into words, and drop them from the contents."""
    present = {path.name for path in paths}
    name = r"\d\d_\w+\.ipynb"
    text = re.sub(
        rf"\[([^\]]*)\]\({folder}({name})\)",
        lambda link: link[0] if link[2] in present else link[1],
        text,
    )
    return re.sub(
        rf"^notebooks/({name})\n", lambda at: at[0] if at[1] in present else "", text, flags=re.M
    )


def build(paths: Sequence[Path], out: Path, sphinx: str) -> Path:
    """Build the site below `out` with a Python that has Sphinx; return the folder of its pages.

    Raises
    ------
    subprocess.CalledProcessError
        If Sphinx fails, or warns: a warning is a dead link, a missing term or a broken formula.
    """
    source, pages = out / "source", out / "html"
    lay_out(source, paths)
    shutil.rmtree(pages, ignore_errors=True)
    run = [sphinx, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    subprocess.run([*run, "-d", str(out / "doctrees"), str(source), str(pages)], check=True)
    for path in pages.rglob("*.html"):
        text = path.read_text("utf-8")
        for old, new in ROLES.items():
            text = text.replace(old, new)
        path.write_text(PLAIN.sub(r"\1", text), "utf-8")
    return pages
