"""Spectra of mean free potentials: limits in closed form, and a network of cells that is simulated beside them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import ndtr

from mesobridge.meanfield import ExponentialKernel, GaussianSigmoid
from mesobridge.meanfield.models.population_network import PopulationNetwork
from mesobridge.meanfield.networks import (
    DelayDistribution,
    ModulatedSpikes,
    NetworkDrive,
    NetworkPopulation,
    NetworkProjection,
    potential_spectra,
)
from mesobridge.validation.pairing import CurveScore, multitaper_spectrum, spectrum_score

from .example_networks import excitatory_inhibitory

FREQUENCY = np.array([1.0, 5.0, 20.0, 80.0, 300.0])

CELLS, INPUTS, TAU, DT = 200, 40, 10e-3, 5e-4
BACKGROUND, JUMP, WEIGHT = 1500.0, 1.2e-3, -0.3e-3  # Hz, V, V
TOP, THRESHOLD, WIDTH, START = 100.0, 0.0, 8e-3, -4e-3
AREA = DT / (1 - np.exp(-DT / TAU))  # s; a jump decays over whole steps


def test_without_a_network_only_private_noise_is_left() -> None:
    network = excitatory_inhibitory(counts=(0.0, 0.0), size=800)
    found = potential_spectra(network.structure, network.reference(), FREQUENCY)
    kernel = network.drives[0].kernel
    expected = 2 * 14000.0 * np.abs(kernel.transfer(FREQUENCY)) ** 2
    assert_allclose(found[:, 0, 0], expected / 800, rtol=1e-9)
    assert_allclose(found[:, 1, 1], expected / 400, rtol=1e-9)
    assert_allclose(found[:, 0, 1], 0.0, atol=1e-20)


def test_all_to_all_and_without_noise_from_outside_only_the_network_is_left() -> None:
    network = excitatory_inhibitory(counts=(800.0, 400.0), size=800)
    for drive in network.drives:
        network = network.with_parameter(drive.label, 0.0)
    rates = np.array([5.0, 8.0])
    found = potential_spectra(network.structure, rates, FREQUENCY)
    assert_allclose(found, network.cross_spectra(FREQUENCY, rates)["v"].values, rtol=1e-9)


def test_a_membrane_noise_of_every_cell_is_averaged_over_the_cells() -> None:
    network = excitatory_inhibitory(counts=(0.0, 0.0), size=800).with_parameter("E.external", 0.0)
    density = 2 * 30.0**2 * np.ones(FREQUENCY.size)
    found = potential_spectra(network.structure, network.reference(), FREQUENCY, {"E.external": density})
    kernel = np.abs(network.drives[0].kernel.transfer(FREQUENCY)) ** 2
    assert_allclose(np.real(found[:, 0, 0]), density * kernel / 800, rtol=1e-9)
    with pytest.raises(ValueError, match="no drive 'X'; there are: E"):
        potential_spectra(network.structure, network.reference(), FREQUENCY, {"X": density})


def test_sparse_inputs_are_shared_in_part() -> None:
    """Of N sources each is heard by a binomial number c of M targets: its weight in their mean is c/M."""
    rate, inputs, sources, targets, area, tau = 12.0, 50.0, 400, 150, 1e-6, 10e-3
    sigmoid = GaussianSigmoid(100.0, 0.0, 5e-3)
    network = PopulationNetwork(
        populations=[
            NetworkPopulation(name=name, rate=sigmoid, operating_v=0.0, size=size)
            for name, size in (("E", sources), ("I", targets))
        ],
        projections=[
            NetworkProjection(
                source="E", target="I", kernel=ExponentialKernel(area, tau), count=inputs, delay=DelayDistribution(2e-3)
            )
        ],
    )
    found = np.real(potential_spectra(network.structure, np.array([rate, 50.0]), FREQUENCY)[:, 1, 1])
    share = inputs / sources
    square = share**2 + share * (1 - share) / targets
    filtered = (area / np.abs(1 + 2j * np.pi * FREQUENCY * tau)) ** 2
    assert_allclose(found, 2 * rate * sources * square * filtered, rtol=1e-9)


def test_densities_are_hermitian_and_positive() -> None:
    network = excitatory_inhibitory(size=1000)
    found = potential_spectra(network.structure, network.reference(), FREQUENCY)
    assert_allclose(found, np.conj(np.swapaxes(found, 1, 2)), rtol=1e-9)
    assert np.all(np.linalg.eigvalsh(found) > 0)


def simulated(seconds: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return rate and mean potential of memoryless cells that inhibit each other, 40 of 200 each, in private noise."""
    rng, steps, decay = np.random.default_rng(seed), round(seconds / DT), np.exp(-DT / TAU)
    weights = np.zeros((CELLS, CELLS))
    for row in weights:
        row[rng.choice(CELLS, INPUTS, replace=False)] = WEIGHT
    rest = START - AREA * (BACKGROUND * JUMP + 25.0 * INPUTS * WEIGHT)
    v, fired = np.full(CELLS, START), np.zeros(CELLS, dtype=bool)
    rate, potential = np.empty(steps), np.empty(steps)
    kicks = chance = np.empty((0, CELLS))
    for step in range(steps):
        if step % 2000 == 0:
            kicks = JUMP * rng.poisson(BACKGROUND * DT, (2000, CELLS))
            chance = rng.random((2000, CELLS)) / (TOP * DT)
        v = rest + (v - rest) * decay + kicks[step % 2000] + weights[:, fired].sum(axis=1)
        fired = chance[step % 2000] < ndtr((v - THRESHOLD) / WIDTH)
        rate[step], potential[step] = fired.mean() / DT, v.mean()
    return rate, potential


