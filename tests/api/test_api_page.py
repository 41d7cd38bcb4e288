"""The commands of docs/api.md, in their order: from keywords to a scheduled post."""

import re
import shlex
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.accounts.models import Account
from app.config import ROOT
from app.core.clock import iso, utcnow
from app.core.extensions import db
from app.core.runs import Run
from tests.api.conftest import Caller
from tests.factories.pictures import png
from tests.factories.things import make_site
from tests.factories.work import work

PAGE = (ROOT / "docs" / "api.md").read_text()
ONLY_TOLD = ("export",)
HEADERS = {"$JSON": "Content-Type: application/json", "$FILE": "Content-Type: application/octet-stream"}


def commands() -> list[list[str]]:
    """The curl commands of the page as a shell splits them."""
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [shlex.split(line) for line in lines if line and not line.startswith(ONLY_TOLD)]


def send(caller: Caller, words: list[str], run_id: str) -> Any:
    """What the command would have sent."""
    method, path = "", ""
    body: str | bytes | None = None
    headers: dict[str, str] = {}
    options = iter(words[1:])
    for word in options:
        if word == "-X":
            method = next(options)
        elif word == "-H":
            name, _, value = HEADERS.get(word := next(options), word).partition(": ")
            headers |= {name: value} if value else {}
        elif word == "-d":
            body = next(options).replace("2027-01-31T08:00:00Z", iso(utcnow() + timedelta(days=1)))
        elif word == "--data-binary":
            assert next(options).startswith("@")
            body = png()
        else:
            path = word.removeprefix("$API").replace("$RUN", run_id)
    kind = headers.pop("Content-Type", None)
    sent = {} if body is None else {"data": body, "content_type": kind}
    return caller(method or ("POST" if body else "GET"), path, headers=headers, **sent)


def ran(answer: Any) -> str | None:
    """The id of the run that an answer is about, done to its end unless it is to wait."""
    result = answer.json["result"]
    run = result.get("run") or result if isinstance(result, dict) else {}
    if answer.status_code != 202 or run.get("state") != "queued":
        return run.get("id") if answer.status_code == 202 else None
    stored = db.session.get_one(Run, run["id"])
    if not stored.is_later:
        assert work(stored).state == "succeeded", stored.error
    return str(run["id"])


@pytest.mark.usefixtures("app")
def test_the_page_walks_from_keywords_to_a_scheduled_post(app: Flask, caller: Caller, account: Account) -> None:
    make_site(account)
    run_id, states = "", []
    for words in commands():
        answer = send(caller, words, run_id)
        assert answer.status_code in (200, 201, 202), (words, answer.text)
        if "$RUN" in words[1]:
            states.append(answer.json["result"]["state"])
        run_id = ran(answer) or run_id
    assert states == ["succeeded"] * 3


def test_every_command_is_a_curl() -> None:
    assert len(commands()) > 20
    assert {words[0] for words in commands()} == {"curl"}
