"""What is known of one population in one condition: sigmoid and kernel with their errors, and where they hold."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...meanfield import Kernel, Sigmoid
from ..estimate import Estimate

Array = NDArray[np.floating]


@dataclass(frozen=True, kw_only=True)
class EstimatedPopulation:
    """One condition of a population, as a mass model is made from it.

    Assumptions: the errors of sigmoid and kernel are independent of each other, since they come from separate
    simulations.

    Parameters
    ----------
    condition, mechanism, mode : str
        Name of the condition (``"base"`` for the untouched population), its cellular lever and the lever's reading.
    amount : float
        Amount of the lever, SI.
    sigmoid : Sigmoid
        Rate (Hz) of the mean free potential (V).
    sigmoid_names : (p,) tuple of str
        Coordinates of the sigmoid that carry errors: fields of its family, the coordinates of its fit (``log_q_max``,
        ``location``, ``log_scale``, ``shape``), or ``rate_0``, ``rate_1``, ... of a table; see `curve_gradient`.
    sigmoid_covariance : (p, p) array
        Their covariance, SI.
    kernel : Kernel
        Response (V) of the free potential to one presynaptic spike.
    kernel_names : (q,) tuple of str
        Parameters of the kernel that carry errors: fields, those of its family in a fit, or ``area`` and ``mean_lag``
        of a table.
    kernel_covariance : (q, q) array
        Their covariance, SI.
    kernel_values : (q,) tuple of float, optional
        Values of ``kernel_names`` where they are no fields of ``kernel``.
    sigmoid_degrees, kernel_degrees : float
        Degrees of freedom of the two covariances.
    channel : str
        Name of the channel the kernel belongs to.
    operating_v : float
        Mean free potential at the operating point, V.
    operating_rate : float
        Measured rate there, Hz.
    operating_input : float
        Presynaptic spikes a second onto one cell that hold it there, Hz.
    operating_v_error : float
        Standard error of ``operating_v``, V.
    sigma_v : float
        Temporal standard deviation of the free potential there, V.
    conductance, conductance_error : float
        Input conductance there, the slope of a steady current against the potential, with its standard error (S); NaN
        if no current was injected.
    v_range : pair of float
        Least and greatest mean free potential of the data, V: the operating range.
    features : mapping of str to Estimate
        Features of sigmoid and kernel measured without a family.
    changes : mapping of str to Estimate
        Features minus those of the untouched population, paired over groups of cells; empty for that population.
    left_out : tuple of mapping of str to float
        Features without each group of cells in turn; conditions that share their noise share their groups.
    rate_ratio : (2, n) array, optional
        Frequencies (Hz) and |H_rate / H_potential| there, both relative to 0 Hz: what a static sigmoid loses.
    level : float
        Confidence level of intervals.
    """

    condition: str
    mechanism: str = ""
    mode: str = ""
    amount: float = 0.0
    sigmoid: Sigmoid
    sigmoid_names: tuple[str, ...] = ()
    sigmoid_covariance: Any = field(default_factory=lambda: np.zeros((0, 0)))
    kernel: Kernel
    kernel_names: tuple[str, ...] = ()
    kernel_covariance: Any = field(default_factory=lambda: np.zeros((0, 0)))
    kernel_values: tuple[float, ...] | None = None
    sigmoid_degrees: float = math.inf
    kernel_degrees: float = math.inf
    channel: str = "input"
    operating_v: float
    operating_rate: float
    operating_input: float
    operating_v_error: float = 0.0
    sigma_v: float = math.nan
    conductance: float = math.nan
    conductance_error: float = 0.0
    v_range: tuple[float, float]
    features: Mapping[str, Estimate] = field(default_factory=dict)
    changes: Mapping[str, Estimate] = field(default_factory=dict)
    left_out: tuple[Mapping[str, float], ...] = ()
    rate_ratio: Any = None
    level: float = 0.95

    def __post_init__(self) -> None:
        for part in ("sigmoid", "kernel"):
            names, covariance = getattr(self, f"{part}_names"), np.array(getattr(self, f"{part}_covariance"), float)
            if covariance.shape != (len(names), len(names)):
                raise ValueError(
                    f"EstimatedPopulation.{part}_covariance: shape {covariance.shape} for {len(names)} parameters; "
                    "give one row and one column per name."
                )
            covariance.setflags(write=False)
            object.__setattr__(self, f"{part}_covariance", covariance)
        if self.kernel_values is None:
            values = tuple(float(getattr(self.kernel, name)) for name in self.kernel_names)
            object.__setattr__(self, "kernel_values", values)

    @property
    def is_base(self) -> bool:
        """Whether this is the untouched population."""
        return self.mechanism in ("", "none")

    @property
    def names(self) -> tuple[str, ...]:
        """All parameters that carry errors, ``sigmoid.`` and ``kernel.`` in front."""
        return (*(f"sigmoid.{name}" for name in self.sigmoid_names), *(f"kernel.{name}" for name in self.kernel_names))

    @property
    def covariance(self) -> Array:
        """Covariance of ``names``, zero between sigmoid and kernel."""
        p, q = len(self.sigmoid_names), len(self.kernel_names)
        joint = np.zeros((p + q, p + q))
        joint[:p, :p], joint[p:, p:] = self.sigmoid_covariance, self.kernel_covariance
        return joint
