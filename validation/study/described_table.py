"""Described objects (cells, synapses, stimuli ...) read from tables of a study file, and written back to them.

A table has one key for each field. ``false`` takes away what may be absent, such as an after-spike conductance.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, TypeVar, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError

from ...units import checked_quantity, to_text
from .mistakes import misfit, unknown_name

T = TypeVar("T")


def read_described(cls: type[T], table: Any, place: str, mistakes: list[str]) -> T | None:
    """Return an object of a described class, or ``None`` after adding to ``mistakes`` everything wrong with its table.

    Parameters
    ----------
    cls : type
        A class made by `mesobridge.units.described`.
    table : mapping
        Field names and values, as the study file has them.
    place : str
        Where the table stands, e.g. ``"population.cell"``.
    mistakes : list of str
        Receives one sentence for each mistake.
    """
    if not isinstance(table, Mapping):
        mistakes.append(f"{place}: {table!r} does not fit, a table of keys is wanted.")
        return None
    before = len(mistakes)
    known: dict[str, Field[Any]] = {item.name: item for item in fields(cls)}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for key, given in table.items():
        if key in known:
            values[key] = _read_field(cls, known[key], given, f"{place}.{key}", mistakes)
        else:
            mistakes.append(f"{place}: {unknown_name('key', key, known)}")
    needed = [name for name, item in known.items() if item.default is MISSING and item.default_factory is MISSING]
    mistakes.extend(f"{place}.{name}: is missing; it has no default." for name in needed if name not in table)
    return _born(cls, values, place, mistakes) if len(mistakes) == before else None


def _born(cls: type[T], values: dict[str, Any], place: str, mistakes: list[str]) -> T | None:
    try:
        return cls(**values)
    except ValueError as error:  # a rule between two fields, which the class itself states
        mistakes.append(f"{place}: {error}")
        return None


def _read_field(cls: type, item: Field[Any], given: Any, place: str, mistakes: list[str]) -> Any:
    if given is None or (given is False and item.default is None):
        return None
    if "unit" in item.metadata:
        return _read_quantity(item, given, place, mistakes)
    hint = get_type_hints(cls)[item.name]
    for nested in (hint, *get_args(hint)):
        if is_dataclass(nested) and isinstance(nested, type):
            built = is_dataclass(given) or isinstance(given, tuple)
            return given if built else read_described(nested, given, place, mistakes)
    try:
        return TypeAdapter(hint).validate_python(given)
    except ValidationError as error:
        mistakes.extend(f"{place}: {misfit(given, e['msg'])}" for e in error.errors())
        return None


def _read_quantity(item: Field[Any], given: Any, place: str, mistakes: list[str]) -> float | None:
    try:
        return checked_quantity(place, given, item.metadata)
    except ValueError as error:
        mistakes.append(str(error))
        return None


def write_described(thing: Any) -> dict[str, Any]:
    """Return the table of a described object: every field, quantities as text, what is absent as ``False``."""
    return {item.name: _write_field(item, getattr(thing, item.name)) for item in fields(thing)}


def _write_field(item: Field[Any], value: Any) -> Any:
    if value is None:
        return False
    if "unit" in item.metadata:
        unit = item.metadata["unit"]
        return value if unit == "1" else to_text(value, unit)
    if is_dataclass(value):
        return write_described(value)
    return list(value) if isinstance(value, tuple) else value
