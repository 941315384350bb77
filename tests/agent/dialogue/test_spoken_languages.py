"""Conversations in German, Spanish, French and Chinese: what is said back is in the language, whatever it is about."""

from dataclasses import replace

import pytest
from dialogue_labels import catalogue, roles
from fakes import film
from sommelier.agent.dialogue.acknowledgement import acknowledgement
from sommelier.agent.dialogue.manager import DialogueManager
from sommelier.agent.dialogue.questions import next_question
from sommelier.agent.dialogue.reply import stream_reply
from sommelier.agent.dialogue_state import DialogueState
from sommelier.agent.knowledge.language import language_pack, languages
from sommelier.retrieval.catalogue import Event

LANGUAGES = ("de", "es", "fr", "zh")


@pytest.fixture(scope="module")
def managers():
    """Of the two small catalogues."""
    found = {}
    for name in ("games", "office"):
        items = catalogue(name)
        found[name] = DialogueManager(items, roles(items))
    return found


@pytest.fixture(scope="module")
def talk(managers):
    """The conditions after some messages, after a shelf of the first five items, and what the last one is told."""

    def talking(name, language, *messages):
        manager = managers[name]
        shelf = tuple(item.id for item in catalogue(name)[:5])
        state = DialogueState(turns=1, language=language, shown=(shelf,))
        for message in messages:
            step = manager.step(message, state)
            state = step.after
        said = step.understood if step.move == "shelf" else manager.answer(step, messages[-1])
        return state.chips, said

    return talking


@pytest.mark.parametrize(
    ("language", "messages", "chips"),
    [
        ("de", ["kein Horror", "Strategie oder Rätsel"], ("kein Horror", "Strategie oder Rätsel")),
        ("es", ["sin terror", "de estrategia o de puzles"], ("sin terror", "estrategia o puzles")),
        ("fr", ["pas d'horreur", "stratégie ou énigmes"], ("sans horreur", "stratégie ou énigmes")),
        ("zh", ["不要恐怖", "策略或者益智"], ("不要恐怖", "策略或益智")),
        ("de", ["für meinen Sohn, er ist 8"], ("geeignet ab 8 Jahren",)),
        ("es", ["para mi hijo de 8 años"], ("apto desde los 8 años",)),
        ("fr", ["pour mon fils de 8 ans"], ("dès 8 ans",)),
        ("zh", ["我儿子8岁"], ("适合8岁",)),
        ("fr", ["moins d'une heure"], ("moins d'une heure",)),
    ],
)
def test_conditions_are_worded_in_the_language(talk, language, messages, chips):
    assert talk("games", language, *messages)[0] == chips


@pytest.mark.parametrize(
    ("language", "message", "chip"),
    [
        ("de", "neuer als der erste", "neuer als 2021"),
        ("es", "más reciente que el primero", "más reciente que 2021"),
        ("fr", "plus récent que le premier", "plus récent que 2021"),
        ("zh", "像第一个，但新一点的", "比2021年更新"),
    ],
)
def test_bounds_of_what_was_shown_are_too(talk, language, message, chip):
    assert chip in talk("games", language, message)[0]


@pytest.mark.parametrize(
    ("language", "message", "said"),
    [
        ("de", "für wie viele Spieler ist das erste?", "Personenzahl von It Takes Time: 2."),
        ("es", "¿cuántos jugadores el segundo?", "Número de jugadores de Seven: 2 a 4."),
        ("fr", "le deuxième se joue à combien ?", "Seven se joue à 2 à 4."),
        ("zh", "第二个几个人玩", "Seven 的游戏人数是 2 到 4。"),
        ("de", "welche Genres gibt es?", "Genre: Strategie, Rätsel, "),
        ("es", "¿qué géneros hay?", "Género: estrategia, puzles, "),
        ("fr", "quels genres avez-vous ?", "Genre : stratégie, énigmes, "),
        ("zh", "有哪些类型", "类型：策略、益智、"),
    ],
)
def test_facts_are_told_in_the_language(talk, language, message, said):
    assert talk("games", language, message)[1].startswith(said)


