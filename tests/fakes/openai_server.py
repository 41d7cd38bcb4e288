"""A stateful stand-in for an OpenAI-compatible endpoint that the real SDK talks to over HTTP.

It answers chat completions with `json_schema` response formats from the data of the question, keeps
the requests it saw, and can be told to fail the next calls in the ways real endpoints do.
"""

import json
import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.fakes.local_server import LocalServer
from tests.fakes.openai_streams import Stream

KEY = "sk-test-key"
MODEL = "test-model"


@dataclass
class Seen:
    """One request as it arrived."""

    path: str
    key: str
    body: dict[str, Any]
    port: int = 0  # of who asked: the same for requests over one connection

    @property
    def data(self) -> dict[str, Any]:
        """The JSON of the first user message, which may come after the instructions."""
        said = next(turn["content"] for turn in self.body["messages"] if turn["role"] == "user")
        return json.loads(said.rpartition("\n\n")[2])


@dataclass
class FakeOpenAI(LocalServer):
    """Start with `with FakeOpenAI() as server`; `server.url` is the base URL to give the SDK."""

    key: str = KEY
    models: set[str] = field(default_factory=lambda: {MODEL})
    requests: list[Seen] = field(default_factory=list)
    forms: set[str] = field(default_factory=lambda: {"json_schema", "json_object", "text"})
    takes_system: bool = True
    limits: set[str] = field(default_factory=lambda: {"max_completion_tokens", "max_tokens"})
    must_alternate: bool = False
    habit: str = ""
    finish: str = "stop"
    usage: dict[str, int] = field(default_factory=lambda: dict(USAGE))
    stream: Stream = field(default_factory=Stream)
    _failures: deque[tuple[str, float]] = field(default_factory=deque)
    _answers: deque[Any] = field(default_factory=deque)

    def fail_next(self, kind: str, times: int = 1, seconds: float = 0.0) -> None:
        """Fail the next calls: ``401 403 404 429 500 503 quota timeout drop invalid_json wrong_schema refusal
        length empty html`` and those of `_BODIES`. `seconds`: how long a timeout waits, or the Retry-After of a 429."""
        self._failures.extend([(kind, seconds)] * times)

    def answer_next(self, answer: dict[str, Any] | str) -> None:
        """Give this JSON, or this text as it is, as the content of the next good answer."""
        self._answers.append(answer)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def next_failure(self) -> tuple[str, float] | None:
        return self._failures.popleft() if self._failures else None

    def content_for(self, seen: Seen) -> str:
        if self._answers:
            answer = self._answers.popleft()
            return answer if isinstance(answer, str) else json.dumps(answer)
        return json.dumps(_ANSWERS[_asked_for(seen.body)](seen.data))

    def objection(self, body: dict[str, Any]) -> str:
        """Why an endpoint of this kind refuses the request with 400; empty when it does not."""
        roles = [turn["role"] for turn in body["messages"]]
        if "system" in roles and not self.takes_system:
            return "System role not supported"
        turns = [role for role in roles if role != "system"]
        if self.must_alternate and turns != [("user", "assistant")[at % 2] for at in range(len(turns))]:
            return "Conversation roles must alternate user/assistant/user/assistant/..."
        if body.get("stream") and (reason := self.stream.objection(body)):
            return reason
        if unknown := {"max_completion_tokens", "max_tokens"} & body.keys() - self.limits:
            return f"Unsupported parameter: '{unknown.pop()}' is not supported with this model."
        form = body.get("response_format", {"type": "text"})["type"]
        return "" if form in self.forms else f"Invalid value for response_format.type: {form}"


def _asked_for(body: dict[str, Any]) -> str:
    """The name of the answer's type, or of the one whose fields the schema in the question names."""
    schema = body.get("response_format", {}).get("json_schema")
    if schema:
        return str(schema["name"])
    said = " ".join(turn["content"] for turn in body["messages"])
    fields = {"NamesAnswer": '"clusters"', "IdeasAnswer": '"ideas"', "DraftAnswer": '"content_html"'}
    return next(name for name, field_name in fields.items() if field_name in said)


def _parts(text: str) -> list[dict[str, Any]]:
    half = len(text) // 2
    return [
        {"type": "reasoning", "text": "Hm."},
        *({"type": "text", "text": part} for part in (text[:half], text[half:])),
    ]


