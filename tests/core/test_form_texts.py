"""What forms say by themselves is in our catalogues, and is said in the language of the person."""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator

import pytest
import wtforms
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from werkzeug.datastructures import MultiDict
from wtforms import IntegerField, SelectField, StringField, validators
from wtforms.validators import Length

from app.ai.providers.model_prices import read_prices
from app.ai.tasks import image
from app.config import ROOT
from app.core import forms
from app.core.errors import DomainError
from app.core.languages import gettext
from app.core.web_addresses import AddressError, parse_address
from app.identity.models import User
from tests.factories.people import SignIn

IMPORT = re.compile(r"^from wtforms(?:\.\w+)? import (.+)$", re.MULTILINE)


def classes_in_use() -> Iterator[type]:
    """The classes of WTForms that the app names, and what they are made of."""
    names = {
        name.strip()
        for path in (ROOT / "app").rglob("*.py")
        for found in IMPORT.findall(path.read_text(encoding="utf-8"))
        for name in found.split(",")
    }
    assert {"SelectField", "Length", "IntegerField"} <= names
    for name in names - {"ValidationError"}:
        made = getattr(wtforms, name, None) or getattr(validators, name)
        yield from (part for part in made.__mro__ if part.__module__.startswith("wtforms"))


def texts_of(made: type) -> Iterator[tuple[str, ...]]:
    """The texts that a class has translated: each one, or one and its plural."""
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(made)))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr.endswith("gettext"):
            texts = tuple(part.value for part in node.args if isinstance(part, ast.Constant))
            if texts:
                yield texts


def test_all_that_wtforms_says_here_is_marked() -> None:
    said = {texts for made in set(classes_in_use()) for texts in texts_of(made)}
    assert len(said) > 8
    assert said == {(text,) if isinstance(text, str) else text for text in forms.WTFORMS_TEXTS}


class Odd(forms.Form):
    """Each kind of stock text."""

    name = StringField(validators=[Length(max=2)])
    number = IntegerField()
    choice = SelectField(choices=["a"])


def test_forms_ask_our_catalogue(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "gettext", lambda text: f"«{text}»")
    monkeypatch.setattr(forms, "unfilled_plural", lambda one, many, count: f"«{many}»")
    with app.test_request_context(method="POST"):
        form = Odd(MultiDict({"name": "long", "number": "x", "choice": "b"}), meta={"csrf": False})
        assert not form.validate()
        assert form.errors == {
            "name": ["«Field cannot be longer than 2 characters.»"],
            "number": ["«Not a valid integer value.»"],
            "choice": ["«Not a valid choice.»"],
        }


def test_the_answer_to_another_language_is_in_that_language(sign_in: SignIn, owner: User, app: Flask) -> None:
    client: FlaskClient = sign_in(owner)
    with app.test_request_context(), force_locale("ur"):
        saved = gettext("Saved.")
    assert saved != "Saved."
    form = {"name": "Amna", "time_zone": "UTC", "language": "ur"}
    assert saved in client.get(client.post("/account/profile/", data=form).location).text
    page = client.get(client.post("/account/profile/", data=form | {"language": "en"}).location).text
    assert "Saved." in page
    assert saved not in page


def test_what_is_put_together_in_python_is_looked_up(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("app.ai.tasks.image", "app.ai.providers.model_prices", "app.core.web_addresses"):
        monkeypatch.setattr(f"{module}.gettext", lambda text, **values: f"«{text % values if values else text}»")
    with app.test_request_context():
        with pytest.raises(DomainError) as refused:
            image.check_prompt("")
        assert refused.value.message == "«The description of an image has 1 to 4,000 characters.»"
        assert refused.value.cure.startswith("«")
        missing = image.IMAGE.missing()
        assert (missing.message[0], missing.cure[0]) == ("«", "«")
        with pytest.raises(DomainError) as refused:
            read_prices("nonsense")
        assert refused.value.cure.startswith("«")
        with pytest.raises(AddressError) as wrong:
            parse_address("https://https://example.com")
        assert wrong.value.cure.startswith("«")
