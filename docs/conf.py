"""Sphinx configuration of the site. `tools/site/pages.py` lays out the sources and builds it."""

import json
import re
from pathlib import Path

from docutils import nodes
from latex2mathml.converter import convert

project = "Seeing Through Noise"
author = "The authors of Seeing Through Noise"
copyright = "the authors; text and figures CC BY 4.0, code MIT"

extensions = ["myst_nb", "sphinx_copybutton", "sphinxcontrib.bibtex"]
myst_enable_extensions = ["dollarmath", "deflist", "colon_fence"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # the committed outputs, and no others
bibtex_bibfiles = ["references.bib"]
bibtex_default_style = "plain"

html_theme = "furo"
html_title = project
html_static_path = ["_static"]
html_css_files = ["course.css"]
scripts = json.loads(Path(__file__).with_name("_static").joinpath("scripts.json").read_text())
html_js_files = [(f"{name}.js", {"defer": "defer"}) for name in scripts]
html_show_sphinx = False
html_copy_source = False
html_math_renderer = "mathml"
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#00527f", "color-brand-content": "#00527f"},
    "dark_css_variables": {"color-brand-primary": "#8ecbf0", "color-brand-content": "#8ecbf0"},
}
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
copybutton_exclude = ".linenos, .gp, .go"


def mathml(latex, display):
    """Formula as MathML: every browser draws it, screen readers read it, nothing is loaded."""
    return re.sub(r"\s+xmlns=\"[^\"]*\"", "", convert(latex, display=display))


def inline_math(translator, node):
    translator.body.append(mathml(node.astext(), "inline"))
    raise nodes.SkipNode


def block_math(translator, node):
    translator.body.append(f'<div class="math">{mathml(node.astext(), "block")}</div>')
    raise nodes.SkipNode


def setup(app):
    """Register the renderer of formulas."""
    app.add_html_math_renderer("mathml", (inline_math, None), (block_math, None))
