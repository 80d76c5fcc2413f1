"""The course of a network in time: kernels as exact stages, delays as taps, rates from tables of the rate models."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import expm

from ..kernels import Kernel, TabulatedKernel, realised
from .parts import NetworkDrive, NetworkProjection
from .structure import Structure

if TYPE_CHECKING:
    from .compiled_run import Plan, Tables

Array: TypeAlias = NDArray[Any]

_SPACING = 2e-5  # V, of the tables of rates
_WIDTH_SPACING = 5e-5  # V, of their standard deviations
_SILENT = 1e-30  # Hz
_MARGIN = 2e-2  # V
_WIDTH_MARGIN = 5e-4  # V
_MOST_MEANS = 200_001
_FORGOTTEN = 1e-7  # of a kernel's area, what a sum over the past may leave out
_LONGEST_PAST = 3.0  # s


class Stages(NamedTuple):
    """One step of a kernel: x' = relax x + now u + next u', read x."""

    relax: Array
    now: Array
    next: Array
    read: Array
    rest: Array
    past: Array


def staged(kernel: Kernel, dt: float) -> Stages:
    """Return a kernel in steps of ``dt`` (s), exact for an input that is a straight line within each step.

    A kernel without finite state becomes a sum over the past.
    """
    part = realised(kernel)
    if part is None:
        none = np.zeros(0)
        return Stages(none, none, none, none, none, _past_weights(kernel, dt))
    size = part.entry.size
    matrix = np.zeros((size + 2, size + 2))
    matrix[:size, :size], matrix[:size, size], matrix[size, size + 1] = part.dynamics, part.entry, 1 / dt
    grown = expm(matrix * dt)
    # Columns: what the states leave, what a constant input adds, and what a rise by one over the step adds.
    rise = grown[:size, size + 1]
    rest = np.linalg.solve(-part.dynamics, part.entry)
    return Stages(grown[:size, :size], grown[:size, size] - rise, rise, part.output, rest, np.zeros(0))


def _past_weights(kernel: Kernel, dt: float) -> Array:
    last = _LONGEST_PAST if not isinstance(kernel, TabulatedKernel) else min(float(kernel.time[-1]), _LONGEST_PAST)
    edges = dt * (np.arange(int(np.ceil(last / dt)) + 2) - 0.5)
    step = kernel.step_response(edges)
    weights = np.diff(step)
    left = np.abs(step[1:] - kernel.area) > _FORGOTTEN * abs(kernel.area)
    return weights[: int(np.flatnonzero(left)[-1]) + 2] if left.any() else weights[:1]


@dataclass(frozen=True, eq=False)
class Prepared:
    """A network in steps: the compiled loop's constants, and the stages each filter starts from per unit of input."""

    plan: "Plan"
    rests: list[Array]


def prepared(structure: Structure, dt: float, noisy: bool) -> Prepared:
    """Return the network in steps of ``dt`` (s); with noise of finite size a spike is heard a step later at least."""
    from .compiled_run import Plan

    lines, taps = _lines(structure, dt, noisy)
    filters = list(_filters(structure, lines))
    stages: dict[int, Stages] = {}
    for kernel, *_ in filters:
        stages.setdefault(id(kernel), staged(kernel, dt))
    parts = [stages[id(kernel)] for kernel, *_ in filters]
    sizes = np.array([part.read.size for part in parts], dtype=np.int64)
    plan = Plan(
        source=np.array([source for source, _ in lines], dtype=np.int64),
        first=np.array([first for first, _ in taps], dtype=np.int64),
        tap_start=np.cumsum([0, *(weights.size for _, weights in taps)]).astype(np.int64),
        taps=_joined([weights for _, weights in taps]),
        line=np.array([line for _, line, *_ in filters], dtype=np.int64),
        scale=np.array([scale for _, _, scale, *_ in filters], dtype=float),
        target=np.array([target for *_, target, _, _ in filters], dtype=np.int64),
        moment=np.array([moment for *_, moment, _ in filters], dtype=np.int64),
        uneven=np.array([uneven for *_, uneven in filters], dtype=float),
        size=sizes,
        relax=_joined([part.relax.ravel() for part in parts]),
        now=_joined([part.now for part in parts]),
        next=_joined([part.next for part in parts]),
        read=_joined([part.read for part in parts]),
        past_start=np.cumsum([0, *(part.past.size for part in parts)]).astype(np.int64),
        past=_joined([part.past for part in parts]),
        cells=np.array([population.size or 0.0 for population in structure.populations], dtype=float),
        dt=dt,
    )
    return Prepared(plan, [part.rest for part in parts])


def _joined(parts: list[Array]) -> Array:
    return np.ascontiguousarray(np.concatenate([np.zeros(0), *parts]))


