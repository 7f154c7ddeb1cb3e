"""A new notebook that obeys every rule of the template and says nothing yet."""

from __future__ import annotations

from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools.notebooks import course

MINUTES = 30  # to read it
HEADER = """\
# {number} · {title}

{question} A second sentence says how it is answered.

[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({colab})
[![Launch on Binder](https://mybinder.org/badge_logo.svg)]({binder})

**You will learn** to count.
**You need** nothing.
**Time** {minutes} min to read, runs in about 5 s, without a GPU."""
PARAMETERS = """\
# @title Parameters
profile = "course"  # "fast" runs the same cells, smaller
seed = 0"""
PREDICTION = """\
# @title Predict
from helpers import exercises, widgets

widgets.predict("How much is one and one?", (0, 10), 2, within=0.5)"""
NOTES = """\
<details><summary>Hint</summary>

One more than two.

</details>

<details><summary>Solution</summary>

```python
# one more
answer = two + 1
```

</details>"""


def title_of(path: Path) -> str:
    """The title that a file name suggests.

    >>> title_of(Path("11_low_light.ipynb"))
    'Low light'
    """
    return path.stem[3:].replace("_", " ").capitalize()


def badges(name: str) -> tuple[str, str]:
    """Addresses that open a notebook on Colab and on Binder."""
    published = course.address()
    place, tag = published["repository"].removeprefix("https://github.com/"), published["tag"]
    return (
        f"https://colab.research.google.com/github/{place}/blob/{tag}/notebooks/{name}",
        f"https://mybinder.org/v2/gh/{place}/{tag}?labpath=notebooks%2F{name}",
    )


def skeleton(path: Path, question: str, closing: str) -> NotebookNode:
    """Write the cells of a notebook that will lie at `path`.

    Parameters
    ----------
    path : Path
        Its number and name give the title, the badges and the key of its exercise.
    question : str
        What the notebook answers; ends in a question mark.
    closing : str
        The last line, which leads on to the next notebook.
    """
    colab, binder = badges(path.name)
    header = HEADER.format(
        number=int(path.stem[:2]),
        title=title_of(path),
        question=question,
        colab=colab,
        binder=binder,
        minutes=MINUTES,
    )
    cells = [
        new_markdown_cell(header),
        new_code_cell(course.bootstrap()),
        new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}),
        new_code_cell(PREDICTION, metadata={"tags": ["predict"]}),
        new_code_cell("two = 1 + 1\ntwo"),
        new_markdown_cell("Two: see [the rules](../CONTRIBUTING.md)."),
        new_code_cell(f'answer = ...\nexercises.check("{path.stem[3:]}", answer)'),
        new_markdown_cell(NOTES),
        new_code_cell("# @title Your record\nwidgets.record()", metadata={"tags": ["predict"]}),
        new_markdown_cell("## What to remember\n\n- One and one is two."),
        new_markdown_cell(f"## Where this comes from\n\nPeano, 1889.\n\n{closing}"),
    ]
    language = {"name": "python", "version": "3.11"}
    metadata = {"kernelspec": course.KERNELSPEC, "language_info": language}
    notebook = new_notebook(cells=cells, metadata=metadata)
    course.fold(notebook)
    return notebook
