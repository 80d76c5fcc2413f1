"""The mean field whose rates move as they were measured to: every input of a population with its own motion."""

from collections.abc import Mapping
from dataclasses import replace

from ...meanfield.models.population_network import PopulationNetwork
from ...meanfield.networks import NetworkDrive, RateMotion
from ...spiking import Population
from ...spiking.circuits import Circuit
from ..rate_motion import RateMotionEstimate

CURRENT = "current"

Motions = Mapping[str, RateMotionEstimate]


def moving_network(
    circuit: Circuit,
    still: PopulationNetwork,
    alone: Mapping[str, Population],
    motions: Mapping[str, Motions],
) -> PopulationNetwork:
    """Return the network in which the rates follow each input through the motion that was measured of it.

    At the rates of the open loop it is the network that was given. The sigmoids are curves of the rate by currents; an
    input that also changes the noise moves the rate by more or less than a current that moves the potential as far.
    The ratio, measured, is the gain of its motion.

    Parameters
    ----------
    circuit : Circuit
        The circuit.
    still : PopulationNetwork
        Its mean field whose rates follow at once.
    alone : mapping of str to Population
        The populations as they were measured, with all they hear as afferents.
    motions : mapping of str to mapping of str to RateMotionEstimate
        By population, and by afferent or "current"; an input without one stays still, and so does a population without
        that of the current.
    """

    def moved(target: str, afferent: str | None) -> RateMotion | None:
        own = motions.get(target, {})
        if afferent is None or afferent not in own or CURRENT not in own:
            return None
        return replace(own[afferent].motion, gain=own[afferent].slope.value / own[CURRENT].slope.value)

    projections = []
    for p in still.projections:
        labels = {synapse.label for synapse in circuit.projection(p.name).synapses}
        projections.append(replace(p, motion=moved(p.target, _carrier(alone.get(p.target), labels))))
    drives = [replace(d, motion=moved(d.target, _channel(circuit, alone, d))) for d in still.drives]
    return PopulationNetwork(populations=still.populations, projections=tuple(projections), drives=tuple(drives))


def _channel(circuit: Circuit, alone: Mapping[str, Population], drive: NetworkDrive) -> str | None:
    """Return the afferent of the population alone that a drive comes through."""
    if drive.unit == "A":
        return CURRENT
    synapses = circuit.population(drive.target).population.afferent(drive.name).synapses
    return _carrier(alone.get(drive.target), {synapse.label for synapse in synapses})


def _carrier(population: Population | None, labels: set[str]) -> str | None:
    """Return the afferent that carries these receptors, alone or among others."""
    found = () if population is None else population.afferents
    carriers = (a.name for a in found if labels and labels <= {synapse.label for synapse in a.synapses})
    return next(carriers, None)