def _lines(structure: Structure, dt: float, noisy: bool) -> tuple[list[tuple[int, int]], list[tuple[int, Array]]]:
    """Return the delayed sources, each once: (source, place of the delay), and first lag and weights of each."""
    lines: list[tuple[int, int]] = []
    taps: list[tuple[int, Array]] = []
    delays: list[object] = []
    for p in structure.projections:
        if p.delay not in delays:
            delays.append(p.delay)
        line = (structure.places[p.source], delays.index(p.delay))
        if line not in lines:
            lines.append(line)
            first, weights = p.delay.taps(dt)
            if noisy and first == 0:
                weights = np.concatenate([[weights[:2].sum()], weights[2:]])
                first = 1
            taps.append((first, weights))
    return lines, taps


def _filters(structure: Structure, lines: list[tuple[int, int]]):
    """Yield kernel, line (or -1 - drive), scale, target, moment and unevenness of everything that filters."""
    delays: list[object] = []
    for p in structure.projections:
        if p.delay not in delays:
            delays.append(p.delay)
        line = lines.index((structure.places[p.source], delays.index(p.delay)))
        yield from _moments_of(structure, p, line, p.count, p.count_spread)
    for k, drive in enumerate(structure.drives):
        yield from _moments_of(structure, drive, -1 - k, 1.0, 0.0)


def _moments_of(structure: Structure, part: NetworkProjection | NetworkDrive, line: int, scale: float, uneven: float):
    target = structure.places[part.target]
    yield part.kernel, line, scale, target, 0, 0.0
    if part.lead is not None:
        yield part.lead, line, scale, target, 3, 0.0
    current = isinstance(part, NetworkDrive) and part.unit == "A"
    if structure.populations[target].model.uses_variance and not current:
        yield part.squared, line, scale, target, 1, 0.0
        if uneven > 0:
            yield part.kernel, line, scale, target, 2, uneven**2


def tables_of(structure: Structure, low: Array, high: Array, low_sd: Array, high_sd: Array) -> "Tables":
    """Return the rates of all populations between these means (P,) and standard deviations (P,) (V)."""
    from .compiled_run import Tables

    counts = np.clip(np.ceil((high - low) / _SPACING).astype(np.int64) + 1, 8, _MOST_MEANS)
    widths = np.clip(np.ceil((high_sd - low_sd) / _WIDTH_SPACING).astype(np.int64) + 1, 8, 400)
    parts, starts = [], [0]
    for k, population in enumerate(structure.populations):
        means = np.linspace(low[k], high[k], counts[k])
        if not population.model.uses_variance:
            widths[k] = 1
            parts.append(population.model(means, 0.0))
        else:
            sds = np.linspace(low_sd[k], high_sd[k], widths[k])
            rates = np.maximum(population.model(means, sds[:, None] ** 2), _SILENT)
            parts.append(np.log(rates).ravel())
        starts.append(starts[-1] + parts[-1].size)
    step_sd = np.where(widths > 1, (high_sd - low_sd) / np.maximum(widths - 1, 1), 1.0)
    return Tables(
        low=low, step=(high - low) / (counts - 1), means=counts, low_sd=low_sd, step_sd=step_sd, widths=widths,
        start=np.array(starts[:-1], dtype=np.int64), values=_joined(parts),
    )  # fmt: skip


def simulated(
    structure: Structure,
    levels: Mapping[str, ArrayLike],
    steps: int,
    dt: float,
    rates: Array,
    finite_size: bool,
    shared_noise: Mapping[str, float],
    seed: int,
) -> dict[str, Array]:
    """Return ``rate``, ``activity`` (Hz), ``v``, ``felt`` (V) and ``variance`` (V^2), (P, time), after each step.

    Parameters
    ----------
    structure : Structure
        The network.
    levels : mapping of str to float or (time,) array
        Drives by label, held over each step; those left out stay at their level.
    steps, dt : int, float
        Number and length (s) of the steps.
    rates : (P,) array
        Rates at which the network rested before, Hz; its drives had their own levels then.
    finite_size : bool
        Whether the network hears rates with the noise of finite numbers of cells.
    shared_noise : mapping of str to float
        White noise added to drives, in their unit times sqrt(s).
    seed : int
        Of both noises.
    """
    ready = prepared(structure, dt, finite_size)
    rng = np.random.default_rng(seed)
    drive, still = _levels(structure, levels, steps, dt, shared_noise, rng)
    draws = rng.standard_normal((structure.count, steps if finite_size else 0))
    v, variance = structure.moments(rates)
    sd = np.sqrt(variance)
    bounds = [v - _MARGIN, v + _MARGIN, np.maximum(sd - _WIDTH_MARGIN, 0.0), sd + _WIDTH_MARGIN]
    while True:
        tables = tables_of(structure, *bounds)
        found, ended = _run_once(structure, ready, tables, drive, still, rates, draws)
        if ended < 0:
            return found
        _widen(bounds, found["felt"][:, : ended + 1], np.sqrt(np.maximum(found["variance"][:, : ended + 1], 0.0)))


