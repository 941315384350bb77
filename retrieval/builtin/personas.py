"""Seventeen kinds of film lover, as tastes over the facets of the built-in catalogue.

Knows what each kind likes and where such a taste tends to drift. Knows nothing about time, events or single viewers.
A taste maps (facet, value) to points; the facet "era" is a decade ("1940s"), derived from a film's year.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Facet: TypeAlias = tuple[str, str]
Taste: TypeAlias = Mapping[Facet, int]


@dataclass(frozen=True)
class Persona:
    """A kind of viewer.

    `phrase` describes the taste that a viewer starts with; `leads_to` names the personas it may drift towards.
    """

    name: str
    phrase: str
    taste: Taste
    leads_to: tuple[str, ...]
    age_bands: tuple[str, ...]


def _taste(**facets: str) -> dict[Facet, int]:
    """Parse `genres="horror 4, mystery 1"` into `{("genres", "horror"): 4, ("genres", "mystery"): 1}`."""
    taste: dict[Facet, int] = {}
    for facet, listing in facets.items():
        for entry in listing.split(", "):
            value, points = entry.rsplit(" ", 1)
            taste[(facet, value)] = int(points)
    return taste


_YOUNG = ("18-24", "25-34")
_MIDDLE = ("25-34", "35-44", "45-54")
_OLDER = ("45-54", "55-64", "65+")

PERSONAS: tuple[Persona, ...] = (
    Persona(
        "stargazer",
        "dreams of space and of the future",
        _taste(
            genres="science-fiction 5, adventure 2",
            keywords="space 4, aliens 3, dystopia 3, artificial intelligence 3, time travel 3, robots 3",
            director="Denis Villeneuve 2, Ridley Scott 2, James Cameron 2",
            era="2010s 1",
        ),
        ("nightwalker", "brooder", "caper"),
        _MIDDLE,
    ),
    Persona(
        "nightwalker",
        "wants to be frightened properly",
        _taste(
            genres="horror 6, mystery 1",
            keywords="haunted house 3, supernatural 3, ghosts 3, monsters 3, slasher 3, vampires 2, zombies 3",
            director="John Carpenter 2, Jordan Peele 2, David Cronenberg 2",
            era="1970s 1, 2010s 1",
        ),
        ("sleuth", "silent", "stargazer", "east"),
        _YOUNG,
    ),
    Persona(
        "romantic",
        "believes in love stories, happy or not",
        _taste(
            genres="romance 6",
            keywords="first love 3, forbidden love 3, love triangle 3, wedding 3, tragic love 3, unrequited love 3, "
            "opposites attract 2, period drama 2, true love 3",
            director="Richard Linklater 2, James Ivory 2, Ang Lee 1",
        ),
        ("showtune", "goldenage", "brooder", "laughter"),
        _MIDDLE,
    ),
    Persona(
        "sleuth",
        "reads a film for its clues",
        _taste(
            genres="mystery 5, thriller 3",
            keywords="detective 4, whodunit 4, murder 3, plot twist 3, serial killer 2, cat and mouse 2, secrets 2",
            director="David Fincher 3, Alfred Hitchcock 3, Rian Johnson 2",
        ),
        ("underworld", "goldenage", "brooder", "nightwalker"),
        _OLDER,
    ),
    Persona(
        "underworld",
        "follows crooks, heists and bent policemen",
        _taste(
            genres="crime 6, thriller 1",
            keywords="gangsters 4, heist 4, corruption 3, undercover 3, neo-noir 3, con artist 3, prison 2",
            director="Martin Scorsese 3, Michael Mann 3, Quentin Tarantino 3, Joel Coen 2",
            era="1990s 1",
        ),
        ("soldier", "laughter", "east", "frontier"),
        _MIDDLE,
    ),
    Persona(
        "hearth",
        "looks for something for the whole family",
        _taste(
            genres="family 5, animation 5",
            keywords="animals 3, computer animation 3, hand-drawn 3, magic 3, fairy tale 3, stop motion 2",
            director="Hayao Miyazaki 3, Pete Docter 2, Paul King 2",
        ),
        ("caper", "showtune", "east", "laughter"),
        ("35-44", "45-54"),
    ),
    Persona(
        "laughter",
        "wants to laugh, the darker the better",
        _taste(
            genres="comedy 6",
            keywords="dark humour 3, quirky 3, deadpan 3, parody 3, satire 3, absurd humour 2, slapstick 2",
            director="Wes Anderson 3, Edgar Wright 3, Taika Waititi 2",
        ),
        ("romantic", "nightwalker", "wanderer", "silent"),
        _YOUNG,
    ),
    Persona(
        "soldier",
        "is drawn to war, history and conscience",
        _taste(
            genres="war 6, history 4",
            keywords="world war ii 3, world war i 3, anti-war 3, soldiers 3, resistance 2, holocaust 2",
            director="Stanley Kubrick 1, Steven Spielberg 2",
        ),
        ("biographer", "frontier", "brooder", "underworld"),
        _OLDER,
    ),
    Persona(
        "east",
        "travels through East Asian cinema",
        _taste(
            language="Japanese 5, Korean 5, Mandarin 5, Cantonese 5",
            keywords="samurai 3, martial arts 3, tokyo 2, hong kong 2, seoul 2, wuxia 2, revenge 1",
            director="Akira Kurosawa 3, Park Chan-wook 2, Bong Joon-ho 2, Wong Kar-wai 2",
        ),
        ("wanderer", "nightwalker", "brooder", "underworld"),
        _YOUNG,
    ),
    Persona(
        "wanderer",
        "goes round the world in subtitles",
        _taste(
            language="French 4, Spanish 4, Italian 4, Portuguese 4, Persian 4, German 4, Swedish 3, Hindi 3",
            keywords="paris 2, italy 2, social realism 3, poverty 2, village 2, tehran 2, dictatorship 2",
            director="Pedro Almodóvar 2, Federico Fellini 2, Asghar Farhadi 2",
        ),
        ("brooder", "east", "romantic", "soldier"),
        _OLDER,
    ),
    Persona(
        "goldenage",
        "lives in black and white Hollywood",
        _taste(
            era="1930s 4, 1940s 6, 1950s 5",
            keywords="noir 4, femme fatale 3, screwball 4, witty dialogue 2, show business 1",
            director="Billy Wilder 3, Alfred Hitchcock 3, Howard Hawks 3",
            genres="romance 1, crime 1",
        ),
        ("silent", "sleuth", "frontier", "romantic"),
        _OLDER,
    ),
    Persona(
        "silent",
        "studies the roots of cinema",
        _taste(
            era="1920s 6, 1930s 4",
            keywords="silent film 6, expressionism 3, slapstick 3, experimental 3, surreal 2",
            director="Charlie Chaplin 3, Buster Keaton 3, F. W. Murnau 3, Fritz Lang 3",
        ),
        ("goldenage", "wanderer", "nightwalker"),
        _OLDER,
    ),
    Persona(
        "showtune",
        "hums along: music and dance on the screen",
        _taste(
            genres="musical 6, music 6",
            keywords="dance 4, singing 3, band 3, rock music 3, jazz 3, concert 3, theatre 2, show business 2",
            director="Baz Luhrmann 2, John Carney 2, Damien Chazelle 2",
        ),
        ("romantic", "biographer", "hearth", "goldenage"),
        _MIDDLE,
    ),
    Persona(
        "biographer",
        "prefers what really happened",
        _taste(
            genres="documentary 6, biography 5, sport 4",
            keywords="true story 5, journalism 3, boxing 2, politics 2, baseball 1, underdog 2, activism 2",
        ),
        ("soldier", "showtune", "wanderer", "sleuth"),
        _MIDDLE,
    ),
    Persona(
        "frontier",
        "needs wide horizons: westerns, deserts and the sea",
        _taste(
            genres="western 7, adventure 4",
            keywords="frontier 4, outlaws 3, desert 3, wilderness 3, sea 2, survival 2, journey 2, treasure hunt 2",
            director="John Ford 2, Peter Weir 2",
        ),
        ("soldier", "stargazer", "goldenage", "underworld"),
        _OLDER,
    ),
    Persona(
        "brooder",
        "likes films slow, quiet and close to the bone",
        _taste(
            genres="drama 2",
            keywords="slow burn 4, grief 4, loneliness 4, memory 3, melancholy 3, mortality 3, identity 2, "
            "marriage 2, regret 2, philosophical 3",
            director="Paul Thomas Anderson 2, Ingmar Bergman 3, Sofia Coppola 2",
            era="2010s 1, 2020s 1",
        ),
        ("wanderer", "romantic", "east", "sleuth"),
        _MIDDLE,
    ),
    Persona(
        "caper",
        "wants thrills, chases and a big screen",
        _taste(
            genres="action 6, adventure 3",
            keywords="superhero 4, chase 4, spies 3, franchise 3, stunts 2, race against time 3, cars 2",
            director="Christopher Nolan 3, George Miller 3, Steven Spielberg 2",
            era="2000s 1, 2010s 1",
        ),
        ("stargazer", "east", "underworld", "frontier"),
        _YOUNG,
    ),
)
