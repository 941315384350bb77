"""Requests made up for choices: answered by the chosen item, never naming it."""

import pytest
from fakes import build, film
from sommelier.finetune.evaluation.cases import Case
from sommelier.finetune.examples.synthetic_requests import SHARED, TEMPLATES, synthetic_requests
from sommelier.retrieval.text.vocabulary import words_of

GENRES = ("war", "crime", "comedy")
FILMS = [
    *(film(f"f{at}", title=f"Film number{at} saga{at % 3}", text=f"unique{at} plot{at % 4}",
           genre=GENRES[at % 3], id_like=f"code-{at}", language="English") for at in range(30)),
    *(film(f"p{at}", title=f"Plain{at}", text=f"unique-p{at} about ship{at % 2}") for at in range(12)),
    *(film(f"t{at}", title=f"Sequel tale{at} mono{at}") for at in range(6)),
    film("war", title="War", genre="war"), film("lonely", title="Hapax legomenon"),
]  # fmt: skip
CASES = [*(Case(f"user-{item.id}", [], item.id) for item in FILMS), Case("user-gone", [], "gone")]


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    opened = build(tmp_path_factory.mktemp("asked"), FILMS, [])
    yield opened
    opened.close()


def test_a_request_is_answered_by_its_target_and_by_others(index):
    template_words = {word for each in TEMPLATES for word in words_of(each)}
    pairs = list(synthetic_requests(CASES, index))
    assert len(pairs) == len(FILMS) - 2  # one shares no word with five others, one has a value that is its title
    for case, request in pairs:
        item = index.items[index.position[case.target]]
        own = index.words.weights_of(index.position[case.target])
        words = set(words_of(request.text)) - template_words
        assert words
        for word in words:
            assert word in own
            assert sum(word in index.words.weights_of(at) for at in range(len(FILMS))) >= SHARED
        assert item.title.casefold() not in request.text.casefold()


def test_facets_are_asked_for_first_then_descriptions_then_titles(index):
    requests = {case.target: request.text for case, request in synthetic_requests(CASES, index)}
    assert "crime" in requests["f1"]
    assert "ship" in requests["p0"]
    assert "sequel" in requests["t0"]
    assert not {"lonely", "war"} & requests.keys()


def test_a_case_gets_the_same_request_in_any_company(index):
    everyone = {case.user: request for case, request in synthetic_requests(CASES, index)}
    (alone,) = synthetic_requests(CASES[3:4], index)
    assert everyone[alone[0].user] == alone[1]
    others = {case.user: request for case, request in synthetic_requests(CASES, index, seed=1)}
    assert others != everyone
