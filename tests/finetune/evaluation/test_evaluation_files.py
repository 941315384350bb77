"""Files of targets and lists: what is read, and what is refused with which words."""

import pytest
from sommelier.finetune.evaluation.evaluation_files import read_pairs, read_peer, read_peers
from sommelier.retrieval.catalogue import CatalogueError


@pytest.mark.parametrize(
    ("content", "pairs"),
    [
        ("user_id,item_id\nann,f01\nbob,f02\n", {"ann": "f01", "bob": "f02"}),
        ("user_id\titem_id\nann\tf01, the\n", {"ann": "f01, the"}),
        ('user_id\titem_id\nann\t"The\nbob\tf02\n', {"ann": '"The', "bob": "f02"}),
        ("item,user\nf01,ann\n", {"ann": "f01"}),
        ("item_id,who\nf01,ann\n", {"ann": "f01"}),
        ("user_id,movie_id\nann,f01\n", {"ann": "f01"}),
        ("when,user_id,movie_id\nf01,ann,x\n", {"ann": "f01"}),
        ("item_id,when,user_id\nf01,now,ann\n", {"ann": "f01"}),
        ("user,what,more\nann,f01,x\n\n", {"ann": "f01"}),
        ('\ufeffuser_id,item_id\r\n"a,b",f01\r\n', {"a,b": "f01"}),
    ],
)
def test_test_pairs_are_read(tmp_path, content, pairs):
    (tmp_path / "test.csv").write_text(content, encoding="utf-8", newline="")
    assert read_pairs(tmp_path / "test.csv") == pairs


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "cannot read the test file"),
        (b"", "a header and a user and an item"),
        (b"user_id,item_id\n", "a header and a user and an item"),
        (b"user_id,item_id\nann,f01\nbob\n", "line 3"),
        (b"item_id,x,user_id\nann,f01\n", "line 2"),
        (b"user_id,item_id\n\nann,f01\n\nbob\n", "line 5"),
        (b"who,what\nann,f01\n", "'who,what' names neither user_id nor item_id"),
        (b"ann,f01\nbob,f02\n", "'ann,f01' names neither"),
        (b"user_id,item_id\nann,f01\nann,f02\n", "user 'ann' has more than one line"),
        (b"user_id,item_id\nann,\xff\xfe\n", "cannot read the test file"),
    ],
)
def test_a_test_file_that_cannot_be_used(tmp_path, content, problem):
    if content is not None:
        (tmp_path / "test.csv").write_bytes(content)
    with pytest.raises(CatalogueError, match=problem):
        read_pairs(tmp_path / "test.csv")


def test_peer_lists(tmp_path):
    path = tmp_path / "peer.tsv"
    path.write_text("ann\tf01 f02  f03\nbob\t\n")
    assert read_peer(path) == {"ann": ["f01", "f02", "f03"], "bob": []}
    path.write_text("ann\tf01\nbob f02\n")
    with pytest.raises(CatalogueError, match="line 2: expected `user<TAB>item"):
        read_peer(path)
    with pytest.raises(CatalogueError, match="cannot read the peer's lists"):
        read_peer(tmp_path / "missing.tsv")


def test_a_byte_order_mark_is_no_part_of_a_user(tmp_path):
    path = tmp_path / "peer.tsv"
    path.write_text("ann\tf01\n", encoding="utf-8-sig")
    assert read_peer(path) == {"ann": ["f01"]}


def test_peers_have_a_name_and_a_file(tmp_path):
    path = tmp_path / "a=b.tsv"
    path.write_text("ann\tf01\n")
    assert read_peers([f"mine={path}"]) == {"mine": {"ann": ["f01"]}}
    for given in ("mine", "mine=", f"={path}"):
        with pytest.raises(CatalogueError, match="write NAME=FILE"):
            read_peers([given])
