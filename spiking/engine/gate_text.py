"""The gates of synapses as text: what presynaptic spikes of this step open, averaged over the step.

A gate hears an afferent, other cells of a circuit, or both. Spikes of a circuit come summed over connections as
``input_...``, in siemens; a saturating gate belongs to its presynaptic cell, and the sum of all of them comes as
``held_...``.
"""

from .fragments import Fragment, shared, signals, state
from .modulated_text import cascade_gate, released
from .structure import Structure, SynapseForm


def gate(structure: Structure, synapse: SynapseForm) -> Fragment:
    """Open conductance of one synapse, averaged over the step."""
    kind = synapse.receptor
    if synapse.cascade:
        return cascade_gate(synapse, released(structure, synapse.afferent))
    if synapse.afferent < 0 and kind not in structure.inputs:
        return Fragment(signals("siemens", f"held_{kind}"), (f"g_{kind} = held_{kind}",))
    heard = Fragment(state("siemens", f"input_{kind}")) if kind in structure.inputs else Fragment()
    if not synapse.rises:
        return heard + _decaying(structure, synapse, kind)
    both = _decaying(structure, synapse, f"{kind}_slow") + _decaying(structure, synapse, f"{kind}_fast")
    total = f"g_{kind} = g_{kind}_slow - g_{kind}_fast"
    if kind in structure.held:
        return heard + both + Fragment(signals("siemens", f"held_{kind}"), (f"{total} + held_{kind}",))
    return heard + both + Fragment((), (total,))


def _decaying(structure: Structure, synapse: SynapseForm, part: str) -> Fragment:
    """Let one exponential decay over the step and add what this step's spikes open."""
    variables, opened = state("siemens", f"g_{part}") + shared("1", f"keep_{part}"), []
    if synapse.afferent >= 0:
        variables += shared("siemens", f"jump_{part}")
        opened.append(f"jump_{part} * {released(structure, synapse.afferent)}")
    if synapse.receptor in structure.inputs:
        variables += shared("1", f"opened_{part}")
        opened.append(f"opened_{part} * input_{synapse.receptor}")
    return Fragment(variables, (f"g_{part} = g_{part} * keep_{part} + {' + '.join(opened)}",))
