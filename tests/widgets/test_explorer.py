"""Explorers: sliders that change pixels, errors that are seen, and a picture without a kernel."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import ipywidgets
import numpy as np
import pytest
from PIL import Image

from helpers import gradients, images, metrics, noise, plotting, widgets
from helpers.noise import MODELS
from helpers.plotting import GAP, HEAD, LOUPE
from helpers.widgets import View, explore

SIDE = 48


@pytest.fixture(scope="module")
def small() -> np.ndarray:
    return images.load("camera", gray=True, size=SIDE)


def decode(picture: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(picture)))


def part(explorer: widgets.Explorer, name: str) -> ipywidgets.Widget:
    """The widget of an explorer that carries a CSS class, as a browser finds it."""
    (widget,) = (child for child in explorer.children if name in child._dom_classes)
    return widget


def panels(explorer: widgets.Explorer) -> bytes:
    return bytes(part(explorer, "explorer-panels").value)


def readout(explorer: widgets.Explorer) -> str:
    return part(explorer, "explorer-readout").value


def settings(control: ipywidgets.Widget) -> list[object]:
    """The left end, the middle and the right end of a slider."""
    if hasattr(control, "options"):
        return [control.options[k] for k in (0, len(control.options) // 2, -1)]
    if isinstance(control, ipywidgets.FloatLogSlider):
        return [10**control.min, 10 ** ((control.min + control.max) / 2), 10**control.max]
    steps = int((control.max - control.min) / control.step + 0.5)
    return [control.min, control.min + steps // 2 * control.step, control.max]


def explorer_of(model: type[noise.NoiseModel], clean: np.ndarray) -> widgets.Explorer:
    """What notebook `noise_models` shows of a model."""
    before, _ = gradients.probabilities(clean)

    def render(**values: float) -> View:
        noisy = model(**values)(clean, rng=0, clip=True)
        after, _ = gradients.probabilities(noisy)
        return View(
            panels={"clean": clean, "noisy": noisy},
            curves={"clean": before, "noisy": after},
            text=f"{model(**values)}, PSNR {metrics.psnr(clean, noisy):.1f} dB",
            alt="A photographer, without and with noise.",
        )

    return explore(render, **model.parameters())


# ---- every model has its sliders ------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_a_slider_for_each_parameter_changes_the_picture(name: str, small: np.ndarray) -> None:
    explorer = explorer_of(MODELS[name], small)
    assert list(explorer.controls) == list(MODELS[name].parameters())
    for control in explorer.controls.values():
        pictures, curves, readouts = set(), set(), set()
        for setting in settings(control):
            control.value = setting
            pictures.add(panels(explorer))
            curves.add(bytes(part(explorer, "explorer-curves").value))
            readouts.add(readout(explorer))
            assert explorer.text in readout(explorer)
        assert len(pictures) > 1  # an angle of 180° is one of 0°, so not all three differ
        assert len(curves) > 1
        assert len(readouts) == 3


@pytest.mark.parametrize("name", MODELS)
def test_sliders_begin_at_the_default(name: str) -> None:
    seen: list[dict] = []

    def render(**values: float) -> View:
        seen.append(values)
        return View({"black": np.zeros((4, 4))})

    explore(render, **MODELS[name].parameters())
    defaults = {p.name: p.default for p in MODELS[name].parameters().values()}
    assert seen[-1] == pytest.approx(defaults)


@pytest.mark.parametrize("name", MODELS)
def test_the_ends_of_a_slider_are_low_and_high(name: str) -> None:
    for parameter in MODELS[name].parameters().values():
        seen: list[float] = []

        def render(value: float, seen: list[float] = seen) -> View:
            seen.append(value)
            return View({"black": np.zeros((4, 4))})

        control = explore(render, value=parameter).controls["value"]
        for setting in settings(control):
            control.value = setting
            assert isinstance(parameter.check(seen[-1], name), (int, float))
        assert [min(seen), max(seen)] == pytest.approx([parameter.low, parameter.high])


def test_sigma_is_shown_in_gray_levels_and_given_in_image_units() -> None:
    seen: list[float] = []

    def render(sigma: float) -> View:
        seen.append(sigma)
        return View({"black": np.zeros((4, 4))})

    slider = explore(render, **noise.Gaussian.parameters()).controls["sigma"]
    assert (slider.min, slider.max, slider.value) == pytest.approx((0, 100, 25))
    assert slider.description == "σ (of 255)"
    slider.value = 51
    assert seen[-1] == pytest.approx(0.2)


# ---- pixels ---------------------------------------------------------------------------------


@pytest.mark.parametrize("zoom", [1, 2])
@pytest.mark.parametrize("kind", ["gray", "colour", "mixed"])
def test_the_picture_holds_the_exact_pixels(kind: str, zoom: int, small, colour) -> None:
    first = small if kind in ("gray", "mixed") else colour[:SIDE, :SIDE]
    second = small.T if kind == "gray" else colour[:SIDE, :SIDE]

    def render(sigma: float) -> View:
        noisy = noise.Gaussian(sigma)(second, rng=0)
        return View({"clean": first, "noisy": noisy})

    explorer = explore(render, zoom=zoom, sigma=(0.0, 0.5))
    explorer.controls["sigma"].value = 0.3
    picture = decode(panels(explorer))
    assert picture.ndim == (2 if kind == "gray" else 3)
    side = SIDE * zoom
    for k, image in enumerate((first, noise.Gaussian(0.3)(second, rng=0))):
        left = k * (side + GAP)
        shown = picture[HEAD : HEAD + side : zoom, left : left + side : zoom]
        levels = np.rint(np.clip(image, 0, 1) * 255)
        if shown.ndim > levels.ndim:
            levels = np.dstack([levels] * 3)
        assert np.array_equal(shown, levels)


def test_one_image_widget_is_updated_and_none_is_added(small: np.ndarray) -> None:
    explorer = explorer_of(noise.Gaussian, small)
    before = [child.model_id for child in explorer.children]
    explorer.controls["sigma"].value = 60
    assert [child.model_id for child in explorer.children] == before


def test_the_same_setting_gives_the_same_bytes(small: np.ndarray) -> None:
    explorer = explorer_of(noise.Gaussian, small)
    slider, curves = explorer.controls["sigma"], part(explorer, "explorer-curves")
    first = panels(explorer), bytes(curves.value)
    slider.value = 80
    assert (panels(explorer), bytes(curves.value)) != first
    slider.value = 25  # nothing of the other setting may be left on the kept canvas
    assert (panels(explorer), bytes(curves.value)) == first


def test_curves_are_not_needed(small: np.ndarray) -> None:
    explorer = explore(lambda sigma: View({"clean": small}, text="flat"), sigma=(0, 3))
    assert part(explorer, "explorer-curves").layout.display == "none"
    assert "flat" in readout(explorer)
    explorer.controls["sigma"].value = 2


def test_curves_may_have_their_own_x() -> None:
    def render(slope: int) -> View:
        x = np.linspace(0, 1, 20)
        return View({"black": np.zeros((8, 8))}, {"line": (x, slope * x)})

    explorer = explore(render, axes=widgets.AxesLabels("x", "y"), slope=(1, 5))
    before = bytes(part(explorer, "explorer-curves").value)
    explorer.controls["slope"].value = 5
    assert bytes(part(explorer, "explorer-curves").value) != before


@pytest.mark.slow
@pytest.mark.parametrize("axes", [widgets.AxesLabels(log=True), widgets.AxesLabels(top=0.05)])
def test_axes_may_be_logarithmic_or_fixed(axes: widgets.AxesLabels, small: np.ndarray) -> None:
    p, _ = gradients.probabilities(small)
    render = lambda sigma: View({"clean": small}, {"p": p, "empty": np.zeros(511)})  # noqa: E731
    plain = explore(render, sigma=(0, 3))
    other = explore(render, axes=axes, sigma=(0, 3))
    curves = [decode(bytes(part(e, "explorer-curves").value)) for e in (plain, other)]
    assert curves[0].shape == curves[1].shape
    assert (curves[0] != curves[1]).any()


# ---- the loupe ------------------------------------------------------------------------------


def test_a_loupe_that_is_off_is_one_checkbox_and_no_control(small: np.ndarray) -> None:
    explorer = explorer_of(noise.Gaussian, small)
    assert explorer.loupe.children == (explorer.loupe.switch,)
    assert list(explorer.controls) == ["sigma"]
    before = panels(explorer)
    explorer.loupe.switch.value = True
    assert len(explorer.loupe.children) == 4
    assert panels(explorer) != before
    explorer.loupe.switch.value = False
    assert explorer.loupe.children == (explorer.loupe.switch,)
    assert panels(explorer) == before
    assert explorer.loupe.text == ""


@pytest.mark.parametrize("zoom", [1, 2])
def test_the_loupe_enlarges_the_same_whole_pixels_of_all_panels(zoom: int, small) -> None:
    explorer = explore(lambda k: View({"clean": small, "dark": small / 2}), zoom=zoom, k=(0, 3))
    loupe = explorer.loupe
    loupe.switch.value = True
    loupe.row.value, loupe.column.value = 20, 30
    side, picture = plotting.loupe_side([small]), decode(panels(explorer))
    times, half, below = LOUPE * zoom, side // 2, HEAD + zoom * SIDE + HEAD
    for k, image in enumerate((small, small / 2)):
        left = k * (zoom * SIDE + GAP)
        shown = picture[below : below + times * side, left : left + times * side]
        spot = np.rint(image[20 - half : 21 + half, 30 - half : 31 + half] * 255)
        spot = spot.repeat(times, axis=0).repeat(times, axis=1)
        rim = times * half - 2  # the frame of the middle lies on its neighbours
        inside = np.zeros_like(spot, bool)
        inside[rim:-rim, rim:-rim] = True
        middle = slice(times * half, times * (half + 1))
        inside[middle, middle] = False
        assert np.array_equal(shown[~inside], spot[~inside])
        frame = picture[HEAD + zoom * (20 - half) - 1, left + zoom * 30]
        assert frame == 0  # black, then white outside


def test_the_loupe_reads_its_middle_at_every_setting() -> None:
    seen = []

    def render(level: int) -> View:
        seen.append(level)
        colour = np.full((32, 32, 3), level / 255)
        return View({"gray": np.full((32, 32), -level / 255), "colour": colour})

    explorer = explore(render, level=(0, 100))
    explorer.loupe.switch.value = True
    explorer.controls["level"].value = 40
    assert explorer.loupe.text.endswith("gray: -40, colour: (40, 40, 40)")
    assert "(40, 40, 40)" in explorer.loupe.children[-1].value
    rendered = len(seen)
    explorer.loupe.row.value = 3
    assert "row 3" in explorer.loupe.text
    assert len(seen) == rendered  # to look closer computes nothing again


def test_the_ends_of_the_loupe_lie_within_the_panels(small: np.ndarray) -> None:
    explorer = explore(lambda k: View({"a": small, "b": small[:, :30]}), k=(0, 3))
    explorer.loupe.switch.value = True
    for slider in (explorer.loupe.row, explorer.loupe.column):
        for end in (slider.min, slider.max):
            slider.value = end
            name = slider.description
            assert f"{name} {end}" in explorer.loupe.text
    assert explorer.loupe.column.max < 30


# ---- text and errors ------------------------------------------------------------------------


def test_text_is_text_and_no_html() -> None:
    view = View({"black": np.zeros((4, 4))}, text="1 < 2 & <b>", alt='"quoted" <i>')
    explorer = explore(lambda k: view, k=(0, 3))
    assert "1 &lt; 2 &amp; &lt;b&gt;" in readout(explorer)
    assert "<b>" not in readout(explorer)
    assert "<i>" not in readout(explorer)


def test_the_read_out_is_announced_to_screen_readers(small: np.ndarray) -> None:
    text = readout(explorer_of(noise.Gaussian, small))
    assert 'role="status"' in text
    assert "A photographer" in text


def test_an_error_is_seen_and_raised_and_goes_away_again() -> None:
    def render(divisor: int) -> View:
        return View({"gray": np.full((4, 4), 0.5 / abs(divisor - 3))}, text=f"by {divisor}")

    explorer = explore(render, divisor=(0, 10))
    with pytest.raises(ZeroDivisionError):
        explorer.controls["divisor"].value = 3
    assert "explorer-error" in readout(explorer)
    assert "ZeroDivisionError" in readout(explorer)
    explorer.controls["divisor"].value = 4
    assert "explorer-error" not in readout(explorer)
    assert "by 4" in readout(explorer)


def test_an_error_at_the_first_setting_is_raised() -> None:
    with pytest.raises(ValueError, match="unknown noise model"):
        explore(lambda k: MODELS["no such"], k=(0, 3))


# ---- controls -------------------------------------------------------------------------------

BLACK = View({"black": np.zeros((4, 4))})


@pytest.mark.parametrize(
    ("control", "kind", "first", "last"),
    [
        ((0, 10), ipywidgets.IntSlider, 0, 10),
        ((0, 10, 5), ipywidgets.IntSlider, 0, 10),
        ((0.0, 0.5), ipywidgets.FloatSlider, 0, 0.5),
        ((0.0, 0.5, 0.25), ipywidgets.FloatSlider, 0, 0.5),
        ((0, 0.5), ipywidgets.FloatSlider, 0, 0.5),
        (["a", "b", "c"], ipywidgets.Dropdown, "a", "c"),
        ([("one", 1), ("two", 2)], ipywidgets.Dropdown, 1, 2),
        (False, ipywidgets.Checkbox, False, True),
        (ipywidgets.IntSlider(min=2, max=8), ipywidgets.IntSlider, 2, 8),
    ],
)
def test_a_control_becomes_a_core_widget(control: object, kind: type, first, last) -> None:
    seen: list[object] = []

    def render(k: object) -> View:
        seen.append(k)
        return BLACK

    widget = explore(render, k=control).controls["k"]
    assert isinstance(widget, kind)
    for value in (last, first):
        widget.value = value
        assert seen[-1] == value
        assert isinstance(seen[-1], float if kind is ipywidgets.FloatSlider else type(value))


@pytest.mark.parametrize(
    "control",
    [
        None,
        3,
        "abc",
        [],
        {},
        (),
        (1,),
        (1, 2, 3, 4),
        (10, 0),
        (1.0, 0.0),
        (0.5, 0.5),
        (0, 1, 0),
        ("a", "b"),
        noise.Gaussian,
        ipywidgets.Text("not a slider"),
    ],
)
def test_what_is_no_control_is_refused_by_name(control: object) -> None:
    with pytest.raises(ValueError, match="strength"):
        explore(lambda strength: BLACK, strength=control)


def test_sliders_of_ones_own_stand_in_line_with_the_others(small: np.ndarray) -> None:
    mine = ipywidgets.FloatSlider(0.5, min=0, max=1, description="lower … higher")
    wide = ipywidgets.IntSlider(1, 0, 3, layout={"width": "300px"})
    explore(lambda a, b, c: View({"x": small}), a=(0, 3), b=mine, c=wide)
    assert mine.style.description_width == wide.style.description_width == "140px"
    assert (mine.layout.width, wide.layout.width) == ("520px", "300px")


def test_a_chart_is_squeezed_and_a_picture_scrolls(small: np.ndarray) -> None:
    explorer = explore(
        lambda k: View({"x": small}, {"line": (np.arange(3), np.arange(3))}), k=(0, 3)
    )
    widths = [part(explorer, f"explorer-{name}").layout.max_width for name in ("panels", "curves")]
    assert widths == ["none", "100%"]


def test_an_explorer_needs_a_control() -> None:
    with pytest.raises(ValueError, match="at least one control"):
        explore(lambda: BLACK)


def test_sliders_can_wait_until_they_are_let_go() -> None:
    moving, still = (
        explore(lambda k, m: BLACK, continuous=c, k=(0, 9), m=["a"]) for c in (True, False)
    )
    assert moving.controls["k"].continuous_update
    assert not still.controls["k"].continuous_update


def test_arguments_may_have_underscores() -> None:
    explorer = explore(lambda read_noise: BLACK, read_noise=(0, 3))
    assert explorer.controls["read_noise"].description == "read noise"


# ---- without a kernel -----------------------------------------------------------------------


def test_the_output_says_something_without_a_kernel(small: np.ndarray) -> None:
    explorer = explorer_of(noise.Gaussian, small)
    data, metadata = explorer._repr_mimebundle_()
    assert set(data) == {"text/plain", "image/png", "application/vnd.jupyter.widget-view+json"}
    assert data["text/plain"] == "A photographer, without and with noise."
    assert "σ = 50/255" in metadata["image/png"]["alt"]
    view = data["application/vnd.jupyter.widget-view+json"]
    assert view == {"version_major": 2, "version_minor": 0, "model_id": explorer.model_id}


def test_the_strip_shows_three_settings(small: np.ndarray) -> None:
    explorer = explorer_of(noise.Gaussian, small)
    strip = decode(base64.b64decode(explorer._repr_mimebundle_()[0]["image/png"]))
    row = len(strip) // 3
    rows = [strip[k * row : (k + 1) * row] for k in range(3)]
    assert len(strip) == 3 * row
    levels = np.rint(small * 255)
    for shown in rows:  # heading, then titles, then the panels from the left
        gray = shown[2 * HEAD : 2 * HEAD + SIDE, :SIDE].reshape(SIDE, SIDE, -1)[..., 0]
        assert np.array_equal(gray, levels)
    noisy = [shown[2 * HEAD : 2 * HEAD + SIDE, SIDE + GAP : 2 * SIDE + GAP] for shown in rows]
    errors = [np.abs(x.reshape(SIDE, SIDE, -1)[..., 0] - levels).mean() for x in noisy]
    assert errors[0] == 0  # σ = 0
    assert errors == sorted(errors)
    assert errors[2] > errors[1] + 5


@pytest.mark.parametrize(("count", "times"), [(2, 2), (3, 2), (4, 1)])
def test_panels_of_a_strip_are_doubled_where_there_is_room(
    small: np.ndarray, count: int, times: int
) -> None:
    view = View({f"panel {k}": small for k in range(count)}, text="nothing moves")
    explorer = explore(lambda k: view, k=(0, 9))
    strip = decode(base64.b64decode(explorer._repr_mimebundle_()[0]["image/png"]))
    wide = times * SIDE
    shown = np.rint(255 * small).repeat(times, axis=0).repeat(times, axis=1)
    assert np.array_equal(strip[2 * HEAD : 2 * HEAD + wide, :wide], shown)
    assert len(strip) == 3 * (2 * HEAD + wide)


def test_the_strip_does_not_move_the_slider(small: np.ndarray) -> None:
    explorer = explorer_of(noise.Gaussian, small)
    assert explorer.controls["sigma"].value == 25
    assert "σ = 25/255" in explorer.text


@pytest.mark.parametrize("control", [False, ["a", "b"], ["only"]])
def test_explorers_without_a_slider_have_a_strip_too(control: object) -> None:
    data, _ = explore(lambda k: BLACK, k=control)._repr_mimebundle_()
    assert decode(base64.b64decode(data["image/png"])).size
    assert data["text/plain"]  # without text and alt there still is a description


def test_only_core_widgets_of_ipywidgets_7_are_used() -> None:
    # Colab has 7.7; these came with 8.
    source = "".join(path.read_text() for path in Path(widgets.__file__).parent.glob("*.py"))
    new = r"\b(Stack|TagsInput|ColorsInput|FloatsInput|IntsInput|TimePicker|DatetimePicker|"
    new += r"NaiveDatetimePicker)\b|\btooltip=|Tab\(titles|Accordion\(titles|\btabbable\b"
    assert re.findall(new, source) == []


def test_ipywidgets_7_would_use_the_mimebundle_too() -> None:
    # Version 7 displays through _ipython_display_ where there is one, and the strip would be lost.
    assert widgets.Explorer._ipython_display_ is None


def test_a_setting_inside_another_number_does_not_name_its_row() -> None:
    """The 2 of 42.1 dB is no σ of 2; that of "σ = 2" is."""
    from helpers.widgets.explorer import _caption

    assert _caption("2", View({}, text="noisy 42.1 dB")).startswith("2 ")
    assert _caption("4.2", View({}, text="noisy 4.25 dB")).startswith("4.2 ")
    assert _caption("2", View({}, text="σ = 2, noisy 4 dB")) == "σ = 2, noisy 4 dB"


def test_other_bases_and_fields_without_a_step_have_settings() -> None:
    from helpers.widgets.explorer import _control

    doubled = ipywidgets.FloatLogSlider(value=4, base=2, min=0, max=4)
    assert _control("n", doubled).settings() == [1, 4, 16]
    field = ipywidgets.BoundedFloatText(value=0.5, min=0, max=1)
    assert _control("x", field).settings() == [0, 0.5, 1]
