"""Circuits that several tests reduce."""

from mesobridge.spiking import Afferent, EscapeRateCell, PointCell, Population, Synapse
from mesobridge.spiking.circuits import Circuit, CircuitPopulation, Delay, Projection

LEAKY = PointCell(
    capacitance="200 pF", leak_conductance="10 nS", leak_reversal="-70 mV", threshold="-50 mV", reset="-60 mV",
    refractory_period="2 ms", threshold_spread="1 mV",
)  # fmt: skip
MEMORYLESS = EscapeRateCell(
    capacitance="200 pF", leak_conductance="10 nS", leak_reversal="-70 mV", threshold="-50 mV", q_max="100 Hz",
    kappa="3 mV", threshold_spread="1 mV",
)  # fmt: skip


def ampa(weight: str | float, *, current_based: bool = False) -> Synapse:
    return Synapse(receptor="ampa", weight=weight, reversal="0 mV", decay="3 ms", current_based=current_based)


def gaba(weight: str | float, *, current_based: bool = False) -> Synapse:
    reversal = "-80 mV" if current_based else "-75 mV"
    return Synapse(receptor="gaba_a", weight=weight, reversal=reversal, decay="6 ms", current_based=current_based)


def excitatory_inhibitory(
    cell: PointCell | EscapeRateCell = MEMORYLESS,
    *,
    excitation: str = "0.4 nS",
    inhibition: str = "3 nS",
    external: str = "2400 Hz",
    current_based: bool = False,
    probability: float | None = 0.1,
) -> Circuit:
    sizes = {"E": 4000, "I": 1000}
    background = (Afferent(name="external", rate=external, synapses=(ampa("0.8 nS", current_based=current_based),)),)
    sources = {
        "E": (ampa(excitation, current_based=current_based),),
        "I": (gaba(inhibition, current_based=current_based),),
    }
    return Circuit(
        name="pair",
        populations=tuple(
            CircuitPopulation(population=Population(name=name, cell=cell, afferents=background), size=size)
            for name, size in sizes.items()
        ),
        projections=tuple(
            Projection(
                source=s, target=t, synapses=sources[s], delay=Delay(mean="1.5 ms"), probability=probability,
                in_degree=None if probability is not None else sizes[s] // 10,
            )
            for s in sizes
            for t in sizes
        ),
    )  # fmt: skip
