"""Every committed notebook follows the template, and its outputs are fresh and clean.

A rule is a function ``rule(notebook, path) -> list of complaints``, empty for a good notebook.
Each one is also tried on notebooks that break it: a rule that cannot fail is no rule.
"""

from __future__ import annotations

import ast
import copy
import functools
import importlib
import re
import statistics
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from tests.notebooks.exercise_cells import ends_in_check, find_exercises
from tests.notebooks.sample import PATH, QUESTION, sample
from tools.notebooks import course, numbering, stamps
from tools.notebooks.skeleton import badges

Rule = Callable[[NotebookNode, Path], list[str]]

MAX_CELLS, MAX_LINES, MAX_BYTES = 45, 20, 1_000_000  # cells and lines that are not folded
MEDIAN_LINES = 8
# Of all notebooks together, without empty lines, bootstrap cells and predictions. The aim is 2,200
# and 1,500.
MOST_VISIBLE, MOST_FOLDED = 2_200, 1_500
MAX_PREDICTIONS, MIN_ALT = 8, 20
PREDICTS, TITLE = "widgets.predict(", "# @title "
HEADER = ["You will learn", "You need", "Time"]
CLOSING = ["What to remember", "Where this comes from"]

# In parentheses, for notebooks that need it: on a processor without AVX-512 and bfloat16, on which
# what is trained in front of the reader takes up to four times as long.
RUN_TIME = re.compile(r"runs in about (\d+) s\b(?: \((\d+) s on a slow processor\))?")
NO_GPU = re.compile(r"\b(without|no) (a )?GPU\b", re.IGNORECASE)
BADGE = re.compile(r"https://(?:colab\.research\.google\.com/github|mybinder\.org/v2)/[^)\s]+")
FIRST_SENTENCE = re.compile(r".+?[.!?](?=\s|$)", re.DOTALL)
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
MACHINE_PATH = re.compile(r"(?<![\w.-])(/(?:home|root|work|tmp)/|[A-Za-z]:\\+Users)")
PROGRESS_BAR = re.compile(r"\d%\|| \d+(\.\d+)?(it/s|s/it)\b")
MARKDOWN_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)[^)]*\)|<img[^>]+src=\"([^\"]+)\"")
NO_ALT = re.compile(r"!\[\s*\]\([^)]*\)|<img(?![^>]*\balt=\"[^\"]+\")[^>]*>")
FORBIDDEN = {
    "a change of the search path or folder": re.compile(r"\bsys\.path\b|%cd\b|\bos\.chdir\b"),
    "an installation": re.compile(r"\bgit clone\b|[!%]pip\b"),
    "a misleading colour map": re.compile(r"(\bcm\.|['\"])(jet|(gist_)?rainbow)\b"),
    "an API that only ipywidgets 8 has": re.compile(
        r"\b(Stack|TagsInput|ColorsInput|TimePicker|NaiveDatetimePicker)\("
        r"|\bTab\([^)]*titles\s*=|\btooltip\s*="
    ),
}


def cells(notebook: NotebookNode, kind: str) -> list[NotebookNode]:
    """Cells of one kind, "code" or "markdown"."""
    return [cell for cell in notebook.cells if cell.cell_type == kind]


def outputs(notebook: NotebookNode) -> list[NotebookNode]:
    """All outputs in order."""
    return [output for cell in cells(notebook, "code") for output in cell.outputs]


def output_texts(output: NotebookNode) -> list[str]:
    """Everything in an output that can be read, that is, no image bytes."""
    data = output.get("data", {})
    readable = [str(value) for kind, value in data.items() if not kind.startswith("image/")]
    return [output.get("text", ""), *output.get("traceback", []), *readable]


def prose(notebook: NotebookNode) -> str:
    """All markdown without fenced code."""
    sources = "\n\n".join(cell.source for cell in cells(notebook, "markdown"))
    return FENCED.sub("", sources)


# The template ---------------------------------------------------------------------------------


def is_valid(notebook: NotebookNode, path: Path) -> list[str]:
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        return [str(error)]
    return []


