"""German: what people write, read through the rules and answered by the dialogue manager."""

import pytest
from dialogue_labels import acts_of, catalogue, found_slots, roles, state_with_shelf
from sommelier.agent.dialogue.phrasing import say
from sommelier.agent.dialogue.reader import RuleReader
from sommelier.agent.dialogue.schema import CatalogueSchema
from sommelier.agent.knowledge.language import language_pack


@pytest.fixture(scope="module")
def read():
    """What a German message says of a catalogue: its acts and its slots."""
    items = {name: catalogue(name) for name in ("films", "games", "office")}
    readers = {name: RuleReader(CatalogueSchema.of(own, roles(own)), own) for name, own in items.items()}

    def reading(message, name="films"):
        acts = readers[name].read(message, state_with_shelf(items[name], "de")).acts
        return acts_of(acts), found_slots(acts, {item.id: item for item in items[name]})

    return reading


@pytest.mark.parametrize(
    ("message", "slot"),
    [
        ("Bloß keine Liebesschnulzen!", ("out", ("genres",), ("romance",))),
        ("Mit Animationsfilmen kann ich nix anfangen", ("out", ("genres",), ("animation",))),
        ("Auf Western verzichte ich gerne", ("out", ("genres",), ("western",))),
        ("Krimis kannst du dir sparen", ("out", ("genres",), ("crime",))),
        ("höchstens anderthalb Stunden bitte", ("max", ("runtime",), 90.0)),
        ("nichts, was neuer ist als 1980", ("max", ("year",), 1980.0)),
        ("was aus den Siebzigern", ("between", ("year",), (1970.0, 1979.0))),
        ("ich steh total auf Roadmovies", ("in", ("keywords",), ("road trip",))),
        ("Wir suchen was für die Kleinen, 5 und 8 Jahre alt", ("age", ("age_rating",), "for age 5")),
        ("Ein Krimi wär schön", ("in", ("genres",), ("crime",))),
    ],
)
def test_a_wish_is_understood(read, message, slot):
    acts, slots = read(message)
    assert acts[0] == "recommend"
    assert slots == [slot]


@pytest.mark.parametrize(
    ("message", "act"),
    [
        ("Worum geht's in All About Eve?", "ask"),
        ("Handelt der von Drogen?", "ask"),
        ("wie der zweite, bloß aktueller", "critique"),
        ("Den ersten kenn ich schon", "feedback"),
        ("Das Jahr ist mir inzwischen wurscht", "relax"),
        ("Danke dir, das hat geholfen", "thank"),
        ("Was ist deine Lieblingsfarbe?", "off_topic"),
        ("Da muss es doch noch was geben", "more"),
    ],
)
def test_what_a_message_does_is_understood(read, message, act):
    assert read(message)[0][0] == act


def test_everyday_words_are_no_misspelt_values(read):
    """ "ungern" is not Hungarian, "Sicht" no addiction, "wär" no war."""
    assert read("aus meiner Sicht wär das was, ich warte ungern")[1] == []


def test_a_pack_is_counted_in_words(read):
    assert ("between", ("pack_size",), (10.0, 10.0)) in read("Gelstifte im Zehnerpack", "office")[1]


def test_everything_is_said_in_german_with_the_same_facts():
    own, english = (language_pack(code).table("say") for code in ("de", "en"))
    assert own.keys() == english.keys()
    assert say("duration", "de", title="Heat", value="170 Minuten") == "Heat dauert 170 Minuten."
