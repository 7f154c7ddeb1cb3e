"""Drive notebooks in a real JupyterLab with a real browser.

The browser test and ``make speed`` share this module: it starts a JupyterLab server on a copy
of the notebooks, opens one in Chromium, runs it, moves the sliders of its explorers with the
keyboard and times, inside the page, how long the pictures take to follow.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote
from urllib.request import Request, urlopen

from playwright.sync_api import Locator, Page, sync_playwright

from tools.notebooks import execution

PATIENCE = 120  # seconds; a loaded two-core machine needs tens of them to start a kernel
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SETTINGS = {
    # Cells outside the window are in the page too, so that every explorer can be found.
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
}
HARMLESS = (
    "favicon",  # a missing tab icon says nothing about a notebook
    "No such comm:",  # JupyterLab asks a new kernel for its widgets before ipywidgets is there
)

SCRIPT = """
window.course = {
  hidden: [],  // errors of the kernel that belong to no cell: JupyterLab shows them nowhere
  notebook: () => window.jupyterapp?.shell.currentWidget,
  sleep: ms => new Promise(resolve => setTimeout(resolve, ms)),

  async run() {
    const { context } = course.notebook();
    await context.ready;
    await context.sessionContext.ready;
    context.sessionContext.iopubMessage.connect((_, { header, parent_header, content }) => {
      if (parent_header.msg_type === 'execute_request') return;
      if (header.msg_type === 'error') course.hidden.push(content.traceback.join('\\n'));
      if (content.name === 'stderr') course.hidden.push(content.text);
    });
    await jupyterapp.commands.execute('notebook:run-all-cells');
    course.ran = true;
  },
  idle: () => course.ran
    && course.notebook().context.sessionContext.session.kernel.status === 'idle',
  skipped: () => course.notebook().content.widgets.filter(({ model }) => model.type === 'code'
    && model.sharedModel.source.trim() && model.executionCount === null).length,
  drawn: () => [...document.querySelectorAll('[data-mime-type*="widget-view"]')].every(
    output => output.querySelector('.jupyter-widgets')
      && !output.querySelector('[class="lm-Widget"]:empty')  // the place of a child to come
      && [...output.querySelectorAll('img')].every(image => image.complete)),

  image: inside => inside.closest('.explorer').querySelector(
    'img.explorer-panels, .explorer-panels img'),
  async digest(image) {
    for (;;) {
      const source = image.src;
      try {
        const bytes = await (await fetch(source)).arrayBuffer();
        const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
        return [...hash].map(byte => byte.toString(16).padStart(2, '0')).join('');
      } catch (error) {  // ipywidgets revokes a picture's address when the next one arrives
        if (image.src === source) throw error;
      }
    }
  },

  async arm(handle) {
    course.disarm?.();
    const image = course.image(handle);
    const watch = course.watch = { before: await course.digest(image), pressed: [], loads: [] };
    const press = () => watch.pressed.push(performance.now());
    const load = () => watch.loads.push({ at: performance.now(), hash: course.digest(image) });
    handle.addEventListener('keydown', press, true);
    image.addEventListener('load', load);
    course.disarm = () => {
      handle.removeEventListener('keydown', press, true);
      image.removeEventListener('load', load);
    };
  },
  async changed(patience) {
    const { before, pressed, loads } = course.watch;
    for (const end = performance.now() + patience; performance.now() < end;) {
      for (const { at, hash } of loads) if (await hash !== before) return at - pressed[0];
      await course.sleep(5);
    }
    return null;
  },
  async settled(quiet, patience) {
    const { pressed, loads } = course.watch;
    for (const end = performance.now() + patience; performance.now() < end;) {
      const last = loads.at(-1)?.at ?? Infinity;
      if (performance.now() - Math.max(last, pressed.at(-1)) > quiet)
        return loads.length;
      await course.sleep(5);
    }
    return null;
  },
};
"""


class Server(NamedTuple):
    """A running JupyterLab: its address, its token and the file its log goes to."""

    url: str
    token: str
    log: Path


def find_browser() -> str | None:
    """Return the path of an installed Chromium or Chrome, None where there is none."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@contextmanager