@pytest.mark.parametrize(
    ("language", "wish", "question", "said"),
    [
        ("de", "kein Horror", "welche Bedingungen hatte ich?", "Bisher: kein Horror."),
        ("es", "sin terror", "¿qué condiciones puse?", "Hasta ahora: sin terror."),
        ("fr", "pas d'horreur", "quels sont mes critères ?", "Jusqu'ici : sans horreur."),
        ("zh", "不要恐怖", "我有哪些条件？", "目前的条件：不要恐怖。"),
    ],
)
def test_the_conditions_are_known_again(talk, language, wish, question, said):
    assert talk("games", language, wish, question)[1] == said


@pytest.mark.parametrize(
    ("language", "message", "said"),
    [
        ("de", "gibt es den ersten in Rot?", "Ja: "),
        ("es", "¿el primero viene en rojo?", "Sí: "),
        ("fr", "le premier existe en rouge ?", "Oui : "),
        ("zh", "第一个有红色的吗", "是的："),
    ],
)
def test_a_value_that_is_asked_about_is_the_catalogue_s_own(talk, language, message, said):
    assert talk("office", language, message)[1].startswith(said)


@pytest.mark.parametrize("name", ["brand", "colour"])
def test_the_name_of_an_attribute_refuses_nothing_itself(talk, name):
    message = {"brand": "nothing from the brand Sable", "colour": "not the colour red"}[name]
    assert talk("office", "en", message)[0] == ({"brand": "no Sable", "colour": "no red"}[name],)


@pytest.fixture(scope="module")
def open_attributes():
    """The games with no more than a genre and a year, so that these are asked about."""
    items = [replace(each, attributes={name: each.attributes[name] for name in ("genre", "year")})
             for each in catalogue("games")]  # fmt: skip
    return items, DialogueManager(items, roles(items))


@pytest.mark.parametrize("language", LANGUAGES)
def test_offered_answers_are_named_and_understood_in_the_language(open_attributes, language):
    items, manager = open_attributes
    kinds = next_question(manager.schema, items, DialogueState(language=language))
    names = language_pack(language).table("names")
    assert kinds.options[0].words == names["strategy"]
    after = manager.step(kinds.options[0].words, DialogueState(language=language, question=kinds)).after
    assert [each.values for each in after.constraints] == [("strategy",)]
    years = next_question(manager.schema, items, DialogueState(language=language, asked=("genre",)))
    after = manager.step(years.options[0].words, DialogueState(language=language, question=years)).after
    assert [dict(each.bounds) for each in after.constraints] == [{"$gte": 2010, "$lte": 2019}]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("de", "Du magst Heat und Ronin. Du kennst schon Alien."),
        ("es", "Has dado «me gusta» a Heat y Ronin. Ya conoces Alien."),
        ("fr", "Vous avez aimé Heat et Ronin. Vous connaissez déjà Alien."),
        ("zh", "你喜欢Heat和Ronin。你已经看过或用过Alien。"),
    ],
)
def test_what_somebody_did_is_said_in_the_language(language, expected):
    films = {each: film(each) for each in ("heat", "ronin", "alien")}
    deeds = [("like", "heat"), ("like", "ronin"), ("seen", "alien")]
    events = [Event(str(at), "ann", item, kind) for at, (kind, item) in enumerate(deeds)]
    assert acknowledgement(events, films.get, language) == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_shelf_is_told_in_the_language(language):
    said = [each.text for each in stream_reply(None, None, "", [], None, DialogueState(language=language))]
    assert said == [language_pack(language).table("say")["nothing_left"]]


def test_all_languages_name_the_same_attributes_and_values():
    tables = {
        (name, code): set(language_pack(code).table(name))
        for code in languages()
        if code != "en"
        for name in ("labels", "names", "deeds")
    }
    for name in ("labels", "names", "deeds"):
        own = [tables[name, code] for code in LANGUAGES]
        assert all(each == own[0] for each in own)
