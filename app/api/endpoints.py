"""Endpoints: a view says what it reads and answers by its types; all else is done here, alike for every endpoint.

In this order: token (401), permission (403), module (404), rate (429), parameters and body (400, 413, 415, 422), the
site that they name (404), the Idempotency-Key (409), then the view, then the commit; a dry run is rolled back instead.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from inspect import getdoc
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from flask import Response, g, request, send_file
from pydantic import BaseModel

from app.accounts.module_routes import refuse_switched_off
from app.api import rates, reading
from app.api.blueprint import api
from app.api.idempotency import Once, SentAnswer, checked_key, do_once, fingerprint_of
from app.api.lists import ApiList, ListParameters
from app.api.refusals import field_unknown
from app.api.shapes import DryRunParameters, Parameters, RowPage, SentFile, Shown, with_dry_run
from app.core.access import current_account_id, requires
from app.core.errors import Conflict, DomainError, Forbidden, NotFound, Unavailable
from app.core.extensions import db
from app.core.languages import gettext
from app.core.permissions import AnyPermission, Permission
from app.core.request_ids import MAX_ID, MAX_VERSION, parse_version
from app.core.tenancy import owned
from app.sites.models import Site

V = TypeVar("V", bound=Callable[..., Any])
# What says that somebody changed it since: with If-Match that is a 412.
CHANGED_SINCE = (
    "AUTOPILOT_CHANGED",
    "BRIEF_CONFLICT",
    "EDITED_IN_WORDPRESS",
    "EDIT_CONFLICT",
    "LABEL_MOVED",
    "LINK_SETTINGS_CHANGED",
    "PERSONA_CHANGED",
    "PICTURE_CONFLICT",
    "RULE_CHANGED",
    "SETTINGS_CHANGED",
    "SET_CHANGED",
)
NO_VERSION = -1
OF_ALL_SITES = (
    Permission.TEAM_MANAGE,
    Permission.ACCOUNT_MANAGE,
    Permission.ACCOUNT_EXPORT,
    Permission.AI_MANAGE,
)
COUNTED = ("version", "number")  # of what a row counts, where others are ids
# Fields that name what a write makes: there is none of them after a dry run.
MADE = ("run", "batch_id", "edit_id", "change_id", "test_id", "execution_id")


@dataclass(frozen=True)
class ApiEndpoint:
    """One endpoint, as the document describes it and as requests are handled.

    A `status` of 202 is 200 where there is no run. `matches` says that a change names by If-Match what it changes.
    `upload` is how many bytes the view takes at most as its argument `data`: a file is sent as it is, in no JSON.
    `rehearses` says that it takes `dry_run`, and that nothing but the database knows of its work before the commit.
    """

    name: str
    method: str
    rule: str
    permission: AnyPermission
    summary: str
    description: str
    result: Any
    parameters: type[Parameters]
    body: type[BaseModel] | None
    module: str | None
    status: int
    rate: rates.Rate
    matches: bool
    listed: ApiList | None
    upload: int | None = None
    rehearses: bool = False

    @property
    def most_bytes(self) -> int:
        """How large a body may be."""
        return self.upload or reading.MOST_BYTES

    @property
    def has_etag(self) -> bool:
        """Whether what it answers has an ETag."""
        of_class = getattr(self.row, "etag", None)
        return not self.is_list and ("etag" in self.row.model_fields or isinstance(of_class, property))

    @property
    def is_write(self) -> bool:
        """Whether it changes something."""
        return self.method != "GET"

    @property
    def is_list(self) -> bool:
        """Whether it answers a page of rows."""
        return get_origin(self.result) is RowPage

    @property
    def row(self) -> type[BaseModel]:
        """The type of what it answers, or of one row of it."""
        if self.is_file:
            return Shown
        row: type[BaseModel] = get_args(self.result)[0] if self.is_list else self.result
        return row

    @property
    def is_file(self) -> bool:
        """Whether it answers the bytes of a file."""
        return self.result is SentFile

    @property
    def tag(self) -> str:
        """The part of the API that it belongs to."""
        return self.rule.split("/")[1]


ENDPOINTS: dict[str, ApiEndpoint] = {}


def api_endpoint(
    method: str,
    rule: str,
    permission: AnyPermission,
    *,
    module: str | None = None,
    status: int = 200,
    rate: rates.Rate = rates.Rate.GENERAL,
    matches: bool = False,
    listed: ApiList | None = None,
    upload: int | None = None,
    rehearses: bool = False,
) -> Callable[[V], V]:
    """Make a view an endpoint: its arguments `query` and `body` and what it returns say what the document has.

    With `rehearses` it takes `dry_run`: the work is rolled back, so all of it has to be in the database.
    """

    def wrap(view: V) -> V:
        types = get_type_hints(view)
        summary, _, description = (getdoc(view) or "").partition("\n\n")
        ENDPOINTS[view.__name__] = own = ApiEndpoint(
            name=view.__name__,
            method=method,
            rule=rule,
            permission=permission,
            summary=summary,
            description=description,
            result=types["return"],
            parameters=_parameters_of(types.get("query", Parameters), listed, rehearses=rehearses),
            body=types.get("body"),
            module=module,
            status=status,
            rate=rate,
            matches=matches,
            listed=listed,
            upload=upload,
            rehearses=rehearses,
        )
        takes_query = "query" in types

        @wraps(view)
        def handled(**ids: Any) -> Response:
            return _handle(own, view, ids, takes_query)

        api.add_url_rule(rule, view.__name__, requires(permission)(handled), methods=[method], strict_slashes=False)
        return view

    return wrap


def _parameters_of(parameters: type[Parameters], listed: ApiList | None, *, rehearses: bool) -> type[Parameters]:
    """The parameters that a view reads, with those of its list and of dry runs."""
    if listed is not None and issubclass(parameters, ListParameters):
        parameters = listed.parameters(parameters)
    return with_dry_run(parameters) if rehearses else parameters


def _handle(own: ApiEndpoint, view: Callable[..., Any], ids: dict[str, Any], takes_query: bool) -> Response:
    if own.permission in OF_ALL_SITES:
        check_token_sees_all()
    refuse_switched_off(own.module)
    _check_numbers(ids)
    g.api_spent, refusal = rates.spend_request(g.token.id, own.rate)
    if refusal is not None:
        raise refusal
    raw = reading.read_raw_body(own.most_bytes)
    arguments, asked = dict(ids), reading.read_parameters(own.parameters)
    wanted = _wanted_fields(own, asked.fields)
    if takes_query:
        arguments["query"] = asked
    if own.body is not None:
        arguments["body"] = reading.read_json_body(own.body, raw)
    if own.upload is not None:
        arguments["data"] = reading.checked_file(raw)
    _check_sites(asked, arguments.get("body"))
    if own.matches:
        _check_has_match()
    if own.is_file:
        return _file(view(**arguments))

    def work() -> SentAnswer:
        return _stored(own, _checked_match(own, lambda: view(**arguments)), wanted)

    if own.rehearses and isinstance(asked, DryRunParameters) and asked.is_dry:
        return _response(_rehearsed(own, work))
    answer = _once(work, raw) if own.is_write else work()
    return _response(answer)


def _file(sent: SentFile) -> Response:
    return send_file(sent.content, as_attachment=True, download_name=sent.name, mimetype=reading.FILE)


def _rehearsed(own: ApiEndpoint, work: Callable[[], SentAnswer]) -> SentAnswer:
    """What the work would answer; nothing of it stays, and what it would have made is not named."""
    try:
        answer = work()
    finally:
        db.session.rollback()
    content = json.loads(answer.body)
    content["result"] |= {name: None for name in MADE if name in content["result"]}
    return SentAnswer(200, _json(content))


def check_token_sees_all() -> None:
    """Raise Forbidden for a token of some sites, where what is done is about all of them."""
    if g.token.site_ids is not None:
        raise Forbidden(
            gettext("This token is for some sites only, and this is about all of them."),
            code="TOKEN_OF_SOME_SITES",
            cure=gettext("Use a token for all sites."),
        )


def _check_numbers(ids: dict[str, Any]) -> None:
    """Raise NotFound for numbers of an address beyond what the database counts to: no row has them."""
    for name, value in ids.items():
        if isinstance(value, int) and value > (MAX_VERSION if name in COUNTED else MAX_ID):
            raise NotFound()


def _check_sites(*parts: Any) -> None:
    """Raise NotFound when a site that is named is not the account's."""
    for part in parts:
        site_id = getattr(part, "site_id", None)
        if site_id is not None:
            owned(Site, site_id, current_account_id())