def begins_with_a_question(notebook: NotebookNode, path: Path) -> list[str]:
    title, _, text = notebook.cells[0].source.partition("\n")
    sentence = FIRST_SENTENCE.match(re.sub(r"[*_]", "", text).strip())
    complaints = []
    if notebook.cells[0].cell_type != "markdown" or not re.match(r"# \S", title):
        complaints.append("the first cell is no markdown cell with a title")
    if not (sentence and sentence[0].endswith("?")):
        complaints.append("the first sentence is no question")
    return complaints


def says_what_it_takes(notebook: NotebookNode, path: Path) -> list[str]:
    header = notebook.cells[0].source
    complaints = [f"the header lacks {words!r}" for words in HEADER if words not in header]
    if not NO_GPU.search(header):
        complaints.append("the header does not say that it runs without a GPU")
    return complaints


def badges_lead_here(notebook: NotebookNode, path: Path) -> list[str]:
    complaints = sorted(set(BADGE.findall(notebook.cells[0].source)))
    wanted = sorted(badges(path.name))
    return [] if complaints == wanted else [f"badges lead to {complaints}, not to {wanted}"]


def has_the_bootstrap_cell(notebook: NotebookNode, path: Path) -> list[str]:
    second = notebook.cells[1]
    same = second.cell_type == "code" and second.source == course.BOOTSTRAP
    return [] if same else ["the second cell is not tools.notebooks.course.BOOTSTRAP"]


def literals(source: str) -> dict[str, object]:
    """Names and values of a cell that only assigns constants; ValueError for any other cell."""
    values = {}
    for statement in ast.parse(source).body:
        try:
            values[statement.targets[0].id] = ast.literal_eval(statement.value)
        except (AttributeError, ValueError):  # no assignment, no name, or no constant
            raise ValueError(ast.unparse(statement)) from None
    return values


def has_the_parameters_cell(notebook: NotebookNode, path: Path) -> list[str]:
    """papermill injects its cell *after* this one: what is computed here misses the profile."""
    tagged = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
    if len(tagged) != 1 or tagged[0] is not cells(notebook, "code")[1]:
        return ["the second code cell, and no other, is tagged `parameters`"]
    try:
        values = literals(tagged[0].source)
    except ValueError as error:
        return [f"compute it in a later cell, the injected profile comes after this one: {error}"]
    wanted = values.get("profile") == "course" and "seed" in values
    return [] if wanted else [f'the parameters lack profile = "course" or a seed: {values}']


def is_small(notebook: NotebookNode, path: Path) -> list[str]:
    closed = [cell for cell in cells(notebook, "code") if course.is_folded(cell)]
    lines = [len(c.source.splitlines()) for c in cells(notebook, "code") if c not in closed]
    count, size = len(notebook.cells) - len(closed), len(nbformat.writes(notebook).encode())
    complaints = [f"{count} cells that are not folded"] if count > MAX_CELLS else []
    complaints += [f"a code cell of {max(lines)} lines"] if max(lines) > MAX_LINES else []
    if statistics.median(lines) > MEDIAN_LINES:
        complaints.append(f"code cells of {statistics.median(lines)} lines in the median")
    return complaints + ([f"{size} bytes"] if size > MAX_BYTES else [])


def folds_what_is_not_the_idea(notebook: NotebookNode, path: Path) -> list[str]:
    """`python -m tools.notebooks` closes what has one of the tags; Colab shows the title."""
    wanted = nbformat.from_dict(copy.deepcopy(notebook))
    course.fold(wanted)
    pairs = list(zip(cells(notebook, "code"), cells(wanted, "code")))
    complaints = [
        f"not folded as its tags say: {cell.source.splitlines()[0]}"
        for cell, right in pairs
        if cell.metadata != right.metadata
    ]
    untitled = [
        cell.source.splitlines()[0]
        for cell, _ in pairs
        if course.is_folded(cell) and not cell.source.startswith(TITLE)
    ]
    return complaints + [f"a folded cell begins with {TITLE!r}: {line}" for line in untitled]


def predicts_runs_explains(notebook: NotebookNode, path: Path) -> list[str]:
    """P: a prediction, m: markdown, c: code; after each P runs code, then comes text."""
    rhythm = "".join(
        "m" if cell.cell_type == "markdown" else "P" if PREDICTS in cell.source else "c"
        for cell in notebook.cells
    )
    count = rhythm.count("P")
    unanswered = count - len(re.findall(r"P(?=m*c+[mP])", rhythm))
    if not 1 <= count <= MAX_PREDICTIONS:
        return [f"{count} predictions, not 1 to {MAX_PREDICTIONS}"]
    return [f"{unanswered} predictions are not run or explained"] if unanswered else []


