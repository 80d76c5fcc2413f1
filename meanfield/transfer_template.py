"""The transfer-function template: rate of a cell from the moments of its free potential, by a fitted threshold."""

import tomllib
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erfc

from ..units import takes, to_si
from .conductance_input import ConductanceCell, ConductanceSynapse, MembraneMoments

Array = NDArray[np.floating]
Outside = Literal["refuse", "warn", "allow"]
OUTSIDE = ("refuse", "warn", "allow")

# Centre and unit of the mean, the standard deviation (V) and the time constant over that of the leak (zerlaut2018).
_CENTRE = (-60e-3, 4e-3, 0.5)
_UNIT = (10e-3, 6e-3, 1.0)
COEFFICIENTS = ("0", "V", "S", "T", "VV", "SS", "TT", "VS", "VT", "ST")


def threshold_terms(moments: MembraneMoments, leak_time_constant: float) -> Array:
    """Return the ten terms of the second-order polynomial, (..., 10), in the order of `COEFFICIENTS`."""
    raw = (moments.mu_v, moments.sigma_v, moments.tau_v / leak_time_constant)
    v, s, t = ((x - centre) / unit for x, centre, unit in zip(raw, _CENTRE, _UNIT, strict=True))
    return np.stack([np.ones_like(v), v, s, t, v * v, s * s, t * t, v * s, v * t, s * t], axis=-1)


def template_rate(moments: MembraneMoments, effective_threshold: ArrayLike) -> Array:
    """Return erfc((V_eff - mu_V)/(sqrt2 sigma_V))/(2 tau_V), Hz; a step where nothing fluctuates."""
    distance = np.asarray(effective_threshold, dtype=float) - moments.mu_v
    still = np.where(distance > 0, np.inf, -np.inf)
    scaled = np.divide(distance, np.sqrt(2) * moments.sigma_v, out=still, where=moments.sigma_v > 0)
    return erfc(scaled) / (2 * moments.tau_v)


