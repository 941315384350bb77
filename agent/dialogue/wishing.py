"""What a message asks for: conditions, items that are not to be shown, examples, a number of items, and the words of a
wish that no condition says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from ..dialogue_state import Constrain, Constraint, Exclude, Feedback, Recommend
from .alternatives import Wished, alternatives
from .critiquing import opposite, refused_degrees
from .marked_text import Mention
from .message import Message
from .person_roles import in_role
from .phrasing import say
from .refusing import constraint_of, is_one_name, refusal_of, refused_together, refused_wholes, spoken
from .schema import AttributeSchema
from .stances import Stance
from .units import own_value
from .widening import widening

_OTHER_SIDE = {"$gte": "$lt", "$gt": "$lte", "$lte": "$gt", "$lt": "$gte"}
"""What is left where a bound is refused: "over two hours, no"."""
_SOFT: frozenset[Stance] = frozenset({"soft", "indifferent", "known", "relax"})


def constrained(message: Message) -> list[Constrain]:
    """The conditions, each once."""
    language = message.pack.code
    another = message.says("acts", "different")  # a new topic takes no earlier wish's place: it drops them all
    instead = not another and (message.says("acts", "replace") or message.says("acts", "only"))
    widen = bool(message.words) and message.words[0].plain in message.pack.words("or")
    counted = [each for each in message.places("value", "range", "vague") if _counts(message, *each)]
    wished = [(at, each) for at, mention, stance in counted for each in _constraints(
        in_role(message, at, mention), _own_stance(message, at, mention, stance), language,
        refusal_of(message, at, mention))]  # fmt: skip
    found = [*refused_together(message), *alternatives(message, _distinct(message, _once(wished)))]
    kept: list[Constraint] = []
    for each in found:
        kept += [] if any(_same(each, other) for other in kept) else [each]
    kept = [each for each in kept if not any(_is_held(other, each) or _says_instead(other, each) for other in kept)]
    fine = (widening(message, mention) for _, mention, stance in message.places("value") if stance == "fine")
    wider = (Constrain(each, widen=True) for each in fine if each)
    return [*(Constrain(each, instead, widen) for each in kept), *wider]


def compared(message: Message) -> Iterator[Constrain]:
    """ "Like Parasite, but newer": an adjective beside one named item is a bound on that item's own value."""
    named = message.items("title")
    if not named or message.items("reference"):
        return
    example = _compared_with(message)
    items = [item for each in ([example] if example else named) if (item := message.item(each))]
    for at, mention, stance in message.places("direction"):
        attribute: AttributeSchema = mention.what.attributes[0]
        values = [value for item in items if (value := own_value(item, attribute.name)) is not None]
        if values and at not in message.gone:
            message.gone.add(at)
            way = opposite(mention.what.way) if stance == "out" else mention.what.way
            value = max(values) if way == "more" else min(values)
            bounds = {"$gt" if way == "more" else "$lt": value}
            words = say("than", message.pack.code, word=mention.text, value=f"{value:g}")
            yield Constrain(Constraint("range", (attribute.name,), bounds=bounds, words=words, relative=True))


def _compared_with(message: Message) -> str | None:
    """The item that is an example, among several: "like Blade Runner but newer, not Interstellar"."""
    found = (mention.what[0] for _, mention, stance in message.places("title") if stance == "example")
    return next(found, None)


def excluded(message: Message, said: Iterable[Feedback]) -> Iterator[Exclude]:
    """Items that are refused or known, and those named ones that were not liked; allowed ones again."""
    taken: set[str] = set()
    for at, mention, stance in message.places("title", "reference"):
        named = mention.kind == "title"
        if stance == "fine" and named:
            message.gone.add(at)
            yield Exclude(mention.what, spare=True)
        elif _is_refused(message, at, stance, named):
            message.gone.add(at)
            taken |= set(mention.what)
            yield Exclude(mention.what)
    met = [item for act in said if act.event in ("dislike", "seen") for item in act.items]
    rest = tuple(item for item in message.items("title") if item in met and item not in taken)
    if rest:
        yield Exclude(rest)


def wish(message: Message, said: Iterable[Feedback], found: bool) -> Recommend | None:
    """What is wanted; None where nothing is."""
    name = _only_name(message)
    if name and not found:
        return Recommend(name, True, named=True)
    alike = examples(message, said)
    count = next((mention.what for at, mention, _ in message.places("count") if not message.is_told(at)), None)
    if not (found or alike or count) and not _asks_for_items(message):
        return None
    less = [*refused_degrees(message), *(mention.text for at, mention, stance in message.places("value")
                                         if stance == "soft" and at not in message.gone)]  # fmt: skip
    text = ("" if message.pack.joined else " ").join(_wish_words(message))
    return Recommend(text, _is_fresh(message), alike, count, tuple(dict.fromkeys(less)))


