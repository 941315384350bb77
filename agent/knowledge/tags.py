"""What kind of word a catalogue's tag is, which decides what may be said with it. Data and its rules.

"Shares its dark humour" is English and "shares its feel-good" is not. A tag that is neither listed here nor plain from
its ending is of no known kind, and is only ever quoted as a tag. Knows nothing of items.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from .phrases import article
from .proper_names import cased, is_name

TagKind: TypeAlias = Literal["subject", "feature", "setting", "trait", "form", "place", "other"]
"""What an item is about ("grief", "a heist"), what it has ("dark humour"), where it plays ("a prison"), what it is like
("quirky"), what it is one of ("true story"), a place by its name, or none of these that we know."""


def _words(text: str) -> frozenset[str]:
    return frozenset(" ".join(word.split()) for word in text.split(","))


_SUBJECTS = _words("""
    activism, addiction, ageing, alcohol, aliens, alienation, ambition, angels, animals, apes, art, artificial
    intelligence, assassins, aviation, ballet, baseball, betrayal, boxing, brothers, bullying, captivity, childhood,
    cars, city life, class, colonialism, community, con artists, corruption, courage, criminals, dance, decadence,
    desire, detectives, dictatorship, disability, divorce, domestic abuse, dragons, dreams, espionage, everyday life,
    faith, fame, family secrets, family ties, fascism, fate, fatherhood, fathers and daughters, fathers and sons,
    female friendship, feminism, filmmaking, first love, folklore, food, forbidden love, friendship, gambling, gangs,
    gangsters, genius, genocide, ghosts, grandparents, greed, grief, guilt, hackers, heartbreak, honour, hope, identity,
    imagination, immigration, indigenous culture, infidelity, injustice, isolation, jealousy, journalism, justice,
    kidnapping, kindness, loneliness, loss of innocence, love, madness, magic, marriage, masculinity, memory, mental
    health, monsters, mortality, motherhood, mothers and daughters, murder, music, nature, neighbours, nostalgia,
    obsession, orphans, outlaws, paranoia, photography, pirates, politics, poverty, power, pregnancy, prejudice,
    racism, rebellion, redemption, regret, religion, resistance, revenge, revolution, rivalry, robots, royalty,
    sacrifice, samurai, science, secrets, self-discovery, show business, siblings, singing, sisters, slavery, soldiers,
    spies, students, stunts, surveillance, survival, teachers, teamwork, technology, teenagers, terrorism, time travel,
    toys, tradition, trauma, true love, unrequited love, vampires, voyeurism, war, wealth, werewolves, witchcraft,
    working life, writers, zombies, parallel worlds, doubles, letters, the working class, mistaken identity, the police,
    the theatre, the media, tragic love
""")
_COUNTED = _words("""
    assassin, band, chase, class divide, con artist, conspiracy, culture clash, curse, detective, disappearance,
    disaster, epidemic, escape, heist, journey, love triangle, mad scientist, midlife crisis, moral dilemma, orphan,
    psychopath, quest, road trip, second chance, serial killer, time loop, treasure hunt, vigilante, wedding, werewolf,
    body swap, lone hero, found family, outsider, underdog, superhero, chosen one, unlikely friendship
""")
"""Of these there is one: "about a heist", "another heist film"."""
_FEATURES = _words("""
    absurd humour, black humour, body horror, classical music, computer animation, dark humour, found footage,
    jazz, martial arts, open world, rock music, slapstick, social realism, soul music, stop motion, suspense,
    witty dialogue, satire, crafting, exploration, stealth, tactics, puzzles, magic realism
""")
_SETTINGS = _words("""
    circus, country house, courtroom, desert, hotel, island, jungle, prison, river, school, small town, space, sea,
    theatre, train, village, wilderness, haunted house, suburbia, outback, farm, hospital, boarding school, submarine
