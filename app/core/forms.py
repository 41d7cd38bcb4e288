"""The base of our forms, and showing a service's refusal on the form it came from."""

from typing import Any

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.form import _Auto
from werkzeug.datastructures import MultiDict
from wtforms import IntegerField
from wtforms.validators import InputRequired, StopValidation

from app.core.blank import is_blank
from app.core.errors import DomainError
from app.core.languages import N_, NN_, gettext, unfilled_plural

# What the fields and checks of WTForms say that forms here use.
WTFORMS_TEXTS = (
    N_("Not a valid choice."),
    N_("Invalid Choice: could not coerce."),
    N_("Choices cannot be None."),
    N_("Not a valid integer value."),
    N_("Not a valid date value."),
    N_("Not a valid datetime value."),
    N_("Not a valid time value."),
    N_("This field is required."),
    N_("Invalid input."),
    N_("Number must be at least %(min)s."),
    N_("Number must be at most %(max)s."),
    N_("Number must be between %(min)s and %(max)s."),
    N_("Field must be between %(min)d and %(max)d characters long."),
    NN_("Field must be at least %(min)d character long.", "Field must be at least %(min)d characters long."),
    NN_("Field cannot be longer than %(max)d character.", "Field cannot be longer than %(max)d characters."),
    NN_("Field must be exactly %(max)d character long.", "Field must be exactly %(max)d characters long."),
)


class _Spoken:
    """The texts of WTForms in the current language, by the names that it asks for; it fills them in itself."""

    def gettext(self, text: str) -> str:
        return gettext(text)

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        return unfilled_plural(singular, plural, count)


MOST_DIGITS = 18


class Form(FlaskForm):  # type: ignore[misc]
    """A form that reads what browsers send, and never takes a JSON body for fields. NUL characters are left out."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """How fields are filled, and in which language they speak."""

        def get_translations(self, form: FlaskForm) -> _Spoken:
            """Our own texts instead of those that come with WTForms, which has fewer languages."""
            return _Spoken()

        def wrap_formdata(self, form: FlaskForm, formdata: Any) -> Any:
            """The form fields of this request when it is a POST; otherwise what the caller gives."""
            if formdata is _Auto:
                formdata = request.form if form.is_submitted() else None
            if formdata is None:
                return None
            pairs = ((name, value.replace("\0", "")) for name, value in formdata.items(multi=True))
            return MultiDict(pairs)


class Visible(InputRequired):  # type: ignore[misc]
    """As InputRequired, and something can be seen in the text: it may not be of spaces and signs without a picture."""

    def __call__(self, form: Any, field: Any) -> None:
        """Raise StopValidation with the message where nothing can be seen."""
        super().__call__(form, field)
        if is_blank(str(field.data or "")):
            raise StopValidation(self.message)


class BoundedIntegerField(IntegerField):  # type: ignore[misc]
    """A whole number that validators can compare: one of more digits than any number of ours has is refused."""

    def process_formdata(self, values: list[str]) -> None:
        """Read the number. Raises ValueError, which is shown at the field."""
        if values and len(values[0].strip()) > MOST_DIGITS:
            raise ValueError(self.gettext("Not a valid integer value."))
        super().process_formdata(values)


def show_error(form: Any, error: DomainError) -> None:
    """Put the error's sentence and cure at its field, or on top when it has none.

    `form` is a validated WTForms form.
    """
    sentence = " ".join(gettext(text) for text in (error.message, error.cure) if text)
    if error.field and error.field in form:
        form[error.field].errors = [*form[error.field].errors, sentence]
    else:
        form.form_errors.append(sentence)
