"""Predicted kernels against sums of exponentials, direct integration and the identities of charge."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from mesobridge.bridge.prediction import clamped_kernel, operating_point, predict_kernel
from mesobridge.spiking import POPULATIONS, Afferent, MembraneNoise, PointCell, Population, Synapse
from mesobridge.spiking.mechanisms import MECHANISMS
from mesobridge.spiking.mechanisms.nmda_fraction import charge, nmda_share

from .cells import textbook_cell


def constant_charge(share: float) -> Population:
    """AMPA (0.5, 2 ms) and NMDA (2, 100 ms) current synapses on a 20 ms membrane, NMDA with ``share`` of the charge."""
    ampa = Synapse(receptor="ampa", weight=1e-9, reversal=0.0, rise=0.0005, decay=0.002, current_based=True)
    nmda = Synapse(receptor="nmda", weight=1e-9, reversal=0.0, rise=0.002, decay=0.100, current_based=True)
    ampa = replace(ampa, weight=1e-9 * (1 - share) * 1e-3 / ampa.gate_area)
    nmda = replace(nmda, weight=1e-9 * share * 1e-3 / nmda.gate_area)
    afferents = (Afferent(name="excitatory", rate=10.0, synapses=(ampa, nmda)),)
    noise = MembraneNoise(amplitude=50e-12, time_constant=0.005)
    return Population(name="charge", cell=textbook_cell(), afferents=afferents, noise=noise)


# The sum of exponentials of each cascade, searched on a grid of 0.1 us: peak /ms for unit area, times ms, cutoff Hz.
@pytest.mark.parametrize(
    ("share", "peak", "time_to_peak", "mean_lag", "sd", "cutoff"),
    [
        (0.0, 0.038565, 5.6995, 22.5, 20.11, 7.875),
        (0.25, 0.029347, 5.8314, 47.38, 69.00, 3.954),
        (0.5, 0.020155, 6.1242, 72.25, 88.76, 2.050),
        (1.0, 0.006680, 42.365, 122.0, 102.0, 1.533),
    ],
)
def test_table_of_constant_charge(share, peak, time_to_peak, mean_lag, sd, cutoff):
    features = predict_kernel(constant_charge(share)).features
    area = 1e-9 * 1e-3 * 0.070 / 10e-9
    assert features["area"] == pytest.approx(area, rel=1e-9)
    assert features["peak"] / area * 1e-3 == pytest.approx(peak, rel=1e-4)
    assert features["time_to_peak"] * 1e3 == pytest.approx(time_to_peak, rel=1e-4)
    assert features["mean_lag"] * 1e3 == pytest.approx(mean_lag, abs=0.006)
    assert features["sd"] * 1e3 == pytest.approx(sd, abs=0.006)
    assert features["cutoff_frequency"] == pytest.approx(cutoff, rel=2e-3)


def at_share(share: float) -> Population:
    base = POPULATIONS["textbook_lif"]()
    return MECHANISMS["nmda_fraction"].apply(base, share - nmda_share(base))


def test_charge_at_the_reference_potential_is_conserved_and_only_its_time_course_changes():
    few, many = (clamped_kernel(at_share(share), -0.065) for share in (0.1, 0.5))
    assert many.area / few.area == pytest.approx(1.0, rel=1e-9)
    for share, centroid in ((0.1, 10.9), (0.2, 18.8), (0.5, 42.5)):
        assert clamped_kernel(at_share(share), -0.065).mean_lag * 1e3 == pytest.approx(centroid, rel=0.005)


# (1 - share) V/V_ref + share V/V_ref B(V)/B(V_ref), with the block B of jahr1990 at 1 mM.
@pytest.mark.parametrize(
    ("v", "ratios"),
    [(-0.050, {0.1: 0.87, 0.2: 0.97, 0.32: 1.09, 0.5: 1.28}), (-0.075, {0.1: 1.10, 0.2: 1.05, 0.32: 0.99, 0.5: 0.89})],
)
def test_charge_away_from_the_reference_depends_on_the_share(v, ratios):
    for share, ratio in ratios.items():
        population = at_share(share)
        assert clamped_kernel(population, v).area / clamped_kernel(population, -0.065).area == pytest.approx(
            ratio, rel=0.01
        )


def test_clamped_area_is_the_charge_of_every_synapse():
    population = POPULATIONS["e1"]()
    expected = charge(population.synapse("gaba_a"), -0.06) + charge(population.synapse("gaba_b"), -0.06)
    assert clamped_kernel(population, -0.06, "inhibitory").area == pytest.approx(expected, rel=1e-12)


def test_slow_inhibition_peaks_after_a_hundred_milliseconds():
    kernel = clamped_kernel(POPULATIONS["e1"](), -0.06, "inhibitory", receptors=("gaba_b",))
    assert 0.095 < kernel.features()["time_to_peak"] < 0.110


def test_more_ampa_scales_the_response_and_keeps_its_shape():
    base = POPULATIONS["e1"]()
    more = MECHANISMS["ampa_density"].apply(base, 1.3)
    kernels = [predict_kernel(p, receptors=("ampa",)) for p in (base, more)]
    peaks = [k.features["peak"] for k in kernels]
    assert 1.25 <= peaks[1] / peaks[0] <= 1.30
    time = np.linspace(0, 0.2, 2001)
    assert np.corrcoef(kernels[0].kernel(time), kernels[1].kernel(time))[0, 1] > 0.99


def with_m_current(conductance: float) -> Population:
    population = POPULATIONS["e1"]()
    assert isinstance(population.cell, PointCell)
    assert population.cell.muscarinic is not None
    muscarinic = replace(population.cell.muscarinic, conductance=conductance, v_half=-0.060)
    return population.with_cell(muscarinic=muscarinic)


@pytest.mark.parametrize("conductance", [4e-9, 100e-9])
def test_membrane_with_m_current_against_direct_integration(conductance):
    population = with_m_current(conductance)
    point = operating_point(population)
    prediction = predict_kernel(population, receptors=("ampa",), size=0.0)
    dynamics, column = point.membrane.dynamics, point.membrane.columns["ampa"]
    start = np.zeros(dynamics.shape[0])
    start[column] = 1.0
    time = np.linspace(0, 0.3, 61)
    direct = solve_ivp(lambda t, x: dynamics @ x, (0, 0.3), start, t_eval=time, rtol=1e-10, atol=1e-14).y[0]
    assert np.abs(direct).max() > 1e-5
    assert np.allclose(prediction.linear(time), direct, atol=2e-4 * np.abs(direct).max())
    area = -np.linalg.solve(dynamics, start)[0]
    assert prediction.linear.area == pytest.approx(area, rel=1e-3)
    if conductance > 50e-9:
        assert direct.min() < -0.01 * direct.max(), "a strong M current must undershoot"


def full_response(population: Population, size: float, time: np.ndarray) -> np.ndarray:
    """Integrate the noise-free membrane with mean conductances and the spike's own, without any expansion."""
    cell, rates = population.cell, {a.name: a.rate for a in population.afferents}

    def current(v: float, t: float, extra: float) -> float:
        total = cell.resting_conductance * (cell.leak_reversal - v)
        for afferent in population.afferents:
            for s in afferent.synapses:
                gate = np.exp(-t / s.decay) - (np.exp(-t / s.rise) if s.rise else 0.0)
                opened = extra * s.weight * s.peak_factor * gate if afferent.name == "excitatory" else 0.0
                total += (rates[afferent.name] * s.weight * s.gate_area + opened) * s.block(v) * (s.reversal - v)
        return total / cell.capacitance

    rest = solve_ivp(lambda t, x: [current(x[0], t, 0.0)], (0, 2), [-0.068], rtol=1e-11, atol=1e-14).y[0, -1]
    path = solve_ivp(lambda t, x: [current(x[0], t, size)], (0, time[-1]), [rest], t_eval=time, rtol=1e-11, atol=1e-14)
    return path.y[0] - rest


