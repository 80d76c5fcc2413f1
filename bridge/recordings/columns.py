"""Named columns with units from the plain files of the field: CSV, NumPy and netCDF."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from .checks import RecordingError

Array = NDArray[Any]

SUFFIXES = (".csv", ".tsv", ".txt", ".npy", ".npz", ".nc")
_HEADING = re.compile(r"^\s*(?P<name>[^(\[]*?)\s*(?:[(\[](?P<unit>.*)[)\]])?\s*$")


@dataclass(frozen=True)
class Columns:
    """What a file holds by name: arrays of any shape, each with its unit ("" where the file states none)."""

    source: str
    values: dict[str, Array]
    units: dict[str, str]

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def need(self, *names: str) -> list[Array]:
        """Return these columns.

        Raises
        ------
        RecordingError
            If one is missing.
        """
        missing = [name for name in names if name not in self.values]
        if missing:
            raise RecordingError(
                f"{self.source}: no column {', '.join(missing)}; it has: {', '.join(self.values) or 'none'}."
            )
        return [self.values[name] for name in names]

    def unit(self, name: str, otherwise: str) -> str:
        """Return the unit of a column, or ``otherwise`` if the file states none."""
        return self.units.get(name) or otherwise


def read_columns(path: Path) -> Columns:
    """Return what a CSV, TSV, NPY, NPZ or netCDF file holds.

    Column headings carry units in brackets: ``frequency (Hz), power (uV^2/Hz)``; netCDF variables carry ``units``. An
    NPY file holds a structured array, or a plain one that is called ``signal`` (one or two axes).

    Raises
    ------
    RecordingError
        If the file is missing or is not one of these.
    """
    if not path.is_file():
        raise RecordingError(f"{path}: there is no such file.")
    suffix = path.suffix.lower()
    try:
        if suffix in {".csv", ".tsv", ".txt"}:
            return _from_text(path, "\t" if suffix == ".tsv" else None)
        if suffix in {".npy", ".npz"}:
            return _from_numpy(path)
        if suffix == ".nc":
            return _from_netcdf(path)
    except (OSError, UnicodeDecodeError) as error:
        raise RecordingError(f"{path}: it cannot be read ({error}).") from error
    raise RecordingError(f"{path}: {suffix or 'a file without ending'} is not read here; give one of {SUFFIXES}.")


def _from_text(path: Path, delimiter: str | None) -> Columns:
    lines = [line for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip() and line[0] != "#"]
    if len(lines) < 2:
        raise RecordingError(f"{path}: {len(lines)} rows; give a heading and one row a sample.")
    chosen = delimiter or next((d for d in (",", ";", "\t") if d in lines[0]), None)
    rows = [line.split() for line in lines] if chosen is None else list(csv.reader(lines, delimiter=chosen))
    names, units = zip(*(_heading(cell) for cell in rows[0]), strict=True)
    if all(_is_number(cell) for cell in rows[0]):
        raise RecordingError(f"{path}: the first row is numbers; give a heading such as 'time (s),EEG (uV)'.")
    table = np.empty((len(rows) - 1, len(names)))
    for number, row in enumerate(rows[1:]):
        if len(row) != len(names):
            raise RecordingError(f"{path}: row {number + 2} has {len(row)} cells, the heading {len(names)}.")
        for place, cell in enumerate(row):
            table[number, place] = _number(cell, f"{path}, row {number + 2}, column {names[place]!r}")
    return Columns(path.name, {n: table[:, k] for k, n in enumerate(names)}, dict(zip(names, units, strict=True)))


def _heading(cell: str) -> tuple[str, str]:
    found = _HEADING.match(cell)
    name, unit = (found["name"], found["unit"] or "") if found else (cell, "")
    return name.strip().lower().replace(" ", "_"), unit.strip()


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _number(cell: str, where: str) -> float:
    text = cell.strip()
    if not text or text.lower() in {"na", "nan", "null", "none"}:
        raise RecordingError(f"{where}: a number is missing; leave out or mend the row, it is not filled in here.")
    if not _is_number(text):
        raise RecordingError(f"{where}: {text!r} is not a number.")
    return float(text)


def _from_numpy(path: Path) -> Columns:
    try:
        found: Any = np.load(path, allow_pickle=False)
    except ValueError as error:
        raise RecordingError(f"{path}: it holds Python objects or no array ({error}); save plain arrays.") from error
    if isinstance(found, np.ndarray):
        named = {name: found[name] for name in found.dtype.names} if found.dtype.names else {"signal": found}
    else:
        with found:
            named = {name: found[name] for name in found.files}
    units = {name[: -len("_unit")]: str(values) for name, values in named.items() if name.endswith("_unit")}
    numbers = {name: _floats(values, f"{path}, {name}") for name, values in named.items() if not name.endswith("_unit")}
    return Columns(path.name, numbers, units)


def _floats(values: Any, where: str) -> Array:
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise RecordingError(f"{where}: it holds no numbers ({error}).") from error


def _from_netcdf(path: Path) -> Columns:
    try:
        dataset = xr.load_dataset(path)
    except ValueError as error:
        raise RecordingError(f"{path}: it is not a netCDF file ({error}).") from error
    names = [str(name) for name in dataset.variables if np.issubdtype(dataset[name].dtype, np.number)]
    units = {name: str(dataset[name].attrs.get("units", "")) for name in names}
    return Columns(path.name, {name: _floats(dataset[name].values, f"{path}, {name}") for name in names}, units)
