"""The chain of approximations: each rung is what it says, and each step's error has the size and sign it must have."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose

from mesobridge.meanfield import (
    Approximation,
    DispersedSigmoid,
    FokkerPlanck,
    GaussianSigmoid,
    StationaryCurve,
    TwoMomentPopulation,
    approximate_rate,
    chain_of_approximations,
    lif_rate,
)

CELL: dict[str, Any] = {"tau_m": 20e-3, "tau_ref": 2e-3, "v_threshold": 20e-3, "v_reset": 10e-3}
POPULATION = FokkerPlanck(**CELL, size=100)
DT = 2e-4
MIDDLES = DT * (np.arange(1500) + 0.5)
MU = 17e-3 + 3e-3 * np.sin(2 * np.pi * 10 * MIDDLES)
SIGMA = 4e-3 + 1e-3 * np.sin(2 * np.pi * 4 * MIDDLES)


def averaged(run: xr.Dataset) -> np.ndarray:
    """Return the rate of memoryless cells averaged over each step, from the stationary first one on, Hz."""
    rate = run["rate"].to_numpy()
    return (rate[1:] + rate[:-1]) / 2


def test_rungs_are_the_models_they_name() -> None:
    chain = chain_of_approximations(POPULATION, MU, SIGMA, DT)
    assert list(chain["rung"].values) == ["spiking", "no refractoriness", "two moments", "frozen variance"]
    assert_allclose(chain["rate"][0], POPULATION.simulate(MU, SIGMA, DT)["mean_rate"])
    instant = replace(POPULATION, tau_ref=0.0)
    assert_allclose(chain["rate"][1], instant.simulate(MU, SIGMA, DT)["mean_rate"])
    moments = TwoMomentPopulation(rate=StationaryCurve(instant), tau_m=20e-3)
    assert_allclose(chain["rate"][2, 1:], averaged(moments.simulate(MU, SIGMA, DT)))
    frozen = TwoMomentPopulation(rate=StationaryCurve(instant), tau_m=20e-3, variance="frozen")
    assert_allclose(chain["rate"][3, 1:], averaged(frozen.simulate(MU, SIGMA, DT)))
    quasi_static = chain["rate_alone"].sel(approximation="quasi-static curve")
    assert_allclose(quasi_static, lif_rate(MU, SIGMA, **CELL), rtol=2e-3)


def test_errors_are_those_of_the_rates() -> None:
    chain = chain_of_approximations(POPULATION, MU, SIGMA, DT)
    difference = (chain["rate"] - chain["rate"].isel(rung=0)).to_numpy()
    assert_allclose(chain["error_rms"], np.sqrt((difference**2).mean(axis=1)))
    assert_allclose(chain["error_peak"], np.abs(difference).max(axis=1))
    assert_allclose(chain["error_rms_relative"] * float(chain["rate"][0].mean()), chain["error_rms"])
    assert_allclose(chain["step_peak"][2], abs(chain["rate"][2] - chain["rate"][1]).max())
    assert chain["error_rms"][0] == 0
    assert np.all(chain["error_rms_alone"] > 0)
    for name in chain.data_vars:
        assert {"units", "long_name"} <= set(chain[name].attrs), name


def test_constant_input_leaves_only_the_refractory_error() -> None:
    chain = chain_of_approximations(POPULATION, 18e-3, 4e-3, DT, duration=0.02)
    assert_allclose(chain["step_peak"][2:], 0, atol=1e-7)
    rate = float(chain["rate"][0, 0])
    assert_allclose(chain["rate"][1], rate / (1 - rate * 2e-3), rtol=1e-8)
    assert_allclose(chain["error_peak_alone"][1:], 0, atol=1e-7)


def test_the_memory_of_spikes_fades_from_slow_input_in_proportion_to_its_speed() -> None:
    errors, frequencies = [], np.array([0.5, 1.0, 2.0])
    for frequency in frequencies:
        time = DT * (np.arange(round(1 / frequency / DT)) + 0.5)
        mu = 18e-3 + 1e-3 * np.sin(2 * np.pi * frequency * time)
        chain = chain_of_approximations(POPULATION, mu, 4e-3, DT)
        late = chain.isel(time=slice(chain.sizes["time"] // 2, None))
        no_memory = late["rate_alone"].sel(approximation="no memory of spikes")
        errors.append(float(np.sqrt(((no_memory - late["rate"][0]) ** 2).mean())))
    assert 0.9 < np.polyfit(np.log(frequencies), np.log(errors), 1)[0] < 1.1


def test_freezing_matters_only_where_the_noise_changes() -> None:
    chain = chain_of_approximations(POPULATION, MU, 4e-3, DT)
    assert chain["step_peak"].sel(rung="frozen variance") == 0
    assert chain["error_peak_alone"].sel(approximation="frozen variance") == 0


def test_another_rate_of_memoryless_cells() -> None:
    cells = DispersedSigmoid(GaussianSigmoid(100.0, 24e-3, 3e-3))
    found = approximate_rate(POPULATION, Approximation(spike_memory=False), MU, SIGMA, DT, memoryless_rate=cells)
    assert_allclose(found[1:], averaged(TwoMomentPopulation(rate=cells, tau_m=20e-3).simulate(MU, SIGMA, DT)))


def test_an_exponential_population_climbs_the_same_ladder() -> None:
    population = FokkerPlanck(
        tau_m="20 ms", tau_ref="1 ms", v_threshold="-50 mV", v_reset="-65 mV", slope_factor="1.5 mV", v_cutoff="-40 mV"
    )
    mu = -52e-3 + 2e-3 * np.sin(2 * np.pi * 5 * MIDDLES)
    chain = chain_of_approximations(population, mu, 4e-3, DT)
    assert 0 < float(chain["error_rms_relative"][1]) < float(chain["error_rms_relative"][2]) < 1


def test_a_population_at_rest_under_another_input() -> None:
    chain = chain_of_approximations(POPULATION, 20e-3, 4e-3, DT, initial=("16 mV", "4 mV"), duration=0.2)  # type: ignore[arg-type]
    assert_allclose(
        chain["rate"].sel(rung="two moments")[0], lif_rate(16e-3, 4e-3, **{**CELL, "tau_ref": 0}), rtol=0.02
    )
    assert_allclose(chain["rate"].isel(time=-1)[1:], lif_rate(20e-3, 4e-3, **{**CELL, "tau_ref": 0}), rtol=1e-3)


def test_meaningless_combinations_are_refused() -> None:
    with pytest.raises(ValueError, match="drop the memory of spikes first"):
        Approximation(membrane=False)
