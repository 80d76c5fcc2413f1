"""Shift the excitatory charge from AMPA to NMDA receptors, with the charge at one declared potential conserved.

The other reading exchanges receptor for receptor: the sum of the peak conductances is conserved, and an NMDA receptor,
which stays open far longer, brings more charge even through its block.
"""

from dataclasses import replace

from ..population import Population
from ..synapses import Synapse
from .mechanism import Mechanism, Reading

V_REFERENCE = -0.065  # V, where the charge of one presynaptic spike is conserved


def charge(synapse: Synapse, v: float) -> float:
    """Return the charge (C) that one presynaptic spike carries inward with the cell held at ``v`` (V)."""
    return synapse.weight * synapse.gate_area * synapse.block(v) * (synapse.reversal - v)


def nmda_share(population: Population, v_reference: float = V_REFERENCE) -> float:
    """Return the NMDA share of the excitatory charge at ``v_reference`` (V)."""
    ampa, nmda = (charge(population.synapse(kind), v_reference) for kind in ("ampa", "nmda"))
    if ampa + nmda == 0:
        raise ValueError(
            f"nmda_fraction: neither AMPA nor NMDA carries charge in {population.name}; give one of them a weight."
        )
    return nmda / (ampa + nmda)


def _charge_per_weight(synapse: Synapse) -> float:
    """Return the charge (C) of one spike at the reference potential for each S of peak conductance."""
    counted = synapse if synapse.weight > 0 else replace(synapse, weight=1.0)
    return charge(counted, V_REFERENCE) / counted.weight


def _new_share(population: Population, change: float) -> float:
    share = nmda_share(population) + change
    if not 0 <= share <= 1:
        raise ValueError(
            f"nmda_fraction: a change of {change:+g} brings the NMDA share of the charge to {share:.3g}, outside 0 to "
            f"1; the untouched share is {share - change:.3g}."
        )
    return share


def _shift_share(population: Population, change: float) -> Population:
    ampa, nmda = population.synapse("ampa"), population.synapse("nmda")
    share = _new_share(population, change)
    total = charge(ampa, V_REFERENCE) + charge(nmda, V_REFERENCE)
    per_weight_a = _charge_per_weight(ampa)
    per_weight_n = _charge_per_weight(nmda)
    moved = population.with_synapse("ampa", weight=(1 - share) * total / per_weight_a)
    return moved.with_synapse("nmda", weight=share * total / per_weight_n)


def _exchange_receptors(population: Population, change: float) -> Population:
    ampa, nmda = population.synapse("ampa"), population.synapse("nmda")
    share = _new_share(population, change)
    peak = ampa.weight + nmda.weight
    per_weight_a = _charge_per_weight(ampa)
    per_weight_n = _charge_per_weight(nmda)
    part = share * per_weight_a / (share * per_weight_a + (1 - share) * per_weight_n)
    moved = population.with_synapse("ampa", weight=(1 - part) * peak)
    return moved.with_synapse("nmda", weight=part * peak)


NMDA_FRACTION = Mechanism(
    id="nmda_fraction",
    lever="NMDA share of the synaptic charge at -65 mV raised by an amount, total charge there conserved",
    unit="1",
    neutral=0.0,
    amounts=(-0.2, 0.2),
    modes={
        "review": _shift_share,
        "bio": Reading(
            lever="NMDA share of the charge at -65 mV raised by an amount, sum of peak conductances conserved",
            act=_exchange_receptors,
            amounts=(-0.2, 0.2),
            sources=("shine2021", "jahr1990", "myme2003"),
        ),
    },
    sources=("shine2021", "jahr1990"),
)
