"""How a message stands to what it mentions."""

import pytest
from dialogue_readers import refused, wished


@pytest.mark.parametrize(
    ("message", "out"),
    [
        ("no horror", {"horror"}),
        ("something funny, NO HORROR films please", {"horror"}),
        ("not a war movie", {"war"}),
        ("without any war", {"war"}),
        ("I don't like war", {"war"}),
        ("I don\u2019t want another war film", {"war"}),
        ("no westerns please", {"western"}),
        ("no comedies", {"comedy"}),
        ("no: horror", {"horror"}),
        ('no "horror"', {"horror"}),
        ("anything but horror", {"horror"}),
        ("I'm sick of war films", {"war"}),
        ("I\u2019m not a big fan of war", {"war"}),
        ("not in the mood for horror tonight", {"horror"}),
        ("avoid westerns", {"western"}),
        ("I never watch horror", {"horror"}),
        ("don't show me horror", {"horror"}),
        ("something other than war films", {"war"}),
        ("horror? no thanks", {"horror"}),
        ("neither horror nor comedy", {"horror", "comedy"}),
        ("no horror, comedy or war", {"horror", "comedy", "war"}),
        ("no horror/war", {"horror", "war"}),
        ("a horror film without murder or jump scares", {"murder"}),
        ("not directed by Clint Eastwood", {"Clint Eastwood"}),
        ("without Tom Cruise or Keanu Reeves", {"Tom Cruise", "Keanu Reeves"}),
        ("horror isn't for me", {"horror"}),
        ("I'm allergic to musicals", {"musical"}),
        ("westerns are a no go", {"western"}),
        ("films clean of zombies", {"zombies"}),
        ("I could do without war", {"war"}),
        ("zombies creep me out", {"zombies"}),
        ("any genre but horror", {"horror"}),
    ],
)
def test_what_is_refused(message, out):
    assert refused(message) == out


@pytest.mark.parametrize(
    "message",
    [
        "horror",
        "why not horror?",
        "not only horror",
        "nothing but horror",
        "I don't mind war",
        "no problem with horror",
        "horror, not bad",
        "no matter, horror",
        "a film noir",
        "nothing beats a good western",
        "no-nonsense thriller",
        "I can't get enough of musicals",
        "don't get me wrong, I love horror",
        "no",
        "not",
        "nor",
        "I have no horror preference",
        "no longer than two hours",
        "a comedy, doesn't matter which",
    ],
)
def test_what_only_looks_like_a_refusal(message):
    assert not refused(message)


@pytest.mark.parametrize(
    ("message", "inside", "out"),
    [
        ("a comedy instead of horror", {"comedy"}, {"horror"}),
        ("no horror, a comedy please", {"comedy"}, {"horror"}),
        ("I want no horror and a comedy", {"comedy"}, {"horror"}),
        ("no horror. comedy or drama", {"comedy", "drama"}, {"horror"}),
        ("I don't want a horror film, give me a comedy", {"comedy"}, {"horror"}),
        ("war? no. A western", {"western"}, {"war"}),
        ("westerns and war films, I love both", {"western", "war"}, set()),
        ("my horror fix, please", {"horror"}, set()),
        ("comedy or drama, no preference", {"comedy", "drama"}, set()),
    ],
)
def test_one_wished_another_refused(message, inside, out):
    assert (wished(message), refused(message)) == (inside, out)


@pytest.mark.parametrize(
    "message",
    [
        "my life is a drama lately",
        "work was like a war zone today",
        "the western wall of our house fell down",
        "I had a horror of a day",
        "what a comedy, the printer is on fire",
        "we met a zombie outside, my boss before coffee",
    ],
)
def test_what_is_told_is_no_wish(message):
    assert not wished(message) | refused(message)
