"""A spiking circuit and its mean field side by side: scores in units of chance and of what finite size allows."""

from .comparison import Comparison as Comparison
from .comparison import compare as compare
from .critical.branches import Jump as Jump
from .critical.branches import hysteresis as hysteresis
from .critical.branches import jump_scores as jump_scores
from .critical.branches import jumps as jumps
from .critical.branches import shift_score as shift_score
from .score import CurveScore as CurveScore
from .score import Score as Score
from .score import course_score as course_score
from .score import mean_score as mean_score
from .spectra import Spectrum as Spectrum
from .spectra import cross_score as cross_score
from .spectra import fitted_peak as fitted_peak
from .spectra import mode_scores as mode_scores
from .spectra import multitaper_spectrum as multitaper_spectrum
from .spectra import peak_scores as peak_scores
from .spectra import spectrum_score as spectrum_score
