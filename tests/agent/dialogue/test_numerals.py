"""Numbers written in signs become digits; signs that count nothing stay."""

import pytest
from sommelier.agent.dialogue.numerals import signs_as_digits
from sommelier.agent.knowledge.language import language_pack


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("九十年代的三部", "90年代的3部"),
        ("一百二十分钟以内", "120分钟以内"),
        ("一百二", "120"),
        ("一千零五页", "1005页"),
        ("两万五千块", "25000块"),
        ("二〇一〇年以后", "2010年以后"),
        ("四点五分以上", "4.5分以上"),
        ("零五年的", "05年的"),
        ("两个半小时", "2个半小时"),
    ],
)
def test_numbers_in_signs_become_digits(text, expected):
    assert signs_as_digits(text, language_pack("zh")) == expected


@pytest.mark.parametrize("text", ["一部喜剧", "七八个人", "千万不要", "二战片", "十分好看", "百分之三", "星期三"])
def test_signs_that_count_nothing_stay(text):
    assert signs_as_digits(text, language_pack("zh")) == text


def test_a_language_without_such_signs_is_left_alone():
    assert signs_as_digits("三", language_pack("en")) == "三"
