"""The report of a study: one self-contained page, its figures, and words made from the numbers.

Names are fetched when they are first used: what only writes numbers needs no figures.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .folder import render_report as render_report
    from .folder import write_report as write_report

_OF_THE_FOLDER = ("render_report", "write_report")


def __getattr__(name: str) -> Any:
    """Fetch a function of the folder."""
    if name in _OF_THE_FOLDER:
        return getattr(import_module(".folder", __name__), name)
    raise AttributeError(f"{__name__} has no {name!r}; it has: {', '.join(_OF_THE_FOLDER)}.")
