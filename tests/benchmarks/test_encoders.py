"""The requests that encoders are compared on say what they should, and no film's facets; and how they are counted."""

import re
from dataclasses import dataclass

import numpy as np
import pytest
from encoders import LANGUAGES, films, halves, ranks_of, recall, reciprocal_rank, requests


def _words(text):
    words = re.findall(r"[^\W_]+", text.lower())
    return f" {' '.join(words)} "


def test_each_of_sixty_requests_is_there_in_every_language_and_has_one_to_four_films():
    ids, asked = {item.id for item in films()}, requests()
    assert len(asked) == 60
    for request in asked:
        assert 1 <= len(set(request.relevant)) == len(request.relevant) <= 4
        assert set(request.relevant) <= ids
    for language in LANGUAGES:
        assert len({request.said[language] for request in asked}) == 60


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_request_names_a_value_that_a_filter_would_catch(language):
    values = {_words(value) for item in films() for name, value in item.facets() if name != "age_rating"}
    for request in requests():
        assert not [value for value in values if value in _words(request.said[language])], request


def test_ranks_begin_with_the_best_and_ties_count_against():
    ranks = ranks_of(np.array([0.1, 0.5, 0.5, 0.9], np.float32), [1, 3])
    assert ranks.tolist() == [1, 3]
    assert reciprocal_rank(ranks) == 1
    assert recall(np.array([3.0, 11.0])) == 0.5


@dataclass
class _Words:
    """A text is which of these words it has."""

    words: list[str]

    def encode(self, texts):
        return np.array([[float(f" {word} " in f" {text} ") for word in self.words] for text in texts])

    encode_queries = encode


def test_the_second_half_of_a_description_is_looked_for_among_films_without_it():
    items = films()[:2]
    rests = [item.text.partition(". ")[2] for item in items]
    own = [next(word for word in rest.split() if word not in other.split())
           for rest, other in zip(rests, reversed(rests), strict=True)]  # fmt: skip
    found = halves(_Words(own), items)
    assert [ranks.tolist() for ranks in found] == [[2], [2]], "told without their second halves, none is found"
