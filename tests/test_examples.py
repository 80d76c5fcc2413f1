"""What the documentation shows runs, and its links and names are true."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

import mesobridge
from mesobridge.spiking import MECHANISMS
from mesobridge.spiking.circuits import read_circuit
from mesobridge.validation.explain.observed import read_question
from mesobridge.validation.study import read_study
from mesobridge.validation.study.circuit_study import read_circuit_study

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")])
RUNS = {"sigmoid.py": "sigmoid.png", "nmda_kernel.py": "kernel.png", "study_in_python.py": "study"}


def run_example(name: str, output: Path) -> str:
    """Run a script of the examples as a user would, and return what it printed."""
    command = [sys.executable, str(ROOT / "examples" / name), str(output)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=output.parent)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def blocks(page: Path, language: str) -> list[str]:
    """Return the code blocks of a language on a page."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def headings(page: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a page."""
    found = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in found}


def is_figure(path: Path) -> bool:
    return path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 10_000


def test_every_example_is_run():
    assert {path.name for path in (ROOT / "examples").glob("*.py")} == set(RUNS)


@pytest.mark.slow
@pytest.mark.cpp
def test_the_sigmoid_is_predicted_as_measured(tmp_path):
    printed = run_example("sigmoid.py", tmp_path / "sigmoid.png")
    number = r"(-?[\d.e+-]+)"
    rows = re.findall(rf"^(\w+) +{number} +{number} to {number} +{number} (\S+)$", printed, re.MULTILINE)
    found = {name: (float(measured), float(predicted)) for name, measured, _, _, predicted, _ in rows}
    assert set(found) >= {"q_max", "v10", "v50", "v90", "width", "skew"}
    margins = tomllib.loads((ROOT / "validation/margins.toml").read_text())
    for name, (measured, predicted) in found.items():
        assert abs(measured - predicted) < max(margins[name]["floor"], margins[name]["fraction"] * abs(measured))
    assert is_figure(tmp_path / "sigmoid.png")


@pytest.mark.slow
@pytest.mark.cpp
def test_a_larger_nmda_share_makes_the_kernel_later_longer_and_lower(tmp_path):
    printed = run_example("nmda_kernel.py", tmp_path / "kernel.png")
    found: dict[str, list[tuple[float, float]]] = {}
    for name, measured, predicted in re.findall(r"^  (\w+) +(\S+) \(.*predicted (\S+)$", printed, re.MULTILINE):
        found.setdefault(name, []).append((float(measured), float(predicted)))
    assert {name: len(pair) for name, pair in found.items()} == {"area": 2, "peak": 2, "mean_lag": 2, "sd": 2}
    for column in (0, 1):
        before, after = ({name: pair[which][column] for name, pair in found.items()} for which in (0, 1))
        assert after["mean_lag"] > 1.2 * before["mean_lag"]
        assert after["sd"] > 1.1 * before["sd"]
        assert after["peak"] < 0.9 * before["peak"]
        assert abs(after["area"] / before["area"] - 1) < 0.1
    assert is_figure(tmp_path / "kernel.png")


@pytest.mark.slow
@pytest.mark.cpp
def test_a_study_from_python_ends_in_verdicts_and_a_report(tmp_path):
    printed = run_example("study_in_python.py", tmp_path / "study")
    assert printed.count("d ln gain") == 2
    assert len(re.findall(r"^ +(holds|fails|undecided)  ", printed, re.MULTILINE)) > 10
    assert "holds  threshold_shift -3 mV: v50 falls" in printed
    assert (tmp_path / "study/report.html").stat().st_size > 10_000


def test_the_studies_on_the_pages_are_read_whole():
    (shown,) = blocks(ROOT / "README.md", "toml")
    study = read_study(tomllib.loads(shown))
    assert {request.id: request.amounts for request in study.mechanisms} == {
        "threshold_shift": (-0.004, 0.002), "absolute_refractoriness": (2.0,),
    }  # fmt: skip
    others = [block for page in PAGES if page.name != "README.md" for block in blocks(page, "toml")]
    assert len(others) >= 3
    for block in others:
        table = tomllib.loads(block)
        readers = {"populations": read_circuit, "circuit": read_circuit_study, "v50": read_question}
        reader = next((reader for key, reader in readers.items() if key in table), read_study)
        reader(table)


@pytest.mark.slow
@pytest.mark.cpp
def test_the_study_of_the_readme_runs_as_printed(tmp_path, monkeypatch, capsys):
    (shown,) = blocks(ROOT / "README.md", "toml")
    (tmp_path / "my_study.toml").write_text(shown, encoding="utf-8")
    command = [sys.executable, "-m", "mesobridge", "run", "my_study.toml", "-o", "results/mine"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    result = mesobridge.read_result(tmp_path / "results/mine")
    assert [row["mechanism"] for row in result.document["levers"]] == ["threshold_shift"] * 2 + [
        "absolute_refractoriness"
    ]
    assert (tmp_path / "results/mine/report.html").stat().st_size > 10_000
    monkeypatch.chdir(tmp_path)
    (reading,) = blocks(ROOT / "docs/results-format.md", "python")
    exec(compile(reading, "results-format.md", "exec"), {})
    assert capsys.readouterr().out.count("threshold_shift[review]") == 2


@pytest.mark.slow
@pytest.mark.cpp
def test_the_example_of_the_engine_page_gives_a_recording():
    found: dict[str, Any] = {}
    (shown,) = blocks(ROOT / "docs/engine.md", "python")
    exec(compile(shown, "engine.md", "exec"), found)
    assert dict(found["recording"].sizes) == {"half": 2, "level": 2, "cell": 200}


def test_python_on_the_pages_is_python():
    found = [block for page in PAGES for block in blocks(page, "python")]
    assert len(found) >= 3
    for block in found:
        compile(block, "page", "exec")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for link, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", page.read_text(encoding="utf-8")):
        target = page.parent / link if link else page
        assert target.exists(), link
        assert not anchor or anchor in headings(target), f"{link}#{anchor}"


def test_papers_named_on_the_pages_are_in_the_bibliography():
    known = set(re.findall(r"^@\w+\{(\w+),", (ROOT / "docs/references.bib").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        key for page in PAGES for key in re.findall(r"\b[a-z]{3,}(?:19|20)\d\d\b", page.read_text(encoding="utf-8"))
    }
    assert len(named & known) > 20
    assert named <= known


def test_the_table_of_mechanisms_states_amounts_as_they_are():
    page = (ROOT / "docs/mechanisms.md").read_text(encoding="utf-8")
    rows = {cells[1].strip(" `"): cells for line in page.splitlines() if len(cells := line.split("|")) == 8}
    assert set(rows) >= set(MECHANISMS)
    for name, mechanism in MECHANISMS.items():
        assert float(rows[name][4]) == mechanism.neutral
        shown = [float(number) for number in re.findall(r"[-+]?[\d.]+", rows[name][5].replace("−", "-"))]
        scale = 1e3 if mechanism.unit == "V" else 1
        assert shown == [pytest.approx(amount * scale) for amount in mechanism.amounts]


def test_files_named_on_the_pages_exist():
    path = re.compile(r"`((?:spiking|meanfield|bridge|validation|benchmarks|studies)/[\w./]+)`")
    named = {name for page in PAGES for name in path.findall(page.read_text(encoding="utf-8"))}
    assert len(named) > 20
    assert [name for name in named if not (ROOT / name).exists()] == []
