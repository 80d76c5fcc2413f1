"""Which parameters of a model are free, and between which bounds: as asked, or by the table beside this file."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

from ...meanfield import MODELS
from ...units import to_si
from ..recordings import RecordingError
from .free_parameter import FreeParameter, Scale

Free = Sequence[str] | Mapping[str, Any]

_FACTORS = (0.2, 5.0)


def model_name(name: str) -> str:
    """Return the registry's name of a model for what a person types: hyphens, or the beginning of the name, will do.

    Raises
    ------
    RecordingError
        If it is none or more than one.
    """
    wanted = name.strip().lower().replace("-", "_")
    found = [known for known in MODELS if known == wanted] or [known for known in MODELS if known.startswith(wanted)]
    if len(found) != 1:
        raise RecordingError(f"fit: there is no model {name!r}; choose one of: {', '.join(MODELS)}.")
    return found[0]


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("free_parameters.toml").read_text(encoding="utf-8"))


def free_parameters(model: Any, name: str, kind: str, free: Free | None) -> tuple[FreeParameter, ...]:
    """Return the free fields of ``model`` for one kind of data.

    Parameters
    ----------
    model : MassModel
        Its present values are the middle of bounds that are not stated.
    name, kind : str
        Of the model and the data, in the table.
    free : sequence of str, or mapping of str to (low, high), optional
        What to free; bounds with or without units. The table's choice if left out.

    Raises
    ------
    RecordingError
        If a name is no parameter, or has no bounds and none can be guessed.
    """
    table = _table().get(name, {}).get(kind, {})
    if free is None:
        if not table:
            raise RecordingError(f"fit: no standard choice of free parameters for {name} and {kind}; name some.")
        free = tuple(table)
    if not free:
        raise RecordingError("fit: nothing is free; name at least one parameter.")
    units = {item.name: item.metadata.get("unit") for item in fields(model)}
    given = free if isinstance(free, Mapping) else dict.fromkeys(free)
    shares = {item.name for item in fields(model) if _is_share(item.metadata)}
    return tuple(_one(model, field, bounds, units, table, field in shares) for field, bounds in given.items())


def _is_share(metadata: Mapping[str, Any]) -> bool:
    return metadata.get("at_least") == 0 and metadata.get("at_most") == 1


def _one(
    model: Any, field: str, bounds: Any, units: Mapping[str, Any], table: Mapping[str, Any], share: bool
) -> FreeParameter:
    if units.get(field) is None:
        known = ", ".join(name for name, unit in units.items() if unit is not None)
        raise RecordingError(f"fit: {type(model).__name__} has no parameter {field!r}; it has: {known}.")
    value, unit = float(getattr(model, field)), str(units[field])
    if bounds is None:
        if value == 0:
            raise RecordingError(f"fit: {field} is 0 in this model, so its bounds cannot be guessed; state them.")
        low, high = sorted(value * factor for factor in table.get(field, _FACTORS))
    else:
        low, high = (float(to_si(end, unit, f"bounds of {field}")) for end in bounds)
    scale = Scale.LOG if low * high > 0 else Scale.LINEAR
    if share and 0 < low < high < 1:
        scale = Scale.LOGIT
    for end in (low, high):
        model.with_changed(**{field: end})  # a bound that the model refuses is named now, not in the middle of a search
    return FreeParameter(field, unit, low, high, scale)
