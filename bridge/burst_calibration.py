"""The burst ensemble of the mean field fitted to what a population of two-compartment cells did, and held against it.

Two sigmoids are read off a grid of currents into soma and dendrite. Event rate: the somatic potential follows from the
somatic current and the adaptation that the measured events leave, and E(V_s) is fitted. Burst probability: the
dendritic potential follows from the dendritic current and the charge that the measured spikes send back, and P(V_d) is
fitted with that charge. Membranes, time constants and adaptation are those of the cell. The fitted ensemble then stands
alone: `mean_field_surface` finds its steady states without another look at the data.

What this reduction cannot have is in its residuals: dendritic Ca2+ spikes that start events by themselves, and the rise
of the threshold by each spike.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.optimize import least_squares

from ..meanfield import BurstEnsemble
from ..meanfield.models.burst_ensemble import burst_probability, event_rate
from ..spiking import Population, TwoCompartmentCell
from .estimate import Estimate, symmetric_estimate

Array = NDArray[np.float64]

HAZARD = 1.0  # Hz; the hazard at threshold is a name for the threshold's place, 1 Hz as in payeur2021
_RATE_FLOOR = 0.02  # Hz; error of an event rate that nothing can undercut
_PROBABILITY_FLOOR = 0.005


@dataclass(frozen=True)
class BurstCalibration:
    """The fitted ensemble, its parameters with intervals, and the rms residual of both sigmoids (Hz, 1)."""

    ensemble: BurstEnsemble
    estimates: dict[str, Estimate]
    event_residual: float
    probability_residual: float


@dataclass(frozen=True)
class _Surface:
    """The measured grid, one row for each pair of currents that had events."""

    somatic: Array
    dendritic: Array
    events: Array
    events_error: Array
    probability: Array
    probability_error: Array
    spikes: Array
    per_burst: float


def _flat(table: xr.Dataset) -> _Surface:
    stacked = table.transpose("dendritic", "somatic").stack(point=("dendritic", "somatic"))
    kept = stacked.isel(point=np.flatnonzero(np.isfinite(stacked["burst_probability"].values)))
    bursts, spikes, events = (kept[name].values.sum() for name in ("burst_rate", "spike_rate", "event_rate"))
    if kept.sizes["point"] < 8 or bursts <= 0:
        raise ValueError(
            f"calibrate_ensemble: {kept.sizes['point']} pairs of currents had events, with {bursts:g} bursts per "
            "second in all; measure at least 8 pairs, some of them with bursts."
        )
    return _Surface(
        somatic=kept["somatic"].values,
        dendritic=kept["dendritic"].values,
        events=kept["event_rate"].values,
        events_error=np.maximum(kept["event_rate_se"].values, _RATE_FLOOR),
        probability=kept["burst_probability"].values,
        probability_error=np.maximum(kept["burst_probability_se"].values, _PROBABILITY_FLOOR),
        spikes=kept["spike_rate"].values,
        per_burst=float(1 + (spikes - events) / bursts),
    )


def calibrate_ensemble(population: Population, table: xr.Dataset, *, burst_interval: float = 0.010) -> BurstCalibration:
    """Return the burst ensemble whose sigmoids fit the measured event rates and burst probabilities.

    Source: naud2018 for the ensemble, payeur2021 for its sigmoids.
    Assumptions: those of `BurstEnsemble`; residuals are independent, their scale is taken from their own scatter, since
    the misfit of the reduction is larger than the noise of the counts.

    Parameters
    ----------
    population : Population
        The two-compartment population that was simulated.
    table : Dataset
        `burst_table` of a ``CurrentGrid``: dimensions ``dendritic`` and ``somatic`` (A).
    burst_interval : float
        Time between the spikes of a burst, s.

    Raises
    ------
    ValueError
        If the population has no dendrite, or too few points had events.
    """
    cell = population.cell
    if not isinstance(cell, TwoCompartmentCell):
        raise ValueError(f"calibrate_ensemble: the cells of {population.name} have no dendrite; take layer 5 cells.")
    surface = _flat(table)
    start = _start(cell, surface, burst_interval)
    events, event_residual = _fit_events(start, surface)
    bursts, probability_residual = _fit_probability(start, surface)
    estimates = {**events, **bursts}
    ensemble = replace(start, **{name: estimate.value for name, estimate in estimates.items()})
    return BurstCalibration(ensemble, estimates, event_residual, probability_residual)


def _start(cell: TwoCompartmentCell, surface: _Surface, burst_interval: float) -> BurstEnsemble:
    """Return an ensemble with membranes and adaptation of the cell, and sigmoids to begin with.

    Each spike adds to the adaptation of a cell, each event to that of the ensemble: one event counts as many spikes as
    events have on the average.
    """
    dendrite = cell.dendrite
    return BurstEnsemble(
        rest=cell.leak_reversal,
        tau_soma=cell.capacitance / cell.leak_conductance,
        capacitance_soma=cell.capacitance,
        tau_dendrite=dendrite.capacitance / dendrite.leak_conductance,
        capacitance_dendrite=dendrite.capacitance,
        threshold=cell.threshold,
        threshold_width=4e-3,
        threshold_hazard=HAZARD,
        tau_ref=0.020,
        burst_interval=burst_interval,
        spikes_per_burst=max(surface.per_burst, 1.0),
        burst_midpoint=dendrite.calcium_half - 3 * dendrite.calcium_slope,
        burst_width=dendrite.calcium_slope,
        adaptation_jump=cell.adaptation_jump * float(surface.spikes.sum() / surface.events.sum()),
        tau_adaptation=cell.adaptation_decay,
        dendritic_leak=dendrite.adaptation_conductance,
        tau_dendritic_adaptation=dendrite.adaptation_time_constant,
        backpropagated_charge=0.1 * dendrite.back_propagation * dendrite.duration,
        somatic_current=0.0,
        dendritic_current=0.0,
    )


def _fit_events(model: BurstEnsemble, surface: _Surface) -> tuple[dict[str, Estimate], float]:
    """Fit threshold, its width and the dead time to the event rates."""
    dead_in_burst = surface.probability * model.burst_interval * (model.spikes_per_burst - 1)
    adaptation = model.adaptation_jump * model.tau_adaptation * surface.events
    v = model.rest + model.somatic_resistance * (surface.somatic - adaptation)

    def predicted(x: Array) -> Array:
        threshold, width, tau_ref = x
        return event_rate(v, threshold, width, HAZARD, tau_ref + dead_in_burst)

    names = {"threshold": "V", "threshold_width": "V", "tau_ref": "s"}
    bounds = ([-0.2, 1e-4, 1e-4], [0.1, 0.05, 0.5])
    return _fitted(predicted, model, names, bounds, surface.events, surface.events_error)


def _fit_probability(model: BurstEnsemble, surface: _Surface) -> tuple[dict[str, Estimate], float]:
    """Fit midpoint, width and the charge that a spike sends back to the burst probabilities."""

    def predicted(x: Array) -> Array:
        midpoint, width, charge = x
        current = surface.dendritic + charge * surface.spikes
        return burst_probability(model.rest + model.dendritic_resistance * current, midpoint, width)

    names = {"burst_midpoint": "V", "burst_width": "V", "backpropagated_charge": "A*s"}
    bounds = ([-0.2, 1e-4, 0.0], [0.1, 0.1, 1e-10])
    return _fitted(predicted, model, names, bounds, surface.probability, surface.probability_error)


def _fitted(
    predicted: Callable[[Array], Array],
    model: BurstEnsemble,
    names: dict[str, str],
    bounds: tuple[list[float], list[float]],
    measured: Array,
    error: Array,
) -> tuple[dict[str, Estimate], float]:
    """Return the weighted least-squares estimates and the rms residual."""
    scale = np.array([max(abs(getattr(model, name)), 1e-3 * high) for name, high in zip(names, bounds[1], strict=True)])
    start = np.clip([getattr(model, name) for name in names], *bounds) / scale
    found = least_squares(
        lambda x: (predicted(x * scale) - measured) / error,
        start,
        bounds=(np.array(bounds[0]) / scale, np.array(bounds[1]) / scale),
        x_scale=1.0,
    )
    degrees = measured.size - len(names)
    spread = 2 * found.cost / degrees
    covariance = np.linalg.pinv(found.jac.T @ found.jac) * spread
    errors = np.sqrt(np.diag(covariance)) * scale
    estimates = {
        name: symmetric_estimate(float(value), float(se), unit, degrees=degrees)
        for (name, unit), value, se in zip(names.items(), found.x * scale, errors, strict=True)
    }
    return estimates, float(np.sqrt(np.mean((predicted(found.x * scale) - measured) ** 2)))


def mean_field_surface(ensemble: BurstEnsemble, somatic: Array, dendritic: Array) -> xr.Dataset:
    """Return the resting state of the ensemble at every pair of currents.

    Parameters
    ----------
    ensemble : BurstEnsemble
    somatic, dendritic : (n,) and (m,) array
        Currents, A.

    Returns
    -------
    Dataset with dimensions ``dendritic`` and ``somatic``
        ``event_rate``, ``spike_rate`` (Hz), ``burst_probability`` (1).
    """
    names = ("event_rate", "burst_probability", "spike_rate")
    found = np.empty((len(names), len(dendritic), len(somatic)))
    for row, below in enumerate(dendritic):
        for column, above in enumerate(somatic):
            outputs = replace(ensemble, somatic_current=above, dendritic_current=below).resting_state().outputs
            found[:, row, column] = [outputs[name] for name in names]
    dims = ("dendritic", "somatic")
    return xr.Dataset(
        {name: (dims, values) for name, values in zip(names, found, strict=True)},
        {"dendritic": np.asarray(dendritic, dtype=float), "somatic": np.asarray(somatic, dtype=float)},
    )


def gain_parts(surface: xr.Dataset, along: str = "somatic") -> xr.Dataset:
    """Return dA/dI in its parts through events, [1 + (n-1) P] dE, and through bursts, (n-1) E dP, and what is left.

    Source: naud2018.

    Parameters
    ----------
    surface : Dataset
        ``event_rate``, ``burst_probability``, ``spike_rate`` over ``dendritic`` and ``somatic``, measured or mean
        field.
    along : str
        The current that changes, ``"somatic"`` or ``"dendritic"``.

    Returns
    -------
    Dataset
        ``events``, ``bursts``, ``spikes_per_burst`` and ``total`` (Hz/A); ``spikes_per_burst`` is E P dn, the change of
        the bursts' own length, so that the three parts sum to the total up to the second order in the step.
    """
    events, probability = surface["event_rate"], surface["burst_probability"]
    more = (surface["spike_rate"] - events) / (events * probability).where(events * probability > 0)
    parts = {
        "events": (1 + more * probability) * events.differentiate(along),
        "bursts": more * events * probability.differentiate(along),
        "spikes_per_burst": events * probability * more.differentiate(along),
        "total": surface["spike_rate"].differentiate(along),
    }
    return xr.Dataset({name: part.assign_attrs(units="Hz/A") for name, part in parts.items()})
