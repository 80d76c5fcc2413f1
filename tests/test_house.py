"""The house itself: what is packed, what may be imported where, how long files get, what is cited."""

import ast
import inspect
import pickle
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import mesobridge
import mesobridge.meanfield

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
ROOMS = ("units", "spiking", "meanfield", "bridge", "validation")
ROOT_MODULES = {"__init__.py", "__main__.py", "cli.py"}
NOT_PACKED = {"tests", "docs", "examples", "benchmarks", "studies", "build", "dist", "results"}


def package_folders() -> set[Path]:
    """Folders below the root that are packages: they hold an __init__.py."""
    inits = (p for p in ROOT.glob("*/**/__init__.py") if not p.relative_to(ROOT).parts[0].startswith("."))
    return {p.parent for p in inits if p.relative_to(ROOT).parts[0] not in NOT_PACKED}


def sources() -> Iterator[Path]:
    yield from (ROOT / name for name in ROOT_MODULES)
    for room in ROOMS:
        yield from sorted((ROOT / room).rglob("*.py"))


def test_every_package_on_disk_is_listed():
    listed = set(PROJECT["tool"]["setuptools"]["packages"])
    on_disk = {"mesobridge"} | {"mesobridge." + ".".join(p.relative_to(ROOT).parts) for p in package_folders()}
    assert len(on_disk) > len(ROOMS)
    assert listed == on_disk


def test_only_three_modules_stand_at_the_root():
    assert {path.name for path in ROOT.glob("*.py")} == ROOT_MODULES


def test_rooms_exist_under_one_name_only(tmp_path):
    assert not set(ROOMS) & set(sys.modules)
    question = f"import importlib.util as u; print([n for n in {ROOMS} if u.find_spec(n)])"
    answer = subprocess.run([sys.executable, "-c", question], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_only_spiking_knows_brian2():
    importers = set()
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and node.level == 0 else []
            if any(name.split(".")[0] == "brian2" for name in names):
                importers.add(path.relative_to(ROOT).parts[0])
    assert importers == {"spiking"}


def test_importing_the_package_is_light():
    question = (
        "import sys, mesobridge, mesobridge.cli; print({'brian2', 'numpy', 'scipy', 'xarray'} & set(sys.modules))"
    )
    answer = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "set()"


@pytest.mark.parametrize("name", dir(mesobridge))
def test_every_public_name_can_be_fetched(name):
    assert getattr(mesobridge, name) is not None


@pytest.mark.parametrize("name", dir(mesobridge.meanfield))
def test_every_name_of_the_mean_field_is_what_its_file_says(name):
    found = getattr(mesobridge.meanfield, name)
    assert not inspect.ismodule(found), "the file of this name hides it"
    assert pickle.loads(pickle.dumps(found)) == found


def test_a_name_of_the_mean_field_is_the_function_even_if_its_file_was_imported_before():
    question = (
        "import sys; from mesobridge.meanfield.gain_pivot import Pivot; "
        "from mesobridge.meanfield import gain_pivot; print(callable(gain_pivot), 'numba' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["True", "False"]


def test_an_unknown_name_says_what_there_is():
    with pytest.raises(AttributeError, match=r"no 'sigmoid_of'.*read_study"):
        _ = mesobridge.sigmoid_of


def test_the_installed_libraries_meet_the_stated_bounds():
    stated = [Requirement(text) for text in PROJECT["project"]["dependencies"]]
    assert {"brian2", "numpy"} <= {requirement.name for requirement in stated}
    for requirement in stated:
        assert version(requirement.name) in requirement.specifier, requirement


def test_brian2_imports_with_the_pinned_numpy():
    import brian2
    import numpy

    assert brian2.Quantity(1.0) == 1.0
    assert hasattr(numpy.ndarray, "ptp"), "Brian2 2.9 calls ndarray.ptp, which NumPy 2.4 removed"


def test_every_citation_has_an_entry_and_every_entry_is_cited():
    entries = set(re.findall(r"^@\w+\{([^,]+),", (ROOT / "docs/references.bib").read_text(), re.MULTILINE))
    texts = [
        path.read_text(encoding="utf-8")
        for room in ROOMS
        for path in (ROOT / room).rglob("*.*")
        if path.suffix in {".py", ".toml"}
    ]
    cited = {key for text in texts for key in re.findall(r"\b[a-z]{3,}(?:18|19|20)\d\d[a-z]?\b", text)}
    assert entries, "no entry was read"
    assert cited - entries == set(), "cited without an entry in validation/report/references.bib"
    assert entries - cited == set(), "never cited"


def function_lengths(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
            yield (node.end_lineno or 0) - body[0].lineno + 1, f"{path.relative_to(ROOT)}:{node.name}"


def test_no_file_and_no_function_grows_beyond_what_can_be_read_at_once():
    files = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}
    assert {name: lines for name, lines in files.items() if lines > 400} == {}
    assert [name for path in sources() for lines, name in function_lengths(path) if lines > 60] == []


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Names in a wheel built from a clean copy, so that a stale build folder cannot lend it files."""
    folder = tmp_path_factory.mktemp("wheel")
    ignored = shutil.ignore_patterns(
        ".*", "build", "dist", "results", "*.egg-info", "__pycache__", "tests", "benchmarks"
    )
    shutil.copytree(ROOT, folder / "tree", ignore=ignored)
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(folder),
        str(folder / "tree"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    (path,) = folder.glob("*.whl")
    return set(zipfile.ZipFile(path).namelist())


def test_the_wheel_holds_every_file_of_every_package_and_nothing_else(wheel):
    files = [path for folder in package_folders() for path in folder.rglob("*") if path.is_file()]
    wanted = {f"mesobridge/{p.relative_to(ROOT).as_posix()}" for p in files if "__pycache__" not in p.parts}
    wanted |= {f"mesobridge/{name}" for name in (*ROOT_MODULES, "py.typed")}
    packed = {name for name in wheel if ".dist-info/" not in name}
    assert len(wanted) > 20
    assert packed == wanted


def test_the_wheel_carries_licence_and_command(wheel):
    assert any(name.endswith("licenses/LICENSE") for name in wheel)
    assert any(name.endswith("entry_points.txt") for name in wheel)
