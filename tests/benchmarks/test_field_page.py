"""Sections survive being stored, and a page keeps what is not between the markers."""

from dataclasses import replace

import pytest
from field_page import BEGIN, END, Published, Row, Section, write_page

SECTION = Section(
    "shop", "A shop", "Three users.",
    [Row("ours", {"HR@1": 0.5, "MRR": 0.25}), Row("theirs", {"HR@1": 0.1}, [-1, -0.4, 0.2])],
    "versus ours", [Published("X", "HR@1 .3", "a paper")], ["A note."],
    [Row("items: rare (1)", {"ours": 0.0, "theirs": 0.125})], minutes=2.5,
)  # fmt: skip


def test_a_stored_section_comes_back(tmp_path):
    SECTION.save(tmp_path / "results")
    assert Section.load(tmp_path / "results", "shop") == SECTION
    assert Section.load(tmp_path / "results", "other") is None


def test_a_table_has_a_row_per_system_and_an_interval_where_there_is_one():
    text = SECTION.markdown()
    assert "| system | HR@1 | MRR | versus ours |" in text
    assert "| ours | 0.5000 | 0.2500 |  |" in text
    assert "| theirs | 0.1000 |  | -0.4000 [-1.0000, +0.2000] |" in text
    assert "| X | HR@1 .3 | a paper |" in text
    assert "\n- A note.\n" in text
    assert "| group | ours | theirs |" in text
    assert text.endswith("| items: rare (1) | 0.0000 | 0.1250 |")
    bare = replace(SECTION, groups=[]).markdown()
    assert bare.endswith("- A note.")


@pytest.mark.parametrize(
    ("page", "kept"),
    [
        (f"# Page\n\nIntro.\n\n{BEGIN}\nold\n{END}\n\n## Other\n", ["Intro.", "## Other"]),
        ("# Page\n\nIntro.\n\n## Other\n\ntext\n", ["Intro.", "## Other", "text"]),
        ("# Page\n", ["# Page"]),
    ],
)
def test_the_page_keeps_its_other_parts(tmp_path, page, kept):
    path = tmp_path / "page.md"
    path.write_text(page)
    write_page(path, [SECTION], "python field.py")
    once = path.read_text()
    assert all(part in once for part in kept)
    assert "old" not in once
    assert once.count("### A shop") == 1
    assert once.index("# Page") < once.index(BEGIN) < once.index(END)
    if "## Other" in page:
        assert once.index(END) < once.index("\n## Other")
    write_page(path, [SECTION], "python field.py")
    assert path.read_text() == once, "writing again changes nothing"
