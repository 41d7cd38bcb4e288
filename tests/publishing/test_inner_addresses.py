"""Pictures that only people in IGNY8 or in somebody's own network can open."""

import pytest

from app.core.html_scan import scan
from app.publishing import inner_addresses

SITE = ("https://blog.example",)
INNER = (
    '<img src="/content/5/images/7/file/">',
    '<img src="https://app.example/content/5/images/7/file/?x=1">',
    '<img src="../images/7/file/">',
    '<a href="/content/5/images/7/file">x</a>',
    '<img srcset="https://a.example/x.png 1x,/content/5/images/7/file/ 2x">',
    '<p style="background:url(/content/5/images/7/file/)">x</p>',
    '<img src="http://localhost:5000/a.png">',
    '<img src="//127.0.0.1/a.png">',
    '<img src="http://127.1/a.png">',
    '<img src="http://2130706433/a.png">',
    '<img src="http://[::1]/a.png">',
    '<img src="http://192.168.1.4/a.png">',
    '<img data-lazy="http://10.0.0.1/a.png">',
    "<style>p{background:url(http://wiki/a.png)}</style>",
    '<video poster="http://nas.local./a.png"></video>',
    '<noscript><p title="</noscript><img src=http://localhost/a.png>">',
)
PUBLIC = (
    '<img src="https://blog.example/a.png"><img src="/wp-content/uploads/images/7/file.png">',
    '<img src="https://cdn.example/images/7/file/">',
    '<img src="http://93.184.216.34/a.png"><img src="igny8-image:00">',
    '<p>Open <a href="http://localhost:3000/">http://localhost:3000/</a> and /content/5/images/7/file/.</p>',
    '<img src="http://[x/a.png">',
)


@pytest.mark.parametrize("html", INNER)
def test_pictures_that_visitors_cannot_open_are_found(html: str) -> None:
    assert inner_addresses.private_addresses_in(scan(html), SITE), html


@pytest.mark.parametrize("html", PUBLIC)
def test_other_addresses_and_links_to_the_own_machine_are_not(html: str) -> None:
    assert inner_addresses.private_addresses_in(scan(html), SITE) == []


def test_a_site_on_a_private_host_shows_its_own_pictures() -> None:
    html = '<img src="http://localhost:8080/a.png"><img src="http://wordpress/b.png"><img src="http://nas/c.png">'
    assert inner_addresses.private_addresses_in(scan(html), ("http://wordpress", "http://localhost:8080")) == [
        "http://nas/c.png"
    ]
