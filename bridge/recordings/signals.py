"""Continuous signals from files that only their own libraries read: MNE for EEG and MEG, Neo for electrophysiology."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .checks import RecordingError, even_step, factor_to_si
from .columns import SUFFIXES, Columns

Array = NDArray[Any]

MNE_SUFFIXES = (".fif", ".fif.gz", ".edf", ".bdf", ".gdf", ".vhdr", ".set", ".cnt", ".mff")
POTENTIALS = ("V", "T", "1", "A", "Hz")


@dataclass(frozen=True)
class Signal:
    """One channel: ``values`` (n,) or (segments, n) in ``unit`` (SI), sampled every ``step`` s."""

    values: Array
    step: float
    unit: str
    name: str


def signal_of_columns(columns: Columns, channel: str | None, rate: float | None) -> Signal:
    """Return the signal in columns with a ``time``, or in a plain array sampled at ``rate`` (Hz).

    Raises
    ------
    RecordingError
        If the channel is not there or not named, or the sampling is not known.
    """
    others = [name for name in columns.values if name != "time"]
    name = channel or (others[0] if len(others) == 1 else None)
    if name is None or name not in others:
        said = f"no channel {channel!r}" if channel else "several channels and none named"
        raise RecordingError(f"{columns.source}: {said}; name one of: {', '.join(others) or 'none'}.")
    values = columns.values[name]
    factor, unit = factor_to_si(columns.unit(name, "1"), POTENTIALS, f"{columns.source}, {name}")
    if "time" in columns:
        seconds, _ = factor_to_si(columns.unit("time", "s"), ("s",), f"{columns.source}, time")
        step = even_step(columns.values["time"] * seconds, f"{columns.source}, time")
    elif rate is not None:
        step = 1 / rate
    else:
        raise RecordingError(f"{columns.source}: no column time and no sampling rate; give one of them.")
    return Signal(values * factor, step, unit, name)


def signal_of_file(path: Path, channel: str | None) -> Signal:
    """Return one channel of a file that MNE reads by its ending, or else Neo.

    Raises
    ------
    RecordingError
        If the library is not installed, or the file cannot be read or has no such channel.
    """
    if not path.exists():
        raise RecordingError(f"{path}: there is no such file.")
    return _by_mne(path, channel) if path.name.lower().endswith(MNE_SUFFIXES) else _by_neo(path, channel)


def _library(name: str, extra: str, path: Path) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise RecordingError(
            f'{path}: reading it needs the package {name}, which is not installed: pip install "mesobridge[{extra}]". '
            f"Without it these endings are read: {', '.join(SUFFIXES)}."
        ) from error


def _by_mne(path: Path, channel: str | None) -> Signal:
    mne = _library("mne", "mne", path)
    try:
        raw = mne.io.read_raw(path, preload=True, verbose="error")
    except (OSError, ValueError, RuntimeError) as error:
        raise RecordingError(f"{path}: MNE cannot read it ({error}).") from error
    name = _chosen(path, channel, list(raw.ch_names))
    # MNE keeps all in SI: volts for EEG, tesla for magnetometers.
    unit = "T" if raw.get_channel_types([name])[0] == "mag" else "V"
    return Signal(np.asarray(raw.get_data([name])[0], dtype=float), 1 / float(raw.info["sfreq"]), unit, name)


def _by_neo(path: Path, channel: str | None) -> Signal:
    neo = _library("neo", "neo", path)
    try:
        blocks = neo.io.get_io(str(path)).read()
    except Exception as error:  # every reader of Neo raises its own
        raise RecordingError(f"{path}: Neo cannot read it ({type(error).__name__}: {error}).") from error
    found = [signal for block in blocks for segment in block.segments for signal in segment.analogsignals]
    if not found:
        raise RecordingError(f"{path}: Neo finds no continuous signal in it.")
    names = [str(signal.name or f"signal {k + 1}") for k, signal in enumerate(found)]
    labels = list(dict.fromkeys(names))
    name = _chosen(path, channel, labels)
    rows = [signal for signal, label in zip(found, names, strict=True) if label == name]
    steps = {round(float(signal.sampling_period.rescale("s")), 12) for signal in rows}
    lengths = {len(signal) for signal in rows}
    if len(steps) > 1 or len(lengths) > 1:
        raise RecordingError(f"{path}: segments of {name!r} differ in length or sampling; save them apart.")
    factor, unit = factor_to_si(str(rows[0].units.dimensionality), POTENTIALS, f"{path}, {name}")
    values = np.stack([np.asarray(signal.magnitude, dtype=float)[:, 0] for signal in rows]) * factor
    return Signal(values, steps.pop(), unit, name)


def _chosen(path: Path, channel: str | None, names: list[str]) -> str:
    if channel is None and len(names) == 1:
        return names[0]
    if channel not in names:
        said = "several channels and none named" if channel is None else f"no channel {channel!r}"
        raise RecordingError(f"{path}: {said}; name one of: {', '.join(names)}.")
    return channel
