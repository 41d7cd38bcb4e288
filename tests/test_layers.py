"""Everything below the routes can be called without a request: by a job, the API, a rule of automation.

A module of the web reads the request and answers it; its name says so (`routes.py`, `…_routes.py`, `forms.py`,
`blueprint.py`, `feature.py`), or it stands in WEB with the reason. All others import no request state, nobody's
log-in and no module of the web: account, actor (`app.core.actor`) and plain values are their arguments.
`current_app.config` is no request state: it is the same in a worker, and whoever starts a process sets it. So is
making an application (`app.create_app`).
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from app.config import ROOT

BY_NAME = re.compile(r"(.+_)?(routes|forms)|blueprints?|feature")
WEB = {
    "app": "makes the application",
    "app.web": "puts the web together",
    "app.error_pages": "errors, in the form that the caller reads",
    "app.navigation": "the menu of the page that is asked for",
    "app.core.access": "which endpoints are open to whom; who asks",
    "app.core.addresses": "the address that a request came from",
    "app.core.assets": "how static files are cached",
    "app.core.bodies": "bounds of what a request may send",
    "app.core.cookies": "attributes of cookies",
    "app.core.compression": "how an answer to a request is compressed",
    "app.core.csrf": "the token of a page against forged requests",
    "app.core.hosts": "which host a request may name",
    "app.core.htmx": "answers for HTMX and for plain browsers",
    "app.core.language_choice": "in which language a request is answered",
    "app.core.limits": "how often one may ask",
    "app.core.route_addresses": "addresses of routes in templates",
    "app.core.security": "headers of answers",
    "app.core.web_metrics": "how long each request took",
    "app.core.web_tracing": "how long each request took, for a collector",
    "app.api.answering": "what every answer gets on its way out",
    "app.api.document": "says of the endpoints what they are",
    "app.api.rates": "how often a token may ask",
    "app.api.endpoints": "what all endpoints do alike around their views",
    "app.api.reading": "parameters and body of a request",
    "app.accounts.request_context": "who asks, in which account: worked out once per request",
    "app.identity.browser": "signs a browser in and out",
    "app.identity.devices": "the cookie by which a browser is known again",
    "app.identity.kept_forms": "gives back what was typed into a form whose session has ended",
    "app.identity.second_step": "routes between password and session",
    "app.operations.operators": "whether the operator asks",
    "app.publishing.schedule.time_readings": "what the fragment about the time in a form shows",
    "app.publishing.schedule.calendar_places": "which calendar a page leads to, in whose zone",
    "app.publishing.selection": "which content a form means",
    "app.saved_views.batch_form": "what the form around a list means",
    "app.saved_views.current": "how the list of the page that is asked for is arranged",
    "app.sites.current": "the site that the person works on, in their session",
    "app.sites.signed": "verifies what plugins send, and signs the answers",
}
# Asked from everywhere, with a request or without; they look whether there is one.
AMBIENT = {
    "app.core.asked_once": "what one page asks again and again",
    "app.core.audit": "by default whoever asks did it, from their address",
    "app.core.languages": "the language of a request, or of what is made outside of one",
    "app.core.extensions": "binds Flask-Login and HTMX to the application",
    "app.core.row_security": "the account that a request or a job is in",
    "app.core.site_scope": "the sites that a request or a job may meet",
}
SIGNING_IN = "app.identity."  # to sign a browser in or out is the request's own doing
ENDS_OF_A_TRANSACTION = {"db.session.commit", "db.session.rollback", "db.session.remove"}
MAKES_ONE = "app.create_app"
CORE_MAY_NAME = {
    ("app.core.bodies", "max_content_length"): "Werkzeug's name for how long a body may be",
    ("app.core.events.outbox", "publish"): "messaging's word: an event is published",
    ("app.core.style_sheets", "content"): "CSS's word for what stands in a rule",
    **dict.fromkeys(
        (("app.core.permissions", f"CONTENT_{name}") for name in ("READ", "WRITE", "PUBLISH")),
        "tokens keep these scopes, and every layer asks for them; features bring their own permissions since",
    ),
}
REQUEST_STATE = {"request", "session", "g", "flash", "after_this_request", "has_request_context", "redirect"}
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for folder in ("app", "jobs")
    for path in sorted((Path(ROOT) / folder).rglob("*.py"))
}


def is_web(module: str) -> bool:
    """Whether the module may know the request."""
    return module in WEB or BY_NAME.fullmatch(module.rsplit(".", 1)[-1]) is not None


def imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """(module, name) of all that is imported, also within functions; the name is empty for a whole module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)


def request_known_in(source: str) -> list[str]:
    """What a module that is none of the web imports of it."""
    wrong = []
    for module, name in imported(ast.parse(source)):
        whole = f"{module}.{name}"
        if (
            (module == "flask" and (not name or name in REQUEST_STATE))
            or module.split(".")[0] == "flask_login"
            or (module in MODULES and is_web(module) and whole != MAKES_ONE)
            or (whole in MODULES and is_web(whole))
        ):
            wrong.append(whole.rstrip("."))
    return wrong


