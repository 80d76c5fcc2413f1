"""Fewer cells and connections with the same mean and variance of the input."""

import math
from collections.abc import Mapping
from dataclasses import replace

from ..synapses import Synapse
from .circuit import Circuit, Projection


def scaled(circuit: Circuit, factor: float, rates: Mapping[str, float]) -> Circuit:
    """Return the circuit with ``factor`` times as many cells; see `Circuit.scaled`."""
    silent = [p.source for p in circuit.projections if p.source not in rates]
    if silent:
        raise ValueError(f"Circuit.scaled: no rate for {', '.join(sorted(set(silent)))}; give the rates that are kept.")
    populations = tuple(replace(p, size=_whole(p.size * factor, p.name)) for p in circuit.populations)
    projections = tuple(_scaled_projection(circuit, p, factor, rates[p.source]) for p in circuit.projections)
    return replace(circuit, name=circuit.name, populations=populations, projections=projections)


def _whole(number: float, what: str) -> int:
    if number < 0.5:
        raise ValueError(f"Circuit.scaled: nothing would be left of {what}; take a larger factor.")
    return max(round(number), 1)


def _scaled_projection(circuit: Circuit, projection: Projection, factor: float, rate: float) -> Projection:
    before = circuit.in_degree(projection)
    in_degree = projection.in_degree
    if in_degree is not None:
        in_degree = _whole(in_degree * factor, f"the in-degree of {projection.name!r}")
    after = before * factor if in_degree is None else float(in_degree)
    synapses = tuple(_compensated(projection, s, before, after, rate) for s in projection.synapses)
    return replace(projection, synapses=synapses, in_degree=in_degree)


def _compensated(projection: Projection, synapse: Synapse, before: float, after: float, rate: float) -> Synapse:
    """Keep the variance by the weight, and the mean by a tonic conductance that opens as the spikes left out would."""
    stronger = math.sqrt(before / after)
    lacking = (before - after * stronger) * rate * synapse.weight * _mean_gate_per_spike(projection, synapse, rate)
    if synapse.tonic + lacking < 0:
        raise ValueError(
            f"Circuit.scaled: enlarging {projection.name!r} needs a negative tonic conductance; scale down, not up."
        )
    return replace(synapse, weight=synapse.weight * stronger, tonic=synapse.tonic + lacking)


def _mean_gate_per_spike(projection: Projection, synapse: Synapse, rate: float) -> float:
    """Return the time (s) for which one spike holds the gate open, on the average."""
    if projection.saturation is None or synapse.receptor != "nmda" or rate == 0:
        return synapse.gate_area
    return projection.saturation.instantaneous_mean(rate, synapse.rise, synapse.decay) / rate
