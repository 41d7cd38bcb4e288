"""Testing an endpoint: which models it lists, and what it can do. Ten small requests and 25 seconds at most.

Real endpoints differ: a list may be missing or have another form, errors come inside a 200, options are refused or
quietly ignored. Nothing is concluded from what was not seen. No picture is made: they cost money.
"""

import json
import re
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from app.ai.client.completions import Completion, ErrorInside, NotACompletion, read_completion
from app.ai.client.endpoint_requests import EndpointSession, RequestRefused, refused_inside
from app.ai.client.openai_errors import Failure
from app.ai.client.streamed import read_events
from app.ai.endpoints import Endpoint
from app.core.errors import DomainError
from app.core.languages import gettext

TOTAL_SECONDS = 25.0
REQUEST_SECONDS = 10.0
MAX_MODELS = 2_000
ANSWER_TOKENS = 400  # models that think need some before they say a word
ABILITIES = ("chat", "schema", "json", "stream", "embed", "image")
_EMBEDS = re.compile(r"embed|\bbge\b|\be5\b|\bgte\b|voyage", re.IGNORECASE)
_DRAWS = re.compile(r"image|dall-?e|flux|diffusion|sdxl|imagen|recraft|ideogram", re.IGNORECASE)
_ABOUT_THE_KEY = frozenset(("AI_KEY_INVALID", "AI_NO_CREDIT", "AI_FORBIDDEN"))
_SCHEMA = {
    "type": "object",
    "properties": {"word": {"type": "string"}},
    "required": ["word"],
    "additionalProperties": False,
}
# Of the form nothing is said where an endpoint that ignores the option would keep to it for that alone.
_COLOUR = "Name a colour, in one word."
_COLOUR_AS_JSON = "Name a colour, in one word, as JSON."
Try = Callable[[], bool | None]


@dataclass
class ProbeResult:
    """What a test found. `can` says yes (True) or no (False) by ability; what it does not name is not known.

    `asked` names the model that an ability was asked of, `notes` are sentences for a person. `error` is why there is
    nothing more; `is_listed` is None when the endpoint does not list its models.
    """

    model: str = ""
    models: list[str] = field(default_factory=list)
    is_listed: bool | None = None
    can: dict[str, bool] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    error: DomainError | None = None
    dimensions: int = 0

    def as_dict(self) -> dict[str, Any]:
        """What is kept of it, by model."""
        fields: dict[str, Any] = {}
        for ability, answer in self.can.items():
            fields.setdefault(self.asked.get(ability, self.model), {})[ability] = answer
        return fields


def test(endpoint: Endpoint, private_hosts: tuple[str, ...]) -> ProbeResult:
    """Try the endpoint, and its model when it names one. Calls out; raises nothing."""
    result = ProbeResult(model=endpoint.model)
    session = EndpointSession(endpoint, private_hosts, time.monotonic() + TOTAL_SECONDS, REQUEST_SECONDS)
    try:
        _list_models(session, result)
        if result.model and not _is_of_another_kind(result):
            _chat(session, result)
        _probe_embedding_and_drawing(session, result)
    except DomainError as error:
        result.error = error
    return result


def _is_of_another_kind(result: ProbeResult) -> bool:
    """A model that by its name embeds or draws is not asked to talk."""
    return bool(_EMBEDS.search(result.model) or _DRAWS.search(result.model))


# Models


def _list_models(session: EndpointSession, result: ProbeResult) -> None:
    """The names that the endpoint lists; a list that it does not have is no fault."""
    try:
        result.models = names_in(session.get("/models"))
    except RequestRefused as refused:
        if refused.failure.kind in ("AI_KEY_INVALID", "AI_NO_CREDIT"):
            raise session.explained(refused.failure) from refused
        if refused.failure.status == 404:
            _look_below(session)
        result.notes.append(_no_list(refused.failure))
        return
    except DomainError as error:
        if error.code == "AI_NOT_COMPATIBLE":
            _look_below(session)
        if error.code not in ("AI_NOT_COMPATIBLE", "AI_TIMEOUT") or not result.model:
            raise
        result.notes.append("It gives no list of its models that can be read: type the model's name.")
        return
    if not result.models:
        result.notes.append("Its list of models is empty: type the model's name.")
        return
    result.is_listed = result.model in result.models if result.model else None
    if result.is_listed is False:
        result.notes.append(f"“{result.model}” is not among the models that it lists.")


