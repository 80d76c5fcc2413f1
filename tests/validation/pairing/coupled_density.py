"""Leaky cells in private white noise that all hear all others, 1/N each, and their population density."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import root_scalar

from mesobridge.meanfield import DensityState, FokkerPlanck
from mesobridge.meanfield.lif import CLOCK_SHIFT
from mesobridge.spiking import MembraneNoise, PointCell, Population, Synapse
from mesobridge.spiking.circuits import Circuit, CircuitPopulation, CircuitRecord, Delay, Projection, Stimulus
from mesobridge.spiking.engine import simulate_circuit
from mesobridge.spiking.engine.stepping import noise_step
from mesobridge.spiking.stimuli import Step

Array = NDArray[np.floating]

CELL = PointCell(
    capacitance="200 pF", leak_conductance="10 nS", leak_reversal="-70 mV", threshold="-50 mV", reset="-60 mV",
    refractory_period="2 ms",
)  # fmt: skip
TAU_M, SIGMA = 20e-3, 2e-3  # s; V, canonical
MEAN, RISE = 18e-3, 6e-3  # V above the leak reversal: the drive, and by how much it steps
SHARED, DECAY, DELAY = -1.2e-4, 3e-3, 2e-3  # V s of a spike of every cell; s
STEP, BIN, DURATION = 1e-4, 2e-3, 0.3
ONSET, OFFSET = 50e-3, 200e-3
WHITE = 1e-6  # s; so far below a step that the noise of two steps is independent


def circuit(size: int, dt: float = STEP) -> Circuit:
    """Return ``size`` leaky cells that inhibit each other; their noise is ``SIGMA`` at time steps ``dt`` (s)."""
    _, scale, renewed = noise_step(dt, WHITE)
    amplitude = SIGMA * CELL.leak_conductance * np.sqrt(TAU_M / dt) / (scale * renewed)
    weight = -SHARED / size * CELL.leak_conductance / (10e-3 * DECAY)
    inhibition = Synapse(receptor="gaba_a", weight=weight, reversal="-80 mV", decay=DECAY, current_based=True)
    cells = Population(
        name="I", cell=CELL, noise=MembraneNoise(amplitude=amplitude, time_constant=WHITE),
        current=MEAN * CELL.leak_conductance,
    )  # fmt: skip
    rise = Step(height=1.0, onset=ONSET, offset=OFFSET)
    return Circuit(
        name="inhibitory",
        populations=(CircuitPopulation(population=cells, size=size),),
        projections=(
            Projection(source="I", target="I", probability=1.0, delay=Delay(mean=DELAY), synapses=(inhibition,)),
        ),
        stimuli=(Stimulus(target="I", waveform=rise, current_unit=RISE * CELL.leak_conductance),),
    )


def trial(size: int, seed: int, dt: float = STEP) -> Array:
    """Return the rate (Hz) in every bin of one run."""
    record = CircuitRecord(bin=BIN, potentials=False)
    run = simulate_circuit(circuit(size, dt), duration=DURATION, warm_up=0.3, dt=dt, seed=seed, record=record)
    return run["rate"].values[0]


def drive(time: Array) -> Array:
    """Return the mean input (V) from outside."""
    return CELL.leak_reversal + MEAN + RISE * ((time >= ONSET) & (time < OFFSET))


def density(dt: float = STEP, *, clock: bool = True) -> FokkerPlanck:
    """Return the density of the cells; ``clock`` raises the threshold by what a look once a step of ``dt`` misses."""
    raised = CLOCK_SHIFT * SIGMA * np.sqrt(dt / TAU_M) if clock else 0.0
    return FokkerPlanck(
        tau_m=TAU_M, tau_ref=CELL.refractory_period, v_threshold=CELL.threshold + raised, v_reset=CELL.reset,
        v_lower=CELL.leak_reversal - 25e-3,
    )  # fmt: skip


def steady_rate(cells: FokkerPlanck, shared: float = SHARED) -> float:
    """Return the rate (Hz) that reproduces itself before the step."""
    mean = float(drive(np.zeros(1))[0])

    def gap(rate: float) -> float:
        return float(cells.stationary_rate(mean + shared * rate, SIGMA)) - rate

    return float(root_scalar(gap, bracket=(0.0, 100.0), xtol=1e-9).root)


@cache
def density_course(dt: float = STEP, *, clock: bool = True, shared: float = SHARED, delay: float = DELAY) -> Array:
    """Return the rate (Hz) in every bin of infinitely many cells: the density, fed by its own rate.

    What is heard in one delay is known from the delay before, so that the density goes on by whole delays.
    """
    cells = density(dt, clock=clock)
    rate = steady_rate(cells, shared)
    late, steps = round(delay / dt), round(DURATION / dt)
    state: DensityState = cells.stationary(float(drive(np.zeros(1))[0]) + shared * rate, SIGMA)
    outside = drive(dt * (np.arange(steps) + 0.5))
    # Spikes leave at the end of their step, so that they arrive half a step later than they would in continuous time.
    rates, heard, first = np.full(late + 1 + steps, rate), rate, 0
    while first < steps:
        now = min(late, steps - first)
        arriving = rates[first : first + now + 1]
        felt, heard = filtered((arriving[1:] + arriving[:-1]) / 2, heard, dt)
        run = cells.simulate(outside[first : first + now] + shared * felt, SIGMA, dt, initial=state)
        state = DensityState.of(run)
        rates[late + 1 + first : late + 1 + first + now] = run["mean_rate"].values
        first += now
    return rates[late + 1 :].reshape(round(DURATION / BIN), -1).mean(axis=1)


def filtered(rates: Array, start: float, dt: float) -> tuple[Array, float]:
    """Return the mean of the synaptic gate (Hz) in every step at constant rates within steps, and its last value."""
    keep = np.exp(-dt / DECAY)
    share = DECAY / dt * (1 - keep)
    means = np.empty(rates.size)
    for k, rate in enumerate(rates):
        means[k] = rate + (start - rate) * share
        start = rate + (start - rate) * keep
    return means, start


def still_course(dt: float = STEP) -> Array:
    """Return the course of a mean field whose rate follows its mean potential at once, steady at every moment."""
    cells = density(dt)
    steps, late = round(DURATION / dt), round(DELAY / dt)
    rates, outside = np.full(late + steps, steady_rate(cells)), drive(dt * (np.arange(steps) + 0.5))
    heard = rates[0]
    v = outside[0] + SHARED * heard
    for k in range(steps):
        (felt,), heard = filtered(rates[k : k + 1], heard, dt)
        v += dt / TAU_M * (outside[k] + SHARED * felt - v)
        rates[late + k] = float(cells.stationary_rate(v, SIGMA))
    return rates[late:].reshape(round(DURATION / BIN), -1).mean(axis=1)
