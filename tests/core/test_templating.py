"""What all templates see is one dict, unless one is loaded with more of its own."""

from flask import Flask
from jinja2 import pass_context


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
