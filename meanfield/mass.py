"""The neural mass: linear kernels in front of a static sigmoid."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.signal import oaconvolve

from .kernels import Kernel
from .sigmoids import Sigmoid

Array = NDArray[np.floating]


class MassResponse(NamedTuple):
    """What a neural mass did: mean free potential ``v`` (V) and ``rate`` (Hz), (..., time), at the end of each step."""

    v: Array
    rate: Array


@dataclass(frozen=True)
class NeuralMass:
    """V(t) = operating_v + sum_c h_c * (phi_c - phi_c0), rate(t) = Q(V(t)).

    Source: jansen1995; robinson1997.
    Assumptions: kernels and sigmoid hold about the operating point; the sigmoid is quasi-static, the width of
    potentials and thresholds frozen in it.

    Parameters
    ----------
    sigmoid : Sigmoid
        Rate (Hz) of the mean free potential (V).
    kernels : mapping of str to Kernel
        Kernel of each input channel, V per presynaptic spike.
    operating_v : float
        Mean free potential at the operating inputs, V.
    operating_inputs : mapping of str to float
        Input rate of each channel (total presynaptic spikes a second onto a cell) at which ``operating_v`` holds, Hz.
    """

    sigmoid: Sigmoid
    kernels: Mapping[str, Kernel]
    operating_v: float
    operating_inputs: Mapping[str, float]

    def __post_init__(self) -> None:
        if set(self.kernels) != set(self.operating_inputs):
            raise ValueError(
                f"NeuralMass: kernels for {sorted(self.kernels)} but operating inputs for "
                f"{sorted(self.operating_inputs)}; give both for every channel."
            )

    @property
    def operating_rate(self) -> float:
        """Rate at the operating point, Hz."""
        return float(self.sigmoid(self.operating_v))

    def gain(self, channel: str) -> float:
        """Return d(rate)/d(input) at the operating point, Q' times the kernel's area, 1."""
        return float(self.sigmoid.gain(self.operating_v)) * self._kernel(channel).area

    def steady_v(self, inputs: Mapping[str, ArrayLike]) -> Array:
        """Return the mean free potential under constant inputs (Hz), V; channels left out stay as they are."""
        shifts = [
            self._kernel(name).area * (np.asarray(rate) - self.operating_inputs[name]) for name, rate in inputs.items()
        ]
        return self.operating_v + np.sum(np.broadcast_arrays(np.zeros(()), *shifts), axis=0)

    def simulate(self, inputs: Mapping[str, ArrayLike], dt: float) -> MassResponse:
        """Return the response to inputs held constant over each step, exact for every kernel.

        Parameters
        ----------
        inputs : mapping of str to (..., time) array
            Input rates, Hz; channels left out stay at their operating rate. Before the first step all are there.
        dt : float
            Time step, s.

        Returns
        -------
        MassResponse
            Mean free potential (V) and rate (Hz) at the end of each step, of the broadcast shape of the inputs.

        Raises
        ------
        ValueError
            If a channel is unknown, no input is given, or the inputs differ in length.
        """
        if not inputs or not dt > 0:
            raise ValueError(
                f"NeuralMass.simulate: {len(inputs)} inputs, dt {dt} s; give at least one input and a positive step."
            )
        arrays = {name: np.asarray(rate, dtype=float) for name, rate in inputs.items()}
        lengths = {array.shape[-1:] for array in arrays.values()}
        if len(lengths) != 1 or lengths == {()}:
            raise ValueError(
                f"NeuralMass.simulate: inputs have time axes {sorted(lengths)}; give series of one length."
            )
        responses = [self._filtered(name, rate, dt) for name, rate in arrays.items()]
        v = self.operating_v + np.sum(np.broadcast_arrays(*responses), axis=0)
        return MassResponse(v, self.sigmoid(v))

    def _kernel(self, channel: str) -> Kernel:
        if channel not in self.kernels:
            known = ", ".join(sorted(self.kernels))
            raise ValueError(f"NeuralMass: no channel {channel!r}; it has: {known}.")
        return self.kernels[channel]

    def _filtered(self, channel: str, rate: Array, dt: float) -> Array:
        """Return the deflection one channel causes, V: steps of the input times steps of the kernel's integral."""
        steps = rate.shape[-1]
        weights = np.diff(self._kernel(channel).step_response(dt * np.arange(steps + 1)))
        deviation = rate - self.operating_inputs[channel]
        shaped = weights.reshape((1,) * (rate.ndim - 1) + (steps,))
        return oaconvolve(deviation, shaped, axes=-1)[..., :steps]
