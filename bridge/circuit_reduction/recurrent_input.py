"""A population of a circuit at stated rates of all populations: what it hears of them becomes Poisson afferents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...spiking import Afferent, PointCell, Population, Synapse, settled
from ...spiking.circuits import Circuit, Projection

MERGED = "heard"


@dataclass(frozen=True)
class HeardInput:
    """Spikes that reach a cell: ``rate`` (Hz, all together), through ``synapses``, with the weights of one spike.

    ``square`` is the mean square of a weight over the square of its mean.
    """

    name: str
    rate: float
    synapses: tuple[Synapse, ...]
    square: float = 1.0


def heard_inputs(
    circuit: Circuit, name: str, rates: Mapping[str, float], irregularity: Mapping[str, float] | None = None
) -> tuple[HeardInput, ...]:
    """Return everything that a cell of a population hears: its background and every projection, at these rates (Hz).

    ``irregularity`` is by projection the variance its spikes make over that of Poisson spikes; 1 where left out.
    """
    population = settled(circuit.population(name).population)
    found = [HeardInput(afferent.name, afferent.rate, afferent.synapses) for afferent in population.afferents]
    for projection in circuit.incoming(name):
        rate = circuit.in_degree(projection) * float(rates[projection.source])
        synapses = tuple(
            per_spike(projection, synapse, float(rates[projection.source])) for synapse in projection.synapses
        )
        irregular = (irregularity or {}).get(projection.name, 1.0)
        found.append(HeardInput(projection.name, rate, synapses, (1 + projection.weight_spread**2) * irregular))
    return tuple(found)


def per_spike(projection: Projection, synapse: Synapse, rate: float) -> Synapse:
    """Return a synapse of a projection with the weight that keeps its mean conductance at the source's ``rate`` (Hz).

    Only a gate that saturates depends on the rate; see `saturated_share`.
    """
    return replace(synapse, weight=synapse.weight * saturated_share(projection, synapse, rate))


def saturated_share(projection: Projection, synapse: Synapse, rate: float) -> float:
    """Return the mean gate over that of a gate that adds up, 1, at the source's ``rate`` (Hz)."""
    saturation = projection.saturation
    if saturation is None or synapse.receptor != "nmda":
        return 1.0
    slow = max(rate, 1e-3)
    return saturation.instantaneous_mean(slow, synapse.rise, synapse.decay) / (slow * synapse.gate_area)


def saturated_slope(projection: Projection, synapse: Synapse, rate: float) -> float:
    """Return the slope of the mean gate by the rate over that of a gate that adds up, 1."""
    saturation = projection.saturation
    if saturation is None or synapse.receptor != "nmda":
        return 1.0
    slow = max(rate, 1e-3)
    ends = (saturation.instantaneous_mean(slow * (1 + s * 1e-4), synapse.rise, synapse.decay) for s in (1, -1))
    above, below = ends
    return (above - below) / (2e-4 * slow * synapse.gate_area)


def with_recurrent_input(
    circuit: Circuit, name: str, rates: Mapping[str, float], *, variance: float = 1.0
) -> Population:
    """Return a population of a circuit with everything it hears as Poisson afferents of its own.

    Inputs onto one receptor become one afferent of the same mean conductance and the same variance (Campbell's theorem:
    the sums of rate x weight and of rate x weight^2 are kept).

    Assumptions: spikes of the network are Poisson and independent from cell to cell; synapses of one receptor differ in
    weight only (other decay times are averaged, weighted by their charge). Receptors that share an afferent keep their
    common spikes as far as their weights go together.

    Parameters
    ----------
    circuit : Circuit
        The circuit.
    name : str
        Of the population.
    rates : mapping of str to float
        Rate of every population, Hz.
    variance : float
        Factor on the variance of every synaptic input at the same mean, 1: fewer and larger spikes above 1.
    """
    return with_inputs(circuit, name, heard_inputs(circuit, name, rates), variance=variance)


def with_inputs(circuit: Circuit, name: str, inputs: Sequence[HeardInput], *, variance: float = 1.0) -> Population:
    """Return a population of a circuit with these inputs as afferents of its own; see `with_recurrent_input`."""
    population = settled(circuit.population(name).population)
    afferents = [_merged(f"{MERGED} {k}", group, variance) for k, group in enumerate(_groups(inputs))]
    return replace(population, afferents=tuple(afferents))


