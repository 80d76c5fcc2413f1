"""The inverse question as the report shows it: rows of written numbers from explain.json."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .features import feature
from .numbers import MISSING, compact, scale

_SHOWN_FEW = 8


@dataclass(frozen=True)
class RangeRow:
    """One lever: its possible amounts, those in the set, its interval alone, and whether every explanation has it."""

    lever: str
    possible: str
    joint: str
    alone: str
    needed: str


@dataclass(frozen=True)
class FewRow:
    """A mixture of one or two levers: amounts, misfit, p value, whether it is in the set."""

    mixture: str
    misfit: str
    p_value: str
    explains: str


@dataclass(frozen=True)
class ChangeRow:
    """One feature: observed change with its error, that of the nearest mixture with the error of the curves."""

    feature: str
    unit: str
    observed: str
    explained: str
    parts: str


@dataclass(frozen=True)
class NextRow:
    """A measurement that could be added, and what would be left of a spread."""

    target: str
    measurement: str
    kind: str
    left: str


def inverse_section(document: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return what the section needs, None if the inverse question was not asked."""
    if not document:
        return None
    answer = document.get("answer")
    return {
        "sentences": document.get("sentences", []),
        "question": document.get("question") or "",
        "source": document["source"],
        "level": f"{100 * document['level']:g}",
        "answer": None if answer is None else _answer(document, answer),
        "singular_values": ", ".join(compact(value) for value in document["sensitivity"]["singular_values"]),
        "directions": [(one["words"], compact(one["size"])) for one in document["sensitivity"]["directions"]],
    }


def _answer(document: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    levers = {lever["name"]: lever for lever in document["levers"]}
    scales = {one["name"]: one for one in document["features"]}
    return {
        "ranges": [_range(row, levers[row["lever"]]) for row in answer["ranges"]],
        "few": [_few(row) for row in answer["few"][:_SHOWN_FEW]],
        "changes": [_change(row, scales[row["name"]]) for row in answer["features"]],
        "next": [
            NextRow(row["target"], one["measurement"], one["kind"], f"{100 * one['promised']:.0f} %")
            for row in answer.get("next", [])
            for one in row["single"]
        ],
    }


def _range(row: Mapping[str, Any], lever: Mapping[str, Any]) -> RangeRow:
    def written(labels: Any) -> str:
        return MISSING if labels is None else " to ".join(labels)

    return RangeRow(
        lever=row["lever"],
        possible=written(lever["labels"]),
        joint=written(row["joint_labels"]),
        alone=written(row["interval_labels"]),
        needed="yes" if row["needed"] else "no",
    )


def _few(row: Mapping[str, Any]) -> FewRow:
    mixture = ", ".join(f"{name} {label}" for name, label in zip(row["levers"], row["labels"], strict=True))
    return FewRow(mixture, compact(row["misfit"]), compact(row["p_value"]), "yes" if row["explains"] else "no")


def _change(row: Mapping[str, Any], one: Mapping[str, Any]) -> ChangeRow:
    logarithmic = one["scale"] == "log"
    shown = feature(row["name"], one["unit"])
    unit = "ln" if logarithmic else shown.shown_in
    factor = 1.0 if logarithmic else scale(shown.unit, shown.shown_in)

    def pair(value: float, error: float) -> str:
        return f"{compact(factor * value, signed=True)} ± {compact(factor * error)}"

    parts = ", ".join(f"{compact(factor * size)} {name}" for name, size in row["error_parts"].items() if size > 0)
    label = shown.label.replace("power@", "power at ")
    observed, explained = pair(row["observed"], row["standard_error"]), pair(row["explained"], row["response_error"])
    return ChangeRow(label, unit, observed, explained, parts)
