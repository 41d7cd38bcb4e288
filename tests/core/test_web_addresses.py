"""Addresses that people type."""

import pytest

from app.core.web_addresses import AddressError, in_letters, parse_address

READ = {
    "example.com": "https://example.com",
    " HTTP://Example.com:8080/ ": "http://example.com:8080",
    "localhost:8080": "https://localhost:8080",
    "http.example.com": "https://http.example.com",
    "https://https.example.com": "https://https.example.com",
    "example.com:443": "https://example.com:443",
    "https://straße-laden.example/a": "https://xn--strae-laden-y6a.example",
    "https://faß.de": "https://xn--fa-hia.de",
    "müller.example": "https://xn--mller-kva.example",
    "MÜLLER.example": "https://xn--mller-kva.example",
    "ελλάς.example": "https://xn--hxarsa0b.example",
    "例え.テスト": "https://xn--r8jz45g.xn--zckzah",
    "example。com": "https://example.com",
    "xn--53h.example": "https://xn--53h.example",
    "a_b.example": "https://a_b.example",
    "https://x.example.": "https://x.example",
    "http://[::1]:80/": "http://[::1]:80",
    "http://[2001:DB8::0:1]": "http://[2001:db8::1]",
    "127.0.0.1:8000": "https://127.0.0.1:8000",
}
INSTEAD = {
    "https:/x.example": "https://x.example",
    "http//x.example": "http://x.example",
    "https//x.example": "https://x.example",
    "http:/localhost:8080": "http://localhost:8080",
    "https:x.example": "https://x.example",
    "https;//x.example": "https://x.example",
    "htps://x.example": "https://x.example",
    "ttp://x.example/p": "http://x.example/p",
    "https:///x.example": "https://x.example",
    "http:://x.example": "http://x.example",
    "//x.example": "https://x.example",
    "/x.example": "https://x.example",
    "://x.example": "https://x.example",
    "https://https://x.example": "https://x.example",
    "http://http//x.example": "http://x.example",
    "http://https://x.example/a": "https://x.example/a",
    "https://https/x.example": "https://x.example",
    "https://u:p@x.example/a": "https://x.example/a",
    "u:p@x.example": "https://x.example",
    "https://anna@x.example": "https://x.example",
    "anna@example.com": "https://example.com",
    "https://x.example:0": "https://x.example",
    "https://x.example:99999/a": "https://x.example/a",
    "https://x.example:": "https://x.example",
    "https://x.example:80a": "https://x.example",
    "https:\\\\x.example": "https://x.example",
    "https://": "https://example.com",
    "https://①②⑦.0.0.1": "https://127.0.0.1",
    "127。0。0。1": "https://127.0.0.1",
    "http://𝟏𝟐𝟕.0.0.1:8080/a": "http://127.0.0.1:8080/a",
    "ｅｘａｍｐｌｅ．com": "https://example.com",
    "https：//x.example": "https://x.example",
    "https://www.https://x.example": "https://x.example",
    "https://www.http//x.example/a": "https://x.example/a",
    "www.https://x.example": "https://x.example",
    "https.//example.com": "https://example.com",
    "http.://example.com": "http://example.com",
    "httpx://x.example": "https://x.example",
    "ftp://x.example/a": "https://x.example/a",
    "https://u:p@x.example:99999/": "https://x.example/",
    "http://0177.0.0.1:8080": "http://127.0.0.1:8080",
    "http://0x7f000001/a": "http://127.0.0.1/a",
    "https://2130706433/": "https://127.0.0.1/",
    "http://127.1": "http://127.0.0.1",
    "http://[::ffff:127.0.0.1]:81": "http://127.0.0.1:81",
    "https://[fe80::1%25eth0]": "https://[fe80::1]",
    "https://2001:db8::1": "https://[2001:db8::1]",
    "https://exa mple.com": "https://example.com",
    "https:// x.example": "https://x.example",
    "x.example/a b": "https://x.example/a%20b",
    "My site: https://x.example": "https://x.example",
    "“https://x.example”": "https://x.example",
    "<https://x.example>": "https://x.example",
    "(x.example).": "https://x.example",
    "\ufeffhttps://x.exa\u200bmple": "https://x.example",
    "x.example..": "https://x.example",
    "www,x.example": "https://www.x.example",
    "https://ex%61mple.com": "https://example.com",
}
REFUSED = (
    "",
    "   ",
    "not a site",
    "https://\0.com",
    "https://x.exa\u200bmple\u0007",
    "ftp://x.example",
    "mailto:a@b.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "blob:https://x.example/1",
    "file:///etc/passwd",
    "https://-x.example",
    "https://a..b.example",
    "https://.example",
    "☕.example",
    "x" * 64 + ".example",
    "https://x,example",
    "999.1.1.1",
    "1.2.3.4.5",
    "https://℀.com",
    "256.1.1.1",
    "http://[::1",
    "http://[::g]",
    "https",
    "https://x.example/" + "a" * 2000,
    "https://x.example/<script>",
)


@pytest.mark.parametrize(("typed", "origin"), READ.items())
def test_what_was_meant_is_read(typed: str, origin: str) -> None:
    address = parse_address(typed)
    assert address.origin == origin
    assert address.assumed is ("://" not in typed)


@pytest.mark.parametrize(("typed", "instead"), INSTEAD.items())
def test_what_is_mistyped_is_refused_with_what_to_type(typed: str, instead: str) -> None:
    with pytest.raises(AddressError) as caught:
        parse_address(typed)
    assert caught.value.cure == f"Type {instead}"
    parse_address(instead)


@pytest.mark.parametrize("typed", REFUSED)
def test_what_is_no_address_is_refused_in_words(typed: str) -> None:
    with pytest.raises(AddressError) as caught:
        parse_address(typed)
    assert caught.value.message.endswith(".")
    assert len(caught.value.message) < 160


@pytest.mark.parametrize(
    ("url", "letters"),
    [
        ("https://xn--fa-hia.example/a", "https://faß.example/a"),
        ("http://www.xn--mller-kva.example:81", "http://www.müller.example:81"),
        ("https://example.com", ""),
        ("https://xn--zz.example", ""),
        ("http://[::1]:81", ""),
    ],
)
def test_a_host_is_read_in_letters(url: str, letters: str) -> None:
    assert in_letters(url) == letters
