"""A form with a field of each kind, some of them wrong."""

from wtforms import BooleanField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange

from app.core.forms import Form
from app.core.languages import lazy_gettext


class SampleForm(Form):
    """Fields with and without errors."""

    title = StringField(
        lazy_gettext("Title"),
        [InputRequired(lazy_gettext("Enter a title."))],
        description=lazy_gettext("At most 60 characters are shown."),
    )
    words = IntegerField(lazy_gettext("Length in words"), [NumberRange(100, 5000, "Choose 100 to 5,000 words.")])
    kind = SelectField(lazy_gettext("Type"), choices=[SelectChoice("post", "Post"), SelectChoice("page", "Page")])
    notes = TextAreaField(lazy_gettext("Notes"))
    faq = BooleanField(lazy_gettext("Add questions and answers"))
