"""Delivery of spikes between the populations of a circuit without a compiler: the twin of delivery.h."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

Reals = NDArray[np.floating]
LINEAR, SATURATING, SUMMED = 0, 1, 2


@dataclass
class Ends:
    """The arrays of one population that delivery reads and writes, in the order of delivery.h."""

    spiked: Reals
    v: Reals
    v_free: Reals
    inputs: Sequence[Reals]
    held: Sequence[Reals]
    sent: Sequence[Reals]
    signals: Sequence[Reals]


@dataclass
class _Target:
    cells: int
    length: int
    record_spikes: bool
    first_cell: int
    rings: list[Reals]
    uniform: list[Reals]
    held_rings: list[NDArray[np.float64]]
    fired: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    times: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))


@dataclass
class _Route:
    source: int
    target: int
    dense: bool
    delay: int
    openings: list[tuple[int, int, int, float, float, float]]
    offsets: NDArray[np.int64] | None = None
    targets: NDArray[np.int32] | None = None
    weights: NDArray[np.float32] | None = None
    steps: NDArray[np.uint16] | None = None
    gate: NDArray[np.float64] | None = None
    gate_step: NDArray[np.float64] | None = None


class Delivery:
    """Rings of future inputs, and one call for each step."""

    def __init__(self, folder: Path, ends: Sequence[Ends]) -> None:
        self.folder, self.ends = folder, ends
        plan = iter(np.fromfile(folder / "plan.in", dtype=np.int64).tolist())
        numbers = iter(np.fromfile(folder / "numbers.in").tolist())
        populations = next(plan)
        self.total_steps, self.warm_up, self.bin_steps, self.potentials = (next(plan) for _ in range(4))
        self.bins = (self.total_steps - self.warm_up) // self.bin_steps
        self.targets: list[_Target] = []
        for number in range(populations):
            self._add_population(ends[number], plan)
        self.routes = [self._read_route(number, plan, numbers) for number in range(next(plan))]
        channels = sum(len(end.signals) for end in ends)
        self.table = np.fromfile(folder / "signals.in").reshape(self.total_steps, channels) if channels else None
        self.counts = np.zeros(sum(target.cells for target in self.targets), np.int64)
        self.bin_spikes = np.zeros((populations, self.bins), np.int64)
        self.sums = np.zeros((3, populations, self.bins))
        self.spikes: list[NDArray[np.int32]] = []
        self.started = np.array([time.perf_counter(), time.process_time()])

    def _add_population(self, end: Ends, plan) -> None:
        cells, length, record, inputs, held, _, _ = (next(plan) for _ in range(7))
        kind = end.spiked.dtype
        first = sum(target.cells for target in self.targets)
        rings = [np.zeros((length, cells), kind) for _ in range(inputs)]
        uniform = [np.zeros(length, kind) for _ in range(inputs)]
        sums = [np.zeros(length) for _ in range(held)]
        self.targets.append(_Target(cells, length, bool(record), first, rings, uniform, sums))

    def _read_route(self, number: int, plan, numbers) -> _Route:
        source, target, dense, delay, _, weighted, delayed, count = (next(plan) for _ in range(8))
        openings = []
        for _ in range(count):
            kind, gate, sender = next(plan), next(plan), next(plan)
            openings.append((kind, gate, sender, next(numbers), next(numbers), next(numbers)))
        route = _Route(source, target, bool(dense), delay, openings)
        if any(opening[0] == SATURATING for opening in openings):
            route.gate, route.gate_step = np.zeros(self.targets[source].cells), np.zeros(self.targets[source].cells)
        if not dense:
            stem = f"projection_{number}."
            route.offsets = np.fromfile(self.folder / f"{stem}offsets", dtype=np.int64)
            route.targets = np.fromfile(self.folder / f"{stem}targets", dtype=np.int32)
            route.weights = np.fromfile(self.folder / f"{stem}weights", dtype=np.float32) if weighted else None
            route.steps = np.fromfile(self.folder / f"{stem}steps", dtype=np.uint16) if delayed else None
        return route

    def step(self, now: int) -> None:
        """Take the spikes of this step to their targets and prepare the inputs of the next one."""
        for number, (target, end) in enumerate(zip(self.targets, self.ends, strict=True)):
            target.fired = np.flatnonzero(end.spiked)
            target.times = end.spiked[target.fired].astype(np.int64)
            if now >= self.warm_up:
                self._record(number, target, end, now)
        for route in self.routes:
            self._route(route, now)
        for target, end in zip(self.targets, self.ends, strict=True):
            self._hand_over(target, end, now + 1)
        if now + 1 >= self.total_steps:
            self._finish()
        elif self.table is not None:
            values = iter(self.table[now + 1])
            for end in self.ends:
                for signal in end.signals:
                    signal[0] = next(values)

    def _record(self, number: int, target: _Target, end: Ends, now: int) -> None:
        self.counts[target.first_cell + target.fired] += target.times
        if target.record_spikes and target.fired.size:
            cells = np.repeat(target.fired, target.times)
            entry = np.empty((cells.size, 3), np.int32)
            entry[:, 0], entry[:, 1], entry[:, 2] = now - self.warm_up, number, cells
            self.spikes.append(entry)
        at = (now - self.warm_up) // self.bin_steps
        if at >= self.bins:
            return
        self.bin_spikes[number, at] += target.times.sum()
        if self.potentials:
            reference = float(end.v_free[0])
            deviation = end.v_free.astype(np.float64) - reference
            mean = deviation.mean()
            self.sums[0, number, at] += reference + mean
            self.sums[1, number, at] += (deviation**2).mean() - mean**2
            self.sums[2, number, at] += end.v.astype(np.float64).mean()

    def _route(self, route: _Route, now: int) -> None:
        source, target = self.targets[route.source], self.targets[route.target]
        for kind, gate, sender, weight, _, _ in route.openings:
            if kind == SUMMED:
                total = self.ends[route.source].sent[sender].astype(np.float64).sum()
                target.held_rings[gate][(now + route.delay) % target.length] += weight * total
        if source.fired.size == 0:
            return
        for opening in route.openings:
            if opening[0] == SUMMED:
                continue
            if route.dense:
                slot = (now + 1 + route.delay) % target.length
                target.uniform[opening[1]][slot] += opening[3] * source.times.sum()
            else:
                self._walk(route, opening, source, target, now)

    def _walk(self, route: _Route, opening, source: _Target, target: _Target, now: int) -> None:
        kind, gate, _, weight, opened, closing = opening
        sizes = weight * source.times.astype(np.float64)
        if kind == SATURATING:
            sizes = weight * _saturate(route.gate, route.gate_step, source.fired, source.times, opened, closing, now)
        ring = target.rings[gate]
        if route.steps is not None:
            weights = _ONES if route.weights is None else route.weights
            _walk_delayed(ring, now + 1, route.offsets, route.targets, route.steps, weights, source.fired, sizes)
            return
        slot = ring[(now + 1 + route.delay) % target.length]
        if route.weights is None:
            _walk_alike(slot, route.offsets, route.targets, source.fired, sizes)
        else:
            _walk_weighted(slot, route.offsets, route.targets, route.weights, source.fired, sizes)

    @staticmethod
    def _hand_over(target: _Target, end: Ends, following: int) -> None:
        slot = following % target.length
        for ring, uniform, heard in zip(target.rings, target.uniform, end.inputs, strict=True):
            heard[:] = ring[slot] + uniform[slot]
            ring[slot] = 0
            uniform[slot] = 0
        for ring, held in zip(target.held_rings, end.held, strict=True):
            held[0] = ring[slot]
            ring[slot] = 0

    def _finish(self) -> None:
        seconds = np.array([time.perf_counter(), time.process_time()]) - self.started
        outputs = {"counts": self.counts, "bin_spikes": self.bin_spikes, "seconds": seconds}
        outputs |= dict(zip(("v_free", "v_free_variance", "v"), self.sums, strict=True))
        if any(target.record_spikes for target in self.targets):
            outputs["spikes"] = np.concatenate([np.zeros((0, 3), np.int32), *self.spikes])
        for name, values in outputs.items():
            np.ascontiguousarray(values).tofile(self.folder / f"{name}.out")


_ONES = np.zeros(0, np.float32)
Step = Callable[[int], None]


@njit(cache=True)
def _walk_alike(slot, offsets, targets, fired, sizes):
    for k in range(fired.size):
        size = slot.dtype.type(sizes[k])
        for place in range(offsets[fired[k]], offsets[fired[k] + 1]):
            slot[targets[place]] += size


@njit(cache=True)
def _walk_weighted(slot, offsets, targets, weights, fired, sizes):
    for k in range(fired.size):
        for place in range(offsets[fired[k]], offsets[fired[k] + 1]):
            slot[targets[place]] += sizes[k] * weights[place]


@njit(cache=True)
def _walk_delayed(ring, arrival, offsets, targets, steps, weights, fired, sizes):
    length = ring.shape[0]
    for k in range(fired.size):
        for place in range(offsets[fired[k]], offsets[fired[k] + 1]):
            factor = weights[place] if weights.size > 0 else 1.0
            ring[(arrival + steps[place]) % length, targets[place]] += sizes[k] * factor


@njit(cache=True)
def _saturate(gate, gate_step, fired, times, opened, closing, now):
    sizes = np.zeros(fired.size)
    for k in range(fired.size):
        cell = fired[k]
        gate[cell] *= np.exp(-closing * (now - gate_step[cell]))
        gate_step[cell] = now
        for _ in range(times[k]):
            share = opened * (1 - gate[cell])
            gate[cell] += share
            sizes[k] += share
    return sizes
