"""What a mean field costs beside the network that it stands for, in processor time.

The cost of a mean field is that of everything a pairing asks of it once it is frozen: steady rates in every condition
and at every drive, courses under every stimulus, its sweeps, its modes and its spectra, over the same stimuli and times
as the network. The cost of the network is that of the steps of all its runs; it is kept with each run, so that a run
from the store costs what it cost when it was made. Neither holds imports, compilation, the drawing of connections, the
measurements of the open loop, or mean fields drawn anew for error bars.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from .condition import BASE, Condition, Frozen
from .courses import course, levels_of
from .critical.sweep import climbed
from .recording import processor_seconds
from .scores import predicted_spectra, spectrum_of
from .walk import Findings, scaled_drives

ALLOWED = 0.01  # of the network's time
_MODES = 6


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Seconds of processor time: of the network's runs, and of all that is asked of each mean field, by name and part.

    ``mean_fields`` are "estimates" and, where rates were measured to move, "moving".
    """

    network: float
    mean_fields: Mapping[str, Mapping[str, float]]

    def seconds(self, mean_field: str) -> float:
        """Return the whole time of a mean field, s."""
        return sum(self.mean_fields[mean_field].values())

    @property
    def ratios(self) -> dict[str, float]:
        """The time of each mean field over that of the network, 1; NaN for recordings that no simulation made."""
        return {name: self.seconds(name) / (self.network or math.nan) for name in self.mean_fields}


def network_seconds(findings: Findings) -> float:
    """Return the processor time of the steps of all runs of the network, s."""
    runs = [*findings.stationary.values(), *(driven.recording for driven in findings.driven)]
    transients = sum(found.seconds for found in findings.transients)
    return sum(map(processor_seconds, runs)) + transients + sum(sweep.seconds for sweep in findings.sweeps)


def cost(findings: Findings) -> Cost:
    """Ask the frozen mean fields once more for all that the network was run for, and return what each side took."""
    sides: dict[str, Callable[[Condition], Frozen | None]] = {"estimates": lambda condition: condition.frozen}
    if findings.base.moving is not None:
        sides["moving"] = lambda condition: condition.moving
    return Cost(
        network=network_seconds(findings),
        mean_fields={side: _asked(findings, of) for side, of in sides.items()},
    )


def _asked(findings: Findings, of: Callable[[Condition], Frozen | None]) -> dict[str, float]:
    frozen = of(findings.base)
    if frozen is None:
        return {}
    every = [found for condition in findings.conditions if (found := of(condition)) is not None]
    return {
        "steady rates": _processor(lambda: _steady_rates(every)),
        "drives": _processor(lambda: _drives(findings, frozen)),
        "courses": _processor(lambda: _courses(findings, frozen)),
        "sweeps": _processor(lambda: _sweeps(findings, every)),
        "modes": _processor(lambda: frozen.network.eigenvalues(frozen.rates, _MODES)),
        "spectra": _processor(lambda: _spectra(findings, frozen)),
    }


def _processor(part: Callable[[], object]) -> float:
    started = time.process_time()
    part()
    return time.process_time() - started


def _steady_rates(every: list[Frozen]) -> None:
    for frozen in every:
        frozen.network.steady(1.1 * frozen.rates)  # from near by, as from the rates of theory


def _drives(findings: Findings, frozen: Frozen) -> None:
    for driven in findings.driven:
        if np.all(np.isfinite(driven.predicted["estimates"])):  # elsewhere there is no steady state to be found
            scaled_drives(frozen.network, driven.factor).steady(frozen.rates)


def _courses(findings: Findings, frozen: Frozen) -> None:
    width, circuit = findings.study.pairing.bin, findings.base.circuit
    for found, (_, stimulus) in zip(findings.transients, findings.study.stimuli(), strict=True):
        levels = levels_of(circuit, stimulus, frozen.network, found.time, width)
        course(frozen.network, frozen.rates, levels, width, found.time.size)


def _sweeps(findings: Findings, every: list[Frozen]) -> None:
    asked = findings.study.pairing.sweep
    for frozen in every[: len(findings.sweeps)]:
        if asked is not None:
            climbed(asked, frozen.network, frozen.rates)


def _spectra(findings: Findings, frozen: Frozen) -> None:
    recording = findings.stationary[BASE]
    frequency = spectrum_of(recording, findings.study.pairing.highest_frequency).frequency
    predicted_spectra(frozen.network, frequency, frozen.rates, float(recording.attrs["bin"]))
