"""Every paper's letters by key: the rows of this file, those of other distributions, those that users register."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import entry_points

from theory.conventions.letters import Convention, symbol_of
from theory.errors import BadArgument, truth
from theory.notation import CAPACITY, SOURCE


def _row(key: str, reference: str, letters: str, capacity: str, source: str, sizes: str, note: str = "",
         **defaults: str) -> Convention:
    """Return a row from text: letters separated by spaces, expressions in them ("" for none), sizes as "samples=P"."""
    named = {f"n_{name}": letter for name, letter in (pair.split("=") for pair in sizes.split())}
    return Convention(key, reference, letters, capacity, source, named, note, defaults)  # type: ignore[arg-type]


_ROWS = (
    _row("scaletheory", "this project", "alpha r", "alpha", "r", "samples=P features=N dims=D"),
    _row("atanasov2024", "Atanasov, Zavatone-Veth, Pehlevan, arXiv:2405.00592", "alpha r", "alpha", "r",
         "samples=P features=N dims=D"),
    _row("lin2024", "Lin, Wu, Kakade, Bartlett, Lee, arXiv:2406.08466", "a b", "a", "(b - 1)/(2*a)", "samples=N features=M",
         "(a, b) are (capacity, task) and N is samples; without b the prior is isotropic, b = a.", b="a"),
    _row("bahri2021", "Bahri, Dyer, Kaplan, Lee, Sharma, arXiv:2102.06701", "alpha_K", "1 + alpha_K",
         "alpha_K/(2*(1 + alpha_K))", "samples=D features=P dims=S", "D is samples, P is features; the teacher is isotropic."),
    _row("bordelon2024", "Bordelon, Atanasov, Pehlevan, arXiv:2402.01092", "a b", "b", "(a - 1)/(2*b)",
         "samples=P features=N dims=M steps=t", "(a, b) are (task, capacity), the other way round than in lin2024."),
    _row("levi2023", "Levi, Oz, arXiv:2306.14975", "alpha", "1 + alpha", "", "samples=M dims=d",
         "alpha is our capacity less 1; there is no target."),
    _row("jin2024", "Jin, Balasubramanian, Paul, arXiv:2403.19720", "", "", "", "samples=n dims=p",
         "No exponents: only sizes translate."),
    _row("paquette2024", "Paquette, Paquette, Xiao, Pennington, arXiv:2405.15074", "alpha beta", "2*alpha",
         "(2*alpha + 2*beta - 1)/(4*alpha)", "samples=steps*batch features=d dims=v steps=steps",
         "alpha is half our capacity; beta may come out negative, where r < (capacity - 1)/(2 capacity)."),
    _row("maloney2022", "Maloney, Roberts, Sully, arXiv:2210.16859", "alpha", "1 + alpha", "alpha/(2*(1 + alpha))",
         "samples=T features=N dims=M", "alpha is our capacity less 1; the teacher is isotropic."),
    _row("simon2023", "Simon, Karkada, Ghosh, Belkin, arXiv:2311.14646", "alpha beta", "alpha", "(beta - 1)/(2*alpha)",
         "samples=n features=k", "beta is 1 + 2 capacity source: the decay of c_k λ_k."),
    _row("functional2025", "Functional scaling laws, arXiv:2509.19189", "s beta", "beta", "s/2", "samples=D features=M",
         "s is twice our source; tasks are easy where s beta is at least beta - 1; compute is M D."),
)


class Known(Mapping[str, Convention]):
    """The conventions by key: those of this file, those that installed distributions declare, those that were registered.

    Parameters
    ----------
    rows : sequence of Convention
        Of this file.
    """

    def __init__(self, rows: Sequence[Convention]) -> None:
        self._rows = {row.key: row for row in rows}
        self._asked = False

    def __reduce__(self) -> str:
        """Copy and pickle by name: there is one table in a process."""
        return "CONVENTIONS"

    def __getitem__(self, key: str) -> Convention:
        return (self._rows if key in self._rows else self._all)[key]

    def __iter__(self) -> Iterator[str]:
        return iter(dict(self._all))

    def __len__(self) -> int:
        return len(self._all)

    def __repr__(self) -> str:
        return f"conventions of {', '.join(self)}"

    @property
    def _all(self) -> dict[str, Convention]:
        """All rows; entry points are asked once."""
        if not self._asked:
            self._asked = True
            for entry in entry_points(group=GROUP):
                try:
                    found = entry.load()
                    for each in (found,) if isinstance(found, Convention) else found:
                        self.add(each)
                except Exception as failed:  # another distribution's fault is no reason to stop
                    warnings.warn(f"the conventions of {entry.value!r} are left out: {failed}", UserWarning, stacklevel=3)
        return self._rows

    def add(self, row: Convention, replace: bool = False) -> Convention:
        """Add a row; see `register`."""
        if not isinstance(row, Convention):
            raise BadArgument("convention", row, "a Convention", 'give Convention("doe2025", "Doe, …", "a b", "a", …)')
        if not isinstance(row.key, str) or not row.key.isidentifier():
            raise BadArgument("key", row.key, "an identifier, such as doe2025", "name the first author and the year")
        if row.key in self._rows and self._rows[row.key] != row and (row.key in _BUILT_IN or not replace):
            remedy = "choose another key" if row.key in _BUILT_IN else "choose another key, or give replace=True"
            raise BadArgument("key", row.key, "a key that is not taken", remedy)
        _check(row)
        self._rows[row.key] = row
        return row


def _check(row: Convention) -> None:
    """Refuse a row that does not translate both ways."""
    if wrong := [name for name in row.sizes if not name.startswith("n_")]:
        raise BadArgument("sizes", wrong, "keyed by our keywords, such as n_samples", "write n_samples, n_features, n_dims")
    used = set().union(*(part.free_symbols for part in (row.capacity, row.source) if part is not None))
    if used != {symbol_of(letter) for letter in row.letters}:
        found = ", ".join(sorted(map(str, used))) or "none"
        remedy = "give the expressions as text, or in symbols with positive=True"
        raise BadArgument("letters", row.letters, f"those in capacity and source: {found}", remedy)
    if row.capacity is not None:
        try:
            row.theirs(CAPACITY.symbol, None if row.source is None or row.inverse[1] is not None else SOURCE.symbol)
        except (ValueError, ArithmeticError, NotImplementedError) as failed:
            raise BadArgument("capacity", row.capacity, f"solvable for {', '.join(row.letters)}", str(failed)) from None


GROUP = "scaletheory.conventions"  # of entry points: each is a Convention, or several
_BUILT_IN = {row.key for row in _ROWS}
CONVENTIONS: Mapping[str, Convention] = Known(_ROWS)


def register(convention: Convention, *, replace: bool = False) -> Convention:
    """Make a convention known by its key in this process, to `convention`, to `text` of laws and optima, and to commands.

    Parameters
    ----------
    convention : Convention
        One's own paper.
    replace : bool
        Whether it may take the place of one that was registered before.

    Returns
    -------
    Convention
        The same.

    Raises
    ------
    ValueError
        For what is no convention, a key that is taken or no identifier, and letters that do not translate both ways.

    Notes
    -----
    A distribution makes its conventions known to every process, the command line included, by an entry point of the group
    "scaletheory.conventions": in pyproject.toml, `[project.entry-points."scaletheory.conventions"]` and
    `doe2025 = "doe.letters:CONVENTION"`.

    Examples
    --------
    >>> import theory as th
    >>> doe = th.conventions.Convention("doe2025", "Doe, 2025", "p q", "p", "q/2", {"n_samples": "m"})
    >>> th.conventions.register(doe).theirs(1.5, 0.4)
    {'p': 3/2, 'q': 4/5}
    """
    added: Convention = CONVENTIONS.add(convention, truth("replace", replace))  # type: ignore[attr-defined]
    return added


def convention(name: str) -> Convention:
    """Return the convention of a paper.

    Parameters
    ----------
    name : str
        Its key: first author and year, "bordelon2024".

    Raises
    ------
    ValueError
        If there is none of that name; it lists the keys.
    """
    if not isinstance(name, str) or name not in CONVENTIONS:
        remedy = "or register one: theory.conventions.register(Convention(...))"
        raise BadArgument("name", name, f"one of {', '.join(CONVENTIONS)}", remedy)
    return CONVENTIONS[name]


def as_convention(paper: str | Convention) -> Convention:
    """Return a convention, given itself or by its key.

    Parameters
    ----------
    paper : str or Convention
        Which.

    Raises
    ------
    ValueError
        As `convention`.
    """
    return paper if isinstance(paper, Convention) else convention(paper)
