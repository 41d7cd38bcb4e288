"""The account's own AI providers, and which of their models does what. A key is written, and never read."""

from typing import Any

from pydantic import Field

from app.ai.providers import actions, route_services, services
from app.ai.providers.model_prices import MAX_PRICES, in_lines
from app.ai.providers.models import AiProvider
from app.ai.providers.probes import ProbeResult
from app.ai.providers.route_services import MAX_TARGETS, RouteTarget
from app.ai.providers.routes import TESTS
from app.ai.providers.setup import ALL
from app.api.endpoints import api_endpoint, expected_etag
from app.api.shapes import Count, Given, Instant, RowId, RowPage, Shown, whole_list
from app.core.access import current_account_id, current_actor
from app.core.edits import etag
from app.core.errors import NotFound
from app.core.extensions import limiter
from app.core.languages import gettext
from app.core.permissions import Permission

MANAGE = Permission.AI_MANAGE
ONE = "/ai/providers/<int:provider_id>/"
CHOICE = "/ai/models/<choice>/"
OF_ALL = "default"  # the name, in addresses, of the choice for all that has none of its own
ONE_LINE = r"^\S(.*\S)?$"
MOST_MICROS = 100_000_000_000


def tests_limit_key() -> str:
    """What tests of providers are counted under: as those of the pages, the account's."""
    return f"ai_test:{current_account_id()}"


class ModelPrice(Given):
    """What a model costs, in millionths of a US dollar: a million tokens in and out, or an image."""

    model: str = Field(min_length=1, max_length=services.MAX_MODEL, pattern=ONE_LINE, examples=["my-model"])
    input_micros: int | None = Field(None, ge=0, le=MOST_MICROS, examples=[250_000])
    output_micros: int | None = Field(None, ge=0, le=MOST_MICROS, examples=[2_000_000])
    image_micros: int | None = Field(None, ge=0, le=MOST_MICROS, examples=[None])


class ProviderShown(Shown):
    """A service that speaks OpenAI's protocol. `base_url` is empty for OpenAI's own.

    Of its key nothing is answered but the end. `capabilities` are what a test found by model.
    """

    id: RowId = Field(examples=[2])
    name: str = Field(examples=["Groq"])
    base_url: str = Field(examples=["https://api.groq.com/openai/v1"])
    model: str = Field(examples=["llama-3.3-70b"])
    has_key: bool = Field(examples=[True])
    key_hint: str = Field(examples=["1234"])
    is_enabled: bool = Field(examples=[True])
    requests_per_minute: int = Field(examples=[60])
    prices: list[dict[str, Any]] = Field(examples=[[]])
    models: list[str] = Field(examples=[["llama-3.3-70b"]])
    capabilities: dict[str, Any] = Field(examples=[{}])
    last_tested_at: Instant | None
    last_error: str = Field(examples=[""])
    created_at: Instant
    etag: str = Field(examples=["1f0c4d"])

    @classmethod
    def of(cls, row: AiProvider) -> "ProviderShown":
        """The provider as it is answered."""
        apart = ("has_key", "prices", "etag")
        own = {name: getattr(row, name) for name in cls.model_fields if name not in apart}
        prices = [_price(model, amounts) for model, amounts in row.prices.items()]
        tag = etag(services.stored_settings(row))
        return cls(**own, has_key=row.api_key_encrypted is not None, prices=prices, etag=tag)


def _price(model: str, amounts: list[int | None]) -> dict[str, Any]:
    names = ("input_micros", "output_micros", "image_micros")
    return {"model": model, **dict(zip(names, [*amounts, None], strict=False))}


class ProviderGiven(Given):
    """A provider. Without `api_key` the one that is stored stays, if the address has the same host.

    `without_key` takes a stored one away.
    """

    name: str = Field(min_length=1, max_length=services.MAX_NAME, examples=["Groq"])
    base_url: str = Field("", max_length=services.MAX_URL, examples=["https://api.groq.com/openai/v1"])
    model: str = Field("", max_length=services.MAX_MODEL, examples=["llama-3.3-70b"])
    api_key: str = Field("", max_length=services.MAX_KEY, repr=False, examples=["gsk_1234"])
    without_key: bool = Field(False, examples=[False])
    requests_per_minute: int = Field(60, ge=1, le=services.MAX_A_MINUTE, examples=[60])
    prices: list[ModelPrice] = Field(default_factory=list, max_length=MAX_PRICES, examples=[[]])

    def entered(self) -> services.Entered:
        """What the page's form would have sent."""
        lines = [
            in_lines({price.model: [price.input_micros, price.output_micros, price.image_micros]})
            for price in self.prices
        ]
        return services.Entered(**self.model_dump(exclude={"prices"}), prices="\n".join(lines))


class ProviderSwitch(Given):
    """Whether it is asked."""

    is_enabled: bool = Field(examples=[True])


class ProbeShown(Shown):
    """What a test found. `can` says so by ability; what is not named is unknown. `error` says why there is no more."""

    model: str = Field(examples=["llama-3.3-70b"])
    models: list[str] = Field(examples=[["llama-3.3-70b"]])
    is_listed: bool | None = Field(examples=[True])
    can: dict[str, bool] = Field(examples=[{"chat": True}])
    asked: dict[str, str] = Field(examples=[{}])
    notes: list[str] = Field(examples=[[]])
    dimensions: int = Field(examples=[0])
    error: dict[str, Any] | None = Field(examples=[None])

    @classmethod
    def of(cls, result: ProbeResult) -> "ProbeShown":
        """The findings as they are answered."""
        own = {name: getattr(result, name) for name in cls.model_fields if name != "error"}
        return cls(**own, error=result.error.as_dict() if result.error else None)


