"""Described objects (cells, synapses, delays ...) from tables of a circuit's file, and back."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from ...units import checked_quantity, to_text
from .mistakes import unknown_name

T = TypeVar("T")


def read_table(cls: type[T], table: Any, place: str, mistakes: list[str]) -> T | None:
    """Return an object of a described class, or None after adding everything wrong with its table to ``mistakes``."""
    if not isinstance(table, Mapping):
        mistakes.append(f"{place}: {table!r} does not fit; give a table of keys.")
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
    return born(cls, values, place, mistakes) if len(mistakes) == before else None


def born(cls: type[T], values: Mapping[str, Any], place: str, mistakes: list[str]) -> T | None:
    """Return the object, or None after noting which rule of its own it breaks."""
    try:
        return cls(**values)
    except ValueError as error:
        mistakes.append(f"{place}: {error}")
        return None


def _read_field(cls: type, item: Field[Any], given: Any, place: str, mistakes: list[str]) -> Any:
    if given is None or (given is False and item.default is None):
        return None
    if "unit" in item.metadata:
        try:
            return checked_quantity(place, given, item.metadata)
        except ValueError as error:
            mistakes.append(str(error))
            return None
    hint = get_type_hints(cls)[item.name]
    for nested in (hint, *get_args(hint)):
        if is_dataclass(nested) and isinstance(nested, type):
            return read_table(nested, given, place, mistakes)
    if get_origin(hint) is Literal and given not in get_args(hint):
        mistakes.append(f"{place}: {unknown_name('choice', given, get_args(hint))}")
    elif hint in (bool, str) and not isinstance(given, hint):
        wanted = "true or false" if hint is bool else "text"
        mistakes.append(f"{place}: {given!r} does not fit; give {wanted}.")
    return tuple(given) if isinstance(given, list) else given


def write_table(thing: Any, *without: str) -> dict[str, Any]:
    """Return the table of a described object: quantities as text, what is absent left out."""
    entries = {item.name: (item, getattr(thing, item.name)) for item in fields(thing) if item.name not in without}
    return {name: _written(item, value) for name, (item, value) in entries.items() if value is not None}


def _written(item: Field[Any], value: Any) -> Any:
    if "unit" in item.metadata:
        unit = item.metadata["unit"]
        return value if unit == "1" else to_text(value, unit)
    if is_dataclass(value):
        return write_table(value)
    return list(value) if isinstance(value, tuple) else value
