"""A calibration as a table on the terminal: value, interval, unit and source, condition by condition."""

from collections.abc import Iterator

from ..bridge.calibration import CALIBRATIONS, CalibratedModel, CalibratedParameter, Calibration, ParameterChange
from .report.numbers import compact, scale, shown, usual_unit


def calibration_lines(calibration: Calibration) -> Iterator[str]:
    """Yield the lines: all parameters of the untouched population, then what cells change in every condition."""
    base = calibration.base
    yield f"{base.model}: {CALIBRATIONS[base.model].title}, from {calibration.title!r}"
    yield ""
    yield base.condition
    yield from _table([(*_cells(one), one.source, one.note) for one in base.parameters])
    for misfit in base.misfits:
        yield f"    {misfit.name}: {misfit.sentence}"
    for model in calibration.models[1:]:
        yield ""
        yield model.condition
        yield from _table(list(_changed(model)))
    for condition, reason in calibration.provenance.get("left out", {}).items():
        yield ""
        yield f"{condition}: left out. {reason}"


def _changed(model: CalibratedModel) -> Iterator[tuple[str, ...]]:
    changes = {one.name: one for one in model.changes}
    for one in model.parameters:
        if one.name in changes:
            yield (*_cells(one), one.source, change_words(changes[one.name]))


def _cells(one: CalibratedParameter) -> tuple[str, str, str, str]:
    """Return name, value, interval and unit as a reader meets them."""
    estimate = one.estimate
    if not estimate.standard_error > 0:
        return one.name, compact(estimate.value * scale(estimate.unit)), "", _unit(estimate.unit)
    written = shown(estimate.value, estimate.interval, estimate.unit, error=estimate.standard_error)
    return one.name, written.value, written.interval, written.unit


def _unit(unit: str) -> str:
    return "" if unit == "1" else usual_unit(unit)


def change_words(change: ParameterChange) -> str:
    """Return how a parameter changed against the untouched population, in words."""
    how = "paired" if change.paired else "independent errors"
    if change.ratio is not None:
        written = shown(change.ratio.value, change.ratio.interval, "1", error=change.ratio.standard_error)
        return f"{written.value} times the untouched one {written.interval}, {how}"
    found = change.difference
    written = shown(found.value, found.interval, found.unit, error=found.standard_error, signed=True)
    return f"{written.value} {written.unit} {written.interval}, {how}"


def _table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    """Yield rows as columns; numbers to the right."""
    widths = [max((len(row[k]) for row in rows), default=0) for k in range(5)]
    for name, value, interval, unit, source, note in rows:
        yield (
            f"    {name:<{widths[0]}}  {value:>{widths[1]}}  {unit:<{widths[3]}}  {interval:<{widths[2]}}  "
            f"{source:<{widths[4]}}  {note}"
        ).rstrip()
