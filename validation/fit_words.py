"""The words of the command fit: what a person types becomes arguments, what was found becomes lines."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ..bridge.fitting import CorticalSheet
from ..bridge.recordings import READERS, RecordingError
from ..meanfield import MODELS
from ..units import to_si
from .fit import FitResult, fit, settings_of
from .progress import Progress
from .report.fit_page import interval_text
from .report.numbers import MISSING, compact

_NUMBERS = ("degrees", "rate", "resolution", "cells", "fano", "exposure", "samples", "rest_rate")
_UNITS = {"rate": "Hz", "resolution": "Hz", "exposure": "s", "rest_rate": "Hz", "width": "s"}
_PAIRS = {"band": "Hz", "scale": "1", "coupling": "1", "latency": "s"}
_YES = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}


def fit_file(
    data: Path,
    *,
    model: str,
    kind: str,
    free: str | None,
    given: tuple[str, ...],
    say: Callable[[str], None],
    progress: Progress,
    **settings: Any,
) -> FitResult:
    """Fit what a file holds as the command line asks, saying what the data determine before any estimate.

    Raises
    ------
    RecordingError
        If something on the command line cannot be read.
    """
    values, chosen = _given(given, kind)

    def identified(found: dict[str, Any]) -> None:
        for line in identifiability_lines(found):
            say(line)

    return fit(
        data,
        model,
        kind,
        free=_free(free),
        values=values,
        identified=identified,
        progress=progress,
        **settings,
        **chosen,
    )


def identifiability_lines(found: dict[str, Any]) -> Iterator[str]:
    """Yield what the data determine, in words."""
    yield "What the data determine (half the bounds over the standard error; below 1.73 is open):"
    for number, direction in enumerate(found["directions"], 1):
        mark = " " if direction["determined"] else "!"
        yield f"  {mark} {number:>2}  {compact(direction['singular_value']):>9}  {direction['sentence']}"


def fit_lines(document: dict[str, Any]) -> Iterator[str]:
    """Yield the estimates with their intervals, and what a reader must know."""
    rows = document["parameters"]
    width = max(len(row["name"]) for row in rows)
    yield f"Estimates ({100 * document['provenance']['level']:g} % intervals):"
    for row in rows:
        value = MISSING if row["value"] is None else compact(row["value"])
        unit = "" if row["unit"] == "1" else f" {row['unit']}"
        line = f"    {row['name']:<{width}}  {value:>10}  {interval_text(row['interval'])}{unit}"
        yield line + (f"  posterior {interval_text(row['posterior'])}" if "posterior" in row else "")
        if row["sentence"]:
            yield f"    {'':<{width}}  {row['sentence']}"
    misfit = document["misfit"]
    number, deviance = document["data"]["number"], compact(misfit["deviance"])
    yield f"deviance {deviance} for {number} data, chance {compact(misfit['chance'])}"
    for warning in misfit["warnings"]:
        yield f"note: {warning}"


def _free(text: str | None) -> Any:
    """Return names, or names with bounds, from A,B=LOW:HIGH."""
    if text is None:
        return None
    chosen: dict[str, Any] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, bounds = part.partition("=")
        ends = [end.strip() for end in bounds.split(":")] if bounds else []
        if bounds and len(ends) != 2:
            raise RecordingError(f"fit: --free {part}: give bounds as {name}=LOW:HIGH, e.g. t0='70 ms':'100 ms'.")
        chosen[name.strip()] = tuple(_number_or_text(end) for end in ends) or None
    return chosen


def _given(given: tuple[str, ...], kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split NAME=VALUE into parameters of the model and settings of the kind of data."""
    fields = {name for model in MODELS.values() for name in getattr(model, "__dataclass_fields__", {})}
    known = settings_of(kind) if kind in READERS else ()
    values, settings = {}, {}
    for item in given:
        name, equals, text = (part.strip() for part in item.partition("="))
        if not equals or not text:
            raise RecordingError(f"fit: --set {item}: give it as NAME=VALUE.")
        if name in known:
            settings[name] = _setting(name, text)
        elif name in fields:
            values[name] = _number_or_text(text)
        else:
            raise RecordingError(
                f"fit: --set {name}: no parameter of a model, and no setting of {kind}: {', '.join(known)}."
            )
    return values, settings


def _setting(name: str, text: str) -> Any:
    if name == "background":
        return _yes_or_no(name, text)
    if name == "sheet":
        return CorticalSheet() if _yes_or_no(name, text) else None
    if name == "noise":
        return tuple(part.strip() for part in text.split(","))
    if name in _PAIRS:
        ends = [_quantity(name, end, _PAIRS[name]) for end in text.split(":")]
        return ends[0] if len(ends) == 1 else (ends[0], ends[1])
    if name in (*_NUMBERS, *_UNITS):
        return _quantity(name, text, _UNITS.get(name, "1"))
    return text


def _quantity(name: str, text: str, unit: str) -> float:
    try:
        return float(to_si(_number_or_text(text), unit, f"--set {name}"))
    except ValueError as error:
        raise RecordingError(f"fit: {error}") from error


def _yes_or_no(name: str, text: str) -> bool:
    if text.lower() not in _YES:
        raise RecordingError(f"fit: --set {name}={text}: say yes or no.")
    return _YES[text.lower()]


def _number_or_text(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text.strip("'\"")