class TargetGiven(Given):
    """A model of a provider; without `provider_id` the one of the installation."""

    provider_id: RowId | None = Field(None, examples=[None])
    model: str = Field("", max_length=services.MAX_MODEL, examples=[""])


class ModelChoiceGiven(Given):
    """Who is asked for an operation, the first one first, by `order`, `price` or `speed`."""

    mode: str = Field("order", max_length=8, examples=["order"])
    targets: list[TargetGiven] = Field(min_length=1, max_length=MAX_TARGETS, examples=[[{"provider_id": None}]])


class ModelChoiceShown(Shown):
    """Who is asked for an operation: `default` stands for all that have no choice of their own."""

    operation: str = Field(examples=["ideas"])
    title: str = Field(examples=["Ideas"])
    is_chosen: bool = Field(examples=[False])
    mode: str = Field(examples=["order"])
    targets: list[dict[str, Any]] = Field(examples=[[]])
    etag: str = Field(examples=["1f0c4d"])


@api_endpoint("GET", "/ai/providers/", MANAGE)
def show_ai_providers() -> RowPage[ProviderShown]:
    """List the account's AI providers, the oldest first. All of them are on one page."""
    return whole_list([ProviderShown.of(row) for row in services.list_providers(current_account_id())])


@api_endpoint("GET", ONE, MANAGE)
def show_ai_provider(provider_id: int) -> ProviderShown:
    """One AI provider, with its ETag."""
    return ProviderShown.of(services.provider_of(current_account_id(), provider_id))


@api_endpoint("POST", "/ai/providers/", MANAGE, status=201)
def add_ai_provider(body: ProviderGiven) -> ProviderShown:
    """Add an AI provider, switched on. 409 when there is one of this name."""
    return ProviderShown.of(actions.add_provider(current_account_id(), current_actor(), body.entered()))


@api_endpoint("POST", "/ai/providers/try/", MANAGE)
@limiter.limit(TESTS, key_func=tests_limit_key)
def try_ai_provider(body: ProviderGiven) -> ProbeShown:
    """Try an AI provider as it would be, and save nothing. The answer comes within half a minute."""
    return ProbeShown.of(actions.try_entered(current_account_id(), body.entered()))


@api_endpoint("PUT", ONE, MANAGE, matches=True)
def change_ai_provider(provider_id: int, body: ProviderGiven) -> ProviderShown:
    """Change an AI provider. Fields that are left out get their defaults, but for its key."""
    account_id, actor = current_account_id(), current_actor()
    actions.change_provider(account_id, actor, provider_id, body.entered(), expected=expected_etag())
    return ProviderShown.of(services.provider_of(account_id, provider_id))


@api_endpoint("PATCH", ONE, MANAGE)
def switch_ai_provider(provider_id: int, body: ProviderSwitch) -> ProviderShown:
    """Switch an AI provider on or off: one that is off is not asked."""
    switched = actions.switch_provider(current_account_id(), current_actor(), provider_id, body.is_enabled)
    return ProviderShown.of(switched)


@api_endpoint("DELETE", ONE, MANAGE)
def remove_ai_provider(provider_id: int) -> Count:
    """Delete an AI provider with its key, and take it out of all choices of models."""
    actions.delete_provider(current_account_id(), current_actor(), provider_id)
    return Count(count=1)


@api_endpoint("POST", f"{ONE}test/", MANAGE)
@limiter.limit(TESTS, key_func=tests_limit_key)
def test_ai_provider(provider_id: int) -> ProbeShown:
    """Try an AI provider as it is stored, and keep what was found. The answer comes within half a minute."""
    return ProbeShown.of(actions.test_provider(current_account_id(), provider_id))


def _key_of(choice: str) -> str:
    """The operation that an address names. Raises NotFound for none of ours."""
    key = ALL if choice == OF_ALL else choice
    if not choice or key not in route_services.route_titles():
        raise NotFound()
    return key


def _choice(key: str) -> ModelChoiceShown:
    route = route_services.routes_of(current_account_id()).get(key)
    return ModelChoiceShown(
        operation=key or OF_ALL,
        title=gettext(route_services.route_titles()[key]),
        is_chosen=route is not None,
        mode=route.mode if route else "order",
        targets=route.targets if route else [],
        etag=etag(route_services.stored_choice(route)),
    )


@api_endpoint("GET", "/ai/models/", MANAGE)
def show_model_choices() -> RowPage[ModelChoiceShown]:
    """List who is asked for what. All operations are on one page."""
    return whole_list([_choice(key) for key in route_services.route_titles()])


@api_endpoint("GET", CHOICE, MANAGE)
def show_model_choice(choice: str) -> ModelChoiceShown:
    """Who is asked for an operation, with the ETag of the choice."""
    return _choice(_key_of(choice))


@api_endpoint("PUT", CHOICE, MANAGE, matches=True)
def choose_models_of(choice: str, body: ModelChoiceGiven) -> ModelChoiceShown:
    """Choose who is asked for an operation, and in which order."""
    key, targets = _key_of(choice), [RouteTarget(target.provider_id, target.model) for target in body.targets]
    account_id, actor = current_account_id(), current_actor()
    actions.choose_models(account_id, actor, key, body.mode, targets, expected=expected_etag())
    return _choice(key)


@api_endpoint("DELETE", CHOICE, MANAGE, matches=True)
def forget_models_of(choice: str) -> ModelChoiceShown:
    """Take the choice for an operation back: it is asked of the default models again."""
    key = _key_of(choice)
    actions.choose_models(current_account_id(), current_actor(), key, "", [], expected=expected_etag())
    return _choice(key)
