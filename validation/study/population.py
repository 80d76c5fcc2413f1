"""The population of a study: a ready-made one, with any of its parameters replaced, or one described in full."""

from collections.abc import Mapping
from typing import Any

from ...spiking import (
    POPULATIONS,
    Afferent,
    EscapeRateCell,
    MembraneNoise,
    PointCell,
    Population,
    Synapse,
    TwoCompartmentCell,
)
from ...spiking.cells import Cell
from .described_table import read_described, write_described
from .mistakes import Mistakes, unknown_name

CELLS: dict[str, type[Cell]] = {
    "point": PointCell,
    "escape_rate": EscapeRateCell,
    "two_compartment": TwoCompartmentCell,
}
_KEYS = ("name", "label", "current", "cell", "afferents", "synapses", "noise")
_PLACE = "population"


def build_population(spec: Any) -> Population:
    """Return the population that a study asks for.

    Parameters
    ----------
    spec : str, mapping or Population
        The name of a ready-made population; a table with its ``name`` and whatever differs from it; or a table whose
        ``name`` is new and which then states everything (``cell.kind`` is ``"point"`` or ``"escape_rate"``).

    Raises
    ------
    Mistakes
        With one sentence for each thing that is wrong.
    """
    if isinstance(spec, Population):
        return spec
    table = {"name": spec} if isinstance(spec, str) else spec
    mistakes: list[str] = []
    population = _read(table, mistakes) if _well_formed(table, mistakes) else None
    if population is None:
        raise Mistakes(mistakes)
    return population


def write_population(population: Population) -> dict[str, Any]:
    """Return the table from which `build_population` makes the same population: every parameter, with its unit."""
    kind = next(name for name, cls in CELLS.items() if isinstance(population.cell, cls))
    owner = {synapse.label: a.name for a in population.afferents for synapse in a.synapses}
    table = write_described(population)
    table["cell"] = {"kind": kind, **write_described(population.cell)}
    table["afferents"] = {
        a.name: {k: v for k, v in write_described(a).items() if k in ("rate", "presynaptic")}
        for a in population.afferents
    }
    table["synapses"] = {
        s.label: {
            "afferent": owner[s.label],
            **{k: v for k, v in write_described(s).items() if k not in ("receptor", "site")},
        }
        for s in population.synapses
    }
    for key, absent in _absent(population).items():
        table[key].update(dict.fromkeys(absent, False))
    return table


def _absent(population: Population) -> dict[str, list[str]]:
    """Return what the ready-made population of this name has and this one has not."""
    if population.name not in POPULATIONS:
        return {}
    base = POPULATIONS[population.name]()
    kept = {s.label for s in population.synapses}, {a.name for a in population.afferents}
    return {
        "synapses": [s.label for s in base.synapses if s.label not in kept[0]],
        "afferents": [a.name for a in base.afferents if a.name not in kept[1]],
    }


def _well_formed(table: Any, mistakes: list[str]) -> bool:
    if not isinstance(table, Mapping) or not isinstance(table.get("name"), str):
        mistakes.append(
            f"{_PLACE}: {table!r} does not fit, a name or a table with a name is wanted; known: {_library()}."
        )
        return False
    mistakes.extend(f"{_PLACE}: {unknown_name('key', key, _KEYS)}" for key in table if key not in _KEYS)
    for key in ("cell", "afferents", "synapses"):
        if not isinstance(table.get(key, {}), Mapping):
            mistakes.append(f"{_PLACE}.{key}: {table[key]!r} does not fit, a table of keys is wanted.")
    if table["name"] not in POPULATIONS and "cell" not in table:
        mistakes.append(
            f"{_PLACE}.name: {unknown_name('population', table['name'], list(POPULATIONS))} A new population states "
            "its cell in [population.cell]."
        )
    if table.get("label") in POPULATIONS:
        mistakes.append(
            f"{_PLACE}.label: {table['label']!r} is the name of a ready-made population; choose another label."
        )
    return not mistakes


