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
WRITING_WHY = "Here is a shelf. I am writing why…"
AHEAD = (
    "One person is ahead of you. Your turn comes next.",
    "{count} people are ahead of you. Your turn comes by itself.",
)
STOP = "Stop"
STOPPED = "Stopped. What I had so far stays."
STOPPED_EARLY = "Stopped before there was anything to show."
TRY_AGAIN = "Try again"
EDIT = "Edit last message"
EDITING = "Your last message, to be answered anew"
ASK_ANEW = "Ask anew"
KEEP_AS_IT_IS = "Do not edit"
UNDO_STEP = "Undo last step"
ANSWERS = "Answers to the question"
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
CONDITIONS = "What every pick must meet"
REMOVE_CONDITION = "Remove: {condition}"
REMEMBERED = "Remembered for good"
FORGET_PIN = "Forget: {pin}"
NO_SUCH_PIN = "That is no longer remembered. What is stands in the list."
SHELF_TITLE = "Picked for you"
SHELF_BEFORE = "Shown before"
WHAT_THIS_DOES = "What this can do"
ABILITIES = (
    ("more", "Find things in your own words", "Say what you want and what you don't: “something slow, no horror”."),
    ("seen", "Say why", "Every pick has a reason that was checked, and the evidence behind it."),
    ("like", "Learn as you go", "Like, save or set aside: the next answer follows. Ten seconds to undo."),
    ("save", "Keep it to yourself", "The model, the catalogue and what you do stay with whoever runs this page."),
)
"""An icon, a heading and a sentence each."""
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

# --- how it was searched ---------------------------------------------------------------------------------------------

HOW_I_SEARCHED = "How I searched: {time} to the shelf"
STEPS = {
    "understanding": "Read your message",
    "profile": "Read what is known of you ({events:,} events)",
    "candidates": "Drew {candidates:,} candidates from {catalogue:,} items",
    "ranking": "Had the language model judge each of them",
    "shelf": "Put the best {shown} on the shelf",
}
"""The steps of a turn, in their order."""
WRITING = "Wrote and checked the reply and the reasons"
STEP_TIME = "{step}: {time}"
MILLISECONDS = "{count:,} ms"
UNDER_ONE_MILLISECOND = "under 1 ms"

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

# --- the drawer ------------------------------------------------------------------------------------------------------

CLOSE = "Close"
OPEN = "About {title}"
FACTS = "Facts"
WHO_IT_IS_FOR = "Who it is for"
FOR_KINDS = "For people who look for {kinds}."
FOR_THEMES = "It is about {themes}."
ALONG = "People who chose it also chose {titles}."
FOR_YOU = "Why it was picked for you"
SIMILAR = "Similar"
SAVED_LIST = "Saved"
NOTHING_SAVED = "Nothing is saved yet. Press Save on a card and it waits here."
REMOVE = "Remove"
HISTORY = "History"
CONVERSATIONS = "Conversations in this browser"
MESSAGES = ("{count} message", "{count} messages")
PRESENT = "{count}, this one"
BACK_TO = "Back to the conversation that began with: {message}"
NOTHING_DONE = "Nothing yet. What you like, save or set aside is listed here."
TODAY = "Today"
UNDATED = "Some time ago"
DAY = "%d %B %Y"
SHARE = "Share"
SHARE_TITLE = "Share this shelf"
SHARE_HINT = "It names the picks, and nothing about you or why they were picked."
SHARED_TITLE = "A shelf that was shared with you"
SHELF_FROM = "Picked with Sommelier"
COPY_LINK = "Copy link"
COPY_TEXT = "Copy as text"
SAVE_PNG = "Save as PNG"
SAVE_SVG = "Save as SVG"
COPIED = "Copied."
NOT_HERE = "That did not work in this browser. Try one of the other buttons."
LINK_IS_SHORT = "The link carries the first {count} of these {all} picks: their ids are too long for more."
NO_LINK = "There is no link to these picks: their ids are too long for one."
CHANGED = "What changed in this conversation"
CHANGE = "{value}: from {before} to {now}"
CHANGE_NEW = "{value}: new, {now}"

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
SHIPPED_ADAPTER = "adapter as shipped"
ITEMS = ("{count:,} item", "{count:,} items")

# --- what can go wrong -----------------------------------------------------------------------------------------------

OFFLINE = "I cannot reach the engine just now. What was said so far is kept. I keep trying."
WENT_WRONG = "Something went wrong on this side, and nothing you did was lost. Please try again."


def counted(forms: tuple[str, str], count: int) -> str:
    """`forms` are for one and for any other number: (("{count} item", "{count} items"), 2) -> "2 items"."""
    return forms[count != 1].format(count=count)