def _wanted_fields(own: ApiEndpoint, text: str) -> set[str]:
    """The fields that the answer is to have; all of them when none is named."""
    names = {name for name in text.split(",") if name}
    unknown = sorted(names - set(own.row.model_fields))
    if unknown:
        raise field_unknown(unknown[0], "fields")
    return names | {"id"} if names else set()


def _check_has_match() -> None:
    if "If-Match" not in request.headers:
        raise DomainError(
            gettext("This needs the header If-Match, so that nobody’s change is overwritten unseen."),
            code="IF_MATCH_NEEDED",
            status=428,
            cure=gettext("Send the etag of what you read, or * to overwrite whatever is there."),
        )


def expected_etag() -> str | None:
    """What the If-Match of this request names; None where it takes whatever is there."""
    text = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    return None if text == "*" else text


def expected_version(present: int, part: int = 0) -> int:
    """The version that the If-Match of this request names: the present one for *, one that is never there otherwise.

    Of an etag that joins several versions by "-", the one at `part`.
    """
    expected = expected_etag()
    if expected is None:
        return present
    parts = expected.split("-")
    text = parts[part] if part < len(parts) else ""
    return 0 if text == "0" else parse_version(text) or NO_VERSION


def _checked_match(own: ApiEndpoint, view: Callable[[], Any]) -> Any:
    """What the view answers; a change of something that is not there any more in this form is 412."""
    try:
        return view()
    except Conflict as error:
        if not own.matches or error.code not in CHANGED_SINCE:
            raise
        raise DomainError(
            error.message,
            code="PRECONDITION_FAILED",
            status=412,
            cure=gettext("Read it again, and send your change with its new etag."),
        ) from None


