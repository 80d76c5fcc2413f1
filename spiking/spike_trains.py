"""Spikes of a recorded circuit as Neo objects, for every tool that reads them."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

if TYPE_CHECKING:
    import neo

_FACTS = ("seed", "dt", "duration", "warm_up", "target", "precision")


def spike_times(recording: xr.Dataset, population: str) -> list[NDArray[np.float64]]:
    """Return the spike times (s) of every cell of a population, from the start of the analysed time.

    Parameters
    ----------
    recording : xarray.Dataset
        Of `simulate_circuit`, with spikes.
    population : str
        Its name.

    Raises
    ------
    ValueError
        If there is no such population, or its spikes were not kept.
    """
    names = [str(name) for name in recording["population"].values]
    if population not in names:
        raise ValueError(f"spike_times: there is no population {population!r}; there are: {', '.join(names)}.")
    if population not in recorded_populations(recording):
        raise ValueError(
            f"spike_times: the spikes of {population} were not kept; record them with CircuitRecord(spikes=True)."
        )
    place = names.index(population)
    own = recording["spike_population"].values == place
    cell = recording["spike_cell"].values[own].astype(int)
    # The last step ends with the analysed time; rounding must not put its spikes behind the end.
    time = np.minimum(recording["spike_time"].values[own].astype(float), float(recording.attrs["duration"]))
    order = np.lexsort((time, cell))
    size = int(np.atleast_1d(recording.attrs["sizes"])[place])
    ends = np.searchsorted(cell[order], np.arange(1, size))
    return np.split(time[order], ends)


def recorded_populations(recording: xr.Dataset) -> tuple[str, ...]:
    """Return the populations whose spikes were kept one by one."""
    names = [str(name) for name in recording["population"].values]
    if "spike_time" not in recording:
        return ()
    kept = np.bincount(recording["spike_population"].values.astype(int), minlength=len(names))
    fired = kept
    if "spike_count" in recording:
        fired = np.maximum(recording["spike_count"].transpose("population", "cell").values, 0).sum(axis=1)
    return tuple(
        name for name, number, all_of_them in zip(names, kept, fired, strict=True) if number or not all_of_them
    )


def spikes_digest(recording: xr.Dataset) -> str:
    """Return the digest (hexadecimal SHA-256) of all spikes: equal for equal times, populations and cells."""
    found = hashlib.sha256()
    for name, kind in (("spike_time", "<f8"), ("spike_population", "<i4"), ("spike_cell", "<i4")):
        found.update(np.ascontiguousarray(recording[name].values.astype(kind)).tobytes())
    return found.hexdigest()


def recording_facts(recording: xr.Dataset) -> dict[str, str | float | int]:
    """Return what files of spikes say of their origin: circuit, seed, times (s), engine, and the digest of the spikes.

    With a paired circuit also ``frozen``, the digest of the mean field that the run is held against.
    """
    attributes = recording.attrs
    facts: dict[str, str | float | int] = {"circuit": str(attributes.get("circuit", "circuit"))}
    facts |= {key: _plain(attributes[key]) for key in (*_FACTS, "frozen") if key in attributes}
    return facts | {"digest": spikes_digest(recording)}


def _plain(value: object) -> str | float | int:
    return value.item() if isinstance(value, np.generic) else value  # type: ignore[return-value]


def spike_trains(recording: xr.Dataset, population: str, cells: int | None = None) -> "list[neo.SpikeTrain]":
    """Return the spike trains of a population, of its first ``cells`` cells or of all; silent cells have empty ones."""
    import neo
    import quantities as pq

    start, end = (moment * pq.s for moment in (0.0, float(recording.attrs["duration"])))
    rate = 1 / float(recording.attrs["dt"]) * pq.Hz if "dt" in recording.attrs else 1.0 * pq.Hz
    return [
        neo.SpikeTrain(
            times, units="s", t_start=start, t_stop=end, sampling_rate=rate, name=f"{population} {number}",
            population=population, cell=number,
        )
        for number, times in enumerate(spike_times(recording, population)[:cells])
    ]  # fmt: skip


def spike_block(recording: xr.Dataset, populations: Sequence[str] | None = None) -> "neo.Block":
    """Return a Neo block of the recorded spikes: one segment, and one group of spike trains for each population.

    Parameters
    ----------
    recording : xarray.Dataset
        Of `simulate_circuit`, with spikes.
    populations : sequence of str, optional
        Which; all whose spikes were kept unless given.

    Returns
    -------
    neo.Block
        Its annotations are those of `recording_facts`; trains are annotated with ``population`` and ``cell``.

    Raises
    ------
    ValueError
        If no spikes were kept, or not those of a population that is named.
    """
    import neo

    facts = recording_facts(_with_spikes(recording))
    chosen = recorded_populations(recording) if populations is None else tuple(populations)
    block = neo.Block(name=str(facts["circuit"]), description="spikes of a simulated circuit", **facts)
    segment = neo.Segment(name="analysed time")
    block.segments.append(segment)
    for name in chosen:
        group = neo.Group(name=name, population=name)
        trains = spike_trains(recording, name)
        segment.spiketrains.extend(trains)
        group.spiketrains.extend(trains)
        block.groups.append(group)
    return block


def _with_spikes(recording: xr.Dataset) -> xr.Dataset:
    if not recorded_populations(recording):
        raise ValueError("spike_block: the recording has no spikes; record them with CircuitRecord(spikes=True).")
    return recording
