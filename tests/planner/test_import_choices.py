"""A person says how a file is to be read: its encoding, what separates cells, whether the first row is a header."""

import io
import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.extensions import db
from app.planner.imports.choices import Choices
from app.planner.imports.rows import KeywordRow, parse_table, table_of
from app.planner.models import Keyword
from app.sites.models import Site
from tests.factories.work import newest_run, work

IMPORT = "/planner/keywords/import/"
PREVIEW = f"{IMPORT}preview/"


def kept(data: bytes, **choices: str) -> list[tuple[str, int | None]]:
    rows = parse_table(table_of(data, None, Choices(**choices)))
    return [(row.keyword, row.volume) for row in rows if isinstance(row, KeywordRow)]


@pytest.mark.parametrize(
    ("encoding", "codec", "word"),
    [
        ("utf-8", "utf-8-sig", "zażółć"),
        ("utf-16", "utf-16-le", "zażółć"),
        ("utf-16", "utf-16-be", "zażółć"),
        ("utf-16", "utf-16", "zażółć"),
        ("utf-16", "utf-32", "zażółć"),
        ("cp1250", "cp1250", "łódź"),
        ("cp1251", "cp1251", "самокат"),
        ("cp1252", "cp1252", "größe"),
        ("cp1254", "cp1254", "ışık"),
        ("iso8859-2", "iso8859-2", "łódź"),
        ("iso8859-15", "iso8859-15", "œuvre €"),
        ("mac-roman", "mac-roman", "café"),
        ("cp852", "cp852", "łódź"),
        ("cp866", "cp866", "самокат"),
        ("cp932", "shift_jis", "珈琲"),
        ("gb18030", "gb18030", "咖啡"),
        ("cp949", "euc-kr", "커피"),
    ],
)
def test_any_of_these_encodings_can_be_chosen(encoding: str, codec: str, word: str) -> None:
    data = f"Keyword;Volume\n{word};10\n".encode(codec)
    assert kept(data, encoding=encoding) == [(word, 10)]


@pytest.mark.parametrize(
    ("separator", "sign", "cut"),
    [("comma", "", ","), ("semicolon", "", ";"), ("tab", "", "\t"), ("bar", "", "|"), ("other", "^", "^")],
)
def test_any_sign_can_be_chosen_where_others_are_more_frequent(separator: str, sign: str, cut: str) -> None:
    others = "".join(other for other in ",;|" if other != cut) * 3
    data = f"Keyword{cut}Volume\na {others} b{cut}10\n".encode()
    assert kept(data, separator=separator, sign=sign) == [(f"a {others} b", 10)]


@pytest.mark.parametrize(
    ("data", "header", "expected"),
    [
        (b"keyword,volume\ntea,5\n", "no", [("keyword", None), ("tea", None)]),
        (b"keyword,volume\ntea,5\n", "yes", [("tea", 5)]),
        (b"green,5\ntea,6\nmilk,7\n", "yes", [("tea", 6), ("milk", 7)]),
        (b"green,5\ntea,6\nmilk,7\n", "no", [("green", 5), ("tea", 6), ("milk", 7)]),
        (b"keyword\ntea\n", "no", [("keyword", None), ("tea", None)]),
        (b"green\ntea\n", "yes", [("tea", None)]),
        (b"\n\ngreen\ntea\n", "yes", [("tea", None)]),
        (b"sep=;\nwort;zahl\ntea;6\n", "yes", [("tea", 6)]),
        (b"sep=;\ntea;6\nmilk;7\n", "no", [("tea", 6), ("milk", 7)]),
        (b"My report\n\nwort;zahl;x\ntea;6;\nmilk;7;\n", "yes", [("tea", 6), ("milk", 7)]),
        (b'"wo\nrt";zahl\ntea;6\nmilk;7\n', "yes", [("tea", 6), ("milk", 7)]),
    ],
)
def test_the_first_row_is_a_header_when_the_person_says_so(
    data: bytes, header: str, expected: list[tuple[str, int | None]]
) -> None:
    assert kept(data, header=header) == expected


