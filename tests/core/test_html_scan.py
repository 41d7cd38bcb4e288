"""What a text says, where it leads, and what in it runs."""

import time

import pytest

from app.core.html_scan import scan

LOCAL = (
    '<img src="blob:http://127.0.0.1:5000/0b1c">',
    "<img src=' BLOB:x'>",
    '<img src="bl\nob:http://x/y">',
    '<img src="data:image/png;base64,AAAA">',
    '<img srcset="https://x.example/a.png 1x, data:image/gif;base64,R0 2x">',
    '<img srcset="blob:https://x/1 2x">',
    '<video poster="file:///C:/a.png"></video>',
    "<video><source src='blob:x'></video>",
    '<p style="background:url(&quot;data:image/svg+xml;utf8,x&quot;)">x</p>',
    "<style>a{background:url( 'file:///a' )}</style>",
    '<p style="background:\\75rl(blob:x)">',
    '<a href="file:///etc/passwd">x</a>',
    '<a href="data:text/html,x">x</a>',
    '<object data="data:text/html;base64,x"></object>',
    '<!-- wp:image {"url":"blob:http:\\/\\/x"} --><p>x</p><!-- /wp:image -->',
    '<img data-src="blob:x">',
    '<img src="C:\\Users\\me\\a.png">',
    '<svg><image xlink:href="blob:x"/></svg>',
    '<iframe srcdoc="<img src=blob:x>"></iframe>',
    "<img src=&#98;lob:x>",
    '<img srcset="https://a.example/x.png 1x,blob:http://x/y 2x">',
    '<link rel="preload" imagesrcset="blob:x 1x">',
    '<img data-lazy-src="blob:x">',
    '<img data-lazy="blob:x">',
    '<img data-lazysrcset="/a.png 1x,blob:x 2x">',
    '<div data-bg="url(blob:x)">',
    '<div data-background-image="blob:x">',
    '<div data-bgset="/a.png 1x, blob:x 2x">',
    """<div data-bg-settings='{"a":"blob:http:\\/\\/x"}'>""",
    "<div style=\"background:image-set('blob:x' 1x, 'https://x.example/a.png' 2x)\">",
    "<style>a{background:-webkit-image-set( \"/a.png\" 1x,'blob:x' 2x)}</style>",
    "<noscript><p title='</noscript><img src=blob:x>'>",
)
PUBLIC = (
    '<img src="https://x.example/blob:y.png" alt="data: the file:">',
    "<p>blob: data:image/png; file:///</p>",
    '<a href="/data/">x</a>',
    '<img srcset="https://x.example/a,b.png 1x, /c.png 2x">',
    '<a href="mailto:a@x.example">x</a>',
    '<!-- wp:image {"alt":"data: see file: a"} -->',
    '<p style="background:url(/blob.png)">x</p>',
    '<a href="#data">x</a>',
    '<img data-large="1" data-background="file" data-bg="#fff" srcset="/a,b.png 1x,/c.png 2x">',
)
PROGRAMS = (
    '<a href="javascript:x()">',
    '<a href=" java\tscript:x()">',
    '<a href="&#106;avascript:x">',
    '<form action="javascript:x"><button formaction="vbscript:x">',
    '<svg><animate values="0;javascript:x"/></svg>',
    '<a href="JaVaScRiPt&colon;x">',
)
ACTIVE = (
    "<script>x()</script>",
    '<SCRIPT SRC="https://x.example/a.js"></SCRIPT>',
    '<script type="module">x</script>',
    '<img src=x onerror="x()">',
    "<p OnClick=x()>x</p>",
    "<svg onload=x()>",
    '<iframe srcdoc="&lt;p&gt;"></iframe>',
    "<object></object>",
    "<embed src=x>",
    '<base href="https://x.example">',
    '<meta http-equiv="Refresh" content="0;url=/">',
    "<body onpageshow=x()>",
    "<math><style><img src onerror=x()></style></math>",
    "<!--><img src onerror=x()>-->",
    "<script type='text/javascript'>x</script>",
    "<img src=x onerror=x()",
    "<p/onclick=x()>",
    '<script type="text/jscript">x</script>',
    '<script type="text/livescript">x</script>',
    '<script type="text/javascript1.3">x</script>',
    '<script type="importmap">{}</script>',
    '<script type="speculationrules">{}</script>',
    '<script language="x">x</script>',
    "<script type>x</script>",
    "<![CDATA[><script>x</script>]]>",
    '<script type="text/plain"></script/><img src=x onerror=x()>',
    '<script type="text/plain"><p title="</script><img src=x onerror=x()>">',
    '<select><option><noscript><a title="</noscript><script>x</script>"></noscript></select>',
    '<template><noscript><p title="</noscript><img src=x onerror=x()>">',
    "<svg><font><style><img src=x onerror=x()></style></svg>",
    '<svg><font color=red><style><p title="</style><img src=x onerror=x()>"></svg>',
)
RAW = ("noscript", "title", "textarea", "iframe", "noembed", "noframes", "xmp", "style")
QUIET = (
    '<script type="application/ld+json">{"a":"<img onerror=x>"}</script>',
    "<p>onclick=x() &lt;script&gt;</p>",
    '<iframe src="https://www.youtube.com/embed/x"></iframe>',
    '<img alt="onerror=x" src="https://x.example/a.png">',
    "<p data-on='x' one='y'>x</p>",
    "<!-- wp:html --><p>x</p><!-- /wp:html -->",
    '<script type="application/ld+json; charset=utf-8">1</script><script type="text/x-template"><p></p></script>',
    "<noscript><img src='https://x.example/a.png'></noscript><select><option>a</select><font>a</font>",
)


