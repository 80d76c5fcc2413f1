"""Run the tutorials: their Python blocks from top to bottom, what each prints written under it, their figures saved.

``python docs/tutorial_pages.py [PAGE ...]``; without a page, all those whose libraries are here. A block may be
followed by one ``text`` block, which takes what it prints, and by one image, which takes the figure that it leaves in
the name `figure`.
"""

import contextlib
import io
import os
import re
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

FOLDER = Path(__file__).resolve().parent / "tutorials"
PAGES = sorted(FOLDER.glob("*.md"))
NEEDS = {"l5_alpha2a_to_tvb": "tvb"}  # library beyond our own
STYLE = FOLDER.parent.parent / "validation" / "report" / "figures" / "paper.mplstyle"
_BLOCK = re.compile(
    r"^```python\n(?P<code>.*?)^```\n(?:\n```text\n(?P<shown>.*?)^```\n)?(?:\n!\[[^\]]*\]\((?P<picture>[^)]+)\))?",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Ran:
    """What a block has printed, and the figure that it has drawn with the place where the page shows it."""

    printed: str
    figure: Figure | None
    picture: Path | None


def run_page(page: Path) -> list[Ran]:
    """Run the blocks of a page in one namespace, in an empty folder, and return what each has left."""
    names: dict[str, Any] = {"__name__": page.stem}
    ran = []
    here = Path.cwd()
    text = page.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder, plt.style.context(["default", STYLE]):
        os.chdir(folder)
        try:
            for block in _BLOCK.finditer(text):
                ran.append(_run_block(page, text, block, names))
        finally:
            os.chdir(here)
    return ran


def _run_block(page: Path, text: str, block: re.Match[str], names: dict[str, Any]) -> Ran:
    names.pop("figure", None)
    first = text[: block.start("code")].count("\n")
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile("\n" * first + block["code"], str(page), "exec"), names)
    figure, shown = names.get("figure"), block["picture"]
    if isinstance(figure, Figure) != (shown is not None):
        raise ValueError(f"{page.name}, line {first}: a block that draws `figure` is followed by its image.")
    if bool(printed.getvalue()) != (block["shown"] is not None):
        raise ValueError(f"{page.name}, line {first}: a block that prints is followed by a text block, which shows it.")
    return Ran(printed.getvalue(), figure, (page.parent / shown).resolve() if shown else None)


def written(page: Path, ran: list[Ran]) -> str:
    """Return the text of a page with what its blocks have printed."""
    left = iter(ran)

    def renewed(block: re.Match[str]) -> str:
        printed, whole = next(left).printed, block[0]
        if block["shown"] is None:
            return whole
        start, end = (place - block.start() for place in block.span("shown"))
        return whole[:start] + printed + whole[end:]

    return _BLOCK.sub(renewed, page.read_text(encoding="utf-8"))


def main(wanted: list[str]) -> None:
    """Renew these pages, or all that can run here."""
    for page in PAGES:
        needed = NEEDS.get(page.stem)
        if wanted and page.stem not in wanted:
            continue
        if not wanted and needed and find_spec(needed) is None:
            print(f'{page.stem} needs {needed}: pip install "mesobridge[simulators]"', flush=True)
            continue
        ran = run_page(page)
        page.write_text(written(page, ran), encoding="utf-8")
        for one in ran:
            if one.figure is not None and one.picture is not None:
                one.picture.parent.mkdir(parents=True, exist_ok=True)
                one.figure.savefig(one.picture, dpi=150, metadata={"Software": None})
                plt.close(one.figure)
        print(page.stem, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
