"""The language of a request: chosen in the person's profile, else what the browser asks for, else English."""

from pathlib import Path
from typing import Any

from flask import Flask, g, has_request_context, request
from flask_babel import Babel, get_locale, refresh
from markupsafe import Markup

from app.core.languages import (
    DEFAULT,
    LANGUAGES,
    N_,
    catalogue,
    finished_text,
    gettext,
    local_date,
    ngettext,
    unfilled_plural,
)
from app.core.stored_texts import shown_message
from app.core.templating import takes_escaping

_babel = Babel()


def init_app(app: Flask) -> None:
    """Translate what templates and Python mark. Adds `page_language`, `translated`, `run_message` and `local_date`
    to templates.
    """
    folder = str(Path(app.root_path).parent / "translations")
    _babel.init_app(app, default_translation_directories=folder, locale_selector=language_of_request)
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=gettext, ngettext=ngettext, newstyle=True
    )
    texts = {"_": _text_of_template, "gettext": _text_of_template, "ngettext": _plural_of_template}
    app.jinja_env.globals |= {**texts, "page_language": page_language, "N_": N_}
    app.jinja_env.filters |= {"translated": translated, "local_date": local_date, "run_message": run_message}


@takes_escaping
def _text_of_template(is_escaped: bool, text: str, /, **values: Any) -> str:
    """What `_` and `trans` show: HTML as it is, in which values are escaped."""
    if not is_escaped:
        return str(catalogue().ugettext(text)) % values
    if not values:
        return finished_text(text)
    return Markup(catalogue().ugettext(text)) % values  # noqa: S704 (a text of ours, in which values are escaped)


@takes_escaping
def _plural_of_template(is_escaped: bool, singular: str, plural: str, count: int, /, **values: Any) -> str:
    text = unfilled_plural(singular, plural, count)
    html = Markup(text) if is_escaped else text  # noqa: S704 (as above)
    return html % {"num": count, **values}


def translated(text: str | None) -> str:
    """For templates: a text that is stored in English, such as the step of a run, in the language of the page.

    One that the catalogue does not have, because it names something, stays as it is. Unlike `_` it is escaped.
    """
    return gettext(str(text)) if text else ""


def run_message(run: Any) -> str:
    """For templates: what a run says in the end, in the language of the page as far as its sentences are known."""
    return shown_message(run.message, run.data)


def speak(language: str) -> None:
    """Use this language for the rest of the request: that of the person who was signed in when it arrived.

    Texts are asked for at any time, also when the transaction has failed, so nothing is read from the database then.
    """
    g.language = language if language in LANGUAGES else None
    refresh()  # what was said before the person was known was said in the language of the browser


def language_of_request() -> str:
    """The code of one of LANGUAGES: the signed-in person's, else the browser's; English outside of requests."""
    return (g.get("language") or language_of_browser()) if has_request_context() else DEFAULT


def language_of_browser() -> str:
    """The code of the first of LANGUAGES that the browser asks for; English for none of them."""
    wanted = (value.partition("-")[0].lower() for value in request.accept_languages.values())  # by preference
    return next((code for code in wanted if code in LANGUAGES), DEFAULT)


def page_language() -> dict[str, str]:
    """The attributes `lang` and `dir` of a page: `ltr`, or `rtl` for languages that are written from the right."""
    locale = get_locale()
    if locale is None:
        return {"lang": DEFAULT, "dir": "ltr"}
    return {"lang": locale.language, "dir": locale.text_direction}
