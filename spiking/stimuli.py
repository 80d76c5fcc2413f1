"""Time courses of an input, relative to the background: what a held-out experiment plays to a population."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..units import Quantity, described, quantity

Array = NDArray[np.float64]

_EDGE = 1e-9  # s; a sample that misses an onset by rounding belongs to the pulse


def _pulse(time: Array, onset: float, width: float) -> Array:
    """Return 1 from ``onset`` on for ``width``, else 0."""
    since = time - onset + _EDGE
    return np.where((since >= 0) & (since < width), 1.0, 0.0)


class Stimulus(Protocol):
    """Anything with a name and a waveform: relative change of the input (0 = background) at times from onset."""

    @property
    def name(self) -> str:
        """What the stimulus is called in reports."""
        ...

    def waveform(self, time: Array) -> Array:
        """Return the relative change of the input at ``time`` (s, 0 = start of the analysed part)."""
        ...


@described
class Step:
    """A step of relative ``height`` between ``onset`` and ``offset``."""

    height: Quantity = quantity("1")
    onset: Quantity = quantity("s", default=0.2, at_least=0)
    offset: Quantity = quantity("s", default=0.7, above=0)

    @property
    def name(self) -> str:
        """Name with the height."""
        return f"step {self.height:+g}"

    def waveform(self, time: Array) -> Array:
        """Return ``height`` inside the step, 0 outside."""
        return self.height * _pulse(time, self.onset, self.offset - self.onset)


@described
class Ramp:
    """A straight ramp from 0 to relative ``height`` over ``rise``, held for ``hold``, and down again over ``fall``."""

    height: Quantity = quantity("1", default=1.0)
    rise: Quantity = quantity("s", default=1.0, above=0)
    hold: Quantity = quantity("s", default=0.0, at_least=0)
    fall: Quantity = quantity("s", default=1.0, above=0)
    onset: Quantity = quantity("s", default=0.0, at_least=0)

    @property
    def name(self) -> str:
        """Name with height and rise."""
        return f"ramp {self.height:+g} in {self.rise:g} s"

    def waveform(self, time: Array) -> Array:
        """Return the ramp, 0 before and after it."""
        since = time - self.onset
        left = self.rise + self.hold + self.fall - since
        return self.height * np.clip(np.minimum(since / self.rise, left / self.fall), 0.0, 1.0)


@described
class PulsePair:
    """Two pulses of relative ``height`` and ``width``, their onsets ``separation`` apart."""

    height: Quantity = quantity("1")
    width: Quantity = quantity("s", default=0.010, above=0)
    separation: Quantity = quantity("s", default=0.050, above=0)
    onset: Quantity = quantity("s", default=0.2, at_least=0)

    @property
    def name(self) -> str:
        """Name with the separation."""
        return f"pulse pair {self.separation * 1e3:g} ms"

    def waveform(self, time: Array) -> Array:
        """Return the sum of the two pulses."""
        second = self.onset + self.separation
        return self.height * (_pulse(time, self.onset, self.width) + _pulse(time, second, self.width))


@described
class Sinusoid:
    """A sinusoid of relative ``amplitude`` that starts at phase 0."""

    frequency: Quantity = quantity("Hz", above=0)
    amplitude: Quantity = quantity("1", default=0.3)

    @property
    def name(self) -> str:
        """Name with the frequency."""
        return f"sinusoid {self.frequency:g} Hz"

    def waveform(self, time: Array) -> Array:
        """Return ``amplitude sin(2 pi f t)``."""
        return self.amplitude * np.sin(2 * np.pi * self.frequency * time)


@described
class Chirp:
    """A sinusoid whose frequency rises linearly from ``start`` to ``stop`` over ``duration``."""

    start: Quantity = quantity("Hz", default=1.0, above=0)
    stop: Quantity = quantity("Hz", default=40.0, above=0)
    duration: Quantity = quantity("s", default=2.0, above=0)
    amplitude: Quantity = quantity("1", default=0.3)

    @property
    def name(self) -> str:
        """Name with both frequencies."""
        return f"chirp {self.start:g}-{self.stop:g} Hz"

    def waveform(self, time: Array) -> Array:
        """Return the chirp, 0 after its end."""
        phase = 2 * np.pi * (self.start * time + (self.stop - self.start) * time**2 / (2 * self.duration))
        return np.where(time < self.duration, self.amplitude * np.sin(phase), 0.0)


@described
class NoiseInput:
    """A frozen Ornstein-Uhlenbeck input of relative standard deviation ``amplitude``, the same for all cells."""

    amplitude: Quantity = quantity("1", default=0.2, above=0)
    time_constant: Quantity = quantity("s", default=0.005, above=0)
    seed: int = 0

    @property
    def name(self) -> str:
        """Name with the correlation time."""
        return f"OU noise {self.time_constant * 1e3:g} ms"

    def waveform(self, time: Array) -> Array:
        """Return the frozen noise sampled at equally spaced ``time``; the seed fixes it."""
        from scipy.signal import lfilter

        decay = np.exp(-(time[1] - time[0]) / self.time_constant)
        white = np.random.default_rng(self.seed).standard_normal(time.size)
        white[1:] *= np.sqrt(1 - decay**2)
        return self.amplitude * np.asarray(lfilter([1.0], [1.0, -decay], white))


@described
class ArrayInput:
    """A time course given by the user, sampled every ``interval`` and held between samples."""

    samples: tuple[float, ...]
    interval: Quantity = quantity("s", above=0)
    label: str = "array"

    @property
    def name(self) -> str:
        """The user's label."""
        return self.label

    def waveform(self, time: Array) -> Array:
        """Return the sample that holds at each time, 0 after the last one."""
        index = np.floor((time + _EDGE) / self.interval).astype(int)
        inside = (index >= 0) & (index < len(self.samples))
        return np.where(inside, np.asarray(self.samples)[np.clip(index, 0, len(self.samples) - 1)], 0.0)


STIMULI: dict[str, Callable[..., Stimulus]] = {
    "step": Step,
    "ramp": Ramp,
    "pulse_pair": PulsePair,
    "sinusoid": Sinusoid,
    "chirp": Chirp,
    "noise": NoiseInput,
    "array": ArrayInput,
}
