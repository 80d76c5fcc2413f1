"""What a network of populations is made of: populations, projections between them, and drives from outside."""

from collections.abc import Callable
from dataclasses import field
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...units import OptionalQuantity, Quantity, described, quantity
from ..kernels import Kernel
from ..sigmoids import Sigmoid
from .delays import DelayDistribution
from .rate_models import RateModel, rate_model
from .rate_motion import RateMotion, lead_kernel
from .squared_kernel import squared_kernel

CellSpectrum: TypeAlias = Callable[[ArrayLike, float], NDArray[np.float64]]


@described
class NetworkPopulation:
    """One population: how its rate follows its free potential, where it works, how many cells it has.

    Parameters
    ----------
    name : str
        What it is called.
    rate : Sigmoid or RateModel
        Rate (Hz) of the mean free potential (V); a `RateModel` also of its variance.
    operating_v : float
        Mean free potential while every projection and drive is at its operating input, V.
    operating_variance : float
        Variance of the free potential there, V^2; only a rate model that uses the variance asks for it.
    size : float, optional
        Cells, 1; without it the population is infinite and has no noise of its own.
    cell_spectrum : callable, optional
        Two-sided power spectrum (Hz) of the spikes of one cell outside the network, of (frequency, rate), Hz; that of a
        Poisson process, the rate at all frequencies, unless given.
    """

    name: str
    rate: Sigmoid | RateModel
    operating_v: Quantity = quantity("V")
    operating_variance: Quantity = quantity("V**2", at_least=0, default=0.0)
    size: OptionalQuantity = quantity("1", at_least=1, default=None)
    cell_spectrum: CellSpectrum | None = None

    @cached_property
    def model(self) -> RateModel:
        """The rate model; a sigmoid alone becomes one of frozen width."""
        return rate_model(self.rate)

    def noise(self, frequency: ArrayLike, rate: float) -> NDArray[np.float64]:
        """Return the two-sided spectrum (Hz) that finite size adds to the population rate at ``frequency`` (Hz)."""
        hertz = np.asarray(frequency, dtype=float)
        if self.size is None:
            return np.zeros(hertz.shape)
        cell = np.full(hertz.shape, rate) if self.cell_spectrum is None else self.cell_spectrum(hertz, rate)
        return np.asarray(cell, dtype=float) / self.size


class _Heard:
    """What projections and drives have in common: a kernel, and what variance and rate make of it."""

    kernel: Kernel
    variance_kernel: Kernel | None
    motion: RateMotion | None

    @cached_property
    def squared(self) -> Kernel:
        """Response of the variance of the target's free potential to one Poisson spike, V^2."""
        return squared_kernel(self.kernel) if self.variance_kernel is None else self.variance_kernel

    @property
    def felt_area(self) -> float:
        """Steady response of the potential that the rate follows, V s."""
        return self.kernel.area * (1.0 if self.motion is None else self.motion.gain)

    def felt(self, s: ArrayLike) -> NDArray[np.complex128]:
        """Return the transfer (V s) of one spike to the potential that the rate follows, at complex ``s`` (1/s)."""
        heard = self.kernel.laplace(s)
        return heard if self.motion is None else heard * self.motion.laplace(s)

    @cached_property
    def lead(self) -> Kernel | None:
        """What the rate follows beyond the free potential, V; None if it follows at once."""
        return None if self.motion is None else lead_kernel(self.kernel, self.motion)


@described
class NetworkProjection(_Heard):
    """What one population hears of another: how many cells, through which kernel, how late.

    Parameters
    ----------
    source, target : str
        Names of populations.
    kernel : Kernel
        Response of the target's free potential to one spike, V.
    count : float
        Cells of the source that one cell of the target hears, on average, 1.
    name : str
        What parameters and messages call it; "E to I" for those two unless given.
    delay : DelayDistribution
        Of conduction; none unless given.
    operating_input : float
        Spikes a second that a cell hears (count times the source's rate) where the target's ``operating_v`` holds, Hz;
        at 0 that is the potential with the projection silent.
    count_spread : float
        Standard deviation of the count over the cells, as a share of the count, 1: an input that differs from cell to
        cell widens the distribution of potentials.
    variance_kernel : Kernel, optional
        Response of the variance of the target's free potential to one spike, V^2; the square of ``kernel`` unless
        given, which is right for synapses that pass a current. Conductances also shorten the membrane's memory.
    motion : RateMotion, optional
        From the free potential that this input makes to what the target's rate follows; at once unless given.
    """

    source: str
    target: str
    kernel: Kernel
    count: Quantity = quantity("1", at_least=0)
    delay: DelayDistribution = field(default_factory=DelayDistribution)
    operating_input: Quantity = quantity("Hz", at_least=0, default=0.0)
    count_spread: Quantity = quantity("1", at_least=0, default=0.0)
    name: str = ""
    variance_kernel: Kernel | None = None
    motion: RateMotion | None = None

    def _check(self) -> None:
        if not self.name:
            object.__setattr__(self, "name", f"{self.source} to {self.target}")


@described
class NetworkDrive(_Heard):
    """An input from outside: Poisson spikes of a rate, or a current, through a kernel.

    Parameters
    ----------
    target : str
        Name of the population that hears it.
    name : str
        Of the channel; "E.external" is then the parameter of population E's channel "external".
    kernel : Kernel
        Response of the free potential to one spike (V), or to 1 A s of current (V/(A s)).
    level : float
        What comes in: Hz, or A.
    operating_input : float
        Level at which the target's ``operating_v`` holds, Hz or A.
    unit : {"Hz", "A"}
        What the level is.
    variance_kernel : Kernel, optional
        As for a projection.
    motion : RateMotion, optional
        As for a projection.
    """

    target: str
    kernel: Kernel
    level: Quantity = quantity("1")
    name: str = "external"
    operating_input: Quantity = quantity("1", default=0.0)
    unit: Literal["Hz", "A"] = "Hz"
    variance_kernel: Kernel | None = None
    motion: RateMotion | None = None

    @property
    def label(self) -> str:
        """Target and channel, as parameters and messages call it."""
        return f"{self.target}.{self.name}"
