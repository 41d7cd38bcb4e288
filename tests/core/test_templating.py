"""What all templates see is one dict, unless one is loaded with more of its own."""

from flask import Flask


def test_what_all_see_is_not_copied(app: Flask) -> None:
    assert app.jinja_env.get_template("base.html").globals is app.jinja_env.globals


def test_what_one_template_is_loaded_with_is_seen_by_no_other(app: Flask) -> None:
    own = app.jinja_env.from_string("{{ only_here }} {{ page_language().lang }}", globals={"only_here": "This"})
    assert own.render() == "This en"
    assert app.jinja_env.from_string("{{ only_here is defined }}").render() == "False"
