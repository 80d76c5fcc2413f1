"""Networks of the literature: the four states of brunel2000, two states of montbrio2015, rest of brunel2001."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq

from mesobridge.meanfield import MontbrioPazoRoxin, lif_rate
from mesobridge.spiking.circuits import CIRCUITS, CircuitRecord, Delay
from mesobridge.spiking.circuits.library import brunel_network, brunel_points, microcircuit
from mesobridge.spiking.engine import simulate_circuit

pytestmark = [pytest.mark.slow, pytest.mark.cpp]

FINE = 5e-4  # s


def self_consistent_rate(g, external):
    """Rate (Hz) of the asynchronous state of network A in the diffusion limit; brunel2000, Eqs. 21 and 22."""

    def excess(rate):
        incoming = 1000 * (10 * external + rate)
        mu = 20e-3 * 1e-4 * (incoming - g * 250 * rate)
        sigma = math.sqrt(20e-3 * 1e-8 * (incoming + g**2 * 250 * rate))
        cell = {"tau_m": 20e-3, "tau_ref": 2e-3, "v_threshold": 20e-3, "v_reset": 10e-3}
        return float(lif_rate(mu, sigma, **cell)) - rate

    return brentq(excess, 0.01, 480)


@pytest.fixture(scope="module")
def points():
    """Rate of the excitatory cells in bins of half a millisecond, at each of the four points."""
    record = CircuitRecord(bin=FINE, potentials=False)
    return {
        name: simulate_circuit(
            brunel_network(point["g"], point["external"]), duration=1.0, warm_up=0.3, dt=1e-4, seed=1, record=record
        ).rate.values[0]
        for name, point in brunel_points().items()
    }


def synchrony(rate, cells=10000):
    """Return the standard deviation of the rate in units of that of independent Poisson cells."""
    return rate.std() / math.sqrt(rate.mean() / cells / FINE)


def peak_frequency(rate, lowest=5.0):
    power = np.abs(np.fft.rfft(rate - rate.mean())) ** 2
    frequency = np.fft.rfftfreq(rate.size, FINE)
    return frequency[frequency > lowest][power[frequency > lowest].argmax()]


def test_the_asynchronous_rate_is_the_self_consistent_one(points):
    # Jumps of 1/100 of the distance to reset, and correlations of a network of finite size, cost a few percent.
    assert points["AI"].mean() == pytest.approx(self_consistent_rate(5.0, 2.0), rel=0.05)


def test_the_rates_are_the_published_ones_of_the_simulations(points):
    for name, published in (("SI_fast", 60.7), ("AI", 37.7), ("SI_slow", 5.5)):
        assert points[name].mean() == pytest.approx(published, rel=0.05)


def test_the_four_states_are_told_apart_by_synchrony_and_frequency(points):
    assert points["SR"].mean() > 200
    assert synchrony(points["SR"]) > 2 * synchrony(points["SI_fast"])
    assert synchrony(points["SI_fast"]) > 2 * synchrony(points["AI"])
    assert 150 < peak_frequency(points["SI_fast"]) < 210  # 180 Hz in brunel2000, Fig. 8
    assert 15 < peak_frequency(points["SI_slow"]) < 30  # 22 Hz


def two_states(cells):
    """Return the dimensionless rates before and after the pulse of the library's circuit, with so many cells."""
    circuit = CIRCUITS["montbrio_2015"]()
    projection = circuit.projections[0]
    weight = projection.synapses[0].weight * circuit.populations[0].size / cells
    synapses = (replace(projection.synapses[0], weight=weight),)
    circuit = circuit.with_population("Q", size=cells)
    circuit = circuit.with_projection(projection.name, synapses=synapses, delay=Delay(mean=1e-5))
    recording = simulate_circuit(circuit, duration=1.1, warm_up=0.5, dt=1e-5, seed=1)
    rate = recording.rate.values[0] * 10e-3
    return rate[100:300].mean(), rate[800:].mean()


def test_both_stable_states_of_the_quadratic_network_and_their_deviation_falls_with_size():
    model = MontbrioPazoRoxin(tau=1.0, delta=1.0, coupling=15.0, eta=-5.0, current=0.0)
    low, _, high = sorted(point["rate"] for point in model.fixed_points())
    deviations = []
    for cells in (1000, 10000):
        reached = two_states(cells)
        deviations.append(np.abs(np.array(reached) / (low, high) - 1))
    # Quantiles cut the Lorentzian's tail, which misses a share of the rate that falls as 1/sqrt(N).
    assert np.all(deviations[1] < 0.06)
    assert np.all(deviations[1] < deviations[0] * 1.5 / math.sqrt(10))


def test_the_working_memory_network_rests_at_the_published_rates():
    circuit = CIRCUITS["brunel_wang_2001"]()
    recording = simulate_circuit(circuit, duration=4.0, warm_up=1.0, dt=1e-4, seed=1)
    excitatory, inhibitory = recording.rate.mean("time").values
    assert 2 < excitatory < 4  # about 3 Hz
    assert 7 < inhibitory < 11  # about 9 Hz
    # D1 as in brunel2001: more NMDA and more GABA together lower the spontaneous rate.
    stronger = circuit
    for projection in circuit.projections:
        factor = {"nmda": 1.1, "gaba_a": 1.1}
        synapses = tuple(replace(s, weight=s.weight * factor.get(s.receptor, 1.0)) for s in projection.synapses)
        stronger = stronger.with_projection(projection.name, synapses=synapses)
    modulated = simulate_circuit(stronger, duration=4.0, warm_up=1.0, dt=1e-4, seed=1)
    assert modulated.rate.mean("time").values[0] < excitatory


def test_the_microcircuit_at_a_tenth_keeps_the_order_of_its_rates():
    recording = simulate_circuit(microcircuit(0.1), duration=1.0, warm_up=0.3, dt=1e-4, seed=1)
    rates = dict(zip(recording.population.values, recording.rate.mean("time").values, strict=True))
    assert all(0.1 < rate < 15 for rate in rates.values())
    for layer in ("L23", "L4", "L5", "L6"):
        assert rates[f"{layer}E"] < rates[f"{layer}I"]
    assert max(rates["L23E"], rates["L6E"]) < min(rates["L4E"], rates["L5E"])


def test_the_column_is_active_everywhere_and_answers_its_thalamus():
    recording = simulate_circuit(CIRCUITS["column"](), duration=1.0, warm_up=0.5, dt=1e-4, seed=1)
    rates = recording.rate.mean("time").values
    assert np.all((rates > 0.3) & (rates < 20))
