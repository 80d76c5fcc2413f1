"""The population as text: one line for each quantity with its unit, then the statements of one time step.

Brian2 turns this text into C++, Cython or NumPy. How a step of length dt is taken, and why:

* Presynaptic spikes of a step arrive at its start. Open conductances decay exactly; what the membrane sees is their
  average over the step, so that a presynaptic spike carries exactly the area weight x gate area at any dt.
* The membrane takes a trapezoidal step (linearly implicit in V): the area and, to second order in dt, the mean lag of
  every postsynaptic potential are kept, and white input gives exactly the stationary variance of the continuous
  equation. The Mg block is taken at the start of the step, the M gate in the middle; the exponential term is
  added in closed form from the middle of the linear step.
* The noise current is an exact Ornstein-Uhlenbeck process, scaled so that its integral over long times has the right
  variance at any dt: a correlation time far below dt gives white noise of intensity 2 amplitude^2 time_constant.
* A spike is looked for once, at the end of a step, but is dated to the moment within the step at which V passed the
  threshold. From then on V is held at the reset for the refractory period, and after-spike conductances decay.
* Cells differ by an offset that moves threshold, cutoff and reset together: a cell is a shifted copy of the others, and
  the population's sigmoid is the single cell's one blurred by the spread.
* ``v_free`` has neither spike, reset, refractoriness, exponential term nor after-spike conductances, but its own Mg
  block and M gate. A memoryless cell emits a Poisson number of spikes with mean hazard x dt, hence exactly its hazard.
"""

from .burst_text import pulse_drive, spike_age, steady_burst_record
from .circuit_text import circuit_drive, sent
from .dendrite_text import dendritic_common, noise_kick, synapses_on
from .fragments import Fragment, Variable, shared, state
from .gate_text import gate
from .membrane_text import crossing, free_potential, trapezoidal, uniform, voltage_dependent
from .modulated_text import (
    GQ_CONDUCTANCE,
    GQ_CURRENT,
    calcium_block,
    gq_cascade,
    inhibited,
    presynaptic,
    raise_threshold,
    raised_threshold,
    released,
)
from .quadratic import quadratic_membrane
from .recorded_text import probe_record, recorded, steady_record, varying_record
from .structure import Structure, SynapseForm
from .two_compartment import two_compartment_membrane


def model_text(structure: Structure) -> Fragment:
    """Return declarations and statements of a structure."""
    if structure.experiment == "clamped probe":
        return _clock(structure) + _probe_gates(structure) + _clamped_current(structure)
    text = _clock(structure) + _drive(structure) + _arrivals(structure) + _noise(structure) + _common(structure)
    if structure.cell == "quadratic":
        return text + quadratic_membrane() + sent(structure)
    text += free_potential(structure, "v_free")
    if structure.experiment == "probe":
        return text + _probe_gates(structure) + free_potential(structure, "v_probe") + probe_record()
    text += _spikes(structure)
    if structure.experiment == "circuit":
        return text + sent(structure)
    if structure.experiment == "steady":
        return text + steady_record(structure) + steady_burst_record(structure)
    return text + varying_record(structure)


def _spikes(structure: Structure) -> Fragment:
    if structure.cell == "two compartments":
        return two_compartment_membrane(structure)
    if structure.cell.startswith("escape"):
        return _escape(structure)
    return _spiking_membrane(structure) + (spike_age(structure) if structure.bursts else Fragment())


def _clock(structure: Structure) -> Fragment:
    """Where in the experiment this step lies: 0 or 1 for each question that the statements ask."""
    if structure.experiment == "circuit":
        return Fragment()
    if structure.experiment == "steady":
        return Fragment(
            (Variable("first_step", "1", "shared integer"), Variable("middle_step", "1", "shared integer")),
            ("going_on = int(t_in_timesteps != first_step)", "late = int(t_in_timesteps >= middle_step)"),
        )
    going_on = f"going_on = int(t_in_timesteps % {structure.sample_steps} != 0)"
    if structure.experiment == "time-varying":
        return Fragment((), (going_on,))
    return Fragment(
        (Variable("probe_step", "1", "shared integer"),), (going_on, "probe_now = int(t_in_timesteps == probe_step)")
    )


