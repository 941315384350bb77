"""Every word that the page itself says, in one place: translate this file and the page is translated.

Names in braces are filled in; what they are filled with comes from the catalogue, the engine or the person. What the
engine says (replies, reasons, summaries) is not here.
"""

from __future__ import annotations

LANGUAGE = "en"
DIRECTION = "ltr"
"""How the page itself reads; text from the catalogue finds its own direction."""

# --- the page --------------------------------------------------------------------------------------------------------

NAME = "Sommelier"
VIEWING_AS = "Viewing as"
YOURSELF = "Yourself"
NEW_CONVERSATION = "New conversation"
CONVERSATION = "Conversation"
YOUR_MESSAGE = "Your message"
IN_YOUR_OWN_WORDS = "In your own words"
ASK = "Ask"
CHOOSING = "Choosing…"
WELCOME = "What are you in the mood for?"
WELCOME_HINT = "Say it in your own words, or start with one of these."

# --- openers ---------------------------------------------------------------------------------------------------------

OPEN_QUESTION = "What would you pick for me today?"
IN_THE_MOOD = "I'm in the mood for {}"
SOMETHING_ABOUT = "Something about {}"
ANYTHING_WITH = "Anything with {}?"
SOMETHING_FROM = "Something from {}"
SOMETHING_IN = "Something in {}"

# --- the shelf -------------------------------------------------------------------------------------------------------

SHELF = "Recommendations"
SHELF_TITLE = "Picked for you"
EMPTY_SHELF = "Your shelf is empty."
EMPTY_SHELF_HINT = "Ask for something and the picks appear here, each with its reasons."
BUTTONS = {"like": "Like", "save": "Save", "seen": "Seen it", "dismiss": "Not for me"}
PRESSED = {"like": "Liked", "save": "Saved", "seen": "Seen", "dismiss": "Not for me"}
DONE = {"like": "Liked: more of this kind", "save": "Kept in your saved list", "seen": "Will not come again",
        "dismiss": "Set aside: will not come again", "dislike": "Disliked"}  # fmt: skip
MORE_LIKE_THIS = "More like this"
MORE_LIKE = "Something like “{title}”"
UNDO = "Undo"
UNDONE = "Taken back: {title}"
OF_ITEM = "{action}: {title}"
TOO_LATE = "That was a while ago and can no longer be undone here."
NOTHING_TO_UNDO = "There is nothing to undo."
SHELF_IS_GONE = "That shelf is no longer here. Reload the page and try again."

# --- why -------------------------------------------------------------------------------------------------------------

WHY = "Why this?"
STRENGTH = "{share} of the first pick's score"
STRENGTH_FIRST = "Strongest match here"
STRENGTH_HINT = "The bar compares this item's score with the highest one on this shelf. It is no probability."
PARTS = {"behaviour": "Behaviour", "text": "Text", "request": "Your request", "lm": "Language model",
         "popularity": "Popularity", "person": "People like you", "situation": "Time and place"}  # fmt: skip
PARTS_TITLE = "What the score is made of"
PARTS_HINT = {
    "behaviour": "What people chose before and after the items in your history",
    "text": "How alike its description and facts are to what you know",
    "request": "How well it matches the words of your message",
    "lm": "How the language model judged it, compared with the other candidates",
}
SCORE = "Score {score}, the sum of these"
YOU_DID = "You {deed}"
IN_YOUR_HISTORY = "In your history:"
OF_THE_MATCH = "{lead} {title} ({share} of the match)"
SHARED = "{facet}: {value} (your interest: {strength})"
YOUR_WORDS = "Your words: {words}"
POPULARITY = "More popular than {share} of the catalogue"
UNDER_ONE_PERCENT = "under 1%"

# --- the profile -----------------------------------------------------------------------------------------------------

PROFILE = "Profile"
WHAT_I_KNOW = "What I know about {name}"
YOU = "you"
NOTHING_KNOWN = "Nothing yet. Like or dislike something and I will learn."
BY_MODEL = "Written by the model"
BY_FACTS = "Built from the facts"
SOURCE = "{author}, from {events}"
EVENTS = ("{count:,} event", "{count:,} events")

# --- the model -------------------------------------------------------------------------------------------------------

ADAPTER = "adapter {name}"
ITEMS = ("{count:,} item", "{count:,} items")

# --- what can go wrong -----------------------------------------------------------------------------------------------

SAY_SOMETHING = "Tell me what you are in the mood for, in a few words."
TOO_LONG = "That message has {count:,} characters and I read up to {most:,}. Please shorten it."
STILL_ANSWERING = "I am still answering your last message. One moment, please."
FAILED = "Something went wrong while answering, and nothing you did was lost. Please ask again."
WENT_WRONG = "Something went wrong on this side, and nothing you did was lost. Please try again."


def counted(forms: tuple[str, str], count: int) -> str:
    """`forms` are for one and for any other number: (("{count} item", "{count} items"), 2) -> "2 items"."""
    return forms[count != 1].format(count=count)