def explorers_keep_their_names(notebook: NotebookNode, path: Path) -> list[str]:
    """No later cell binds a name that an explorer reads when its slider is moved."""
    sources = [cell.source for cell in cells(notebook, "code")]
    return [
        f"an explorer reads {name!r}, which a later cell binds anew"
        for k, source in enumerate(sources)
        if "widgets.explore(" in source
        for name in sorted(read_by_functions(source) & bound("\n".join(sources[k + 1 :])))
    ]


def read_by_functions(source: str) -> set[str]:
    """Names of a cell that its functions read and do not bind themselves."""
    names: set[str] = set()
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef | ast.Lambda):
            inside = [one for one in ast.walk(function) if isinstance(one, ast.Name)]
            own = {one.arg for one in ast.walk(function) if isinstance(one, ast.arg)}
            own |= {one.id for one in inside if isinstance(one.ctx, ast.Store)}
            names |= {one.id for one in inside} - own
    return names


def bound(source: str) -> set[str]:
    """Names that cells bind, but for those of functions, classes and comprehensions."""
    names: set[str] = set()
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            names.add(statement.name)
            continue
        inside = list(ast.walk(statement))
        local = [one.target for one in inside if isinstance(one, ast.comprehension)]
        hidden = {id(one) for target in local for one in ast.walk(target)}
        stored = [one for one in inside if isinstance(one, ast.Name) and id(one) not in hidden]
        names |= {one.id for one in stored if isinstance(one.ctx, ast.Store)}
    return names


def has_exercises(notebook: NotebookNode, path: Path) -> list[str]:
    exercises = find_exercises(notebook)
    complaints = [] if exercises else ["no exercise"]
    if len({exercise.index for exercise in exercises}) < len(exercises):
        complaints.append("a cell with two checks")
    for exercise in exercises:
        if not ends_in_check(notebook.cells[exercise.index].source):
            complaints.append(f"{exercise.key}: the cell does not end in its check")
        if not exercise.folded("Hint"):
            complaints.append(f"{exercise.key}: no folded hint")
        if not exercise.solution:
            complaints.append(f"{exercise.key}: no folded solution in Python")
    return complaints


def ends_with_what_to_remember(notebook: NotebookNode, path: Path) -> list[str]:
    headings = re.findall(r"^#+ (.*)", prose(notebook), re.MULTILINE)[-3:]
    return [
        f"no heading {title!r} among the last"
        for title in CLOSING
        if not any(title in heading for heading in headings)
    ]


# What the cells contain -----------------------------------------------------------------------


def has_portable_code(notebook: NotebookNode, path: Path) -> list[str]:
    return [
        f"{reason}: {match[0]}"
        for cell in cells(notebook, "code")
        for reason, pattern in FORBIDDEN.items()
        for match in pattern.finditer(cell.source)
    ]


def has_no_trailing_semicolon(notebook: NotebookNode, path: Path) -> list[str]:
    """nbval does not honour it; a figure cell ends in a call that shows the figure."""
    sources = [cell.source.rstrip() for cell in cells(notebook, "code")]
    return [f"ends in a semicolon: {s.splitlines()[-1]}" for s in sources if s.endswith(";")]


def helper_imports(notebook: NotebookNode) -> Iterator[tuple[str, str]]:
    """Pairs (module, name) of all imports from helpers; the name is empty for a plain import."""
    for node in ast.walk(ast.parse(course.code(notebook))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)


def resolves(module: str, name: str) -> bool:
    """Whether a module exists and has the name, as an attribute or as a module in it."""
    try:
        imported = importlib.import_module(module)
        return not name or hasattr(imported, name) or find_spec(f"{module}.{name}") is not None
    except ModuleNotFoundError:
        return False


def imports_what_exists(notebook: NotebookNode, path: Path) -> list[str]:
    return [
        f"{module} has no {name}" if name else f"no module {module}"
        for module, name in helper_imports(notebook)
        if module.split(".")[0] == "helpers" and not resolves(module, name)
    ]