def _only_name(message: Message) -> str:
    """The name of an item that is all that was said: "Casablanca?"."""
    if len(message.words) != 1:
        return ""
    return next((mention.text for _, mention, stance in message.places("title") if stance == "wish"), "")


def examples(message: Message, said: Iterable[Feedback]) -> tuple[str, ...]:
    """Items that are no refusal and not merely known are examples of what is wanted."""
    liked = {item for act in said if act.event == "like" for item in act.items}
    disliked = {item for act in said if act.event == "dislike" for item in act.items}
    found: list[str] = []
    refused = {
        item for _, mention, stance in message.places("title") if stance in ("out", "known") for item in mention.what
    }
    for at, mention, stance in message.places("title", "reference"):
        free = at not in message.gone and (stance == "example" or not message.is_told(at))
        if (mention.kind == "title" and stance in ("wish", "example") and (free or set(mention.what) & liked)) or (
            mention.kind == "reference" and stance == "example" and free
        ):
            found += mention.what
    return tuple(item for item in dict.fromkeys(found) if item not in disliked | refused)


def _is_refused(message: Message, at: int, stance: Stance, named: bool) -> bool:
    if named:
        return stance in ("out", "known")
    return stance == "out" and at not in message.gone and not message.says("acts", "more")


# Which mentions are conditions


def _counts(message: Message, at: int, mention: Mention, stance: Stance) -> bool:
    joint = any(at in group for group in refused_wholes(message))
    bound = stance == "soft" and (mention.kind == "vague" or message.is_harsh(mention))  # "not too long" is a bound
    soft = stance in _SOFT and not bound
    apart = _is_owned(message, at, mention) or _is_in_name(message, at, mention)
    wider = stance == "fine" and widening(message, mention) is not None
    if joint or at in message.gone or soft or apart or wider:
        return False
    sure = bound or (mention.kind == "range" and mention.what.is_sure)
    return sure or not message.is_told(at)


def _own_stance(message: Message, at: int, mention: Mention, stance: Stance) -> Stance:
    """A bound that a list of refusals only goes on to is wished as it stands: "not leather, max 200"."""
    word = message.words[at]
    if stance == "soft" and message.is_harsh(mention):
        return "out"
    apart = word.before in (",", ".", ";") or message.before(at) in message.pack.words("and")
    own = mention.kind == "range" and mention.what.side in ("most", "least", "until", "since")
    return "wish" if stance == "out" and own and apart else stance


def _is_in_name(message: Message, at: int, mention: Mention) -> bool:
    """Whether it stands in a name that nothing here has: "I've already watched Horror Express and Ghost World"."""
    part = message.clause_text(at)
    if mention.kind != "value" or not message.part_says(part, "acts", "feedback_seen") or message.text.istitle():
        return False
    written = mention.text[:1].isupper()
    return written and any(message.is_capital(each) for each in (at - 1, at + 1))


def _is_owned(message: Message, at: int, mention: Mention) -> bool:
    """ "My train", "our school": part of somebody's life, unless it is what they hunger for."""
    if mention.kind != "value" or message.before(at) not in message.pack.words("possessive"):
        return False
    after = message.words[at + 1].plain if at + 1 < len(message.words) else ""
    return after not in message.pack.words("appetite")


def _constraints(
    mention: Mention, stance: Stance, language: str, refusal: Callable[[str], str]
) -> Iterator[Constraint]:
    if mention.kind == "value":
        for choice in mention.what:
            # A word of two meanings is said by its values, a name in full; "foreign" refuses what it does not name.
            words = mention.text if len(mention.what) == 1 and not is_one_name(choice) else spoken(choice, language)
            said = refusal(words) if stance == "out" else words
            yield constraint_of(choice, refused=(stance == "out") != choice.refused, words=said)
    elif mention.kind == "range":
        plain = stance == "out" and mention.what.side in ("", "exactly", "about")
        for each in mention.what.constraints:
            words = each.words or mention.text
            if stance == "out" and not plain and len(each.bounds) == 1 and not each.standing:
                each = replace(each, bounds={_OTHER_SIDE[side]: bound for side, bound in each.bounds.items()})
            refused = say("refused_range", language, value=words)
            yield replace(each, kind="not range", words=refused) if plain else replace(each, words=words)
    else:
        away = stance in ("out", "soft")
        yield _vague(mention, away, refusal(mention.text) if away else mention.text)


def _once(wished: list[Wished]) -> list[Wished]:
    """Each condition where it is said first: "horror horror horror" says it once."""
    found: dict[object, Wished] = {}
    for at, each in wished:
        found.setdefault((each.kind, each.attributes, each.values, tuple(each.bounds.items())), (at, each))
    return list(found.values())


