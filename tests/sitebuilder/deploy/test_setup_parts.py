"""Front page, menu and order of a WordPress that somebody changes between deploys, and deploys that are cut off."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from app.core.actor import THE_APP
from app.core.extensions import db
from app.core.runs import Run
from app.sitebuilder.blocks.registry import new_section
from app.sitebuilder.deploy import actions
from app.sitebuilder.deploy.calls import SetupCalls
from app.sitebuilder.models import PageBlueprint, SiteBlueprint
from tests.factories.blog import Blog
from tests.sitebuilder.deploy.steps import deploy, finish, take_back
from tests.sitebuilder.deploy.test_addresses import readdress

THEIRS = """<?php
$menu = wp_create_nav_menu('Their own');
wp_update_nav_menu_item($menu, 0, ['menu-item-title' => 'Theirs', 'menu-item-url' => 'http://example.com/',
    'menu-item-status' => 'publish']);
set_theme_mod('nav_menu_locations', ['primary' => $menu] + get_nav_menu_locations());
update_option('page_on_front', 2);
"""
SETUP = """<?php
$menu = wp_get_nav_menu_object(get_nav_menu_locations()['primary'] ?? 0);
$items = $menu ? wp_get_nav_menu_items($menu->term_id) : [];
echo json_encode([get_option('show_on_front'), (int) get_option('page_on_front'), $menu ? $menu->name : '',
    wp_list_pluck($items, 'title'), count(wp_get_nav_menus())]);
"""


NONE = """<?php
foreach (wp_get_nav_menus() as $menu) { wp_delete_nav_menu($menu->term_id); }
remove_theme_mod('nav_menu_locations');
update_option('show_on_front', 'posts');
update_option('page_on_front', 0);
"""


@pytest.fixture(autouse=True)
def _no_menus(blog: Blog) -> None:
    blog.wordpress.run_php(NONE)


def setup(blog: Blog) -> list[Any]:
    """Front page, and the menu that visitors get: name, titles, and how many menus there are."""
    values: list[Any] = json.loads(blog.wordpress.run_php(SETUP))
    return values


def add_page(blueprint: SiteBlueprint, slug: str) -> None:
    db.session.rollback()
    db.session.add(
        PageBlueprint(
            account_id=blueprint.account_id,
            site_id=blueprint.site_id,
            blueprint_id=blueprint.id,
            slug=slug,
            title=slug.title(),
            page_type="custom",
            position=20 + len(slug),
            blocks=[new_section("hero", {"heading": slug})],
        )
    )
    blueprint.version += 1
    db.session.commit()


def test_what_was_changed_in_wordpress_is_left_by_every_later_deploy(blog: Blog, blueprint: SiteBlueprint) -> None:
    deploy(blueprint)
    blog.wordpress.run_php(THEIRS)
    theirs = setup(blog)
    for _time in range(3):
        assert "The menu was left, as somebody changed it in WordPress." in str(deploy(blueprint).message)
        assert setup(blog)[:4] == theirs[:4]
    run = actions.start_deploy(blueprint.account_id, THE_APP, blueprint.id, take_over=True)
    db.session.commit()
    assert "left" not in str(finish(run).message)
    assert setup(blog)[3] == ["Lindenhof page", "Services", "Design", "Blog"]
    take_back(blueprint)
    assert setup(blog)[:4] == theirs[:4]


def test_menus_of_two_deploys_come_back_one_after_the_other(blog: Blog, blueprint: SiteBlueprint) -> None:
    empty = setup(blog)
    deploy(blueprint)
    first = setup(blog)
    add_page(blueprint, "prices")
    deploy(blueprint)
    second = setup(blog)
    add_page(blueprint, "contact")
    deploy(blueprint)
    assert len(setup(blog)[3]) == 6
    take_back(blueprint)
    assert setup(blog)[:4] == second[:4]
    take_back(blueprint)
    assert setup(blog)[:4] == first[:4]
    take_back(blueprint)
    assert setup(blog) == empty


class Killed(BaseException):
    """What ends the process in the step of the menu."""


def cut_off(blueprint: SiteBlueprint, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deploy that is killed when it has written front page and menu, and then cancelled."""
    real = SetupCalls.apply

    def die(self: SetupCalls, *args: Any) -> Any:
        real(self, *args)
        raise Killed

    run = actions.start_deploy(blueprint.account_id, THE_APP, blueprint.id)
    db.session.commit()
    run_id = run.id
    with monkeypatch.context() as patched:
        patched.setattr(SetupCalls, "apply", die)
        with pytest.raises(Killed):
            finish(run)
    db.session.rollback()
    cancelled = db.session.get_one(Run, run_id)
    cancelled.state = "cancelled"
    db.session.commit()


