"""Ready-made populations: textbook and saturating cells, pyramids, interneuron, relay cell and the ground truth."""

from dataclasses import replace

from .burst_cells import ApicalDendrite, TTypeCurrent, TwoCompartmentCell
from .cells import AfterSpikeConductance, EscapeRateCell, MuscarinicCurrent, PointCell
from .population import Population
from .synapses import Afferent, CalciumBlock, MembraneNoise, Site, Synapse


def _afferents(
    excitatory_rate: str, inhibitory_rate: str, *, ampa: str, nmda: str, gaba_a: str, gaba_b: str
) -> tuple[Afferent, ...]:
    """Cortical afferents: AMPA and NMDA on the excitatory one, GABA_A and GABA_B on the inhibitory one."""
    return (
        Afferent(
            name="excitatory",
            rate=excitatory_rate,
            synapses=(
                Synapse(receptor="ampa", weight=ampa, reversal="0 mV", decay="3 ms"),
                Synapse(receptor="nmda", weight=nmda, reversal="0 mV", rise="2 ms", decay="80 ms", magnesium="1 mM"),
            ),
        ),
        Afferent(
            name="inhibitory",
            rate=inhibitory_rate,
            synapses=(
                Synapse(receptor="gaba_a", weight=gaba_a, reversal="-75 mV", decay="6 ms"),
                Synapse(receptor="gaba_b", weight=gaba_b, reversal="-90 mV", rise="60 ms", decay="200 ms"),
            ),
        ),
    )


def textbook_lif() -> Population:
    """Leaky integrate-and-fire cells with the membrane of the textbooks: 200 pF, 10 nS, 2 ms refractory.

    Its sigmoid does not saturate over any physiological range.
    """
    cell = PointCell(
        capacitance="200 pF", leak_conductance="10 nS", leak_reversal="-70 mV", threshold="-50 mV", reset="-60 mV",
        refractory_period="2 ms", threshold_spread="2 mV",
    )  # fmt: skip
    afferents = _afferents("800 Hz", "400 Hz", ampa="0.3 nS", nmda="0.06 nS", gaba_a="0.6 nS", gaba_b="0.01 nS")
    noise = MembraneNoise(amplitude="80 pA", time_constant="5 ms")
    return Population(name="textbook_lif", cell=cell, afferents=afferents, noise=noise)


def saturating_lif() -> Population:
    """Cells that reach half their maximal rate a few mV above threshold, as mass-model sigmoids assume.

    A fast membrane, a 5 ms refractory period and a reset 2 mV below threshold: x_half = d/(exp(tau_ref/tau) - 1).
    """
    cell = PointCell(
        capacitance="100 pF", leak_conductance="20 nS", leak_reversal="-70 mV", threshold="-50 mV", reset="-52 mV",
        refractory_period="5 ms", threshold_spread="2 mV",
    )  # fmt: skip
    afferents = _afferents("800 Hz", "400 Hz", ampa="0.6 nS", nmda="0.12 nS", gaba_a="1.2 nS", gaba_b="0.02 nS")
    noise = MembraneNoise(amplitude="80 pA", time_constant="5 ms")
    return Population(name="saturating_lif", cell=cell, afferents=afferents, noise=noise)


def e1() -> Population:
    """Regular-spiking exponential pyramid with M current, AHP and after-spike rectifier.

    Membrane, M current and after-spike conductances are design choices within the ranges of brette2005 (AdEx) and
    lorenzon1992 (AHP reversal, neuromodulated by muscarine, noradrenaline and 5-HT).
    """
    cell = PointCell(
        capacitance="200 pF", leak_conductance="7.7 nS", leak_reversal="-64 mV",
        potassium_conductance="2.3 nS", potassium_reversal="-90 mV",
        threshold="-50 mV", slope_factor="2 mV", cutoff="-30 mV", reset="-58 mV", refractory_period="2 ms",
        threshold_spread="2 mV",
        muscarinic=MuscarinicCurrent(conductance="4 nS"),
        rectifier=AfterSpikeConductance(increment="6 nS", decay="8 ms"),
        after_hyperpolarization=AfterSpikeConductance(increment="2 nS", decay="120 ms"),
    )  # fmt: skip
    afferents = _afferents("1000 Hz", "500 Hz", ampa="0.3 nS", nmda="0.06 nS", gaba_a="0.6 nS", gaba_b="0.01 nS")
    noise = MembraneNoise(amplitude="100 pA", time_constant="5 ms")
    return Population(name="e1", cell=cell, afferents=afferents, noise=noise)


