"""The OpenAPI document (3.1), made of the types of the endpoints. Its parts are openapi-pydantic's."""

import re
from functools import cache
from typing import Any

from openapi_pydantic import (
    Components,
    Header,
    Info,
    Link,
    MediaType,
    OpenAPI,
    Operation,
    Parameter,
    PathItem,
    Reference,
    RequestBody,
    Response,
    SecurityScheme,
    Server,
    Tag,
)
from openapi_pydantic.util import PydanticSchema, construct_open_api_with_schema_class
from pydantic import BaseModel

from app.api.endpoints import ENDPOINTS, ApiEndpoint
from app.api.rates import A_MINUTE
from app.api.reading import FILE
from app.api.shapes import ApiAnswer, ApiListAnswer, Failed

VERSION = "1.0"
PART = re.compile(r"<(?:(\w+):)?(\w+)>")
KINDS: dict[str, dict[str, Any]] = {
    "int": {"type": "integer", "minimum": 1},
    "uuid": {"type": "string", "format": "uuid"},
    "": {"type": "string", "pattern": "^[a-z_]{1,60}$"},
}
ERRORS = {
    400: "The body is not JSON, or a header cannot be read.",
    401: "No valid token was sent.",
    403: "The token or its holder may not do this, or the account may not now.",
    404: "There is no such row in this account, or the module is switched off.",
    409: "It is there already, changed meanwhile or is being worked on; or the Idempotency-Key was used before.",
    412: "It was changed since: the etag is another one now.",
    413: "The body is larger than 4 MB, or a file than may be uploaded here.",
    415: "The body is not of the type that is taken here: application/json, or application/octet-stream for files.",
    422: "A parameter or a field cannot be used; `error.field` says which.",
    428: "If-Match is missing.",
    429: "Too many requests; Retry-After says how long to wait.",
    500: "Something went wrong on our side. Tell us `request_id`.",
    502: "WordPress, or another service that is asked, does not answer as it should; `error.cure` says what to do.",
    503: "The database or the queue does not answer; Retry-After says when to come again.",
}
INTRODUCTION = """What a person can do on the pages, for programs. Make a token under Settings, API tokens, and send it
as `Authorization: Bearer …`. Every answer has `ok` and `result`, or `ok: false` and `error`. Lists have a `page`: send
`page.next` as `after` for the next one. Long work answers 202 with a run, whose state is at `/runs/{id}/`. Send an
`Idempotency-Key` with every write: it is done once, however often it is sent within a day."""
RATE_HEADERS = {
    "RateLimit-Limit": "How many requests a minute this token may make here.",
    "RateLimit-Remaining": "How many of them are left.",
    "RateLimit-Reset": "Seconds until all of them may be made again.",
}


@cache
def openapi_document() -> dict[str, Any]:
    """The document as it is served."""
    paths: dict[str, PathItem] = {}
    for own in sorted(ENDPOINTS.values(), key=lambda own: (own.rule, own.method)):
        item = paths.setdefault(PART.sub(r"{\2}", own.rule), PathItem())
        setattr(item, own.method.lower(), _operation(own))
    document = OpenAPI(
        openapi="3.1.0",
        info=Info(title="IGNY8 API", version=VERSION, description=INTRODUCTION),
        servers=[Server(url="/api/v1")],
        paths=paths,
        tags=[Tag(name=name) for name in sorted({own.tag for own in ENDPOINTS.values()})],
        security=[{"token": []}],
        components=Components(
            securitySchemes={"token": SecurityScheme(type="http", scheme="bearer", description="A token of Settings.")},
            headers={name: _header(words) for name, words in RATE_HEADERS.items()},
            responses={
                f"Error{status}": Response(description=words, content=_content(Failed), headers=_headers(status))
                for status, words in ERRORS.items()
            },
        ),
    )
    whole = construct_open_api_with_schema_class(document)
    return _sparse(whole.model_dump(mode="json", by_alias=True, exclude_unset=True))


def _sparse(document: dict[str, Any]) -> dict[str, Any]:
    """Of a row only its id is sure to be there: `fields` may leave out the rest."""
    for name in {own.row.__name__ for own in ENDPOINTS.values() if not own.is_file}:
        schema = document["components"]["schemas"][name]
        required = [field for field in schema.get("required", []) if field == "id"]
        schema.pop("required", None)
        if required:
            schema["required"] = required
    return document


def _operation(own: ApiEndpoint) -> Operation:
    body: dict[str, Any] = {}
    if own.body is not None:
        body["requestBody"] = RequestBody(required=True, content=_content(own.body))
    if own.upload is not None:
        size = {"type": "string", "format": "binary", "minLength": 1, "maxLength": own.upload}
        body["requestBody"] = RequestBody(required=True, content={FILE: MediaType.model_validate({"schema": size})})
    return Operation(
        operationId=own.name,
        summary=own.summary.rstrip("."),
        description=_description(own),
        tags=[own.tag],
        parameters=[*_path_parameters(own), *_query_parameters(own), *_header_parameters(own)],
        responses=_responses(own),
        **body,
    )


def _description(own: ApiEndpoint) -> str:
    needs = f"Needs the scope `{own.permission}`. At most {A_MINUTE[own.rate]} requests a minute."
    return f"{own.description}\n\n{needs}".strip()


