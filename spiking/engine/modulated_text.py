"""The text of what modulates a population from within: presynaptic inhibition, the GABA_B cascade, Gq, the threshold.

All of it is exact for constant input over a step, or implicit where two quantities multiply: bound shares stay between
0 and 1 at any dt and any number of spikes in a step.
"""

from .fragments import Fragment, shared, state
from .structure import Structure, SynapseForm


def released(structure: Structure, afferent: int) -> str:
    """Return the name of what an afferent releases in a step, in full releases."""
    return f"released_{afferent}" if inhibited(structure, afferent) else f"arrivals_{afferent}"


def inhibited(structure: Structure, afferent: int) -> bool:
    """Whether the terminals of an afferent have presynaptic receptors."""
    return bool(structure.inhibitors) and structure.inhibitors[afferent] is not None


def presynaptic(structure: Structure) -> Fragment:
    """Take from each release what the receptors of its terminals withhold, then let them bind this step's GABA."""
    text = Fragment()
    held = [(number, source) for number, source in enumerate(structure.inhibitors) if source is not None]
    for number, _ in held:
        variables = state("1", f"occupied_{number}") + shared("1", f"strength_{number}")
        left = f"left_{number} = 1 - strength_{number} * occupied_{number}"
        text += Fragment(variables, (left, f"released_{number} = arrivals_{number} * left_{number}"))
    for number, source in held:
        after = f"(1 - (1 - occupied_{number}) * exp(-binding_{number} * arrivals_{source}))"
        line = f"occupied_{number} = keep_occupied_{number} * {after}"
        text += Fragment(shared("1", f"binding_{number}", f"keep_occupied_{number}"), (line,))
    return text


def cascade_gate(synapse: SynapseForm, events: str) -> Fragment:
    """Open conductance of GABA_B through bound receptors and G protein."""
    kind = synapse.receptor
    numbers = shared("1", *(f"{name}_{kind}" for name in ("raise", "keep_bound", "gain", "keep_protein", "half")))
    variables = state("1", f"bound_{kind}", f"protein_{kind}") + numbers + shared("siemens", f"full_{kind}")
    lines = (
        f"bound_{kind} = 1 - (1 - bound_{kind}) * exp(-raise_{kind} * {events})",
        f"protein_{kind} = protein_{kind} * keep_protein_{kind} + gain_{kind} * bound_{kind}",
        f"bound_{kind} = bound_{kind} * keep_bound_{kind}",
        f"fourth_{kind} = protein_{kind} * protein_{kind} * protein_{kind} * protein_{kind}",
        f"g_{kind} = full_{kind} * fourth_{kind} / (fourth_{kind} + half_{kind})",
    )
    return Fragment(variables, lines)


def calcium_block(synapse: SynapseForm, events: str) -> Fragment:
    """Leave of the dendrite's Ca2+ current what GABA_B receptors do not block: two first-order steps, both exact."""
    kind = synapse.receptor
    numbers = shared("1", *(f"{name}_{kind}" for name in ("hold", "keep_held", "keep_blocked", "pass", "share")))
    lines = (
        f"held_{kind} = 1 - (1 - held_{kind}) * exp(-hold_{kind} * {events})",
        f"blocked_{kind} = blocked_{kind} * keep_blocked_{kind} + held_{kind} * pass_{kind}",
        f"held_{kind} = held_{kind} * keep_held_{kind}",
        f"calcium_left = calcium_current * (1 - share_{kind} * blocked_{kind})",
    )
    return Fragment(state("1", f"held_{kind}", f"blocked_{kind}") + numbers, lines)


def gq_cascade() -> Fragment:
    """Follow the Gq cascade of the played occupancy, the same for all cells."""
    variables = state("1", "gq_active", "gq_closed", "gq_store", "gq_calcium", "gq_cation_open")
    variables += shared("1", "gq_follow", "gq_follow_closed", "gq_refill", "gq_deplete", "gq_release")
    variables += shared("1", "gq_keep_calcium", "gq_calcium_half", "gq_follow_cation", "gq_closed_muscarinic")
    variables += shared("siemens", "gq_sk", "gq_potassium", "gq_cation") + shared("volt", "e_gq", "e_gq_cation")
    lines = (
        "gq_active = gq_active + gq_follow * (clip(waveform(t), 0, 1) - gq_active)",
        "gq_closed = gq_closed + gq_follow_closed * (gq_active - gq_closed)",
        "gq_store = (gq_store + gq_refill) / (1 + gq_refill + gq_deplete * gq_active)",
        "gq_calcium = gq_calcium * gq_keep_calcium + gq_release * gq_active * gq_store",
        "gq_cation_open = gq_cation_open + gq_follow_cation * (gq_active - gq_cation_open)",
        "gq_calcium_square = gq_calcium * gq_calcium",
        "gq_sk_open = gq_calcium_square / (gq_calcium_square + gq_calcium_half * gq_calcium_half)",
        "gq_k = gq_sk * gq_sk_open - gq_potassium * gq_closed",
        "gq_left_muscarinic = 1 - gq_closed_muscarinic * gq_closed",
    )
    return Fragment(variables, lines)


GQ_CONDUCTANCE = ["gq_k", "gq_cation * gq_cation_open"]
GQ_CURRENT = ["gq_k * e_gq", "gq_cation * gq_cation_open * e_gq_cation"]


def raised_threshold(structure: Structure) -> Fragment:
    """Let what spikes have added to the threshold fall over a step."""
    if not structure.moving_threshold:
        return Fragment()
    variables = state("volt", "raised") + shared("1", "keep_raised")
    return Fragment(variables, ("raised = raised * keep_raised",))


def raise_threshold(structure: Structure) -> Fragment:
    """Add what a spike adds, as much as is left of it at the end of the step."""
    if not structure.moving_threshold:
        return Fragment()
    line = "raised = raised + jump_raised * spike * (1 - late_by * (1 - keep_raised))"
    return Fragment(shared("volt", "jump_raised"), (line,))
