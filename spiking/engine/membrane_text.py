"""Pieces of a membrane that cells with one and with two compartments share."""

from .dendrite_text import dendritic_step, synapses_on
from .fragments import Fragment, state
from .structure import Structure


def uniform(stream: int) -> str:
    """Return the expression for this step's uniform number of a stream."""
    return f"uniform_{stream}(t_in_timesteps, cell_number, level_number, domain, seed_low, seed_high)"


def voltage_dependent(structure: Structure, v: str) -> tuple[Fragment, list[str], list[str]]:
    """Return the Mg block and the M gate of one potential, and their terms of conductance and current."""
    text, conductance, current = Fragment(), ["common_conductance"], ["common_current"]
    for kind in (synapse.receptor for synapse in synapses_on(structure, "soma") if synapse.blocked):
        extra = f" + p_{kind}" if v == "v_probe" and _is_probed(structure, kind) else ""
        line = f"open_{kind}_{v} = (g_{kind} + tonic_{kind}{extra}) / (1 + magnesium_{kind} * exp(-block_slope * {v}))"
        text += Fragment((), (line,))
        conductance.append(f"open_{kind}_{v}")
        current.append(f"open_{kind}_{v} * e_{kind}")
    if structure.muscarinic:
        line = f"m_{v} = m_{v} + approach_m * (1 / (1 + exp((half_m - {v}) / slope_m)) - m_{v})"
        text += Fragment(state("1", f"m_{v}"), (line,))
        opened = f"g_m * gq_left_muscarinic * m_{v}" if structure.gq else f"g_m * m_{v}"
        conductance.append(opened)
        current.append(f"{opened} * e_m")
    if structure.t_current:
        lines = (
            f"above_{v} = int({v} >= half_t)",
            f"regained_{v} = recover_t * (1 - above_{v}) * (1 - available_{v})",
            f"available_{v} = available_{v} * (1 - inactivate_t * above_{v}) + regained_{v}",
            f"open_t_{v} = g_t * available_{v} * above_{v}",
        )
        text += Fragment(state("1", f"available_{v}"), lines)
        conductance.append(f"open_t_{v}")
        current.append(f"open_t_{v} * e_t")
    return text, conductance, current


def _is_probed(structure: Structure, kind: str) -> bool:
    return any(synapse.probed and synapse.receptor == kind for synapse in structure.synapses)


def trapezoidal(v: str, conductance: list[str], current: list[str], part: str = "") -> tuple[str, ...]:
    """Return the trapezoidal step of one potential, linearly implicit; ``part`` is 0 while it is held."""
    return (
        f"conductance_{v} = {' + '.join(conductance)}",
        f"current_{v} = {' + '.join(current)}",
        f"{v} = {v} + {part}step * (current_{v} - conductance_{v} * {v})"
        f" / (capacitance + {part}half_step * conductance_{v})",
    )


def free_potential(structure: Structure, v: str) -> Fragment:
    """Make a membrane that never spikes."""
    text, conductance, current = voltage_dependent(structure, v)
    if v == "v_probe":
        for synapse in (s for s in synapses_on(structure, "soma") if s.probed and not s.blocked):
            kind = synapse.receptor
            conductance += [] if synapse.current_based else [f"p_{kind}"]
            current.append(f"p_{kind} * {'force' if synapse.current_based else 'e'}_{kind}")
    if structure.dendrite:
        text = dendritic_step(structure, v) + text
        current.append(f"apical_{v}")
    return text + Fragment(state("volt", v), trapezoidal(v, conductance, current))


def crossing(raised: str = "") -> Fragment:
    """Tell whether a leaky cell spiked, and which share of the step was left: V goes straight through a step.

    ``raised`` is what the text adds to the threshold, empty for one that stays.
    """
    level = f"(spike_level{raised})" if raised else "spike_level"
    late = f"late_by = clip((v - {level}) / volt / clip((v - v_before) / volt, 1e-9, 1e9), 0, 1)"
    return Fragment((), (f"spike = int(v >= {level})", late))
