"""The apical dendrite as text: one step of its potential, which takes place before that of the soma.

The gate of the Ca2+ current is taken at the start of the step and followed along its tangent (linearly implicit, second
order in dt); the soma sees its value in the middle of the step. The slow outward current is half a step behind, as the
M gate is. A spike's box of current is integrated exactly over each step, whatever dt is.
"""

from .fragments import Fragment, Variable, shared, state
from .structure import Structure, SynapseForm


def synapses_on(structure: Structure, site: str) -> tuple[SynapseForm, ...]:
    """Return the synapses on one compartment."""
    return tuple(synapse for synapse in structure.synapses if synapse.site == site)


def noise_kick(structure: Structure, name: str, drive: str) -> tuple[tuple[Variable, ...], str]:
    """Return what declares the kicks of a noise current, and their size: it may grow with the current played."""
    kick = Variable(name, "amp", "cell" if structure.graded_noise else "shared")
    if not structure.both_currents:
        return (kick,), name
    growth = name.replace("kick", "growth")
    return (kick, *shared("1", growth)), f"({name} + {growth} * abs({drive}))"


def dendritic_common(structure: Structure, stream: str) -> Fragment:
    """Everything that the dendritic potentials of a cell share; ``stream`` is the uniform number of their noise."""
    variables = shared("farad", "capacitance_dendrite") + shared("siemens", "g_rest_dendrite", "g_adaptation")
    variables += shared("amp", "i_rest_dendrite", "calcium_current", "apical_current")
    variables += shared("volt", "calcium_half", "calcium_slope", "e_adaptation") + shared("1", "approach_adaptation")
    conductance, current, lines = ["g_rest_dendrite"], ["i_rest_dendrite"], ()
    for synapse in synapses_on(structure, "dendrite"):
        kind = synapse.receptor
        if synapse.current_based:
            current.append(f"g_{kind} * force_{kind}")
        elif not synapse.blocked:
            conductance.append(f"g_{kind}")
            current.append(f"g_{kind} * e_{kind}")
    if structure.dendritic_noise:
        kick, size = noise_kick(structure, "kick_noise_dendrite", "drive_dendrite")
        variables += state("amp", "noise_dendrite") + shared("1", "keep_noise_dendrite") + kick
        kicked = f"{size} * standard_normal({stream})"
        lines = (f"noise_dendrite = noise_dendrite * keep_noise_dendrite + {kicked}",)
        current.append("noise_dendrite")
    current += ["drive_dendrite"] if structure.driven_dendrite else []
    if structure.h_current:
        variables += shared("siemens", "g_h") + shared("volt", "e_h", "half_h", "slope_h") + shared("1", "approach_h")
    sums = (f"dendrite_conductance = {' + '.join(conductance)}", f"dendrite_current = {' + '.join(current)}")
    return Fragment(variables, (*lines, *sums))


def dendritic_step(structure: Structure, v: str, more_current: tuple[str, ...] = ()) -> Fragment:
    """Make one step of the dendritic potential that belongs to the somatic potential ``v``."""
    d = f"{v}_dendrite"
    text, conductance, current = _voltage_dependent(structure, v, d)
    text += Fragment(state("volt", d) + state("amp", f"slow_{d}"))
    opened = (
        f"gate_{d} = 1 / (1 + exp((calcium_half - {d}) / calcium_slope))",
        f"steep_{d} = gate_{d} * (1 - gate_{d}) / calcium_slope",
        f"slow_{d} = slow_{d} + approach_adaptation * (g_adaptation * ({d} - e_adaptation) - slow_{d})",
    )
    calcium = "calcium_left" if any(synapse.calcium_block for synapse in structure.synapses) else "calcium_current"
    current += [f"{calcium} * gate_{d}", f"-1 * slow_{d}", *more_current]
    step = (
        f"before_{d} = {d}",
        f"conductance_{d} = {' + '.join(conductance)}",
        f"current_{d} = {' + '.join(current)}",
        f"{d} = {d} + step * (current_{d} - conductance_{d} * {d})"
        f" / (capacitance_dendrite + half_step * (conductance_{d} - {calcium} * steep_{d}))",
        f"apical_{v} = apical_current * (gate_{d} + steep_{d} * ({d} - before_{d}) / 2)",
    )
    return text + Fragment((), opened + step)


def _voltage_dependent(structure: Structure, v: str, d: str) -> tuple[Fragment, list[str], list[str]]:
    """Return the Mg block and the HCN gate of one dendritic potential, and all terms of conductance and current."""
    text, conductance, current = Fragment(), ["dendrite_conductance"], ["dendrite_current"]
    for synapse in synapses_on(structure, "dendrite"):
        kind, probed = synapse.receptor, synapse.probed and v == "v_probe"
        if synapse.blocked:
            opened = f"g_{kind} + tonic_{kind}" + (f" + p_{kind}" if probed else "")
            line = f"open_{kind}_{v} = ({opened}) / (1 + magnesium_{kind} * exp(-block_slope * {d}))"
            text += Fragment((), (line,))
            conductance.append(f"open_{kind}_{v}")
            current.append(f"open_{kind}_{v} * e_{kind}")
        elif probed:
            conductance += [] if synapse.current_based else [f"p_{kind}"]
            current.append(f"p_{kind} * {'force' if synapse.current_based else 'e'}_{kind}")
    if structure.h_current:
        line = f"h_{d} = h_{d} + approach_h * (1 / (1 + exp(({d} - half_h) / slope_h)) - h_{d})"
        text += Fragment(state("1", f"h_{d}"), (line,))
        conductance.append(f"g_h * h_{d}")
        current.append(f"g_h * h_{d} * e_h")
    return text, conductance, current