def links_to_what_exists(notebook: NotebookNode, path: Path) -> list[str]:
    """Looks at relative links; those to the web are not for a test of every commit."""
    targets = ["".join(groups) for groups in MARKDOWN_LINK.findall(prose(notebook))]
    local = [t.partition("#")[0] for t in targets if not re.match(r"\w+:|#", t)]
    return [f"dead link: {t}" for t in local if not (path.parent / t).resolve().exists()]


def has_numbers_that_fit(notebook: NotebookNode, path: Path) -> list[str]:
    """The number of a notebook is a link to it; `python -m tools.notebooks renumber` mends it."""
    number = numbering.numbers()
    complaints = [bad for cell in notebook.cells for bad in numbering.misfits(cell.source, number)]
    title = numbering.TITLE.match(notebook.cells[0].source)
    if not title or title[0] != f"# {int(path.name[:2])} · ":
        complaints.append("the title does not begin with the number of the file")
    return [f"a number that does not fit: {text}" for text in complaints]


def shows_no_machine_paths(notebook: NotebookNode, path: Path) -> list[str]:
    texts = [cell.source for cell in notebook.cells]
    texts += [text for output in outputs(notebook) for text in output_texts(output)]
    complaints = [match for text in texts for match in MACHINE_PATH.findall(text)]
    return [f"a path of one machine: {match}..." for match in complaints]


# The outputs ----------------------------------------------------------------------------------


def was_run_in_order(notebook: NotebookNode, path: Path) -> list[str]:
    counts = [cell.execution_count for cell in cells(notebook, "code")]
    return [] if counts == list(range(1, len(counts) + 1)) else [f"execution counts {counts}"]


def has_clean_outputs(notebook: NotebookNode, path: Path) -> list[str]:
    complaints = ["saved widget state"] if "widgets" in notebook.metadata else []
    for output in outputs(notebook):
        text = "\n".join(output_texts(output))
        complaints += ["an error"] if output.output_type == "error" else []
        complaints += ["stderr"] if output.get("name") == "stderr" else []
        complaints += ["a progress bar"] if PROGRESS_BAR.search(text) else []
    return complaints


def alt_text(output: NotebookNode, kind: str) -> str:
    """Alt text of an image output, where nbconvert looks for it."""
    metadata = output.get("metadata", {})
    return metadata.get(kind, {}).get("alt") or metadata.get("alt", "")


def describes_its_pictures(notebook: NotebookNode, path: Path) -> list[str]:
    """The static picture of an explorer is an image output like any other."""
    complaints = [f"no alt text: {match[0]}" for match in NO_ALT.finditer(prose(notebook))]
    for output in outputs(notebook):
        images = [kind for kind in output.get("data", {}) if kind.startswith("image/")]
        short = [alt for alt in (alt_text(output, kind) for kind in images) if len(alt) < MIN_ALT]
        complaints += [f"alt text of an output is too short: {alt!r}" for alt in short]
    return complaints


def is_fresh(notebook: NotebookNode, path: Path) -> list[str]:
    return [] if stamps.is_fresh(notebook) else ["stale outputs: run `make notebooks`"]


def allowed_seconds(path: Path) -> int:
    """Longest run time in the course profile: short to begin with, long for the comparison."""
    if path == course.notebooks()[-1]:
        return 180
    return 60 if path.name[:2] <= "02" else 75


def states_its_run_time(notebook: NotebookNode, path: Path) -> list[str]:
    stated = RUN_TIME.search(notebook.cells[0].source)
    measured = notebook.metadata.get("course", {}).get("seconds")
    if not stated or measured is None:
        return [f"run time: stated {stated and stated[0]!r}, measured {measured}"]
    seconds, longest = int(stated[1]), int(stated[2] or stated[1])
    complaints = [f"it took {measured} s, not {longest} s"] if measured > 1.5 * longest + 3 else []
    return complaints + (["it runs too long"] if seconds > allowed_seconds(path) else [])


# Each rule, with notebooks that break it --------------------------------------------------------

Damage = Callable[[NotebookNode], object]


def replace(index: int, old: str, new: str) -> Damage:
    """Damage the source of one cell of the sample."""

    def damage(notebook: NotebookNode) -> None:
        assert old in notebook.cells[index].source
        notebook.cells[index].source = notebook.cells[index].source.replace(old, new)

    return damage


def add(*new: NotebookNode) -> Damage:
    """Add cells before the last one of the sample."""
    return lambda notebook: notebook.cells.extend([*new, notebook.cells.pop()])


