"""A link sentence of a model through the whole run: what serves is proposed, what does not is refused in words."""

from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.ai import attempts
from app.billing.credits import balance
from app.billing.models import CreditUsage
from app.content.models import Content
from app.core.actor import THE_APP
from app.core.extensions import db
from app.core.runs import Run
from app.linker import actions, sentences
from app.linker.models import LinkProposal, LinkSettings
from app.linker.sentence_checks import problem_with_sentence
from app.sites.models import Site
from tests.factories.work import openai, put_back, work
from tests.fakes.openai_server import FakeOpenAI

__all__ = ["openai"]
MILK, KETTLE = "Milk frothing at home", "Descaling a kettle"
GOOD = "See how milk frothing at home works before you pour."
Pages = dict[str, Content]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither long waits, nor a bar that pages of a few words do not reach."""
    monkeypatch.setattr(attempts, "WAITS", (0.0, 0.0))
    monkeypatch.setattr(attempts, "TIMEOUT_SECONDS", 0.5)
    monkeypatch.setattr(sentences, "LEAST_SCORE", 0)


@pytest.fixture
def cold(pages: Pages) -> Content:
    """The page to link from, where sentences may be written; what its words fit is decided on already."""
    db.session.execute(update(LinkSettings).values(sentences=True))
    db.session.commit()
    return pages["Cold brew coffee"]


def says(openai: FakeOpenAI, sentence: str, anchor: str = "milk frothing at home", paragraph: int = 1) -> None:
    openai.answer_next({"sentence": sentence, "anchor": anchor, "paragraph": paragraph})


def link(content: Content) -> Run:
    started = actions.start_linking(content.account_id, THE_APP, content.site_id, [content.id])
    db.session.commit()
    return work(started.run)


def written(content: Content) -> list[LinkProposal]:
    of_content = (LinkProposal.content_id == content.id, LinkProposal.sentence != "")
    return list(db.session.scalars(select(LinkProposal).where(*of_content)))


def paid() -> int:
    return db.session.scalar(select(func.coalesce(func.sum(CreditUsage.credits), 0))) or 0


def test_a_sentence_that_serves_is_proposed_and_put_in_when_accepted(cold: Content, openai: FakeOpenAI) -> None:
    before = cold.content_html
    says(openai, GOOD)
    run = link(cold)
    assert run.state == "succeeded", run.error
    asked = openai.requests[0].data
    assert asked["article"] == "Cold brew coffee"
    assert asked["paragraphs"][0]["end"].endswith("as they do in every kitchen.")
    (proposal,) = written(cold)
    assert (proposal.sentence, proposal.anchor, proposal.state) == (GOOD, "milk frothing at home", "proposed")
    assert proposal.reasons[0] == ["sentence", None]
    assert paid() == 8
    db.session.refresh(cold)
    assert cold.content_html == before
    actions.accept_links(cold.account_id, THE_APP, [proposal.id])
    db.session.commit()
    tag = f'<a href="{proposal.url}">'
    assert cold.content_html == before.replace(
        "</p>", f" See how {tag}milk frothing at home</a> works before you pour.</p>"
    )


@pytest.mark.parametrize(
    "answer",
    [
        {"sentence": "Milk frothing at home takes 65 degrees."},
        {"sentence": "Milk frothing at home was invented by Luigi Bezzera."},
        {"sentence": "See milk frothing at home. It is easy."},
        {"sentence": '<a href="https://evil.example/">milk frothing at home</a> works.'},
        {"sentence": "Read milk frothing at home on www.evil.example now."},
        {
            "sentence": "So gelingt das Aufschäumen der Milch und wird nicht zu heiß, milk frothing at home.",
            "paragraph": 1,
        },
        {"sentence": "گھر پر دودھ کو جھاگ دار بنانے کا طریقہ دیکھیں", "anchor": "جھاگ دار"},
        {"sentence": ""},
        {"sentence": GOOD, "anchor": "click here"},
        {"sentence": GOOD, "paragraph": 7},
        {"sentence": "See milk frothing at home " + "and on " * 60},
        {"sentence": "[gallery] milk frothing at home"},
    ],
)
def test_what_does_not_serve_is_refused_in_words(cold: Content, openai: FakeOpenAI, answer: dict[str, Any]) -> None:
    for _try in range(2):
        openai.answer_next({"anchor": "milk frothing at home", "paragraph": 1, **answer})
    run = link(cold)
    assert run.state == "succeeded", run.error
    assert (written(cold), len(openai.requests)) == ([], 2)
    assert "No sentence was written for 1 text: The model's " in run.message
    assert "<a " not in db.session.scalars(select(Content.content_html).where(Content.id == cold.id)).one()


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("refusal", "declined"),
        ("empty", "could not be read"),
        ("length", "stopped before"),
        ("invalid_json", "could not be read"),
        ("429", "limiting"),
        ("500", "failed"),
        ("drop", "reached"),
        ("timeout", "time"),
        ("401", "key"),
    ],
)
def test_links_in_words_of_the_text_are_proposed_though_the_model_fails(
    cold: Content, pages: Pages, openai: FakeOpenAI, fault: str, why: str
) -> None:
    openai.fail_next(fault, times=9, seconds=0.8 if fault == "timeout" else 0.0)
    run = link(cold)
    assert run.state == "succeeded", run.error
    message = run.message.partition("No sentence was written for 1 text: ")[2]
    assert why in message
    proposed = db.session.scalars(select(LinkProposal.target_id).where(LinkProposal.content_id == cold.id))
    assert pages["French press guide"].id in set(proposed)
    assert written(cold) == []


def test_where_nothing_comes_of_it_credits_come_back(site: Site, pages: Pages, openai: FakeOpenAI) -> None:
    db.session.execute(update(LinkSettings).values(sentences=True))
    db.session.commit()
    kettle = pages[KETTLE]
    openai.fail_next("refusal", times=9)
    before = balance(site.account_id)
    run = link(kettle)
    assert run.state == "succeeded", run.error
    assert "No sentence was written for 1 text" in run.message
    assert db.session.scalar(select(func.count()).select_from(LinkProposal)) == 0
    assert (paid(), balance(site.account_id)) == (0, before)


def test_a_run_that_died_does_not_ask_or_charge_twice(cold: Content, pages: Pages, openai: FakeOpenAI) -> None:
    says(openai, GOOD)
    run = link(cold)
    put_back(run)
    assert work(run).state == "succeeded"
    assert (len(openai.requests), len(written(cold)), paid()) == (1, 1, 8)


def test_what_nobody_pays_the_installation_for_is_free(cold: Content, pages: Pages) -> None:
    assert link(cold).state == "succeeded"  # without a model
    assert (written(cold), paid()) == ([], 0)


GIVEN = ("Kaffee kalt brühen", "Der Kaffee zieht über Nacht im Kühlschrank und wird nicht bitter.", "Milch aufschäumen")


@pytest.mark.parametrize(
    ("sentence", "given", "is_refused"),
    [
        ("Dazu passt Milch, die du selbst aufschäumst.", GIVEN, False),
        ("Then read how to froth the milk that you pour with it.", GIVEN, True),
        ("Kurz gesagt: Milch aufschäumen.", GIVEN, False),
        ("See French press tips.", ("Brew", "A French press steeps.", "Tips"), False),
        ("See Italian press tips.", ("Brew", "A French press steeps.", "Tips"), True),
        ("Read it at 1,5 bar.", ("Brew", "At 1,5 bar it is done.", "Tips"), False),
        ("Read it at 5 bar.", ("Brew", "At 1,5 bar it is done.", "Tips"), True),
        ("مزید پڑھیں", ("کافی", "کافی رات بھر بھگوئیں۔", "دودھ"), False),
        ("More on milk.", ("کافی", "کافی رات بھر بھگوئیں۔", "دودھ"), True),
    ],
)
def test_figures_names_and_language_are_compared(sentence: str, given: tuple[str, ...], is_refused: bool) -> None:
    assert bool(problem_with_sentence(sentence, given)) is is_refused
