"""How people say things: the templates of generated conversations, and numbers with their units.

Written without a look at the phrases that the reader knows, so that what it does not know comes up. Knows no catalogue.
`{one}` is one item ("a western"), `{many}` such items ("westerns"), `{such}` what such an item is like ("with Tom
Hanks", "under two hours"), `{what}` the thing itself ("Tom Hanks"), `{label}` an attribute.
"""

from __future__ import annotations

from random import Random

FIRST = (
    "I'm looking for {one}", "got {one} for me?", "Hi! I'd like {one}, please.", "{one} please", "any chance of {one}?",
    "could you find me {one}", "Show me {one}", "we'd love {one} tonight", "what about {one}?", "I need {one}.",
    "hey there, I feel like {one}", "Can you recommend {one}?", "help me find {one}", "{one}, if you have one",
    "it's been a long week and all I want is {one}", "My friends and I are after {one}", "let's go for {one}",
)  # fmt: skip
SUCH = (
    "something {such}", "{such}, please", "I'd like it to be {such}", "ideally {such}", "only ones {such}",
    "it has to be something {such}", "can we narrow that down to those {such}?", "and {such}",
    "one {such} would be great",
    "Please make sure it's {such}.", "show me the ones {such}", "let's say {such}", "I'd prefer something {such}",
    "are there any {such}?", "what about something {such}",
)  # fmt: skip
ALSO = (
    "it should be {such} as well", "and also {such}", "can it be {such}, too?", "on top of that, {such}",
    "additionally {such}", "and {such} as well please", "and only ones {such}, too",
)  # fmt: skip
NO_MANY = (
    "no {many}", "but no {many} please", "I can't stand {many}", "please leave out {many}", "anything but {many}",
    "I don't want any {many}", "{many} are out", "skip the {many}", "spare me {many}", "I hate {many}",
    "not in the mood for {many}", "keep {many} off the list", "no {many}, ever", "not {one}, though",
    "I'm not into {many}", "let's avoid {many}", "{many}? No thanks.", "I've had enough of {many}", "without {many}",
)  # fmt: skip
NOT_SUCH = (
    "nothing {such}", "but nothing {such} please", "not {such}", "none {such}, please", "leave out everything {such}",
    "I don't want anything {such}", "avoid the ones {such}", "anything except ones {such}", "skip those {such}",
)  # fmt: skip
FORGET = (
    "forget about the {label}", "the {label} doesn't matter any more", "any {label} will do",
    "you can drop the {label}",
    "ignore what I said about the {label}", "I no longer care about the {label}",
    "on second thought, the {label} is open",
    "never mind the {label}", "actually the {label} isn't important", "lift the restriction on the {label}",
    "I'm flexible on the {label} now", "don't worry about the {label}",
)  # fmt: skip
WELCOME = (
    "{many} are fine after all", "actually {many} are okay", "I've changed my mind about {many}, they're welcome",
    "you can include {many} again", "OK, {many} are allowed again", "I don't mind {many} any more",
    "fine, {many} too", "let {many} back in",
)  # fmt: skip
INSTEAD = (
    "make it {one} instead", "actually, {one} instead", "no wait, rather {one}", "change that to {one}",
    "{one} would be better", "hmm, let's have {one} instead", "I'd rather have {one}", "on reflection, {one} instead",
    "can we switch to {one}?", "sorry, I meant {one}",
)  # fmt: skip
INSTEAD_SUCH = (
    "make that {such} instead", "actually, {such} instead", "no wait, rather {such}", "change that to {such}",
    "{such} would be better", "hmm, better {such}", "sorry, I meant {such}", "let's make it {such}",
    "something {such} instead", "no, rather something {such}",
)  # fmt: skip
MORE = (
    "any others?", "something else", "what else have you got?", "show me more", "next",
    "none of these, what else is there?",
    "different ones please", "more please", "got anything else?", "keep going", "not these. Others?",
    "other suggestions?",
    "can I see some more?", "let's see a few others", "nah, next ones",
)  # fmt: skip
WHY = (
    "why the {rank} one?", "why did you pick the {rank} one?", "what makes you suggest the {rank}?",
    "how come the {rank} is on the list?", "what's your reason for the {rank} one?",
    "Why do you recommend the {rank} one?",
    "why that {rank} one", "what speaks for the {rank} one?",
)  # fmt: skip
UNDO = ("undo that", "go back a step", "take that back", "undo", "undo the last step", "no, go back", "revert that",
        "can you undo that please", "one step back")  # fmt: skip