def fast_spiking() -> Population:
    """Fast-spiking interneuron: fast membrane, 1 ms refractory period, no AHP, a brief rectifier (Kv3)."""
    cell = PointCell(
        capacitance="90 pF", leak_conductance="10 nS", leak_reversal="-68 mV",
        threshold="-48 mV", slope_factor="1 mV", cutoff="-30 mV", reset="-60 mV", refractory_period="1 ms",
        threshold_spread="2 mV",
        rectifier=AfterSpikeConductance(increment="10 nS", decay="2 ms"),
    )  # fmt: skip
    afferents = _afferents("1500 Hz", "500 Hz", ampa="0.4 nS", nmda="0.03 nS", gaba_a="0.6 nS", gaba_b="0.01 nS")
    noise = MembraneNoise(amplitude="100 pA", time_constant="5 ms")
    return Population(name="fast_spiking", cell=cell, afferents=afferents, noise=noise)


def escape_rate() -> Population:
    """Memoryless cells with a known answer: Gaussian potentials, Gaussian thresholds, current synapses.

    Their sigmoid is the exponentially modified Gaussian with width sqrt(threshold_spread^2 + sigma_V^2); their kernel
    is the cascade of the AMPA decay and the membrane.
    """
    cell = EscapeRateCell(
        capacitance="200 pF", leak_conductance="10 nS", leak_reversal="-70 mV", threshold="-55 mV",
        q_max="100 Hz", kappa="4 mV", threshold_spread="2 mV",
    )  # fmt: skip
    ampa = Synapse(receptor="ampa", weight="0.1 nS", reversal="0 mV", decay="5 ms", current_based=True)
    afferents = (Afferent(name="excitatory", rate="500 Hz", synapses=(ampa,)),)
    noise = MembraneNoise(amplitude="60 pA", time_constant="5 ms")
    return Population(name="escape_rate", cell=cell, afferents=afferents, noise=noise)


def _l5_background() -> tuple[Afferent, ...]:
    """Poisson background on soma and dendrite: rates and somatic weights of the public code of payeur2021.

    The dendritic weights are twice those of that code: the cell's 12 % of bursts at 4 to 5 events per second, which the
    paper's background is meant to give, need them with a dead time and a delay of back-propagation.
    """
    weights: dict[Site, tuple[float, float, float]] = {
        "soma": (23.125e-9, 0.17, 0.26),
        "dendrite": (170e-12 / 7e-3, 0.085, 0.13),
    }
    afferents = []
    for site, (leak, excitatory, inhibitory) in weights.items():
        prefix = "" if site == "soma" else "apical_"
        ampa = Synapse(receptor="ampa", weight=excitatory * leak, reversal="0 mV", decay="5 ms", site=site)
        gaba = Synapse(receptor="gaba_a", weight=inhibitory * leak, reversal="-80 mV", decay="10 ms", site=site)
        afferents.append(Afferent(name=f"{prefix}excitatory", rate="500 Hz", synapses=(ampa,)))
        afferents.append(Afferent(name=f"{prefix}inhibitory", rate="150 Hz", synapses=(gaba,)))
    return tuple(afferents)


