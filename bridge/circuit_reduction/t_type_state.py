"""A population of cells with a T-type current at stated rates of its circuit: theory of the membrane, measured rate.

Its coordinate is the potential that the cells would have without T-type channels and without spikes. The free
potential itself will not do: it has the T-type current, whose bursts lift it, so that it moves down as a current grows,
and one potential belongs to two rates. Without that current the membrane is linear, and operating point and kernels are
those of theory. The rate against that potential is measured with steady currents, of cells with the current and of the
same cells without it. It is no sigmoid: cells burst in a window about the half-activation, are silent above it, and
fire one by one where the potential meets the threshold. What is lost is the memory of the inactivation (100 ms): a
rebound, or the burst at the onset of a step, is no function of the potential.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ...meanfield import ExponentialKernel
from ...meanfield.networks import CurveRate
from ...spiking import PointCell, Population
from ...spiking.circuits import Circuit
from ...spiking.engine import Job
from ..estimate import EstimateRefused
from ..prediction import OperatingPoint, operating_point
from ..rate_table import rate_table
from .measured_state import MeasuredState, Survey, counted, spectrum_of
from .operating_state import Sources, input_spread, kernels_at, spike_kernel
from .recurrent_input import heard_inputs, with_inputs

Array = NDArray[np.float64]

_STEP = 0.5  # standard deviations of the potential between two levels
_MARGIN = 3.0  # of them beyond the window in which T-type channels open
_ABOVE = 1.0  # of them beyond the threshold
_MOST_LEVELS = 60
_NODES = 15
_FEWEST_SPIKES = 100
_FEWEST_CELLS = 20
_FLAT = 0.03  # of the steepest slope, below which noise may tilt a curve
_SAME = 1e-4  # V, within which two levels count as one


def t_type_state(
    circuit: Circuit, name: str, rates: Mapping[str, float], sources: Sources, survey: Survey
) -> MeasuredState:
    """Return a population of cells with a T-type current at these rates (Hz) of all populations.

    Raises
    ------
    PredictionRefused
        If the membrane without the current has no operating point.
    EstimateRefused
        If the cells hardly fire at any level.
    """
    cell = circuit.population(name).population.cell
    if not isinstance(cell, PointCell) or cell.t_type is None:
        raise TypeError(f"{name}: no T-type current; its operating state is that of theory.")
    inputs = heard_inputs(circuit, name, rates, sources.irregularity)
    population = with_inputs(circuit, name, inputs)
    passive = population.with_cell(t_type=None)
    quiet = circuit.with_population(name, cell=replace(cell, t_type=None))
    point = operating_point(passive)
    kernels = kernels_at(quiet, name, rates, point)
    spread = input_spread(circuit, name, rates, kernels, sources)
    levels = [*_levels(cell, point, survey), *[0.0] * survey.slots]
    with_current, without = survey.record(
        [
            Job(population, survey.steady(levels), survey.seed),
            Job(passive, survey.steady(levels, max(survey.cells // 4, _FEWEST_CELLS)), survey.seed),
        ]
    )
    table = _table(population, with_current, without)
    here = counted(with_current)
    v = counted(without).v
    curve = _curve(table)
    rate, error, rate_cv = _spread_out(curve, table, v, spread, here.error)
    wide = curve.spread(spread)
    return MeasuredState(
        name=name, population=population, rates={key: float(value) for key, value in rates.items()}, heard=inputs,
        sources=sources, spread=spread, kernels=kernels, rate=rate, rate_error=error,
        slope=float(wide.slopes(v)[0]), rate_cv=float(np.hypot(rate_cv, here.rate_cv)), v=v, sigma_v=point.sigma_v,
        curve=wide, family="measured curve", spectrum=spectrum_of(population, rate, here.fano),
        current=ExponentialKernel(1 / point.slope_conductance, point.tau_eff),
        slope_conductance=point.slope_conductance,
        alone={a.name: spike_kernel(point, a.synapses) for a in passive.afferents},
        table=table, responses={}, probes={}, notes=_notes(wide, v),
        recorded_v=False,
    )  # fmt: skip


def _levels(cell: PointCell, point: OperatingPoint, survey: Survey) -> list[float]:
    """Return currents (A) that take the potential through the window of bursts and past the threshold."""
    width = float(np.hypot(point.sigma_v, cell.threshold_spread))
    half = point.v if cell.t_type is None else cell.t_type.v_half
    low = min(half - _MARGIN * width, point.v - survey.reach * width)
    high = max(cell.threshold + _ABOVE * width, point.v + survey.reach * width)
    number = min(int(np.ceil((high - low) / (_STEP * width))), _MOST_LEVELS)
    potentials = np.linspace(low, high, number + 1)
    return [float((v - point.v) * point.slope_conductance) for v in potentials]


def _table(population: Population, with_current: xr.Dataset, without: xr.Dataset) -> xr.Dataset:
    """Return the rates of the cells by the potential of the same cells without their T-type current."""
    table, axis = rate_table(with_current), rate_table(without)
    spikes = float(table["count"].sum())
    if spikes < _FEWEST_SPIKES:
        raise EstimateRefused(
            f"{population.name}: {spikes:.0f} spikes at all levels, at least {_FEWEST_SPIKES} are needed; the cells do "
            "not fire where the circuit puts them, give them more background.",
            table,
        )
    shown = {name: axis[name] for name in ("v_free", "v_free_se", "sigma_v")}
    return table.rename({name: f"{name}_with_current" for name in shown}).assign(shown)


def _curve(table: xr.Dataset) -> CurveRate:
    """Return the curve through the levels; those at the operating point count as one."""
    resting = table["drive"].values == 0.0
    v, rate, weight = (table[name].values for name in ("v_free", "rate", "exposure"))
    points = [(float(x), float(r)) for x, r in zip(v[~resting], rate[~resting], strict=True)]
    points.append((float(np.average(v[resting], weights=weight[resting])), float(np.average(rate[resting]))))
    rising = sorted(points)
    # A level that lies on the operating point says less than the many cells there.
    apart = [p for p in rising if p is points[-1] or abs(p[0] - points[-1][0]) > _SAME]
    return CurveRate(np.array([x for x, _ in apart]), np.array([r for _, r in apart]))


def _spread_out(
    curve: CurveRate, table: xr.Dataset, v: float, spread: float, error: float
) -> tuple[float, float, float]:
    """Return rate, error and sd over mean of the rates of cells whose mean potentials are normal about ``v``."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    share = weights / weights.sum()
    rates = curve(v + spread * nodes)
    rate = float(curve.spread(spread)(v))
    sd = float(np.sqrt(max(rates**2 @ share - (rates @ share) ** 2, 0.0)))
    away = float(
        np.interp(v + spread, table["v_free"].sortby(table["v_free"]), table["rate_se"].sortby(table["v_free"]))
    )
    return rate, float(np.hypot(error, away * min(1.0, spread / table["sigma_v"].values.mean()))), sd / max(rate, 1e-9)


def _notes(curve: CurveRate, v: float) -> tuple[str, ...]:
    """Return where the rate falls as the potential rises, and whether the population works there."""
    grid = np.linspace(curve.v[0], curve.v[-1], 400)
    gain = curve.slopes(grid)[0]
    falling = grid[gain < -_FLAT * np.max(np.abs(gain))]
    if not falling.size:
        return ()
    here = float(curve.slopes(v)[0])
    word = "falls" if here < 0 else "rises"
    return (
        f"No sigmoid: the rate falls between {1e3 * falling[0]:.0f} and {1e3 * falling[-1]:.0f} mV; at the operating "
        f"point ({1e3 * v:.1f} mV) it {word} by {abs(here) * 1e-3:.2f} Hz/mV.",
    )
