"""Requests in some fifty wordings about films, games and office goods: what they refuse, name and date is found.

The utterances are written for this test; no rule was made from them. A slot is one refused value, one example, one
excluded title or one bound on the year.
"""

import json
from collections import Counter
from pathlib import Path

import pytest
from sommelier.agent.dialogue.request import read_request, title_key
from sommelier.retrieval.attribute_roles import AttributeRole

FOLDER = Path(__file__).with_name("utterances")
CATALOGUES = json.loads((FOLDER / "catalogues.json").read_text(encoding="utf-8"))
UTTERANCES = [json.loads(line) for line in (FOLDER / "utterances.jsonl").read_text(encoding="utf-8").splitlines()]


def slots_of(text, domain):
    catalogue = CATALOGUES[domain]
    facets = [tuple(pair) for pair in catalogue["facets"]]
    request = read_request(
        text, facets, {title_key(title): [title] for title in catalogue["titles"]}, AttributeRole("year")
    )
    found = {("example", title) for title in request.examples} | {("excluded", title) for title in request.exclude}
    for field, condition in (request.filters or {}).items():
        if field == "year":
            found |= {("year", bound, value) for bound, value in condition.items()}
        else:
            found |= {("refused", field, value) for value in condition["$nin"]}
    return found


def f1(utterances):
    counts = Counter()
    for each in utterances:
        found, told = slots_of(each["text"], each["domain"]), {tuple(slot) for slot in each["slots"]}
        counts += Counter(right=len(found & told), wrong=len(found - told), missed=len(told - found))
    return 2 * counts["right"] / (2 * counts["right"] + counts["wrong"] + counts["missed"])


def test_there_are_enough_and_none_twice():
    assert len(UTTERANCES) >= 400
    assert len({(each["domain"], each["text"].casefold()) for each in UTTERANCES}) == len(UTTERANCES)
    assert sum(not each["slots"] for each in UTTERANCES) > 40  # what only looks like a condition


@pytest.mark.parametrize("domain", CATALOGUES)
def test_slots_are_found_in_every_domain(domain):
    assert f1([each for each in UTTERANCES if each["domain"] == domain]) >= 0.95


def test_slots_are_found(record_property):
    found = f1(UTTERANCES)
    record_property("slot F1", found)
    assert found >= 0.95
