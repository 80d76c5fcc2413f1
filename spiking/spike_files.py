"""Spikes of a recorded circuit written to a file that other laboratories read: NWB."""

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from os import PathLike
from pathlib import Path

import numpy as np
import xarray as xr

from .spike_trains import recorded_populations, recording_facts, spike_times


def export_spikes(
    recording: xr.Dataset, path: "str | PathLike[str]", *, populations: Sequence[str] | None = None
) -> Path:
    """Write the spikes of a recording to a file of Neurodata Without Borders.

    Parameters
    ----------
    recording : xarray.Dataset
        Of `simulate_circuit`, with spikes.
    path : path
        Ends in ``.nwb``; an existing file is replaced.
    populations : sequence of str, optional
        Which; all whose spikes were kept unless given.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    ValueError
        If the suffix is another one, pynwb is missing, or spikes that are asked for were not kept.
    """
    target = Path(path)
    if target.suffix != ".nwb":
        raise ValueError(
            f"export_spikes: {target.name!r} does not end in .nwb; for other formats hand spike_block to Neo."
        )
    require_pynwb()
    kept = recorded_populations(recording)
    chosen = kept if populations is None else tuple(populations)
    missing = [name for name in chosen if name not in kept]
    if missing or not chosen:
        raise ValueError(
            f"export_spikes: the spikes of {', '.join(missing) or 'every population'} were not kept; record them with "
            "CircuitRecord(spikes=True)."
        )
    unfinished = target.with_name(f"{target.stem}.unfinished{target.suffix}")
    try:
        _write(recording, chosen, unfinished)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return target


def require_pynwb() -> None:
    """Refuse to go on without pynwb.

    Raises
    ------
    ValueError
        With the command that installs it.
    """
    if find_spec("pynwb") is None:
        raise ValueError("export_spikes: NWB files need pynwb; install it with pip install 'mesobridge[spikes]'.")


def _write(recording: xr.Dataset, populations: Sequence[str], path: Path) -> None:
    from pynwb import NWBHDF5IO, NWBFile
    from pynwb.core import VectorData, VectorIndex
    from pynwb.misc import Units

    trains = {name: spike_times(recording, name) for name in populations}
    facts = recording_facts(recording)
    number = sum(map(len, trains.values()))
    every = [times for own in trains.values() for times in own]
    times = VectorData(name="spike_times", description="spike times of each cell, s", data=np.concatenate(every))
    spans = VectorData(
        name="obs_intervals",
        description="analysed time, s",
        data=np.tile([0.0, recording.attrs["duration"]], (number, 1)),
    )
    population = [name for name, own in trains.items() for _ in own]
    cell = np.concatenate([np.arange(len(own)) for own in trains.values()])
    columns = [
        times,
        VectorIndex(name="spike_times_index", target=times, data=np.cumsum([len(own) for own in every])),
        spans,
        VectorIndex(name="obs_intervals_index", target=spans, data=np.arange(1, number + 1)),
        VectorData(name="population", description="population of the circuit", data=population),
        VectorData(name="cell", description="number of the cell within its population", data=cell),
    ]
    file = NWBFile(
        session_description=f"Spikes of the simulated circuit {facts['circuit']}.",
        identifier=str(facts["digest"]),
        session_start_time=_began(recording),
        source_script="mesobridge",
        source_script_file_name="mesobridge.export_spikes",
        notes="; ".join(f"{key} = {value}" for key, value in facts.items()),
    )
    file.units = Units(
        name="units",
        description="simulated cells",
        columns=columns,
        colnames=["spike_times", "obs_intervals", "population", "cell"],
        resolution=float(recording.attrs["dt"]),
    )
    # hdmf makes its methods at import; pyright cannot know their arguments.
    with NWBHDF5IO(str(path), "w") as io:  # pyright: ignore[reportCallIssue]
        io.write(file)  # pyright: ignore[reportCallIssue]


def _began(recording: xr.Dataset) -> datetime:
    """Return when the run began; the start of the epoch where the recording does not say."""
    said = recording.attrs.get("recorded_at")
    return datetime.fromisoformat(str(said)) if said else datetime(1970, 1, 1, tzinfo=UTC)
