"""A minimal notebook that obeys every rule, for tests of the rules and of the tools."""

from __future__ import annotations

from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools.notebooks.course import BOOTSTRAP, KERNELSPEC, ROOT, address
from tools.notebooks.stamps import fingerprint

PATH = ROOT / "notebooks" / "00_sample.ipynb"  # where it would lie; it is not on disk
PIXEL = (  # a gray PNG of 1 x 1 pixel
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)

HEADER = """\
# Sample

What does a notebook need? This one has nothing else.

[![Open In Colab](https://colab.research.google.com/assets/colab-badge.svg)]({colab})
[![Launch Binder](https://mybinder.org/badge_logo.svg)]({binder})

**You will learn** to count · **You need** nothing ·
**Time** 2 min to read, runs in about 5 s, without a GPU."""

PREDICT = "**Predict.** How much is one and one, before the next cell says so?"
IMPORTS = "from helpers import exercises\n\ntwo = 1 + 1\ntwo"
EXPLAIN = "Two: see [the rules](../pyproject.toml). ![A gray pixel](https://example.org/gray.png)"
STUB = 'answer = ...\nexercises.check("00-three", answer)'
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
REMEMBER = "## What to remember\n\nOne and one is two."
SOURCES = "## Where this comes from\n\nPeano (1889). Next: nothing."


def badge_urls(name: str) -> tuple[str, str]:
    """Addresses that open a notebook on Colab and on Binder."""
    place = address()["repository"].removeprefix("https://github.com/")
    tag = address()["tag"]
    return (
        f"https://colab.research.google.com/github/{place}/blob/{tag}/notebooks/{name}",
        f"https://mybinder.org/v2/gh/{place}/{tag}?labpath=notebooks%2F{name}",
    )


def picture() -> NotebookNode:
    """Output of a figure with its alt text."""
    data = {"image/png": PIXEL, "text/plain": "<Figure>"}
    alt = {"image/png": {"alt": "One gray pixel, nothing else."}}
    return new_output("display_data", data=data, metadata=alt)


def result(text: str, count: int) -> NotebookNode:
    """Output of an expression."""
    return new_output("execute_result", data={"text/plain": text}, execution_count=count)


def code_cell(source: str, count: int, outputs: list, tags: list) -> NotebookNode:
    """Code cell that was executed."""
    cell = new_code_cell(source, execution_count=count, outputs=outputs)
    cell.metadata["tags"] = tags
    return cell


def sample(path: Path = PATH) -> NotebookNode:
    """Build the notebook as it would be committed: executed, tidied and stamped."""
    colab, binder = badge_urls(path.name)
    cells = [
        new_markdown_cell(HEADER.format(colab=colab, binder=binder)),
        code_cell(BOOTSTRAP, 1, [], []),
        code_cell('profile = "course"\nseed = 0', 2, [], ["parameters"]),
        new_markdown_cell(PREDICT),
        code_cell(IMPORTS, 3, [picture(), result("2", 3)], []),
        new_markdown_cell(EXPLAIN),
        code_cell(STUB, 4, [result("not tried yet", 4)], []),
        new_markdown_cell(NOTES),
        new_markdown_cell(REMEMBER),
        new_markdown_cell(SOURCES),
    ]
    notebook = new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = KERNELSPEC
    notebook.metadata["language_info"] = {"name": "python", "version": "3.11"}
    notebook.metadata["course"] = {"stamp": fingerprint(notebook), "seconds": 4}
    return notebook