@pytest.mark.parametrize("html", LOCAL)
def test_addresses_that_only_one_browser_can_open_are_found(html: str) -> None:
    assert scan(html).local_addresses(), html


@pytest.mark.parametrize("html", PUBLIC)
def test_other_addresses_and_words_are_not(html: str) -> None:
    assert scan(html).local_addresses() == scan(html).script_addresses() == []


@pytest.mark.parametrize("html", PROGRAMS)
def test_addresses_that_are_programs_are_found(html: str) -> None:
    assert scan(html).script_addresses(), html


@pytest.mark.parametrize("html", ACTIVE)
def test_what_runs_is_named(html: str) -> None:
    assert scan(html).active, html


@pytest.mark.parametrize("tag", RAW)
def test_what_runs_after_the_end_of_a_raw_text_is_named_though_it_looks_like_an_attribute(tag: str) -> None:
    html = f'<{tag}><p title="</{tag}><img src=x onerror=x()>"></{tag}>'
    assert scan(html).active == ["onerror=“x()” on <img>"]


def test_what_both_parsers_see_is_named_once() -> None:
    found = scan('<b onclick="x()">a</b><a href="blob:x" onclick="y()">a</a><noscript><p></p></noscript>')
    assert found.active == ["onclick=“x()” on <b>", "onclick=“y()” on <a>"]
    assert found.addresses == ["blob:x"]


def test_what_is_nested_too_deeply_to_be_read_is_named() -> None:
    assert scan("<div>" * 40_000 + "</p>" * 40_000).active == ["markup nested too deeply to be read"]


@pytest.mark.parametrize("html", QUIET)
def test_what_does_not_run_is_not(html: str) -> None:
    assert scan(html).active == []


def test_lines_are_what_readers_see_cut_at_blocks() -> None:
    html = "<!-- wp:p --><p>One <b>two</b>\n three<br>four</p><ul><li>a</li><li>b &amp; c</li></ul><style>x{}</style>"
    assert scan(html).lines == ["One two three", "four", "a", "b & c"]
    table = "<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td></td></tr></table><p>x</p>"
    assert [row for row in scan(table).rows if row] == [["A", "B"], ["1", ""]]


@pytest.mark.parametrize(
    "unit",
    [
        "<!--",
        "<p",
        "<a href='",
        "<style>",
        "<script>",
        "<!-- wp:a {",
        "&",
        "<b>x</b>",
        "\\6",
        "<div><a>",
        "<select><font>",
        "<table><b></p>",
    ],
)
def test_hostile_texts_take_little_time(unit: str) -> None:
    started = time.process_time()
    scan(unit * (400_000 // len(unit)))
    assert time.process_time() - started < 6
