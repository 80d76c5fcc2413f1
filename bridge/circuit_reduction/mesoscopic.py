"""A circuit of leaky cells as finite populations with memory: cells that fire by chance near the same threshold."""

from collections.abc import Mapping

import numpy as np
from scipy.optimize import fsolve

from ...meanfield import EscapeRatePopulation, MesoscopicNetwork, renewal_statistics
from ...spiking import PointCell
from ...spiking.circuits import Circuit
from ..prediction import PredictionRefused
from .operating_state import OperatingState

_SLOPE_STEP = 2e-4  # V
_CLOSE = 1e-4


def mesoscopic_network(circuit: Circuit, states: Mapping[str, OperatingState]) -> MesoscopicNetwork:
    """Return the finite-size network with reset and refractoriness whose cells match those of a circuit at its state.

    Source: schwalger2017.
    Assumptions: the noise of a cell becomes a chance to fire that grows e-fold with every ``softness``; softness and
    the rate at threshold are such that rate and slope at the operating state are the predicted ones. Conductances enter
    by their effective time constant; each source has one synaptic decay and one delay, the mean over its targets.

    Parameters
    ----------
    circuit : Circuit
        The circuit.
    states : mapping of str to OperatingState
        Of every population.

    Raises
    ------
    PredictionRefused
        If a population's cells have no renewal description, or no softness gives their rate and slope.
    """
    names = circuit.names
    weights = np.zeros((len(names), len(names)))
    decay, delay, total = np.zeros(len(names)), np.zeros(len(names)), np.full(len(names), 1e-300)
    drive = np.array([states[name].point.v for name in names])
    for p in circuit.projections:
        target, source, state = names.index(p.target), names.index(p.source), states[p.target]
        kernel, count = state.kernels[p.name], circuit.in_degree(p)
        weights[target, source] += count * kernel.area / state.point.tau_eff
        drive[target] -= count * kernel.area * state.rates[p.source]
        share = abs(count * kernel.area)
        decay[source] += share * max(kernel.mean_lag - state.point.tau_eff, 0.0)
        delay[source] += share * p.delay.mean
        total[source] += share
    populations = [_matched(circuit, states[name], float(drive[k])) for k, name in enumerate(names)]
    return MesoscopicNetwork(
        populations=populations, weights=weights, synaptic_decay=decay / total, delay=delay / total, names=names
    )


def _matched(circuit: Circuit, state: OperatingState, drive: float) -> EscapeRatePopulation:
    """Return the population whose rate and slope at the operating potential are the predicted ones."""
    name, cell = state.population.name, state.population.cell
    if not isinstance(cell, PointCell) or cell.muscarinic is not None or cell.after_hyperpolarization is not None:
        raise PredictionRefused(
            f"{name}: only point cells without slow currents of their own have a renewal description; simulate the "
            "circuit, or take its population network."
        )

    def with_noise(softness: float, threshold_rate: float) -> EscapeRatePopulation:
        return EscapeRatePopulation(
            size=circuit.population(name).size,
            tau_m=state.point.tau_eff,
            tau_ref=cell.refractory_period,
            threshold=cell.threshold,
            reset=cell.reset,
            softness=softness,
            threshold_rate=threshold_rate,
            drive=drive,
        )

    def miss(logs: np.ndarray) -> tuple[float, float]:
        population = with_noise(*np.exp(logs).tolist())
        low, here, high = (
            renewal_statistics(population, drive=state.point.v + shift).rate
            for shift in (-_SLOPE_STEP, 0.0, _SLOPE_STEP)
        )
        slope = (high - low) / (2 * _SLOPE_STEP)
        return float(np.log(here / state.rate)), float(np.log(slope / state.slope))

    start = np.log([max(state.point.sigma_v, 1e-4), 1 / state.point.tau_eff])
    found, _, done, reason = fsolve(miss, start, full_output=True)
    if done != 1 and np.max(np.abs(miss(found))) > _CLOSE:
        raise PredictionRefused(
            f"{name}: no softness of the threshold gives {state.rate:.3g} Hz with a slope of {state.slope:.3g} Hz/V "
            f"({reason})."
        )
    return with_noise(*np.exp(found).tolist())
