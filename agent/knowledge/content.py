"""Which genres and keywords of a catalogue tell what an item is like. Data; knows no catalogue and no message."""

from __future__ import annotations

CONTENT = {
    "violent": frozenset({
        "action", "war", "horror", "crime", "violence", "gore", "slasher", "torture", "body horror", "murder",
        "serial killer", "gangsters", "gangs", "assassin", "martial arts", "samurai", "revenge", "shooter",
        "fighting", "boxing", "massacre", "genocide", "world war i", "world war ii", "vietnam war", "soldiers",
        "domestic abuse", "combat",
    }),
    "scary": frozenset({
        "horror", "slasher", "ghosts", "haunted house", "monsters", "vampires", "zombies", "werewolves",
        "supernatural", "eerie", "body horror", "serial killer", "found footage", "witchcraft", "psychopath",
        "suspense", "survival horror", "thriller", "gothic",
    }),
    "sad": frozenset({
        "tragedy", "grief", "tragic love", "heartbreak", "loneliness", "melancholy", "bittersweet",
        "mortality", "bleak", "sacrifice", "loss of innocence", "trauma", "holocaust", "genocide", "regret",
        "domestic abuse", "unrequited love", "mental health", "guilt", "death", "loss",
    }),
}  # fmt: skip
"""What is asked about an item, and the values, folded, that say it is so."""

REFUSED = {"violence": "violence | gore | slasher | torture | age: adult"}
"""What "@violence" in `[values]` of a language stands for: all that somebody who wants none of it does not want."""

BLACK_AND_WHITE = frozenset({"black and white", "black-and-white", "b&w", "b/w"})
"""Values, folded, that say a film has no colour."""