# How endpoints and models dress their answers. Each takes the answer's JSON.
HABITS: dict[str, Callable[[str], Any]] = {
    "fence": lambda text: f"```json\n{text}\n```",
    "prose": lambda text: f"Sure! Here it is {{as asked}}:\n\n{text}\n\nLet me know if [anything] is missing.",
    "prose and fence": lambda text: f"Here you go.\n\n```\n{text}\n```\nDone.",
    "think": lambda text: f'<think>\nThe user wants {{"clusters": []}}.\n</think>\n\n{text}',
    "unopened think": lambda text: f"First, I look at it.\n</think>{text}",
    "parts": _parts,
    "encoded twice": json.dumps,
    "trailing comma": lambda text: text[:-1] + ",}",
    "wrapped": lambda text: json.dumps({"result": json.loads(text)}),
    "bare list": lambda text: json.dumps(next(iter(json.loads(text).values()))),
    "other case": lambda text: text.replace('"Article"', '"ARTICLE"').replace('"Guide"', '"guide"'),
    "camel case": lambda text: re.sub(r'"([a-z]+)_([a-z])(\w*)":', lambda m: f'"{m[1]}{m[2].upper()}{m[3]}":', text),
    "words as names": lambda text: re.sub(r'"([a-z_]+)":', lambda m: f'"{m[1].replace("_", " ").title()}":', text),
    "lines": lambda text: "\n".join(json.dumps(row) for row in next(iter(json.loads(text).values()))),
    "lines of lists": lambda text: "\n".join(
        json.dumps({name: [row]}) for name, rows in json.loads(text).items() for row in rows
    ),
    "lines in a fence": lambda text: (
        "```jsonl\n" + "\n".join(json.dumps(row) for row in next(iter(json.loads(text).values()))) + "\n```"
    ),
    "call": lambda text: {"tool_calls": [{"function": {"name": "answer", "arguments": text}}]},
}
USAGES: dict[str, Any] = {
    "null usage": None,
    "empty usage": {},
    "null counts": {"prompt_tokens": None, "completion_tokens": None, "total_tokens": None},
    "fractions": {"prompt_tokens": 10.0, "completion_tokens": "10"},
}


def _names(data: dict[str, Any]) -> dict[str, Any]:
    """Each cluster by its first keyword: "Moka Pot"."""
    return {
        "clusters": [
            {"id": one["id"], "name": one["keywords"][0].title(), "description": f"About {one['keywords'][0]}."}
            for one in data["clusters"]
        ]
    }


def _ideas(data: dict[str, Any]) -> dict[str, Any]:
    start = len(data["existing_titles"])
    keyword = data["keywords"][0]["text"] if data["keywords"] else data["cluster"]
    return {
        "ideas": [
            {
                "title": f"{data['cluster']}: part {start + number}",
                "description": "What it covers.",
                "content_type": "Article",
                "content_structure": "Guide",
                "primary_keyword": keyword,
            }
            for number in range(1, data["count"] + 1)
        ]
    }


def _draft(data: dict[str, Any]) -> dict[str, Any]:
    keyword = data.get("primary_keyword") or data["title"]
    return {
        "title": data["title"],
        "content_html": f"<p>All about {keyword}.</p><script>alert(1)</script>"
        f'<h2>Why {keyword}</h2><p onclick="x()">Because.</p><ul><li>One</li><li>Two</li></ul>',
        "excerpt": f"In short: {keyword}.",
        "seo_title": f"{data['title']} explained in a title that is much longer than sixty characters",
        "seo_description": f"{keyword} " * 60,
        "focus_keywords": [keyword, "another"],
    }


def _section(data: dict[str, Any]) -> dict[str, Any]:
    heading = data["section"]["heading"]
    text = f"<h2>{heading}</h2><p onclick='x()'>About {heading}, in some words.</p><h2>More</h2><p>Of it.</p>"
    return {"content_html": f"{text}<script>alert(1)</script>"}


def _finishing(data: dict[str, Any]) -> dict[str, Any]:
    keyword = data["primary_keyword"] or data["title"]
    return {
        "title": data["title"],
        "slug": keyword,
        "introduction_html": f"<p>{keyword} in short.</p>",
        "excerpt": f"In short: {keyword}.",
        "seo_title": f"{data['title']} explained in a title that is much longer than sixty characters",
        "seo_description": f"{keyword} " * 60,
        "focus_keywords": [keyword, "another"],
        "questions": [{"question": question, "answer_html": "<p>Yes.</p>"} for question in data["questions"]],
        "images": [{"heading": heading, "shows": "A picture", "alt": "Alt"} for heading in data["headings"][:1]],
    }


def _outline(data: dict[str, Any]) -> dict[str, Any]:
    words = data["keywords"] or [data["title"]]
    sections = [{"heading": f"On {word}", "notes": "Say it.", "keywords": [word]} for word in words]
    return {"sections": sections, "questions": ["Is it so?"]}


def _image_briefs(data: dict[str, Any]) -> dict[str, Any]:
    headings = data["headings"] or [""]
    return {"images": [{"heading": one, "shows": f"A picture of {one}", "alt": f"Alt of {one}"} for one in headings]}


def _improved(data: dict[str, Any]) -> dict[str, Any]:
    """Each passage with a word before it that changes nothing; the last one with a figure that it did not have."""
    passages = [
        {"number": passage["number"], "html": f"Still, {passage['html'][0].lower()}{passage['html'][1:]}"}
        for passage in data["passages"]
    ]
    if len(passages) > 1:
        passages[-1]["html"] += " It costs $99."
    return {"passages": passages, "seo_title": "", "seo_description": ""}