def _look_below(session: EndpointSession) -> None:
    """Raise DomainError with the right address when /v1 was left out of it."""
    address = session.endpoint.base_url or ""
    if not address or re.search(r"/v\d\w*$", address):
        return
    try:
        names = names_in(session.get("/v1/models"))
    except (RequestRefused, DomainError):
        return
    if names:
        raise DomainError(
            gettext("There is nothing at this address; the models are at the one below it."),
            code="AI_ADDRESS_TOO_SHORT",
            field="base_url",
            cure=gettext("Enter %(address)s/v1 as the address.", address=address),
        )


def _no_list(failure: Failure) -> str:
    if failure.status in (404, 405, 501):
        return "It does not list its models: type the model's name as its documentation has it."
    if failure.kind == "AI_FORBIDDEN":
        return "This key may not list the models: type the model's name, or give the key that permission."
    return f"Its list of models could not be read (status {failure.status}): type the model's name."


def names_in(data: object) -> list[str]:
    """The models' names in what was answered: a list of names or objects, bare or under `data` or `models`."""
    if isinstance(data, Mapping):
        data = next((data[name] for name in ("data", "models") if isinstance(data.get(name), list)), [])
    rows = data if isinstance(data, list) else []
    names = {_name_of(row) for row in rows[: MAX_MODELS * 2]}
    return sorted((name for name in names if name), key=str.casefold)[:MAX_MODELS]


def _name_of(row: object) -> str:
    name = next((row[key] for key in ("id", "model", "name") if row.get(key)), "") if isinstance(row, Mapping) else row
    return name if isinstance(name, str) and len(name) <= 200 and name.isprintable() else ""


# Talking


def _chat(session: EndpointSession, result: ProbeResult) -> None:
    """Whether the model answers, how its answers may be asked for, and whether they can be streamed."""
    limit = _limit_for(session, result)
    if limit is None:
        return
    result.can["chat"] = True
    schema = {"type": "json_schema", "json_schema": {"name": "Word", "strict": True, "schema": _SCHEMA}}
    tries: dict[str, Try] = {
        "schema": lambda: _keeps(session, _COLOUR, {**limit, "response_format": schema}),
        "json": lambda: _keeps(session, _COLOUR_AS_JSON, {**limit, "response_format": {"type": "json_object"}}),
        "stream": lambda: _streams(session, limit),
    }
    _all_at_once(tries, result)


def _limit_for(session: EndpointSession, result: ProbeResult) -> dict[str, Any] | None:
    """How the endpoint takes the limit of an answer's length, found out by a first answer; None when none came."""
    problem: Failure | None = None
    for name in ("max_completion_tokens", "max_tokens"):
        try:
            _complete(session, _COLOUR, {name: ANSWER_TOKENS})
        except RequestRefused as refused:
            if problem is None or "max_completion_tokens" in problem.message:
                problem = refused.failure
            if not _is_about_limit(refused.failure):
                break
        else:
            return {name: ANSWER_TOKENS}
    assert problem is not None
    _judge(session, problem, result)
    return None


def _judge(session: EndpointSession, failure: Failure, result: ProbeResult) -> None:
    """Stop for what a person has to mend; go on when it is the moment's fault."""
    if failure.kind == "AI_RATE_LIMITED":
        result.notes.append("It limits requests just now, so the model was not tried: test again in a minute.")
        return
    raise session.explained(failure)