@dataclass(frozen=True, kw_only=True)
class TransferTemplate:
    """Stationary rate of one cell as a function of its presynaptic rates, valid for that cell inside the fitted box.

    Source: zerlaut2018; divolo2019.
    Assumptions: firing driven by fluctuations, rate below about 0.5/tau_V; the coefficients are sloppy (very different
    sets give the same surface), so compare rates and never coefficients.

    Parameters
    ----------
    cell : ConductanceCell
        The cell it was fitted for, with what decides when it fires (``spiking``): without that it could not be told
        from other cells of the same membrane.
    coefficients : (10,) tuple of float
        Of the effective threshold, V, in the order of `COEFFICIENTS`.
    lowest, highest : (n,) tuple of float
        The box of the fit: rates of one afferent of each synapse type, Hz.
    source : str
        Where the coefficients come from.

    Raises
    ------
    ValueError
        If the cell does not say when it fires, numbers are missing or not finite, or the box is empty.
    """

    cell: ConductanceCell
    coefficients: tuple[float, ...]
    lowest: tuple[float, ...]
    highest: tuple[float, ...]
    source: str = "fitted"

    def __post_init__(self) -> None:
        if not isinstance(self.cell, ConductanceCell) or not self.cell.spiking:
            raise ValueError(
                "TransferTemplate.cell: it must be a ConductanceCell whose spiking says when it fires, or the template "
                "would pass for any cell of this membrane; give threshold, reset and what else decides."
            )
        for name in ("coefficients", "lowest", "highest"):
            object.__setattr__(self, name, tuple(float(x) for x in getattr(self, name)))
        sizes, wanted = (len(self.coefficients), len(self.lowest), len(self.highest)), len(self.cell.synapses)
        if sizes != (len(COEFFICIENTS), wanted, wanted):
            raise ValueError(
                f"TransferTemplate: {sizes[0]} coefficients and a box of {sizes[1]} and {sizes[2]} rates; give "
                f"{len(COEFFICIENTS)} coefficients and one lowest and highest rate for each of {wanted} synapses."
            )
        if not np.all(np.isfinite(self.coefficients)):
            raise ValueError(f"TransferTemplate.coefficients: {self.coefficients} are not finite; give numbers, in V.")
        if not all(0 <= low <= high for low, high in zip(self.lowest, self.highest, strict=True)):
            raise ValueError(
                f"TransferTemplate: the box from {self.lowest} to {self.highest} Hz is empty or below 0 Hz; give rates "
                "that rise."
            )

    @classmethod
    def published(cls, name: str) -> "TransferTemplate":
        """Return a published set by its name in transfer_template.toml."""
        data = _published()
        names = [key for key in data if key != "cells"]
        if name not in names:
            raise ValueError(f"TransferTemplate: no published set {name!r}; there are: {', '.join(names)}.")
        entry, cell = data[name], data["cells"][data[name]["cell"]]
        synapses = [ConductanceSynapse(**synapse) for synapse in cell["synapses"]]
        count = len(synapses)
        return cls(
            cell=ConductanceCell(**{**cell, "synapses": synapses}),
            coefficients=tuple(entry["coefficients"]),
            lowest=(0.0,) * count,
            highest=(to_si(entry["highest_rate"], "Hz"),) * count,
            source=f"{entry['source']}; {entry['place']}",
        )

    def effective_threshold(self, moments: MembraneMoments, *, cell: ConductanceCell) -> Array:
        """Return the effective threshold V_eff at moments of the potential of ``cell``, V; refuses another cell."""
        self._check_cell(cell)
        return threshold_terms(moments, self.cell.leak_time_constant) @ np.array(self.coefficients)

    def rate_at(self, moments: MembraneMoments, *, cell: ConductanceCell) -> Array:
        """Return the rate at moments of the free potential of ``cell``, Hz, in the box or not; refuses another cell."""
        return template_rate(moments, self.effective_threshold(moments, cell=cell))

    @takes(rates="Hz", current="A")
    def __call__(
        self,
        rates: ArrayLike,
        *,
        current: ArrayLike = 0.0,
        cell: ConductanceCell | None = None,
        outside: Outside = "refuse",
    ) -> Array:
        """Return the rate of the cell, Hz.

        Parameters
        ----------
        rates : (..., n) array
            Rate of one afferent of each synapse type, Hz.
        current : (...) array
            Injected current, A; an adaptation current enters with a minus sign.
        cell : ConductanceCell, optional
            The cell the caller has in mind: refused when it is not the cell of the fit.
        outside : {"refuse", "warn", "allow"}
            What to do outside the box of the fit.

        Raises
        ------
        ValueError
            For another cell, or outside the box.
        """
        self._check_cell(cell)
        single = np.asarray(rates, dtype=float)
        self._check_box(single, outside)
        return self.rate_at(self.cell.moments(single, current), cell=self.cell)

    def population(
        self,
        afferents: ArrayLike,
        *,
        current: ArrayLike = 0.0,
        cell: ConductanceCell | None = None,
        outside: Outside = "refuse",
    ) -> Callable[[ArrayLike], Array]:
        """Return the rate as a function of the rates (..., p) of whole populations, Hz.

        Parameters
        ----------
        afferents : (n, p) array
            How many cells of each of p populations a cell of this kind hears through each synapse type; sums may
            differ from the number the template was fitted with, since only the rate in each type matters.
        current : array
            Injected current, A.
        cell : ConductanceCell, optional
            The cell of the population, where the caller knows it: refused when it is not the cell of the fit.
        outside : {"refuse", "warn", "allow"}
            What to do where the mean rate of an afferent lies outside the box of the fit.
        """
        self._check_cell(cell)
        weights = np.asarray(afferents, dtype=float)
        weights = weights / np.array([[synapse.number] for synapse in self.cell.synapses])

        def rate(rates: ArrayLike) -> Array:
            return self(np.asarray(rates, dtype=float) @ weights.T, current=current, outside=outside)

        return rate

    def _check_cell(self, cell: ConductanceCell | None) -> None:
        if cell is not None and (differences := self.cell.differences(cell)):
            raise ValueError(
                f"TransferTemplate: fitted for another cell; yours has {'; '.join(differences)}; fit a template for it."
            )

    def _check_box(self, rates: Array, outside: Outside) -> None:
        """Refuse or warn where rates leave the box by more than rounding."""
        if outside not in OUTSIDE:
            raise ValueError(f"TransferTemplate: outside = {outside!r} is unknown; give one of {', '.join(OUTSIDE)}.")
        if outside == "allow":
            return
        low, high = np.array(self.lowest), np.array(self.highest)
        beyond = (rates < low * (1 - 1e-12)) | (rates > high * (1 + 1e-12))
        if not np.any(beyond):
            return
        index = np.argwhere(beyond)[0]
        message = (
            f"TransferTemplate: {rates[tuple(index)]:g} Hz into synapse {index[-1]} is outside the fitted box, "
            f"{low[index[-1]]:g} to {high[index[-1]]:g} Hz; fit over a larger box or pass outside='allow'."
        )
        if outside == "refuse":
            raise ValueError(message)
        warnings.warn(message, stacklevel=3)


@cache
def _published() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
