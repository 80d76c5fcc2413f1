"""The figures of a report, each drawn from the dataset and the document alone, or a sentence on why it cannot be."""

from .album import Picture as Picture
from .album import draw_all as draw_all
