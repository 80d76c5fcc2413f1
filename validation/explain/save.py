"""An explanation on disk: ``explain.json`` beside the result it was made from."""

import json
from pathlib import Path
from typing import Any

from ..result import whole_file
from .explanation import Explanation

NAME = "explain.json"


def save_explanation(explanation: Explanation, folder: Path) -> Path:
    """Write ``explain.json`` and its figures (PNG and SVG) into ``folder`` and return the path of the file."""
    from ..report.figures.inverse import explanation_figures
    from ..report.figures.style import paper, rendered

    folder.mkdir(parents=True, exist_ok=True)
    document: dict[str, Any] = explanation.document
    with whole_file(folder / NAME) as path:
        path.write_text(json.dumps(document, indent=1, sort_keys=True, allow_nan=False) + "\n", encoding="utf-8")
    (folder / "figures").mkdir(exist_ok=True)
    for name, draw in explanation_figures(document).items():
        with paper():
            vector, raster = rendered(draw())
        for suffix, content in (("svg", vector), ("png", raster)):
            with whole_file(folder / "figures" / f"{name}.{suffix}") as path:
                path.write_bytes(content)
    return folder / NAME
