"""A request in words beside filters, through the public object, on a shop whose answer is obvious by eye."""

import pytest
from fakes import FakeJudge, HashEmbedder, build, film
from sommelier.agent.recommender import Recommender
from sommelier.agent.workspace import Workspace
from sommelier.retrieval.catalogue import CatalogueError

FILMS = (
    film("alien", "Alien", "A ship far from home.", genres=("horror", "science fiction"), released="1979-05-25"),
    film("solaris", "Solaris", "A ship far from home.", genres=("science fiction",), released="1972-03-20"),
    film("moon", "Moon", "A ship far from home.", genres=("science fiction", "drama"), released="2009-07-17"),
    film("heat", "Heat", "Two men in a city.", genres=("crime", "drama"), released="1995-12-15"),
)  # fmt: skip


class SilentJudge(FakeJudge):
    """Writes nothing that a verifier would let through, so that plain sentences stand in."""

    def write(self, prompts, **_):
        return ["" for _ in prompts]

    def stream(self, prompt, **_):
        return iter(())


@pytest.fixture
def recommender(tmp_path):
    workspace = Workspace(tmp_path / "shop", create=True)
    workspace.memory.catalogue.upsert_items(FILMS)
    with Recommender(workspace, build(tmp_path, FILMS), HashEmbedder(), SilentJudge()) as opened:
        yield opened


def ids(shelf):
    return {each.item.id for each in shelf}


def test_without_words_everything_may_come(recommender):
    assert ids(recommender.recommend("ana")) == {each.id for each in FILMS}


def test_what_the_words_rule_out_does_not_come(recommender):
    assert ids(recommender.recommend("ana", request="a ship far from home, no horror")) == {"solaris", "moon", "heat"}


def test_years_in_words_hold_for_dates_whatever_they_are_called(recommender):
    assert ids(recommender.recommend("ana", request="something from the 1970s")) == {"alien", "solaris"}
    assert ids(recommender.recommend("ana", request="anything after 1995")) == {"moon"}


def test_words_and_filters_hold_together(recommender):
    found = recommender.recommend("ana", filters={"genres": "science fiction"}, request="no horror, before 2000")
    assert ids(found) == {"solaris"}
    tighter = recommender.recommend("ana", filters={"genres": {"$nin": ["drama"]}}, request="no horror")
    assert ids(tighter) == {"solaris"}


def test_an_item_named_as_an_example_is_no_answer(recommender):
    assert "alien" not in ids(recommender.recommend("ana", request="something like Alien"))


def test_the_nearest_conditions_know_the_words_too(recommender):
    nearest = recommender.relax("ana", {"genres": "crime"}, request="from the 1970s")
    assert nearest is not None
    assert recommender.recommend("ana", filters={"genres": "crime"}, request="from the 1970s") == ()
    assert recommender.relax("ana", {"genres": "horror"}, request="from the 1970s") is None


def test_a_malformed_filter_beside_words_is_told(recommender):
    with pytest.raises(CatalogueError, match="unknown operator"):
        recommender.recommend("ana", filters={"genres": {"$not": "x"}}, request="no horror")


@pytest.mark.parametrize("request_in_words", ["", "   ", "\0", "\ud800", "?!", "x" * 50_000])
def test_words_that_say_nothing_ask_for_nothing(recommender, request_in_words):
    assert ids(recommender.recommend("ana", request=request_in_words)) == {each.id for each in FILMS}
