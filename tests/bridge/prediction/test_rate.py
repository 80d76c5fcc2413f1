"""Predicted rates against closed forms and against a Monte Carlo of single cells written out here."""

from dataclasses import replace

import numpy as np
import pytest

from mesobridge.bridge.prediction import Resolution, operating_point, predict_rate
from mesobridge.bridge.prediction.fast_noise import fast_noise
from mesobridge.bridge.prediction.single_cell import interval_variation, single_cell_rates
from mesobridge.meanfield.lif import lif_rate
from mesobridge.meanfield.sigmoids import ExGaussianSigmoid
from mesobridge.spiking import POPULATIONS, MembraneNoise, PointCell, Population

from .cells import textbook_cell

NUMERICAL_ERROR = 0.02  # what Resolution promises above 1 Hz, doubled
RENEWAL_ERROR = 0.02  # neglect of correlations between intervals with strong adaptation


def point_cell(population: Population) -> PointCell:
    assert isinstance(population.cell, PointCell)
    return population.cell


def noise_of(population: Population) -> MembraneNoise:
    assert population.noise is not None
    return population.noise


class Cells:
    """Independent copies of one cell, stepped with exact noise and exponential Euler; one threshold, private noise."""

    def __init__(self, population: Population, current: float, count: int, seed: int, dt: float) -> None:
        self.population, self.cell, self.membrane_noise = population, point_cell(population), noise_of(population)
        self.dt, self.current = dt, current
        self.random = np.random.default_rng(seed)
        self.v = np.full(count, self.cell.reset)
        self.noise = self.random.standard_normal(count)
        self.wait, self.gate = np.zeros(count), np.zeros(count)
        self.kept = {
            k: np.zeros(count) for k in ("rectifier", "after_hyperpolarization") if getattr(self.cell, k) is not None
        }
        self.synapses = [(a, s) for a in population.afferents for s in a.synapses]
        self.slow = [np.full(count, a.rate * s.decay) for a, s in self.synapses]
        self.fast = [np.full(count, a.rate * s.rise) for a, s in self.synapses]

    def _terms(self):
        cell, population = self.cell, self.population
        conductance = np.full_like(self.v, cell.resting_conductance)
        current = cell.leak_conductance * cell.leak_reversal + cell.potassium_conductance * cell.potassium_reversal
        current = current + population.current + self.current + self.membrane_noise.amplitude * self.noise
        for (_, s), slow, fast in zip(self.synapses, self.slow, self.fast, strict=True):
            opened = s.weight * s.peak_factor * (slow - fast) / (1 + s.magnesium / 3.57 * np.exp(-62 * self.v))
            conductance, current = conductance + opened, current + opened * s.reversal
        if cell.muscarinic is not None:
            opened = cell.muscarinic.conductance * self.gate
            conductance, current = conductance + opened, current + opened * cell.muscarinic.reversal
        for name, kept in self.kept.items():
            conductance, current = conductance + kept, current + kept * getattr(cell, name).reversal
        if cell.slope_factor:
            grown = np.minimum((self.v - cell.threshold) / cell.slope_factor, 20)
            current = current + cell.leak_conductance * cell.slope_factor * np.exp(grown)
        return conductance, current

    def step(self):
        cell, dt, noise = self.cell, self.dt, self.membrane_noise
        keep = np.exp(-dt / noise.time_constant)
        self.noise = keep * self.noise + np.sqrt(1 - keep**2) * self.random.standard_normal(self.v.size)
        arrivals = {a.name: self.random.poisson(a.rate * dt, self.v.size) for a in self.population.afferents}
        conductance, current = self._terms()
        target = current / conductance
        moved = target + (self.v - target) * np.exp(-dt * conductance / cell.capacitance)
        if cell.muscarinic is not None:
            m = cell.muscarinic
            self.gate += dt / m.time_constant * (1 / (1 + np.exp(-(self.v - m.v_half) / m.slope)) - self.gate)
        for i, (a, s) in enumerate(self.synapses):
            self.slow[i] = self.slow[i] * np.exp(-dt / s.decay) + arrivals[a.name]
            self.fast[i] = self.fast[i] * np.exp(-dt / s.rise) + arrivals[a.name] if s.rise else self.fast[i]
        for name in self.kept:
            self.kept[name] *= np.exp(-dt / getattr(cell, name).decay)
        self.v = np.where(self.wait > 1e-9, cell.reset, moved)
        self.wait -= dt
        spikes = self.v >= cell.spike_level
        self.v[spikes], self.wait[spikes] = cell.reset, cell.refractory_period
        for name, kept in self.kept.items():
            kept[spikes] += getattr(cell, name).increment
        return spikes


