"""What runs in a process of its own, away from the user's Brian2: code generation, and the NumPy and Cython targets.

``python -m mesobridge.spiking.engine.child generate FOLDER`` writes the C++ sources of ``FOLDER/structure.json``;
``... child run TARGET STRUCTURE_FILE --results_dir DIR group.variable=FILE ...`` takes what a compiled program takes.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
from brian2 import prefs, second, set_device
from brian2.core.variables import ArrayVariable, DynamicArrayVariable
from brian2.devices import get_device

from .circuit_network import STANDING_FOR, build_circuit
from .circuit_structure import CircuitStructure, group_name
from .errors import EngineError
from .model_text import model_text
from .network import TICK, Objects, build_objects
from .network_sizes import CELLS, ENSEMBLES
from .structure import Structure

COMPILED_STEPS = 2**31


def _read(path: Path) -> Structure | CircuitStructure:
    values = json.loads(path.read_text())
    structure = CircuitStructure.from_dict(values) if "parts" in values else Structure.from_dict(values)
    prefs.core.default_float_dtype = np.dtype(structure.precision).type
    return structure


def generate(folder: Path) -> None:
    """Write the C++ sources of a structure and the list of its arrays."""
    structure = _read(folder / "structure.json")
    set_device("cpp_standalone", build_on_run=False, directory=str(folder))
    device: Any = get_device()
    if isinstance(structure, CircuitStructure):
        sizes = [STANDING_FOR + number for number in range(len(structure.parts))]
        objects = build_circuit(structure, sizes, folder, results=None)
    else:
        objects = build_objects(structure, CELLS, ENSEMBLES, folder)
    device.apply_run_args()
    _connect(objects)
    objects.network.run(COMPILED_STEPS * TICK * second)
    device.build(directory=str(folder), compile=False, run=False)
    described = _describe(device)
    if isinstance(structure, CircuitStructure):
        _ask_for_sizes(folder, len(structure.parts))
        described = {name: _unsized(entry) for name, entry in described.items()}
    else:
        _count_used_cells(folder / "code_objects" / "one_step_codeobject.cpp")
    (folder / "arrays.json").write_text(json.dumps(described))


def _count_used_cells(source: Path) -> None:
    """Let the loop over cells end at the number that is used: Brian2 writes the size of the group into it."""
    text, fixed = source.read_text(), f"const int64_t N = {CELLS};"
    if text.count(fixed) != 1:
        raise EngineError(f"engine: Brian2 wrote {source.name} in another way than 2.9 does; install brian2 2.9.")
    source.write_text(text.replace(fixed, "const int64_t N = _array_control_used_cells[0];"))


_SIZES = """#pragma once
#include <cstdint>
#include <cstdlib>

static inline int64_t mesobridge_size(int number)
{
    const char *at = std::getenv("MESOBRIDGE_SIZES");
    for (; at && number > 0; at++) number -= *at == ',';
    return at ? std::atoll(at) : 0;
}
"""


def _ask_for_sizes(folder: Path, populations: int) -> None:
    """Put a call that asks for the real size wherever Brian2 wrote the one that stands for it."""
    (folder / "mesobridge_sizes.h").write_text(_SIZES)
    pattern = re.compile("|".join(rf"\b{STANDING_FOR + number}\b" for number in range(populations)))
    found = set()
    for source in (path for path in folder.rglob("*") if path.suffix in (".cpp", ".h")):
        text = source.read_text()
        numbers = {int(size) - STANDING_FOR for size in pattern.findall(text)}
        if numbers:
            asked = pattern.sub(lambda size: f"mesobridge_size({int(size[0]) - STANDING_FOR})", text)
            source.write_text(f'#include "mesobridge_sizes.h"\n{asked}')
        found |= {number for number in numbers if f"one_step_{number}_codeobject" in source.name}
    if len(found) != populations:
        raise EngineError("engine: Brian2 wrote sizes of groups in another way than 2.9 does; install brian2 2.9.")


def _unsized(entry: dict[str, Any]) -> dict[str, Any]:
    """Leave the size open where it is that of a population."""
    return entry | {"size": None} if (entry["size"] or 0) >= STANDING_FOR else entry


def _describe(device: Any) -> dict[str, dict[str, Any]]:
    """Say for each array of the program in which file of the results it is, its type and its size (None: grows)."""
    described = {}
    for variable in device.arrays:
        grows = isinstance(variable, DynamicArrayVariable)
        described[f"{variable.owner.name}.{variable.name}"] = {
            "file": device.get_array_filename(variable),
            "dtype": np.dtype(variable.dtype).str,
            "size": None if grows else int(variable.size),
            "constant": bool(variable.constant),
        }
    return described


def _connect(objects: Objects) -> None:
    if "membership" in objects.groups:
        membership: Any = objects.groups["membership"]
        membership.connect(j="ensemble_pre")


def run(target: str, structure_file: Path, results: Path, arguments: list[str]) -> None:
    """Run a structure in this process and write its arrays as a compiled program would."""
    prefs.codegen.target = target
    structure = _read(structure_file)
    files = dict(argument.split("=", 1) for argument in arguments)
    folder = structure_file.parent
    if isinstance(structure, CircuitStructure):
        sizes = [_count_cells(part, files, group_name(number)) for number, part in enumerate(structure.parts)]
        objects = build_circuit(structure, sizes, folder, results)
    else:
        objects = build_objects(structure, _count_cells(structure, files, "cells"), ENSEMBLES, folder)
    for name, file in files.items():
        _set(objects, name, file)
    _connect(objects)
    control: Any = objects.groups["control"]
    objects.network.run(int(control.last_step[0]) * TICK * second)
    _write(objects, results)


def _count_cells(structure: Structure, files: dict[str, str], group: str) -> int:
    """Tell from the arguments how many cells there are: nothing is compiled for a number of them."""
    state = next(variable.name for variable in model_text(structure).variables if variable.role == "state")
    return Path(files[f"{group}.{state}"]).stat().st_size // np.dtype(structure.precision).itemsize


def _set(objects: Objects, name: str, file: str) -> None:
    owner, variable = name.split(".")
    group: Any = objects.groups[owner]
    if owner == "waveform":
        group.values[:] = np.fromfile(file, dtype=np.float64)
        return
    array = group.variables[variable]
    array.set_value(np.fromfile(file, dtype=array.dtype))


def _write(objects: Objects, results: Path) -> None:
    described = {}
    for owner in objects.network.objects:
        for name, variable in getattr(owner, "variables", {}).items():
            if not isinstance(variable, ArrayVariable) or getattr(variable.owner, "name", None) != owner.name:
                continue
            value = np.ascontiguousarray(variable.get_value())
            file = f"{owner.name}.{name}"
            value.tofile(results / file)
            described[file] = {
                "file": file,
                "dtype": value.dtype.str,
                "size": int(value.size),
                "constant": bool(variable.constant),
            }
    (results / "arrays.json").write_text(json.dumps(described))


def main(words: list[str]) -> None:
    """Do what the command line asks."""
    if words[0] == "generate":
        generate(Path(words[1]))
        return
    target, structure_file, _, results = words[1:5]
    run(target, Path(structure_file), Path(results), words[5:])


if __name__ == "__main__":
    main(sys.argv[1:])
