"""From a message and the state of its conversation to dialogue acts, by rules over the catalogue's own schema.

A `MessageReader` may be any other; this one knows the words of a language as data and the values of a catalogue, and
decides nothing: what to do about the acts is the policy's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from ...retrieval.catalogue import Item
from ...retrieval.text.vocabulary import STOPWORDS, stem
from ..dialogue_state import Act, Constraint, DialogueState
from ..knowledge.language import LanguagePack, language_pack
from .acts import read_acts
from .catalogue_phrases import CataloguePhrases
from .lasting import said_for_good
from .lexicon import Lexicon
from .marked_text import clean
from .marking import Marker
from .message import Message
from .quantities import QuantityReader
from .schema import CatalogueSchema
from .stances import read_stances
from .titles import Titles

MAX_CHARACTERS = 2000
"""So much of a message is read."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a message does, the main act first. `unknown` are words of a wish that nothing in the catalogue has,
    `lasting` are conditions that it says for good."""

    acts: tuple[Act, ...]
    unknown: tuple[str, ...] = ()
    lasting: tuple[Constraint, ...] = ()


class MessageReader(Protocol):
    """Understands messages."""

    def read(self, message: str, state: DialogueState) -> Understanding:
        """The acts of a message in its conversation."""


class RuleReader:
    """Reads with rules alone. Safe to use from several threads."""

    def __init__(
        self, schema: CatalogueSchema, items: Sequence[Item], known_words: Callable[[str], bool] = lambda _: True
    ) -> None:
        """`known_words` says whether some item has the stem of a word."""
        self._schema = schema
        self._items: Mapping[str, Item] = {item.id: item for item in items}
        self._titles = Titles(items)
        self._known_words = known_words
        self._phrases = CataloguePhrases.of(schema)
        self._of_language = lru_cache(maxsize=16)(self._language)

    def read(self, message: str, state: DialogueState) -> Understanding:
        """The acts of a message in the language of its conversation; only its first 2000 characters are read.

        Raises KeyError for a language that is not spoken here.
        """
        language = self._of_language(state.language)
        text = language.pack.respelled(clean(message, MAX_CHARACTERS, elided=language.pack.elided))
        marked = language.marker.mark(text, state)
        stances = read_stances(marked, language.pack)
        read = Message(marked, stances, language.pack, self._schema, state, text, self._items.get)
        acts, rest = read_acts(read)
        return Understanding(acts, self._unknown(rest), said_for_good(read, acts))

    def _language(self, code: str) -> _Language:
        pack = language_pack(code)
        lexicon = Lexicon(self._schema, self._phrases, pack)
        quantities = QuantityReader(self._schema, pack, self._items.get)
        return _Language(pack, Marker(self._schema, self._titles, lexicon, quantities, pack))

    def _unknown(self, words: Sequence[str]) -> tuple[str, ...]:
        said = (word for word in words if len(word) > 2 and word not in STOPWORDS and word.isalpha())
        return tuple(dict.fromkeys(word for word in said if not self._known_words(stem(word))))


@dataclass(frozen=True, slots=True)
class _Language:
    pack: LanguagePack
    marker: Marker
