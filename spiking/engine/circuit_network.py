"""A circuit as Brian2 objects: one group for each population, and the delivery that ends every step."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from brian2 import Clock, Function, Network, NeuronGroup, second
from brian2.devices import get_device

from .circuit_structure import CircuitStructure, group_name
from .delivery import Delivery, Ends
from .functions import model_functions
from .model_text import model_text
from .network import TICK, Objects
from .structure import Structure

# The size of population k in generated C++ is this number plus k, which nothing else in the sources is, until a call
# that asks for the real one takes its place: sizes are arguments.
STANDING_FOR = 1000003
_HEADER = "mesobridge_delivery.h"
_CODE = """
static inline int32_t deliver(int64_t step, int32_t last_step)
{
    static %(real)s *const pointers[] = {%(pointers)s};
    static mesobridge::Delivery<%(real)s> delivery(brian::results_dir, pointers);
    delivery.step(step);
    if (step + 1 >= last_step) Network::_globally_stopped = true;
    return 1;
}
"""


def build_circuit(structure: CircuitStructure, sizes: Sequence[int], folder: Path, results: Path | None) -> Objects:
    """Return the Brian2 objects of a circuit with all values zero; ``results`` is None where sources are generated."""
    clock = Clock(dt=TICK * second, name="steps")
    groups: dict[str, Any] = {}
    for number, (part, size) in enumerate(zip(structure.parts, sizes, strict=True)):
        text = model_text(part)
        namespace = {**model_functions(part, folder), "second": second}
        group = NeuronGroup(size, text.declarations, clock=clock, name=group_name(number), namespace=namespace)
        group.run_regularly(text.statements, clock=clock, when="groups", name=f"one_step_{number}")
        groups[group_name(number)] = group
    members = [groups[group_name(number)] for number in range(len(sizes))]
    deliver = _deliver(structure, members, folder, results)
    control = NeuronGroup(
        1, "last_step : integer (constant)\nsteps_done : integer", clock=clock, name="control",
        namespace={"deliver": deliver},
    )  # fmt: skip
    control.run_regularly(
        "steps_done = steps_done + deliver(t_in_timesteps, last_step)", clock=clock, when="end", name="delivery"
    )
    groups["control"] = control
    return Objects(Network(*groups.values()), groups)


def end_names(structure: Structure) -> dict[str, list[str]]:
    """Return the variables that delivery reads and writes, in the order of delivery.h."""
    v = {"quadratic": "v_shown"}.get(structure.cell, "v_free" if structure.cell.startswith("escape") else "v")
    free = "v_shown" if structure.cell == "quadratic" else "v_free"
    drives = {"drive": structure.driven_soma, "drive_dendrite": structure.driven_dendrite}
    return {
        "spiked": ["spiked"],
        "v": [v],
        "v_free": [free],
        "inputs": [f"input_{label}" for label in structure.inputs],
        "held": [f"held_{label}" for label in structure.held],
        "sent": [f"sent_{number}" for number in range(structure.senders)],
        "signals": [*(name for name, on in drives.items() if on), *(f"mean_{n}" for n in structure.driven)],
    }


def _deliver(
    structure: CircuitStructure, groups: Sequence[NeuronGroup], folder: Path, results: Path | None
) -> Function:
    """Return the function that delivers the spikes of a step and ends a compiled run after the last one."""
    function = Function(
        _unused, arg_units=[1, 1], return_unit=1, arg_types=["integer", "integer"], return_type="integer",
        stateless=False,
    )  # fmt: skip
    if results is None:
        real = "double" if structure.precision == "float64" else "float"
        (folder / _HEADER).write_text((Path(__file__).parent / "delivery.h").read_text())
        code = _CODE % {"real": real, "pointers": ", ".join(_pointers(structure, groups))}
        headers = ['"network.h"', '"objects.h"', f'"{_HEADER}"']
        function.implementations.add_implementation("cpp", code, name="deliver", compiler_kwds={"headers": headers})
        return function
    steps = _Steps(structure, groups, results)
    function.implementations.add_implementation("numpy", steps)
    function.implementations.add_implementation("cython", steps)
    return function


def _unused(step: object, last_step: object) -> int:
    del step, last_step
    return 1


def _pointers(structure: CircuitStructure, groups: Sequence[NeuronGroup]) -> list[str]:
    device: Any = get_device()
    names = []
    for part, group in zip(structure.parts, groups, strict=True):
        for variables in end_names(part).values():
            names += [f"brian::{device.get_array_name(group.variables[name], False)}" for name in variables]
    return names


class _Steps:
    """The delivery of an interpreted run, opened at its first step: by then all values are set."""

    def __init__(self, structure: CircuitStructure, groups: Sequence[NeuronGroup], results: Path) -> None:
        self.structure, self.groups, self.results = structure, groups, results
        self.delivery: Delivery | None = None

    def __call__(self, step: Any, last_step: Any) -> int:
        del last_step
        if self.delivery is None:
            self.delivery = Delivery(self.results, [self._ends(*pair) for pair in self._pairs()])
        self.delivery.step(int(np.asarray(step).flat[0]))
        return 1

    def _pairs(self) -> list[tuple[Structure, NeuronGroup]]:
        return list(zip(self.structure.parts, self.groups, strict=True))

    @staticmethod
    def _ends(part: Structure, group: NeuronGroup) -> Ends:
        arrays = {kind: [_array(group, name) for name in names] for kind, names in end_names(part).items()}
        single: dict[str, Any] = {kind: arrays.pop(kind)[0] for kind in ("spiked", "v", "v_free")}
        lists: dict[str, Any] = arrays
        return Ends(**single, **lists)


def _array(group: NeuronGroup, name: str) -> Any:
    """Return the array of a variable itself, not a copy."""
    device: Any = get_device()
    return device.arrays[group.variables[name]]
