"""An item beside others: what reads alike, and what people choose along with it."""

import pytest
from fakes import HashEmbedder, build, film
from sommelier.retrieval.candidates import Retriever
from sommelier.retrieval.related_items import related_items_of

FILMS = [film("alien", text="space ship horror"), film("aliens", text="space ship horror war"),
         film("emma", text="letters and manners"), film("sense", text="manners and money"), film("lone")]  # fmt: skip
LOG = [["alien", "emma"], ["alien", "emma"], ["alien", "sense"], ["aliens", "sense"]]


@pytest.fixture(scope="module")
def retriever(tmp_path_factory):
    index = build(tmp_path_factory.mktemp("portrait"), FILMS, LOG)
    yield Retriever(index, HashEmbedder())
    index.close()


def test_alike_is_not_along(retriever):
    related_items = related_items_of(retriever, "alien", 2)
    assert related_items.item.id == "alien"
    assert related_items.similar[0].id == "aliens"
    assert [each.id for each in related_items.along] == ["emma", "sense"]
    assert 0 <= related_items.popularity <= 1


def test_what_nobody_chose_has_company_by_its_text_only(retriever):
    related_items = related_items_of(retriever, "lone", 3)
    assert related_items.along == ()
    assert len(related_items.similar) == 3
    assert "lone" not in {each.id for each in related_items.similar}


def test_an_unknown_item(retriever):
    with pytest.raises(KeyError):
        related_items_of(retriever, "gone", 3)
