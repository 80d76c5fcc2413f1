"""Effects of the ledger that go over time: one panel for each quantity, one line with its interval for each domain."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ..numbers import scale, usual_unit
from .style import FULL_WIDTH, GREY, changed, sheet

Courses = dict[str, dict[str, Mapping[str, Any]]]


def courses_of(rows: Sequence[Mapping[str, Any]]) -> Courses:
    """Return the courses of a ledger's rows by quantity and domain, each once."""
    found: Courses = {}
    for row in rows:
        for domain in row["domains"]:
            course = domain.get("course")
            if course:
                found.setdefault(str(course["quantity"]), {}).setdefault(str(domain["domain"]), course)
    return found


def draw_courses(courses: Courses) -> Figure:
    """Draw the change of every quantity over the time since the onset, with its interval."""
    figure = sheet(FULL_WIDTH, 66)
    panels = figure.subplots(1, len(courses), squeeze=False)[0]
    for axes, (quantity, domains) in zip(panels, courses.items(), strict=True):
        axes.axhline(0, color=GREY, linewidth=0.6)
        axes.axvline(0, color=GREY, linewidth=0.6, linestyle=":")
        for number, (domain, course) in enumerate(domains.items()):
            unit, look = str(course["unit"]), changed(number)
            time, factor = np.asarray(course["time"]), scale(unit)
            low, high, change = (np.asarray(course[name]) * factor for name in ("low", "high", "change"))
            axes.fill_between(time, low, high, color=look.colour, alpha=0.25, linewidth=0)
            axes.plot(time, change, color=look.colour, linewidth=1.0, label=domain)
            axes.set(xlabel="time since the onset (s)", ylabel=f"change of {quantity} ({usual_unit(unit)})")
        axes.legend(loc="best")
    return figure
