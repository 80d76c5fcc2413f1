"""Ready-made populations: a textbook cell, a saturating one, a regular pyramid, an interneuron and the ground truth."""

from .cells import AfterSpikeConductance, EscapeRateCell, MuscarinicCurrent, PointCell
from .population import Population
from .synapses import Afferent, MembraneNoise, Synapse


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


POPULATIONS = {f.__name__: f for f in (e1, textbook_lif, saturating_lif, fast_spiking, escape_rate)}
