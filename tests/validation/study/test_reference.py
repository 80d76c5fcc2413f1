from pathlib import Path

from mesobridge.spiking import STIMULI
from mesobridge.validation.study import Study
from mesobridge.validation.study.reference import MARK, main, reference_markdown

PAGE = Path(__file__).resolve().parents[3] / "docs/study-file.md"


def test_the_page_in_the_documentation_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8").split(MARK)[1] == reference_markdown().removeprefix(MARK), "run `make docs`"


def test_every_key_and_every_kind_of_stimulus_is_explained():
    text = reference_markdown()
    assert all(f"`{name}`" in text or f"[{name}" in text for name in Study.model_fields)
    assert all(f'`kind = "{kind}"`' in text for kind in STIMULI)
    assert "None" not in text


def test_writing_keeps_the_prose(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"prose\n{MARK}stale")
    main(page)
    assert page.read_text() == "prose\n" + reference_markdown()