def _is_about_limit(failure: Failure) -> bool:
    return failure.status in (400, 422) and failure.kind == "AI_REQUEST_REFUSED"


def _complete(session: EndpointSession, question: str, options: Mapping[str, Any]) -> Completion:
    """What the model answers. Raises RequestRefused, and DomainError."""
    body = {"model": session.endpoint.model, "messages": [{"role": "user", "content": question}], **options}
    try:
        return read_completion(session.post("/chat/completions", body))
    except ErrorInside as error:
        raise refused_inside(error) from error
    except NotACompletion as error:
        raise RequestRefused(Failure(502, "", str(error))) from error


def _keeps(session: EndpointSession, question: str, options: Mapping[str, Any]) -> bool | None:
    """True when the answer keeps to the form that was asked for; None when it was cut off."""
    completion = _complete(session, question, options)
    try:
        return isinstance(json.loads(completion.text), dict)
    except (ValueError, RecursionError):
        return None if completion.finish in ("length", "max_tokens") else False


def _streams(session: EndpointSession, limit: Mapping[str, Any]) -> bool:
    """True when the answer comes as events, the first of which holds no error."""
    question = [{"role": "user", "content": _COLOUR}]
    body = {"model": session.endpoint.model, "messages": question, "stream": True, **limit}
    text = session.post_for_text("/chat/completions", body)
    for _name, data in read_events(text.splitlines()):
        try:
            event = json.loads(data)
        except (ValueError, RecursionError):
            continue
        return isinstance(event, Mapping) and "choices" in event and not event.get("error")
    return False


# Embedding and drawing


def _probe_embedding_and_drawing(session: EndpointSession, result: ProbeResult) -> None:
    """Whether it embeds and draws, asked of the models whose names say so, else of the chosen one."""
    embeds, draws = _named(result, _EMBEDS), _named(result, _DRAWS)
    tries: dict[str, Try] = {}
    if embeds:
        result.asked["embed"] = embeds
        tries["embed"] = lambda: _embeds(session, embeds, result)
    if draws:
        result.asked["image"] = draws
        tries["image"] = lambda: _draws(session, draws)
    _all_at_once(tries, result)


def _named(result: ProbeResult, pattern: re.Pattern[str]) -> str:
    """The chosen model when its name fits, else the first that does, else the chosen one."""
    if pattern.search(result.model):
        return result.model
    return next((name for name in result.models if pattern.search(name)), result.model)


def _embeds(session: EndpointSession, model: str, result: ProbeResult) -> bool:
    data = session.post("/embeddings", {"model": model, "input": ["ok"]})
    rows = data.get("data") if isinstance(data, Mapping) else None
    vector = rows[0].get("embedding") if isinstance(rows, list) and rows and isinstance(rows[0], Mapping) else None
    result.dimensions = len(vector) if isinstance(vector, list) else 0
    return result.dimensions > 0


def _draws(session: EndpointSession, model: str) -> bool:
    """True when the endpoint misses the description of the picture, which was left out so that none is made."""
    try:
        session.post("/images/generations", {"model": model, "n": 1})
    except RequestRefused as refused:
        if refused.failure.status not in (400, 422):
            raise
        return bool(re.search(r"prompt|required|missing", refused.failure.message, re.IGNORECASE))
    return True


def _all_at_once(tries: Mapping[str, Try], result: ProbeResult) -> None:
    """Make these tries side by side and note what each says; one that fails by the moment says nothing."""
    if not tries:
        return
    with ThreadPoolExecutor(len(tries)) as pool:
        answers = {name: pool.submit(_said, attempt) for name, attempt in tries.items()}
    result.can |= {name: answer for name, future in answers.items() if (answer := future.result()) is not None}


def _said(attempt: Try) -> bool | None:
    try:
        return attempt()
    except RequestRefused as refused:
        failure = refused.failure
        passes = failure.is_worth_retrying and failure.status != 501
        return None if passes or failure.kind in _ABOUT_THE_KEY else False
    except DomainError:
        return None
