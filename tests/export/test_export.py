"""Exported source files, each run where its tool is at hand, and equal to `evaluate`."""

import importlib.util
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

import theory as th
from theory.export.program import field_name
from theory.export.source import LANGUAGES

TASK = th.PowerLaw(1.4, 0.4, size=60)
NOISY = th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures())
CHAINS = {
    "ridge": th.linear_ridge(), "features": th.random_features(), "deep": th.deep_random_features(3), "noisy": NOISY,
    "projected": th.Chain(th.Samples(), th.HaarProjection()),
    "projected twice": th.Chain(th.HaarProjection(), th.HaarProjection()),
    "projection of features": th.Chain(th.Samples(), th.HaarProjection(), th.GaussianFeatures()),
    "pool": th.Chain(th.PoolSamples()), "pool of features": th.Chain(th.PoolSamples(), th.GaussianFeatures()),
    "noisy population": th.Chain(th.Samples(), th.FeatureNoise()),
    "noisy inside": th.Chain(th.Samples(), th.GaussianFeatures(), th.FeatureNoise()),
    "no data": th.Chain(th.GaussianFeatures()),
}  # fmt: skip
POINTS = ({}, {"ridge": 1e-9}, {"ridge": 30.0, "ensemble": 5.0}, {"ridge": 0.0, "outermost": 12.0},
          {"ridge": 1e-5, "equal": True})  # fmt: skip
SIZES = (50.0, 41.0, 35.0, 23.0)  # innermost first


def given(chain, point):
    """The arguments of a point: a size for each layer, innermost first, and the rest."""
    point, sizes, made = dict(point), iter(SIZES), {}
    for slot in chain.slots:
        made[slot.keyword] = next(sizes) if slot.is_size else 0.07
    if point.pop("equal", False):
        made |= dict.fromkeys((slot.keyword for slot in chain.slots if slot.is_size), 33.0)
    made[chain.slots[-1].keyword] = point.pop("outermost", made[chain.slots[-1].keyword])
    noise = 0.0 if chain.slots.pooled else 0.2
    single = {"ensemble": 1.0} if chain.slots.pooled else {}
    return {**made, "ridge": 1e-3, "noise": noise, **point, **single}


def python(chain):
    scope = {}
    exec(compile(chain.export("python"), "exported", "exec"), scope)
    return scope["risk"]


