"""Interactions as the report shows them: pairs of levers, a table of cells, and whether the two add."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .doses import MAIN
from .features import FEATURES, Feature
from .levers import mode_suffix
from .numbers import MINUS, Shown, shown
from .verdicts import ABSENT, Look, look, sign

LOOKS = {
    "additive": Look("additive", "+", "additive", "#00664b", "#d3ebe1"),
    "interacts": Look("interacts", "\N{MULTIPLICATION SIGN}", "interacts", "#00558a", "#cfe4f3"),
    "undecided": Look("undecided", "?", "undecided", "#555555", "#ececec"),
}
LOG_UNIT = "ln"


@dataclass(frozen=True)
class InteractionCell:
    """One feature of one combination."""

    feature: Feature
    unit: str
    interaction: Shown
    first: Shown
    second: Shown
    joint: Shown
    look: Look
    prediction: Look
    mark: str
    direction: str
    reason: str


@dataclass(frozen=True)
class Combined:
    """One combination: the two amounts and the features."""

    name: str
    first_amount: float
    second_amount: float
    labels: tuple[str, str]
    order: str
    features: Mapping[str, Mapping[str, Any]]

    @property
    def title(self) -> str:
        """Both amounts."""
        return f"{self.labels[0]}, {self.labels[1]}"


@dataclass(frozen=True)
class Pair:
    """Two levers and all amounts at which they were combined."""

    titles: tuple[str, str]
    key: str
    combined: tuple[Combined, ...]

    @property
    def title(self) -> str:
        """Both mechanisms."""
        return " and ".join(self.titles)

    @property
    def is_grid(self) -> bool:
        """Whether every one of several amounts of one lever meets every one of several of the other."""
        first, second = ({getattr(c, name) for c in self.combined} for name in ("first_amount", "second_amount"))
        return min(len(first), len(second)) > 1 and len(self.combined) == len(first) * len(second)

    @property
    def predicted(self) -> bool:
        """Whether there is a prediction of anything."""
        return any(cell.get("predicted") is not None for c in self.combined for cell in c.features.values())


def read_pairs(document: Mapping[str, Any]) -> tuple[Pair, ...]:
    """Return the pairs of levers that were combined, in the order in which they appear."""
    groups: dict[tuple[tuple[str, str], ...], list[Combined]] = {}
    for row in document.get("interactions", []):
        key = tuple((str(part["mechanism"]), str(part["mode"])) for part in row["parts"])
        groups.setdefault(key, []).append(_combined(row))
    return tuple(_pair(key, found) for key, found in groups.items())


def _pair(key: tuple[tuple[str, str], ...], found: list[Combined]) -> Pair:
    first, second = (f"{mechanism}{mode_suffix(mode)}" for mechanism, mode in key)
    anchor = "-".join(f"{mechanism}-{mode}".removesuffix("-review").replace(":", "-") for mechanism, mode in key)
    ordered = sorted(found, key=lambda one: (one.first_amount, one.second_amount))
    return Pair(titles=(first, second), key=f"interaction-{anchor}", combined=tuple(ordered))


def _combined(row: Mapping[str, Any]) -> Combined:
    first, second = row["parts"]
    labels = tuple(str(part["amount_label"]).replace("-", MINUS) for part in (first, second))
    return Combined(
        name=str(row["combination"]),
        first_amount=float(first["amount"]),
        second_amount=float(second["amount"]),
        labels=(labels[0], labels[1]),
        order=str(row.get("order") or ""),
        features=row["features"],
    )


def cell_of(combined: Combined, feature: Feature) -> InteractionCell:
    """Return one feature of a combination, written; logarithms without a unit."""
    cell = combined.features.get(feature.name, {})
    logarithmic = cell.get("scale") == "log"
    found = cell.get("interaction")

    def written(number: Mapping[str, Any] | None, predicted: Any = None) -> Shown:
        number = number or {}
        return shown(
            number.get("value"),
            number.get("interval"),
            "1" if logarithmic else feature.unit,
            predicted=predicted,
            shown_in="1" if logarithmic else feature.shown_in,
            error=number.get("standard_error"),
            signed=True,
        )

    mark, direction = sign(cell.get("sign") if found else None)
    return InteractionCell(
        feature=feature,
        unit=LOG_UNIT if logarithmic else feature.shown_in,
        interaction=written(found, cell.get("predicted")),
        first=written(cell.get("first")),
        second=written(cell.get("second")),
        joint=written(cell.get("joint")),
        look=LOOKS.get(str(cell.get("verdict")), ABSENT) if found else ABSENT,
        prediction=look(cell.get("prediction")) if found and cell.get("predicted") is not None else ABSENT,
        mark=mark,
        direction=direction,
        reason=str(cell.get("reason") or ""),
    )


def main_cells(combined: Combined) -> list[InteractionCell]:
    """Return the main features of a combination."""
    return [cell_of(combined, FEATURES[name]) for name in MAIN]


def all_cells(combined: Combined) -> list[InteractionCell]:
    """Return every feature of a combination, in the order of the columns of the lever map."""
    return [cell_of(combined, feature) for name, feature in FEATURES.items() if name in combined.features]


def pair_sentences(pair: Pair) -> list[str]:
    """Return what was found of a pair, and whether the order of application matters, in words."""
    tally: dict[str, list[str]] = {}
    for name in MAIN:
        for one in pair.combined:
            if one.features.get(name, {}).get("interaction"):
                tally.setdefault(str(one.features[name]["verdict"]), []).append(FEATURES[name].label)
    words = [
        f"{verb} {', '.join(_counted(tally[key], len(pair.combined)))}"
        for key, verb in (
            ("interacts", "The two interact in"), ("additive", "They add in"), ("undecided", "It is not decided in")
        )
        if key in tally
    ]  # fmt: skip
    said = f"{'. '.join(words)}." if words else "Nothing could be measured."
    unknown = (
        [] if pair.predicted else ["There is no prediction for this population; the reasons are listed at the end."]
    )
    return [said, _order_sentence(pair), *unknown]


def _order_sentence(pair: Pair) -> str:
    """Return what is known of the order of application; of several amounts, at the largest that tell."""
    telling = [one for one in pair.combined if one.order]
    if not telling:
        return "The order in which the two are applied does not matter."
    last = telling[-1]
    return last.order if len(pair.combined) == 1 else f"{last.order.rstrip('.')} (at {last.title})."


def _counted(labels: list[str], of: int) -> list[str]:
    counts = {label: labels.count(label) for label in labels}
    return [label if count == of else f"{label} ({count} of {of} combinations)" for label, count in counts.items()]


def of_pairs(pairs: tuple[Pair, ...]) -> list[dict[str, Any]]:
    """Return what the page shows of each pair."""
    return [
        {
            "pair": pair,
            "sentences": pair_sentences(pair),
            "main": [(one, main_cells(one)) for one in pair.combined],
            "all": [(one, all_cells(one)) for one in pair.combined],
        }
        for pair in pairs
    ]
