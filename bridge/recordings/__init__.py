"""Recordings of users: five kinds of data, read from the files of the field and checked."""

from .checks import RecordingError as RecordingError
from .power import spectrum_of as spectrum_of
from .read import READERS as READERS
from .read import connectivity_of as connectivity_of
from .read import read_recording as read_recording
from .recorded import EvokedResponse as EvokedResponse
from .recorded import FunctionalConnectivity as FunctionalConnectivity
from .recorded import RateCourse as RateCourse
from .recorded import Recorded as Recorded
from .recorded import SpectralWindow as SpectralWindow
from .recorded import Spectrum as Spectrum
from .recorded import TransferCurve as TransferCurve
