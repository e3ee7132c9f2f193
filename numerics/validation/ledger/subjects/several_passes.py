"""Several passes of SGD: test and training risk, those of descent, and what sampling adds to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
from mpmath import mp, mpf

from numerics.check.formula import crosscheck_formula
from numerics.check.ladder import population
from numerics.check.verdict import Rule
from numerics.simulate.passes import simulate_passes
from numerics.validation.ledger import fingerprints
from numerics.validation.ledger.entries import Witness
from numerics.validation.ledger.inquiry import NOWHERE, Inquiry, gathered
from numerics.validation.ledger.residues import Residues
from numerics.validation.references.courses import precise_course
from numerics.validation.references.several_passes import draw, exact, spread
from theory import GradientDescent, MultiPassSGD, PowerLaw, linear_ridge, random_features
from theory.dynamics.sgd.moments import coefficients
from theory.dynamics.sgd.passes import kernel

TASK = PowerLaw(1.2, 0.4).truncate(24)
STEPS, GAMMA, NOISE, BATCH = 60, 0.15, 0.3, 3
NAMES = ("test", "train", "descent", "descent_train", "fluctuation", "train_fluctuation")
LADDER = (1, 2, 4)
SUM, CLOSE, DIGITS = 1e-13, 1e-8, 25
RULE = Rule(resolution=0.04, entry_resolution=0.15)


@dataclass(frozen=True)
class PassesSubject:
    """SGD on rows of a chain that are seen again and again.

    Attributes
    ----------
    key, title : str
        As in `Subject`.
    sgd : MultiPassSGD
        The algorithm.
    sizes : mapping
        Of the layers.
    """

    key: str
    title: str
    sgd: MultiPassSGD
    sizes: Mapping[str, int]
    group = "several passes of SGD"

    @property
    def setting(self) -> str:
        """Where it runs."""
        sizes = ", ".join(f"{name} {value}" for name, value in self.sizes.items())
        return f"{self.sgd}; {TASK}; {sizes}; n_steps {STEPS}, step {GAMMA:g}, noise {NOISE:g}"

    def fingerprints(self) -> dict[str, str]:
        """Return those of one step, of the kernel's modes and of the chain."""
        one, at = coefficients(), Residues(fingerprints.SEED)
        step = [at.value(each) for each in (one.loss, one.kick, one.forget)]
        known = fingerprints.of_two_points(self.sgd.chain), fingerprints.of_source(kernel._modes.__wrapped__)
        return {name: fingerprints.joined(name, *step, *known) for name in NAMES}

    def at(self, copies: int) -> MultiPassSGD:
        """Return the algorithm at sizes in proportion.

        Parameters
        ----------
        copies : int
            Of every row of a batch.
        """
        return MultiPassSGD(self.sgd.chain, batch=self.sgd.batch * copies, replacement=self.sgd.replacement)

    def values(self, copies: int = 1, sgd: MultiPassSGD | None = None) -> dict[str, float]:
        """Return every term.

        Parameters
        ----------
        copies : int
            Of every mode, row and column, and of the rows of a batch: noise of the steps stays what it is.
        sgd : MultiPassSGD, optional
            Another algorithm.
        """
        sizes: dict[str, Any] = {name: size * copies for name, size in self.sizes.items()}
        out = (sgd or self.at(copies)).evaluate(population(TASK, copies), n_steps=STEPS, step=GAMMA, noise=NOISE, **sizes)
        return {name: float(getattr(out, name)) for name in NAMES}

    def probe(self) -> dict[str, float]:
        """Return every term."""
        return self.values()

    def witnesses(self, inquiry: Inquiry) -> dict[str, dict[str, Witness]]:
        """Return what every witness says."""
        kinds = {
            "identity": self._identities(inquiry),
            "digits": self._digits(inquiry),
            "simulation": self._drawn(inquiry),
            "published": dict.fromkeys(NAMES, NOWHERE),
            "route": self._matrices(inquiry),
        }
        return gathered(kinds, NAMES)

    def _identities(self, inquiry: Inquiry) -> dict[str, Witness]:
        """Return the sums, and what large batches leave: descent, of fluctuations ∝ 1/B."""
        terms = self.values()
        sizes = dict[str, Any](self.sizes)
        descent = GradientDescent(self.sgd.chain).evaluate(TASK, n_steps=STEPS, step=GAMMA, noise=NOISE, **sizes)
        large = [self.values(sgd=MultiPassSGD(self.sgd.chain, batch=batch)) for batch in (10**8, 10**9)]
        words, limit = "descent and what sampling adds", "as 1/B for large batches"
        return {
            "test": inquiry.equal([(terms["test"], terms["descent"] + terms["fluctuation"])], SUM, words),
            "train": inquiry.equal([(terms["train"], terms["descent_train"] + terms["train_fluctuation"])], SUM, words),
            "descent": inquiry.equal([(terms["descent"], float(descent.test))], SUM, "GradientDescent"),
            "descent_train": inquiry.equal([(terms["descent_train"], float(descent.train))], SUM, "GradientDescent"),
            **{name: inquiry.equal([(large[0][name] / large[1][name], 10.0)], 1e-6, limit)
               for name in ("fluctuation", "train_fluctuation")},
        }  # fmt: skip

    def _digits(self, inquiry: Inquiry) -> dict[str, Witness]:
        """Return descent by Cauchy's formula, and the recursion on the kernel's modes step by step, in many digits."""

        def phi(x: Any) -> Any:
            return (1 - mpf(GAMMA) * x) ** STEPS

        chain, terms = self.sgd.chain, self.values()
        course = precise_course(chain, TASK, [self.sizes[slot.keyword] for slot in chain.slots], phi, NOISE, 64, DIGITS)
        words = f"doubles against Cauchy's formula on an ellipse, {DIGITS} digits"
        found = {"descent": inquiry.equal([(terms["descent"], course["test"])], CLOSE, words),
                 "descent_train": inquiry.equal([(terms["descent_train"], course["train"])], CLOSE, words)}  # fmt: skip
        test, train = self._recursion()
        words = f"doubles against the recursion on the kernel's modes, step by step in {DIGITS} digits"
        found["fluctuation"] = inquiry.equal([(terms["fluctuation"], test)], CLOSE, words)
        found["train_fluctuation"] = inquiry.equal([(terms["train_fluctuation"], train)], CLOSE, words)
        words = "both parts of it, as those"
        found["test"] = inquiry.equal([(terms["test"], course["test"] + test)], CLOSE, words)
        found["train"] = inquiry.equal([(terms["train"], course["train"] + train)], CLOSE, words)
        return found

    def _recursion(self) -> tuple[Any, Any]:
        """Return what sampling adds to test and training risk, f ← (1−γh)² f + (γ²/B)[nhL + h²(p + f)]."""
        modes = kernel.kernel_modes(self.sgd.chain, TASK, self.sizes)
        rows = self.sizes["n_samples"]
        with mp.workdps(DIGITS):
            h, n, labels, gain = (
                np.array([mpf(float(each)) for each in part])
                for part in (modes.eigenvalues, modes.counts, modes.labels(NOISE), modes.gain)
            )
            step, batch = mpf(GAMMA), 1 / mpf(spread(self.sgd.batch, rows, self.sgd.replacement))
            p, f, unexplained = labels / h, 0 * h, mpf(float(modes.unexplained(NOISE)))
            for _ in range(STEPS):
                whole = unexplained + mpmath.fsum(h * (p + f))
                f = (1 - step * h) ** 2 * f + step**2 / batch * (n * h * whole + h**2 * (p + f))
                p = (1 - step * h) ** 2 * p
            return mpmath.fsum(h * f * gain), mpmath.fsum(h * f)

    def _drawn(self, inquiry: Inquiry) -> dict[str, Witness]:
        """Return what runs on drawn rows say, at sizes in proportion."""

        def run(rng: np.random.Generator, copies: int, n_samples: int) -> dict[str, float]:
            sizes: dict[str, Any] = {name: size * copies for name, size in self.sizes.items()}
            found = simulate_passes(self.at(copies), population(TASK, copies), n_steps=STEPS, step=GAMMA, noise=NOISE, trials=2,
                                    runs=24, seed=int(rng.integers(2**62)), progress=False, **sizes)  # fmt: skip
            return {name: float(getattr(found, name).mean) for name in NAMES}

        return self._judged(run, 60, 400, inquiry)

    def _matrices(self, inquiry: Inquiry) -> dict[str, Witness]:
        """Return what the second moments on drawn rows say, matrix by matrix, exactly but for the draw of the rows."""

        def moments(rng: np.random.Generator, copies: int, n_samples: int) -> dict[str, float]:
            drawn = draw(rng, n_samples, population(TASK, copies), NOISE, self.sizes.get("n_features", 0) * copies)
            rho = spread(self.sgd.batch * copies, n_samples, self.sgd.replacement)
            train, test = exact(drawn, GAMMA, rho, ((STEPS, 1.0),))
            descent, _ = exact(drawn, GAMMA, 0.0, ((STEPS, 1.0),))
            return {"fluctuation": test, "train_fluctuation": train - descent, "train": train, "descent_train": descent}

        return self._judged(moments, 60, 600, inquiry)

    def _judged(self, estimator: Any, trials: int, most: int, inquiry: Inquiry) -> dict[str, Witness]:
        names = list(estimator(np.random.default_rng(0), 1, self.sizes["n_samples"]))

        def theory(copies: int, n_samples: int) -> dict[str, float]:
            terms = self.values(copies)
            return {name: terms[name] for name in names}

        def scaled(_: Any, scale: float) -> dict[str, Any]:
            return {"copies": round(scale), "n_samples": round(self.sizes["n_samples"] * scale)}

        agreement = crosscheck_formula(theory, estimator, [scaled(None, 1.0)], sizes=scaled, scales=LADDER, trials=trials,
                                       max_trials=most, seed=inquiry.seed, rule=RULE)  # fmt: skip
        return inquiry.judged(agreement, str)


def subjects() -> list[PassesSubject]:
    """Return batches with replacement and without, of rows and of their features."""
    return [
        PassesSubject("passes_linear", "batches of rows, with replacement", MultiPassSGD(linear_ridge(), batch=BATCH),
                      {"n_samples": 20}),
        PassesSubject("passes_features", "batches of different rows, random features",
                      MultiPassSGD(random_features(), batch=BATCH, replacement=False), {"n_samples": 20, "n_features": 30}),
    ]  # fmt: skip
