"""Questions of fact, answered from what the catalogue says of an item, or with that it does not say.

Knows items and the schema; no model takes part, so that nothing is answered that is not there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...retrieval.catalogue import Item
from ...retrieval.filters import matcher
from ..dialogue_state import Ask, Compare, DialogueState
from ..knowledge.ages import youngest_for
from ..knowledge.language import language_pack
from ..knowledge.phrases import shorten
from ..knowledge.proper_names import cased, place
from .judging import Judge
from .marking import attributes_called
from .phrasing import attribute_called, called, capitalised, in_a_row, joined, say, says, titled, together
from .schema import AttributeSchema, CatalogueSchema
from .units import own_value
from .with_unit import with_unit

_MOST = 4
"""Values of an attribute that are read out."""
_READ_OUT = 12
"""Values of the catalogue that are read out."""
_DESCRIPTION = 400
"""Characters of a description that are."""


class FactAnswers:
    """Answers about the items of one catalogue."""

    def __init__(self, schema: CatalogueSchema, items: Mapping[str, Item]) -> None:
        """`items` by id."""
        self._schema, self._find, self._items = schema, items.get, items.values()
        self._judge = Judge(schema, items.values())

    def answers(self, asked: Sequence[Ask], state: DialogueState, message: str = "") -> str:
        """The answers to the questions of one message, as one text that names an item once."""
        said = [self.answer(each, state, message) for each in asked]
        items = {each.items for each in asked}
        item = self._find(asked[0].items[0]) if len(items) == 1 and len(asked[0].items) == 1 else None
        return together(said, shorten(item.title), state.language) if item else in_a_row(said, state.language)

    def answer(self, ask: Ask, state: DialogueState, message: str = "") -> str:
        """The answer to a question, in the language of the conversation."""
        if ask.about == "shown":
            return self._shown(state, message)
        if ask.about == "how many":
            return self._how_many(ask, state)
        if not ask.items and (known := self._attributes(ask.about)):
            return self._of_catalogue(known[0], state.language)
        items = [item for each in ask.items if (item := self._find(each))]
        if not items:
            return say("nothing_shown", state.language, message)
        if ask.extreme:
            return self._extreme(ask, items, state.language)
        return in_a_row((self._of_item(ask, item, state) for item in items[:_MOST]), state.language)

    def compare(self, compare: Compare, state: DialogueState) -> str:
        """What sets the items apart, fact by fact."""
        items = [item for each in compare.items[:_MOST] if (item := self._find(each))]
        if len(items) < 2:
            return say("compare_what", state.language)
        differing = [each for each in self._schema.attributes.values() if self._differs(each, items)]
        told = [each for each in differing if each.kind not in ("theme", "person")][:4]
        told += [each for each in differing if each.kind == "theme"][:1]
        return in_a_row((self._sentence(item, told, state.language) for item in items), state.language)

    def _sentence(self, item: Item, told: Sequence[AttributeSchema], language: str) -> str:
        """The facts of an item as one sentence, numbers before lists; those of a language that says them otherwise one
        after the other."""
        title = shorten(item.title)
        known = [each for each in told if self._said(item, each, language)]
        known.sort(key=lambda each: each.several)
        said = [self._fact_of(item, each, language) for each in known]
        if said and all(each.startswith(f"{title} ") for each in said) and not language_pack(language).joined:
            return together(said, title, language)
        return say("compared", language, title=title, value=self._facts(item, known, language))

    def _fact_of(self, item: Item, attribute: AttributeSchema, language: str) -> str:
        """One fact of an item as a sentence."""
        value = self._said(item, attribute, language)
        kinds = {"language": "language", "place": "country", "category": "genre", "theme": "theme", "maker": "maker"}
        key = attribute.role or kinds.get(attribute.kind, "flag" if attribute.kind == "flag" else "attribute")
        return self._phrased(key, item, attribute, value, language)

    def _phrased(self, key: str, item: Item, attribute: AttributeSchema, value: str, language: str) -> str:
        key = key if key in _SAID else _NAMED.get(attribute.label.rstrip("s"), "attribute")
        key = "alone" if key == "players" and value == "1" else key
        key = "from_age" if key == "age" and value.isdigit() else key
        key = "runtime" if key == "duration" and attribute.label == "runtime" else key
        return say(
            key, language, title=shorten(item.title), value=value, attribute=attribute_called(attribute, language)
        )

    # One item

    def _of_item(self, ask: Ask, item: Item, state: DialogueState) -> str:
        title, language = shorten(item.title), state.language
        if ask.about == "description":
            text = shorten(item.text, _DESCRIPTION)
            return (
                say("description", language, title=title, value=text)
                if text
                else say("unknown_fact", language, title, title=title)
            )
        if ask.about == "title":
            told = [
                each for role in ("year", "price", "duration", "players") for each in self._schema.with_role(role)[:1]
            ]
            return say("in_catalogue", language, facts=self._sentence(item, told or self._kinds(), language))
        if judged := self._judged(ask, item, state):
            return judged
        if ask.value and ask.about not in ("age", "content", "black_white"):
            return self._yes_or_no(ask, item, language)
        attributes = self._attributes(ask.about)
        known = [(each, said) for each in attributes if (said := self._said(item, each, language))]
        if not known:
            return say("unknown_fact", language, item.id, title=title)
        value = joined((said for _, said in known), language)
        if ask.about == "players":
            value = self._players(item, attributes, language)
        key = known[0][0].role if ask.about in ("age", "rating") else ask.about
        return self._phrased(key, item, known[0][0], value, language)

    def _kinds(self) -> list[AttributeSchema]:
        return list(self._schema.of_kind("category"))[:1]

    def _judged(self, ask: Ask, item: Item, state: DialogueState) -> str:
        """What an item is like, or whether it is fit for somebody; "" where that is not asked, or cannot be said."""
        if ask.about == "content":
            return self._judge.content(item, ask.value, state.language)
        if ask.about == "black_white":
            return self._judge.colour(item, state.language)
        fits = self._judge.fits_age(item, ask.value, state) if ask.about == "age" and ask.value else None
        if fits is None:
            return ""
        rated = next(each for each in self._schema.with_role("age") if self._said(item, each, state.language))
        return say("yes_so" if fits else "no_so", state.language, fact=self._fact_of(item, rated, state.language))

    def _yes_or_no(self, ask: Ask, item: Item, language: str) -> str:
        title, wanted = shorten(item.title), ask.value.casefold()
        own = [value for _, value in item.facets()]
        if has := next((value for value in own if value.casefold() == wanted), None):
            return self._yes(title, has, language)
        flag = next((each for each in self._schema.of_kind("flag") if each.label.casefold() == wanted), None)
        if flag and isinstance(item.attributes.get(flag.name), bool):
            key = "yes_so" if item.attributes[flag.name] else "no_so"
            return say(key, language, fact=self._fact_of(item, flag, language))
        attributes = self._attributes(ask.about) or self._listing(wanted)
        known = [(each, said) for each in attributes if (said := self._said(item, each, language))]
        if not known:
            return say("unknown_fact", language, item.id, title=title)
        if any(each.kind == "theme" for each, _ in known):  # what is not listed among themes may still be so
            return say("not_listed", language, title=title, value=shorten(called(ask.value, language)))
        return say("no", language, title=title, value=joined((said for _, said in known), language))

    def _yes(self, title: str, value: str, language: str) -> str:
        """That it is so; of a language or a country in the words that a question for it is answered in."""
        said = shorten(called(value, language))
        kind = next((each.kind for each in self._listing(value.casefold())), "")
        if key := {"language": "language", "place": "country"}.get(kind):
            return say("yes_so", language, fact=say(key, language, title=title, value=said))
        return say("yes", language, title=title, value=said)

    def _listing(self, wanted: str) -> list[AttributeSchema]:
        """The attributes that have the value for some item."""
        return [
            each
            for each in self._schema.attributes.values()
            if any(value.casefold() == wanted for value in each.values)
        ]

    def _attributes(self, about: str) -> list[AttributeSchema]:
        if about in ("yes_no", ""):
            return []
        named = {"director": ("director", "directors"), "writer": ("writer", "writers", "author", "authors"),
                 "cast": ("cast", "actors", "stars")}  # fmt: skip
        own = [
            each
            for name in named.get(about, ())
            for each in self._schema.attributes.values()
            if each.name.casefold() == name
        ]
        instead = {"age": "rating", "rating": "age"}.get(about, "")
        found = own or list(attributes_called(self._schema, about))
        return found or (list(self._schema.with_role(instead)) if instead else [])

    def _said(self, item: Item, attribute: AttributeSchema, language: str) -> str:
        """What an item has in an attribute, as it is read out; "" where it has nothing."""
        value = item.attributes.get(attribute.name)
        if value is None or value == ():
            return ""
        if isinstance(value, tuple):
            said = (shorten(cased(called(each, language))) for each in value[:_MOST])
            return joined(map(place, said) if attribute.kind == "place" and language == "en" else said, language)
        if attribute.kind == "age" and youngest_for(str(value)) == 0:
            return say("for_all_ages", language)
        return with_unit(value, attribute, language)

    def _players(self, item: Item, attributes: Sequence[AttributeSchema], language: str) -> str:
        known = sorted({value for each in attributes if (value := own_value(item, each.name)) is not None})
        if len(known) > 1:
            return say("span", language, low=f"{known[0]:g}", high=f"{known[-1]:g}")
        return f"{known[0]:g}" if known else ""

    def _facts(self, item: Item, attributes: Sequence[AttributeSchema], language: str) -> str:
        known = ((each, said) for each in attributes if (said := self._said(item, each, language)))
        return say("fact_comma", language).join(_fact(each, said, language) for each, said in known)

    def _differs(self, attribute: AttributeSchema, items: Sequence[Item]) -> bool:
        return len({repr(item.attributes.get(attribute.name)) for item in items}) > 1

    # The catalogue

    def _how_many(self, ask: Ask, state: DialogueState) -> str:
        """How many items there are: of a kind that was named, else of what the conversation's conditions leave."""
        wanted = ask.value.casefold()
        named = [
            each.values[value] for each in self._listing(wanted) for value in each.values if value.casefold() == wanted
        ]
        meets = matcher(state.filters)
        count = named[0] if named else sum(map(meets, self._items))
        return say("count", state.language, count=count)

    def _of_catalogue(self, attribute: AttributeSchema, language: str) -> str:
        """The values of an attribute that most items have, or from where to where its numbers go."""
        label = capitalised(attribute_called(attribute, language))
        if attribute.values:
            some = joined((called(each, language) for each in list(attribute.values)[:_READ_OUT]), language)
            return say("values", language, attribute=label, value=some)
        if not attribute.spread:
            return say("unknown_question", language, attribute.name)
        low, high = (with_unit(attribute.spread[end], attribute, language) for end in (0, -1))
        return say("spread", language, attribute=label, low=low, high=high)

    # Several items

    def _extreme(self, ask: Ask, items: Sequence[Item], language: str) -> str:
        attribute = next((each for each in self._attributes(ask.about) if each.spread), None)
        known = [
            (value, item) for item in items if attribute and (value := own_value(item, attribute.name)) is not None
        ]
        if attribute is None or not known:
            return say("unknown_question", language, ask.about)
        best = (min if ask.extreme == "less" else max)(value for value, _ in known)
        ones = [item for value, item in known if value == best]
        said = say("dated" if attribute.role == "year" else "at", language,
                   value=self._said(ones[0], attribute, language))  # fmt: skip
        if len(ones) > 1:
            return say(
                "extreme_tie", language, titles=titled((shorten(each.title) for each in ones), language), value=said
            )
        return say("extreme_most", language, title=shorten(ones[0].title), value=said)

    def _shown(self, state: DialogueState, message: str) -> str:
        """What came up before: the first or the last of what was shown, or the conditions that hold."""
        if says(message, "questions", "conditions", state.language):
            words = dict.fromkeys(state.chips)
            return (
                say("conditions", state.language, value=joined(words, state.language))
                if words
                else say("no_conditions", state.language)
            )
        if not state.shown:
            return say("nothing_shown", state.language, message)
        first = self._find(state.shown[0][0])
        if first and says(message, "questions", "first_shown", state.language):
            return say("shown_first", state.language, title=shorten(first.title))
        last = [shorten(item.title) for each in state.shown[-1] if (item := self._find(each))]
        return say("shown_last", state.language, titles=titled(last, state.language))


_NAMED = {"colour": "colour", "color": "colour", "material": "material", "platform": "platform"}
"""Attributes by their names that are said in sentences of their own."""
_SAID = frozenset({
    "director", "writer", "maker", "cast", "duration", "year", "price", "weight", "pages", "pack", "players", "rating",
    "age", "country", "language", "genre", "theme", "flag",
})  # fmt: skip


def _fact(attribute: AttributeSchema, said: str, language: str) -> str:
    """What an item has, beside other things: what says itself what it is ("83 minutes", "comedy") without a name."""
    if attribute.role == "year":
        return say("dated", language, value=said)
    if attribute.kind in ("category", "theme", "place") or attribute.role in ("duration", "price"):
        return said
    return say("fact", language, attribute=attribute_called(attribute, language), value=said)
