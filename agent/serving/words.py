"""Every word that is said between a door and the engine, in one place: translate this file with that of the page."""

from __future__ import annotations

SAY_SOMETHING = "Tell me what you are in the mood for, in a few words."
TOO_LONG = "That message has {count:,} characters and I read up to {most:,}. Please shorten it."
SIGN_IN = "I do not know who you are. Sign in again and reload the page."
NOTHING_TO_RETRY = "That was answered already. Ask something else."
CLOSING = "The server is closing. Ask again in a moment."
STILL_ANSWERING = "I am still answering your last message. One moment, please."
FAILED = "Something went wrong while answering, and nothing you did was lost. Please ask again."
NOTHING_TO_EDIT = "There is no message to edit yet. Say something first."
NOT_THE_LAST = "There is a newer message by now, so this one can no longer be edited. Send it again to ask it anew."
NO_SUCH_CONDITION = "That condition is no longer in force. What holds now is listed with the last answer."
NO_SUCH_OPTION = "That question is no longer open. Say what you would like instead."
WITHOUT = "Without: {condition}"
"""What a conversation shows where a condition was taken back by a click."""
TAKE_BACK = "Undo"
"""The message that takes the last step back; another language needs words for it that the engine reads so, too."""
