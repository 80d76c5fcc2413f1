"""The reference part of docs/study-file.md, written from the classes that read the file: one fact, one place.

``python -m mesobridge.validation.study.reference docs/study-file.md`` renews it.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from ...spiking import (
    STIMULI,
    AfterSpikeConductance,
    ApicalDendrite,
    CalciumBlock,
    GabaBCascade,
    GqCascade,
    HCurrent,
    MembraneNoise,
    MovingThreshold,
    MuscarinicCurrent,
    PresynapticInhibition,
    Synapse,
    TTypeCurrent,
)
from ...units import to_text
from .population import CELLS
from .study import Study, read_study

MARK = "<!-- written by `make docs` from the classes that read the file; do not edit below -->\n"
_OWN_TEXT = {"population", "mechanisms", "stimuli"}  # long defaults that the prose above the tables explains


def reference_markdown() -> str:
    """Return one table of keys for each table of the study file."""
    defaults = read_study({}).model_dump(mode="json")
    return MARK + "\n" + "\n".join((*_tables("", Study, defaults), *_described_tables()))


def _described_tables() -> Iterator[str]:
    """Yield the tables of what a population and a stimulus are made of."""
    for kind, cell in CELLS.items():
        yield _described(f'`[population.cell]`, `kind = "{kind}"`', cell, ())
    yield _described("`[population.cell.muscarinic]`", MuscarinicCurrent, ())
    yield _described(
        "`[population.cell.rectifier]`, `[population.cell.after_hyperpolarization]`", AfterSpikeConductance, ()
    )
    yield _described("`[population.cell.moving_threshold]`", MovingThreshold, ())
    yield _described("`[population.cell.gq]`", GqCascade, ())
    yield _described("`[population.afferents.NAME.presynaptic]`", PresynapticInhibition, ())
    yield _described("`[population.cell.t_type]`", TTypeCurrent, ())
    yield _described("`[population.cell.dendrite]`", ApicalDendrite, ())
    yield _described("`[population.cell.dendrite.h_current]`", HCurrent, ())
    keys = "`[population.synapses.RECEPTOR]`, on a dendrite `[population.synapses.RECEPTOR_dendrite]`"
    yield _described(keys, Synapse, ("receptor", "site"))
    yield _described("`[population.synapses.gaba_b.cascade]`", GabaBCascade, ())
    yield _described("`[population.synapses.gaba_b_dendrite.calcium_block]`", CalciumBlock, ())
    yield _described("`[population.noise]`", MembraneNoise, ())
    for kind, stimulus in STIMULI.items():
        yield _described(f'`stimuli`, `kind = "{kind}"`', stimulus, ())


def _described(heading: str, cls: Any, implied: tuple[str, ...]) -> str:
    summary = (cls.__doc__ or "").strip().splitlines()[0].replace("``", "`")
    rows = [_described_row(item) for item in fields(cls) if item.name not in implied]
    return "\n".join((f"### {heading}", "", summary, "", "| key | unit | default |", "|---|---|---|", *rows, ""))


def _described_row(item: Field[Any]) -> str:
    unit = item.metadata.get("unit", "")
    if item.default is MISSING:
        default = "required"
    elif item.default is None:
        default = "`false`" + ("" if unit else " (a table: see there)")
    elif is_dataclass(item.default) or not unit or unit == "1":
        default = f"`{json.dumps(item.default)}`"
    else:
        default = f"`{json.dumps(to_text(item.default, unit))}`"
    return f"| `{item.name}` | {unit} | {default} |"


def _tables(place: str, model: type[BaseModel], defaults: dict[str, Any] | None) -> Iterator[str]:
    summary = (model.__doc__ or "").strip().splitlines()[0]
    heading = f"`{place}`" if place else "Top level"
    keys = {f.alias or name: f for name, f in model.model_fields.items() if not _has_table(place, f.annotation)}
    rows = [f"| `{name}` | {_default(name, field, defaults)} | {field.description} |" for name, field in keys.items()]
    yield "\n".join((f"### {heading}", "", summary, "", "| key | default | meaning |", "|---|---|---|", *rows, ""))
    for name, field in model.model_fields.items():
        below = _section(field.annotation)
        if below is not None and _has_table(place, field.annotation):
            given = None if defaults is None else defaults.get(name)
            inner = f"{place.strip('[]')}.{name}".removeprefix(".")
            bracketed = f"[{inner}]" if below is field.annotation or given is None else f"[[{inner}]]"
            yield from _tables(bracketed, below, given if isinstance(given, dict) else None)


def _has_table(place: str, annotation: Any) -> bool:
    """Tell whether a key gets a table; a list of tables within a list of tables repeats one that stands elsewhere."""
    return _section(annotation) is not None and not (place.startswith("[[") and get_origin(annotation) is tuple)


def _section(annotation: Any) -> type[BaseModel] | None:
    """Return the class of a key that is a table of its own, or a list of tables."""
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


def _default(name: str, field: Any, defaults: dict[str, Any] | None) -> str:
    if field.is_required():
        return "required"
    if name in _OWN_TEXT:
        return "see above"
    value = field.default if defaults is None else defaults[name]
    return "see the meaning" if value == () else f"`{json.dumps(value)}`"


def main(path: Path) -> None:
    """Renew the reference part of a documentation page."""
    prose = path.read_text(encoding="utf-8").split(MARK)[0]
    path.write_text(prose + reference_markdown(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
