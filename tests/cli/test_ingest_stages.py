"""How far an ingest is: its totals are estimates, and still a stage ends only when it is over."""

from sommelier.cli.rendering.ingest_stages import IngestStages


def told(*steps):
    """What (stage, total, rows...) come to, seconds passing with every look at the clock."""
    seen, seconds = [], iter(range(1000))
    with IngestStages(lambda *move: seen.append(move), lambda: float(next(seconds))) as stages:
        for stage, total, *batches in steps:
            stages.begin(stage, total)
            for rows in batches:
                stages.advance(rows)
    return seen


def test_a_stage_is_told_when_it_begins_and_with_its_rate():
    assert told(("items", 4, 2, 2))[:2] == [("items", 0, 4), ("items, 1 rows/s", 2, 4)]


def test_more_rows_than_expected_do_not_end_a_stage_early():
    seen = told(("items", 3, 2, 2, 2))
    assert [(done, total) for _, done, total in seen] == [(0, 3), (2, 3), (4, 5), (6, 7), (6, 6)]


def test_a_stage_ends_where_the_next_begins_though_fewer_rows_came():
    seen = [(stage.partition(",")[0], done, total) for stage, done, total in told(("items", 9, 5), ("events", None, 1))]
    assert seen == [
        ("items", 0, 9),
        ("items", 5, 9),
        ("items", 5, 5),
        ("events", 0, 1),
        ("events", 1, 2),
        ("events", 1, 1),
    ]


def test_a_stage_that_broke_is_not_told_as_done():
    seen = []
    try:
        with IngestStages(lambda *move: seen.append(move)) as stages:
            stages.begin("items", 9)
            stages.advance(4)
            raise OSError
    except OSError:
        assert [done < total for _, done, total in seen] == [True, True]