def _drive(structure: Structure) -> Fragment:
    """Make the channel that the experiment drives: a current, or the mean number of presynaptic spikes in a step."""
    if structure.experiment == "probe":
        return Fragment()
    if structure.experiment == "circuit":
        return circuit_drive(structure)
    if structure.gq:
        return gq_cascade()
    if structure.pulses:
        return pulse_drive(structure)
    if structure.channel is None:
        names = [name for name, driven in _driven(structure).items() if driven]
        if structure.experiment == "steady":
            return Fragment(tuple(Variable(name, "amp", "cell") for name in names))
        if structure.both_currents:
            units = {"drive": "drive_unit", "drive_dendrite": "dendrite_unit"}
            lines = tuple(f"{name} = {unit} * waveform(t)" for name, unit in units.items())
            return Fragment(shared("amp", *units.values()), lines)
        return Fragment(shared("amp", "drive_unit"), tuple(f"{name} = drive_unit * waveform(t)" for name in names))
    name = f"mean_{structure.channel}"
    if structure.experiment == "steady":
        return Fragment((Variable(name, "1", "cell"), Variable(f"none_{structure.channel}", "1", "cell")))
    return Fragment(
        shared("1", "background"),
        (f"{name} = background * clip(1 + waveform(t), 0, 1000000)", f"none_{structure.channel} = exp(-{name})"),
    )


def _driven(structure: Structure) -> dict[str, bool]:
    """Tell for the current into each compartment whether the experiment drives it."""
    if structure.experiment == "circuit":
        return {"drive": structure.driven_soma, "drive_dendrite": structure.driven_dendrite}
    current = structure.channel is None and structure.experiment != "probe" and not structure.gq
    both = structure.graded_noise or structure.pulses or structure.both_currents
    soma = current and (both or not structure.driven_dendrite)
    return {"drive": soma, "drive_dendrite": structure.driven_dendrite}


def _arrivals(structure: Structure) -> Fragment:
    """Count the presynaptic spikes of this step and open their conductances."""
    identity = (Variable("cell_number", "1", "integer"), Variable("level_number", "1", "integer"))
    key = tuple(Variable(name, "1", "shared integer") for name in ("domain", "seed_low", "seed_high"))
    text = Fragment(identity + key)
    for number, terms in enumerate(structure.poisson_terms):
        driven = (structure.channel == number and structure.experiment != "probe") or number in structure.driven
        counts = () if driven else shared("1", f"mean_{number}", f"none_{number}")
        line = f"arrivals_{number} = poisson_count_{terms}({uniform(number)}, mean_{number}, none_{number})"
        text += Fragment(counts, (line,))
    text += presynaptic(structure)
    for synapse in structure.synapses:
        text += gate(structure, synapse)
        if synapse.calcium_block:
            text += calcium_block(synapse, released(structure, synapse.afferent))
    return text


def _noise(structure: Structure) -> Fragment:
    if not structure.noise:
        return Fragment()
    stream = len(structure.poisson_terms)
    variables, kicked = noise_kick(structure, "kick_noise", "drive")
    line = f"noise = noise * keep_noise + {kicked} * standard_normal({uniform(stream)})"
    return Fragment((*state("amp", "noise"), *shared("1", "keep_noise"), *variables), (line,))


def _reversal(synapse: SynapseForm) -> tuple[Variable, ...]:
    if synapse.current_based:
        return shared("volt", f"force_{synapse.receptor}")
    blocked = shared("1", f"magnesium_{synapse.receptor}") + shared("siemens", f"tonic_{synapse.receptor}")
    return shared("volt", f"e_{synapse.receptor}") + (blocked if synapse.blocked else ())


def _common(structure: Structure) -> Fragment:
    """Everything that the potentials of a cell share: the terms that do not depend on them."""
    variables = shared("second", "step", "half_step") + shared("farad", "capacitance")
    variables += shared("siemens", "g_rest") + shared("amp", "i_rest")
    conductance, current = ["g_rest"], ["i_rest"]
    for synapse in structure.synapses:
        variables += _reversal(synapse)
    for synapse in synapses_on(structure, "soma"):
        kind = synapse.receptor
        if synapse.current_based:
            current.append(f"g_{kind} * force_{kind}")
        elif not synapse.blocked:
            conductance.append(f"g_{kind}")
            current.append(f"g_{kind} * e_{kind}")
    current += ["noise"] if structure.noise else []
    current += ["drive"] if _driven(structure)["drive"] else []
    conductance += GQ_CONDUCTANCE if structure.gq else []
    current += GQ_CURRENT if structure.gq else []
    if any(synapse.blocked for synapse in structure.synapses):
        variables += shared("1/volt", "block_slope")
    if structure.muscarinic:
        variables += shared("siemens", "g_m") + shared("volt", "e_m", "half_m", "slope_m") + shared("1", "approach_m")
    if structure.t_current:
        variables += (
            shared("siemens", "g_t") + shared("volt", "e_t", "half_t") + shared("1", "recover_t", "inactivate_t")
        )
    lines = (f"common_conductance = {' + '.join(conductance)}", f"common_current = {' + '.join(current)}")
    text = Fragment(variables, lines)
    stream = len(structure.poisson_terms) + int(structure.noise)
    return text + (dendritic_common(structure, uniform(stream)) if structure.dendrite else Fragment())


