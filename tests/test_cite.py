"""What a model rests on: papers, equations, BibTeX."""

import pytest

import theory as th
from theory.references import REFERENCES


def keys(citations):
    return [citation.reference.key for citation in citations]


def test_a_chain_cites_what_its_layers_use():
    model = th.random_features()
    found = model.cite()
    assert keys(found) == ["atanasov2024", "adlam2020", "scaletheory"]
    assert "lambda = kappa*(1 - df1(kappa)/N)*(1 - df1(kappa)/P)" in str(found)
    assert "eprint = {2405.00592}" in found.bibtex
    assert keys(th.nonlinear_random_features("relu").cite())[2] == "mei2019"
    assert keys(th.linear_ridge(rows=0.5).cite())[1] == "atanasov2024correlated"
    assert "projections" in str(th.Chain(th.Samples(), th.HaarProjection()).cite())
    assert keys(th.Chain(th.PoolSamples()).cite()) == ["atanasov2024", "scaletheory"]


def test_a_formula_cites_its_equation():
    formulas = th.linear_ridge().formulas
    assert formulas.cite("bias")[0].equations[-1] == "bias = B"
    assert keys(formulas.cite("test")) == ["atanasov2024", "scaletheory"]
    assert formulas.cite("samples")[0].equations[-1].startswith("samples = B*abar*u_P/")
    with pytest.raises(ValueError, match="key = 'features'"):
        formulas.cite("features")


def test_entries_are_whole():
    for key, reference in REFERENCES.items():
        assert reference.bibtex.startswith(f"@misc{{{key},\n")
        assert reference.bibtex.count("{") == reference.bibtex.count("}")
