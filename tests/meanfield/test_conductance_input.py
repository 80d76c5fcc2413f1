"""Moments under conductance input: published numbers, printed formulas, exact limits, refusals, and a simulation."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from mesobridge.meanfield import (
    ConductanceCell,
    ConductanceSynapse,
    MembraneMoments,
    PassiveMembrane,
    SlowCurrent,
    SynapticArray,
    mean_free_potential,
    membrane_moments,
    slope_conductance,
)

CELL: dict[str, Any] = {"capacitance": 200e-12, "leak_conductance": 10e-9, "leak_reversal": -65e-3}
EXCITATION = ConductanceSynapse(weight=1.5e-9, reversal=0.0, decay=5e-3, number=400)
INHIBITION = ConductanceSynapse(weight=5e-9, reversal=-80e-3, decay=5e-3, number=100)


def test_published_numbers() -> None:
    found = membrane_moments([EXCITATION, INHIBITION], [4.001, 8.001], **CELL)
    assert_allclose(found.mu_v, -53.5692e-3, atol=5e-8)
    assert_allclose(found.sigma_v, 4.2001e-3, atol=5e-8)
    assert_allclose(found.tau_v, 9.7613e-3, atol=5e-8)


def test_quantities_with_units_are_taken() -> None:
    synapses = [
        ConductanceSynapse(weight="1.5 nS", reversal="0 mV", decay="5 ms", number=400),
        ConductanceSynapse(weight="5 nS", reversal="-80 mV", decay="5 ms", number=100),
    ]
    texts: Any = {"capacitance": "200 pF", "leak_conductance": "10 nS", "leak_reversal": "-65 mV", "current": "-20 pA"}
    assert synapses == [EXCITATION, INHIBITION]
    with_units = membrane_moments(synapses, ["4 Hz", "8 Hz"], **texts)
    assert_allclose(with_units, membrane_moments(synapses, [4.0, 8.0], **CELL, current=-20e-12))


def printed(rates: np.ndarray, q: np.ndarray, tau: np.ndarray, e: np.ndarray, weighting: np.ndarray) -> dict[str, Any]:
    """The formulas as printed; tau_V with the weights of the two receptors as given."""
    g = rates * q * tau
    whole = CELL["leak_conductance"] + g.sum()
    mu = (CELL["leak_conductance"] * CELL["leak_reversal"] + (g * e).sum()) / whole
    tau_m = CELL["capacitance"] / whole
    u = q / whole * (e - mu)
    sigma = np.sqrt((rates * (u * tau) ** 2 / (2 * (tau + tau_m))).sum())
    w = rates * (u * weighting) ** 2
    return {"mu": mu, "sigma": sigma, "tau_v": w.sum() / (w / (tau + tau_m)).sum(), "tau_m": tau_m, "u": u}


def correlation_time(rates: np.ndarray, tau: np.ndarray, u: np.ndarray, tau_m: float) -> float:
    """Integral of the autocorrelation by Campbell's theorem: correlations of the filtered events, summed on a grid."""
    step = 2e-5
    t = step * np.arange(20000)
    lag_zero, area = 0.0, 0.0
    for rate, decay, event in zip(rates, tau, u, strict=True):
        h = event * decay / (decay - tau_m) * (np.exp(-t / decay) - np.exp(-t / tau_m))
        lag_zero += rate * (h @ h) * step
        area += rate * (h.sum() * step) ** 2 / 2
    return area / lag_zero


@pytest.mark.parametrize(("tau_i", "seen"), [(10e-3, True), (5e-3, False)])
def test_inhibition_weighted_by_its_conductance_is_rejected_unless_decays_are_equal(tau_i: float, seen: bool) -> None:
    q, tau, e = np.array([1.5e-9, 5e-9]), np.array([5e-3, tau_i]), np.array([0.0, -80e-3])
    rates = np.array([1600.0, 800.0])
    right = printed(rates, q, tau, e, tau)
    # The erroneous lineage has the weight of inhibition, 5 nS, where its decay in ms belongs.
    wrong = printed(rates, q, tau, e, np.array([tau[0] / 1e-3, q[1] / 1e-9]))
    judge = correlation_time(rates, tau, right["u"], right["tau_m"])
    synapses = [ConductanceSynapse(weight=a, reversal=c, decay=b) for a, b, c in zip(q, tau, e, strict=True)]
    found = membrane_moments(synapses, rates, **CELL)
    assert judge > 0
    assert_allclose([found.mu_v, found.sigma_v, found.tau_v], [right[k] for k in ("mu", "sigma", "tau_v")], rtol=1e-12)
    assert_allclose(found.tau_v, judge, rtol=2e-3)
    assert (abs(wrong["tau_v"] / judge - 1) > 0.02) == seen


def test_a_receptor_without_conductance_leaves_the_others_alone() -> None:
    none = ConductanceSynapse(weight=0.0, reversal=-80e-3, decay=10e-3, number=100)
    both, single = (
        membrane_moments(s, r, **CELL) for s, r in (([EXCITATION, none], [4.0, 8.0]), ([EXCITATION], [4.0]))
    )
    assert_allclose(both, single, rtol=1e-14)


