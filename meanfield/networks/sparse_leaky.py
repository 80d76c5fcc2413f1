"""The sparse network of leaky cells with instantaneous synapses: two populations, one kind of cell."""

from typing import TYPE_CHECKING

from ...units import takes
from ..kernels import ExponentialKernel
from .delays import DelayDistribution
from .leaky_rate import LeakyRate
from .parts import NetworkDrive, NetworkPopulation, NetworkProjection

if TYPE_CHECKING:
    from ..models.population_network import PopulationNetwork


@takes(jump="V", external_rate="Hz", delay="s", v_rest="V")
def sparse_leaky_network(
    cell: LeakyRate,
    *,
    jump: float,
    relative_inhibition: float,
    excitatory_inputs: float,
    inhibitory_inputs: float,
    external_rate: float,
    delay: float | DelayDistribution,
    v_rest: float = 0.0,
    external_inputs: float | None = None,
    sizes: tuple[float, float] | None = None,
) -> "PopulationNetwork":
    """Return the network of excitatory and inhibitory leaky cells with jumps J and -g J, model A of the paper.

    Source: brunel2000.
    Assumptions: diffusion approximation; every cell draws its inputs anew, so that their noise is private; spikes
    arrive after one delay or a distribution of delays.

    Parameters
    ----------
    cell : LeakyRate
        Both kinds of cells.
    jump : float
        J, V.
    relative_inhibition : float
        g, 1.
    excitatory_inputs, inhibitory_inputs : float
        C_E and C_I, cells that one cell hears.
    external_rate : float
        Of each external input, Hz.
    delay : float or DelayDistribution
        s.
    v_rest : float
        Potential without input, V.
    external_inputs : float, optional
        Number of external inputs; C_E unless given.
    sizes : pair of float, optional
        Cells of both populations; infinite unless given.

    Returns
    -------
    PopulationNetwork
        Populations "E" and "I", drives "E.external" and "I.external" (spikes a second onto a cell).
    """
    from ..models.population_network import PopulationNetwork

    late = delay if isinstance(delay, DelayDistribution) else DelayDistribution(delay)
    excitation = ExponentialKernel(jump * cell.tau_m, cell.tau_m)
    inhibition = ExponentialKernel(-relative_inhibition * jump * cell.tau_m, cell.tau_m)
    level = external_rate * (excitatory_inputs if external_inputs is None else external_inputs)
    populations, projections, drives = [], [], []
    for k, name in enumerate("EI"):
        populations.append(
            NetworkPopulation(name=name, rate=cell, operating_v=v_rest, size=None if sizes is None else sizes[k])
        )
        drives.append(NetworkDrive(target=name, kernel=excitation, level=level))
        for source, kernel, count in (("E", excitation, excitatory_inputs), ("I", inhibition, inhibitory_inputs)):
            projections.append(NetworkProjection(source=source, target=name, kernel=kernel, count=count, delay=late))
    return PopulationNetwork(populations=populations, projections=projections, drives=drives)