def _groups(inputs: Sequence[HeardInput]) -> list[list[HeardInput]]:
    """Return the inputs in groups that share no receptor with each other."""
    groups: list[list[HeardInput]] = []
    for item in inputs:
        labels = {synapse.label for synapse in item.synapses}
        touching = [g for g in groups if any(labels & {s.label for s in other.synapses} for other in g)]
        groups = [g for g in groups if g not in touching] + [[*(x for g in touching for x in g), item]]
    return groups


def _merged(name: str, group: Sequence[HeardInput], variance: float) -> Afferent:
    """Return one afferent for a group: its rate keeps the variance of the receptor that carries the most of it."""
    labels = list(dict.fromkeys(s.label for item in group for s in item.synapses))
    sums = {label: _sums(label, group) for label in labels}
    loudest = max(labels, key=lambda label: sums[label][1] * _kinetics(label, group).gate_area)
    mean, square = sums[loudest]
    rate = mean**2 / (square * variance) if square > 0 else 0.0
    synapses = []
    for label in labels:
        model = _kinetics(label, group)
        weight = sums[label][0] / rate if rate > 0 else 0.0
        tonic = sum(s.tonic for item in group for s in item.synapses if s.label == label)
        synapses.append(replace(model, weight=weight, tonic=tonic))
    return Afferent(name=name, rate=rate, synapses=tuple(synapses))


def _sums(label: str, group: Sequence[HeardInput]) -> tuple[float, float]:
    """Return the sums of rate x weight (S Hz) and rate x weight^2 (S^2 Hz) onto one receptor."""
    carried = [(item, s) for item in group for s in item.synapses if s.label == label]
    return (
        sum(item.rate * s.weight for item, s in carried),
        sum(item.rate * s.weight**2 * item.square for item, s in carried),
    )


def _kinetics(label: str, group: Sequence[HeardInput]) -> Synapse:
    """Return a synapse of the receptor with the decay and rise of all, weighted by the charge they carry."""
    carried = [(item, s) for item in group for s in item.synapses if s.label == label]
    first = carried[0][1]
    if all((s.decay, s.rise) == (first.decay, first.rise) for _, s in carried):
        return first
    opened = np.array([item.rate * s.weight for item, s in carried])
    opened = opened if opened.sum() > 0 else np.ones(len(carried))
    areas = np.array([s.gate_area for _, s in carried])
    charge = opened * areas / (opened @ areas)
    decay, rise = (float(charge @ [getattr(s, part) for _, s in carried]) for part in ("decay", "rise"))
    model = replace(first, decay=decay, rise=rise)
    # The mean conductance is weight x gate area: the area of the average gate must be that of the gates.
    area = float(opened @ areas / opened.sum())
    return replace(model, decay=decay * area / model.gate_area, rise=rise * area / model.gate_area)


def count_spread(circuit: Circuit, projection: Projection, rate_cv: float = 0.0) -> float:
    """Return how much what a projection brings on average differs from cell to cell, sd over mean, 1.

    A probability of connection gives a binomial number of inputs; weights that differ and source cells whose rates
    differ, with sd over mean ``rate_cv``, add to it.
    """
    number = circuit.in_degree(projection)
    if number == 0:
        return 0.0
    square, weights = 1 + rate_cv**2, projection.weight_spread**2
    if projection.probability is not None:
        return float(np.sqrt((1 - projection.probability + weights) * square / number))
    drawn = number / circuit.population(projection.source).size
    return float(np.sqrt(((1 - drawn) * rate_cv**2 + weights * square) / number))


def widened(population: Population, spread: float) -> Population:
    """Return the population with ``spread`` (V), the sd of the mean potential over its cells, among its thresholds."""
    cell = population.cell
    width = float(np.hypot(cell.threshold_spread, spread)) if spread > 0 else cell.threshold_spread
    return population.with_cell(threshold_spread=width)


def refractory_limit(population: Population) -> float:
    """Return a rate that the cells never pass, Hz."""
    cell = population.cell
    if isinstance(cell, PointCell):
        return 1 / cell.refractory_period if cell.refractory_period > 0 else 1000.0
    return float(getattr(cell, "q_max", 1000.0))