def test_doubling_every_conductance_halves_the_time_constant_and_keeps_the_mean() -> None:
    once = membrane_moments([EXCITATION, INHIBITION], [4.0, 8.0], **CELL)
    twice = membrane_moments([EXCITATION, INHIBITION], [8.0, 16.0], **{**CELL, "leak_conductance": 20e-9})
    assert_allclose([twice.mu_v, twice.tau_eff, twice.conductance], [once.mu_v, once.tau_eff / 2, 2 * once.conductance])


def test_a_synapse_that_reverses_at_the_mean_is_a_pure_shunt() -> None:
    alone = membrane_moments([EXCITATION], [4.0], **CELL)
    shunt = ConductanceSynapse(weight=5e-9, reversal=float(alone.mu_v), decay=10e-3, number=100)
    found = membrane_moments([EXCITATION, shunt], [4.0, 10.0], **CELL)
    opened = 5e-9 * 10e-3 * 1000
    assert_allclose(found.mu_v, alone.mu_v, rtol=1e-13)
    assert_allclose(found.conductance, alone.conductance + opened)
    # Only excitation fluctuates: tau_V is that of one receptor in the faster membrane.
    assert_allclose(found.tau_v, 5e-3 + found.tau_eff)
    u = 1.5e-9 / found.conductance * -found.mu_v
    assert_allclose(found.sigma_v, np.sqrt(1600 * (u * 5e-3) ** 2 / (2 * (5e-3 + found.tau_eff))))


def test_white_noise_of_equal_power_has_the_canonical_free_deviation() -> None:
    fast = ConductanceSynapse(weight=1e-6, reversal=0.0, decay=1e-8, number=100)
    found = membrane_moments([fast], [10.0], **CELL)
    assert_allclose(found.sigma_v, found.white_sigma / np.sqrt(2), rtol=1e-5)


@given(scale=st.floats(0.1, 10.0), e=st.floats(0.5, 40.0), i=st.floats(0.5, 40.0))
def test_time_scales_out(scale: float, e: float, i: float) -> None:
    def moments(factor: float) -> MembraneMoments:
        synapses = [
            ConductanceSynapse(weight=s.weight, reversal=s.reversal, decay=s.decay * factor, number=s.number)
            for s in (EXCITATION, INHIBITION)
        ]
        rates = np.array([e, i]) / factor
        return membrane_moments(synapses, rates, **{**CELL, "capacitance": CELL["capacitance"] * factor})

    once, slow = moments(1.0), moments(scale)
    assert_allclose([slow.mu_v, slow.sigma_v, slow.white_sigma], [once.mu_v, once.sigma_v, once.white_sigma], rtol=1e-9)
    assert_allclose([slow.tau_v, slow.tau_eff], [scale * once.tau_v, scale * once.tau_eff], rtol=1e-9)


def test_the_closed_form_of_ohmic_membranes_is_the_root_of_the_balance() -> None:
    idle = SlowCurrent(conductance=0.0, reversal=-90e-3, v_half=-40e-3, slope=8e-3)
    synapses = SynapticArray(
        weight=[1e-9, 5e-9, 0.1e-9], reversal=[0.0, -80e-3, 0.0], decay=5e-3, fixed_drive=[np.inf, np.inf, 70e-3]
    )
    membranes = [PassiveMembrane(capacitance=2e-10, conductance=1e-8, reversal=-65e-3, slow=s) for s in ((), (idle,))]
    closed, searched = (mean_free_potential(m, synapses, [800.0, 400.0, 300.0], 1e-11) for m in membranes)
    assert_allclose(closed, searched, atol=1e-14)


def test_nmda_is_linearised_at_the_mean_it_helps_to_set() -> None:
    nmda = ConductanceSynapse(weight=0.1e-9, reversal=0.0, decay=80e-3, rise=2e-3, number=30, magnesium=1.0)
    found = membrane_moments([nmda], [10.0], **CELL, current=50e-12)
    area = SynapticArray(weight=0.1e-9, reversal=0.0, decay=80e-3, rise=2e-3).gate_area[0]
    slope = float(slope_conductance(found.mu_v, 0.1e-9 * area * 300, 0.0, 1.0))
    assert slope < 0
    assert_allclose(found.conductance, 10e-9 + slope, rtol=1e-12)
    assert found.tau_eff > 20e-3


def test_an_unstable_operating_point_is_refused_in_a_sentence() -> None:
    nmda = ConductanceSynapse(weight=0.1e-9, reversal=0.0, decay=80e-3, rise=2e-3, number=800, magnesium=1.0)
    with pytest.raises(ValueError, match="several resting states"):
        membrane_moments([nmda], [10.0], **CELL, current=-400e-12)


def test_arrays_of_rates_broadcast() -> None:
    rates = np.stack(np.meshgrid([1.0, 2.0, 4.0], [2.0, 8.0], indexing="ij"), axis=-1)
    found = membrane_moments([EXCITATION, INHIBITION], rates, **CELL)
    assert found.mu_v.shape == (3, 2)
    single = membrane_moments([EXCITATION, INHIBITION], rates[2, 1], **CELL)
    assert_allclose(found.tau_v[2, 1], single.tau_v)