def test_what_is_recognised_is_the_same_when_it_is_chosen() -> None:
    for data in (
        b"keyword,volume\ntea,5\n",
        b"tea\nmilk\n",
        b"a;b\ntea;5\nmilk;6\n",
        b"Report\nKeyword\tVolume\ntea\t5\n",
    ):
        table = table_of(data, None)
        chosen = {
            "encoding": table.encoding,
            "separator": table.separator,
            "header": "yes" if table.header_line else "no",
        }
        assert kept(data, **chosen) == kept(data)
        assert table_of(data, None, Choices(**chosen)).mapping == table.mapping


def shown(client: FlaskClient, data: bytes | None = None, address: str = PREVIEW, **form: str) -> str:
    fields: dict[str, Any] = dict(form)
    if data is not None:
        fields["csv_file"] = (io.BytesIO(data), "x.csv")
    return client.post(address, data=fields).text


def fields_of(page: str) -> dict[str, str]:
    """What a browser would send of the preview: hidden fields, inputs and selects."""
    region = page.split('id="import-preview"')[1]
    values = {
        name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', region)
    }
    for name, options in re.findall(r'<select[^>]*\s+name="(\w+)".*?>(.*?)</select>', region, re.DOTALL):
        values[name] = unescape((re.findall(r'value="([^"]*)" selected', options) or [""])[0])
    values["sign"] = ""
    return values


def stored() -> list[tuple[str, int | None]]:
    return [(row.keyword, row.volume) for row in db.session.scalars(select(Keyword).order_by(Keyword.id))]


def test_the_preview_preselects_what_was_recognised(owner_client: FlaskClient, site: Site) -> None:
    page = shown(owner_client, "Bericht\n\nKeyword;Volume\nłódź i żółw;5\n".encode("cp1250"))
    fields = fields_of(page)
    assert (fields["encoding"], fields["separator"], fields["header"]) == ("cp1250", "semicolon", "yes")
    assert "Yes, in line 3" in page
    assert "łódź i żółw" in page


def test_another_reading_shows_and_stores_what_it_reads(owner_client: FlaskClient, site: Site) -> None:
    fields = fields_of(shown(owner_client, b"keyword^volume\ntea^5\nmilk^7\n"))
    fields = fields_of(shown(owner_client, **(fields | {"separator": "other", "sign": "^", "header": "yes"})))
    fields["sign"] = "^"
    assert (fields["separator"], fields["map_volume"]) == ("other", "1")
    answer = owner_client.post(IMPORT, data=fields)
    assert answer.status_code == 303
    assert sorted(stored()) == [("milk", 7), ("tea", 5)]


def test_columns_that_were_chosen_stay_when_it_is_read_otherwise(owner_client: FlaskClient, site: Site) -> None:
    data = "Fråga;Antal;Pris;Ort\nkött;5;3;9\nmjölk;6;4;9\n".encode("cp1252")
    fields = fields_of(shown(owner_client, data))
    fields |= {"map_volume": "2", "map_difficulty": "3"}
    for change in ({"encoding": "cp850"}, {"header": "no"}):
        now = fields_of(shown(owner_client, **(fields | change)))
        assert (now["map_keyword"], now["map_volume"], now["map_difficulty"]) == ("0", "2", "3"), change
    narrower = fields_of(shown(owner_client, **(fields | {"separator": "none"})))
    assert "map_volume" not in narrower


def test_columns_that_nobody_chose_are_recognised_anew(owner_client: FlaskClient, site: Site) -> None:
    fields = fields_of(shown(owner_client, "Mängd;Sökvolym;Sökord\n1;7;te\n2;9;kött\n".encode("cp1252"), encoding=""))
    garbled = fields_of(shown(owner_client, **(fields | {"encoding": "cp866"})))
    assert garbled["map_volume"] == ""
    again = fields_of(shown(owner_client, **(garbled | {"encoding": "cp1252"})))
    assert (again["map_keyword"], again["map_volume"]) == ("2", "1")


def test_columns_stay_when_the_names_are_said_to_be_a_row(owner_client: FlaskClient, site: Site) -> None:
    fields = fields_of(shown(owner_client, b"volume,keyword\n5,tea\n"))
    now = fields_of(shown(owner_client, **(fields | {"header": "no"})))
    assert (now["map_keyword"], now["map_volume"]) == ("1", "0")


