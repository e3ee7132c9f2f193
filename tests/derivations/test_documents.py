"""Every derivation that ships: it holds, its Markdown is fresh and renders, its LaTeX is sound, and every mutant fails."""

import re
import shutil
import subprocess

import pytest

import theory as th
from derivations.system.discover import load, names, rendered, source
from derivations.system.mutants import mutants

LONG = {  # above fifteen seconds each
    "training-time", "power-law-sums", "max-plus", "eigenvalues", "width-exponent", "finite-samples", "finite-features",
}  # fmt: skip
TEX = shutil.which("pdflatex") or shutil.which("tectonic")


@pytest.fixture(scope="module", params=names())
def name(request):
    return request.param


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.slow) if name in LONG else name for name in names()])
def test_holds(name):
    assert load(name).check().passed


def test_markdown_beside_the_source_is_fresh(name):
    assert rendered(name).read_text(encoding="utf-8") == load(name).markdown(), "run: python -m derivations derivations"


def formulas(text):
    displayed = re.findall(r"\$\$(.*?)\$\$", text)
    return displayed + re.findall(r"\$([^$]+)\$", re.sub(r"\$\$.*?\$\$", "", text))


def test_markdown_survives_code_hosting_sites(name):
    text = load(name).markdown()
    for line in text.split("\n"):
        if "$$" in line:
            assert line.startswith("$$")
            assert line.endswith("$$")
            assert line.count("$$") == 2
        assert line.count("$") % 2 == 0
    found = formulas(text)
    assert found
    for formula in found:
        assert not re.search(r"\\[^a-zA-Z]", formula), formula  # Markdown would eat the backslash
        assert not re.search(r"[<>*`|\n]", formula), formula
        assert formula.strip()
        assert formula.isascii(), formula
        assert formula.count("{") == formula.count("}")
    for before, after in re.findall(r"(.?)\$[^$]+\$(.?)", re.sub(r"\$\$.*?\$\$", "", text)):
        assert not re.match(r"\w", before)
        assert not re.match(r"\w", after)


def test_latex_is_sound(name, tmp_path):
    parser = pytest.importorskip("matplotlib.mathtext").MathTextParser("path")
    text = load(name).latex_document()
    assert [*re.findall(r"\\begin\{(\w+\*?)\}", text)].sort() == [*re.findall(r"\\end\{(\w+\*?)\}", text)].sort()
    body = re.sub(r"\\ensuremath\{[^}]*\}", "", text)
    assert set(re.sub(r"[\x00-\x7f]", "", body)) <= set("éèöüäçÉ’–"), "characters that LaTeX does not know"
    for formula in re.findall(r"\\begin\{equation\*\}\n(.*?)\n\\end", text, flags=re.DOTALL):
        parser.parse(f"${formula.replace(chr(92) + 'not', '')}$")
    if TEX is not None:
        (tmp_path / "it.tex").write_text(text, encoding="utf-8")
        options = ["-interaction=nonstopmode", "-halt-on-error"] if TEX.endswith("pdflatex") else []
        done = subprocess.run([TEX, *options, "it.tex"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-2000:]


@pytest.mark.slow
def test_every_mutant_fails(name):
    found = [(mutant.what, bool(mutant.caught())) for mutant in mutants(load(name))]
    assert [what for what, caught in found if not caught] == []
    assert any("of the package," in what for what, _ in found), "it is bound to nothing of the package"


def squared(self, level, own, noise):
    """A wrong layer: the ridge is shrunk twice, and the loss of rows of data with it."""
    factor = own.factor(level.dof) ** 2
    loss = (level.loss + noise) * factor if self.trains else level.loss
    return level.through(ridge=level.ridge * factor, loss=loss, size=own.size)


@pytest.mark.parametrize(
    ("affected", "layer", "what", "changed"),
    [
        ("linear-ridge", th.Samples, "gain", lambda self, level, outside, own: own.gain(level.dof) ** 2),
        ("renormalised-ridge", th.GaussianFeatures, "outer", squared),
        ("marchenko-pastur", th.Samples, "outer", squared),
    ],
)
def test_a_change_in_the_package_breaks_the_build(affected, layer, what, changed, monkeypatch):
    monkeypatch.setattr(layer, what, changed)
    assert not load(str(source(affected))).verify().passed


def test_they_are_all_there():
    assert {"linear-ridge", "marchenko-pastur", "renormalised-ridge"} <= set(names())
