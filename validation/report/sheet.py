"""From a template and what it shows to the text of a page: one head and one style for all pages, figures inside."""

import base64
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from matplotlib.figure import Figure

from ..result import whole_file
from .figures import Picture
from .figures.style import MILLIMETRE, paper, rendered

_TEMPLATES = jinja2.PackageLoader(__package__ or "", "templates")


def _picture_source(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def page_text(template: str, **content: Any) -> str:
    """Return the text of a page; the same content gives the same bytes.

    Parameters
    ----------
    template : str
        Its file among the templates; it extends ``sheet.html``, which asks for ``title``, ``summary`` and ``version``.
    **content
        What the template names; a name that is not given is an error.
    """
    environment = jinja2.Environment(
        loader=_TEMPLATES, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters["source"] = _picture_source
    style = Markup(_TEMPLATES.get_source(environment, "page.css")[0])
    return environment.get_template(template).render(style=style, **content)


def draw_pictures(plans: Mapping[str, tuple[Callable[[], Figure], str]], folder: Path) -> dict[str, Picture]:
    """Draw figures, keep each as SVG and PNG in ``folder``, and return them by name; a plan is figure and caption."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {}
    for name, (draw, caption) in plans.items():
        with paper():
            figure = draw()
            vector, raster = rendered(figure)
            width = float(figure.get_size_inches()[0]) / MILLIMETRE
        for suffix, content in (("svg", vector), ("png", raster)):
            with whole_file(folder / f"{name}.{suffix}") as path:
                path.write_bytes(content)
        pictures[name] = Picture(name, caption, caption, vector.decode(), width)
    return pictures