def _spiking_membrane(structure: Structure) -> Fragment:
    """Make the membrane that spikes, is reset, and remembers its spikes."""
    text, conductance, current = voltage_dependent(structure, "v")
    cells = tuple(Variable(name, "volt", "cell") for name in ("spike_level", "reset"))
    text += Fragment(state("volt", "v") + state("1", "wait") + cells + shared("1", "refractory_steps"))
    after = [name for name in ("rectifier", "after_hyperpolarization") if getattr(structure, name)]
    for name in after:
        numbers = shared("1", f"keep_{name}") + shared("siemens", f"jump_{name}") + shared("volt", f"e_{name}")
        text += Fragment(state("siemens", f"g_{name}") + numbers)
        conductance.append(f"g_{name}")
        current.append(f"g_{name} * e_{name}")
    running = "running = clip(1 - wait, 0, 1)"
    text += Fragment((), (running, "v_before = v", *trapezoidal("v", conductance, current, "running * ")))
    text += raised_threshold(structure)
    raised = " + raised" if structure.moving_threshold else ""
    text += _upstroke(raised) if structure.cell == "exponential" else crossing(raised)
    longest = "0, refractory_steps"
    after_lines = tuple(
        f"g_{name} = g_{name} * keep_{name} + jump_{name} * spike * (1 - late_by * (1 - keep_{name}))" for name in after
    )
    spike = (
        f"wait = clip(wait - 1, {longest}) * (1 - spike) + clip(refractory_steps - late_by, {longest}) * spike",
        "v = v * (1 - spike) + reset * spike",
    )
    return text + Fragment((), spike + after_lines) + raise_threshold(structure)


def _upstroke(raised: str) -> Fragment:
    """Add what the exponential term does in a step, in closed form from the middle of the linear one.

    By itself it makes u = exp(-(V - V_T)/Delta_T) a straight line, du/dt = -g_L/C, so that the moment at which V passes
    the cutoff is known too, however steep the upstroke is against the step.
    """
    variables = (
        *shared("volt", "slope_factor"),
        *shared("1", "upstroke_step", "cutoff_left"),
        Variable("threshold", "volt", "cell"),
    )
    threshold = f"(threshold{raised})" if raised else "threshold"
    lines = (
        f"steepness = exp(clip(((v + v_before) / 2 - {threshold}) / slope_factor, -80, 20))",
        "taken = upstroke_step * running * steepness",
        "v = v - slope_factor * log(clip(1 - taken, 1e-30, 1))",
        f"spike = int(v >= spike_level{raised})",
        "late_by = running * clip(1 - (1 - cutoff_left * steepness) / clip(taken, 1e-30, 1e30), 0, 1)",
    )
    return Fragment(variables, lines)


def _escape(structure: Structure) -> Fragment:
    """Count the spikes of a memoryless cell in this step, given its free potential."""
    variables = (Variable("threshold", "volt", "cell"), *shared("1", "largest_mean"))
    if structure.cell == "escape step":
        mean = ("mean_spikes = largest_mean * int(v_free > threshold)",)
    else:
        variables += shared("volt", "kappa")
        mean = ("mean_spikes = largest_mean * (1 - exp(-clip((v_free - threshold) / kappa, 0, 100)))",)
    stream = len(structure.poisson_terms) + int(structure.noise)
    count = f"spike = poisson_count_{structure.spike_terms}({uniform(stream)}, mean_spikes, exp(-mean_spikes))"
    return Fragment(variables, (*mean, count))


def _probe_gates(structure: Structure) -> Fragment:
    """Conductances that the one extra presynaptic spike opens, averaged over the step."""
    text = Fragment((Variable("size", "1", "cell"),))
    for kind, rises, afferent in ((s.receptor, s.rises, s.afferent) for s in structure.synapses if s.probed):
        parts = (f"{kind}_slow", f"{kind}_fast") if rises else (kind,)
        for part in parts:
            known = structure.experiment != "clamped probe"
            numbers = () if known else shared("1", f"keep_{part}") + shared("siemens", f"jump_{part}")
            left = f" * left_{afferent}" if known and inhibited(structure, afferent) else ""
            line = f"p_{part} = p_{part} * keep_{part} + size * jump_{part} * probe_now{left}"
            text += Fragment(state("siemens", f"p_{part}") + numbers, (line,))
        text += Fragment((), (f"p_{kind} = p_{kind}_slow - p_{kind}_fast",) if rises else ())
    return text


def _clamped_current(structure: Structure) -> Fragment:
    """With the cell held at a potential, the response is the current (inward positive) that the probe spike opens."""
    probed = [synapse.receptor for synapse in structure.synapses if synapse.probed]
    current = " + ".join(f"p_{kind} * force_{kind}" for kind in probed)
    forces = Fragment(shared("volt", *(f"force_{kind}" for kind in probed), "clamp"))
    return forces + recorded(response=("amp", f"({current})"), v_free=("volt", "clamp"))
