"""Every endpoint × six callers, made from the table of endpoints: a new one is tried without anybody thinking of it."""

from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask

from app.accounts.models import Account
from app.api.document import PART
from app.api.endpoints import ENDPOINTS, MADE, OF_ALL_SITES, ApiEndpoint
from app.core.extensions import db
from app.core.permissions import Permission
from app.core.queue import depths
from app.core.roles import allows, scope_words
from app.identity.models import User
from tests.api.conftest import Caller, MakeCaller
from tests.factories.people import make_account, make_member
from tests.factories.pictures import png
from tests.factories.things import make_site
from tests.factories.world import CANARY, World, everything_of, world

__all__ = ["world"]
# What a body of this name is filled with: ids of the world's rows.
LISTS = {
    "content_ids": "content_id",
    "keyword_ids": "keyword_id",
    "cluster_ids": "cluster_id",
    "idea_ids": "idea_id",
    "task_ids": "task_id",
    "link_ids": "link_id",
    "term_ids": "term_id",
    "plan_row_ids": "plan_row_id",
    "repair_ids": "repair_id",
    "site_ids": "site_id",
    "member_ids": "member_id",
    "suggestion_ids": "suggestion_id",
}
# What the right caller gets where the rows of the world are not ready for it, and why.
NOT_READY = {
    "undo_keyword_import": {404},  # the world's run is no import
    "show_export_file": {404},  # the world's run is no export
    "show_site_rules": {502},  # its site has no WordPress
    "change_site_rules": {502},
    "allow_scripts_of_content": {409},  # the key is of another text
    "change_ai_provider": {409},  # the one just added has that name
    "decide_conflict_of_content": {422},  # it was never in WordPress
    "drop_held_of_rule": {409},
    "run_held_of_rule": {409},
    "give_legacy_rows_back": {422},  # a picture is no table
    "read_legacy_dump": {422},  # and no dump
    "read_legacy_server": {202, 409},
    "take_legacy_posts_over": {202, 409},
    "undo_legacy_import": {202, 409},
    "forget_legacy_import": {200, 409},
    "pause_run": {409},
    "resume_run": {409},
    "cancel_run": {409},
    "write_drafts": {202, 402},
    "change_keyword": {409},  # the one just added has that keyword
    "change_cluster": {409},  # the one just added has that name
    "make_clusters": {409},  # the world's keyword is in a cluster
    "remove_cluster": {409},  # it has tasks
    "publish_contents": {202, 422},  # its site has no WordPress
    "schedule_contents": {409},  # it is being published
    "unschedule_content": {409},
    "take_out_of_trash": {200, 422, 409},
    "optimize_one": {202, 422},  # its text is short
    "optimize_contents": {202, 422},
    "execute_rule": {202, 422, 409},
    "generate_structure": {422},  # answers are missing
    "generate_page_content": {202, 422},
    "regenerate_section": {422},  # it was locked just now
    "accept_link": {409},  # its target is not live
    "accept_many_links": {409},
    "propose_link_again": {409},
    "reject_many_links": {409},  # it is rejected by then
    "undo_link": {409},
    "change_link": {422},  # its words are not in the text
    "change_page": {422},  # the one just added has that address
    "change_idea": {409},  # the one just added has that title
    "change_post_status": {409},  # it is in no WordPress
    "merge_clusters": {404},  # there is no second cluster of that number
    "assign_cluster": {200, 202},
    "attach_term": {200, 202},
    "detach_term": {200, 202},
    "undo_bulk_edit": {200, 202},
    "redo_site_change": {409},
    "retry_execution": {202, 409},
    "undo_changes": {422},
    "undo_execution": {409},
    "delete_content": {409},  # it is not in the trash
    "delete_contents_for_good": {200, 202},
    "take_contents_out_of_trash": {200, 202},
    "trash_many_contents": {200, 202},
    "deploy_blueprint": {202, 409},
    "roll_deploy_back": {409},  # a deploy has just begun
    "apply_plan_rows": {409},  # nothing can be done about it
    "put_links_back": {409},  # that was done just now
    "take_text_proposal": {409},  # it was dropped just now
    "rewrite_content": {422},  # it was made of no task
    "read_answer_again": {422},
    "propose_brief_outline": {202, 402},
    "draw_content_pictures": {422},  # there is no model that draws
    "plan_content_pictures": {202, 409, 422},
    "remove_test_case": {404},  # there is no such case
    "remove_test_set": {422},  # it is being tested
    "change_kept_view": {409},  # the one just added has that name
    "mail_invitation_again": {409},  # who invited may not any more
    "revoke_open_invitation": {409},
    "delete_many_clusters": {409},  # it has tasks
    "rename_site_sector": {409},  # the one just added has that name
    "change_site_settings": {409},  # the one just added has that address
    "check_site_connection": {502},
    "verify_live_page": {422, 409},  # it was never published
    "find_suggestions": {409},  # nothing came from WordPress
    "undo_suggestions": {409},
    "bring_view_back": {404},  # it is there
    "pause_import_of_site": {409},  # it has ended
    "resume_import_of_site": {409},
    "score_site_contents": {202, 409},
}
# What answers otherwise also where nothing is wrong with the caller: work that is begun, and what is asked elsewhere.
NEEDS_MORE = {"begin_export", "show_site_rules", "try_ai_provider"}
# What would take away the rows that others are asked with: asked for a dry run.
TAKES_AWAY = {"delete_many_keywords", "delete_many_clusters", "delete_many_ideas", "delete_many_tasks"}
OF_EVERYBODY = {("", "operation"), ("", "module"), ("", "choice")}  # names of ours in addresses
# Whoever may do nothing else keeps views of lists.
OF_ANYBODY = Permission.PROFILE_MANAGE
OF_THE_ACCOUNT = {"make_prompt_live", "show_prompt_version", "show_prompt_versions"}  # prompts are of no site


