"""The base of our forms, and showing a service's refusal on the form it came from."""

from typing import Any

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.form import _Auto
from werkzeug.datastructures import MultiDict

from app.core.errors import DomainError
from app.core.languages import gettext


class Form(FlaskForm):  # type: ignore[misc]
    """A form that reads what browsers send, and never takes a JSON body for fields. NUL characters are left out."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """How fields are filled."""

        def wrap_formdata(self, form: FlaskForm, formdata: Any) -> Any:
            """The form fields of this request when it is a POST; otherwise what the caller gives."""
            if formdata is _Auto:
                formdata = request.form if form.is_submitted() else None
            if formdata is None:
                return None
            pairs = ((name, value.replace("\0", "")) for name, value in formdata.items(multi=True))
            return MultiDict(pairs)


def show_error(form: Any, error: DomainError) -> None:
    """Put the error's sentence and cure at its field, or on top when it has none.

    `form` is a validated WTForms form.
    """
    sentence = " ".join(gettext(text) for text in (error.message, error.cure) if text)
    if error.field and error.field in form:
        form[error.field].errors = [*form[error.field].errors, sentence]
    else:
        form.form_errors.append(sentence)
