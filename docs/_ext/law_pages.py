"""The laws of the ready-made models as pages that one can touch: each one file, beside the site's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from derivation_pages import replace

import theory as th

LAWS = {
    "linear-ridge": ("Ridge regression", th.linear_ridge()),
    "random-features": ("Random features", th.random_features()),
    "deep-random-features": ("Two layers of random features", th.deep_random_features(2)),
    "haar-projection": ("Random orthogonal directions", th.Chain(th.Samples(), th.HaarProjection())),
    "noisy-features": ("Random features with additive noise", th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures())),
    "nonlinear-random-features": ("ReLU features", th.nonlinear_random_features("relu")),
    "flow": ("Gradient flow on random features", th.GradientFlow(th.random_features())),
    "sgd": ("One pass of SGD, steps halved", th.OnePassSGD()),
    "sgd-linear": ("One pass of SGD, steps that fall to zero", th.OnePassSGD(schedule=th.linear())),
}
LETTERS = {"random-features-bordelon2024": ("random-features", "bordelon2024"), "sgd-lin2024": ("sgd", "lin2024")}
HEAD = """# A law one can touch

Capacity, source and the powers of every argument by sliders or as exact fractions; a phase diagram over any two of them; and
for chains the risks themselves. Each page is one file that loads and sends nothing: `law.html()`, or
`scaletheory exponents MODEL --html page.html`, writes that of any model, in a paper's letters on request.
"""


def write(app: Any) -> None:
    """Write the laws' files, and the page that shows one and links all."""
    root = Path(app.srcdir)
    folder, links = root / "_static" / "laws", []
    for name, (title, model) in LAWS.items():
        replace(folder / f"{name}.html", model.exponents().html(title=title))
        links.append(f'- <a href="_static/laws/{name}.html">{title}</a>')
    for name, (of, key) in LETTERS.items():
        title, model = LAWS[of]
        paper = th.conventions.CONVENTIONS[key]
        replace(folder / f"{name}.html", model.exponents().html(title=title, convention=key))
        links.append(f'- <a href="_static/laws/{name}.html">{title}</a>, in the letters of {paper.reference}')
    frame = '<iframe src="_static/laws/random-features.html" title="Random features" loading="lazy"></iframe>'
    listed = "\n".join(links)
    replace(root / "explore.md", f"{HEAD}\n{listed}\n\n```{{raw}} html\n{frame}\n```\n")


def setup(app: Any) -> dict[str, Any]:
    """Write the pages at once."""
    write(app)
    return {"parallel_read_safe": True, "version": "1"}
