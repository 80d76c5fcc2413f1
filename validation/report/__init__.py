"""The report of a study: one self-contained page, its figures, and words made from the numbers."""

from .folder import render_report as render_report
from .folder import write_report as write_report
