"""A sentence by a model where no words fit: proposed as new text, put in only when accepted, and whole out again."""

import json

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from app.ai.operations import AnswerRejected
from app.content.models import Content
from app.core.actor import THE_APP
from app.core.extensions import db
from app.linker import actions
from app.linker.ai_sentence import LINK_SENTENCE, SentenceAnswer, SentenceRequest
from app.linker.models import LinkProposal
from app.linker.splice import opening_tag
from app.sites.models import Site

REQUEST = SentenceRequest(title="Cold brew", paragraphs=["Let it steep."], target_title="Milk frothing at home")


def checked(sentence: str, anchor: str, paragraph: int = 1) -> object:
    answer = SentenceAnswer(sentence=sentence, anchor=anchor, paragraph=paragraph)
    return LINK_SENTENCE.check(REQUEST, answer, json.dumps({"sentence": sentence}))


def test_what_a_model_says_is_checked() -> None:
    assert checked("See how milk is frothed at home.", "milk is frothed")
    for sentence, anchor, paragraph in (
        ("", "x", 1),
        ("See how.", "milk", 1),
        ("See how.", "See how.", 1),
        ("Milk froths at 65 degrees.", "Milk froths", 1),
        ("Milk froths.", "Milk", 2),
    ):
        with pytest.raises((AnswerRejected, ValidationError)):
            checked(sentence, anchor, paragraph)


def test_a_sentence_is_put_in_when_accepted_and_comes_out_whole(site: Site, pages: dict[str, Content]) -> None:
    cold, milk = pages["Cold brew coffee"], pages["Milk frothing at home"]
    before = cold.content_html
    end = before.removeprefix("<p>").removesuffix("</p>")[-60:]
    link = LinkProposal(
        account_id=site.account_id,
        site_id=site.id,
        content_id=cold.id,
        target_id=milk.id,
        score=70,
        url=milk.external_url,
        anchor="milk is frothed",
        before=end,
        sentence="See how milk is frothed at home.",
    )
    db.session.add(link)
    db.session.commit()
    assert actions.accept_links(site.account_id, THE_APP, [link.id]).count == 1
    db.session.commit()
    html = db.session.scalar(select(Content.content_html).where(Content.id == cold.id))
    tag = opening_tag(str(milk.external_url))
    assert html == before.replace("</p>", f" See how {tag}milk is frothed</a> at home.</p>")
    assert actions.take_out_link(site.account_id, THE_APP, link.id).count == 1
    db.session.commit()
    assert db.session.scalar(select(Content.content_html).where(Content.id == cold.id)) == before