def code(source: str) -> Damage:
    """Add one code cell."""
    return add(new_code_cell(source))


def text(source: str) -> Damage:
    """Add one markdown cell."""
    return add(new_markdown_cell(source))


def output(kind: str, **content: object) -> Damage:
    """Add an output to a cell of the sample."""
    return lambda notebook: notebook.cells[4].outputs.append(new_output(kind, **content))


def tag(index: int, *tags: str) -> Damage:
    """Give a cell of the sample other tags."""
    return lambda notebook: notebook.cells[index].metadata.update(tags=list(tags))


def metadata(**content: object) -> Damage:
    """Set metadata of the sample."""
    return lambda notebook: notebook.metadata.update(content)


PNG = {"image/png": "AAAA", "application/vnd.jupyter.widget-view+json": {"model_id": "1"}}
BROKEN: dict[Rule, list[Damage]] = {
    is_valid: [metadata(kernelspec={"name": 1})],
    begins_with_a_question: [
        replace(0, "# 0 · Sample", "## 0 · Sample"),
        replace(0, f"{QUESTION} A", "A"),
    ],
    says_what_it_takes: [
        *(replace(0, words, "") for words in HEADER),
        replace(0, "without a GPU", "on any machine"),
    ],
    badges_lead_here: [
        replace(0, "/notebooks/00_sample", "/notebooks/01_sample"),
        replace(0, "labpath=notebooks%2F00", "labpath=notebooks%2F01"),
        replace(0, "mybinder.org/v2", "example.org"),
    ],
    has_the_bootstrap_cell: [
        replace(1, "import helpers", "import  helpers"),
        lambda notebook: notebook.cells.pop(1),
    ],
    has_the_parameters_cell: [
        tag(2),
        tag(4, "parameters"),
        replace(2, '"course"', '"fast"'),
        replace(2, "seed =", "start ="),
        replace(2, "seed = 0", 'seed = 1 if profile == "fast" else 0'),
    ],
    is_small: [
        add(*(new_markdown_cell("one") for _ in range(MAX_CELLS))),
        code("1\n" * (MAX_LINES + 1)),
        add(*(new_code_cell("1\n" * (MEDIAN_LINES + 2)) for _ in range(4))),
        output("stream", text="a" * MAX_BYTES),
    ],
    predicts_runs_explains: [
        replace(3, "widgets.predict", "print"),
        add(*[new_code_cell("widgets.predict(1)"), new_code_cell("1")] * MAX_PREDICTIONS),
        code("widgets.predict(1)"),
    ],
    folds_what_is_not_the_idea: [
        tag(4, "check"),
        tag(3),
        replace(2, "# @title Parameters", "# Parameters"),
    ],
    explorers_keep_their_names: [
        add(
            new_code_cell("seen = 1\nwidgets.explore(lambda k: show(seen, k), k=(0, 1))"),
            new_code_cell("for k in range(3):\n    seen = k"),
        ),
    ],
    has_exercises: [
        replace(6, "exercises.check", "print"),
        replace(6, "= ...", '= ...\nexercises.check("two", answer)'),
        replace(6, "\nexercises", "\nverdict = exercises"),
        replace(7, "Hint", "Help"),
        replace(7, "Solution", "Answer"),
        replace(7, "```python", "```"),
        replace(7, "<details>", "<details open>"),
    ],
    ends_with_what_to_remember: [
        replace(9, "What to remember", "Summary"),
        replace(10, "Where this comes from", "Papers"),
        text("## One\n\n## Two\n\n## Three"),
    ],
    has_portable_code: [
        code("import sys\nsys.path.append('..')"),
        code("%cd .."),
        code("!git clone https://example.org"),
        code("!pip install helpers"),
        code("%pip install helpers"),
        code("plt.imshow(image, cmap='jet')"),
        code("plt.cm.rainbow(0.5)"),
        code("widgets.Stack([])"),
        code("TagsInput(value=[])"),
        code("widgets.Tab(children, titles=['a'])"),
        code("widgets.FloatSlider(tooltip='strength')"),
    ],
    has_no_trailing_semicolon: [code("plt.plot([1]);\n")],
    imports_what_exists: [
        code("from helpers import nothing_of_this_name"),
        code("import helpers.nothing_of_this_name"),
        code("from helpers.exercises import nothing_of_this_name"),
    ],
    links_to_what_exists: [
        text("[next](99_nothing.ipynb)"),
        text("![A picture of nothing at all](nothing.png)"),
        text('<img src="nothing.png" alt="A picture of nothing at all">'),
    ],
    has_numbers_that_fit: [
        text("as in notebook 3"),
        text("as in notebooks 3 and 4"),
        text("see [notebook 3](05_classical_filters.ipynb)"),
        text("| 4 | [Filters](05_classical_filters.ipynb) |"),
        code('"""As in notebook 3."""'),
        replace(0, "# 0 ·", "# 1 ·"),
        replace(0, "# 0 · ", "# "),
    ],
    shows_no_machine_paths: [
        code('open("/home/me/picture.png")'),
        text(r"See C:\Users\me."),
        output("stream", text="saved in /tmp/x.png"),
        output("display_data", data={"text/html": "<b>/work/main/data</b>"}),
    ],
    was_run_in_order: [
        lambda notebook: notebook.cells[4].update(execution_count=None),
        lambda notebook: notebook.cells[4].update(execution_count=7),
        code("1 + 1"),
    ],
    has_clean_outputs: [
        metadata(widgets={}),
        output("error", ename="ValueError", evalue="", traceback=[]),
        output("stream", name="stderr", text="a warning"),
        output("stream", text=" 40%|####      | 2/5 [00:01<00:01,  1.95it/s]"),
        output("display_data", data={"text/plain": "  0%|          | 0/5 [00:00<?, ?it/s]"}),
    ],
    describes_its_pictures: [
        output("display_data", data=PNG),
        output("display_data", data=PNG, metadata={"image/png": {"alt": "too short"}}),
        text("![](https://example.org/picture.png)"),
        text('<img src="https://example.org/picture.png">'),
    ],
    is_fresh: [code("1 + 1"), metadata(course={"seconds": 4}), tag(4, "parameters")],
    states_its_run_time: [
        replace(0, "runs in about 5 s", "runs soon"),
        replace(0, "about 5 s", "about 61 s"),
        metadata(course={"seconds": 11}),
        metadata(course={}),
    ],
}
CASES = [
    pytest.param(rule, damage, id=f"{rule.__name__}-{number}")
    for rule, damages in BROKEN.items()
    for number, damage in enumerate(damages)
]


