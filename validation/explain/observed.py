"""An observed change as its maker writes it: a table of features with values and errors, in TOML or JSON."""

import json
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ...bridge.estimate import FEATURE_UNITS
from ...bridge.inverse import Observation
from ...units import to_si
from .columns import Column
from .mistakes import ExplainError
from .spectrum import Loop, is_power

_RESERVED = ("bounds", "correlation", "spectrum", "title")
_FORMS = ("value", "relative", "log_ratio", "decibel")


@dataclass(frozen=True, kw_only=True)
class Question:
    """What was observed, and what counts as possible.

    ``entries`` holds for each feature one of ``value`` (a difference with a unit), ``relative`` (a fraction),
    ``log_ratio`` (a natural logarithm) or ``decibel`` (powers only), with ``standard_error`` in the same form;
    ``correlation`` triples of two features and the correlation of their errors; ``bounds`` the lowest and highest
    possible amounts of levers; ``loop`` the feedback through which powers are seen.
    """

    entries: Mapping[str, Mapping[str, Any]]
    correlation: Sequence[tuple[str, str, float]] = ()
    bounds: Mapping[str, Any] = field(default_factory=dict)
    loop: Loop = field(default_factory=Loop)
    title: str = ""


def read_question(source: "Question | Mapping[str, Any] | str | Path") -> Question:
    """Return a question from a file (``.toml`` or ``.json``) or a mapping of the same form.

    Raises
    ------
    ExplainError
        If the file cannot be read, a feature is unknown, or an entry lacks its value or its error.
    """
    if isinstance(source, Question):
        return source
    table = _table(Path(source)) if isinstance(source, (str, Path)) else dict(source)
    entries = {name: entry for name, entry in table.items() if name not in _RESERVED}
    for name, entry in entries.items():
        _check(name, entry)
    if not entries:
        raise ExplainError(
            f"The observation names no feature; give at least one of {', '.join(FEATURE_UNITS)}, or power@10Hz."
        )
    return Question(
        entries=entries,
        correlation=[(str(a), str(b), float(r)) for a, b, r in table.get("correlation", [])],
        bounds=table.get("bounds", {}),
        loop=Loop.from_table(table.get("spectrum", {})),
        title=str(table.get("title", "")),
    )


def _table(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise ExplainError(f"{path} does not exist; give a TOML or JSON file of observed changes.")
    text = path.read_text(encoding="utf-8")
    try:
        table = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except ValueError as error:
        raise ExplainError(f"{path} cannot be read: {error}.") from None
    if not isinstance(table, dict):
        raise ExplainError(f"{path} holds no table of features.")
    return table


def _check(name: str, entry: Any) -> None:
    if name not in FEATURE_UNITS and not is_power(name):
        raise ExplainError(
            f"{name}: no such feature; there are {', '.join(FEATURE_UNITS)}, and power@10Hz and the like."
        )
    form = [key for key in _FORMS if isinstance(entry, Mapping) and key in entry]
    if len(form) != 1 or "standard_error" not in entry:
        raise ExplainError(
            f"{name}: {entry!r} must have a standard_error and one of {', '.join(_FORMS)}, e.g. "
            '{ value = "-1 mV", standard_error = "0.2 mV" }.'
        )


def observation(question: Question, columns: Sequence[Column]) -> Observation:
    """Return the observed changes on the scales of their columns.

    Raises
    ------
    ExplainError
        If a change cannot be put on the scale, or an error is not above 0.
    """
    found = [_on_scale(question.entries[column.name], column) for column in columns]
    names = [column.name for column in columns]
    change, error = (np.array(side) for side in zip(*found, strict=True))
    correlation = np.eye(len(names))
    for first, second, value in question.correlation:
        if first in names and second in names and first != second:
            i, j = names.index(first), names.index(second)
            correlation[i, j] = correlation[j, i] = value
    if np.linalg.eigvalsh(correlation)[0] <= 0:
        raise ExplainError("correlation: these correlations cannot hold together; check their signs and sizes.")
    return Observation(features=tuple(names), change=change, covariance=correlation * np.outer(error, error))


def _on_scale(entry: Mapping[str, Any], column: Column) -> tuple[float, float]:
    form = next(key for key in _FORMS if key in entry)
    unit = column.unit if form == "value" else "1"
    value = float(to_si(entry[form], unit, f"{column.name}.{form}"))
    error = float(to_si(entry["standard_error"], unit, f"{column.name}.standard_error"))
    if not error > 0:
        raise ExplainError(f"{column.name}: standard error {error:g} must be above 0.")
    if form == "decibel":
        if not is_power(column.name):
            raise ExplainError(f"{column.name}: decibel is for powers; give value, relative or log_ratio.")
        return value * math.log(10) / 10, error * math.log(10) / 10
    if column.scale == "linear":
        if form != "value":
            raise ExplainError(f"{column.name}: its changes are differences; give value, not {form}.")
        return value, error
    if form == "log_ratio":
        return value, error
    size = 1.0 if form == "relative" else column.base
    ratio = 1 + value / size
    if ratio <= 0:
        raise ExplainError(f"{column.name}: a change of {value:g} takes it from {size:g} to 0 or below.")
    return math.log(ratio), error / (abs(size) * ratio)
