"""A rule for each step in a fresh account: imported keywords become live posts while nobody clicks.

The WordPress is real; the model is a stand-in whose sections name the site's other subjects, as an article would.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from app.automation.models import RuleExecution
from app.content.models import Content
from app.core.extensions import db
from app.core.row_security import act_for
from app.planner import actions as planner
from app.planner.imports.runs import Source
from app.sites.models import Site
from tests.factories.blog import Blog
from tests.factories.rules import ADA, make_rule, work_everything
from tests.fakes import openai_server
from tests.fakes.openai_server import FakeOpenAI

KEYWORDS = """cold brew coffee
how to make cold brew coffee
cold brew coffee recipe
cold brew coffee at home
cold brew coffee steps
cold brew coffee instructions
cold brew coffee guide
espresso machine cleaning
how to clean an espresso machine
clean espresso machine
espresso machine cleaning guide
cleaning espresso machine steps
espresso machine cleaning at home
moka pot coffee
how to use a moka pot
moka pot coffee recipe
moka pot coffee guide
moka pot coffee steps
moka pot coffee at home
moka pot instructions"""
SUBJECTS = ("cold brew coffee", "clean espresso machine", "how to use a moka pot")


def _section(data: dict[str, Any]) -> dict[str, Any]:
    """A section that names each subject of the site once, in sentences."""
    heading = data["section"]["heading"]
    named = "".join(f"<p>Many readers ask about {subject} before they go on.</p>" for subject in SUBJECTS)
    return {"content_html": f"<h2>{heading}</h2><p>This part says what {heading} is about, in a few words.</p>{named}"}


def _ideas(data: dict[str, Any]) -> dict[str, Any]:
    """One idea, called as the cluster."""
    keyword = data["keywords"][0]["text"]
    row = {"title": data["cluster"], "description": "What it covers.", "content_type": "Article"}
    return {"ideas": [{**row, "content_structure": "Guide", "primary_keyword": keyword}]}


@pytest.fixture
def model(openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeOpenAI]:
    """The stand-in, writing as above."""
    monkeypatch.setitem(openai_server._ANSWERS, "SectionAnswer", _section)
    monkeypatch.setitem(openai_server._ANSWERS, "IdeasAnswer", _ideas)
    return openai


def _action(kind: str, **parameters: str) -> dict[str, Any]:
    return {"kind": kind, "parameters": parameters}


RULES = (
    ("keyword_added", [_action("cluster_keywords")]),
    ("cluster_created", [_action("generate_ideas")]),
    ("idea_created", [_action("generate_content", most="3")]),
    ("content_generated", [_action("optimize_content"), _action("publish")]),
    ("content_published", [_action("link_content"), _action("publish_changes")]),
)


def test_twenty_keywords_become_three_live_linked_optimized_posts(site: Site, blog: Blog, model: FakeOpenAI) -> None:
    act_for(site.account_id)
    blog.pair(site)
    for trigger, steps in RULES:
        make_rule(site, name=trigger, trigger=trigger, actions=steps)
    planner.start_keyword_import(site.account_id, ADA, site.id, Source(None, KEYWORDS))
    db.session.commit()
    work_everything(site)
    contents = db.session.scalars(select(Content).order_by(Content.id)).all()
    assert [content.state for content in contents] == ["live"] * 3
    assert [content.optimizer_version for content in contents] == [1] * 3
    linked = [content for content in contents if content.internal_links]
    assert len(linked) >= 2
    for content in linked:
        page = blog.get(content.external_url or "").text
        assert all(f'href="{link["url"]}">{link["anchor"]}</a>' in page for link in content.internal_links)
    done = db.session.execute(select(RuleExecution.rule_name, RuleExecution.state).order_by(RuleExecution.id)).all()
    assert Counter(map(tuple, done)) == {
        **{(trigger, "succeeded"): 1 for trigger, _ in RULES},
        ("content_published", "skipped"): 1,  # what it published itself sets it off no second time
    }