def name_of(value: object) -> str | None:
    """Readable test ids for rules and notebooks."""
    return value.stem if isinstance(value, Path) else getattr(value, "__name__", None)


@functools.cache
def read(path: Path) -> NotebookNode:
    """Notebook on disk; the rules do not change it."""
    return nbformat.read(path, as_version=4)


@pytest.mark.parametrize("rule", BROKEN, ids=name_of)
@pytest.mark.parametrize("path", course.notebooks(), ids=name_of)
def test_notebook(rule: Rule, path: Path) -> None:
    complaints = rule(read(path), path)
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("rule", BROKEN, ids=name_of)
def test_rule_accepts_the_sample(rule: Rule) -> None:
    assert rule(sample(), PATH) == []


@pytest.mark.parametrize(("rule", "damage"), CASES)
def test_rule_can_fail(rule: Rule, damage: Damage) -> None:
    notebook = sample()
    damage(notebook)
    assert rule(notebook, PATH) != []


def test_a_page_that_is_handed_out_keeps_alt_texts() -> None:
    """By the command in the teacher's guide."""
    page, _ = HTMLExporter(template_name="classic").from_filename(str(course.notebooks()[1]))
    pictures = [one for one in re.findall(r"<img[^>]*>", page) if "data:image/png" in one]
    assert len(pictures) > 5
    assert all(re.search(rf'alt="[^"]{{{MIN_ALT},}}"', one) for one in pictures)


def test_the_code_of_all_notebooks_stays_short() -> None:
    visible = folded = 0
    for path in course.notebooks():
        for cell in course.own(nbformat.read(path, as_version=4)):
            lines = sum(bool(line.strip()) for line in cell.source.splitlines())
            if not course.is_folded(cell):
                visible += lines
            elif "predict" not in cell.metadata.get("tags", []):
                folded += lines
    assert visible <= MOST_VISIBLE
    assert folded <= MOST_FOLDED
