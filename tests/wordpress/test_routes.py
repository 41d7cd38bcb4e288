"""Every route of the plugin's table, on a real site: signed or refused, and what a copy of the site answers."""

import pytest
import requests

from tests.contract.routes import Route, plugin_routes
from tests.wordpress.conftest import Site, on_one_core
from tests.wordpress.plugin_client import PluginClient

ROUTES = plugin_routes()
each_route = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)


@on_one_core
@each_route
def test_a_request_that_is_not_signed_is_refused(site: Site, route: Route) -> None:
    answer = requests.request(route.method, f"{site.wordpress.url}/wp-json/igny8/v1/{route.name}", timeout=30)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "SIGNATURE_MISSING")


@on_one_core
@each_route
def test_another_method_is_another_route(client: PluginClient, route: Route) -> None:
    third = PluginClient(client.url, client.site, client.key, client.secret, transport=3)
    assert third.call(route.name, "POST" if route.method == "GET" else "GET").code == "ROUTE_UNKNOWN"


@on_one_core
@each_route
def test_a_copy_of_the_site_answers_where_the_table_says_so(site: Site, client: PluginClient, route: Route) -> None:
    site.break_with(home_url="http://copy.example")
    answer = client.call(route.name, route.method)
    refused = answer.status == 409 and answer.code == "SITE_CLONED"
    assert refused is not route.on_clone
