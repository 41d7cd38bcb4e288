"""What all templates see is one dict, unless one is loaded with more of its own."""

import pytest
from flask import Flask
from jinja2 import pass_context
from markupsafe import Markup

MACROS = """
{%- macro cell(words, css="end", title=None) -%}
<td class="{{ css }}"{% if title %} title="{{ title }}"{% endif %}>{{ words }}</td>{%- endmacro -%}
{%- macro row(id) -%}<tr id="{{ id }}">{{ caller() }}</tr>{%- endmacro -%}
"""


def test_what_all_see_is_not_copied(app: Flask) -> None:
    assert app.jinja_env.get_template("base.html").globals is app.jinja_env.globals


def test_what_one_template_is_loaded_with_is_seen_by_no_other(app: Flask) -> None:
    own = app.jinja_env.from_string("{{ only_here }} {{ page_language().lang }}", globals={"only_here": "This"})
    assert own.render() == "This en"
    assert app.jinja_env.from_string("{{ only_here is defined }}").render() == "False"


def test_texts_are_html_and_what_is_filled_in_is_not(app: Flask) -> None:
    page = app.jinja_env.from_string(
        "{{ _('50%% of <b>%(name)s</b>', name=name) }} {{ _('100%%') }} "
        "{% trans count=2 %}{{ count }} row{% pluralize %}{{ count }} rows of {{ name }}{% endtrans %}"
    )
    assert page.render(name="<i>") == "50% of <b>&lt;i&gt;</b> 100% 2 rows of &lt;i&gt;"


def test_letters_are_not_escaped(app: Flask) -> None:
    letter = app.jinja_env.from_string("{% autoescape false %}{{ _('To %(name)s', name=name) }}{% endautoescape %}")
    assert letter.render(name="A & B") == "To A & B"


def test_functions_get_the_context_that_they_ask_for(app: Flask) -> None:
    @pass_context
    def seen(context: dict[str, str], name: str) -> str:
        return context[name]

    shown = app.jinja_env.from_string(
        "{% for _ in [1] %}{% set row = 1 %}{{ seen('row') }} {{ plain(self='x') }}{% endfor %}"
    )
    assert shown.render(seen=seen, plain=lambda **values: values["self"]) == "1 x"


class Named:
    """Something that says itself what it is, as texts of extensions do."""

    def __str__(self) -> str:
        return "<name>"


class Html(Named):
    """Something that has HTML of its own."""

    def __html__(self) -> str:
        return "<b>name</b>"


def test_whatever_is_shown_is_escaped_once(app: Flask) -> None:
    page = app.jinja_env.from_string("{% for value in values %}{{ value }} {% endfor %}")
    values = ["<i>", Markup("<i>"), 7, None, 1.5, True, Named(), Html(), type("Text", (str,), {})("<i>"), ["<i>"]]
    assert page.render(values=values) == (
        "&lt;i&gt; <i> 7 None 1.5 True &lt;name&gt; <b>name</b> &lt;i&gt; [&#39;&lt;i&gt;&#39;] "
    )
    joined = app.jinja_env.from_string("{{ nothing }}{{ sign ~ html }}")
    assert joined.render(sign="<", html=Markup("<b>")) == "&lt;<b>"


@pytest.mark.parametrize(
    ("call", "html"),
    [
        ("cell('<')", '<td class="end">&lt;</td>'),
        ("cell('a', 'b', 'c')", '<td class="b" title="c">a</td>'),
        ("cell(title='t', words='<b>'|safe)", '<td class="end" title="t"><b></td>'),
        ("cell()", '<td class="end"></td>'),
        ("cell(cell('<'))", '<td class="end"><td class="end">&lt;</td></td>'),
    ],
)
def test_macros_take_their_arguments_by_place_and_by_name(app: Flask, call: str, html: str) -> None:
    for text in ("{{ " + call + " }}", "{% for _ in [1] %}{{ " + call + " }}{% endfor %}"):
        assert app.jinja_env.from_string(MACROS + text).render() == html


def test_macros_that_are_called_with_a_block_show_it(app: Flask) -> None:
    shown = app.jinja_env.from_string(MACROS + "{% call row(id='<') %}{{ cell('<') }}{% endcall %}")
    assert shown.render() == '<tr id="&lt;"><td class="end">&lt;</td></tr>'


@pytest.mark.parametrize("call", ["cell('a', 'b', 'c', 'd')", "cell('a', wide=True)", "cell('a', words='b')"])
def test_macros_refuse_what_they_do_not_take(app: Flask, call: str) -> None:
    with pytest.raises(TypeError, match="macro 'cell' takes"):
        app.jinja_env.from_string(MACROS + "{{ " + call + " }}").render()


def test_macros_of_letters_are_not_escaped(app: Flask) -> None:
    letter = app.jinja_env.from_string(MACROS + "{% autoescape false %}{{ cell('A & B') }}{% endautoescape %}")
    assert "A &amp; B" in letter.render()  # escaped by the macro, which stands where that is on