def _stored(own: ApiEndpoint, result: Any, wanted: set[str]) -> SentAnswer:
    """The answer as it is sent and kept."""
    include = wanted or None
    if isinstance(result, RowPage):
        rows = [row.model_dump(mode="json", include=include) for row in result.items]
        content = {"ok": True, "result": rows, "page": result.page.model_dump(mode="json")}
        return SentAnswer(200, _json(content))
    tag = getattr(result, "etag", "") or ""
    shown = result.model_dump(mode="json", include=include)
    run = getattr(result, "run", None) if own.row.__name__ != "RunShown" else result
    status, location = own.status, ""
    if own.status == 202:
        status = 202 if run is not None else 200
        location = f"/api/v1/runs/{run.id}/" if run is not None else ""
    return SentAnswer(status, _json({"ok": True, "result": shown}), location, tag)


def _json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _once(work: Callable[[], SentAnswer], raw: bytes) -> SentAnswer:
    """Do a write, once where it has a key; commits. A refusal that would be the same again is kept too."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        answer = work()
        db.session.commit()
        return answer
    print_ = fingerprint_of(
        request.method, request.path, request.query_string.decode("latin-1"), raw, request.headers.get("If-Match", "")
    )
    once = Once(current_account_id(), g.token.id, checked_key(key), print_)
    try:
        return do_once(once, work)
    except DomainError as error:
        if not error.retryable and not isinstance(error, Unavailable):
            g.api_once = once
        raise


def _response(answer: SentAnswer) -> Response:
    response = Response(answer.body, status=answer.status, mimetype="application/json")
    if answer.location:
        response.headers["Location"] = answer.location
    if answer.etag:
        response.headers["ETag"] = f'"{answer.etag}"'
    if answer.is_replayed:
        response.headers["Idempotency-Replayed"] = "true"
    if request.method == "GET" and answer.etag and answer.etag in _tags_held():
        response = Response(status=304, headers={"ETag": f'"{answer.etag}"'})
    return response


def _tags_held() -> set[str]:
    """The etags of what the caller has already."""
    sent = request.headers.get("If-None-Match", "").split(",")
    return {text.strip().removeprefix("W/").strip('"') for text in sent}