def _distinct(message: Message, wished: list[Wished]) -> list[Wished]:
    """Without what a nearer bound of the same attribute says better: "quick, say 15 to 20 minutes"."""
    numbers = [(at, each) for at, each in wished if message.mention(at).kind == "range"]
    return [(at, each) for at, each in wished
            if not (message.mention(at).kind == "vague" and any(_agrees(each, other) for _, other in numbers))
            and not any(_wider(each, other) for place, other in numbers if place != at)]  # fmt: skip


def _agrees(vague: Constraint, number: Constraint) -> bool:
    """Whether a number says of the same attribute what a vague word meant; "a short film over three hours" does not."""
    (side, bound), *_ = vague.bounds.items()
    other = next((each for name, each in number.bounds.items() if name[:2] != side[:2]), None)
    beyond = other is not None and (other > bound if side == "$lte" else other < bound)  # type: ignore[operator]
    return vague.attributes == number.attributes and not (len(number.bounds) == 1 and beyond)


def _wider(one: Constraint, other: Constraint) -> bool:
    """Whether a span holds another, narrower one of its attribute."""
    same = one.kind == other.kind == "range" and one.attributes == other.attributes and one.bounds != other.bounds
    if not same or not len(one.bounds) == len(other.bounds) == 2 or one.bounds.keys() != other.bounds.keys():
        return False
    return all(other.bounds[side] >= bound if side[:2] == "$g" else other.bounds[side] <= bound  # type: ignore[operator]
               for side, bound in one.bounds.items())  # fmt: skip


def _is_held(one: Constraint, other: Constraint) -> bool:
    """Whether one says the same or less than the other: a country by one attribute and by two; some countries."""
    if one is other or one.kind not in ("in", "any") or other.kind not in ("in", "any"):
        return False
    inside = set(one.attributes) <= set(other.attributes) and set(one.values) <= set(other.values)
    return inside and (len(one.values) > 1 or one.attributes != other.attributes) and not _same(one, other)


def _says_instead(one: Constraint, other: Constraint) -> bool:
    """ "The eighties, not the nineties": the one span says enough."""
    return one.kind == "range" and other.kind == "not range" and one.attributes == other.attributes


def _same(one: Constraint, other: Constraint) -> bool:
    return replace(one, words="") == replace(other, words="")


def _vague(mention: Mention, refused: bool, words: str) -> Constraint:
    """ "Short" for this catalogue: its shortest quarter; "not too long" is all but the longest."""
    attribute: AttributeSchema = mention.what.attributes[0]
    _, quarter, _, three_quarters, _ = attribute.spread
    bound = three_quarters if mention.what.way == "more" else quarter
    side = "$gte" if (mention.what.way == "more") != refused else "$lte"
    return Constraint("range", (attribute.name,), bounds={side: bound}, words=words)


# The words of the wish


def _asks_for_items(message: Message) -> bool:
    """Whether words alone ask for items: neither a story of something else nor a question of something else."""
    if message.says("narrative", "wishes_strict") or _is_fragment(message) or message.says("acts", "anything"):
        return True
    weighty = [at for at in range(len(message.words)) if not message.is_filler(at)]
    if all(message.is_told(at) for at in weighty) and message.words:
        return not weighty and message.says("narrative", "wishes")
    asks = message.says("questions", "open") and not message.says("questions", "requests")
    return not asks or message.says("narrative", "wishes")


def _is_fragment(message: Message) -> bool:
    """Whether it only names a thing, however odd: "something with a heron in it"."""
    return message.says("narrative", "fragment") and not message.says("narrative", "told")


def _is_fresh(message: Message) -> bool:
    """A new topic: it says so, or names its own kind of thing and nothing ties it to what was said before."""
    state = message.state
    if (not state.constraints and not state.wishes) or message.says("acts", "different"):
        return True
    if message.says("acts", "same") or not _is_another_kind(message):
        return False
    return message.says("acts", "fresh") or state.empty


def _is_another_kind(message: Message) -> bool:
    """Whether a category is wished where another one was before: a western after a comedy. A person, a theme or a
    bound alone is a refinement."""
    state = message.state
    own = {name for each in state.constraints if each.kind in ("in", "any") for name in each.attributes}
    wished = {name for _, mention, stance in message.places("value") if stance in ("wish", "only")
              for choice in mention.what if choice.kind == "category" for name in choice.attributes}  # fmt: skip
    return bool(wished & own) or bool(wished and state.examples)


def _wish_words(message: Message) -> Iterator[str]:
    """The words that say softly what is wanted, categories and themes among them."""
    for at, word in enumerate(message.words):
        mention = message.marked.mention(word)
        if mention is None and not message.is_filler(at) and not message.is_told(at):
            yield word.plain
        elif mention is not None and mention.kind == "value" and _is_soft_wish(message, at, mention):
            yield mention.text


def _is_soft_wish(message: Message, at: int, mention: Mention) -> bool:
    wished = message.stances.of.get(at) in ("wish", "only", "example") and not message.is_told(at)
    return wished and mention.what[0].kind in ("category", "theme", "facet") and not mention.what[0].refused
