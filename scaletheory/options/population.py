"""Options that choose the population: a power law, a logarithmic or an isotropic one, or a spectrum from a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click

import theory as th
from numerics.data.files import read_array
from scaletheory.wording import missing
from theory.errors import BadArgument

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


@dataclass(frozen=True)
class Population:
    """A spectrum with what was asked for.

    Attributes
    ----------
    task : Spectrum
        The spectrum itself.
    words : str
        For a title.
    facts : dict
        For JSON.
    """

    task: th.Spectrum
    words: str
    facts: dict[str, Any]


def population_options(command: Decorated) -> Decorated:
    """Add --capacity, --source, --size, --scale, --logarithmic, --isotropic and --spectrum; see `population`."""
    options = (
        click.option("--capacity", type=float, metavar="α", help="Power law: eigenvalues k^-α. Above 1 if infinite."),
        click.option("--source", type=float, metavar="r", help="Power law: target power c_k λ_k = k^-(1+2αr), r > 0."),
        click.option("--size", type=float, metavar="D", help="Modes of the power law; infinite when left out."),
        click.option("--scale", type=float, metavar="S", help="Largest eigenvalue of the power law; 1 when left out."),
        click.option("--logarithmic", type=float, metavar="A",
                     help="Instead of a power law: eigenvalues 1/(k log^A(k+1)), A > 1, and c_k = 1."),
        click.option("--isotropic", type=click.IntRange(min=1), metavar="D",
                     help="Instead of a power law: D equal eigenvalues 1, the target spread evenly, variance 1."),
        click.option("--spectrum", metavar="FILE",
                     help="Instead of a power law: .csv or .npy with two columns, λ_k and c_k = (w·u_k)²."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def population(
    capacity: float | None, source: float | None, size: float | None, scale: float | None,
    logarithmic: float | None, isotropic: int | None, spectrum: str | None,
) -> Population:
    """Return the population that the options choose.

    Raises
    ------
    ValueError
        If none or two of them are chosen, or a parameter is missing or out of range.
    """
    law = {"--capacity": capacity, "--source": source, "--size": size, "--scale": scale}
    instead = {"--logarithmic": logarithmic, "--isotropic": isotropic, "--spectrum": spectrum}
    given = [flag for flag, value in {**law, **instead}.items() if value is not None]
    for flag, value in instead.items():
        others = [other for other in given if other != flag]
        if value is not None and others:
            raise BadArgument(flag, value, "the only population", f"leave out {', '.join(others)}")
    if logarithmic is not None:
        words = f"a logarithmic power law (power {logarithmic:g})"
        return Population(th.LogarithmicLaw(logarithmic), words, {"logarithmic": logarithmic})
    if isotropic is not None:
        words = f"an isotropic population (D = {isotropic})"
        return Population(th.Isotropic(isotropic, 1.0), words, {"isotropic": isotropic})
    if spectrum is not None:
        return Population(_from_file(spectrum), f"the spectrum in {spectrum}", {"spectrum": spectrum})
    for flag in ("--capacity", "--source"):
        if law[flag] is None:
            raise missing(flag, "a power law needs --capacity and --source", f"give both, or {', '.join(instead)}")
    chosen: dict[str, Any] = {name[2:]: value for name, value in law.items() if value is not None}
    words = ", ".join(f"{name} {value:g}" for name, value in chosen.items())
    return Population(th.PowerLaw(**chosen), f"a power law ({words})", {"size": float("inf"), "scale": 1.0} | chosen)


def _from_file(path: str) -> th.Spectrum:
    table = read_array(path, "spectrum", ("spectrum",), header=False, labels=False)
    if table.ndim != 2 or table.shape[1] != 2:
        raise BadArgument("spectrum", path, f"a table of two columns, not of shape {table.shape}", "write λ_k, c_k in each row")
    try:
        return th.Discrete(table[:, 0], table[:, 1])
    except ValueError as error:
        raise ValueError(f"--spectrum = {path!r}: {error}") from error
