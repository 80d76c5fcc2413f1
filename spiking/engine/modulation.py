"""The numbers of what modulates a population from within: presynaptic inhibition, cascades, the moving threshold."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cells import Cell, PointCell
from ..population import Population
from ..synapses import CalciumBlock, GabaBCascade, Synapse

Floats = NDArray[np.float64]
Values = dict[str, Any]


def presynaptic_values(population: Population, dt: float, rates: tuple[Floats, ...]) -> Values:
    """Return the numbers of the receptors on terminals, occupied at first as they are in the mean."""
    spikes = {afferent.name: rate for afferent, rate in zip(population.afferents, rates, strict=True)}
    values: Values = {}
    for number, afferent in enumerate(population.afferents):
        inhibition = afferent.presynaptic
        if inhibition is not None:
            values[f"strength_{number}"] = inhibition.strength
            values[f"binding_{number}"] = -math.log1p(-inhibition.step / inhibition.terminals)
            values[f"keep_occupied_{number}"] = math.exp(-dt / inhibition.time_constant)
            values[f"occupied_{number}"] = inhibition.steady_occupancy(spikes[inhibition.source])
    return values


def cascade_values(synapse: Synapse, cascade: GabaBCascade, dt: float) -> Values:
    """Return the numbers of a GABA_B cascade."""
    kind, keep = synapse.label, math.exp(-dt * cascade.removal)
    return {
        f"full_{kind}": synapse.weight,
        f"raise_{kind}": -math.log1p(-cascade.binding / cascade.terminals),
        f"keep_bound_{kind}": math.exp(-dt * cascade.unbinding),
        f"keep_protein_{kind}": keep,
        f"gain_{kind}": cascade.production / cascade.removal * (1 - keep),
        f"half_{kind}": cascade.half,
    }


def cascade_state(kind: str, cascade: GabaBCascade, rate: Floats) -> Values:
    """Return where a cascade starts: its mean at this rate of releases (Hz)."""
    protein = cascade.steady_protein(rate)
    return {f"bound_{kind}": protein * cascade.removal / cascade.production, f"protein_{kind}": protein}


def calcium_block_values(synapse: Synapse, block: CalciumBlock, dt: float, rate: Floats) -> Values:
    """Return the numbers of a block of Ca2+ channels, which starts at its mean at this rate of releases (Hz)."""
    kind, keep_held = synapse.label, math.exp(-dt / synapse.decay)
    keep_blocked = math.exp(-dt / synapse.rise) if synapse.rise > 0 else 0.0
    bound = block.steady_bound(rate, synapse.decay)
    return {
        f"hold_{kind}": -math.log1p(-block.step / block.terminals),
        f"keep_held_{kind}": keep_held,
        f"keep_blocked_{kind}": keep_blocked,
        f"pass_{kind}": synapse.decay / (synapse.decay - synapse.rise) * (keep_held - keep_blocked),
        f"share_{kind}": block.share,
        f"held_{kind}": bound,
        f"blocked_{kind}": bound,
    }


def threshold_values(cell: PointCell, dt: float) -> Values:
    """Return the numbers of a moving threshold, which starts at its lowest."""
    if cell.moving_threshold is None:
        return {}
    return {"jump_raised": cell.moving_threshold.jump, "keep_raised": math.exp(-dt / cell.moving_threshold.decay)}


def gq_values(cell: Cell, dt: float) -> Values:
    """Return the numbers of a Gq cascade that starts unoccupied, with full stores."""
    if not isinstance(cell, PointCell) or cell.gq is None:
        return {}
    gq = cell.gq
    keep = math.exp(-dt / gq.calcium_time)
    return {
        "gq_store": 1.0,
        "gq_follow": -math.expm1(-dt / gq.active_time),
        "gq_follow_closed": -math.expm1(-dt / gq.closing_time),
        "gq_refill": dt / gq.refill_time,
        "gq_deplete": dt * gq.depletion,
        "gq_release": gq.release * gq.calcium_time * (1 - keep),
        "gq_keep_calcium": keep,
        "gq_calcium_half": gq.calcium_half,
        "gq_follow_cation": -math.expm1(-dt / gq.cation_time),
        "gq_closed_muscarinic": gq.closed_muscarinic,
        "gq_sk": gq.sk_conductance,
        "gq_potassium": gq.closed_potassium * cell.potassium_conductance,
        "gq_cation": gq.cation_conductance,
        "e_gq": cell.potassium_reversal,
        "e_gq_cation": gq.cation_reversal,
    }
