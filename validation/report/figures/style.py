"""One style for all figures: page sizes, a palette that colour-blind readers can use, and how a figure is saved."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

MILLIMETRE = 1 / 25.4
FULL_WIDTH = 180.0  # mm
COLUMN_WIDTH = 88.0  # mm

# Okabe and Ito's palette; yellow is left out because thin lines in it vanish on white paper.
BLACK, BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY = (
    "#111111",
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#AA4488",
    "#E69F00",
    "#56B4E9",
)
GREY = "#8a8a8a"
PALE = "#e9e9e9"


@dataclass(frozen=True)
class Trace:
    """How one condition is drawn: its colour and the marker that says the same in print."""

    colour: str
    marker: str

    @property
    def tint(self) -> tuple[float, float, float]:
        """A lighter shade for wide lines, so that a dashed line of the full colour is seen on top of it."""
        red, green, blue = to_rgb(self.colour)
        return (1 + red) / 2, (1 + green) / 2, (1 + blue) / 2


BASE = Trace(BLACK, "o")
_CHANGED = (Trace(BLUE, "v"), Trace(VERMILLION, "^"), Trace(GREEN, "s"), Trace(PURPLE, "D"), Trace(ORANGE, "P"))


DASHED: dict[str, Any] = {"linestyle": (0, (3.0, 1.5)), "linewidth": 1.0}


def sheet(width: float, height: float) -> Figure:
    """Return an empty figure, its size in millimetres, whose panels keep clear of each other's labels."""
    return Figure(figsize=(width * MILLIMETRE, height * MILLIMETRE), layout="constrained")


def changed(index: int) -> Trace:
    """Return the look of the ``index``-th amount of a mechanism, from the lowest up."""
    return _CHANGED[index % len(_CHANGED)]


def _families() -> list[str]:
    installed = set(font_manager.get_font_names())
    first = [name for name in matplotlib.rcParams["font.sans-serif"] if name in installed][:1]
    return [*first, "DejaVu Sans"]  # comes with matplotlib and lends the characters that the first one lacks


@contextmanager
def paper() -> Iterator[None]:
    """Draw and save inside this style, whatever the reader's own matplotlib settings are."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(
            matplotlib.rc_params_from_file(Path(__file__).with_name("paper.mplstyle"), False, False)
        )
        matplotlib.rcParams["font.family"] = _families()
        yield


def mark_decades(axis: Axis) -> None:
    """Label a logarithmic axis at 1, 2 and 5 of every decade in range, in plain numbers."""
    low, high = sorted(axis.get_view_interval())
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [digit * 10.0**power for power in decades for digit in (1, 2, 5)]
    axis.set_ticks([tick for tick in ticks if low <= tick <= high])
    axis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.set_minor_formatter(NullFormatter())


def note_missing(axes: Axes, lines: list[str], *, top: bool = False) -> None:
    """Say inside the axes which curves are missing."""
    if lines:
        axes.text(
            0.98,
            0.97 if top else 0.05,
            "\n".join(lines),
            transform=axes.transAxes,
            fontsize=7,
            style="italic",
            color="#555555",
            ha="right",
            va="top" if top else "bottom",
        )


def _settle(figure: Figure) -> None:
    """Lay the figure out once and for all.

    The layout solver returns positions that differ in their last bits from run to run; rounded, they are the same, and
    so are the bytes of the file.
    """
    if figure.get_layout_engine() is None:
        return
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        left, bottom, width, height = axes.get_position().bounds
        axes.set_position((round(left, 5), round(bottom, 5), round(width, 5), round(height, 5)))


def rendered(figure: Figure) -> tuple[bytes, bytes]:
    """Return a figure as SVG and as PNG: same figure, same bytes."""
    _settle(figure)
    vector, raster = BytesIO(), BytesIO()
    figure.savefig(vector, format="svg", metadata={"Date": None, "Creator": None})
    figure.savefig(raster, format="png", metadata={"Software": None})
    return vector.getvalue(), raster.getvalue()