""")
_WITH_THE = _words("desert, jungle, sea, theatre, wilderness, outback")
_WITHOUT_ARTICLE = _words("space, suburbia")
_ON, _AT = _words("farm, island, river, train"), _words("sea")
_BEFORE_NOUN = _words("""
    boarding school, body swap, con artist, conspiracy, courtroom, detective, disaster, haunted house, heist, prison,
    road trip, serial killer, small town, submarine, superhero, time loop, treasure hunt, vigilante, wedding, werewolf
""")
"""What is said before a noun: "a heist film", but not "a journey film"."""
_TRAITS = _words("""
    absurd, atmospheric, beautiful, bittersweet, bleak, brutal, challenging, charming, colourful, colorful, competitive,
    cooperative, cosy, cozy, dark, deadpan, dreamlike, eerie, emotional, epic, experimental, fast-paced, feel-good,
    funny, gentle, gory, gothic, gritty, hand-drawn, heartwarming, hypnotic, intense, intimate, lavish, lyrical,
    meditative, melancholic, melancholy, mind-bending, minimalist, moody, nonlinear, nostalgic, offbeat, philosophical,
    playful, poetic, post-apocalyptic, provocative, quirky, relaxing, rural, sad, satirical, scary,
    sentimental, sombre, stylish, stylized, supernatural, surreal, suspenseful, swashbuckling, tense, thought-provoking,
    touching, tragic, turn-based, twisty, understated, uplifting, violent, visceral, warm, whimsical, wholesome, witty
""")
_FORMS = {
    "anti-war": "anti-war story", "biopic": "biopic", "comic-book adaptation": "comic-book adaptation",
    "coming of age": "coming-of-age story", "cult film": "cult film", "fairy tale": "fairy tale",
    "literary adaptation": "literary adaptation", "memoir": "memoir", "mockumentary": "mockumentary",
    "neo-noir": "neo-noir", "noir": "film noir", "parody": "parody", "period drama": "period drama",
    "platformer": "platformer", "roguelike": "roguelike", "satire": "satire", "shooter": "shooter",
    "silent film": "silent film", "slasher": "slasher", "slow burn": "slow burn", "true story": "true story",
    "visual novel": "visual novel", "whodunit": "whodunit", "dystopia": "dystopia", "mystery": "mystery",
}  # fmt: skip
_ENDINGS = ("ship", "ness", "ment", "tion", "sion", "ism", "hood", "dom", "ance", "ence")


def kind_of(tag: str) -> TagKind:
    """Which kind of word it is."""
    low = tag.casefold()
    listed: tuple[tuple[TagKind, frozenset[str]], ...] = (
        ("trait", _TRAITS), ("form", frozenset(_FORMS)), ("setting", _SETTINGS), ("feature", _FEATURES),
        ("subject", _SUBJECTS | _COUNTED),
    )  # fmt: skip
    for kind, words in listed:
        if low in words:
            return kind
    if is_name(low):
        return "place"
    return "subject" if low.isalpha() and low.endswith(_ENDINGS) else "other"


def form_of(tag: str) -> str:
    """What an item with this tag is, after "a" or "another": "coming-of-age story"; empty for other kinds of tag."""
    return _FORMS.get(tag.casefold(), "")


def is_counted(tag: str) -> bool:
    """Whether there is one of it, "a heist", "a prison", and not some of it, "grief", "gangsters"."""
    low = tag.casefold()
    return low in _COUNTED or low in _SETTINGS - _WITHOUT_ARTICLE


def before_noun(tag: str) -> str:
    """The tag before a noun, "prison film", "small-town film"; empty where it does not stand there."""
    return cased(tag).replace(" ", "-") if tag.casefold() in _BEFORE_NOUN else ""


def where_of(tag: str) -> str:
    """Where something with this tag of a setting plays: "in a prison", "on an island", "at sea", "in space"."""
    low = tag.casefold()
    if low in _AT:
        return f"at {tag}"
    return f"{'on' if low in _ON else 'in'} {phrase_of(tag)}"


def phrase_of(tag: str) -> str:
    """The tag as a noun phrase: "a heist", "the sea", "grief", "an island"."""
    if tag.casefold() in _WITH_THE:
        return f"the {tag}"
    return article(tag) if is_counted(tag) else cased(tag)