def theory(rate: float) -> tuple[PopulationNetwork, np.ndarray]:
    variance = TAU / 2 * (BACKGROUND * JUMP**2 + INPUTS * rate * WEIGHT**2)
    sigmoid = GaussianSigmoid(TOP, THRESHOLD, np.hypot(WIDTH, np.sqrt(variance)))
    inhibition, kick = ExponentialKernel(WEIGHT * AREA, TAU), ExponentialKernel(JUMP * AREA, TAU)
    lag = np.concatenate([[0.0], np.geomspace(1e-5, 0.15, 500)])

    def network(slope: float) -> PopulationNetwork:
        spectrum = ModulatedSpikes(lag, slope**2 * variance * np.exp(-lag / TAU))
        return PopulationNetwork(
            populations=[
                NetworkPopulation(name="I", rate=sigmoid, operating_v=START, size=CELLS, cell_spectrum=spectrum)
            ],
            projections=[
                NetworkProjection(
                    source="I", target="I", kernel=inhibition, count=INPUTS, delay=DelayDistribution(DT),
                    operating_input=25.0 * INPUTS,
                )
            ],
            drives=[NetworkDrive(target="I", kernel=kick, level=BACKGROUND, operating_input=BACKGROUND)],
        )  # fmt: skip

    steady = network(0.0).steady([rate])
    v = float(network(0.0).structure.moments(steady)[0][0])
    return network(float(sigmoid.gain(v))), steady


@pytest.fixture(scope="module")
def cells() -> tuple[np.ndarray, np.ndarray]:
    return simulated(40.0, 1)


def test_the_mean_potential_of_simulated_cells_has_the_spectrum_of_the_formula(cells) -> None:
    rate, potential = cells
    network, steady = theory(rate.mean())
    assert abs(steady[0] / rate.mean() - 1) < 0.02
    spectrum = multitaper_spectrum(np.array([rate, potential])[:, 1000:], DT, segment=0.8).between(3, 200)

    def score(predicted: np.ndarray) -> CurveScore:
        return spectrum_score("potential", spectrum, predicted, "log10", 1)

    right = score(np.real(potential_spectra(network.structure, steady, spectrum.frequency)[:, 0, 0]))
    assert right.degrees > 15
    assert right.p_value > 1e-3
    # The network's part alone, and the network's and the private part as if they had nothing to do with each other.
    alone = np.real(network.cross_spectra(spectrum.frequency, steady)["v"].values[:, 0, 0])
    assert score(alone).p_value < 1e-3
    private = 2 * BACKGROUND * np.abs(network.drives[0].kernel.transfer(spectrum.frequency)) ** 2 / CELLS
    assert score(alone + private).p_value < 1e-3
