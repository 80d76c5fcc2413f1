"""Simulation of one node or many: Heun's method with noise, Runge-Kutta of order four without; delays by rings."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from .checked_input import checked_inputs, checked_noise, counted_steps
from .compiled import compiled_alone, compiled_steps
from .connections import Connections, SteppedConnections
from .system import Array, System, index_of

History: TypeAlias = Callable[[Array], ArrayLike]
# First and last step, drive and noise of some steps; and what moves the state by them and fills their records.
_Stretch: TypeAlias = tuple[int, int, Array, Array]
Advance: TypeAlias = Callable[[int, Array, Array, Array, Array], None]

# When each stage is, and how much it counts; every stage builds on the one before.
_SCHEMES = {
    "euler": (np.array([0.0]), np.array([1.0])),
    "heun": (np.array([0.0, 1.0]), np.array([0.5, 0.5])),
    "rk4": (np.array([0.0, 0.5, 0.5, 1.0]), np.array([1 / 6, 1 / 3, 1 / 3, 1 / 6])),
}
_WIDTH = {"euler": 2, "heun": 2, "rk4": 4}
# Noise and inputs are drawn ahead in pieces that stay in the cache of a core.
_NUMBERS_AT_ONCE = 100_000


@dataclass(frozen=True)
class Run:
    """Everything a simulation of many nodes needs, checked.

    Parameters
    ----------
    system : System
        The model of every node.
    parameters : (nodes, p) array
        Parameters of each node.
    operating : (nodes, m) array
        Operating inputs of each node.
    steps, every : int
        Number of steps, and of steps between records.
    dt : float
        Step, s.
    inputs : dict
        (steps, nodes) or (steps, 1) values that replace the operating input, held over each step.
    noise : dict
        Intensity of the white noise at an input, input unit times sqrt(s).
    initial : (nodes, n) array
        State at time 0.
    history : callable, optional
        Maps times (k,), s, at or below 0 to states (k, n) or (k, nodes, n); the initial state is held if left out.
    seed : int
        Of the noise.
    method : str
        "euler", "heun" or "rk4".
    connections : Connections
        Between nodes; may be empty.
    channels : (int, int)
        The input and the output that they join.
    """

    system: System
    parameters: Array
    operating: Array
    steps: int
    every: int
    dt: float
    inputs: dict[str, Array]
    noise: dict[str, float]
    initial: Array
    history: History | None
    seed: int
    method: str
    connections: Connections
    channels: tuple[int, int] = (0, 0)


def simulate(
    system: System,
    duration: float,
    dt: float = 1e-4,
    inputs: Mapping[str, ArrayLike] | None = None,
    noise: Mapping[str, float] | None = None,
    initial: ArrayLike | None = None,
    seed: int = 0,
    history: History | None = None,
    record_every: int = 1,
    method: str | None = None,
) -> xr.Dataset:
    """Return the course of every variable and output of one node.

    Assumptions: inputs are held over each step. White noise is added to inputs that enter the flow linearly (Heun's
    method; weak order 2 and strong order 1 there). Without noise the method is Runge-Kutta of order 4. Delays are read
    from the past by linear (Heun) or cubic (Runge-Kutta) interpolation, which keeps either order for smooth histories.

    Parameters
    ----------
    system : System
        What moves.
    duration, dt : float
        s.
    inputs : mapping of str to float or (steps,) array, optional
        Value of an input instead of its operating value, SI.
    noise : mapping of str to float, optional
        Intensity of white noise on an input, input unit times sqrt(s): its one-sided density is 2 noise^2.
    initial : (n,) array, optional
        State at time 0; read from ``history`` if left out.
    seed : int
        Of the noise.
    history : callable, optional
        Maps times (k,) (s, at or below 0) to states (k, n); the initial state is held if left out.
    record_every : int
        Steps between records.
    method : str, optional
        "heun" (with noise), "rk4" (without), or "euler", which has order 1 and takes half the time of Heun's.

    Returns
    -------
    xarray.Dataset
        Every variable and output over ``time`` (s), from 0 on. Outputs are seen without the white noise.

    Raises
    ------
    ValueError
        If an argument is out of range, or the solution leaves the finite numbers.
    """
    steps = counted_steps(duration, dt)
    start = history(np.zeros(1)) if initial is None and history is not None else initial
    run = Run(
        system=system,
        parameters=np.array([system.parameters], dtype=float),
        operating=np.array([system.operating], dtype=float),
        steps=steps,
        every=record_every,
        dt=dt,
        inputs=checked_inputs(system, inputs, steps, 1),
        noise=checked_noise(system, noise, np.ravel(np.asarray(start, dtype=float))),
        initial=np.array(start, dtype=float).reshape(1, -1),
        history=history,
        seed=seed,
        method=method or ("heun" if noise else "rk4"),
        connections=Connections.none(),
    )
    return _dataset(run, _records(run)[:, 0])


def integrate(run: Run) -> xr.Dataset:
    """Return the course (time, node) of every variable and output of a checked run."""
    return _dataset(run, _records(run))


def _records(run: Run) -> Array:
    """Return state and outputs (time, node, n + o)."""
    _check(run)
    system, nodes = run.system, len(run.initial)
    coupling = _Coupling.of(run)
    advance = _advance_alone(run) if _is_alone(run) else _advance(run, coupling)
    records = np.empty((run.steps // run.every + 1, nodes, len(system.variables) + len(system.outputs)))
    y = np.array(run.initial)
    records[0] = _first_record(run, y, coupling.arriving)
    for done, until, drive, noise in _made_ahead(_stretches(run)) if run.noise else _stretches(run):
        advance(done, y, drive, noise, records[done // run.every + 1 : until // run.every + 1])
        if not np.all(np.isfinite(y)):
            raise ValueError(
                f"{system.name}: the state leaves the finite numbers before t = "
                f"{until * run.dt:g} s at a step of {run.dt:g} s; take a smaller step."
            )
    return records


class _Coupling(NamedTuple):
    """Connections in steps, the past of what they carry, and what ``arriving`` of it now."""

    links: SteppedConnections
    signals: Array
    arriving: Array

    @classmethod
    def of(cls, run: Run) -> "_Coupling":
        links = run.connections.in_steps(run.dt)
        return cls(links, *_filled_signals(run, links.length))


def _is_alone(run: Run) -> bool:
    return len(run.initial) == 1 and not run.system.delays and not run.connections.targets.size


def _advance_alone(run: Run) -> Advance:
    """Return what moves one node without delays and writes its records."""
    times, weights = _SCHEMES[run.method]
    system = run.system
    compiled = compiled_alone(system.flow, system.observe, system.sizes, len(system.parameters))

    def advance(done: int, y: Array, drive: Array, noise: Array, records: Array) -> None:
        del done
        compiled(run.dt, y, run.parameters, drive, noise, times, weights, run.every, records)

    return advance


def _advance(run: Run, coupling: _Coupling) -> Advance:
    """Return what moves all nodes and writes their records."""
    times, weights = _SCHEMES[run.method]
    system, links = run.system, coupling.links
    compiled = compiled_steps(system.flow, system.observe, system.sizes, len(system.parameters))
    past_starts, past_weights = _reading(run, times)
    pasts = _filled_pasts(run, int(past_starts.max(initial=0)) + _WIDTH[run.method] + 1)
    delayed = np.array(system.delayed_index, dtype=int)

    def advance(done: int, y: Array, drive: Array, noise: Array, records: Array) -> None:
        compiled(
            done, run.dt, y, run.parameters, drive, noise, times, weights, delayed, pasts, past_starts, past_weights,
            *run.channels, coupling.signals, links.starts, links.targets, links.lags, links.near, links.far,
            links.fast, links.fast_sources, coupling.arriving, run.every, records,
        )  # fmt: skip

    return advance


def _check(run: Run) -> None:
    if run.method not in _SCHEMES:
        raise ValueError(f"simulate: no method {run.method!r}; choose euler, heun or rk4.")
    if run.method == "rk4" and any(run.noise.values()):
        raise ValueError("simulate: rk4 has no order with noise; choose heun.")
    if not (isinstance(run.every, int) and 1 <= run.every <= run.steps):
        raise ValueError(f"simulate: record_every is {run.every}; give a whole number from 1 to {run.steps}.")
    if run.initial.shape != (len(run.parameters), len(run.system.variables)):
        raise ValueError(
            f"{run.system.name}: an initial state of {run.initial.shape[-1]} numbers; it has "
            f"{len(run.system.variables)}: {', '.join(variable.name for variable in run.system.variables)}."
        )
    if not np.all(np.isfinite(run.initial)):
        raise ValueError(f"simulate: the initial state {np.ravel(run.initial).tolist()} is not finite; give numbers.")
    shortest = min(run.system.delays, default=np.inf)
    if run.method == "rk4" and shortest < run.dt:
        raise ValueError(
            f"simulate: the delay of {shortest:g} s is shorter than the step of {run.dt:g} s; "
            "take a smaller step, or heun."
        )


def _reading(run: Run, stage_times: Array) -> tuple[Array, Array]:
    """Return where each stage, and the end of the step, reads the past, in steps before the end, and the weights."""
    width = _WIDTH[run.method]
    lags = np.array(run.system.delays)[None, :] / run.dt + 1 - np.append(stage_times, 1.0)[:, None]
    whole = np.floor(lags + 1e-9).astype(int)
    # Four samples lie about the point, but never reach the end of the step, which is not known yet.
    starts = whole if width == 2 else np.maximum(whole - 1, 1)
    offset = (lags - starts)[..., None]
    nodes = np.arange(width)
    weights = np.ones((*lags.shape, width))
    for k in nodes:
        others = nodes[nodes != k]
        weights[..., k] = np.prod((offset - others) / (k - others), axis=-1)
    return starts, weights


def _past_states(run: Run, times: Array) -> Array:
    """Return the states (times, nodes, n) at ``times`` (s) at or below 0."""
    if run.history is None:
        return np.broadcast_to(run.initial, (len(times), *run.initial.shape))
    states = np.asarray(run.history(times), dtype=float)
    return np.broadcast_to(states[:, None] if states.ndim == 2 else states, (len(times), *run.initial.shape))


def _written_twice(newest_first: Array) -> Array:
    """Return ring buffers (..., 2 slots) whose slot 0 is now, slot -1 a step ago, from (slots, ...)."""
    ring = np.moveaxis(np.roll(newest_first[::-1], 1, axis=0), 0, -1)
    return np.ascontiguousarray(np.concatenate([ring, ring], axis=-1))


def _filled_pasts(run: Run, slots: int) -> Array:
    return _written_twice(_past_states(run, -run.dt * np.arange(slots))[..., run.system.delayed_index])


def _filled_signals(run: Run, slots: int) -> tuple[Array, Array]:
    """Return the past of the coupled output of every node, and what arrives of it now."""
    if not run.connections.targets.size:
        return np.zeros((0, 2)), np.zeros(0)
    states = np.moveaxis(_past_states(run, -run.dt * np.arange(slots)), -1, 0)
    z = states[run.system.delayed_index]
    u = run.operating.T[:, None, :]
    with np.errstate(over="ignore"):
        outputs = run.system.observe(states, z, u, tuple(run.parameters.T))
    signals = _written_twice(np.broadcast_to(outputs[run.channels[1]], states.shape[1:]))
    return signals, run.connections.in_steps(run.dt).arriving(signals)


def _first_record(run: Run, y: Array, coupled: Array) -> Array:
    """Return the state and the outputs at time 0, (nodes, n + o)."""
    u = np.array(run.operating)
    for name, values in run.inputs.items():
        u[:, index_of(run.system.inputs, name, "input")] = values[0]
    if coupled.size:
        u[:, run.channels[0]] += coupled
    z = _rest_of_past(run)
    with np.errstate(over="ignore"):
        outputs = run.system.observe(y.T, z, u.T, tuple(run.parameters.T))
    return np.concatenate([y, np.stack([np.broadcast_to(output, len(y)) for output in outputs], axis=1)], axis=1)


def _rest_of_past(run: Run) -> Array:
    """Return the delayed arguments at time 0, (delays, nodes)."""
    z = np.empty((len(run.system.delays), len(run.initial)))
    for k, (variable, delay) in enumerate(zip(run.system.delayed_index, run.system.delays, strict=True)):
        z[k] = _past_states(run, np.array([-delay]))[0, :, variable]
    return z


def _stretches(run: Run) -> Iterator[_Stretch]:
    """Yield first and last step, drive (steps + 1, nodes, m), noise (steps, nodes, m), in stretches of bounded memory.

    What does not change has one row. The noise is written over in the next but one stretch.
    """
    nodes, channels = run.operating.shape
    rng = np.random.default_rng(run.seed)
    most = max(1, _NUMBERS_AT_ONCE // max(1, nodes * channels * run.every)) * run.every
    total = run.steps // run.every * run.every
    turns = np.zeros((2, min(most, total) if run.noise else 1, nodes, channels))
    for turn, done in enumerate(range(0, total, most)):
        noise = turns[turn % 2]
        steps = min(most, total - done)
        drive = np.empty((steps + 1 if run.inputs else 1, nodes, channels))
        drive[:] = run.operating
        for name, values in run.inputs.items():
            rows = np.minimum(np.arange(done, done + steps + 1), run.steps - 1)
            drive[:, :, index_of(run.system.inputs, name, "input")] = values[rows]
        for name, intensity in run.noise.items():
            kicks = rng.standard_normal((steps, nodes))
            np.multiply(
                intensity / np.sqrt(run.dt), kicks, out=noise[:steps, :, index_of(run.system.inputs, name, "noise")]
            )
        yield done, done + steps, drive, noise[:steps]


def _made_ahead(stretches: Iterator[_Stretch]) -> Iterator[_Stretch]:
    """Yield the same, the next being made meanwhile: random numbers take half as long as the steps they go into."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, stretches, None)
        while (stretch := coming.result()) is not None:
            coming = pool.submit(next, stretches, None)
            yield stretch


def _dataset(run: Run, records: Array) -> xr.Dataset:
    """Return the course as a dataset, with an axis of nodes if the records (time, [node,] n + o) have one."""
    time = run.dt * run.every * np.arange(len(records))
    axes = ("time", "node")[: records.ndim - 1]
    data = {}
    for k, variable in enumerate((*run.system.variables, *run.system.outputs)):
        attributes = {"units": variable.unit, "long_name": variable.long_name}
        data[variable.name] = (axes, records[..., k], attributes)
    axis = ("time", time, {"units": "s", "long_name": "time"})
    return xr.Dataset(data, coords={"time": axis}, attrs={"model": run.system.name, "method": run.method})
