"""Branches over a parameter: folds and Hopf points against closed forms and the empirical mass, sweeps beside them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import (
    AlphaKernel,
    EmpiricalMass,
    ExGaussianSigmoid,
    ExponentialKernel,
    Feedback,
    GaussianSigmoid,
    LogisticSigmoid,
)
from mesobridge.meanfield.models.population_network import PopulationNetwork
from mesobridge.meanfield.networks import DelayDistribution, MemorylessRate, NetworkPopulation, NetworkProjection

from .example_networks import EXCITATION, SIGMOID, excitatory_inhibitory, self_exciting


def test_folds_are_those_of_the_empirical_mass() -> None:
    echo = 140.0 * float(SIGMOID(-53e-3))
    mass = EmpiricalMass(
        SIGMOID,
        {"echo": EXCITATION, "external": EXCITATION},
        -53e-3,
        {"echo": echo, "external": 6000.0},
        {"echo": Feedback(140.0)},
    )
    shifted = self_exciting(14.0).with_population("E", operating_v=-53e-3 - EXCITATION.area * echo)
    found = shifted.continuation("E.external", (0.0, 12000.0))
    expected = mass.continuation("external", (0.0, 12000.0))
    assert len(found.folds) == len(expected.folds) == 2
    assert_allclose([f.value for f in found.folds], [f.value for f in expected.folds], rtol=1e-7)
    for fold in found.folds:
        gain = float(SIGMOID.gain(shifted.with_parameter("E.external", fold.value).structure.moments(fold.state)[0][0]))
        assert_allclose(gain * 140 * EXCITATION.area, 1.0, rtol=1e-6)


def test_a_hopf_point_of_a_delayed_loop_is_where_the_formula_has_it() -> None:
    sigmoid, tau, delay = GaussianSigmoid(100.0, 0.0, 5e-3), 10e-3, 5e-3
    network = PopulationNetwork(
        populations=[NetworkPopulation(name="I", rate=sigmoid, operating_v=0.0)],
        projections=[
            NetworkProjection(
                source="I", target="I", kernel=ExponentialKernel(-1e-3, tau), count=0.1,
                delay=DelayDistribution(delay), operating_input=0.0,
            )
        ],
    )  # fmt: skip
    shifted = network.with_projection("I to I", operating_input=50.0)
    # At the threshold gain g the mode i w obeys 1 + i w tau = -g exp(-i w delay): tan(w delay) = -w tau.
    omega = np.linspace(np.pi / 2 / delay * 1.001, np.pi / delay, 400_001)
    wanted = omega[np.argmin(np.abs(np.tan(omega * delay) + omega * tau))]
    gain = np.hypot(1.0, wanted * tau)
    slope = float(sigmoid.gain(0.0)) * 1e-3
    found = shifted.continuation("I to I.count", (0.05, 1.0))
    assert len(found.hopfs) == 1
    (hopf,) = found.hopfs
    v = shifted.with_parameter("I to I.count", hopf.value).structure.moments(hopf.state)[0][0]
    assert_allclose(float(sigmoid.gain(v)) * 1e-3 * hopf.value, gain, rtol=1e-4)
    assert_allclose(hopf.frequency, wanted / (2 * np.pi), rtol=1e-4)
    assert slope > 0


def test_hopf_points_are_those_of_the_empirical_mass() -> None:
    sigmoid, kernel = LogisticSigmoid(100.0, -50e-3, 3e-3), AlphaKernel(-6e-6, 100.0)
    mass = EmpiricalMass(
        sigmoid, {"echo": kernel}, -45e-3, {"echo": 40.0 * float(sigmoid(-45e-3))}, {"echo": Feedback(40.0, 10e-3)}
    )
    network = PopulationNetwork(
        populations=[NetworkPopulation(name="E", rate=sigmoid, operating_v=-45e-3)],
        projections=[
            NetworkProjection(
                source="E", target="E", kernel=kernel, count=40.0, delay=DelayDistribution(10e-3),
                operating_input=40.0 * float(sigmoid(-45e-3)),
            )
        ],
    )  # fmt: skip
    expected = mass.continuation("echo.count", (1.0, 150.0)).hopfs
    found = network.continuation("E to E.count", (1.0, 150.0)).hopfs
    assert len(found) == len(expected) >= 1
    assert_allclose([h.value for h in found], [h.value for h in expected], rtol=1e-5)
    assert_allclose([h.frequency for h in found], [h.frequency for h in expected], rtol=1e-5)


def test_a_branch_is_steady_everywhere_and_counts_its_unstable_modes() -> None:
    network = excitatory_inhibitory(counts=(400.0, 400.0), delay=8e-3)
    found = network.continuation("E.external", (5000.0, 40000.0))
    branch = found.branches[0]
    assert branch.sizes["point"] > 20
    for k in range(0, branch.sizes["point"], 10):
        value = float(branch["E.external"][k])
        at = network.with_parameter("E.external", value)
        rates = np.array([float(branch["E.rate"][k]), float(branch["I.rate"][k])])
        assert_allclose(at.structure.mapped(rates), rates, rtol=1e-7, atol=1e-9)
        assert at.loop(rates).unstable == int(branch["unstable"][k])
    changes = np.count_nonzero(np.diff(branch["unstable"].values))
    assert changes == len(found.hopfs) >= 1
    for hopf in found.hopfs:
        values = network.with_parameter("E.external", hopf.value).eigenvalues(hopf.state)
        nearest = values[np.argmin(np.abs(np.real(values)))]
        assert abs(nearest.real) < 1e-3
        assert_allclose(abs(nearest.imag) / (2 * np.pi), hopf.frequency, rtol=1e-5)


def test_two_moments_have_branches_too() -> None:
    rate = MemorylessRate(ExGaussianSigmoid(100.0, -50e-3, 2e-3, 2e-3))
    network = self_exciting(14.0).with_population("E", rate=rate)
    found = network.continuation("E.external", (0.0, 12000.0))
    assert len(found.folds) == 2
    for fold in found.folds:
        structure = network.with_parameter("E.external", fold.value).structure
        assert_allclose(structure.mapped(fold.state), fold.state, rtol=1e-6)
        assert_allclose(np.linalg.det(np.eye(1) - structure.round_trip(fold.state)), 0.0, atol=1e-5)


def test_a_sweep_jumps_at_the_folds() -> None:
    network = self_exciting(14.0, delay=2e-3)
    found = network.continuation("E.external", (0.0, 12000.0))
    low, high = (fold.value for fold in found.folds)
    values = np.linspace(low - 600, high + 600, 25)
    sweep = network.sweep("E.external", values.tolist(), hold=0.6, dt=2e-4)
    rates = sweep["rate"].sel(population="E").values
    up = values[np.argmax(np.diff(rates[0])) + 1]
    down = values[np.argmax(np.diff(rates[1]))]
    step = values[1] - values[0]
    assert 0 <= up - high <= 2 * step
    assert 0 <= low - down <= 2 * step
    assert np.all(sweep["swing"].values[0, :3] < 1e-3)


def test_a_range_must_not_be_empty() -> None:
    with pytest.raises(ValueError, match="not empty"):
        self_exciting().continuation("E.external", (3.0, 3.0))
    with pytest.raises(ValueError, match=r"no parameter 'E\.rate'"):
        self_exciting().continuation("E.rate", (3.0, 4.0))
