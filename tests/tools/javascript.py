"""Runs the scripts of the site's pages: in node, or in Chromium where there is no node."""

from __future__ import annotations

import json
import shutil
import subprocess

import numpy as np
import pytest

from tools.site import browser, pages

SCRIPT = "\n".join(
    (pages.STATIC / f"{name}.js").read_text("utf-8")
    for name in json.loads((pages.STATIC / "scripts.json").read_text())
    if "/" in name  # what computes; the rest needs a page
)


def run(body: str, **given: object) -> object:
    """What a function body of JavaScript returns, given JSON values by name."""
    function = f"(({', '.join(given)}) => {{ {body} }})"
    call = f"{function}({', '.join(map(json.dumps, given.values()))})"
    if shutil.which("node"):
        # JSON has no infinity; text keeps all digits of everything else.
        code = f"{SCRIPT}\nconsole.log(JSON.stringify({call}, (_, x) =>\n"
        code += "  ArrayBuffer.isView(x) ? [...x] : x === Infinity ? 'inf' : x))"
        node = subprocess.run(["node", "-"], input=code, capture_output=True, text=True)
        assert node.returncode == 0, node.stderr[-2000:]
        return json.loads(node.stdout)
    if browser.find_browser() is None:
        pytest.skip("neither node nor a browser")
    with browser.chromium() as page:
        page.add_script_tag(content=SCRIPT)
        text = page.evaluate(
            "(call) => JSON.stringify(eval(call), (_, x) =>"
            " ArrayBuffer.isView(x) ? [...x] : x === Infinity ? 'inf' : x)",
            call,
        )
        return json.loads(text)


def sent(picture: np.ndarray) -> dict:
    """A picture as the scripts know it, but for the type of its data."""
    height, width, channels = np.atleast_3d(picture).shape
    data = [float(x) for x in picture.ravel()]
    return {"width": width, "height": height, "channels": channels, "data": data}


TYPED = "const typed = (p) => ({ ...p, data: Float32Array.from(p.data) });"


def received(data: list[float], like: np.ndarray) -> np.ndarray:
    """The data of a picture, in the shape of another."""
    return np.reshape(np.float32(data), like.shape)
