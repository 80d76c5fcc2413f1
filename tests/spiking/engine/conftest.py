"""Small populations with known answers, and the machines that simulate them."""

import pytest

from mesobridge.spiking import Afferent, EscapeRateCell, MembraneNoise, PointCell, Population, Synapse
from mesobridge.spiking.engine import Machine


@pytest.fixture(scope="session")
def machine():
    return Machine(target="cpp_standalone", workers=2)


@pytest.fixture(scope="session")
def interpreter():
    return Machine(target="numpy", workers=1)


@pytest.fixture(scope="session")
def noisy_cell():
    """Leaky cells of the textbooks that hear nothing but their own noise."""
    cell = PointCell(
        capacitance="200 pF", leak_conductance="10 nS", leak_reversal="-70 mV", threshold="-50 mV", reset="-60 mV",
        refractory_period="2 ms",
    )  # fmt: skip
    return Population(name="noisy", cell=cell, noise=MembraneNoise(amplitude="100 pA", time_constant="5 ms"))


@pytest.fixture(scope="session")
def memoryless():
    """Escape-rate cells with current synapses: free potential, sigmoid and kernel are known exactly."""
    cell = EscapeRateCell(
        capacitance="200 pF", leak_conductance="10 nS", leak_reversal="-70 mV", threshold="-55 mV", q_max="100 Hz",
        kappa="4 mV", threshold_spread="2 mV",
    )  # fmt: skip
    ampa = Synapse(receptor="ampa", weight="0.1 nS", reversal="0 mV", decay="5 ms", current_based=True)
    gaba = Synapse(receptor="gaba_a", weight="0.2 nS", reversal="-80 mV", rise="1 ms", decay="8 ms", current_based=True)
    afferents = (
        Afferent(name="excitatory", rate="600 Hz", synapses=(ampa,)),
        Afferent(name="inhibitory", rate="300 Hz", synapses=(gaba,)),
    )
    noise = MembraneNoise(amplitude="60 pA", time_constant="5 ms")
    return Population(name="memoryless", cell=cell, afferents=afferents, noise=noise)
