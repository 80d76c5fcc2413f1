"""Run the example of every page of docs/ladder and save its figure beside the others.

``python docs/ladder_figures.py [PAGE ...]`` writes docs/images/ladder/PAGE.png; without a page, all of them.
"""

import re
import sys
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

DOCS = Path(__file__).resolve().parent
PAGES = sorted(path for path in (DOCS / "ladder").glob("*.md") if path.stem != "index")
STYLE = DOCS.parent / "validation" / "report" / "figures" / "paper.mplstyle"


def example_of(page: Path) -> str:
    """Return the one Python block of a page."""
    found = re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    if len(found) != 1:
        raise ValueError(f"{page.name}: {len(found)} Python blocks; a page has one, which draws `figure`.")
    return found[0]


def figure_of(page: Path) -> Figure:
    """Run the example of a page and return the figure it leaves behind."""
    names: dict[str, Any] = {"__name__": page.stem}
    with plt.style.context(["default", STYLE]):
        exec(compile(example_of(page), str(page), "exec"), names)
    figure = names.get("figure")
    if not isinstance(figure, Figure):
        raise TypeError(f"{page.name}: the example leaves no matplotlib figure in the name `figure`.")
    return figure


def main(wanted: list[str]) -> None:
    """Save the figures of these pages, or of all."""
    (DOCS / "images" / "ladder").mkdir(parents=True, exist_ok=True)
    for page in PAGES:
        if not wanted or page.stem in wanted:
            figure = figure_of(page)
            figure.savefig(DOCS / "images" / "ladder" / f"{page.stem}.png", dpi=150, metadata={"Software": None})
            plt.close(figure)
            print(page.stem, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
