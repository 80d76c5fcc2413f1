"""The quadratic cell as text and numbers: one step is exact for a current that stays constant over it.

With W = dt curvature (V - centre)/C and y = dt^2 curvature I/C^2 the Riccati equation dW/dt = W^2 + y over one step is
solved by (W + y T)/(1 - W T), T = tan(sqrt y)/sqrt y, a tanh below 0. The solution passes through infinity where W T
reaches 1: that is the spike, and no peak or reset is needed.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..quadratic_cell import QuadraticCell
from .errors import EngineError
from .fragments import Fragment, Variable, shared, state
from .layout import spread_evenly

LARGEST = 1.0  # of y, where the rational T is right to 1e-7


def quadratic_membrane() -> Fragment:
    """Make the membrane of a quadratic cell."""
    variables = shared("volt", "centre", "v_unit", "shown") + shared("1/amp", "quadratic_scale")
    variables += (Variable("excitability", "amp", "cell"), *state("volt", "v", "v_shown"))
    lines = (
        "pushed = (common_current + excitability) * quadratic_scale",
        "course = (945 - 105 * pushed + pushed * pushed) / (945 - 420 * pushed + 15 * pushed * pushed)",
        "placed = (v - centre) / v_unit",
        "spike = int(placed * course >= 1)",
        "left_over = 1 - placed * course",
        "v = centre + v_unit * (placed + pushed * course) / (left_over + 1e-12 * int(abs(left_over) < 1e-12))",
        "v_shown = clip(v / volt, (centre - shown) / volt, (centre + shown) / volt) * volt",
    )
    return Fragment(variables, lines)


def excitabilities(cell: QuadraticCell, cells: int) -> NDArray[np.float64]:
    """Return the Lorentzian quantiles of the excitability, A."""
    number = np.arange(1, cells + 1)
    return cell.excitability + cell.spread * np.tan(np.pi * (2 * number - cells - 1) / (2 * (cells + 1)))


def quadratic_values(cell: QuadraticCell, dt: float, cells: NDArray[np.int32]) -> dict[str, Any]:
    """Return the numbers of quadratic cells, which start spread as uncoupled ones are in time.

    Raises
    ------
    EngineError
        If the most excitable cell moves too far in a step.
    """
    pushed = excitabilities(cell, cells.size)
    scale = dt**2 * cell.curvature / cell.capacitance**2
    if np.max(pushed) * scale > LARGEST:
        raise EngineError(
            f"QuadraticCell: at a time step of {dt:g} s the most excitable cell spikes in about one step; "
            f"take a dt below {dt / np.sqrt(np.max(pushed) * scale):.3g} s."
        )
    speed = np.sqrt(np.abs(pushed) / cell.curvature)
    running = speed * np.tan(np.pi * (spread_evenly(cells) - 0.5) * (1 - 1e-3))
    v = cell.centre + np.where(pushed > 0, running, -speed)
    return {
        "excitability": pushed,
        "centre": cell.centre,
        "v_unit": cell.capacitance / (cell.curvature * dt),
        "shown": cell.shown,
        "quadratic_scale": scale,
        "v": v,
    }
