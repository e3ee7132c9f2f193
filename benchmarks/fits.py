"""What fits of runs are worth where they extrapolate: held-out errors, coverage of bands, and what splits of a budget cost.

    python benchmarks/fits.py [TABLE.csv:params,tokens,loss[,compute] ...] [--own 96] [--first 1000] [--store fits.jsonl]

Public tables: those of tests/references, and whatever files are given. Each is fitted below a third and a tenth of its largest
compute, and held against the rest. Tables of the library's own theory (`drawn` in tests/numerics/fit/tables.py, seeds from
--first): held against the noiseless risk at 3 and 10 times the largest compute; splits of 10 and 100 times the largest against
the best. What was done is kept in --store and not done again.
"""

import os

os.environ.update(dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1"))

import argparse
import json
import sys
import warnings
from functools import partial
from pathlib import Path

import numpy as np
from clock import alternate
from scipy.optimize import minimize
from scipy.special import logsumexp
from scipy.stats import norm

import numerics as nm
from numerics.fit.allocation import Splitter, allocate
from numerics.fit.forms import FORMS
from numerics.fit.models.random_features import least_risk
from numerics.fit.projection import fit_form
from numerics.fit.table import Runs, checked_runs, read_runs

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.numerics.fit.residual_intervals import bootstrap, wald
from tests.numerics.fit.tables import LADDER, PUBLIC, drawn

Z = float(norm.ppf(0.95))
NAMES = "params,tokens,loss"
SPREAD = np.exp(np.linspace(-2.0, 2.0, 9))  # of N/P in forecasts of own tables
REPEATS, SEARCHES = 5, 40
KINDS = ("backtest", "wald", "bootstrap")


def rms(errors):
    """Return the root mean square."""
    return float(np.sqrt(np.mean(np.square(errors))))


def held_out(known, rest, seed):
    """Fit the known runs; return errors of every form, of the choice, and the shares of the rest in nominal 90 % bands."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", nm.FitWarning)
        fit = nm.fit_runs(known.sizes, known.data, known.loss, known.compute)
    one = fit.fits["additive"]
    errors = {name: np.log(rest.loss / each.predict(rest.sizes, rest.data)) for name, each in fit.fits.items()}
    errors["auto"] = np.log(rest.loss / fit.fit.predict(rest.sizes, rest.data))
    half = fit.backtest.half_width(rest.compute / known.compute.max(), 0.9)
    low, high = bootstrap(one, known, rest.sizes, rest.data, np.random.default_rng(seed))
    inside = {
        "backtest": np.abs(errors["auto"]) < half,
        "wald": np.abs(errors["additive"]) < Z * wald(one, known, rest.sizes, rest.data),
        "bootstrap": (low < np.log(rest.loss)) & (np.log(rest.loss) < high),
    }
    found = {f"error {name}": rms(values) for name, values in errors.items()}
    found |= {f"inside {name}": float(values.mean()) for name, values in inside.items()}
    return fit, found | {"runs": len(known), "held": len(rest), "chosen": fit.form, "fitted": len(fit.chosen.runs)}


def public(spec):
    """Yield what a public table says below a third and a tenth of its largest compute."""
    path, _, columns = str(spec).partition(":")
    runs = checked_runs(**read_runs(path, (columns or NAMES).split(",")))
    for factor in (3, 10):
        known = runs.compute <= runs.compute.max() / factor * (1 + 1e-9)
        yield f"{Path(path).stem} /{factor}", lambda known=known: held_out(runs.take(known), runs.take(~known), 0)[1]


def cost(sizes, grid, truth, floor):
    """Return what a size costs as a share of the loss that can be reduced."""
    return float((np.interp(np.log(sizes), np.log(grid), truth) - truth.min()) / (truth.min() - floor))


def own(seed):
    """Return what a table of the library's own theory says."""
    task, noise, N, P, loss = drawn(seed)
    runs = checked_runs(N, P, loss)
    top, middle = (N * P).max(), np.exp(np.mean(np.log(N / P)))
    found = {"capacity": task.capacity, "source": task.source, "noise": noise}
    for factor in (3, 10):
        there = np.sqrt(top * factor * SPREAD * middle), np.sqrt(top * factor / SPREAD / middle)
        rest = Runs(*there, least_risk(task, noise, *there), runs.unit * np.prod(there, axis=0))
        fit, line = held_out(runs, rest, seed)
        found |= {f"{key} x{factor}": value for key, value in line.items()}
    for factor in (10, 100):
        budget = top * factor
        grid = np.exp(np.linspace(-6.0, 6.0, 241)) * np.sqrt(budget)
        truth = least_risk(task, noise, grid, budget / grid)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", nm.FitWarning)
            split = fit.allocation(fit.runs.unit * budget)
        found[f"cost auto x{factor}"] = cost(split.sizes, grid, truth, noise)
        found[f"said x{factor}"] = split.relative_regret
        for name, one in fit.fits.items():
            size = allocate(fit.runs.unit * budget, runs, one, [Splitter(one)], {}, []).sizes
            found[f"cost {name} x{factor}"] = cost(size, grid, truth, noise)
    return found


def done(tasks, store):
    """Yield names and results, from the store where they are, else anew and into it."""
    kept = {}
    if store and store.exists():
        kept = dict(json.loads(line) for line in store.read_text().splitlines())
    for name, task in tasks:
        if name not in kept:
            kept[name] = task()
            if store:
                with store.open("a") as file:
                    file.write(json.dumps([name, kept[name]]) + "\n")
        yield name, kept[name]


def quartiles(values, shown="{:.1%}"):
    """Return median and quartiles as text."""
    low, middle, high = (shown.format(value) for value in np.quantile(values, [0.25, 0.5, 0.75]))
    return f"{middle} ({low} … {high})"


def shares(lines, at=""):
    """Return mean shares inside nominal 90 % intervals as text."""
    return ", ".join(f"{kind} {np.mean([line[f'inside {kind}{at}'] for line in lines]):.2f}" for kind in KINDS)


def rows():
    """Yield what is fitted, our seconds, the rival's name, and its seconds."""
    runs = checked_runs(**read_runs(PUBLIC, NAMES.split(",")))
    n, d, target = (np.log(values) for values in (runs.sizes, runs.data, runs.loss))
    rng = np.random.default_rng(0)
    starts = rng.uniform([0.0, 0.0, -1.0, 0.0, 0.0], [25.0, 25.0, 1.0, 2.0, 2.0], size=(SEARCHES, 5))

    def objective(x):
        gap = np.abs(logsumexp([x[0] - x[3] * n, x[1] - x[4] * d, np.full_like(n, x[2])], axis=0) - target)
        return np.sum(np.where(gap < 1e-3, 0.5 * gap**2, 1e-3 * (gap - 0.5e-3)))

    def searches():
        for start in starts:
            minimize(objective, start, method="L-BFGS-B")

    ours, theirs = alternate(lambda: fit_form(FORMS["additive"], runs), searches, repeats=REPEATS)
    yield "additive form, 41 runs", ours, f"Huber's loss by L-BFGS, {SEARCHES} starts (Hoffmann et al.)", theirs


def report_public(lines):
    """Print a line for each public table and cut, and medians over tables."""
    print("public table | runs, held out | chosen, runs fitted | error of auto and additive, ratio | shares inside")
    for name, line in lines.items():
        auto, additive = line["error auto"], line["error additive"]
        print(f"{name} | {line['runs']}, {line['held']} | {line['chosen']}, {line['fitted']} | {auto:.2%}, {additive:.2%}, "
              f"{auto / additive:.2f} | {shares([line])}")  # fmt: skip
    for factor in (3, 10):
        some = [line for name, line in lines.items() if name.endswith(f"/{factor}")]
        ratio = np.median([line["error auto"] / line["error additive"] for line in some])
        print(
            f"above 1/{factor} of the largest, {len(some)} tables: median ratio {ratio:.2f}; mean share inside: {shares(some)}"
        )


def report_own(tables):
    """Print medians and quartiles over tables of the library's own theory."""
    print(f"\n{len(tables)} tables of the library's own theory, medians and quartiles")
    for factor in (3, 10):
        auto, additive = (np.array([line[f"error {name} x{factor}"] for line in tables]) for name in ("auto", "additive"))
        print(f"at {factor} x: error {quartiles(auto, '{:.2%}')}, additive {quartiles(additive, '{:.2%}')}, ratio "
              f"{quartiles(auto / additive, '{:.2f}')}; inside: {shares(tables, f' x{factor}')}")  # fmt: skip
    for factor in (10, 100):
        print(f"split of {factor} x, share of the reducible loss:")
        for name in ("auto", *FORMS):
            print(f"  {name} {quartiles([line[f'cost {name} x{factor}'] for line in tables])}")
        said = np.array([line[f"cost auto x{factor}"] / max(line[f"said x{factor}"], 1e-12) for line in tables])
        print(f"  over what was said: {quartiles(said, '{:.2f}')}; above it {np.mean(said > 1):.0%}")
        for low, high in ((0.15, 0.3), (0.3, 0.5), (0.5, 0.65), (0.65, 0.8)):
            some = [line[f"cost auto x{factor}"] for line in tables if low <= line["source"] < high]
            if some:
                print(f"  source {low} to {high}, {len(some)} tables: {quartiles(some)}")


def main():
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*")
    parser.add_argument("--own", type=int, default=96)
    parser.add_argument("--first", type=int, default=1000)
    parser.add_argument("--store", type=Path)
    given = parser.parse_args()
    report_public(dict(done([task for spec in (PUBLIC, LADDER, *given.tables) for task in public(spec)], given.store)))
    seeds = range(given.first, given.first + given.own)
    tables = [line for _, line in done([(f"own {seed}", partial(own, seed)) for seed in seeds], given.store)]
    if tables:
        report_own(tables)
    for work, ours, name, theirs in rows():
        print(f"\n{work}: {1e3 * ours:.1f} ms; {name}: {1e3 * theirs:.0f} ms ({theirs / ours:.0f} x)")


if __name__ == "__main__":
    main()
