"""How far to the left the transform of a kernel has a meaning."""

import math

from .features import Kernel
from .gamma import GammaKernel
from .mixture import MixtureKernel


def branch_point(kernel: Kernel) -> float:
    """Return the real part left of which a kernel's transform has no meaning, 1/s; poles alone are no hindrance."""
    match kernel:
        case GammaKernel() if not kernel.shape.is_integer():
            return -1 / kernel.scale
        case MixtureKernel():
            return max(branch_point(part) for part in kernel.kernels)
    return -math.inf
