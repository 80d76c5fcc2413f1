"""Which kernels are a chain of first-order stages, and of which."""

from .alpha import AlphaKernel
from .biexponential import BiexponentialKernel
from .cascade import CascadeKernel
from .exponential import ExponentialKernel
from .features import Kernel
from .gamma import GammaKernel


def stages_of(kernel: Kernel) -> tuple[float, ...] | None:
    """Return the time constants (s) of the first-order stages that a kernel is a chain of, or None if it is none.

    Parameters
    ----------
    kernel : Kernel
        Exponential, alpha, biexponential and cascade kernels, and gamma kernels of whole shape, are chains.
    """
    match kernel:
        case ExponentialKernel():
            return (kernel.tau,)
        case AlphaKernel():
            return (1 / kernel.rate,) * 2
        case BiexponentialKernel():
            return (kernel.rise, kernel.decay)
        case CascadeKernel():
            return kernel.time_constants
        case GammaKernel() if kernel.shape.is_integer():
            return (kernel.scale,) * int(kernel.shape)
    return None