def _library() -> str:
    return ", ".join(POPULATIONS)


def _read(given: Mapping[str, Any], mistakes: list[str]) -> Population | None:
    table = _merged(given)
    cell = _read_cell(table["cell"], mistakes)
    noise = table.get("noise", False)
    afferents = _read_afferents(table.get("afferents", {}), table.get("synapses", {}), mistakes)
    rest = {
        "name": given.get("label", given["name"]),
        "current": table.get("current", 0.0),
        "cell": cell,
        "afferents": afferents,
        "noise": None if noise is False else read_described(MembraneNoise, noise, f"{_PLACE}.noise", mistakes),
    }
    return None if mistakes else read_described(Population, rest, _PLACE, mistakes)


def _merged(given: Mapping[str, Any]) -> dict[str, Any]:
    """Lay the given table over that of the ready-made population of this name, if there is one."""
    if given["name"] not in POPULATIONS:
        return dict(given)
    base = write_population(POPULATIONS[given["name"]]())
    kind = given.get("cell", {}).get("kind")
    if kind not in (None, base["cell"]["kind"]):
        base["cell"] = {}
    return _overlay(base, given)


def _overlay(base: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``base`` with the values of ``given`` in place of its own, table by table."""
    result = dict(base)
    for key, value in given.items():
        below = result.get(key)
        result[key] = (
            _overlay(below if isinstance(below, Mapping) else {}, value) if isinstance(value, Mapping) else value
        )
    return result


def _read_cell(table: Mapping[str, Any], mistakes: list[str]) -> Cell | None:
    kind = table.get("kind", "point")
    if kind not in CELLS:
        mistakes.append(f"{_PLACE}.cell.kind: {unknown_name('kind of cell', str(kind), list(CELLS))}")
        return None
    return read_described(CELLS[kind], {k: v for k, v in table.items() if k != "kind"}, f"{_PLACE}.cell", mistakes)


def _read_afferents(afferents: Mapping[str, Any], synapses: Mapping[str, Any], mistakes: list[str]) -> tuple[Any, ...]:
    present = {name: table for name, table in afferents.items() if table is not False}
    members: dict[str, list[Synapse | None]] = {name: [] for name in present}
    for label, table in synapses.items():
        place = f"{_PLACE}.synapses.{label}"
        if table is False or not _is_table(table, place, ("receptor", "site"), mistakes):
            continue
        if table.get("afferent") not in members:
            mistakes.append(f"{place}.afferent: {unknown_name('afferent', str(table.get('afferent')), list(members))}")
            continue
        receptor, site = (label.removesuffix("_dendrite"), "dendrite" if label.endswith("_dendrite") else "soma")
        fields = {"receptor": receptor, "site": site, **{k: v for k, v in table.items() if k != "afferent"}}
        members[table["afferent"]].append(read_described(Synapse, fields, place, mistakes))
    return tuple(_read_afferent(name, table, members[name], mistakes) for name, table in present.items())


def _read_afferent(name: str, table: Any, synapses: list[Synapse | None], mistakes: list[str]) -> Afferent | None:
    place = f"{_PLACE}.afferents.{name}"
    if not _is_table(table, place, ("name", "synapses"), mistakes):
        return None
    return read_described(Afferent, {"name": name, "synapses": tuple(synapses), **table}, place, mistakes)


def _is_table(table: Any, place: str, implied: tuple[str, ...], mistakes: list[str]) -> bool:
    """Check that a table is one, and that it leaves alone what its own place in the file already says."""
    if not isinstance(table, Mapping):
        mistakes.append(f"{place}: {table!r} does not fit, a table of keys is wanted.")
        return False
    mistakes.extend(
        f"{place}.{key}: is given by the name of the table; leave it out." for key in implied if key in table
    )
    return not any(key in table for key in implied)