def test_nothing_but_the_web_knows_the_request() -> None:
    below = {module: path for module, path in MODULES.items() if not is_web(module) and module not in AMBIENT}
    wrong = {module: found for module, path in below.items() if (found := request_known_in(path.read_text()))}
    assert wrong == {}


def done_in(source: str) -> set[str]:
    """The names of functions that a module calls, as it writes them."""
    calls = (node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return {ast.unparse(function) for function in calls}


def test_the_request_is_asked_who_acts_only_where_people_do_something_with_their_log_in() -> None:
    asking = {module for module, path in MODULES.items() if "audit.record_for_person" in done_in(path.read_text())}
    assert {module.rpartition(".")[0] for module in asking} == {"app.identity"}


def test_routes_leave_it_to_use_cases_to_start_work_and_to_tell_the_audit_log() -> None:
    below = re.compile(r"audit\.record\w*|(.+\.)?(start_run|reserve_credits|reserve_for_run|enqueue\w*)")
    web = {module: path for module, path in MODULES.items() if is_web(module) and not module.startswith(SIGNING_IN)}
    wrong = {
        (module, name) for module, path in web.items() for name in done_in(path.read_text()) if below.fullmatch(name)
    }
    assert wrong == set()


def deciding_in(source: str) -> list[str]:
    """The views of a module that change something and decide themselves who may."""
    functions = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef))
    return [
        function.name
        for function in functions
        if any(ast.unparse(mark).startswith("bp.post(") for mark in function.decorator_list)
        and {"can", "require", "Forbidden"} & done_in(ast.unparse(function))
    ]


def test_use_cases_decide_who_may_do_what_beside_the_permission_of_the_view() -> None:
    web = {module: path for module, path in MODULES.items() if is_web(module)}
    assert {module: found for module, path in web.items() if (found := deciding_in(path.read_text()))} == {}


def test_a_view_that_decides_who_may_is_found() -> None:
    assert deciding_in("@bp.post('/x/')\ndef save():\n    if can(WRITE):\n        pass") == ["save"]
    assert deciding_in("@bp.get('/x/')\ndef show():\n    return can(WRITE)") == []


def read_by(source: str) -> set[str]:
    """What a module reads or writes of the database by itself: the parts of SQLAlchemy that it takes for that."""
    tree = ast.parse(source)
    imports = {whole for module, name in imported(tree) if (whole := f"{module}.{name}").startswith("sqlalchemy")}
    queries = {
        words
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and (words := ast.unparse(node)).startswith(("db.session.", "db.select"))
    }
    return {name for name in imports if ".exc." not in name} | (queries - ENDS_OF_A_TRANSACTION)


def test_the_web_leaves_it_to_services_and_lists_to_read_the_database() -> None:
    web = {module: path for module, path in MODULES.items() if is_web(module)}
    assert {module: found for module, path in web.items() if (found := read_by(path.read_text()))} == {}


def test_what_reads_the_database_is_found() -> None:
    assert read_by("from sqlalchemy import select\nfrom sqlalchemy.exc import DataError") == {"sqlalchemy.select"}
    assert read_by("db.session.commit()\nrows = db.session.scalars(db.select(Run))") == {
        "db.session.scalars",
        "db.select",
    }


def named_in(source: str) -> set[str]:
    """The names that a module gives: to functions and their arguments, classes, variables and fields."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Store):
            names.add(node.id if isinstance(node, ast.Name) else node.attr)
    return names


def test_the_core_names_nothing_of_the_product() -> None:
    product = re.compile("cluster|keyword|idea|task|content|draft|publish", re.IGNORECASE)
    core = {module: path for module, path in MODULES.items() if module.startswith("app.core.")}
    given = {(module, name) for module, path in core.items() for name in named_in(path.read_text())}
    assert {pair for pair in given if product.search(pair[1])} == CORE_MAY_NAME.keys()


def test_use_cases_tell_the_audit_log_who_acts() -> None:
    actions = {module: path for module, path in MODULES.items() if module.rsplit(".", 1)[-1].endswith("actions")}
    assert len(actions) >= 9
    told = [
        (module, node)
        for module, path in actions.items()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("audit.record", "audit.record_changes")
    ]
    assert told
    assert [(module, node.lineno) for module, node in told if "by" not in {word.arg for word in node.keywords}] == []


def test_the_exceptions_are_there_and_needed() -> None:
    named = {**WEB, **AMBIENT}
    assert set(named) <= set(MODULES)
    needless = [module for module in named if not request_known_in(MODULES[module].read_text())]
    assert needless == []


def test_the_request_is_found_wherever_it_is_imported() -> None:
    assert request_known_in("def f():\n    from flask import g, current_app\n") == ["flask.g"]
    assert request_known_in("import flask\nfrom flask_login import current_user") == [
        "flask",
        "flask_login.current_user",
    ]
    assert request_known_in("from app.core.htmx import toast") == ["app.core.htmx.toast"]
    assert request_known_in("from app.sites import current, services") == ["app.sites.current"]
    assert request_known_in("from flask import current_app, render_template\nfrom app.core import audit") == []
