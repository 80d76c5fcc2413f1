"""A circuit from a TOML file or a mapping; docs/circuits.md describes the format."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

from ...units import to_si
from ..burst_cells import TwoCompartmentCell
from ..cells import EscapeRateCell, PointCell
from ..library import POPULATIONS
from ..population import Population
from ..quadratic_cell import QuadraticCell
from ..stimuli import STIMULI
from ..synapses import Afferent, MembraneNoise, PresynapticInhibition, Synapse
from .circuit import Circuit, CircuitPopulation, Projection, Stimulus
from .delay import Delay
from .mistakes import CircuitError, unknown_name
from .saturation import GateSaturation
from .strength import STRENGTHS, synapse_of_strength
from .tables import born, read_table

CELLS: dict[str, type[Any]] = {
    "point": PointCell,
    "escape_rate": EscapeRateCell,
    "two_compartment": TwoCompartmentCell,
    "quadratic": QuadraticCell,
}
_KEYS = ("name", "title", "sources", "synapses", "populations", "projections", "stimuli", "cells")
_POPULATION_KEYS = ("population", "size", "cell", "current", "noise", "background")
_PROJECTION_KEYS = (
    "name", "source", "target", "probability", "in_degree", "delay", "weight_spread", "autapses", "saturation",
    "synapses", *STRENGTHS,
)  # fmt: skip


def read_circuit(given: str | PathLike[str] | Mapping[str, Any]) -> Circuit:
    """Return the circuit that a TOML file or a mapping describes.

    Parameters
    ----------
    given : path or mapping
        The mapping has the keys of the file.

    Raises
    ------
    CircuitError
        With one sentence for each mistake.
    """
    label, table = ("circuit", given) if isinstance(given, Mapping) else _parsed(Path(given))
    mistakes: list[str] = []
    circuit = _Reader(table, mistakes).circuit()
    if circuit is None:
        raise CircuitError(label, mistakes)
    return circuit


def _parsed(path: Path) -> tuple[str, Mapping[str, Any]]:
    try:
        return str(path), tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CircuitError(str(path), ["the file does not exist; check the path."]) from error
    except tomllib.TOMLDecodeError as error:
        raise CircuitError(str(path), [f"it is not valid TOML: {error}."]) from error


class _Reader:
    """The tables of one circuit; everything wrong with them goes to ``mistakes``."""

    def __init__(self, table: Mapping[str, Any], mistakes: list[str]) -> None:
        self.table, self.mistakes = table, mistakes

    def circuit(self) -> Circuit | None:
        self._check_keys("circuit", self.table, _KEYS)
        for key in ("name", "populations"):
            if key not in self.table:
                self.mistakes.append(f"{key}: is missing; it has no default.")
        tables = self._table("populations")
        populations = {name: self._population(name, tables[name]) for name in tables}
        projections = [
            projection
            for number, entry in enumerate(self._list("projections"))
            for projection in self._projections(entry, f"projections (entry {number + 1})", populations)
        ]
        stimuli = [self._stimulus(e, f"stimuli (entry {n + 1})") for n, e in enumerate(self._list("stimuli"))]
        if self.mistakes:
            return None
        values = {
            "name": self.table["name"],
            "populations": tuple(populations.values()),
            "projections": tuple(projections),
            "stimuli": tuple(stimuli),
        }
        return born(Circuit, values, "circuit", self.mistakes)

    def _check_keys(self, place: str, table: Mapping[str, Any], known: Sequence[str]) -> None:
        self.mistakes.extend(f"{place}: {unknown_name('key', key, known)}" for key in table if key not in known)

    def _table(self, key: str) -> Mapping[str, Any]:
        given = self.table.get(key, {})
        if isinstance(given, Mapping):
            return given
        self.mistakes.append(f"{key}: {given!r} does not fit; give a table.")
        return {}

    def _list(self, key: str) -> Sequence[Any]:
        given = self.table.get(key, [])
        if isinstance(given, Sequence) and not isinstance(given, str):
            return given
        self.mistakes.append(f"{key}: {given!r} does not fit; give a list of tables.")
        return []

    def _population(self, name: str, table: Any) -> CircuitPopulation | None:
        place = f"populations.{name}"
        if not isinstance(table, Mapping):
            self.mistakes.append(f"{place}: {table!r} does not fit; give a table of keys.")
            return None
        self._check_keys(place, table, _POPULATION_KEYS)
        if "size" not in table:
            self.mistakes.append(f"{place}.size: is missing; it has no default.")
        base = self._base(place, table)
        if base is None or "size" not in table:
            return None
        changes = self._changes(place, table, base)
        named = born(Population, {**vars(base), **changes, "name": name}, place, self.mistakes)
        return born(CircuitPopulation, {"population": named, "size": table["size"]}, place, self.mistakes)

    def _base(self, place: str, table: Mapping[str, Any]) -> Population | None:
        """Return the ready-made population, or one made of the cell alone."""
        if "population" in table:
            if table["population"] in POPULATIONS:
                return POPULATIONS[table["population"]]()
            self.mistakes.append(f"{place}.population: {unknown_name('population', table['population'], POPULATIONS)}")
            return None
        cell = self._cell(f"{place}.cell", table.get("cell"))
        return None if cell is None else Population(name="new", cell=cell)

    def _cell(self, place: str, given: Any) -> Any:
        shared = self._table("cells")
        if isinstance(given, str):
            if given not in shared:
                self.mistakes.append(f"{place}: {unknown_name('cell', given, shared)}")
                return None
            place, given = f"cells.{given}", shared[given]
        if not isinstance(given, Mapping) or given.get("kind") not in CELLS:
            kind = given.get("kind") if isinstance(given, Mapping) else given
            self.mistakes.append(f"{place}.kind: {unknown_name('kind of cell', kind, CELLS)}")
            return None
        return read_table(CELLS[given["kind"]], {k: v for k, v in given.items() if k != "kind"}, place, self.mistakes)

    def _changes(self, place: str, table: Mapping[str, Any], base: Population) -> dict[str, Any]:
        changes: dict[str, Any] = {}
        if "population" in table and "cell" in table:
            changes["cell"] = self._changed_cell(f"{place}.cell", table["cell"], base)
        if "noise" in table:
            noise = table["noise"]
            read = None if noise is False else read_table(MembraneNoise, noise, f"{place}.noise", self.mistakes)
            changes["noise"] = read
        if "current" in table:
            changes["current"] = self._quantity(f"{place}.current", table["current"], "A")
        if "background" in table:
            changes["afferents"] = self._background(f"{place}.background", table["background"], changes, base)
        return changes

    def _changed_cell(self, place: str, given: Any, base: Population) -> Any:
        """Return the ready-made cell with some of its fields changed."""
        if not isinstance(given, Mapping) or "kind" in given:
            return self._cell(place, given)
        return self._tried(place, lambda: replace(base.cell, **given)) or base.cell

    def _background(self, place: str, given: Any, changes: Mapping[str, Any], base: Population) -> Any:
        if not isinstance(given, Mapping):
            self.mistakes.append(f"{place}: {given!r} does not fit; give a table of afferents.")
            return base.afferents
        cell = changes.get("cell", base.cell)
        kept: dict[str, Afferent | None] = {afferent.name: afferent for afferent in base.afferents}
        for name, table in given.items():
            kept[name] = self._afferent(f"{place}.{name}", name, table, cell, kept.get(name))
        return tuple(afferent for afferent in kept.values() if afferent is not None)

    def _afferent(self, place: str, name: str, table: Any, cell: Any, old: Afferent | None) -> Afferent | None:
        if table is False:
            return None
        if not isinstance(table, Mapping):
            self.mistakes.append(f"{place}: {table!r} does not fit; give a table with a rate and strengths.")
            return None
        self._check_keys(place, table, ("rate", "presynaptic", "synapses", *STRENGTHS))
        values: dict[str, Any] = {"name": name} if old is None else dict(vars(old))
        if "rate" in table:
            values["rate"] = self._quantity(f"{place}.rate", table["rate"], "Hz")
        elif old is None:
            self.mistakes.append(f"{place}.rate: is missing; it has no default.")
        if old is None or any(key in table for key in ("synapses", *STRENGTHS)):
            values["synapses"] = self._synapses(place, table, cell)
        if "presynaptic" in table:
            values["presynaptic"] = read_table(PresynapticInhibition, table["presynaptic"], place, self.mistakes)
        return None if "rate" not in values else born(Afferent, values, place, self.mistakes)

    def _synapses(self, place: str, table: Mapping[str, Any], cell: Any) -> tuple[Synapse, ...]:
        """Return the synapses of a table: in full, or named with a strength each."""
        full = table.get("synapses", [])
        found = [read_table(Synapse, entry, f"{place}.synapses", self.mistakes) for entry in full]
        for key in STRENGTHS:
            for name, strength in (table.get(key) or {}).items():
                found.append(self._named_synapse(f"{place}.{key}.{name}", name, key, strength, cell))
        if not found:
            self.mistakes.append(f"{place}: no receptor; give {', '.join(STRENGTHS)} or synapses.")
        return tuple(synapse for synapse in found if synapse is not None)

    def _named_synapse(self, place: str, name: str, key: str, strength: Any, cell: Any) -> Synapse | None:
        kinds = self._table("synapses")
        if name not in kinds:
            self.mistakes.append(f"{place}: {unknown_name('synapse', name, kinds)}")
            return None
        return self._tried(place, lambda: synapse_of_strength(name, kinds[name], key, strength, cell))

    def _projections(
        self, table: Any, place: str, populations: Mapping[str, CircuitPopulation | None]
    ) -> list[Projection]:
        """Return one projection for each pair of the sources and targets that an entry names."""
        if not isinstance(table, Mapping):
            self.mistakes.append(f"{place}: {table!r} does not fit; give a table of keys.")
            return []
        self._check_keys(place, table, _PROJECTION_KEYS)
        ends = {key: _several(table.get(key)) for key in ("source", "target")}
        for key, names in ends.items():
            if not names:
                self.mistakes.append(f"{place}.{key}: is missing; it has no default.")
            unknown = [name for name in names if name not in populations]
            self.mistakes.extend(f"{place}.{key}: {unknown_name('population', name, populations)}" for name in unknown)
        pairs = [(s, t) for s in ends["source"] for t in ends["target"] if s in populations and t in populations]
        made = [self._projection(table, place, source, target, populations[target]) for source, target in pairs]
        return [projection for projection in made if projection is not None]

    def _projection(
        self, table: Mapping[str, Any], place: str, source: str, target: str, onto: CircuitPopulation | None
    ) -> Projection | None:
        if onto is None:
            return None
        before = len(self.mistakes)
        values: dict[str, Any] = {"source": source, "target": target}
        values |= {key: table[key] for key in ("probability", "in_degree", "weight_spread", "autapses") if key in table}
        if "name" in table:
            several = len(_several(table["source"])) * len(_several(table["target"])) > 1
            values["name"] = f"{table['name']}: {source} to {target}" if several else table["name"]
        values["synapses"] = self._synapses(place, table, onto.population.cell)
        values["delay"] = self._delay(f"{place}.delay", table.get("delay"))
        if "saturation" in table:
            values["saturation"] = read_table(GateSaturation, table["saturation"], f"{place}.saturation", self.mistakes)
        return born(Projection, values, place, self.mistakes) if len(self.mistakes) == before else None

    def _delay(self, place: str, given: Any) -> Delay | None:
        if given is None:
            self.mistakes.append(f"{place}: is missing; it has no default.")
            return None
        table = given if isinstance(given, Mapping) else {"mean": given}
        return read_table(Delay, table, place, self.mistakes)

    def _stimulus(self, table: Any, place: str) -> Stimulus | None:
        if not isinstance(table, Mapping):
            self.mistakes.append(f"{place}: {table!r} does not fit; give a table of keys.")
            return None
        if table.get("kind") not in STIMULI:
            self.mistakes.append(f"{place}.kind: {unknown_name('kind of stimulus', table.get('kind'), STIMULI)}")
            return None
        own = ("kind", "target", "channel", "current_unit")
        cls: Any = STIMULI[table["kind"]]
        waveform = read_table(cls, {k: v for k, v in table.items() if k not in own}, place, self.mistakes)
        if "target" not in table:
            self.mistakes.append(f"{place}.target: is missing; it has no default.")
            return None
        values = {key: table[key] for key in own[1:] if key in table}
        return None if waveform is None else born(Stimulus, {**values, "waveform": waveform}, place, self.mistakes)

    def _quantity(self, place: str, given: Any, unit: str) -> float:
        return self._tried(place, lambda: to_si(given, unit, place)) or 0.0

    def _tried(self, place: str, make: Callable[[], Any]) -> Any:
        try:
            return make()
        except (ValueError, TypeError) as error:
            sentence = str(error)
            self.mistakes.append(sentence if sentence.startswith(place) else f"{place}: {sentence}")
            return None


def _several(given: Any) -> tuple[str, ...]:
    if given is None:
        return ()
    return (given,) if isinstance(given, str) else tuple(given)
