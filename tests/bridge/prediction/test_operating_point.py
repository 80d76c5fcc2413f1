"""The operating point against the membrane moments of richardson2004, exact identities, and its refusals."""

from dataclasses import replace

import numpy as np
import pytest

from mesobridge.bridge.prediction import OperatingPoint, PredictionRefused, has_linear_theory, operating_point
from mesobridge.spiking import POPULATIONS, Afferent, MembraneNoise, Population, Synapse
from mesobridge.spiking.mechanisms import MECHANISMS

from .cells import textbook_cell


def two_synapses(
    excitatory: float = 0.3e-9, inhibitory: float = 0.6e-9, *, tonic: float = 0.0, e_inhibitory: float = -0.075
):
    return Population(
        name="two",
        cell=textbook_cell(),
        afferents=(
            Afferent(
                name="excitatory",
                rate=800,
                synapses=(Synapse(receptor="ampa", weight=excitatory, reversal=0.0, decay=0.003),),
            ),
            Afferent(
                name="inhibitory",
                rate=400,
                synapses=(
                    Synapse(receptor="gaba_a", weight=inhibitory, reversal=e_inhibitory, decay=0.006, tonic=tonic),
                ),
            ),
        ),
        noise=MembraneNoise(amplitude=50e-12, time_constant=0.005),
    )


def test_moments_of_the_effective_time_constant_formula():
    point = operating_point(two_synapses())
    rates, weights, taus, reversals = (
        np.array(x) for x in ((800, 400), (0.3e-9, 0.6e-9), (0.003, 0.006), (0.0, -0.075))
    )
    conductance = 10e-9 + np.sum(rates * weights * taus)
    mean = (10e-9 * -0.070 + np.sum(rates * weights * taus * reversals)) / conductance
    jumps = weights / conductance * (reversals - mean)
    tau = 200e-12 / conductance
    squares = rates * (jumps * taus) ** 2
    noise = (50e-12 / conductance) ** 2 * 0.005 / (0.005 + tau)
    assert point.conductance == pytest.approx(conductance, rel=1e-12)
    assert point.tau_eff == pytest.approx(tau, rel=1e-12)
    # The formula's mean leaves out the covariance of conductance and potential, a second-order term of some microvolts.
    assert abs(point.v - mean) < 2e-5
    assert point.sigma_v**2 == pytest.approx(np.sum(squares / (2 * (taus + tau))) + noise, rel=2e-3)


def test_correlation_time_weights_every_receptor_by_its_own_decay():
    population = replace(two_synapses(), noise=None)
    point = operating_point(population)
    taus, rates = np.array([0.003, 0.006]), np.array([800.0, 400.0])
    charges = np.array([point.amplitude["ampa"], point.amplitude["gaba_a"]]) * taus
    shares = rates * charges**2
    expected = shares.sum() / (shares / (taus + point.tau_eff)).sum()
    # The integral of the autocorrelation of a cascade of two stages is the sum of both time constants weighted by
    # variance.
    assert point.tau_v == pytest.approx(expected, rel=1e-9)
    wrong = (rates * charges / taus) @ charges / ((rates * charges / taus * charges) @ (1 / (taus + point.tau_eff)))
    assert abs(wrong / expected - 1) > 1e-3


def test_memoryless_population_in_closed_form():
    point = operating_point(POPULATIONS["escape_rate"]())
    current = 0.1e-9 * 0.070 * 500 * 0.005
    shot = 500 * (0.1e-9 * 0.070 * 0.005 / 10e-9) ** 2 / (2 * (0.005 + 0.020))
    noise = (60e-12 / 10e-9) ** 2 * 0.005 / 0.025
    assert point.v == pytest.approx(-0.070 + current / 10e-9, abs=1e-12)
    assert point.sigma_v == pytest.approx(np.sqrt(shot + noise), rel=1e-9)


def test_pure_shunt_leaves_the_potential_and_divides_the_rest():
    quiet = replace(two_synapses(inhibitory=0.0), noise=None)
    base = operating_point(quiet)
    shunted = replace(two_synapses(inhibitory=0.0, tonic=5e-9, e_inhibitory=base.v), noise=None)
    point = operating_point(shunted)
    factor = base.conductance / (base.conductance + 5e-9)
    assert point.v == pytest.approx(base.v, abs=2e-6)
    assert point.amplitude["gaba_a"] == 0
    assert point.tau_eff / base.tau_eff == pytest.approx(factor, rel=1e-9)
    assert point.amplitude["ampa"] / base.amplitude["ampa"] == pytest.approx(factor, rel=1e-4)


