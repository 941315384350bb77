"""Templates: what is put into them is text, what they lack is an error, and no HTML is made anywhere else."""

import ast
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import TemplateNotFound, UndefinedError
from sommelier.agent.rendering import Templates

ROOT = Path(__file__).parents[2]
MARKUP = re.compile(r"(?<!\(\?P)<(?:/|!doctype|[a-z]+[1-6]?(?:\s[^<>]*)?/?>|(?:svg|div|span|p|li)\b)", re.IGNORECASE)
"""A tag, or the beginning of one; not the name of a group in a regular expression."""
PAGES = ("chat", "board", "serving")


@pytest.fixture
def show(tmp_path):
    """Shows a component that is written on the spot: its macro's arguments and content, then values."""

    def showing(arguments, content, *values, **known):
        (tmp_path / "card.html").write_text(f"{{% macro card({arguments}) %}}{content}{{% endmacro %}}")
        return Templates(tmp_path, **known).show("card.html", *values)

    return showing


class Parsed(HTMLParser):
    """What a browser makes of a page: its tags, their attributes and the text between them."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes

    def handle_data(self, text):
        self.text += text


@pytest.mark.parametrize("text", ["<script>x</script>", '" onload="x', "' x='", "{{ 7 * 7 }}", "&lt;b&gt;", "${x}"])
@pytest.mark.parametrize("value", ["it", "it|cut(90)"])
def test_whatever_is_put_in_is_text(show, text, value):
    page = Parsed(show("it", f"<p title='{{{{ {value} }}}}' lang=\"{{{{ {value} }}}}\">{{{{ {value} }}}}</p>", text))
    assert page.tags == ["p"]
    assert page.attributes == [("title", text), ("lang", text)]
    assert page.text == text


def test_cutting_bounds_what_is_shown(show):
    assert show("it", "{{ it|cut(9) }}", "<b>\n\x00 \u202eand so on") == "&lt;b&gt; and…"
    assert len(show("it", "{{ it|cut(40) }}", "W" * 100_000)) == 40


def test_html_that_is_finished_stays_as_it_is(show):
    assert show("it", "<p>{{ it }}</p>", show("it", "<b>{{ it }}</b>", "a & b")) == "<p><b>a &amp; b</b></p>"


def test_lines_of_a_template_are_no_white_space_in_the_page(show):
    content = """
      <ul class="a"
          id="b">
        {% for each in it %}
          <li>{{ each }}</li>
        {% endfor %}
      </ul>
      <p>One
         line. <b>{{ word }}</b> <i>x</i></p>
    """
    page = show("it", content, ["1\n 2", "3"], word="w")
    assert page == '<ul class="a" id="b"><li>1\n 2</li><li>3</li></ul><p>One line. <b>w</b> <i>x</i></p>'


def test_what_a_component_lacks_is_an_error_and_not_a_gap(show, tmp_path):
    for arguments, content in (("it", "{{ it }}"), ("", "{{ unknown }}"), ("", "{{ 'x'.unknown }}")):
        with pytest.raises(UndefinedError):
            show(arguments, content)
    with pytest.raises(TemplateNotFound, match="nowhere"):
        Templates(tmp_path).show("nowhere.html")


def strings(tree):
    """(line, text) of every string of a module that is no docstring; the values in an f-string are left out."""
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.lineno, node.value


def markup_in(source):
    return [f"{line}: {text[:60]}" for line, text in strings(ast.parse(source)) if MARKUP.search(text)]


def test_no_html_is_made_outside_of_templates():
    files = sorted((ROOT / "agent").rglob("*.py"))
    assert len(files) > 80
    found = [
        f"{path.relative_to(ROOT)}:{each}" for path in files for each in markup_in(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "source",
    ["x = '<p>'", "x = f'<b class=\"{y}\">'", "x = '<div ' + y", "x = '<svg'", "x = f'{y}</li>'", "x = '<br/>'"],
)
def test_html_in_the_code_is_seen(source):
    assert markup_in(source)


@pytest.mark.parametrize("source", ['"""Makes <b>."""', "x = 'a < b'", "x = '<|im_start|>'", "x = '->'", "x = y < z"])
def test_other_text_in_the_code_passes(source):
    assert not markup_in(source)


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_put_into_a_template_unescaped(page):
    """But by `cut`, which escapes, and by macros and whole files of ours."""
    files = sorted((ROOT / "agent" / page / "templates").iterdir())
    assert files
    for path in files:
        assert not re.search(r"\|\s*safe\b|autoescape|Markup", path.read_text(encoding="utf-8")), path.name


@pytest.mark.parametrize("page", PAGES)
def test_every_template_holds_the_macro_that_it_is_named_for(page):
    for path in (ROOT / "agent" / page / "templates").iterdir():
        assert f"{{% macro {path.stem}(" in path.read_text(encoding="utf-8"), path.name