def jupyterlab(*notebooks: Path) -> Iterator[Server]:
    """Run a JupyterLab server on copies of `notebooks`; stop it and its kernels at the end.

    The kernels are this Python's. Configuration, settings and the files Jupyter writes are in
    a temporary folder of their own, and the server asks the network for nothing.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        home = Path(name)
        (home / "settings").mkdir()
        (home / "settings" / "overrides.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
        (home / "notebooks").mkdir()
        for notebook in notebooks:
            shutil.copy(notebook, home / "notebooks")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = Server(f"http://127.0.0.1:{port}", os.urandom(16).hex(), home / "server.log")
        with server.log.open("w") as log:
            process = subprocess.Popen(
                _command(home, port),
                cwd=home,
                env=_environment(home) | {"JUPYTER_TOKEN": server.token},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            _await_answer(server, process)
            yield server
        finally:
            process.terminate()  # which ends its kernels
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _command(home: Path, port: int) -> list[str]:
    """Return the command line of the server."""
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": home / "notebooks",
        "ServerApp.terminals_enabled": False,
        "LabApp.app_settings_dir": home / "settings",
        "LabApp.expose_app_in_browser": True,
        "LabApp.extension_manager": "readonly",
        "LabApp.news_url": None,
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
    }
    start = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    return start + [f"--{name}={value}" for name, value in options.items()]


def _environment(home: Path) -> dict[str, str]:
    """A kernel's environment, with no reader's settings, and folders of its own."""
    kernel = execution.environment().items()
    rest = {name: value for name, value in kernel if not name.startswith("JUPYTER")}
    folders = ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")
    own = {name: str(home / name.lower()) for name in folders}
    return rest | own | {"JUPYTER_PREFER_ENV_PATH": "1"}


def _await_answer(server: Server, process: subprocess.Popen[bytes]) -> None:
    """Wait until the server answers; raise RuntimeError with its log where it does not."""
    header = {"Authorization": f"token {server.token}"}
    request = Request(f"{server.url}/api/status", headers=header)
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urlopen(request, timeout=10):
                return
        except OSError:  # not listening yet
            time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start:\n{server.log.read_text()[-4000:]}")


@contextmanager
def chromium(width: int = 1280, height: int = 1000) -> Iterator[Page]:
    """Start a headless Chromium and yield an empty page of `width` x `height` pixels."""
    path = find_browser()
    if path is None:
        raise RuntimeError(f"no browser: none of {', '.join(BROWSERS)} is installed")
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS) as browser,
    ):
        page = browser.new_page(viewport={"width": width, "height": height})
        page.set_default_timeout(PATIENCE * 1000)
        # Badges and the like from elsewhere: an empty answer, with a network and without one.
        page.route(re.compile(r"https?://(?!127\.0\.0\.1)"), lambda route: route.fulfill(body=""))
        page.add_init_script(SCRIPT)
        yield page


def open_notebook(page: Page, server: Server, name: str) -> None:
    """Open one of the server's notebooks, run all its cells, wait until its widgets are drawn.

    Raises
    ------
    RuntimeError
        When a failing cell kept others from running; the message holds what went wrong.
    """
    page.goto(f"{server.url}/lab/tree/{quote(name)}?reset&token={server.token}")
    page.wait_for_function("name => course.notebook()?.context?.path === name", arg=name)
    page.evaluate("() => { course.run(); }")
    page.wait_for_function("course.idle()")
    if skipped := page.evaluate("course.skipped()"):
        raise RuntimeError("\n".join([f"{name}: {skipped} cells did not run", *problems(page)]))
    page.wait_for_function("course.drawn()")


def explorers(page: Page) -> list[Locator]:
    """Return the explorers of the open notebook, in its order."""
    return page.locator(".explorer").all()


def sliders(explorer: Locator) -> list[Locator]:
    """Return the handles of an explorer's sliders."""
    return explorer.locator(".widget-slider .noUi-handle[role=slider]").all()


def label(slider: Locator) -> str:
    """Return the description beside a slider."""
    return slider.evaluate("e => e.closest('.widget-slider').querySelector('label').textContent")


def readout(explorer: Locator) -> Locator:
    """Return the line with an explorer's scores."""
    return explorer.locator(".explorer-readout").first


def picture_hash(explorer: Locator) -> str:
    """Return the SHA-256 of the picture's bytes."""
    return explorer.evaluate("e => course.digest(course.image(e))")


def free_key(slider: Locator, key: str = "ArrowRight") -> str:
    """Return `key` (an arrow), or the opposite one where the slider is at that end."""
    position = slider.evaluate("e => e.closest('.noUi-target').noUiSlider.getPositions()[0]")
    if key == "ArrowRight":
        return "ArrowLeft" if position >= 100 else key
    return "ArrowRight" if position <= 0 else key


def step(slider: Locator, key: str, patience: float = PATIENCE) -> float:
    """Press a key on a slider, and return the milliseconds until the picture has changed.

    The clock is the page's: it starts when the page receives the key and stops when the first
    picture with other bytes has loaded. Polling and the way to Python do not count.

    Raises
    ------
    TimeoutError
        When the picture's bytes are the same after `patience` seconds.
    """
    slider.evaluate("e => course.arm(e)")
    slider.press(key)
    ms = slider.evaluate("(_, patience) => course.changed(patience)", patience * 1000)
    if ms is None:
        raise TimeoutError(f"{key} on {label(slider)!r} changed no panels in {patience:g} s")
    return ms


def latencies(slider: Locator, count: int) -> list[float]:
    """Return the milliseconds of `count` single steps, to the slider's end and back again."""
    key, measured = "ArrowRight", []
    for _ in range(count):
        key = free_key(slider, key)
        measured.append(step(slider, key))
    return measured


def burst(slider: Locator, count: int) -> int:
    """Press an arrow `count` times without waiting; return how many pictures were shown.

    The last picture is the one that none has followed for a second. Presses beyond the slider's
    end are no work: choose a slider with room for `count` steps.
    """
    key = free_key(slider)
    slider.evaluate("e => course.arm(e)")
    slider.focus()
    for _ in range(count):
        slider.page.keyboard.press(key)
    pictures = slider.evaluate("(_, patience) => course.settled(1000, patience)", PATIENCE * 1000)
    if pictures is None:
        raise TimeoutError(f"{count} x {key} on {label(slider)!r}: no picture, or no end of them")
    return pictures


def page_errors(page: Page) -> list[str]:
    """Return the errors of the page and of its console so far."""
    logged = [message for message in page.console_messages() if message.type == "error"]
    return [
        *(f"page: {error}" for error in page.page_errors()),
        *(f"console: {error.text} ({error.location['url']})" for error in logged),
    ]


def problems(page: Page) -> list[str]:
    """Return what went wrong so far, one text each; empty where nothing did.

    Errors of the page and its console, failed cells and cells that wrote to stderr, errors of
    the kernel outside any cell (a callback that raised), and errors an explorer shows.
    """
    mime = ".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.{}']"
    shown = ", ".join((mime.format("stderr"), mime.format("error"), ".explorer-error"))
    texts = [
        *page_errors(page),
        *(f"kernel: {text}" for text in page.evaluate("course.hidden")),
        *(f"shown: {text}" for text in page.locator(shown).all_inner_texts() if text.strip()),
    ]
    return [text for text in texts if not any(word in text for word in HARMLESS)]