def monte_carlo_rate(population, current, *, count, duration, seed, dt=1e-4, warm_up=0.5):
    cells = Cells(population, current, count, seed, dt)
    for _ in range(round(warm_up / dt)):
        cells.step()
    spikes = np.zeros(count)
    for _ in range(round(duration / dt)):
        spikes += cells.step()
    return spikes.mean() / duration, spikes.std(ddof=1) / np.sqrt(count) / duration


def predicted(population, current):
    return float(single_cell_rates([operating_point(population, current=current)], np.zeros(1)).rate[0])


def agrees(theory: float, measured: float, error: float, allowed: float) -> bool:
    return abs(theory - measured) <= 3 * error + allowed * measured


@pytest.mark.parametrize(
    ("name", "current", "count"),
    [("textbook_lif", 200e-12, 120), ("fast_spiking", 200e-12, 100), ("e1", 250e-12, 150), ("e1", 500e-12, 60)],
)
def test_single_cell_rate_agrees_with_monte_carlo(name, current, count):
    population = POPULATIONS[name]()
    rate, error = monte_carlo_rate(population, current, count=count, duration=1.2, seed=3)
    assert rate > 20 * error, "the Monte Carlo must be worth comparing with"
    assert agrees(predicted(population, current), rate, error, NUMERICAL_ERROR + RENEWAL_ERROR)


def noisy_lif(spread: float = 0.0, time_constant: float = 0.005, sd: float = 0.0035) -> Population:
    amplitude = sd * 10e-9 * np.sqrt((time_constant + 0.020) / time_constant)
    noise = MembraneNoise(amplitude=amplitude, time_constant=time_constant)
    return Population(name="lif", cell=textbook_cell(threshold_spread=spread), noise=noise)


def white_rate(population: Population, current: float, *, coloured: bool) -> float:
    noise, tau = noise_of(population), 0.020
    sigma = noise.amplitude / 10e-9 * np.sqrt(2 * noise.time_constant / tau)
    shift = noise.time_constant if coloured else None
    return float(
        lif_rate(
            -0.070 + current / 10e-9, sigma, tau_m=tau, tau_ref=0.002, v_threshold=-0.050, v_reset=-0.060, tau_syn=shift
        )
    )


def test_white_noise_theory_is_rejected_by_the_same_judge():
    population = noisy_lif()
    rate, error = monte_carlo_rate(population, 150e-12, count=300, duration=1.0, seed=5)
    assert agrees(predicted(population, 150e-12), rate, error, NUMERICAL_ERROR)
    assert not agrees(white_rate(population, 150e-12, coloured=False), rate, error, NUMERICAL_ERROR)


def test_fast_noise_meets_the_threshold_shift_formula():
    ratios = (0.04, 0.02)
    errors = []
    for ratio in ratios:
        population = noisy_lif(time_constant=ratio * 0.020)
        current = 160e-12
        point = operating_point(population, current=current)
        exact = float(single_cell_rates([point], np.zeros(1), Resolution(120, 60, 24)).rate[0])
        errors.append(abs(exact / white_rate(population, current, coloured=True) - 1))
    # The formula's own error is of first order in the ratio of the time constants.
    assert errors[1] < errors[0] < 0.05


def test_noise_slower_than_the_membrane_at_the_edge_of_validity():
    population = noisy_lif(time_constant=0.060)
    rate, error = monte_carlo_rate(population, 180e-12, count=700, duration=1.5, seed=7)
    assert agrees(predicted(population, 180e-12), rate, error, NUMERICAL_ERROR)


