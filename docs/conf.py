"""How the site is built: `sphinx-build -E -W --keep-going -d docs/_build/doctrees docs docs/_build/html`, in the root."""

import sys
from importlib.metadata import version as installed
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "_ext"))

project, author, project_copyright = "scaletheory", "The scaletheory developers", "The scaletheory developers"
version = release = installed("scaletheory")
extensions = [
    "myst_nb", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.mathjax", "sphinx_click",
    "sphinx_copybutton", "sphinx_design", "derivation_pages", "paper_pages", "reference_pages",
    "law_pages", "ledger_pages",
]  # fmt: skip
exclude_patterns = ["_build", "_ext", "_templates", "make_reports.py", "reports/*/*.md"]
smartquotes_action = "qe"  # dashes stay what they are: --help
default_role = "py:obj"
nitpicky = False
language = "en"

# Pages that run: each is a tutorial; its outputs come from the build.
nb_execution_mode = "cache"
nb_execution_timeout = 120
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
suppress_warnings = ["mystnb.unknown_mime_type", "ref.python"]  # `trace` is a method of several classes

# Mathematics: one file with every glyph, so that pages render from disk.
mathjax_path = "mathjax/tex-svg.js"
mathjax3_config = {"svg": {"fontCache": "global"}, "options": {"enableMenu": False}}

# The reference is read off the packages.
autosummary_generate = False
autodoc_typehints = "none"
autodoc_default_options = {"members": True, "show-inheritance": False}
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
numpydoc_xref_param_type = False

html_theme = "furo"
html_title = "scaletheory"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
templates_path = ["_templates"]
html_show_sourcelink = False
html_copy_source = False
html_show_search_summary = False  # it would fetch pages, which browsers refuse from disk
copybutton_exclude = ".linenos, .gp, .go"
html_theme_options = {"navigation_with_keys": True}
