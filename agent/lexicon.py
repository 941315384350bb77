"""The closed vocabulary of recommendation prose: words that claim nothing by themselves.

Everything else in a model's sentence has to be a fact. Words of mood, praise, comparison, price and promise are
left out on purpose: "tense", "great", "better", "free" and "will" are claims.
"""

from __future__ import annotations

JOINING = frozenset(
    """
    a an the and or but so as at by for from in into of off on onto out over to up with within about around
    among between through across toward towards under upon along alongside after before since because while when
    where which who whom whose that this these those there here then too also again both either if than though
    although thanks due well plus amid via per whether
    """.split()  # noqa: SIM905 - a word list reads better as prose
)
PEOPLE = frozenset(
    """
    i we you your yours yourself it its itself he she they them their one ones someone
    """.split()  # noqa: SIM905
)
VERBS = frozenset(
    """
    is are was were be been being do does did done have has had having can could may might would should s re ve
    d ll let lets try start starts begin look looks see find finds found come comes came go goes went give gives
    take takes make makes made feel feels think turn turns follow follows lead leads point points fit fits suit
    suits match matches pair pairs bring brings deal deals explore explores explored exploring touch touches
    centre centres focus focuses tell tells told include includes including feature features featuring star
    stars starring starred direct directs directed write writes wrote written compose composed develop developed
    publish published design designed create created produce produced belong belongs want wanted ask asked asks
    recommend recommends recommended recommending suggest suggests suggested pick picks picked choose chose
    chosen offer offers like likes liked love loves loved enjoy enjoys enjoyed enjoying watch watched watching
    read reading play played playing hear heard buy bought saw seen finished rated appeal appeals drawn interest
    interested interests mention mentioned keep keeps return returned called titled named themed looked tend
    tends
    """.split()  # noqa: SIM905
)
HEDGES = frozenset(
    """
    perhaps maybe possibly just indeed simply lately recently often sometimes usually earlier next now today
    close natural another some such other things something kind sort bit few choice option idea
    recommendation recommendations suggestion suggestions list shelf reason reasons work step place way taste
    tastes mood history request favour hello hi yes please ok okay welcome together usual outside catalogue
    recent especially mostly mainly
    """.split()  # noqa: SIM905
)
FIELDS = frozenset(
    """
    title titles theme themes story subject genre genres director cast name year country fan favourite
    """.split()  # noqa: SIM905
)

LEXICON = JOINING | PEOPLE | VERBS | HEDGES | FIELDS

LIKING = frozenset(
    """
    like likes liked love loves loved enjoy enjoys enjoyed fan favourite favorite drawn
    """.split()  # noqa: SIM905
)
USING = frozenset(
    """
    watch watched watching read reading play played heard bought saw seen finished chose picked rated
    """.split()  # noqa: SIM905
)
DISLIKING = frozenset(
    """
    dislike dislikes disliked hate hates hated avoid avoided
    """.split()  # noqa: SIM905
)
PAST = frozenset(
    """
    liked loved enjoyed watched read played heard bought saw seen finished chose picked rated disliked hated
    """.split()  # noqa: SIM905
)
OFFERING = frozenset(
    """
    recommend recommends recommended suggest suggests suggested try start offer may might could should
    """.split()  # noqa: SIM905
)
DENYING = (
    frozenset(
        """
    not never no none nor neither without cannot t nothing isn don doesn didn won
    """.split()  # noqa: SIM905
    )
    | DISLIKING
)
SPEAKING = frozenset(
    """
    would suggest recommend also
    """.split()  # noqa: SIM905
)
"""What the recommender says of itself after "I"; tastes are the person's."""
BACKWARD = frozenset(
    """
    it its this drawn
    """.split()  # noqa: SIM905
)
"""Words after which the sentence speaks of the recommended item, or of the person, again."""
