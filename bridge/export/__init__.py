"""Calibrated mass models as files: plain data, and what other simulators read. None of them is needed to write."""

from .aln_table import aln_table as aln_table
from .aln_table import write_aln_table as write_aln_table
from .equations import Equations as Equations
from .equations import equations_of as equations_of
from .export import Export as Export
from .export import NotExpressible as NotExpressible
from .formats import EXPORTS as EXPORTS
from .json_file import read_json as read_json
from .netcdf_file import calibration_dataset as calibration_dataset
from .netcdf_file import read_netcdf as read_netcdf
