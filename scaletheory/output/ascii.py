"""Greek and mathematics for streams that cannot carry them: σ² becomes sigma^2, κ₁ kappa_1, ≥ becomes >=.

Letters are spelled by their Unicode names, raised and lowered figures by their decompositions.
"""

from __future__ import annotations

import codecs
import unicodedata

ERRORS = "scaletheory.spelled"  # as the `errors` of a stream
SIGNS = {
    "−": "-", "–": "-", "—": "-", "‐": "-", "·": "*", "×": "*", "•": "*", "★": "*", "±": "+/-", "√": "sqrt ", "∞": "inf",
    "≥": ">=", "≤": "<=", "≫": ">>", "≪": "<<", "≳": ">~", "≲": "<~", "≠": "!=", "≡": "==", "≈": "~", "∼": "~", "≃": "~",
    "∝": "~",
    "→": "->", "←": "<-", "↔": "<->", "⇒": "=>", "↦": "->", "∂": "d", "∇": "grad ", "∑": "sum ", "∏": "prod ", "∫": "int ",
    "∮": "int ", "∈": "in", "⊂": "in", "∪": "or", "∩": "and", "∖": "\\", "∅": "{}", "∀": "for all ", "∃": "exists ", "∘": "o",
    "⊗": "(x)", "⊕": "(+)", "⊥": "_|_", "†": "^+", "‖": "||", "⟨": "<", "⟩": ">", "⌈": "ceil(", "⌉": ")", "⌊": "floor(",
    "⌋": ")", "⁄": "/", "′": "'", "‘": "'", "’": "'", "“": '"', "”": '"', "«": '"', "»": '"', "°": " deg", "§": "section ",
    "✓": "yes", "✗": "no", "█": "#", "ø": "o",
}  # fmt: skip
SCRIPTS = {"<super>": "^", "<sub>": "_"}
HATS = {"\N{COMBINING MACRON}": "_bar", "\N{COMBINING CIRCUMFLEX ACCENT}": "_hat", "\N{COMBINING TILDE}": "_tilde"}


def spelled(text: str) -> str:
    """Return text in ASCII.

    Parameters
    ----------
    text : str
        Any text; a sign without a spelling becomes "?".
    """
    return _spelled(text, 0, len(text))


def readable(text: str, encoding: str) -> str:
    """Return text as a stream of an encoding shows it: as it is where that can carry it.

    Parameters
    ----------
    text : str
        Any text.
    encoding : str
        The stream's.
    """
    return text.encode(encoding, ERRORS).decode(encoding)


def _spelled(text: str, start: int, end: int) -> str:
    """Return part of a text in ASCII, with the spaces that set it apart from its surroundings."""
    pieces: list[str] = []
    for index in range(start, min(end + 1, len(text))):
        before, sign = text[index - 1] if index else "", text[index]
        pieces.append(" " if _joined(before, sign) else "")
        if index < end:
            mark = _script(sign) if _script(sign) != _script(before) else ""
            pieces.append(mark + (sign if sign.isascii() else _greek(sign) or SIGNS.get(sign) or _plain(sign)))
    return "".join(pieces)


def _joined(before: str, sign: str) -> bool:
    """Return whether two signs would read as one word, or as one figure, once they are spelled."""
    if _script(sign):
        return False
    if _script(before) or _greek(before):
        return sign.isalpha()
    return before.isalnum() and bool(_greek(sign))


def _greek(sign: str) -> str:
    """Return a Greek letter's name as it is written in mathematics, capitals with a capital; empty for other signs."""
    words = unicodedata.name(sign, "").split() if sign else []
    if words[:1] != ["GREEK"] or "LETTER" not in words:
        return ""
    name = words[-1].lower().replace("lamda", "lambda")
    return name.capitalize() if "CAPITAL" in words else name


def _script(sign: str) -> str:
    """Return the mark of a raised or lowered sign; empty for those on the line."""
    return SCRIPTS.get(unicodedata.decomposition(sign).partition(" ")[0], "") if sign else ""


def _plain(sign: str) -> str:
    """Return a sign on the line, its bar or hat behind it, without the accents of languages."""
    parts = unicodedata.normalize("NFKD", sign)
    found = "".join(part if part.isascii() else SIGNS.get(part) or HATS.get(part, "") for part in parts)
    return found or ("" if unicodedata.combining(sign) else "?")


def _handle(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return _spelled(error.object, error.start, error.end), error.end


codecs.register_error(ERRORS, _handle)