TOPIC = (
    "new topic: {one}", "something completely different now: {one}", "okay, a different search: I need {one}",
    "different topic. {one}, please", "now something else entirely: {one}", "let's look for something new: {one}",
    "Thanks, that's sorted. Next I need {one}", "moving on: {one}",
)  # fmt: skip
AFRESH = ("start over: {one}", "let's start from scratch. I want {one}", "reset. {one} please", "start again, {one}")
THANKS = ("thanks!", "ok thank you", "cheers", "great, thanks a lot", "thank you so much", "hello", "bye for now")
ANY = ("no preference", "I don't mind", "doesn't matter", "don't care", "either is fine")
CHOSEN = ("{what}", "{what} please", "I'd say {what}", "{what}, I think", "let's take {what}", "definitely {what}")
RANKS = ("first", "second", "third", "fourth", "fifth")

MINUTES_MOST = (
    "under {n}", "no longer than {n}", "of at most {n}", "of {n} max", "shorter than {n}", "up to {n} long",
    "taking less than {n}", "of {n} tops", "not going over {n}", "within {n}",
)  # fmt: skip
MINUTES_LEAST = (
    "over {n}",
    "of at least {n}",
    "longer than {n}",
    "of {n} or more",
    "no shorter than {n}",
    "upwards of {n}",
)
MINUTES_ABOUT = ("of around {n}", "of roughly {n}", "about {n} long", "of {n} or so")
PRICE_MOST = (
    "under {n}", "for less than {n}", "up to {n}", "for at most {n}", "for {n} or less", "cheaper than {n}",
    "costing no more than {n}", "for {n} max", "below {n}", "that won't cost me over {n}",
)  # fmt: skip
PRICE_LEAST = ("for at least {n}", "over {n}", "for more than {n}", "costing {n} or more", "above {n}")
WEIGHT_MOST = ("under {n}", "lighter than {n}", "no heavier than {n}", "of at most {n}", "weighing less than {n}")
WEIGHT_LEAST = ("of at least {n}", "heavier than {n}", "over {n}", "weighing {n} or more")
RATED = ("rated at least {n}", "rated {n} or higher", "with a rating of {n} or better", "with a rating above {n}",
         "with at least {n} stars", "with {n} stars or more")  # fmt: skip
PACKED = ("in packs of at least {n}", "in a pack of {n} or more", "with at least {n} in a pack")
PLAYERS = ("for {n} players", "for {n} people", "that {n} people can play", "for a group of {n}", "playable with {n}",
           "playable by {n} people", "for the {n} of us")  # fmt: skip
YEAR_FROM = ("from {n} or later", "made after {n}", "since {n}", "not before {n}", "from {n} onwards", "newer than {n}",
             "no older than {n}", "from {n} or newer", "released in {n} or after")  # fmt: skip
YEAR_UNTIL = ("made before {n}", "older than {n}", "from before {n}", "released before {n}", "that came out before {n}")
YEAR_SPAN = ("from between {n} and {m}", "made between {n} and {m}", "from {n} to {m}", "from {n}-{m}")
YEAR_IN = ("from {n}", "made in {n}", "released in {n}", "that came out in {n}")
DECADE = ("from the {n}", "made in the {n}", "out of the {n}", "from the {n} only")
WATCHED_BY = (
    "for my {age}", "my {age} can watch", "suitable for {an_age}", "fit for {an_age}", "right for {an_age}",
    "to watch with my {age}", "that my {age} will be allowed to see",
)  # fmt: skip
PLAYED_BY = ("for my {age}", "my {age} can play", "suitable for {an_age}", "for {an_age}", "right for {an_age}",
             "to play with my {age}")  # fmt: skip
KNOWN = (
    "seen the {rank} one",
    "I already know the {rank} one",
    "I've seen the {rank}",
    "the {rank} one I know already",
)
OWNED = ("I already have the {rank} one", "I own the {rank} one already", "got the {rank} one at home")