def test_refinement_does_not_move_the_rate():
    population = POPULATIONS["e1"]()
    points = [operating_point(population, current=c) for c in (250e-12, 500e-12)]
    coarse = single_cell_rates(points, np.zeros(2)).rate
    fine = single_cell_rates(points, np.zeros(2), Resolution(36, 36, 18)).rate
    assert np.abs(coarse / fine - 1).max() < NUMERICAL_ERROR / 2


def test_memoryless_population_is_exact():
    population = POPULATIONS["escape_rate"]()
    levels = np.linspace(0, 400e-12, 9)
    table = predict_rate(population, "current", levels)
    sigma = operating_point(population).sigma_v
    exact = ExGaussianSigmoid(100.0, -0.055, np.hypot(0.002, sigma), 0.004)
    assert table.rate.max() > 90
    assert np.allclose(table.rate, exact(table.v_free), rtol=1e-9)


def test_threshold_spread_is_the_convolution_of_single_cells():
    spread = 0.002
    current = 150e-12
    whole = predict_rate(noisy_lif(spread), "current", [current]).rate[0]
    single = noisy_lif()
    offsets, weights = np.polynomial.hermite_e.hermegauss(15)
    points = [operating_point(single, current=current)] * offsets.size
    parts = single_cell_rates(points, spread * offsets).rate
    assert whole == pytest.approx(parts @ weights / weights.sum(), rel=2e-3)


def test_moving_threshold_and_reset_together_is_a_translation_of_a_current_driven_cell():
    population = noisy_lif()
    moved = population.with_cell(threshold=-0.046, reset=-0.056)
    levels = np.linspace(100e-12, 300e-12, 6)
    here = predict_rate(population, "current", levels)
    there = predict_rate(moved, "current", levels + 0.004 * 10e-9)
    assert np.allclose(there.v_free, here.v_free + 0.004, atol=1e-9)
    assert np.allclose(there.rate, here.rate, rtol=1e-6)


def test_faster_in_all_times_is_faster_in_rate():
    population = noisy_lif()
    halved = replace(
        population.with_cell(capacitance=100e-12, refractory_period=0.001),
        noise=replace(noise_of(population), time_constant=0.0025),
    )
    # The time after which a silent cell is tried again is not scaled; it must not matter.
    assert predicted(halved, 160e-12) == pytest.approx(2 * predicted(population, 160e-12), rel=2e-4)


def test_rare_spikes_are_poisson_and_driven_ones_regular():
    population = noisy_lif()
    rate, variation = interval_variation(operating_point(population, current=100e-12))
    assert rate < 1
    assert variation == pytest.approx(1.0, abs=0.05)
    rate, variation = interval_variation(operating_point(population, current=350e-12))
    assert rate > 40
    assert variation < 0.4


def test_the_equivalent_noise_keeps_the_variance_of_the_potential():
    point = operating_point(POPULATIONS["fast_spiking"]())
    noise = fast_noise(point)
    drive = point.drive.population
    assert 0.003 < noise.time_constant < noise_of(drive).time_constant * 2
    assert noise.slow_sd < point.sigma_v / 5


def test_tonic_inhibition_costs_the_simulated_current():
    """Simulated cells need 156 pA for 10 Hz, and 235 pA with 5 nS of tonic GABA_A that reverses at rest."""
    base = noisy_lif(sd=0.005)
    tonic = POPULATIONS["textbook_lif"]().synapse("gaba_a")
    afferent = replace(
        POPULATIONS["textbook_lif"]().afferent("inhibitory"),
        rate=0.0,
        synapses=(replace(tonic, weight=0.0, tonic=5e-9, reversal=-0.070),),
    )
    inhibited = replace(base, afferents=(afferent,))
    needed = []
    for population in (base, inhibited):
        levels = np.linspace(50e-12, 300e-12, 12)
        needed.append(float(np.interp(10.0, predict_rate(population, "current", levels).rate, levels)))
    assert needed[0] == pytest.approx(156e-12, rel=0.03)
    assert needed[1] - needed[0] == pytest.approx(79e-12, rel=0.08)
