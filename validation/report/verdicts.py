"""How a verdict and a sign look: never by colour alone, always with a mark and a word."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .numbers import is_number


@dataclass(frozen=True)
class Look:
    """The mark, the word and the colours of one verdict."""

    key: str
    mark: str
    word: str
    colour: str
    wash: str


VERDICTS = {
    "holds": Look("holds", "\N{CHECK MARK}", "holds", "#00664b", "#d3ebe1"),
    "fails": Look("fails", "\N{MULTIPLICATION SIGN}", "fails", "#a34700", "#f8d5bf"),
    "undecided": Look("undecided", "?", "undecided", "#555555", "#ececec"),
}
ABSENT = Look("missing", "\N{EM DASH}", "missing", "#777777", "#ffffff")

SIGNS = {
    "+": ("\N{BLACK UP-POINTING TRIANGLE}", "up"),
    "-": ("\N{BLACK DOWN-POINTING TRIANGLE}", "down"),
    "0": ("\N{ALMOST EQUAL TO}", "unchanged within the margin"),
    "~": ("~", "second order"),
    "?": ("?", "direction not shown"),
}


def look(verdict: object) -> Look:
    """Return how a verdict looks; anything that is none of the three is shown as missing."""
    return VERDICTS.get(str(verdict), ABSENT)


def entry_look(entry: Mapping[str, Any]) -> Look:
    """Return how one feature of a lever row looks: a comparison that lacks a side is missing, not undecided."""
    both = is_number((entry.get("measured") or {}).get("value")) and is_number(entry.get("predicted"))
    return look(entry.get("verdict")) if both else ABSENT


def sign(symbol: object) -> tuple[str, str]:
    """Return the mark and the words of a sign; a missing one has neither."""
    return SIGNS.get(str(symbol), ("", ""))
