"""Coupled finite populations: built, simulated, and handed out as labelled arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from ...units import takes
from ..arrays import require_finite
from .population import EscapeRatePopulation

if TYPE_CHECKING:
    from .loop import Constants, State

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class MesoscopicNetwork:
    """p homogeneous populations of finite size, coupled all-to-all or at random, as stochastic population rates.

    The number of spikes in a step is binomial around N A dt, where A follows from the survivors of all past cohorts;
    a correction in proportion to the variance of the survivors keeps their number at N.

    Source: schwalger2017.
    Assumptions: cells of one population see the same input (random coupling enters by its mean); adaptation in
    quasi-renewal form; synaptic input is a current. Refractory cells are let go half a step into the step in which
    refractoriness ends, which makes stationary rates second order in the step.

    Parameters
    ----------
    populations : sequence of EscapeRatePopulation
        p populations.
    weights : (p, p) array
        Jump of potential by one spike times the number of synapses onto a cell, from population (column) to population
        (row), V.
    synaptic_decay : (p,) array
        Decay of the synaptic current caused by each population, s; 0 for jumps.
    delay : (p,) array
        Transmission delay from each population, s; at least one time step is used.
    names : (p,) sequence of str, optional
        What the populations are called in results.
    """

    populations: Sequence[EscapeRatePopulation]
    weights: ArrayLike | None = None
    synaptic_decay: ArrayLike = 0.0
    delay: ArrayLike = 0.0
    names: Sequence[str] = ()

    def __post_init__(self) -> None:
        count = len(self.populations)
        if not count:
            raise ValueError("MesoscopicNetwork: no populations; give at least one.")
        given, decay, delay = _in_si(self.weights, self.synaptic_decay, self.delay)
        weights = np.zeros((count, count)) if given is None else np.asarray(given, dtype=float)
        if weights.shape != (count, count):
            raise ValueError(
                f"MesoscopicNetwork.weights: shape {weights.shape} for {count} populations; give ({count}, {count})."
            )
        require_finite("MesoscopicNetwork", weights=weights, synaptic_decay=decay, delay=delay)
        object.__setattr__(self, "populations", tuple(self.populations))
        object.__setattr__(self, "weights", weights)
        for name, value in (("synaptic_decay", decay), ("delay", delay)):
            values = np.broadcast_to(np.asarray(value, dtype=float), (count,)).copy()
            if np.any(values < 0):
                raise ValueError(f"MesoscopicNetwork.{name}: {values} s must not be negative.")
            object.__setattr__(self, name, values)
        names = tuple(self.names) or tuple(f"population_{index}" for index in range(count))
        if len(names) != count:
            raise ValueError(f"MesoscopicNetwork.names: {len(names)} names for {count} populations; give one for each.")
        object.__setattr__(self, "names", names)

    @takes(duration="s", dt="s", drive="V", initial_rate="Hz")
    def simulate(
        self,
        duration: float,
        *,
        dt: float = 2e-4,
        drive: ArrayLike | None = None,
        seed: int = 0,
        fluctuations: bool = True,
        initial_rate: ArrayLike = 10.0,
    ) -> xr.Dataset:
        """Return one realisation of the population activities.

        Parameters
        ----------
        duration : float
            s.
        dt : float
            Time step, s; refractory times and delays are rounded to it.
        drive : (p,) or (p, time) array, optional
            Steady potential without synaptic input, V, constant or one column for each step; that of the populations
            unless given.
        seed : int
            Of the binomial draws.
        fluctuations : bool
            False for the limit of infinitely many cells: the integral equation of the expected activity.
        initial_rate : (p,) array
            Times since the last spike are spread as if the cells had fired at this rate before, Hz.

        Returns
        -------
        xarray.Dataset
            ``activity`` and ``expected_activity`` (population, time), Hz: spikes in each step over N dt, and their mean
            given the past; ``time`` is the end of each step.

        Raises
        ------
        ValueError
            If the step is not shorter than every membrane time constant, or the drive has the wrong length.
        """
        from .loop import run  # numba is loaded, and the loop compiled, only by whoever simulates

        require_finite("MesoscopicNetwork.simulate", duration=duration, dt=dt, initial_rate=initial_rate)
        if not dt > 0:
            raise ValueError(f"MesoscopicNetwork.simulate: dt = {dt:g} s must be above 0 s; 0.2 ms is a good start.")
        steps = round(duration / dt)
        shortest = min(population.tau_m for population in self.populations)
        if steps < 1 or not 0 < dt < shortest:
            raise ValueError(
                f"MesoscopicNetwork.simulate: {steps} steps of {dt:g} s; take at least one and a step well below the "
                f"shortest membrane time constant, {shortest:g} s."
            )
        potentials = self._drives(drive, steps)
        constants = self._constants(dt)
        state = self._state(constants, np.asarray(initial_rate, dtype=float), potentials[:, 0])
        activity, expected = np.zeros_like(potentials), np.zeros_like(potentials)
        shape = (len(self.populations), steps if fluctuations else 0)
        run(constants, state, potentials, np.random.default_rng(seed).random(shape), activity, expected)
        return self._dataset(activity, expected, dt, seed)

    def _drives(self, drive: ArrayLike | None, steps: int) -> Array:
        given = [population.drive for population in self.populations] if drive is None else drive
        values = np.asarray(given, dtype=float)
        require_finite("MesoscopicNetwork.simulate", drive=values)
        values = values[:, None] if values.ndim == 1 else values
        if values.shape[0] != len(self.populations) or values.shape[1] not in (1, steps):
            raise ValueError(
                f"MesoscopicNetwork.simulate: drive of shape {values.shape} for {len(self.populations)} populations "
                f"and {steps} steps; give one row for each population and one column for each step."
            )
        return np.ascontiguousarray(np.broadcast_to(values, (len(self.populations), steps)))

    def _per_population(self, name: str) -> Array:
        return np.array([getattr(population, name) for population in self.populations])

    def _constants(self, dt: float) -> "Constants":
        from .loop import Constants

        tau_m, softness = self._per_population("tau_m"), self._per_population("softness")
        size, tau_s = self._per_population("size"), np.asarray(self.synaptic_decay)
        dead = np.rint(self._per_population("tau_ref") / dt).astype(np.int64)
        history = max(int(np.ceil(population.memory / dt)) for population in self.populations) + 2
        ages = (np.arange(history) + 0.5) * dt
        own = np.stack([population.threshold_shift(ages) for population in self.populations])
        forget, tail = self._forgotten(dt, history)
        leak, relax = np.exp(-dt / tau_m), np.exp(-dt / np.maximum(tau_s, 1e-12))
        return Constants(
            dt=dt,
            size=size,
            reset=self._per_population("reset"),
            threshold=self._per_population("threshold"),
            softness=softness,
            rate=self._per_population("threshold_rate"),
            leak=leak,
            half_leak=np.exp(-dt / (2 * tau_m)),
            dead_steps=dead,
            delay_steps=np.maximum(np.rint(np.asarray(self.delay) / dt).astype(np.int64), 1),
            own=own,
            later=-softness[:, None] * np.expm1(-own / softness[:, None]) / size[:, None],
            forget=forget,
            tail=tail,
            gather=np.asarray(self.weights) * tau_m[:, None],
            relax=relax,
            bridge=_bridge(tau_m[:, None], tau_s[None, :], leak[:, None], relax[None, :], dt),
        )

    def _forgotten(self, dt: float, history: int) -> tuple[Array, Array]:
        """Return how the threshold left by spikes older than the history decays, and what one of them leaves, V."""
        kernels = max(1, max(len(population.adaptation) for population in self.populations))
        forget, tail = np.zeros((2, len(self.populations), kernels))
        for a, population in enumerate(self.populations):
            for k, kernel in enumerate(population.adaptation):
                forget[a, k] = np.exp(-dt / kernel.decay)
                tail[a, k] = kernel.jump * np.exp(-(history + 0.5) * dt / kernel.decay) / population.size
        return forget, tail

    def _state(self, constants: "Constants", initial_rate: Array, drive: Array) -> "State":
        """Return cohorts as if all cells had fired independently at the initial rates until now."""
        from .loop import State

        count, history = constants.own.shape
        chance = np.broadcast_to(initial_rate * constants.dt, (count,))[:, None]
        if np.any(chance < 0) or np.any(chance >= 1):
            raise ValueError(
                f"MesoscopicNetwork.simulate: initial_rate {initial_rate} Hz must lie between 0 and one spike per step."
            )
        # Before the first step (step 0) a cohort of age a sits in the slot of step -a; slot 0 is the oldest.
        age = np.concatenate([[history], history - np.arange(1, history)]).astype(float)
        size = constants.size[:, None]
        fired = np.broadcast_to(size * chance, (count, history)).copy()
        silent = size * chance * (1 - chance) ** (age - 1)
        since = np.maximum(age - constants.dead_steps[:, None] - 0.5, 0.0)
        u = drive[:, None] + (constants.reset - drive)[:, None] * constants.leak[:, None] ** since
        threshold = constants.threshold[:, None] + constants.own[:, np.minimum(age.astype(int), history - 1)]
        softness, rate = constants.softness[:, None], constants.rate[:, None]
        return State(
            fired=fired,
            silent=silent,
            variance=np.zeros((count, history)),
            u=u,
            hazard=rate * np.exp(np.minimum((u - threshold) / softness, 700.0)),
            free_silent=(size * (1 - chance) ** history)[:, 0],
            free_variance=np.zeros(count),
            free_u=drive.copy(),
            free_hazard=constants.rate * np.exp(np.minimum((drive - constants.threshold) / constants.softness, 700.0)),
            left=np.zeros_like(constants.tail),
            synapse=np.broadcast_to(initial_rate, (count,)).astype(float).copy(),
        )

    def _dataset(self, activity: Array, expected: Array, dt: float, seed: int) -> xr.Dataset:
        axes = ("population", "time")
        data = xr.Dataset(
            {"activity": (axes, activity), "expected_activity": (axes, expected)},
            {"population": list(self.names), "time": dt * (1 + np.arange(activity.shape[1]))},
            {"source": "schwalger2017", "seed": seed, "dt_s": dt},
        )
        data["activity"].attrs.update(units="Hz", long_name="population activity")
        data["expected_activity"].attrs.update(units="Hz", long_name="expected activity given the past")
        data["time"].attrs.update(units="s", long_name="time")
        return data


@takes(weights="V", decay="s", delay="s")
def _in_si(weights: Any, decay: Any, delay: Any) -> tuple[Any, Any, Any]:
    return weights, decay, delay


def _bridge(tau_m: Array, tau_s: Array, leak: Array, relax: Array, dt: float) -> Array:
    """Return the transient of a filtered input on the membrane over one step, 1, or its limit for equal times."""
    gap = tau_s - tau_m
    equal = np.abs(gap) < 1e-6 * tau_m
    limit = dt / tau_m * leak
    return np.where(equal, limit, tau_s * (relax - leak) / np.where(equal, 1.0, gap))
