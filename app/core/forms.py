"""Showing a service's refusal on the form it came from."""

from typing import Any

from app.core.errors import DomainError


def show_error(form: Any, error: DomainError) -> None:
    """Put the error's sentence and cure at its field, or on top when it has none.

    `form` is a validated WTForms form.
    """
    sentence = f"{error.message} {error.cure}".strip()
    if error.field and error.field in form:
        form[error.field].errors = [*form[error.field].errors, sentence]
    else:
        form.form_errors.append(sentence)
