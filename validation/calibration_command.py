"""The command `mesobridge calibrate`; what it does is imported when it is asked for."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command(epilog="Example:  mesobridge calibrate results --model jansen-rit")
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--model", metavar="NAME", required=True, help="Mass model; `mesobridge list calibrations` names them.")
@click.option("--published", metavar="SET", help="Published set for what cells do not determine; default the standard.")
@click.option(
    "--match",
    type=click.Choice(["curve", "operating"]),
    default="curve",
    show_default=True,
    help="What a logistic keeps: the whole curve, or rate and slope at the operating point.",
)
@click.option("--set", "given", metavar="NAME=VALUE", multiple=True, help="A parameter that you know better.")
@click.option("--export", "formats", metavar="FORMAT", multiple=True, help="Also write files; see `list exports`.")
@click.option("-o", "--output", metavar="OUT", type=FOLDER, help="Folder of exported files; default DIR/NAME.")
def calibrate(folder: Path, model: str, **asked: Any) -> None:
    """Write the populations of a result in the parameters of a mass model, with intervals and what is lost.

    The numbers go to calibration.json in DIR; `mesobridge report DIR` then has a section on them.
    """
    with _uncollected():
        from .calibration_folder import calibrate_folder
        from .calibration_text import calibration_lines

        found, files = calibrate_folder(folder, model, **asked)
    for line in calibration_lines(found):
        click.echo(line)
    for path in files:
        click.echo(f"wrote {path}", err=True)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Leave garbage alone: all that imports make stays, and looking through it takes a fifth of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
