"""Texts that are stored in English and shown in the language of who reads them."""

import json

from flask import Flask
from flask_babel import force_locale

from app.core.stored_texts import (
    StoredText,
    count_text,
    joined_text,
    message_data,
    message_in_english,
    shown_message,
    text_of_json,
)
from app.sitebuilder.deploy.words import LEFT_AS_IS, UPDATED


def test_a_text_comes_back_from_the_database_with_all_that_is_in_it() -> None:
    reason = StoredText("Its address /%(path)s/ is taken in WordPress by “%(title)s”. Choose another.", {"path": "a"})
    for text in (StoredText("Rolled back."), count_text(3, UPDATED), StoredText("%(reason)s", {"reason": reason})):
        assert text_of_json(json.loads(json.dumps(text.as_json()))) == text
    assert text_of_json({}) is None
    assert text_of_json("words") is None
    assert joined_text([]) is None


def test_a_message_is_in_english_where_it_is_stored_and_in_urdu_where_it_is_read(app: Flask) -> None:
    reason = StoredText("Its content was deleted here. Move the page to the trash in WordPress.")
    left = StoredText(LEFT_AS_IS[0], {"reason": reason}, LEFT_AS_IS[1], 2)
    texts = [StoredText("Rolled back."), count_text(1, UPDATED), left]
    with app.test_request_context(), force_locale("ur"):
        message, data = message_in_english(texts), json.loads(json.dumps(message_data(texts)))
        assert message == (
            "Rolled back. 1 page updated. 2 pages left as they are: "
            "Its content was deleted here. Move the page to the trash in WordPress."
        )
        in_urdu = shown_message(message, data)
        assert not [word for word in ("Rolled", "page", "content", "%") if word in in_urdu], in_urdu
        assert shown_message("Of an old run, 50 % done.", {}) == "Of an old run, 50 % done."
        assert shown_message(None, None) == ""


def test_signs_of_percent_in_what_is_filled_in_stay() -> None:
    assert joined_text([StoredText("100 %"), StoredText("(x) %s")]).shown() == "100 % (x) %s"  # type: ignore[union-attr]
