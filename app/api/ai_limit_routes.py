"""What calls to models may cost, what they have cost, and what was said in them."""

from typing import Any
from uuid import UUID

from pydantic import Field

from app.ai.calls import actions, request_sizes, services, spending
from app.ai.calls.amounts import MICROS, MOST_DOLLARS
from app.ai.calls.lists import CALL_LIST, CallFilter, list_calls
from app.ai.calls.models import AiCall
from app.ai.calls.request_sizes import RequestSizes
from app.ai.calls.spending import Allowance
from app.ai.providers.route_services import models_without_price
from app.api.endpoints import api_endpoint, expected_etag
from app.api.lists import ApiList, ListParameters, list_page
from app.api.shapes import Given, Instant, RowId, RowPage, Shown
from app.core.access import current_account_id, current_actor
from app.core.edits import etag
from app.core.extensions import db
from app.core.permissions import Permission
from app.core.tenancy import owned

MANAGE = Permission.AI_MANAGE
MOST_MICROS = MOST_DOLLARS * MICROS
ONE = "/ai/calls/<int:call_id>/"
CALLS = ApiList(
    CALL_LIST,
    {
        "operation": "The name of an operation, such as `draft`.",
        "model": "The name of a model.",
        "outcome": "`running`, `succeeded`, `failed` or `cancelled`.",
        "slow": "`30`, `60` or `180`: the seconds that it took at least.",
        "run": "The id of a run.",
    },
)


class LimitsShown(Shown):
    """Amounts are in millionths of a US dollar; null is no cap, or the installation's size. Days are those of UTC.

    `spent_` and `reserved_` are of the present day and month. `unpriced` are models that may be asked, and that are not
    while there is a cap, since nobody knows what they cost.
    """

    cap_run_micros: int | None = Field(examples=[5_000_000])
    cap_day_micros: int | None = Field(examples=[None])
    cap_month_micros: int | None = Field(examples=[None])
    concurrency: int = Field(examples=[8])
    keep_texts: bool = Field(examples=[True])
    ideas_per_request: int | None = Field(examples=[None])
    clusters_per_request: int | None = Field(examples=[None])
    drafts_per_run: int | None = Field(examples=[None])
    spent_day_micros: int = Field(examples=[120_000])
    reserved_day_micros: int = Field(examples=[0])
    spent_month_micros: int = Field(examples=[3_400_000])
    reserved_month_micros: int = Field(examples=[0])
    unpriced: list[str] = Field(examples=[[]])
    etag: str = Field(examples=["1f0c4d"])


class LimitsGiven(Given):
    """All limits; null is no cap, or the installation's size. None may be left out: a cap must not go by mistake."""

    cap_run_micros: int | None = Field(ge=0, le=MOST_MICROS, examples=[5_000_000])
    cap_day_micros: int | None = Field(ge=0, le=MOST_MICROS, examples=[None])
    cap_month_micros: int | None = Field(ge=0, le=MOST_MICROS, examples=[None])
    concurrency: int = Field(ge=1, le=100, examples=[8])
    keep_texts: bool = Field(examples=[True])
    ideas_per_request: int | None = Field(ge=1, le=request_sizes.MOST["ideas_per_request"], examples=[None])
    clusters_per_request: int | None = Field(ge=1, le=request_sizes.MOST["clusters_per_request"], examples=[None])
    drafts_per_run: int | None = Field(ge=1, le=request_sizes.MOST["drafts_per_run"], examples=[None])


class CallShown(Shown):
    """A call to a model. `cost_micros` is in millionths of a US dollar, null where the model has no known price."""

    id: RowId = Field(examples=[40])
    operation: str = Field(examples=["draft"])
    subject: str = Field(examples=["Trail shoes"])
    run_id: UUID | None
    model: str = Field(examples=["gpt-5-mini"])
    provider: str = Field(examples=["Own"])
    state: str = Field(examples=["succeeded"])
    error_code: str | None = Field(examples=[None])
    tokens_in: int = Field(examples=[1200])
    tokens_out: int = Field(examples=[900])
    cost_micros: int | None = Field(examples=[2100])
    credits: int = Field(examples=[0])
    ms: int | None = Field(examples=[8400])
    created_at: Instant


class CallShownWhole(CallShown):
    """A call with its attempts, one for each request to an endpoint. `has_texts`: prompt or answer are kept."""

    attempts: list[dict[str, Any]] = Field(examples=[[]])
    has_texts: bool = Field(examples=[True])

    @classmethod
    def of(cls, call: AiCall) -> "CallShownWhole":
        """The call as it is answered."""
        own = {name: getattr(call, name) for name in CallShown.model_fields}
        names = ("number", "model", "error_code", "ms", "tokens_in", "tokens_out", "is_repair")
        attempts = [{name: getattr(row, name) for name in names} for row in services.attempts_of(call)]
        return cls(**own, attempts=attempts, has_texts=services.has_texts(call))


class CallTextsShown(Shown):
    """What was sent to a model and what came back; null when it is not kept, or no more."""

    id: RowId = Field(examples=[40])
    prompt: str | None = Field(examples=["Write about trail shoes."])
    answer: str | None = Field(examples=["<h2>Trail shoes</h2>"])


def _limits() -> LimitsShown:
    account_id = current_account_id()
    stored = actions.stored_limits(account_id)
    day, month = spending.uses_of_caps(account_id)
    return LimitsShown(
        **stored,
        spent_day_micros=day.spent_micros,
        reserved_day_micros=day.reserved_micros,
        spent_month_micros=month.spent_micros,
        reserved_month_micros=month.reserved_micros,
        unpriced=models_without_price(account_id),
        etag=etag(stored),
    )


@api_endpoint("GET", "/ai/limits/", MANAGE)
def show_ai_limits() -> LimitsShown:
    """What the account allows itself with models, and how much of it is used."""
    return _limits()


@api_endpoint("PUT", "/ai/limits/", MANAGE, matches=True)
def change_ai_limits(body: LimitsGiven) -> LimitsShown:
    """Change what the account allows itself with models. It holds from the next call on."""
    values = body.model_dump()
    sizes = RequestSizes(**{name: values.pop(name) for name in request_sizes.MOST})
    account_id, actor = current_account_id(), current_actor()
    actions.save_limits(account_id, actor, Allowance(**values), sizes, expected=expected_etag())
    return _limits()


@api_endpoint("GET", "/ai/calls/", MANAGE, listed=CALLS)
def show_ai_calls(query: ListParameters) -> RowPage[CallShown]:
    """List the calls to models of the last thirty days, or all of a run; the newest first."""
    CALLS.read(query)
    return list_page(list_calls(current_account_id(), CallFilter.read(query.values)), CallShown.model_validate)


@api_endpoint("GET", ONE, MANAGE)
def show_ai_call(call_id: int) -> CallShownWhole:
    """One call to a model, without its texts."""
    return CallShownWhole.of(owned(AiCall, call_id, current_account_id()))


@api_endpoint("GET", f"{ONE}texts/", MANAGE)
def show_ai_call_texts(call_id: int) -> CallTextsShown:
    """The prompt and the answer of a call. That they were read is in the audit log."""
    texts = actions.open_texts(current_account_id(), current_actor(), call_id)
    db.session.commit()  # reading is what is recorded, and no kept answer may hold the texts
    return CallTextsShown(id=call_id, prompt=texts.prompt, answer=texts.answer)