def test_all_conductances_doubled_keep_the_mean_and_halve_the_time_constant():
    base = replace(two_synapses(), noise=None)
    doubled = (
        base.with_cell(leak_conductance=20e-9).with_synapse("ampa", weight=0.6e-9).with_synapse("gaba_a", weight=1.2e-9)
    )
    one, two = operating_point(base), operating_point(doubled)
    assert two.tau_eff / one.tau_eff == pytest.approx(0.5, rel=1e-12)
    assert abs(two.v - one.v) < 2e-5


def test_tonic_inhibition_takes_a_third_of_the_membrane_time_constant():
    base = Population(name="tonic", cell=textbook_cell(), noise=MembraneNoise(amplitude=50e-12, time_constant=0.005))
    tonic = Synapse(receptor="gaba_a", weight=0.0, reversal=-0.075, decay=0.006, tonic=5e-9)
    inhibited = replace(base, afferents=(Afferent(name="inhibitory", rate=0.0, synapses=(tonic,)),))
    assert operating_point(inhibited).tau_eff / operating_point(base).tau_eff == pytest.approx(1 / 1.5, rel=1e-12)


def test_nmda_block_is_averaged_over_the_potential():
    def noisy(amplitude: float) -> tuple[float, OperatingPoint]:
        nmda = Synapse(receptor="nmda", weight=0.0, reversal=0.0, decay=0.08, rise=0.002, magnesium=1.0, tonic=1e-9)
        afferents = (Afferent(name="excitatory", rate=0.0, synapses=(nmda,)),)
        noise = MembraneNoise(amplitude=amplitude, time_constant=0.005)
        population = Population(name="nmda", cell=textbook_cell(), afferents=afferents, noise=noise)
        point = operating_point(population)
        synapse = population.synapse("nmda")
        return point.synaptic["nmda"] / (1e-9 * synapse.block(point.v)) - 1, point

    gain, point = noisy(90e-12)
    block = point.drive.population.synapse("nmda").block(point.v)
    # B'' / (2 B) with B' = 62 B (1 - B).
    expected = 0.5 * (62 * point.sigma_v) ** 2 * (1 - block) * (1 - 2 * block)
    assert gain == pytest.approx(expected, rel=0.05)


def test_strong_nmda_is_refused():
    nmda = Synapse(receptor="nmda", weight=0.0, reversal=0.0, decay=0.08, rise=0.002, magnesium=1.0, tonic=50e-9)
    afferents = (Afferent(name="excitatory", rate=0.0, synapses=(nmda,)),)
    population = Population(
        name="plateau",
        cell=textbook_cell(leak_reversal=-0.085),
        afferents=afferents,
        noise=MembraneNoise(amplitude=1e-12, time_constant=0.005),
    )
    with pytest.raises(PredictionRefused, match="balance at 3 potentials"):
        operating_point(population)


@pytest.mark.parametrize("name", sorted(name for name, make in POPULATIONS.items() if has_linear_theory(make())))
def test_every_population_rests_where_its_currents_balance(name):
    point = operating_point(POPULATIONS[name]())
    assert point.membrane.stable
    assert point.sigma_v > 0.001
    higher = operating_point(POPULATIONS[name](), current=20e-12)
    slope = (higher.v - point.v) / 20e-12
    assert slope == pytest.approx(1 / point.steady_slope_conductance, rel=0.05)


def test_depolarisation_moves_the_rest_by_the_review_amount():
    population = two_synapses(0.0, 0.0)
    moved = MECHANISMS["calcium_depolarization"].apply(population, 0.003)
    assert operating_point(moved).v - operating_point(population).v == pytest.approx(0.003, abs=1e-9)


def test_unknown_afferent_and_negative_rate_are_named():
    with pytest.raises(ValueError, match="no afferent"):
        operating_point(two_synapses(), rates={"cortex": 3.0})
    with pytest.raises(ValueError, match="negative"):
        operating_point(two_synapses(), rates={"excitatory": -3.0})