def test_what_was_not_shown_so_is_shown_before_it_is_stored(owner_client: FlaskClient, site: Site) -> None:
    """Without script: a choice is changed and Import is pressed; or another file is chosen."""
    fields = fields_of(shown(owner_client, b"keyword,volume\ntea,5\n"))
    page = shown(owner_client, address=IMPORT, **(fields | {"header": "no"}))
    assert "Nothing is stored yet." in page
    assert fields_of(page)["header"] == "no"
    page = shown(owner_client, b"keyword,volume\nmilk,5\n", address=IMPORT, **fields)
    assert "Nothing is stored yet." in page
    assert stored() == []
    assert owner_client.post(IMPORT, data=fields).status_code == 303
    assert stored() == [("tea", 5)]


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"encoding": "utf-7"}, "This encoding is not known."),
        ({"separator": "commas"}, "This separator is not known."),
        ({"separator": "other"}, "which sign separates the cells"),
        ({"separator": "other", "sign": "a"}, "no letter, digit or quote"),
        ({"separator": "other", "sign": '"'}, "which sign separates the cells"),
        ({"separator": "other", "sign": "^^"}, "which sign separates the cells"),
        ({"separator": "other", "sign": "\n"}, "which sign separates the cells"),
        ({"header": "maybe"}, "whether the first row is a header"),
    ],
)
@pytest.mark.parametrize("address", [PREVIEW, IMPORT])
def test_a_choice_that_cannot_be_meant_gets_words_and_keeps_the_file(
    owner_client: FlaskClient, site: Site, choice: dict[str, str], words: str, address: str
) -> None:
    fields = fields_of(shown(owner_client, b"keyword,volume\ntea,5\n"))
    answer = owner_client.post(address, data=fields | choice)
    assert answer.status_code == 422
    assert words in unescape(answer.text)
    assert fields_of(answer.text)["upload"] == fields["upload"]
    assert stored() == []


def test_a_wrong_country_keeps_the_file_and_how_it_is_read(owner_client: FlaskClient, site: Site) -> None:
    data = {"csv_file": (io.BytesIO(b"keyword,volume\ntea,5\n"), "x.csv"), "country": "Atlantis"}
    answer = owner_client.post(IMPORT, data=data)
    assert answer.status_code == 422
    assert owner_client.post(IMPORT, data=fields_of(answer.text) | {"country": "de"}).status_code == 303
    assert stored() == [("tea", 5)]


def test_a_long_paste_is_kept_through_the_preview(owner_client: FlaskClient, site: Site) -> None:
    text = "\n".join(f"keyword number {number}" for number in range(12_000))
    page = shown(owner_client, keywords=text)
    assert "The pasted text is kept for this import." in page
    answer = owner_client.post(IMPORT, data=fields_of(page))
    assert answer.status_code == 303
    assert work(newest_run()).data["added"] == 12_000


def test_a_run_reads_as_the_preview_did(owner_client: FlaskClient, site: Site) -> None:
    text = "wort^zahl\n" + "".join(f"łódź {number}^{number}\n" for number in range(3000))
    fields = fields_of(shown(owner_client, text.encode("cp1250")))
    fields = fields_of(shown(owner_client, **(fields | {"separator": "other", "sign": "^", "header": "yes"}))) | {
        "sign": "^"
    }
    assert owner_client.post(IMPORT, data=fields | {"map_volume": "1"}).status_code == 303
    assert work(newest_run()).data["added"] == 3000
    assert ("łódź 7", 7) in stored()


def test_letters_far_down_tell_the_encoding_of_a_long_file(owner_client: FlaskClient, site: Site) -> None:
    text = "keyword,volume\n" + "".join(f"boat {n},{n}\n" for n in range(4000)) + "łódź żaglowa,1\nżółw w łódce,2\n"
    assert fields_of(shown(owner_client, text.encode("cp1250")))["encoding"] == "cp1250"
    assert fields_of(shown(owner_client, text.encode("utf-8")))["encoding"] == "utf-8"


def test_rows_with_problems_further_down_are_shown_too(owner_client: FlaskClient, site: Site) -> None:
    text = "keyword,volume\n" + "".join(f"boat {n},{n}\n" for n in range(50)) + "sail,many\nboat 1,5\n"
    page = unescape(shown(owner_client, text.encode()))
    assert "Further down, rows with problems" in page
    assert "Volume “many” was not understood" in page
    assert "Rejected: The keyword appears earlier" in page