_ANSWERS = {
    "ImproveAnswer": _improved,
    "ImageBriefsAnswer": _image_briefs,
    "NamesAnswer": _names,
    "IdeasAnswer": _ideas,
    "DraftAnswer": _draft,
    "SectionAnswer": _section,
    "FinishingAnswer": _finishing,
    "OutlineAnswer": _outline,
}
USAGE = {"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20}
_STATUS_ERRORS = {
    "401": (401, "Incorrect API key provided.", "invalid_api_key"),
    "403": (403, "You are not allowed to use this model.", "permission_denied"),
    "404": (404, "The model does not exist.", "model_not_found"),
    "429": (429, "Rate limit reached.", "rate_limit_exceeded"),
    "quota": (429, "You exceeded your current quota.", "insufficient_quota"),
    "400": (400, "Invalid parameter: response_format is not supported with this model.", "unsupported"),
    "500": (500, "The server had an error.", "server_error"),
    "503": (503, "The engine is overloaded.", "overloaded"),
}
_CONTENTS = {"invalid_json": '{"clusters": [', "wrong_schema": '{"something": "else"}', "empty": ""}


# Answers of endpoints that are compatible in name, as status and body.
_BODIES: dict[str, tuple[int, Any]] = {
    "429 inside": (200, {"error": {"message": "Provider is overloaded", "code": 429}}),
    "502 inside": (200, {"id": "x", "choices": [], "error": {"message": "Bad gateway", "code": 502}}),
    "text inside": (200, {"error": "model is loading"}),
    "null choices": (200, {"id": "x", "object": "chat.completion", "choices": None, "usage": None}),
    "filter": (
        400,
        {
            "error": {
                "message": "The response was filtered due to Azure's content management policy.",
                "code": "content_filter",
                "status": 400,
            }
        },
    ),
    "key in a list": (
        400,
        [
            {
                "error": {
                    "code": 400,
                    "message": "API key not valid. Please pass a valid API key.",
                    "status": "INVALID_ARGUMENT",
                }
            }
        ],
    ),
    "context": (
        400,
        {
            "error": {
                "message": "This model's maximum context length is 8192 tokens.",
                "code": "context_length_exceeded",
            }
        },
    ),
    "balance": (
        402,
        {"error": {"message": "Insufficient Balance", "type": "unknown_error", "code": "invalid_request"}},
    ),
    "list of nothing": (500, []),
    "filtered": (200, {"choices": [{"finish_reason": "content_filter", "message": {"content": ""}}]}),
}


class _Handler(BaseHTTPRequestHandler):
    fake: FakeOpenAI
    disable_nagle_algorithm = True  # or each answer waits 40 ms for an acknowledgement
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing on stderr."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        seen = Seen(self.path, key, body, self.client_address[1])
        self.fake.requests.append(seen)
        failure = self.fake.next_failure()
        if failure is not None:
            self._fail(*failure)
        elif self.path != "/v1/chat/completions":
            self._json(404, {"error": {"message": "Unknown path.", "code": "not_found", "type": "x"}})
        elif seen.key != self.fake.key:
            self._error("401")
        elif body["model"] not in self.fake.models:
            self._error("404")
        elif objection := self.fake.objection(body):
            self._json(400, {"object": "error", "message": objection, "type": "BadRequestError", "code": 400})
        else:
            self._answer(self.fake.content_for(seen), body)

    def _answer(self, content: str, body: dict[str, Any]) -> None:
        if body.get("stream") and not self.fake.stream.is_ignored:
            self.close_connection = True
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            self.fake.stream.write(self.wfile, content, body)
        else:
            self._complete(content)

    def _fail(self, kind: str, seconds: float) -> None:
        if kind in _STATUS_ERRORS:
            self._error(kind, {"Retry-After": str(seconds)} if seconds else {})
        elif kind == "timeout":
            time.sleep(seconds)
            self.close_connection = True
        elif kind == "drop":
            self.close_connection = True
        elif kind in _BODIES:
            self._json(*_BODIES[kind])
        elif kind == "html":
            self._send(200, b"<html>Welcome</html>", "text/html")
        elif kind == "refusal":
            self._complete(None, refusal="I cannot help with that.")
        elif kind == "length":
            self._complete('{"clus', finish="length")
        else:
            self._complete(_CONTENTS[kind])

    def _error(self, kind: str, headers: dict[str, str] | None = None) -> None:
        status, message, code = _STATUS_ERRORS[kind]
        self._json(status, {"error": {"message": message, "type": code, "code": code}}, headers or {})

    def _complete(self, content: str | None, refusal: str | None = None, finish: str = "") -> None:
        finish = finish or self.fake.finish
        message = {"role": "assistant", "content": content, "refusal": refusal}
        if content and self.fake.habit in HABITS:
            dressed = HABITS[self.fake.habit](content)
            message |= {"content": None, **dressed} if isinstance(dressed, dict) else {"content": dressed}
        self._json(
            200,
            {
                "id": f"chatcmpl-{len(self.fake.requests)}",
                "object": "chat.completion",
                "created": int(time.time()),
                "model": MODEL,
                "choices": [{"index": 0, "finish_reason": finish, "message": message, "logprobs": None}],
                "usage": USAGES.get(self.fake.habit, self.fake.usage),
            },
        )

    def _json(self, status: int, data: Any, headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(data).encode(), "application/json", headers)

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


FakeOpenAI.handler = _Handler
