"""The model as Brian2 objects: the same for every target."""

from dataclasses import dataclass
from pathlib import Path

from brian2 import Clock, Network, NeuronGroup, StateMonitor, Synapses, TimedArray, second

from .functions import model_functions, step_counter
from .model_text import model_text
from .network_sizes import WAVEFORM_STEPS
from .structure import Structure

# The clock counts steps. How long a step is enters through the parameters (decay factors, ``step``), so that dt is an
# argument like any other; a power of two keeps the times of both clocks exact.
TICK = 2.0**-13  # s


@dataclass(frozen=True)
class Objects:
    """Everything that runs, and the groups whose values are set and read."""

    network: Network
    groups: dict[str, object]


def build_objects(structure: Structure, cells: int, ensembles: int, folder: Path) -> Objects:
    """Return the Brian2 objects of a structure, without connections and with all values zero."""
    text = model_text(structure)
    clock = Clock(dt=TICK * second, name="steps")
    namespace = {**model_functions(structure, folder), "second": second}
    groups: dict[str, object] = {}
    if structure.experiment == "time-varying":
        namespace["waveform"] = TimedArray([0.0] * WAVEFORM_STEPS, dt=TICK * second, name="waveform")
        groups["waveform"] = namespace["waveform"]
    group = NeuronGroup(cells, text.declarations, clock=clock, name="cells", namespace=namespace)
    group.run_regularly(text.statements, clock=clock, when="groups", name="one_step")
    groups["cells"] = group
    groups["control"] = _control(clock)
    if structure.sample_steps:
        groups.update(_recording(structure, group, ensembles))
    return Objects(Network(*(g for name, g in groups.items() if name != "waveform")), groups)


def _control(clock: Clock) -> NeuronGroup:
    equations = "last_step : integer (constant)\nused_cells : integer (constant)\nsteps_done : integer"
    control = NeuronGroup(1, equations, clock=clock, name="control", namespace={"count_step": step_counter()})
    control.run_regularly(
        "steps_done = steps_done + count_step(t_in_timesteps, last_step)", clock=clock, when="end", name="count"
    )
    return control


def _recording(structure: Structure, cells: NeuronGroup, ensembles: int) -> dict[str, object]:
    """Sum the cells' recent values over ensembles once a sample, and keep the sums."""
    sampling = Clock(dt=structure.sample_steps * TICK * second, name="sampling")
    recent = {name: cells.variables[name].dim for name in cells.variables if name.startswith("recent_")}
    units = {v.name: v.unit for v in model_text(structure).variables if v.name in recent}
    names = {name: name.replace("recent", "total") for name in recent}
    declared = "\n".join(f"{names[name]} : {units[name]}" for name in recent)
    group = NeuronGroup(ensembles, declared, clock=sampling, name="ensembles")
    summed = "\n".join(f"{names[name]}_post = share_pre * {name}_pre : {units[name]} (summed)" for name in recent)
    membership = Synapses(cells, group, summed, clock=sampling, name="membership")
    monitor = StateMonitor(group, list(names.values()), record=True, clock=sampling, when="end", name="recorder")
    return {"ensembles": group, "membership": membership, "recorder": monitor}
