"""What an account has set up for its calls to models. It is read before every call, so by one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from app.ai.calls.spending import Allowance
from app.core.one_message import Asked

ALL = ""  # the route of every operation that has none of its own
_READ = text("""
select
  (select json_agg(row_to_json(p) order by p.id) from (
    select id, name, base_url, model, api_key_encrypted, requests_per_minute, prices
    from ai_providers where account_id = :account_id and is_enabled
  ) p) as providers,
  (select json_object_agg(operation, json_build_object('mode', mode, 'targets', targets))
    from ai_routes where account_id = :account_id
      and (operation in (:operation, '') or cast(:operation as text) is null)) as routes,
  s.cap_run_micros, s.cap_day_micros, s.cap_month_micros, s.concurrency, s.keep_texts
from (select 1) as one left join ai_settings s on s.account_id = :account_id
""")


@dataclass(frozen=True, slots=True)
class Provided:
    """What calls need to know of a provider."""

    id: int
    name: str
    base_url: str
    model: str
    api_key_encrypted: str | None
    requests_per_minute: int
    prices: Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Route:
    """Who is asked for an operation, and in which order; targets are those of `AiRoute`."""

    mode: str
    targets: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Setup:
    """The providers that are switched on, by id in their order; the routes of one operation and of all; the caps."""

    providers: Mapping[int, Provided]
    routes: Mapping[str, Route]
    allowance: Allowance


def setup_reading(account_id: int, operation: str | None = None) -> Asked:
    """What has to be asked for `setup_in`: for calls of this operation, or of any."""
    return _READ, {"account_id": account_id, "operation": operation}


def setup_in(rows: Sequence[tuple[Any, ...]]) -> Setup:
    """What holds, by the rows of `setup_reading`."""
    [(providers, routes, *allowed)] = rows
    return Setup(
        {row["id"]: Provided(**row) for row in providers or ()},
        {name: Route(**route) for name, route in (routes or {}).items()},
        Allowance() if allowed[-1] is None else Allowance(*allowed),
    )