def path_of(own: ApiEndpoint, world: World) -> str:
    """The endpoint's address with the world's ids."""
    names = {**world.parameters, "operation": "draft"}
    path = PART.sub(lambda part: str(names[part.group(2)]), own.rule)
    fields = own.parameters.model_fields
    asked = {name: names[name] for name in fields if name.endswith("_id")}
    needed = {name: field for name, field in fields.items() if field.is_required() and name not in asked}
    asked |= {name: (field.examples or [None])[0] for name, field in needed.items()}
    return f"{path}?{urlencode(asked)}" if asked else path


def body_of(own: ApiEndpoint, world: World) -> dict[str, Any] | None:
    """A body made of the examples, with the world's ids."""
    if own.body is None:
        return None
    body: dict[str, Any] = {}
    for name, field in own.body.model_fields.items():
        value = (field.examples or [None])[0]
        if name in LISTS:
            value = [world.parameters[LISTS[name]]]
        elif name.endswith("_id") and (value is not None or field.is_required()):
            value = world.parameters.get(name, value)
        body[name] = value
    return body


def ask(caller: Caller, own: ApiEndpoint, world: World, *, dry_run: bool = False) -> Any:
    headers = {"If-Match": "*"} if own.matches else {}
    body = body_of(own, world)
    sent: dict[str, Any] = {} if body is None else {"json": body}
    if own.upload is not None:
        sent = {"data": png(), "content_type": "application/octet-stream"}
    path = path_of(own, world)
    if dry_run:
        path += f"{'&' if '?' in path else '?'}dry_run=true"
    return caller(own.method, path, headers=headers, **sent)


def names_a_row(own: ApiEndpoint) -> bool:
    """Whether it names a row or a site of the world."""
    body = own.body.model_fields if own.body else {}
    ids = set(PART.findall(own.rule)) - OF_EVERYBODY
    return (
        bool(ids)
        or any(name.endswith("_id") for name in own.parameters.model_fields)
        or any(
            name.endswith("_id") and (field.is_required() or (field.examples or [0])[0]) for name, field in body.items()
        )
        or bool(set(LISTS) & set(body))
    )


@pytest.fixture
def holder(world: World) -> User:
    return make_member(world.account, "owner")


def codes(app: Flask, caller: Caller, world: World, among: list[ApiEndpoint]) -> dict[str, int]:
    """The status that each endpoint answers this caller; none of them shows the world."""
    statuses = {}
    for own in among:
        answer = ask(caller, own, world)
        assert CANARY.encode() not in answer.data, own.name
        statuses[own.name] = answer.status_code
    return statuses


ALL = list(ENDPOINTS.values())


def test_there_are_endpoints() -> None:
    assert len(ALL) > 260


def test_without_a_token_nobody_gets_in(app: Flask, world: World) -> None:
    assert set(codes(app, Caller(app, None), world, ALL).values()) == {401}
    assert set(codes(app, Caller(app, "igny8_" + "a" * 46), world, ALL).values()) == {401}


