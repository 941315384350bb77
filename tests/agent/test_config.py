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
        ("modle: x", "modle is not known .did you mean model"),
        ("colour: red", "colour is not known .there are model, quantize"),
        ("half_life: {day: 1}", r"half_life\.day is not known .did you mean days"),
        ("alerts: {quiet: 1}", r"alerts\.quiet is not known .(did you mean|there are)"),
        ("tasks: {explian: 1}", r"tasks\.explian is not known .did you mean explain\?"),
        ("tasks: {sing: 1}", r"tasks\.sing is not known .there are rank, rate, explain, summarise"),
        ("tasks: {}", "tasks is {}: `tune` would have nothing to learn"),
        ("tasks:", "tasks is empty, and takes lines of its own"),
        ("tasks: {rank: 0}", r"tasks\.rank is 0, and takes more than 0"),
        ("contrast: 5", "contrast is 5: it counts beside the ranking, 0 to 1"),
        ("adapter: 5", "adapter is 5, and takes a path"),
        ("model: 5", "model is 5, and takes text"),
        ("half_life: 60", "half_life is 60, and takes lines of its own"),
        ("quantize: int4", 'quantize is "int4", and takes auto or nf4 or int8 or none'),
        ("pool: 201", "pool is 201, and takes at most 200"),
        ("pool: many", 'pool is "many", and takes a whole number'),
        ("rating_scale: [1]", r"rating_scale is \[1\], and takes two numbers"),
        ("alerts: {webhook: abc}", r"alerts\.webhook is \"abc\", and takes an address that begins with http"),
        ("chroma: here", r"chroma is \"here\", and takes lines of its own"),
        ("chroma: {link: x}", r"chroma\.link is not known .there are url"),
        ("chroma: {url: 'ftp://x'}", r"chroma\.url is \"ftp://x\", and takes an address that begins with http"),
        ("chroma: {url: 'http://a:b@x:1'}", r"chroma\.url is .* http://host:port and nothing more"),
        ("chroma: {url: 'http://x/y'}", r"chroma\.url is .* http://host:port and nothing more"),
        ("model: 2026-01-01", 'model is "2026-01-01", and takes text'),
        ("[1, 2]", "it takes lines such as `pool: 20`"),
    ],
)
def test_a_wrong_line_is_named(read, content, named):
    with pytest.raises(ConfigError, match=named) as caught:
        read(content)
    assert "sommelier.yaml" in str(caught.value)
    assert not any(word in str(caught.value) for word in ("Input", "[key]", "class", "permitted", "dictionary"))


@pytest.mark.parametrize("content", ["model: [", "a: b: c", "\tmodel: x", b"model: \xff\xfe", "model: !!python/none x"])
def test_what_is_no_yaml_says_so(read, content):
    with pytest.raises(ConfigError, match="not readable as YAML"):
        read(content)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("pool: 20\nmodel: [", "line 2, column 9"),
        ("a: b: c", "line 1, column 5"),
        ("\tmodel: x", "line 1, column 1"),
        (b"model: \xff\xfe", "UTF-8"),
        ("model: \x07", "character"),
    ],
)
def test_where_it_is_no_yaml_is_said_in_one_line(read, content, told):
    with pytest.raises(ConfigError, match=told) as caught:
        read(content)
    assert "\n" not in str(caught.value)


def test_the_way_of_ranking_names_its_prompt(tmp_path):
    assert load_config(tmp_path).ranking_prompt == "rank"
    (tmp_path / "sommelier.yaml").write_text("ranking: listwise\n")
    assert load_config(tmp_path).ranking_prompt == "order"
    (tmp_path / "sommelier.yaml").write_text("ranking: setwise\n")
    with pytest.raises(ConfigError, match="ranking"):
        load_config(tmp_path)
