"""Greek and mathematics where a stream cannot carry them: spelled, never lost."""

from pathlib import Path

import pytest

from scaletheory.output.ascii import readable, spelled

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("κ", "kappa"), ("λ_k", "lambda_k"), ("Λ^2", "Lambda^2"), ("ς", "sigma"), ("σ²", "sigma^2"), ("κ₁₂", "kappa_12"),
        ("λ⁻¹", "lambda^-1"), ("XᵀX/P", "X^T X/P"), ("ΨᵀΨ", "Psi^T Psi"), ("1+2αr", "1+2 alpha r"), ("kσ²d", "k sigma^2 d"),
        ("αβ", "alpha beta"), ("γ max ≥ ½", "gamma max >= 1/2"), ("η̄ = 1 − η", "eta_bar = 1 - eta"), ("κ̂", "kappa_hat"),
        ("λ → 0 … ∞", "lambda -> 0 ... inf"), ("naïve Müller", "naive Muller"), ("P ≈ 3×4", "P ~ 3*4"), ("漢", "?"),
        ("plain $x^2_1$", "plain $x^2_1$"),
    ],
)  # fmt: skip
def test_spelling(text, expected):
    assert spelled(text) == expected
    assert readable(text, "ascii") == expected


def test_a_stream_that_can_carry_a_text_gets_it_as_it_is():
    assert readable("κ₁ ≥ σ²", "utf-8") == "κ₁ ≥ σ²"
    assert readable("κ ≥ σ²", "latin-1") == "kappa >= sigma²"


def test_whatever_this_package_writes_has_a_spelling():
    signs = set()
    for package in ("theory", "numerics", "derivations", "scaletheory"):
        for source in (ROOT / package).rglob("*.py"):
            signs |= {sign for sign in source.read_text(encoding="utf-8") if not sign.isascii()}
    assert len(signs) > 50
    assert {sign for sign in signs if not spelled(sign).isascii() or "?" in spelled(sign)} == set()