def test_a_token_without_the_scope_is_refused(app: Flask, world: World, holder: User, make_caller: MakeCaller) -> None:
    before = everything_of(world.account)
    for scopes in (["account:read"], ["writer:write"]):
        caller = make_caller(world.account, holder, scopes=scopes)
        among = [own for own in ALL if own.permission not in scopes]
        assert {name for name, code in codes(app, caller, world, among).items() if code != 403} == set()
    assert _rows(before) == _rows(everything_of(world.account))


def test_a_viewer_reads_and_changes_nothing(app: Flask, world: World, make_caller: MakeCaller) -> None:
    viewer = make_member(world.account, "viewer")
    scopes = sorted(scope for scope in scope_words() if allows("viewer", scope))
    caller = make_caller(world.account, viewer, role="viewer", scopes=scopes)
    before = everything_of(world.account)
    for own in ALL:
        if own.is_write and own.permission == OF_ANYBODY:
            continue
        status = ask(caller, own, world).status_code
        assert status in ((200,) if own.permission in scopes else (403,)) or own.name in NEEDS_MORE, own.name
    assert _rows(before) == _rows(everything_of(world.account))


def test_another_accounts_rows_do_not_exist(app: Flask, world: World, make_caller: MakeCaller) -> None:
    other = make_account("Elsewhere")
    caller = make_caller(other, make_member(other))
    make_site(other)
    before = everything_of(world.account)
    statuses = codes(app, caller, world, [own for own in ALL if names_a_row(own)])
    assert {name for name, code in statuses.items() if code != 404} == set()
    rest = codes(app, caller, world, [own for own in ALL if not names_a_row(own)])
    assert {name: code for name, code in rest.items() if code not in (200, 201) and name not in NEEDS_MORE} == {}
    assert _rows(before) == _rows(everything_of(world.account))


def test_a_token_of_another_site_sees_nothing_of_this_one(
    app: Flask, world: World, holder: User, make_caller: MakeCaller
) -> None:
    account = db.session.get_one(Account, world.account.id)
    account.name = "Agency"
    db.session.commit()
    other = make_site(account, name="Harbour")
    caller = make_caller(account, holder, site_ids=[other.id])
    before = everything_of(world.account)
    about_all = codes(app, caller, world, [own for own in ALL if own.permission in OF_ALL_SITES])
    assert set(about_all.values()) == {403}
    of_sites = [own for own in ALL if own.name not in {*OF_THE_ACCOUNT, *about_all}]
    statuses = codes(app, caller, world, [own for own in of_sites if names_a_row(own)])
    assert {name for name, code in statuses.items() if code != 404} == set()
    codes(app, caller, world, [own for own in of_sites if not own.is_write and not names_a_row(own)])
    assert _rows(before) == _rows(everything_of(world.account))


def test_the_right_caller_is_answered(app: Flask, world: World, holder: User, make_caller: MakeCaller) -> None:
    caller = make_caller(world.account, holder)
    wrong = {}
    for own in sorted(ALL, key=lambda own: (own.is_write, own.method == "DELETE", own.name)):
        answer = ask(caller, own, world, dry_run=own.name in TAKES_AWAY)
        if answer.status_code not in NOT_READY.get(own.name, {own.status}):
            wrong[own.name] = (answer.status_code, (answer.json.get("error") or {}).get("code"))
    assert wrong == {}, "\n".join(f"{name}: {code}" for name, code in wrong.items())


def test_a_dry_run_answers_as_if_and_leaves_everything_as_it_is(
    app: Flask, world: World, holder: User, make_caller: MakeCaller
) -> None:
    """Not a row is there that was not there before, no job waits, and nothing that is not there is named."""
    caller = make_caller(world.account, holder)
    before, jobs = _rows(everything_of(world.account)), depths()
    dry = [own for own in ALL if "dry_run" in own.parameters.model_fields]
    assert len(dry) > 30
    for own in dry:
        answer = ask(caller, own, world, dry_run=True)
        assert answer.status_code in {200, *NOT_READY.get(own.name, ())} - {201, 202}, (own.name, answer.text)
        result = answer.json.get("result") or {}
        assert [result.get(name) for name in MADE] == [None] * len(MADE), own.name
        assert _rows(everything_of(world.account)) == before, own.name
    assert depths() == jobs


def _rows(everything: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    """All rows but the tokens, and what is written of every call."""
    kept = {"api_calls", "api_answers", "api_tokens", "audit_events", "memberships"}
    return {name: rows for name, rows in everything.items() if name not in kept}