@pytest.mark.parametrize("magnesium", [0.0, 1.0])
def test_arrays_of_cells_are_the_loop_of_cells(magnesium: float) -> None:
    synapses = [EXCITATION, INHIBITION, ConductanceSynapse(weight=1e-10, reversal=0.0, decay=0.1, magnesium=magnesium)]
    rates = np.array([[4.0, 8.0, 3.0], [2.0, 6.0, 9.0]])
    cells = {"capacitance": np.array([[100e-12], [200e-12], [100e-12]]), "leak_conductance": 10e-9}
    reversal = np.array([-65e-3, -70e-3])
    found = membrane_moments(synapses, rates, **cells, leak_reversal=reversal, current=10e-12)
    assert found.mu_v.shape == found.conductance_ratio.shape == (3, 2)
    for i, j in np.ndindex(3, 2):
        one = membrane_moments(
            synapses, rates[j], capacitance=float(cells["capacitance"][i, 0]), leak_conductance=10e-9,
            leak_reversal=float(reversal[j]), current=10e-12,
        )  # fmt: skip
        assert_allclose([many[i, j] for many in found], one, rtol=1e-12)


def test_the_cell_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match=r"capacitance\[1\] = 0.0 F must be above 0 F"):
        membrane_moments([EXCITATION, INHIBITION], [4.0, 8.0], **{**CELL, "capacitance": [200e-12, 0.0]})


@pytest.mark.parametrize(("rates", "match"), [([4.0], "one entry for each synapse"), ([4.0, -1.0], "at least 0 Hz")])
def test_wrong_rates_are_refused(rates: list[float], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        membrane_moments([EXCITATION, INHIBITION], rates, **CELL)


def test_a_rise_slower_than_the_decay_is_refused() -> None:
    with pytest.raises(ValueError, match=r"ConductanceSynapse.rise"):
        ConductanceSynapse(weight=1e-9, reversal=0.0, decay=5e-3, rise=6e-3)


def test_cells_say_how_they_differ() -> None:
    cell = ConductanceCell(**CELL, synapses=[EXCITATION, INHIBITION], spiking={"threshold": -50e-3})
    other = ConductanceCell(**CELL, synapses=[EXCITATION, INHIBITION], spiking={"threshold": -48e-3})
    assert cell.differences(cell) == []
    assert len(cell.differences(other)) == 1
    assert "spiking" in cell.differences(other)[0]


@pytest.mark.slow
def test_simulated_conductances_have_these_moments() -> None:
    rng = np.random.default_rng(7)
    dt, steps, burn, cells = 1e-4, 12000, 2000, 1000
    tau, q, e = np.array([5e-3, 10e-3]), np.array([1.5e-9, 5e-9]), np.array([0.0, -80e-3])
    rates = np.array([1600.0, 600.0])
    g, v = np.tile(rates * q * tau, (cells, 1)), np.full(cells, -60e-3)
    kept = np.empty(((steps - burn) // 10, cells))
    for step in range(steps):
        g = g * np.exp(-dt / tau) + q * rng.poisson(rates * dt, (cells, 2))
        whole = 10e-9 + g.sum(axis=1)
        rest = (10e-9 * -65e-3 + (g * e).sum(axis=1)) / whole
        v = rest + (v - rest) * np.exp(-dt * whole / 200e-12)
        if step >= burn and step % 10 == 0:
            kept[(step - burn) // 10] = v
    synapses = [ConductanceSynapse(weight=a, reversal=c, decay=b) for a, b, c in zip(q, tau, e, strict=True)]
    found = membrane_moments(synapses, rates, **CELL)
    centred = kept - kept.mean()
    lags = np.array([(centred[: len(kept) - k] * centred[k:]).mean() for k in range(60)])
    measured = np.array([kept.mean(), kept.std(), 1e-3 * (lags.sum() / lags[0] - 0.5)])
    assert found.conductance_ratio < 0.2
    # The picture replaces conductances by their means: sd(G)/G squared, about 3 %, is the size of what it leaves out.
    allowed = float(found.conductance_ratio) ** 2
    assert abs(measured[0] - found.mu_v) < allowed * 65e-3 / 4
    assert_allclose(measured[1:], [found.sigma_v, found.tau_v], rtol=1.5 * allowed)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"rates": [np.inf, 8.0]}, "rates holds a number that is not finite"),
        ({"rates": [4.0, np.nan]}, "rates holds a number that is not finite"),
        ({"current": np.nan}, "current = nan A must be finite"),
        ({"capacitance": 0.0}, "capacitance = 0.0 F must be above 0 F"),
        ({"leak_conductance": -1e-9}, "leak_conductance = -1e-09 S must not be negative"),
        ({"leak_reversal": np.inf}, "leak_reversal = inf V must be finite"),
    ],
)
def test_arguments_without_moments_are_refused(change: dict[str, Any], match: str) -> None:
    given: dict[str, Any] = {"rates": [4.0, 8.0], **CELL, **change}
    with pytest.raises(ValueError, match=match):
        membrane_moments([EXCITATION, INHIBITION], **given)
