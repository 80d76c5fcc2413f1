"""The testable statements of shine2021, read from a data file that was written before any run."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from ...units import to_si

Kind = Literal["rises", "falls", "greater", "unchanged", "near", "exists", "monotone"]

_WORDS: dict[Kind, str] = {
    "rises": "rises",
    "falls": "falls",
    "greater": "greater",
    "unchanged": "unchanged",
    "near": "equals",
    "exists": "is there",
    "monotone": "monotone",
}


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement: what is said, where, what is expected of which observable, and in which domains it is tried.

    Parameters
    ----------
    id, text, place : str
        Name, paraphrase in plain words, and place in the paper.
    kind : {"rises", "falls", "greater", "unchanged", "near", "exists", "monotone"}
        What is expected of the effect; see ``judge``.
    margin : float
        Largest effect that counts as none (or least that counts as there, for "exists"), in ``unit``.
    value : float
        Expected value for "near", in ``unit``; direction (1 or -1) for "monotone".
    unit : str
        SI unit of effect, margin and value.
    experiment, observable : str
        Which experiment measures it, under which name.
    domains : tuple of str
        Where it is tried.
    papers : tuple of str
        Bibliography keys of what the statement, or its contradiction, rests on.
    note : str
        Where the review, data and theory disagree.
    """

    id: str
    text: str
    place: str
    kind: Kind
    margin: float
    unit: str
    experiment: str
    observable: str
    domains: tuple[str, ...]
    papers: tuple[str, ...]
    value: float = 0.0
    note: str = ""

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"{self.id}: kind {self.kind!r} is not one of {', '.join(get_args(Kind))}.")
        if not self.margin > 0:
            raise ValueError(f"{self.id}: margin {self.margin:g} must be above 0; nothing can be shown equal without.")
        if not self.domains or len(set(self.domains)) < len(self.domains):
            raise ValueError(f"{self.id}: domains {list(self.domains)} are none or repeat; name each once.")
        if self.kind == "monotone" and self.value not in (-1, 1):
            raise ValueError(f"{self.id}: value {self.value:g}; a monotone series rises (1) or falls (-1).")

    @property
    def expected(self) -> str:
        """The expectation in words, without its value."""
        if self.kind == "monotone":
            return "rises at every step" if self.value > 0 else "falls at every step"
        return _WORDS[self.kind]


@cache
def read_statements() -> tuple[Statement, ...]:
    """Return the statements that ship with the package, in the order of the file."""
    table = tomllib.loads(Path(__file__).with_name("statements.toml").read_text(encoding="utf-8"))
    return parse_statements(table)


def parse_statements(table: Mapping[str, Any]) -> tuple[Statement, ...]:
    """Return the statements of a table ``id -> entry``.

    Raises
    ------
    ValueError
        If an entry has an unknown key, lacks one, or states what cannot be judged.
    """
    return tuple(_statement(identifier, dict(entry)) for identifier, entry in table.items())


def _statement(identifier: str, entry: dict[str, Any]) -> Statement:
    known = {item.name for item in fields(Statement)} - {"id"}
    if unknown := sorted(set(entry) - known):
        raise ValueError(f"{identifier}: unknown key {unknown[0]!r}; known: {', '.join(sorted(known))}.")
    required = known - {"value", "note"}
    if lacking := sorted(required - set(entry)):
        raise ValueError(f"{identifier}: {lacking[0]!r} is missing; give it.")
    unit = entry["unit"]
    entry["margin"] = float(to_si(entry["margin"], unit, f"{identifier} margin"))
    if "value" in entry and entry["kind"] != "monotone":
        entry["value"] = float(to_si(entry["value"], unit, f"{identifier} value"))
    for name in ("domains", "papers"):
        entry[name] = tuple(entry[name])
    return Statement(id=identifier, **entry)
