"""Every word that is said between a door and the engine, in one place: translate this file with that of the page."""

from __future__ import annotations

SAY_SOMETHING = "Tell me what you are in the mood for, in a few words."
TOO_LONG = "That message has {count:,} characters and I read up to {most:,}. Please shorten it."
SIGN_IN = "I do not know who you are. Sign in again and reload the page."
NOTHING_TO_RETRY = "That was answered already. Ask something else."
CLOSING = "The server is closing. Ask again in a moment."
STILL_ANSWERING = "I am still answering your last message. One moment, please."
FAILED = "Something went wrong while answering, and nothing you did was lost. Please ask again."
