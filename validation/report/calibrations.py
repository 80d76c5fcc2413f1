"""Mass models calibrated from cells as the report shows them: parameters, changes and what is lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .levers import BASE
from .numbers import MINUS, MISSING, Shown, compact, decimal, is_number, scale, shown, usual_unit


@dataclass(frozen=True)
class ParameterRow:
    """One parameter of the untouched population's model."""

    name: str
    value: str
    interval: str
    unit: str
    source: str
    note: str


@dataclass(frozen=True)
class ConditionRow:
    """The parameters that cells determine, in one condition: value, and ratio to the untouched population."""

    title: str
    cells: tuple[tuple[Shown, str], ...]


@dataclass(frozen=True)
class MisfitRow:
    """Something the model cannot express, with its cost."""

    condition: str
    name: str
    sentence: str
    rate: str
    gain: str
    spectrum: str


@dataclass(frozen=True)
class CalibrationPart:
    """One mass model."""

    key: str
    title: str
    parameters: tuple[ParameterRow, ...]
    columns: tuple[str, ...]
    conditions: tuple[ConditionRow, ...]
    misfits: tuple[MisfitRow, ...]
    left_out: tuple[tuple[str, str], ...]


def condition_title(condition: str) -> str:
    """Return the name of a condition as a reader meets it."""
    return "untouched" if condition == BASE else condition.replace("[review]", "").replace("-", MINUS)


def has_curves(calibration: Mapping[str, Any]) -> bool:
    """Whether the model has curves of its own to compare: the estimate itself has not."""
    return "model_rate" in calibration["conditions"][0]["curves"]


def drawn_conditions(calibration: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """Return the untouched population and the modulated condition that the model misses most, if there is one."""
    base, *modulated = calibration["conditions"]
    return (base, max(modulated, key=_missed)) if modulated else (base,)


def _missed(condition: Mapping[str, Any]) -> float:
    """Return the largest rate error of a condition, Hz."""
    return max((m["rate_error"] for m in condition["misfits"] if is_number(m["rate_error"])), default=0.0)


def of_calibrations(document: Mapping[str, Any]) -> list[CalibrationPart]:
    """Return every calibration that is kept beside the result."""
    return [_part(one) for one in document.get("calibrations", [])]


def _part(calibration: Mapping[str, Any]) -> CalibrationPart:
    base, *modulated = calibration["conditions"]
    moving = {name for one in modulated for name in one["changes"]}
    columns = [name for name in base["parameters"] if name in moving or base["parameters"][name]["standard_error"] > 0]
    return CalibrationPart(
        key=f"calibrated-{calibration['model']}",
        title=f"{calibration['model']}: {calibration['title']}",
        parameters=tuple(_parameter(name, one) for name, one in base["parameters"].items()),
        columns=tuple(f"{name}{_bracketed(base['parameters'][name]['unit'])}" for name in columns),
        conditions=tuple(_condition(one, columns) for one in (base, *modulated)),
        misfits=tuple(_misfit(one, row) for one in drawn_conditions(calibration) for row in one["misfits"]),
        left_out=tuple(
            (condition_title(name), reason)
            for name, reason in sorted(calibration["provenance"].get("left out", {}).items())
        ),
    )


def _bracketed(unit: str) -> str:
    return "" if unit == "1" else f" ({usual_unit(unit)})"


def _written(one: Mapping[str, Any]) -> Shown:
    if one["standard_error"] > 0:
        return shown(one["value"], one["interval"], one["unit"], error=one["standard_error"])
    unit = one["unit"]
    return Shown(
        compact(one["value"] * scale(unit)), MISSING, MISSING, MISSING, "" if unit == "1" else usual_unit(unit)
    )


def _parameter(name: str, one: Mapping[str, Any]) -> ParameterRow:
    number = _written(one)
    return ParameterRow(name, number.value, number.interval, number.unit, one["source"], one["note"])


def _condition(one: Mapping[str, Any], columns: Sequence[str]) -> ConditionRow:
    cells = [(_written(one["parameters"][name]), _ratio(one["changes"].get(name))) for name in columns]
    return ConditionRow(condition_title(one["condition"]), tuple(cells))


def _ratio(change: Mapping[str, Any] | None) -> str:
    """Write how a parameter changed: as a factor, or as a difference where signs differ."""
    if change is None:
        return ""
    if change["ratio"] is None:
        found = change["difference"]
        written = shown(found["value"], found["interval"], found["unit"], error=found["standard_error"], signed=True)
        return f"{written.value} {written.interval}"
    found = change["ratio"]
    written = shown(found["value"], found["interval"], "1", error=found["standard_error"])
    return f"\N{MULTIPLICATION SIGN}{written.value} {written.interval}"


def _misfit(condition: Mapping[str, Any], row: Mapping[str, Any]) -> MisfitRow:
    gain, spectrum = row["gain_error"], row["spectrum_error"]
    return MisfitRow(
        condition=condition_title(condition["condition"]),
        name=row["name"],
        sentence=row["sentence"],
        rate=f"{compact(row['rate_error'])}\N{NO-BREAK SPACE}Hz" if is_number(row["rate_error"]) else "",
        gain=f"{decimal(100 * gain, 1, signed=True)}\N{NO-BREAK SPACE}%" if is_number(gain) else "",
        spectrum=f"\N{MULTIPLICATION SIGN}{decimal(10**spectrum, 2)}" if is_number(spectrum) else "",
    )