def test_second_order_leaves_an_error_of_third_order():
    population = replace(POPULATIONS["textbook_lif"](), noise=MembraneNoise(amplitude=1e-15, time_constant=0.005))
    # With hardly any noise, only the Poisson fluctuation of the conductances remains; it is scaled away with the
    # weights.
    quiet = population
    for receptor in ("ampa", "nmda", "gaba_a", "gaba_b"):
        synapse = quiet.synapse(receptor)
        quiet = quiet.with_synapse(receptor, weight=synapse.weight / 400)
    for name in ("excitatory", "inhibitory"):
        quiet = quiet.with_afferent(name, rate=quiet.afferent(name).rate * 400)
    time = np.linspace(0, 0.1, 201)
    sizes = np.array([2000.0, 4000.0])
    errors = []
    for size in sizes:
        prediction = predict_kernel(quiet, size=size)
        errors.append(np.abs(size * prediction.kernel(time) - full_response(quiet, size, time)).max())
    order = np.log2(errors[1] / errors[0])
    assert 2.5 < order < 3.5
    linear_kernel = predict_kernel(quiet).linear
    linear = np.abs(sizes[0] * linear_kernel(time) - full_response(quiet, sizes[0], time)).max()
    assert errors[0] < linear / 3


def test_current_synapses_are_linear_in_size():
    prediction = predict_kernel(POPULATIONS["escape_rate"](), size=2.0)
    assert prediction.super_additivity == pytest.approx({"peak": 1.0, "area": 1.0})
    assert prediction.features == prediction.linear.features()


def test_nmda_makes_responses_super_additive_and_its_absence_sub_additive():
    population = POPULATIONS["textbook_lif"]()
    depolarised = predict_kernel(population, receptors=("nmda",), current=120e-12, size=20.0)
    ampa = predict_kernel(population, receptors=("ampa",), current=120e-12, size=20.0)
    unblocked = predict_kernel(population.with_synapse("nmda", magnesium=0.0), receptors=("nmda",), size=20.0)
    assert depolarised.super_additivity["area"] > 1
    assert ampa.super_additivity["area"] < 1
    assert unblocked.super_additivity["area"] < 1


def test_unknown_receptor_is_named():
    with pytest.raises(ValueError, match="no gaba_a synapse"):
        predict_kernel(POPULATIONS["e1"](), receptors=("gaba_a",))
