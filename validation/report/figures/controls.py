"""Scores of the mass model beside its negative controls: models that are wrong on purpose and should do worse."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..numbers import is_number
from .dynamics import MASS
from .style import BLUE, GREEN, GREY, ORANGE, PURPLE, VERMILLION, mark_decades, sheet

_WORDS = {
    MASS: "mass model",
    "scrambled_kernel": "scrambled kernel",
    "logistic": "logistic sigmoid",
    "recorded_mean_v": "recorded mean V",
}
_LOOKS = {
    MASS: ("o", VERMILLION),
    "scrambled_kernel": ("s", PURPLE),
    "logistic": ("^", GREEN),
    "recorded_mean_v": ("D", ORANGE),
}


def model_words(model: str) -> str:
    """Return what a model is called in the report, with the word control if it is one."""
    words = _WORDS.get(model, model.replace("_", " "))
    return words if model == MASS else f"{words} (control)"


def _look(model: str) -> dict[str, Any]:
    marker, colour = _LOOKS.get(model, ("X", BLUE))
    face = colour if model == MASS else "white"
    return {
        "marker": marker,
        "color": face,
        "markeredgecolor": colour,
        "markersize": 5,
        "markeredgewidth": 1.1,
        "linestyle": "none",
    }


def _finish(axes: Axes, stimuli: Sequence[str]) -> None:
    for y in range(len(stimuli)):
        axes.axhline(y, color="#dddddd", linewidth=0.6, zorder=0)
    axes.axvline(1, color=GREY, linewidth=0.8, linestyle=(0, (3, 2)), zorder=0)
    axes.set(
        xscale="log", xlabel="normalised error (1: what the standard errors allow)", ylim=(len(stimuli) - 0.5, -0.5)
    )
    low, high = axes.get_xlim()
    axes.set_xlim(min(low, 0.7), max(high, 3))
    mark_decades(axes.xaxis)
    axes.set_yticks(range(len(stimuli)), stimuli)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def draw_controls(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw the normalised error of the mass model (filled) and of the negative controls (open) for every stimulus."""
    stimuli = list(dict.fromkeys(str(row.get("stimulus")) for row in rows))
    models = list(dict.fromkeys(str(row.get("model")) for row in rows))
    figure = sheet(130, 20 + 6.5 * len(stimuli))
    axes = figure.subplots()
    for row in rows:
        if is_number(row.get("normalized_error")):
            y = stimuli.index(str(row.get("stimulus")))
            axes.plot(
                row["normalized_error"], y, zorder=4 if row.get("model") == MASS else 3, **_look(str(row.get("model")))
            )
    _finish(axes, stimuli)
    handles = [Line2D([], [], label=model_words(model), **_look(model)) for model in models]
    figure.legend(handles=handles, loc="outside upper left", ncols=2)
    return figure
