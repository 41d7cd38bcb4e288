"""Prompt templates: values arrive byte for byte, and a wrong variable is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ai.templates import Template, Variable
from app.core.errors import DomainError

VARIABLES = (Variable("title", "The title", "Tents"), Variable("keywords", "The keywords", "[]", "json"))


@given(st.text())
def test_any_value_arrives_byte_for_byte(value: str) -> None:
    system, user = Template("Write.", "<{{title}}>{{ title }}").rendered({"title": value})
    assert (system, user) == ("Write.", f"<{value}>{value}")


def test_a_value_is_not_read_for_variables() -> None:
    values = {"title": "{{keywords}} {% x %} $title \\1", "keywords": "k"}
    assert Template("{{title}}", "{{keywords}}").rendered(values) == ("{{keywords}} {% x %} $title \\1", "k")


def test_a_variable_that_the_operation_does_not_have_is_refused_with_those_it_has() -> None:
    with pytest.raises(DomainError, match="titel") as refused:
        Template("{{titel}}", "").check(VARIABLES)
    assert "{{title}}, {{keywords}}" in (refused.value.cure or "")


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(DomainError) as refused:
        Template("{{title}}", "").rendered({})
    assert refused.value.code == "PROMPT_VARIABLE_MISSING"


@pytest.mark.parametrize("text", ["{{Title}}", "{{ my title }}", "{{}}", "{{title|upper}}", "{{\n  titel }}"])
def test_braces_that_are_no_variable_are_refused_and_not_sent_as_text(text: str) -> None:
    with pytest.raises(DomainError) as refused:
        Template("{{title}}", text).check(VARIABLES)
    assert refused.value.code == "PROMPT_VARIABLE_UNKNOWN"


@pytest.mark.parametrize("text", ["{{title", "{{title}", "Say {{ keywords and {{title}}"])
def test_braces_that_do_not_close_are_told(text: str) -> None:
    with pytest.raises(DomainError, match="do not close"):
        Template(text, "").check(VARIABLES)


def test_json_in_a_prompt_is_text() -> None:
    Template('Answer {"a": {"b": [{"c": 1}]}}, {title} and { {x} }.', "{{title}}").check(VARIABLES)
