"""The stationary rate of single cells with coloured noise and with what a spike leaves behind.

Time since the last spike is cut into stages. In every stage the after-spike conductances and the M gate have the
value that belongs to that age, and the density of potential and noise is solved for; what survives a stage enters the
next. The mean interval is the dead time plus the mass of all stages. This keeps what a mean-field of the conductance
loses at low rates: that it acts while the potential still recovers from the reset, and is gone by the next spike.
After-spike conductances that outlast an interval add up: the value just after a spike is increment / (1 -
E[exp(-T/decay)]).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .first_passage import Passage, passage
from .noise_chain import noise_after, noise_chain
from .synaptic_drive import Array

Index = NDArray[np.intp]

_GROWTH = 1.4  # of the stages with age
_SDIRK = 1.0 - np.sqrt(0.5)
_LONG_WAIT = 100.0  # s
_SILENCE = 1e-12  # probability of a spike within it that rounding leaves meaning to
_LAST_AGE = 5.0  # slowest time constants


@dataclass(frozen=True)
class SlowConductance:
    """An after-spike conductance: its pull -(V - E)/C per siemens at the faces (batch, cells + 1), V/(s S)."""

    increment: float
    decay: float
    pull: Array

    def of(self, index: Index) -> "SlowConductance":
        """Return the conductance of these cells of the batch."""
        return replace(self, pull=self.pull[index])

    def push(self, value: Array) -> Array:
        """Return dV/dt (batch, cells + 1) that a conductance of this ``value`` (batch,) adds, V/s."""
        return value[:, None] * self.pull


@dataclass(frozen=True)
class SlowThreshold:
    """A threshold that spikes raise: ``upstroke`` (batch, cells + 1) is the exponential term at rest, V/s.

    A threshold raised by x weakens it by exp(-x / slope_factor).
    """

    increment: float
    decay: float
    upstroke: Array
    slope_factor: float

    def of(self, index: Index) -> "SlowThreshold":
        """Return the threshold of these cells of the batch."""
        return replace(self, upstroke=self.upstroke[index])

    def push(self, value: Array) -> Array:
        """Return dV/dt (batch, cells + 1) that a threshold raised by ``value`` (batch,; V) takes away, V/s."""
        return np.expm1(-value / self.slope_factor)[:, None] * self.upstroke


@dataclass(frozen=True)
class SlowGate:
    """An M gate: its pull -g (V - E)/C at the faces, its steady state at the centres and at the reset (batch,)."""

    time_constant: float
    pull: Array
    steady: Array
    steady_at_reset: Array

    def of(self, index: Index) -> "SlowGate":
        """Return the gate of these cells of the batch."""
        return SlowGate(self.time_constant, self.pull[index], self.steady[index], self.steady_at_reset[index])


@dataclass(frozen=True)
class CellBatch:
    """Single cells on grids of potential; ``velocity`` and ``noise`` (batch, cells + 1) are dV/dt and noise, V/s."""

    faces: Array
    reset_index: int
    velocity: Array
    noise: Array
    noise_time: Array
    dead_time: Array
    after_spike: tuple[SlowConductance | SlowThreshold, ...]
    gate: SlowGate | None
    watched: float | None = None

    def of(self, index: Index) -> "CellBatch":
        """Return these cells of the batch."""
        return CellBatch(
            self.faces[index],
            self.reset_index,
            self.velocity[index],
            self.noise[index],
            self.noise_time[index],
            self.dead_time[index],
            tuple(conductance.of(index) for conductance in self.after_spike),
            None if self.gate is None else self.gate.of(index),
            self.watched,
        )

    @property
    def time_scales(self) -> list[float]:
        """Time constants (s) over which the age since the last spike matters; ``watched`` is one asked for."""
        scales = [conductance.decay for conductance in self.after_spike]
        scales += [] if self.gate is None else [self.gate.time_constant]
        return scales + ([] if self.watched is None else [self.watched])

    @property
    def widths(self) -> Array:
        """Cell widths (batch, cells), V."""
        return np.diff(self.faces, axis=1)

    @property
    def centres(self) -> Array:
        """Cell centres (batch, cells), V."""
        return (self.faces[:, 1:] + self.faces[:, :-1]) / 2


@dataclass(frozen=True)
class Memory:
    """What cells carry through a spike: noise (batch, states), conductances (batch, kinds) and the gate (batch,)."""

    noise: Array
    conductances: Array
    gate: Array
    gate_drive: Array

    def of(self, index: Index) -> "Memory":
        """Return the memory of these cells of the batch."""
        return Memory(*(column[index] for column in self._columns))

    def with_cells(self, index: Index, other: "Memory") -> "Memory":
        """Return the memory of all cells, with those of ``index`` taken from another."""
        return Memory(*(_placed(mine, index, new) for mine, new in zip(self._columns, other._columns, strict=True)))

    @property
    def _columns(self) -> tuple[Array, ...]:
        return self.noise, self.conductances, self.gate, self.gate_drive


@dataclass(frozen=True)
class Renewal:
    """Mean interval (s), its coefficient of variation, mean potential (V), and the memory after the next spike.

    The variation is resolved as finely as the stages, hence only meaningful with a watched or a slow time constant.
    """

    interval: Array
    variation: Array
    mean_potential: Array
    memory: Memory

    def of(self, index: Index) -> "Renewal":
        """Return these cells of the batch."""
        return Renewal(self.interval[index], self.variation[index], self.mean_potential[index], self.memory.of(index))

    def with_cells(self, index: Index, other: "Renewal") -> "Renewal":
        """Return all cells, with those of ``index`` taken from another."""
        return Renewal(
            _placed(self.interval, index, other.interval),
            _placed(self.variation, index, other.variation),
            _placed(self.mean_potential, index, other.mean_potential),
            self.memory.with_cells(index, other.memory),
        )


def _placed(column: Array, index: Index, values: Array) -> Array:
    whole = column.copy()
    whole[index] = values
    return whole


def stage_ages(cells: CellBatch) -> Array:
    """Return the ages (s after the dead time) that bound the stages; the last stage has no end."""
    slow = cells.time_scales
    if not slow:
        return np.zeros(1)
    first, last = min(slow) / 4, _LAST_AGE * max(slow)
    count = int(np.ceil(np.log1p(last * (_GROWTH - 1) / first) / np.log(_GROWTH)))
    return np.concatenate([[0.0], first * (_GROWTH ** np.arange(1, count + 1) - 1) / (_GROWTH - 1)])


def fresh_memory(cells: CellBatch, states: int) -> Memory:
    """Return the memory of a rare spike: noise at rest, one increment, gate at its value at the reset."""
    batch = cells.faces.shape[0]
    weights = noise_chain(states)[1]
    increments = np.array([c.increment for c in cells.after_spike])
    steady = cells.gate.steady_at_reset if cells.gate is not None else np.zeros(batch)
    stages = stage_ages(cells).size
    return Memory(
        np.tile(weights, (batch, 1)), np.tile(increments, (batch, 1)), steady, np.tile(steady[:, None], (1, stages))
    )


def adapted(memory: Memory, cells: CellBatch, states: int) -> Memory:
    """Return the memory with its noise at rest on a chain of ``states`` if it came from another chain."""
    if memory.noise.shape[1] == states:
        return memory
    return replace(memory, noise=fresh_memory(cells, states).noise)


@dataclass(frozen=True)
class _Stage:
    """What happens in one stage of age: time spent by potential (batch, cells), spikes by noise (batch, states)."""

    age: float
    dwell: float
    entering: Array
    content: Array
    spikes: Array
    kept: Array
    gate: Array

    @property
    def time(self) -> Array:
        """Mean time spent in the stage (batch,), s."""
        return self.content.sum(axis=1)

    @property
    def aged(self) -> Array:
        """Integral of age x survival over the stage (batch,), s^2; in the last, endless one the hazard is even."""
        return self.time * (self.age + (self.dwell / 2 if np.isfinite(self.dwell) else self.time / self.entering))


def interval_after(cells: CellBatch, memory: Memory) -> Renewal:
    """Follow the cells from one spike to the next; the returned memory is that of the next spike."""
    stages = list(_stages(cells, memory))
    mass = np.sum([stage.time for stage in stages], axis=0)
    spikes = np.sum([stage.spikes for stage in stages], axis=0)
    silent = spikes.sum(axis=1) < _SILENCE
    ended = np.where(silent, _SILENCE, spikes.sum(axis=1))
    interval = cells.dead_time + mass / ended
    # Attempts that the last stage ended are tried again: E[T^2] = (E[t^2] + 2 E[t; ended] E[T]) / P(spike) for the
    # times t of single attempts.
    aged = np.sum([stage.aged for stage in stages], axis=0)
    square = 2 * (aged + stages[-1].aged / _LONG_WAIT * mass / ended) / ended
    variation = np.sqrt(np.maximum(square - (mass / ended) ** 2, 0.0)) / interval
    moment = np.sum([(stage.content * cells.centres).sum(axis=1) for stage in stages], axis=0)
    reset = cells.faces[:, cells.reset_index]
    mean_potential = (moment / ended + cells.dead_time * reset) / interval
    return Renewal(interval, variation, mean_potential, _remembered(cells, memory, stages, ended, silent))


def _stages(cells: CellBatch, memory: Memory) -> Iterator[_Stage]:
    """Walk through the stages of age; what survives one enters the next."""
    values, _, generator = noise_chain(memory.noise.shape[1])
    generators = generator[None] / cells.noise_time[:, None, None]
    moving = cells.velocity[:, :, None] + cells.noise[:, :, None] * values
    source, widths = _reset_source(cells, memory.noise), cells.widths[:, :, None]
    ages = stage_ages(cells)
    dwell = np.append(np.diff(ages), np.inf)
    gate = _gate_course(cells, memory, dwell)
    for stage in range(dwell.size):
        kept = _kept(cells, ages, stage)
        velocity = moving + _pull(cells, memory, kept, gate[:, stage])[:, :, None]
        passing = passage(velocity, cells.widths, generators, _leaving(dwell[stage]))
        entering = source.sum(axis=(1, 2))
        density, source = _through_stage(passing, widths, source, dwell[stage])
        content = (density * widths).sum(axis=2)
        yield _Stage(ages[stage], dwell[stage], entering, content, passing.flux(density), kept, gate[:, stage])


def _remembered(
    cells: CellBatch, memory: Memory, stages: list[_Stage], ended: Array, silent: NDArray[np.bool_]
) -> Memory:
    """Return the memory of the next spike: averages over the stages in which it may fall."""
    states = memory.noise.shape[1]
    at_spike = np.sum([stage.spikes for stage in stages], axis=0) / ended[:, None]
    noise = np.where(silent[:, None], fresh_memory(cells, states).noise, at_spike)
    noise = np.einsum("bij,bj->bi", noise_after(states, cells.dead_time / cells.noise_time), noise)
    shares = [stage.spikes.sum(axis=1) / ended for stage in stages]
    left = np.sum([share[:, None] * stage.kept for share, stage in zip(shares, stages, strict=True)], axis=0)
    longest_kept = np.exp(-cells.dead_time[:, None] / np.array([c.decay for c in cells.after_spike]))
    left = np.where(silent[:, None], 0.0, np.clip(left, 0.0, longest_kept))
    increments = np.array([c.increment for c in cells.after_spike])
    gate = np.sum([share * stage.gate for share, stage in zip(shares, stages, strict=True)], axis=0)
    gate = np.where(silent, memory.gate, np.clip(gate, 0.0, 1.0))
    gate_drive = memory.gate_drive
    if cells.gate is not None:
        gate_drive = np.stack([_mean_of(cells.gate.steady, s.content, s.gate) for s in stages], axis=1)
    return Memory(noise, increments / (1.0 - left), gate, gate_drive)


def _mean_of(values: Array, content: Array, otherwise: Array) -> Array:
    """Return the mean of ``values`` over ``content`` (batch, cells); ``otherwise`` where hardly a cell is left."""
    total = content.sum(axis=1)
    alive = total > _SILENCE
    mean = (content * values).sum(axis=1) / np.where(alive, total, 1.0)
    return np.where(alive, np.clip(mean, values.min(axis=1), values.max(axis=1)), otherwise)


def _leaving(dwell: float) -> float:
    # The last stage has no end of its own. Letting it end, rarely, keeps the solve well conditioned when spikes are
    # rarer still; an interval is then the time of all attempts per attempt that ends in a spike.
    return 1.0 / (_SDIRK * dwell) if np.isfinite(dwell) else 1.0 / _LONG_WAIT


def _through_stage(passing: Passage, widths: Array, entering: Array, dwell: float) -> tuple[Array, Array]:
    """Return the density that a stage of length ``dwell`` (s) holds in all, and the mass that survives it.

    One step of the L-stable two-stage method of second order in age (SDIRK2), whose two solves share one
    factorisation; both are written through T = solve / (gamma dwell): end = (1 + sqrt2) T^2 - sqrt2 T, occupation =
    gamma dwell (T + (1 + sqrt2) T^2).
    """
    if not np.isfinite(dwell):
        return passing.occupation(entering), np.zeros_like(entering)
    once = passing.occupation(entering)
    twice = passing.occupation(once * widths / (_SDIRK * dwell))
    survivors = ((1 + np.sqrt(2)) * twice - np.sqrt(2) * once) * widths / (_SDIRK * dwell)
    return once + (1 + np.sqrt(2)) * twice, survivors


def _reset_source(cells: CellBatch, noise: Array) -> Array:
    source = np.zeros((noise.shape[0], cells.faces.shape[1] - 1, noise.shape[1]))
    source[:, cells.reset_index - 1] = source[:, cells.reset_index] = noise / 2
    return source


def _kept(cells: CellBatch, ages: Array, stage: int) -> Array:
    """Return the mean fraction (batch, kinds) of each after-spike conductance that is left in a stage."""
    kept = np.zeros((cells.faces.shape[0], len(cells.after_spike)))
    if stage + 1 < ages.size:
        for kind, conductance in enumerate(cells.after_spike):
            start, end = np.exp(-ages[stage] / conductance.decay), np.exp(-ages[stage + 1] / conductance.decay)
            through_dead_time = np.exp(-cells.dead_time / conductance.decay)
            kept[:, kind] = through_dead_time * (start - end) * conductance.decay / (ages[stage + 1] - ages[stage])
    return kept


def _pull(cells: CellBatch, memory: Memory, kept: Array, gate: Array) -> Array:
    pull = np.zeros_like(cells.velocity)
    for kind, conductance in enumerate(cells.after_spike):
        pull += conductance.push(memory.conductances[:, kind] * kept[:, kind])
    if cells.gate is not None:
        pull += gate[:, None] * cells.gate.pull
    return pull


def _gate_course(cells: CellBatch, memory: Memory, dwell: Array) -> Array:
    """Return the M gate (batch, stages) that relaxes toward what the potentials of the previous iteration asked for."""
    if cells.gate is None:
        return np.zeros((cells.faces.shape[0], dwell.size))
    tau, rest = cells.gate.time_constant, cells.gate.steady_at_reset
    value = rest + (memory.gate - rest) * np.exp(-cells.dead_time / tau)
    course = np.empty((value.size, dwell.size))
    for stage, lasting in enumerate(dwell):
        weight = lasting / (tau + lasting) if np.isfinite(lasting) else 1.0
        value = value + weight * (memory.gate_drive[:, stage] - value)
        course[:, stage] = value
    return course
