"""The script as it is run: what it refuses, and the page that it writes."""

import random
import sys

import field
import pytest
from field_page import BEGIN, END, Row, Section


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["field.py", *map(str, arguments)])
    field.main()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "at least one data set"),
        (["--only", "redial", "--games", "x"], "--only redial needs --redial DIR"),
        (["--only", "nothing"], "invalid choice"),
    ],
)
def test_what_cannot_be_measured_is_refused(monkeypatch, capsys, arguments, said):
    with pytest.raises(SystemExit):
        run(monkeypatch, *arguments)
    assert said in capsys.readouterr().err


def games_folder(folder):
    """A shop of two tastes in the format of amazon-games: 60 items, 80 users, 12 of them to be tested."""
    draw = random.Random(3)
    items = [f"{at}\tGame {at}" for at in range(60)]
    (folder / "items.tsv").write_text("\n".join(["item_id:token\ttitle:token_seq", *items]) + "\n")
    chosen = [draw.sample(range(30 * (user % 2), 30 * (user % 2) + 30), 9) for user in range(80)]
    rows = [f"{user}\t{' '.join(map(str, items[:-1]))}" for user, items in enumerate(chosen)]
    (folder / "histories.tsv").write_text("\n".join(["user_id\titem_ids", *rows]) + "\n")
    test = [f"{user}\t{chosen[user][-1]}" for user in range(12)]
    (folder / "test_open.tsv").write_text("\n".join(["user_id\titem_id", *test]) + "\n")
    (folder / "peer_lists").mkdir()
    for name in ("sasrec", "gru4rec", "bpr", "bm25", "bert", "pop", "random"):
        lists = [f"{user}\t{' '.join(map(str, draw.sample(range(60), 40)))}" for user in range(12)]
        (folder / "peer_lists" / f"{name}.tsv").write_text("\n".join(lists) + "\n")
    return folder


@pytest.mark.slow
def test_games_are_measured_and_the_page_keeps_other_sections(tmp_path, monkeypatch):
    pytest.importorskip("implicit", reason="the baselines' library is an extra")
    monkeypatch.setenv("SOMMELIER_CACHE", str(tmp_path / "cache"))
    data, page = tmp_path / "data", tmp_path / "page.md"
    data.mkdir()
    page.write_text("# Page\n\n## A turn\n\nkept\n")
    work = tmp_path / "work"
    Section("redial", "Measured before", "Kept too.", [Row("x", {"R@1": 0.1})]).save(work / "results")
    run(monkeypatch, "--games", games_folder(data), "--work", work, "--page", page, "--users", 10)
    text = page.read_text()
    assert text.index("# Page") < text.index(BEGIN) < text.index(END) < text.index("## A turn")
    for shown in ("Sommelier, retrieval", "Sommelier, fused", "SASRec, LLMRank's list", "EASE", "ALS", "GPT-4"):
        assert shown in text
    assert "10 test users of 80, 60 items" in text
    assert "Measured before" in text
    assert text.index("full ranking") < text.index("20 candidates (LLMRank)") < text.index("Measured before")
