"""The settings file: every line has a default, and a wrong one is named."""

from pathlib import Path

import pytest
from sommelier.agent.config import Config, HalfLife, load_config
from sommelier.agent.errors import ConfigError


@pytest.fixture
def read(tmp_path):
    def write_and_load(content):
        (tmp_path / "sommelier.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
        return load_config(tmp_path)

    return write_and_load


def test_no_file_and_an_empty_file_are_the_defaults(tmp_path, read):
    assert load_config(tmp_path) == Config()
    assert read("") == read("# nothing\n") == Config()


def test_settings_are_read(read):
    config = read(
        "model: Qwen/Qwen3-4B-Instruct-2507\nquantize: nf4\nadapter: adapters/one\nrating_scale: [0.5, 5]\n"
        "half_life: {days: null, events: 10}\nevent_weights: {view: 0.5, dislike: -2}\nrepeats: allowed\npool: 50\n"
    )
    assert config.model == "Qwen/Qwen3-4B-Instruct-2507"
    assert config.adapter == Path("adapters/one")
    assert config.half_life == HalfLife(days=None, events=10)
    assert config.event_weights == {"view": 0.5, "dislike": -2.0}
    assert (config.rating_scale, config.repeats, config.pool, config.shelf) == ((0.5, 5.0), "allowed", 50, 4)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("modle: x", "modle"),
        ("quantize: int4", "quantize"),
        ("pool: 0", "pool"),
        ("pool: 201", "pool"),
        ("pool: many", "pool"),
        ("shelf: 21", "shelf"),
        ("half_life: {days: 0}", r"half_life\.days"),
        ("half_life: {days: .inf}", r"half_life\.days"),
        ("half_life: {events: -1}", r"half_life\.events"),
        ("half_life: {weeks: 1}", r"half_life\.weeks"),
        ("half_life: 60", "half_life"),
        ("event_weights: {stare: 1}", r"event_weights\.stare"),
        ("event_weights: {view: high}", r"event_weights\.view"),
        ("event_weights: {view: .nan}", r"event_weights\.view"),
        ("rating_scale: [1]", "rating_scale"),
        ("rating_scale: [5, 1]", "rating_scale.*lowest rating comes first"),
        ("rating_scale: [3, 3]", "rating_scale"),
        ("repeats: sometimes", "repeats"),
        ("pool: 0\nshelf: 0", r"pool.*; shelf"),
        ("[1, 2]", "sommelier.yaml"),
        ("just words", "sommelier.yaml"),
    ],
)
def test_a_wrong_line_is_named(read, content, named):
    with pytest.raises(ConfigError, match=named) as caught:
        read(content)
    assert "sommelier.yaml" in str(caught.value)


@pytest.mark.parametrize("content", ["model: [", "a: b: c", "\tmodel: x", b"model: \xff\xfe", "model: !!python/none x"])
def test_what_is_no_yaml_says_so(read, content):
    with pytest.raises(ConfigError, match="not readable as YAML"):
        read(content)


def test_the_way_of_ranking_names_its_prompt(tmp_path):
    assert load_config(tmp_path).ranking_prompt == "rank"
    (tmp_path / "sommelier.yaml").write_text("ranking: listwise\n")
    assert load_config(tmp_path).ranking_prompt == "order"
    (tmp_path / "sommelier.yaml").write_text("ranking: setwise\n")
    with pytest.raises(ConfigError, match="ranking"):
        load_config(tmp_path)