def agrees(found, chain, task, arguments, tolerance=1e-10):
    out = chain.evaluate(task, **arguments)
    expected = {"kappa": out.kappa} | {field_name(key): value for key, value in out.terms.items()}
    assert set(found) == set(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(float(found[name]), float(value), rtol=tolerance, err_msg=f"{chain} {arguments} {name}")


@pytest.mark.parametrize("name", CHAINS)
def test_python_is_evaluate(name):
    chain, (eigenvalues, target) = CHAINS[name], TASK.explicit()
    risk = python(chain)
    for point in POINTS:
        agrees(risk(eigenvalues.tolist(), target.tolist(), **given(chain, point)), chain, TASK, given(chain, point))


def test_modes_that_stand_for_many_and_infinite_sizes():
    task = th.PowerLaw(1.4, 0.4, size=10**9)
    nodes, chain = task.nodes, th.random_features()
    power = nodes.signals / (nodes.counts * nodes.eigenvalues)
    for sizes in ({"n_samples": 1e5, "n_features": 3e4}, {"n_samples": 1e5, "n_features": np.inf}):
        arguments = {**sizes, "ridge": 1e-8, "noise": 0.1}
        found = python(chain)(nodes.eigenvalues.tolist(), power.tolist(), counts=nodes.counts.tolist(), **arguments)
        agrees(found, chain, task, arguments)
    zeros = th.Discrete([1.0, 0.5, 0.0], [1.0, 1.0, 1.0])
    agrees(python(NOISY)([1.0, 0.5, 0.0], [1.0] * 3, n_samples=4, n_features=5, feature_noise=0.1, ridge=0.1), NOISY, zeros,
           {"n_samples": 4, "n_features": 5, "feature_noise": 0.1, "ridge": 0.1})  # fmt: skip


def test_outside_its_domain_it_says_so():
    risk = python(th.linear_ridge())
    for ridge, size in ((-1e-3, 2.0), (0.0, 5.0)):
        assert np.isnan(risk([1.0, 0.5], [1.0, 1.0], n_samples=size, ridge=ridge)["test"])


def test_a_wrong_coefficient_would_be_seen():
    source = th.linear_ridge().export("python").replace("moment_1_1_0/moment_1_0_0", "1.001*moment_1_1_0/moment_1_0_0")
    scope, arguments = {}, given(th.linear_ridge(), {})
    exec(source, scope)
    with pytest.raises(AssertionError):
        agrees(scope["risk"](*(each.tolist() for each in TASK.explicit()), **arguments), th.linear_ridge(), TASK, arguments)


SOME = ("features", "noisy", "projection of features", "pool")


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no C compiler")
@pytest.mark.parametrize("name", SOME)
def test_c_is_evaluate(name, tmp_path):
    chain, (eigenvalues, target) = CHAINS[name], TASK.explicit()
    arguments = given(chain, {})
    order = [*(slot.keyword for slot in chain.slots), "ridge", "noise", "ensemble"]
    values = ", ".join(repr(arguments.get(key, 1.0)) for key in order)
    rows = [", ".join(map(repr, row.tolist())) for row in (eigenvalues, eigenvalues * target, np.ones(60))]
    main = f"""#include <stdio.h>
int main(void) {{
    double out[N_TERMS], l[] = {{{rows[0]}}}, s[] = {{{rows[1]}}}, n[] = {{{rows[2]}}};
    risk(60, l, s, n, {values}, out);
    for (int i = 0; i < N_TERMS; i++) printf("%s %.17g\\n", risk_terms[i], out[i]);
}}
"""
    (tmp_path / "risk.c").write_text(chain.export("c") + main)
    strict = ["-std=c99", "-Wall", "-Werror", "-Wno-unused-variable", "-Wno-unused-function"]
    subprocess.run(["gcc", *strict, "risk.c", "-lm", "-o", "risk"], cwd=tmp_path, check=True)
    lines = subprocess.run(["./risk"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout.splitlines()
    agrees(dict(line.split() for line in lines), chain, TASK, arguments)


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node")
def test_javascript_is_evaluate(tmp_path):
    calls = []
    for place, name in enumerate(SOME):
        chain = CHAINS[name]
        (tmp_path / f"risk{place}.mjs").write_text(chain.export("javascript"))
        modes = ", ".join(json.dumps(each.tolist()) for each in TASK.explicit())
        calls.append(f"import {{ risk as risk{place} }} from './risk{place}.mjs';\n"
                     f"found.push(risk{place}({modes}, {json.dumps(given(chain, {}))}));")  # fmt: skip
    (tmp_path / "all.mjs").write_text("const found = [];\n" + "\n".join(calls) + "\nconsole.log(JSON.stringify(found));\n")
    shown = subprocess.run(["node", "all.mjs"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    for name, found in zip(SOME, json.loads(shown), strict=True):
        agrees(found, CHAINS[name], TASK, given(CHAINS[name], {}))


@pytest.mark.skipif(shutil.which("julia") is None, reason="no Julia")
def test_julia_is_evaluate(tmp_path):
    chain, arguments = NOISY, given(NOISY, {})
    modes = ", ".join(json.dumps(each.tolist()) for each in TASK.explicit())
    named = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
    show = 'for (name, value) in pairs(found)\n    println(name, " ", value)\nend\n'
    (tmp_path / "risk.jl").write_text(chain.export("julia") + f"\nfound = risk({modes}; {named})\n{show}")
    lines = subprocess.run(["julia", "risk.jl"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout.splitlines()
    agrees(dict(line.split() for line in lines), chain, TASK, arguments)


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="no JAX")
def test_jax_is_evaluate(tmp_path):
    code = """import json, sys
from risk import risk
import jax
for modes, named in json.load(sys.stdin):
    print(json.dumps({name: float(value) for name, value in jax.jit(risk)(*modes, **named).items()}))
"""
    (tmp_path / "risk.py").write_text(NOISY.export("jax"))
    points = [given(NOISY, point) for point in POINTS]
    calls = json.dumps([[[each.tolist() for each in TASK.explicit()], point] for point in points])
    shown = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, input=calls, capture_output=True, text=True, check=True)
    for point, found in zip(points, shown.stdout.splitlines(), strict=True):
        agrees(json.loads(found), NOISY, TASK, point)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_file_says_what_it_is(language):
    source = th.random_features().export(language)
    for words in ("Chain(Samples(), GaussianFeatures())", "lambda = kappa*(1 - df1(kappa)/N)*(1 - df1(kappa)/P)", "2405.00592",
                  "number of features", "variance_samples_features"):  # fmt: skip
        assert words in source


@pytest.mark.parametrize(
    ("chain", "message"),
    [
        (th.nonlinear_random_features("relu"), "linear for export"), (th.random_features(columns=0.7), "columns or rows"),
        (th.Chain(th.Samples(), th.FeatureNoise("double"), th.GaussianFeatures()), "double"),
        (th.Chain(th.Samples(), th.FeatureNoise("a"), th.GaussianFeatures()), "a name that no file"),
    ],
)  # fmt: skip
def test_what_is_not_exported(chain, message):
    with pytest.raises(ValueError, match=message):
        chain.export("python")


def test_unknown_languages():
    with pytest.raises(ValueError, match="language = 'fortran'"):
        th.linear_ridge().export("fortran")
