"""The study: what a user asks, as a TOML file or a dictionary, read and checked whole."""

from .mistakes import Mistakes as Mistakes
from .mistakes import StudyError as StudyError
from .population import build_population as build_population
from .population import write_population as write_population
from .study import Study as Study
from .study import builtin_study as builtin_study
from .study import read_study as read_study