def _widen(bounds: list[Array], v: Array, sd: Array) -> None:
    """Let the tables reach past where the course left them."""
    if not np.all(np.isfinite(v)):
        raise ValueError("PopulationNetwork.simulate: a potential is not finite; check the levels of the drives.")
    span = np.maximum(bounds[1] - bounds[0], v.max(axis=1) - v.min(axis=1))
    wide = np.maximum(bounds[3] - bounds[2], sd.max(axis=1) - sd.min(axis=1))
    bounds[0] = np.where(v.min(axis=1) <= bounds[0], v.min(axis=1) - span, bounds[0])
    bounds[1] = np.where(v.max(axis=1) >= bounds[1], v.max(axis=1) + span, bounds[1])
    bounds[2] = np.where(sd.min(axis=1) <= bounds[2], np.maximum(sd.min(axis=1) - wide, 0.0), bounds[2])
    bounds[3] = np.where(sd.max(axis=1) >= bounds[3], sd.max(axis=1) + wide, bounds[3])


def _levels(
    structure: Structure, levels: Mapping[str, ArrayLike], steps: int, dt: float, noise: Mapping[str, float], rng
) -> tuple[Array, Array]:
    labels = [drive.label for drive in structure.drives]
    for given in (*levels, *noise):
        if given not in labels:
            raise ValueError(
                f"PopulationNetwork.simulate: there is no drive {given!r}; there are: {', '.join(labels) or 'none'}."
            )
    still = np.array([drive.level for drive in structure.drives], dtype=float)
    drive = np.repeat(still[:, None], steps, axis=1)
    for label, level in levels.items():
        drive[labels.index(label)] = np.asarray(level, dtype=float)
    for label, sd in noise.items():
        drive[labels.index(label)] += sd / np.sqrt(dt) * rng.standard_normal(steps)
    return drive, still


def _run_once(
    structure: Structure, ready: Prepared, tables: "Tables", drive: Array, still: Array, rates: Array, draws: Array
) -> tuple[dict[str, Array], int]:
    from .compiled_run import Course, Scratch, run

    plan, steps = ready.plan, drive.shape[1]
    before = np.array(rates, dtype=float)
    inputs = np.where(plan.line >= 0, plan.scale * np.append(before, 0.0)[_sources(plan)], 0.0)
    inputs += np.where(plan.line < 0, np.append(still, 0.0)[np.maximum(-1 - plan.line, -1)], 0.0)
    state = _joined([rest * u for rest, u in zip(ready.rests, inputs, strict=True)])
    filled = [np.zeros((structure.count, steps + 1)) for _ in range(5)]
    rate, heard, means, felts, spreads = filled
    arrived = np.zeros((plan.source.size, steps + 1))
    felt, variance = structure.moments(before)
    for array, value in zip(filled, (before, before, structure.potentials(before), felt, variance), strict=True):
        array[:, 0] = value
    arrived[:, 0] = before[plan.source]
    rest = structure.free[0]
    course = Course(
        rest, structure.undriven - rest, structure.undriven_floor, drive, still, before, draws, rate, heard, means,
        felts, spreads, arrived,
    )  # fmt: skip
    scratch = Scratch(
        state, np.zeros(max(int(plan.size.max(initial=1)), 1)), np.zeros(plan.line.size), np.zeros((4, structure.count))
    )
    ended = run(plan, tables, course, scratch)
    names = ("rate", "activity", "v", "felt", "variance")
    return {name: array[:, 1:] if ended < 0 else array for name, array in zip(names, filled, strict=True)}, ended


def _sources(plan: "Plan") -> NDArray[np.int64]:
    """Return the source of each filter, or -1 for those of drives."""
    padded = np.append(plan.source, -1)
    return padded[np.where(plan.line >= 0, plan.line, -1)]


def dataset_of(structure: Structure, found: Mapping[str, Array], dt: float) -> xr.Dataset:
    """Return a course as labelled arrays over population and time."""
    facts = {
        "rate": ("Hz", "expected population rate"),
        "activity": ("Hz", "population rate with the noise of its number of cells"),
        "v": ("V", "mean free potential"),
        "felt": ("V", "potential that the rate follows"),
        "variance": ("V^2", "variance of the free potential"),
    }
    steps = next(iter(found.values())).shape[1]
    return xr.Dataset(
        {
            name: (("population", "time"), values, {"units": facts[name][0], "long_name": facts[name][1]})
            for name, values in found.items()
        },
        coords={
            "population": [population.name for population in structure.populations],
            "time": ("time", dt * np.arange(1, steps + 1), {"units": "s", "long_name": "time"}),
        },
        attrs={"dt": dt},
    )
