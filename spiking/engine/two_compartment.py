"""The spiking part of a two-compartment cell as text: its soma, and what a spike leaves behind in both compartments."""

from .burst_text import spike_age
from .dendrite_text import dendritic_step
from .fragments import Fragment, Variable, shared, state
from .membrane_text import trapezoidal, voltage_dependent
from .structure import Structure


def two_compartment_membrane(structure: Structure) -> Fragment:
    """Make the two potentials that spike: of the soma and of the dendrite into which the spikes run back."""
    box = "box = clip(since + 1 - box_delay, 0, box_length) - clip(since - box_delay, 0, box_length)"
    numbers = shared("1", "box_delay", "box_length", "refractory_steps", "keep_slow", "keep_rise")
    numbers += shared("amp", "back_propagation", "jump_slow") + shared("volt", "jump_rise")
    cells = tuple(Variable(name, "volt", "cell") for name in ("spike_level", "reset"))
    states = state("volt", "v", "rise") + state("1", "wait") + state("amp", "slow")
    text = Fragment(numbers + cells + states, (box,)) + dendritic_step(structure, "v", ("back_propagation * box",))
    membrane, conductance, current = voltage_dependent(structure, "v")
    current += ["apical_v", "-1 * slow"]
    text += membrane + Fragment(
        (), ("running = clip(1 - wait, 0, 1)", "v_before = v", *trapezoidal("v", conductance, current, "running * "))
    )
    return text + Fragment((), _spike()) + spike_age(structure)


def _spike() -> tuple[str, ...]:
    """Look for a spike at the end of the step and date it to the moment at which V met the threshold."""
    longest = "0, refractory_steps"
    return (
        "rise = rise * keep_rise",
        "spike = int(v >= spike_level + rise)",
        "late_by = clip((v - spike_level - rise) / volt / clip((v - v_before) / volt, 1e-9, 1e9), 0, 1)",
        f"wait = clip(wait - 1, {longest}) * (1 - spike) + clip(refractory_steps - late_by, {longest}) * spike",
        "v = v * (1 - spike) + reset * spike",
        "slow = slow * keep_slow + jump_slow * spike * (1 - late_by * (1 - keep_slow))",
        "rise = rise + jump_rise * spike * (1 - late_by * (1 - keep_rise))",
    )