def test_a_deploy_killed_at_the_menu_is_rolled_back_without_going_on(
    blog: Blog, blueprint: SiteBlueprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = setup(blog)
    cut_off(blueprint, monkeypatch)
    take_back(blueprint)
    assert setup(blog) == empty


def test_what_was_changed_after_the_kill_is_left_by_the_roll_back(
    blog: Blog, blueprint: SiteBlueprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_off(blueprint, monkeypatch)
    blog.wordpress.run_php(THEIRS)
    theirs = setup(blog)
    assert "The menu was left" in str(take_back(blueprint).message)
    assert setup(blog)[:4] == theirs[:4]


def test_the_deploy_after_one_that_was_cut_off_knows_what_that_wrote(
    blog: Blog, blueprint: SiteBlueprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(blueprint)
    add_page(blueprint, "prices")
    cut_off(blueprint, monkeypatch)
    add_page(blueprint, "contact")
    assert "left" not in str(deploy(blueprint).message)
    assert len(setup(blog)[3]) == 6


BLOCK_THEME = """<?php
$folder = get_theme_root() . '/of-blocks';
wp_mkdir_p($folder . '/templates');
file_put_contents($folder . '/style.css', "/*\\nTheme Name: Of blocks\\n*/");
file_put_contents($folder . '/templates/index.html', '<!-- wp:navigation /--><!-- wp:post-content /-->');
search_theme_directories(true);
switch_theme('of-blocks');
"""
THEME_AWAY = """<?php
switch_theme('twentytwentyone');
foreach (get_posts(['post_type' => 'wp_navigation', 'numberposts' => -1]) as $post) { wp_delete_post($post->ID, true); }
$folder = get_theme_root() . '/of-blocks';
array_map('unlink', [$folder . '/style.css', $folder . '/templates/index.html']);
rmdir($folder . '/templates');
rmdir($folder);
"""


@pytest.fixture
def block_theme(blog: Blog) -> Iterator[None]:
    """A theme that is made of blocks."""
    blog.wordpress.run_php(BLOCK_THEME)
    yield
    blog.wordpress.run_php(THEME_AWAY)


def links(blog: Blog) -> list[str]:
    """Where the navigation of the front page leads, without the site's address."""
    navigation = blog.get(blog.url + "/").text.partition("<nav")[2].partition("</nav>")[0]
    return [address.removeprefix(blog.url) for address in re.findall(r'href="([^"]+)"', navigation)]


@pytest.mark.usefixtures("block_theme")
def test_a_theme_of_blocks_shows_the_menu_until_somebody_edits_it(blog: Blog, blueprint: SiteBlueprint) -> None:
    deploy(blueprint)
    first = links(blog)
    assert first == ["/", "/services/", "/services/design/", "/blog/"]
    readdress(blueprint, "Services", "offers")
    deploy(blueprint)
    assert links(blog) == ["/", "/offers/", "/offers/design/", "/blog/"]
    take_back(blueprint)
    assert links(blog) == first

    edit = "wp_update_post(['ID' => get_posts(['post_type' => 'wp_navigation'])[0]->ID, 'post_content' => '%s']);"
    theirs = '<!-- wp:navigation-link {"label":"Theirs","url":"http://example.com/"} /-->'
    blog.wordpress.run_php(f"<?php {edit % theirs}")
    add_page(blueprint, "prices")
    assert "The menu was left" in str(deploy(blueprint).message)
    assert links(blog) == ["http://example.com/"]