def l5_thick_tufted() -> Population:
    """Thick-tufted layer 5 pyramid with an apical dendrite that turns single spikes into bursts.

    Cell of naud2018, background of payeur2021 on both compartments; the dead time of 3 ms is a choice made here.
    """
    dendrite = ApicalDendrite(
        capacitance="170 pF", leak_conductance=170e-12 / 7e-3, leak_reversal="-70 mV",
        calcium_current="1200 pA", calcium_half="-38 mV", calcium_slope="6 mV",
        adaptation_conductance="13 nS", adaptation_reversal="-70 mV", adaptation_time_constant="30 ms",
        back_propagation="2600 pA", delay="0.5 ms", duration="2 ms",
    )  # fmt: skip
    cell = TwoCompartmentCell(
        capacitance="370 pF", leak_conductance="23.125 nS", leak_reversal="-70 mV", threshold="-50 mV",
        reset="-70 mV", refractory_period="3 ms", threshold_jump="2 mV", threshold_decay="27 ms",
        adaptation_jump="200 pA", adaptation_decay="100 ms", apical_current="1300 pA", dendrite=dendrite,
    )  # fmt: skip
    return Population(name="l5_thick_tufted", cell=cell, afferents=_l5_background())


def in_current_noise(population: Population, amplitude: str | float = "450 pA") -> Population:
    """Return a two-compartment population that hears private current noise (2 ms) on both sites and no synapses.

    Source: naud2018.
    """
    if not isinstance(population.cell, TwoCompartmentCell):
        raise ValueError(f"in_current_noise: the cells of {population.name} have no dendrite; give their noise itself.")
    noise = MembraneNoise(amplitude=amplitude, time_constant="2 ms")
    cell = replace(population.cell, dendrite=replace(population.cell.dendrite, noise=noise))
    return replace(population, cell=cell, noise=noise, afferents=())


def with_dendritic_gaba_b(population: Population, rate: str | float = "100 Hz") -> Population:
    """Return a two-compartment population with slow inhibition of its dendrite, as by neurogliaform cells of layer 1.

    The afferent ``neurogliaform`` opens K+ channels of the dendrite and blocks its Ca2+ channels. Source:
    perezgarci2006, palmer2012; rate, conductance and number of terminals are choices made here.
    """
    if not isinstance(population.cell, TwoCompartmentCell):
        raise ValueError(f"with_dendritic_gaba_b: the cells of {population.name} have no dendrite; take layer 5 cells.")
    slow = Synapse(
        receptor="gaba_b", weight="0.05 nS", reversal="-90 mV", rise="60 ms", decay="200 ms", site="dendrite",
        calcium_block=CalciumBlock(),
    )  # fmt: skip
    afferent = Afferent(name="neurogliaform", rate=rate, synapses=(slow,))
    return replace(population, afferents=(*population.afferents, afferent))


def in_silence(population: Population) -> Population:
    """Return the population without synapses and noise, as single-cell protocols need it."""
    cell = population.cell
    if isinstance(cell, TwoCompartmentCell):
        cell = replace(cell, dendrite=replace(cell.dendrite, noise=None))
    return replace(population, cell=cell, noise=None, afferents=())


def thalamic_relay() -> Population:
    """Thalamic relay cell: integrate-and-fire-or-burst, bursting from rest and firing tonically when depolarised.

    Cell of smith2000 over 1e-4 cm2, a choice made here as are background and the dead time of 4 ms; its K+ leak brings
    the rest to -76 mV, where all T-type channels are available.
    """
    cell = PointCell(
        capacitance="200 pF", leak_conductance="3.5 nS", leak_reversal="-65 mV",
        potassium_conductance="2 nS", potassium_reversal="-95 mV",
        threshold="-35 mV", reset="-50 mV", refractory_period="4 ms",
        t_type=TTypeCurrent(conductance="7 nS"),
    )  # fmt: skip
    afferents = _afferents("200 Hz", "100 Hz", ampa="0.6 nS", nmda="0.06 nS", gaba_a="0.4 nS", gaba_b="0.005 nS")
    noise = MembraneNoise(amplitude="20 pA", time_constant="5 ms")
    return Population(name="thalamic_relay", cell=cell, afferents=afferents, noise=noise)


_ALL = (e1, textbook_lif, saturating_lif, fast_spiking, escape_rate, l5_thick_tufted, thalamic_relay)
POPULATIONS = {f.__name__: f for f in _ALL}
