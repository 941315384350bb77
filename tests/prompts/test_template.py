"""The Jinja subset: what it renders and what it refuses, by line."""

import pytest
from sommelier.prompts import template
from sommelier.prompts.template import TemplateFaultError, parse, render


def test_variables_conditions_loops_and_filters_render():
    source = "{% if likes %}\nYou like {% for each in likes %}{{ each | upper }} {% endfor %}\n{% endif %}{{ name }}"
    parse(source)
    assert render(source, {"likes": ["a", "b"], "name": "Ann"}) == "You like A B Ann"


def test_values_are_inert():
    assert render("{{ x }}", {"x": "{{ 7 * 7 }} <b>"}) == "{{ 7 * 7 }} <b>"


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("{{ 'a' * 100000000 }}", "Mul"),
        ("{{ f() }}", "Call"),
        ("{% set x = 1 %}", "Assign"),
        ("{% include 'x' %}", "Include"),
        ("{% macro m() %}{% endmacro %}", "Macro"),
        ("{{ x['y'] }}", "Getitem"),
        ("{{ x.__class__ }}", "private"),
        ("{{ x | attr('y') }}", "filter 'attr'"),
        ("{{ x | center(99999999) }}", "filter 'center'"),
        ("{% if x is callable %}{% endif %}", "test 'callable'"),
        ("{% for a in x %}{% for b in a %}{% endfor %}{% endfor %}", "loop inside a loop"),
        ("{% for a in x recursive %}{% endfor %}", "loop inside a loop"),
        ("{% if x %}", "end"),
        ("x" * (template.MAX_TEMPLATE_CHARACTERS + 1), "characters"),
    ],
)
def test_anything_else_is_refused(source, what):
    with pytest.raises(TemplateFaultError, match=what):
        parse(source)


def test_faults_carry_their_line():
    with pytest.raises(TemplateFaultError) as caught:
        parse("fine\nfine\n{{ 1 + 1 }}")
    assert caught.value.line == 3


def test_missing_values_and_endless_output_are_refused():
    with pytest.raises(TemplateFaultError, match="undefined"):
        render("{{ x }}", {})
    with pytest.raises(TemplateFaultError, match="more than"):
        render("{% for a in x %}{{ a }}{% endfor %}", {"x": ["y" * 1000] * 1000})
