"""Drafts, publishing and serving: a bad edit never reaches a conversation."""

import json

import pytest
from sommelier.prompts import CONTRACTS, PromptError, PromptLibrary


@pytest.fixture
def store(tmp_path):
    return PromptLibrary(tmp_path)


def edit(store, name, old, new):
    path = store.folder / f"{name}.md"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_checkout_writes_what_is_missing_and_keeps_edits(store):
    assert {path.stem for path in store.checkout()} == set(CONTRACTS)
    edit(store, "explain", "one short sentence", "one line")
    assert store.checkout() == []
    assert "one line" in (store.folder / "explain.md").read_text(encoding="utf-8")


def test_an_edit_is_served_only_after_publishing(store):
    store.checkout()
    before = store.get("explain").hash
    edit(store, "explain", "one short sentence", "one line")
    assert store.get("explain").hash == before
    label = store.publish()
    assert store.get("explain").hash == label["explain"] != before
    assert PromptLibrary(store.folder.parent).get("explain").hash == label["explain"]


def test_a_bad_draft_stops_publishing_and_changes_nothing(store):
    store.checkout()
    store.publish()
    label = (store.folder / "production.json").read_bytes()
    edit(store, "reply", "one short sentence", "one line")
    edit(store, "explain", "{{ facts }}", "{{ fatcs }}")
    assert [error.file for error in store.check()] == [str(store.folder / "explain.md")]
    with pytest.raises(PromptError, match="nothing was published"):
        store.publish()
    assert (store.folder / "production.json").read_bytes() == label


def test_dev_follows_drafts_and_survives_a_bad_one(store):
    store.checkout()
    dev = PromptLibrary(store.folder.parent, dev=True)
    edit(store, "explain", "one short sentence", "one line")
    good = dev.get("explain")
    assert "one line" in good.text
    edit(store, "explain", "{{ facts }}", "{{")
    assert dev.get("explain") == good
    assert PromptLibrary(store.folder.parent, dev=True).get("explain").hash == store.get("explain").hash


def test_a_misnamed_or_binary_draft_is_reported(store):
    store.checkout()
    (store.folder / "explian.md").write_text("x")
    (store.folder / "rank.md").write_bytes(b"\xff\xfe\x00")
    (store.folder / "reply.md").write_bytes(b"x" * 200_000)
    errors = " ".join(map(str, store.check()))
    assert "no model call is named 'explian'" in errors
    assert "not UTF-8" in errors
    assert "shorten it" in errors


@pytest.mark.parametrize("damage", ["{", "[]", '{"explain": "../../x"}', '{"explain": "abc"}'])
def test_a_damaged_label_says_what_to_do_and_running_stores_keep_the_last_good(store, damage):
    store.checkout()
    store.publish()
    good = store.get("explain")
    (store.folder / "production.json").write_text(damage)
    assert store.get("explain") == good
    with pytest.raises(PromptError, match="publish"):
        PromptLibrary(store.folder.parent).get("explain")


def test_a_published_version_changed_by_hand_is_refused(store):
    store.checkout()
    digest = store.publish()["explain"]
    path = store.folder / "versions" / f"{digest}.md"
    path.write_text(path.read_text(encoding="utf-8").replace("short", "long"), encoding="utf-8")
    with pytest.raises(PromptError, match="changed by hand"):
        PromptLibrary(store.folder.parent).get("explain")


def test_publishing_leaves_no_temporary_files(store):
    store.checkout()
    label = store.publish()
    assert json.loads((store.folder / "production.json").read_text()) == label
    assert not list(store.folder.rglob(".*"))


def test_editing_needs_a_workspace_and_drafts(tmp_path):
    with pytest.raises(PromptError, match="needs a workspace"):
        PromptLibrary(None).checkout()
    with pytest.raises(PromptError, match="no drafts"):
        PromptLibrary(tmp_path).publish()
    with pytest.raises(PromptError, match="no model call is named"):
        PromptLibrary(None).get("nonsense")
