"""What a cell hears of a circuit, as afferents of its own: means and variances of every conductance are kept."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from mesobridge.bridge.circuit_reduction import with_recurrent_input
from mesobridge.bridge.circuit_reduction.recurrent_input import count_spread, heard_inputs, saturated_slope
from mesobridge.spiking import Synapse
from mesobridge.spiking.circuits import GateSaturation

from .example_circuits import ampa, excitatory_inhibitory


@settings(max_examples=20, deadline=None)
@given(e=st.floats(0.1, 50.0), i=st.floats(0.1, 50.0), variance=st.floats(0.3, 3.0))
def test_merged_afferents_keep_mean_and_variance_of_every_conductance(e: float, i: float, variance: float) -> None:
    circuit = excitatory_inhibitory()
    found = with_recurrent_input(circuit, "E", {"E": e, "I": i}, variance=variance)
    mean, square = {}, {}
    for item in heard_inputs(circuit, "E", {"E": e, "I": i}):
        for synapse in item.synapses:
            mean[synapse.label] = mean.get(synapse.label, 0.0) + item.rate * synapse.weight
            square[synapse.label] = square.get(synapse.label, 0.0) + item.rate * synapse.weight**2
    assert set(mean) == {"ampa", "gaba_a"}
    for afferent in found.afferents:
        (synapse,) = afferent.synapses
        assert_allclose(afferent.rate * synapse.weight, mean[synapse.label], rtol=1e-12)
        assert_allclose(afferent.rate * synapse.weight**2, variance * square[synapse.label], rtol=1e-12)


def test_receptors_of_one_spike_stay_on_one_afferent() -> None:
    circuit = excitatory_inhibitory()
    nmda = Synapse(receptor="nmda", weight="0.1 nS", reversal="0 mV", rise="2 ms", decay="80 ms", magnesium="1 mM")
    circuit = circuit.with_projection("E to E", synapses=(ampa("0.4 nS"), nmda))
    found = with_recurrent_input(circuit, "E", {"E": 5.0, "I": 5.0})
    both = next(a for a in found.afferents if len(a.synapses) == 2)
    assert {s.label for s in both.synapses} == {"ampa", "nmda"}
    slow = next(s for s in both.synapses if s.label == "nmda")
    assert_allclose(both.rate * slow.weight, 400 * 5.0 * 0.1e-9, rtol=1e-12)


def test_decay_times_that_differ_keep_the_charge() -> None:
    circuit = excitatory_inhibitory()
    slower = replace(ampa("0.4 nS"), decay=6e-3)
    circuit = circuit.with_projection("E to E", synapses=(slower,))
    found = with_recurrent_input(circuit, "E", {"E": 5.0, "I": 5.0})
    merged = next(a for a in found.afferents if a.synapses[0].label == "ampa")
    charge = 2400 * 0.8e-9 * 3e-3 + 400 * 5.0 * 0.4e-9 * 6e-3
    assert_allclose(merged.rate * merged.synapses[0].weight * merged.synapses[0].gate_area, charge, rtol=1e-9)


def test_the_number_of_inputs_is_binomial_only_with_a_probability() -> None:
    circuit = excitatory_inhibitory()
    assert_allclose(count_spread(circuit, circuit.projection("E to E")), np.sqrt(0.9 / 400))
    fixed = excitatory_inhibitory(probability=None)
    assert count_spread(fixed, fixed.projection("E to E")) == 0.0
    spread = fixed.with_projection("E to E", weight_spread=0.5)
    assert_allclose(count_spread(spread, spread.projection("E to E")), 0.5 / np.sqrt(400))


def test_a_gate_that_saturates_counts_with_its_slope() -> None:
    circuit = excitatory_inhibitory()
    nmda = Synapse(receptor="nmda", weight="0.1 nS", reversal="0 mV", rise="2 ms", decay="100 ms")
    saturation = GateSaturation()
    circuit = circuit.with_projection("E to E", synapses=(nmda,), saturation=saturation)
    projection = circuit.projection("E to E")
    opened = -np.expm1(-500 * 2e-3) * 0.1
    expected = opened / (1 + 20 * opened) ** 2 / nmda.gate_area
    assert_allclose(saturated_slope(projection, nmda, 20.0), expected, rtol=1e-6)
    found = with_recurrent_input(circuit, "E", {"E": 20.0, "I": 5.0})
    slow = next((a, s) for a in found.afferents for s in a.synapses if s.label == "nmda")
    mean = slow[0].rate * slow[1].weight * slow[1].gate_area
    assert_allclose(mean, 400 * 0.1e-9 * saturation.instantaneous_mean(20.0, 2e-3, 0.1), rtol=1e-9)


def test_a_population_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="'X'"):
        with_recurrent_input(excitatory_inhibitory(), "X", {"E": 1.0, "I": 1.0})
