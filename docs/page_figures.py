"""Run the example of every page of docs/ladder, docs/mechanisms and docs/cases, and of some others; save its figure.

``python docs/page_figures.py [PAGE ...]`` writes docs/images/FOLDER/PAGE.png; without a page, all of them.
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
FOLDERS = ("ladder", "mechanisms", "cases")
_NAMES = ("calibration", "inverse", "circuits", "spikes", "fitting", "validity-map", "critical-points")
SINGLE = [DOCS / f"{name}.md" for name in _NAMES]
COMPILED = [DOCS / "circuits.md", DOCS / "spikes.md"]  # pages among these whose example runs compiled programs
PAGES = sorted(path for folder in FOLDERS for path in (DOCS / folder).glob("*.md") if path.stem != "index") + SINGLE
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


def picture_of(page: Path) -> Path:
    """Return where the figure of a page is kept."""
    folder = DOCS / "images" if page in SINGLE else DOCS / "images" / page.parent.name
    return folder / f"{page.stem}.png"


def main(wanted: list[str]) -> None:
    """Save the figures of these pages, or of all."""
    for page in PAGES:
        if not wanted or page.stem in wanted:
            figure = figure_of(page)
            picture_of(page).parent.mkdir(parents=True, exist_ok=True)
            figure.savefig(picture_of(page), dpi=150, metadata={"Software": None})
            plt.close(figure)
            print(page.stem, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
