"""Where a population rests: the mean free potential that its own conductances, gates and fluctuations agree on."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from ...spiking import PointCell, Population
from .linear_membrane import LinearMembrane, gate_variance, linearise
from .refused import PredictionRefused
from .synaptic_drive import (
    Array,
    Drive,
    block,
    drive_of,
    driving,
    driving_slope,
    muscarinic_gate,
    muscarinic_of,
    over_potentials,
    passive_current,
)

_TOLERANCE = 1e-10  # V
_ITERATIONS = 60


@dataclass(frozen=True)
class OperatingPoint:
    """The stationary state of the free potential at a stated drive.

    ``v`` and ``sigma_v`` (V) are mean and standard deviation of the free potential, ``tau_v`` (s) is the integral of
    its autocorrelation. ``conductance`` (S) is the mean total conductance, ``slope_conductance`` (S) adds the voltage
    dependence of NMDA with the M gate frozen, ``steady_slope_conductance`` (S) lets the gate follow; ``tau_eff`` (s)
    is capacitance over slope conductance. ``synaptic`` (S) are mean open conductances, ``amplitude`` (V) the jump w B
    (E - V) / G that an infinitely slow gate would reach, both by receptor. ``conductance_sd`` (S) is the standard
    deviation of the total conductance.
    """

    drive: Drive
    v: float
    sigma_v: float
    tau_v: float
    conductance: float
    slope_conductance: float
    steady_slope_conductance: float
    nmda_slope_conductance: float
    conductance_sd: float
    tau_eff: float
    muscarinic_gate: float
    synaptic: dict[str, float]
    amplitude: dict[str, float]
    membrane: LinearMembrane


@dataclass(frozen=True)
class _Moments:
    """What the balance of mean currents needs to know of the fluctuations."""

    sigma_v: float
    gate_covariance: dict[str, float]


def operating_point(
    population: Population, *, current: float = 0.0, rates: dict[str, float] | None = None
) -> OperatingPoint:
    """Return the self-consistent mean and fluctuation of the free potential.

    Source: richardson2004 for the conductance membrane; the voltage dependence of NMDA and of the M gate by averages
    over the Gaussian free potential (statistical linearisation).

    Assumptions: Gaussian free potential; small fluctuations of the total conductance; stationary inputs.

    Parameters
    ----------
    population : Population
        Description of the cells, their afferents and their noise.
    current : float
        Current added to the population's own, A.
    rates : dict of str to float, optional
        Rates (Hz) that replace the background rates of these afferents.

    Raises
    ------
    PredictionRefused
        If several states solve the balance, or the membrane is unstable there.
    """
    drive = drive_of(population, current, rates)
    v, membrane, covariance = _self_consistent(drive)
    return _assemble(drive, v, membrane, covariance)


def _self_consistent(drive: Drive) -> tuple[float, LinearMembrane, Array]:
    moments, v, previous = _Moments(0.0, {}), np.inf, np.inf
    for _ in range(_ITERATIONS):
        v = _rest(drive, moments)
        membrane = linearise(drive, v, moments.sigma_v)
        _refuse_unstable(drive, v, membrane)
        covariance = membrane.covariance()
        sigma_v = float(np.sqrt(covariance[0, 0]))
        if abs(v - previous) + abs(sigma_v - moments.sigma_v) < _TOLERANCE:
            return v, membrane, covariance
        previous, moments = v, _Moments(sigma_v, _gate_covariance(drive, membrane, covariance))
    raise PredictionRefused(
        f"{drive.population.name}: the mean free potential and its fluctuations do not settle (last at {v:g} V, sd "
        f"{moments.sigma_v:g} V); the membrane is close to an instability, weaken NMDA or the drive."
    )


def _gate_covariance(drive: Drive, membrane: LinearMembrane, covariance: Array) -> dict[str, float]:
    """Return the covariance (S V, and V for the M gate) of every conductance with the free potential."""
    found = {}
    for synapse in drive.population.synapses:
        column, factor = membrane.columns[synapse.receptor], synapse.weight * synapse.peak_factor
        rising = covariance[column + 1, 0] if synapse.rise > 0 else 0.0
        found[synapse.receptor] = factor * float(covariance[column, 0] - rising)
    if "muscarinic" in membrane.columns:
        found["muscarinic"] = float(covariance[membrane.columns["muscarinic"], 0])
    return found


def mean_current(drive: Drive, v: Array, sigma_v: float, gate_covariance: dict[str, float]) -> Array:
    """Return the mean membrane current (A, inward positive) for means ``v`` and sd ``sigma_v`` of the potential (V)."""
    population = drive.population
    potentials, weights = over_potentials(v, sigma_v)
    total = passive_current(population, v) + drive.total_current
    for synapse in population.synapses:
        force = driving(synapse, potentials, population.cell.leak_reversal) @ weights
        slope = driving_slope(synapse, potentials) @ weights
        total = total + drive.mean_conductance(synapse) * force - gate_covariance.get(synapse.receptor, 0.0) * slope
    muscarinic = muscarinic_of(population)
    if muscarinic is not None:
        gate = muscarinic_gate(muscarinic, potentials) @ weights
        product = gate * (v - muscarinic.reversal) + gate_covariance.get("muscarinic", 0.0)
        total = total - muscarinic.conductance * product
    return total


def _rest(drive: Drive, moments: _Moments) -> float:
    def balance(v: Array) -> Array:
        return mean_current(drive, v, moments.sigma_v, moments.gate_covariance)

    grid = np.linspace(*_bracket(drive), 400)
    values = balance(grid)
    crossings = np.flatnonzero((values[:-1] > 0) != (values[1:] > 0))
    if crossings.size != 1:
        where = ", ".join(f"{grid[i]:.4f}" for i in crossings) or "nowhere"
        raise PredictionRefused(
            f"{drive.population.name}: the mean currents balance at {crossings.size} potentials ({where} V) and one "
            "operating point needs exactly one; weaken NMDA or change the background."
        )
    low, high = grid[crossings[0]], grid[crossings[0] + 1]
    return float(np.asarray(brentq(lambda v: float(balance(np.asarray(v))), low, high, xtol=1e-13)))


def _bracket(drive: Drive) -> tuple[float, float]:
    cell = drive.population.cell
    reversals = [cell.leak_reversal, *(s.reversal for s in drive.population.synapses if not s.current_based)]
    reversals += [getattr(cell, "potassium_reversal", cell.leak_reversal)]
    reversals += [cell.cation_reversal] if isinstance(cell, PointCell) and cell.cation_conductance > 0 else []
    muscarinic = muscarinic_of(drive.population)
    reversals += [muscarinic.reversal] if muscarinic is not None else []
    injected = drive.total_current
    for synapse in drive.population.synapses:
        if synapse.current_based:
            force = float(driving(synapse, cell.leak_reversal, cell.leak_reversal))
            injected += drive.mean_conductance(synapse) * force
    reach = injected / cell.resting_conductance
    return min(reversals) + min(reach, 0.0) - 0.02, max(reversals) + max(reach, 0.0) + 0.02


def _refuse_unstable(drive: Drive, v: float, membrane: LinearMembrane) -> None:
    if membrane.stable:
        return
    raise PredictionRefused(
        f"{drive.population.name}: the free membrane is unstable at {v:g} V (slope conductance {membrane.slope:g} S "
        "must be above 0 S and every mode must decay); weaken NMDA or the drive."
    )


def _assemble(drive: Drive, v: float, membrane: LinearMembrane, covariance: Array) -> OperatingPoint:
    population, cell = drive.population, drive.population.cell
    sigma_v = float(np.sqrt(covariance[0, 0]))
    potentials, weights = over_potentials(v, sigma_v)
    synaptic, amplitude, nmda_slope, variance = {}, {}, 0.0, 0.0
    for synapse in population.synapses:
        open_fraction = float(block(synapse, potentials) @ weights)
        force = float(driving(synapse, potentials, cell.leak_reversal) @ weights)
        amplitude[synapse.receptor] = synapse.weight * force / membrane.slope
        if synapse.current_based:
            continue
        synaptic[synapse.receptor] = drive.mean_conductance(synapse) * open_fraction
        variance += (open_fraction * synapse.weight) ** 2 * gate_variance(synapse, membrane, covariance)
        if synapse.magnesium > 0:
            nmda_slope += drive.mean_conductance(synapse) * float(driving_slope(synapse, potentials) @ weights)
    muscarinic = muscarinic_of(population)
    gate = 0.0 if muscarinic is None else float(muscarinic_gate(muscarinic, potentials) @ weights)
    chord = (
        cell.resting_conductance
        + sum(synaptic.values())
        + (0.0 if muscarinic is None else muscarinic.conductance * gate)
    )
    integrated = membrane.integrated_autocovariance(covariance)
    return OperatingPoint(
        drive=drive, v=v, sigma_v=sigma_v, tau_v=integrated / covariance[0, 0] if sigma_v > 0 else 0.0,
        conductance=chord, slope_conductance=membrane.slope, steady_slope_conductance=membrane.steady_slope,
        nmda_slope_conductance=nmda_slope,
        conductance_sd=float(np.sqrt(variance)), tau_eff=cell.capacitance / membrane.slope, muscarinic_gate=gate,
        synaptic=synaptic, amplitude=amplitude, membrane=membrane,
    )  # fmt: skip