QUESTIONS = {
    "films": (
        "who directed the {rank} one?", "how long is the {rank}?", "what year is the {rank} one from?",
        "what's the {rank} one about?", "who's in the {rank} one?", "which country is the {rank} from?",
        "is the {rank} one in English?", "which of these is the shortest?", "what's the oldest of them?",
        "what language do they speak in the {rank}?", "is the {rank} suitable for kids?",
    ),
    "games": (
        "how many can play the {rank} one?", "what does the {rank} one cost?", "who published the {rank}?",
        "how long does the {rank} one take?", "what's the {rank} one about?", "which is the cheapest?",
        "who designed the {rank} game?", "is the {rank} one out on Switch?", "when did the {rank} come out?",
        "from what age is the {rank} one?",
    ),
    "office": (
        "how heavy is the {rank} one?", "what's the price of the {rank}?", "what is the {rank} one made of?",
        "which brand is the {rank}?", "does the {rank} one come in black?", "which is the cheapest of these?",
        "what colours does the {rank} come in?", "how is the {rank} rated?", "is the {rank} one recycled?",
    ),
}  # fmt: skip
CRITIQUES = {
    "films": (("year", +1, "newer"), ("year", -1, "older"), ("runtime", -1, "shorter"), ("runtime", +1, "longer")),
    "games": (("year", +1, "newer"), ("price_usd", -1, "cheaper"), ("playtime", -1, "shorter")),
    "office": (("price_usd", -1, "cheaper"), ("weight_g", -1, "lighter"), ("price_usd", +1, "more expensive")),
}
TOO = {"newer": "too old", "older": "too new", "shorter": "too long", "cheaper": "too expensive",
        "lighter": "too heavy",
        "more expensive": "too cheap", "longer": "too short"}  # fmt: skip
LIKE_THAT = ("like the {rank} one but {more}", "something {more} than the {rank} one",
              "{more} than the {rank}, please",
              "similar to the {rank} but {more}", "can I get one {more} than the {rank}?")  # fmt: skip

_TENS = ("", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
         "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")  # fmt: skip
_HOURS = {30: ("half an hour",), 45: ("three quarters of an hour",), 60: ("an hour", "one hour", "1 hour", "1h"),
          90: ("an hour and a half", "1.5 hours", "one and a half hours", "1h30"), 120: ("two hours", "2 hours", "2h"),
          150: ("two and a half hours", "2.5 hours", "2h 30min"), 180: ("three hours", "3 hours", "3h")}  # fmt: skip


def number(value: int) -> str:
    """In words, below one hundred."""
    if value < len(_ONES):
        return _ONES[value]
    tens, ones = divmod(value, 10)
    return f"{_TENS[tens]}-{_ONES[ones]}" if ones else _TENS[tens]


def minutes(value: int, draw: Random) -> str:
    """ "90 minutes", "an hour and a half"."""
    plain = [f"{value} minutes", f"{value} min", f"{value} mins", f"{value}min"]
    plain += [f"{number(value)} minutes"] if value < 100 else []
    return draw.choice([*plain, *3 * _HOURS.get(value, ())])


def dollars(value: int, draw: Random) -> str:
    """ "$20", "twenty bucks"."""
    said = [f"${value}", f"{value} dollars", f"{value} bucks", f"USD {value}", f"${value}.00"]
    return draw.choice([*said, f"{number(value)} dollars"] if value < 100 else said)


def grams(value: int, draw: Random) -> str:
    """ "300 g", "half a kilo"."""
    said = [f"{value} g", f"{value} grams", f"{value}g"]
    kilos = {500: ("half a kilo", "0.5 kg"), 1000: ("1 kg", "a kilo", "one kilogram"), 2000: ("2 kg", "two kilos")}
    return draw.choice([*said, *2 * kilos.get(value, ())])


def decade(first: int, draw: Random) -> str:
    """ "nineties", "1990s", "90s"."""
    said = [f"{first}s"]
    if 1920 <= first < 2000:
        tens = _TENS[first // 10 % 10]
        said += [f"{first % 100}s", f"{tens[:-1]}ies"]
    return draw.choice(said)


def aged(years: int, draw: Random) -> tuple[str, str]:
    """ "6-year-old", and with its article."""
    said = draw.choice([f"{years}-year-old", f"{years} year old", f"{number(years)}-year-old"])
    return said, f"an {said}" if years in (8, 11, 18) else f"a {said}"