def _content(shape: Any) -> dict[str, MediaType]:
    return {"application/json": MediaType(schema=PydanticSchema.model_validate({"schema_class": shape}))}


def _path_parameters(own: ApiEndpoint) -> list[Parameter]:
    return [
        Parameter.model_validate({"name": name, "in": "path", "required": True, "schema": KINDS[kind or ""]})
        for kind, name in PART.findall(own.rule)
    ]


def _query_parameters(own: ApiEndpoint) -> list[Parameter]:
    schema = own.parameters.model_json_schema()
    needed = schema.get("required", [])
    parameters = []
    for name, values in schema["properties"].items():
        facts = {key: value for key, value in values.items() if key not in ("title", "description", "default")}
        parameters.append(
            Parameter.model_validate(
                {
                    "name": name,
                    "in": "query",
                    "required": name in needed,
                    "description": values.get("description", ""),
                    "schema": facts,
                }
            )
        )
    return parameters


def _header_parameters(own: ApiEndpoint) -> list[Parameter]:
    headers = []
    if own.is_write:
        headers.append(("Idempotency-Key", False, "A new one for each thing that is to be done, such as a UUID."))
    if own.matches:
        headers.append(("If-Match", True, "The etag of what is changed, or `*`."))
    patterns = {"Idempotency-Key": "^[!-~]{1,255}$", "If-Match": '^(\\*|"[A-Za-z0-9-]{1,64}")$'}
    return [
        Parameter.model_validate(
            {
                "name": name,
                "in": "header",
                "required": required,
                "description": words,
                "schema": {"type": "string", "pattern": patterns[name]},
            }
        )
        for name, required, words in headers
    ]


def _responses(own: ApiEndpoint) -> dict[str, Response | Reference]:
    shape: Any = ApiListAnswer if own.is_list else ApiAnswer
    good = [own.status, 200] if own.status == 202 and own.row.__name__ != "RunShown" else [own.status]
    answers: dict[str, Response | Reference] = {str(status): _answer(shape[own.row], own, status) for status in good}
    if own.is_file:
        file = MediaType.model_validate({"schema": {"type": "string", "format": "binary"}})
        answers = {"200": Response(description="The file.", content={FILE: file}, headers=_headers(200))}
    if own.has_etag and own.method == "GET":
        answers["304"] = Response(description="It is as in If-None-Match.")
    for status in _errors_of(own):
        answers[str(status)] = _reference(f"#/components/responses/Error{status}")
    return answers


def _answer(shape: type[BaseModel], own: ApiEndpoint, status: int) -> Response:
    headers = _headers(status)
    if status == 202:
        headers["Location"] = _header("Where the run's state is.")
    if own.has_etag:
        headers["ETag"] = _header("Names it as it is now, for If-Match.")
    links = {"links": _links(own)} if _links(own) else {}
    return Response(description=own.summary or "Done.", content=_content(shape), headers=headers, **links)


def _links(own: ApiEndpoint) -> dict[str, Link | Reference]:
    """What can be done with the row or the run that was made: its id, and its ETag where a change names it."""
    targets = _endpoints_of_rows().get(own.row.__name__, ()) if own.status in (201, 202) else ()
    return {target.name: _link(target, name) for target, name in targets}


@cache
def _endpoints_of_rows() -> dict[str, list[tuple[ApiEndpoint, str]]]:
    """By the name of a type of rows: the endpoints about one row of it, with the name of its id in their addresses."""
    names: dict[str, str] = {}
    for own in ENDPOINTS.values():
        parts = PART.findall(own.rule)
        if own.method == "GET" and not own.is_list and len(parts) == 1 and own.rule.endswith(f"{parts[0][1]}>/"):
            names[own.row.__name__] = parts[0][1]
    by_id: dict[str, list[ApiEndpoint]] = {name: [] for name in names.values()}
    for own in ENDPOINTS.values():
        parts = PART.findall(own.rule)
        if len(parts) == 1 and parts[0][1] in by_id:
            by_id[parts[0][1]].append(own)
    return {row: [(own, name) for own in by_id[name]] for row, name in names.items()}


def _link(target: ApiEndpoint, name: str) -> Link:
    parameters: dict[str, Any] = {name: "$response.body#/result/id"}
    if target.matches:
        parameters["If-Match"] = "$response.header.ETag"
    return Link(operationId=target.name, parameters=parameters)


def _headers(status: int) -> dict[str, Header | Reference]:
    headers: dict[str, Header | Reference] = {name: _reference(f"#/components/headers/{name}") for name in RATE_HEADERS}
    if status in (429, 503):
        headers["Retry-After"] = _header("Seconds to wait.")
    return headers


def _header(words: str) -> Header:
    return Header.model_validate({"description": words, "schema": {"type": "string"}})


def _reference(place: str) -> Reference:
    return Reference.model_validate({"$ref": place})


def _errors_of(own: ApiEndpoint) -> list[int]:
    statuses = {401, 403, 404, 413, 422, 429, 500, 503}
    if own.is_write:
        statuses |= {400, 409, 502}
    if own.body is not None or own.upload is not None:
        statuses |= {400, 415}
    if own.matches:
        statuses |= {412, 428}
    return sorted(statuses)
