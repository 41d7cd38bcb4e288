"""Files as tools and spreadsheets write them: each row comes in as it was meant."""

from typing import Any

import pytest

from app.core import spreadsheets
from app.core.errors import DomainError
from app.planner.imports.choices import Choices
from app.planner.imports.rows import KeywordRow, RejectedRow, parse_table, table_of

Row = tuple[Any, ...]


def read(text: str | bytes, *fields: str) -> list[Row]:
    data = text if isinstance(text, bytes) else text.encode()
    rows = [row for row in parse_table(table_of(data, None)) if isinstance(row, KeywordRow)]
    assert not [row.warnings for row in rows if row.warnings]
    return [tuple(getattr(row, name) for name in ("keyword", *fields)) for row in rows]


VOLUMES = {
    "inch marks are text": (
        'Keyword,Volume\n20" cargo bike,1000\nbike trailer,300\n26" city bike,500\nbike bell,100\n',
        [('20" cargo bike', 1000), ("bike trailer", 300), ('26" city bike', 500), ("bike bell", 100)],
    ),
    "inch marks inside quoting": (
        'Keyword,Volume\n"6"" pipe",1\n"27" monitor",2\n"32"",3\n"a, 5"" b",4\n"24" tv,5\n"moka" pot,6\n',
        [('6" pipe', 1), ('27" monitor', 2), ('32"', 3), ('a, 5" b', 4), ('24" tv', 5), ('"moka" pot', 6)],
    ),
    "a quote that never closes takes no row with it": (
        'Keyword,Volume\n"broken,1\nplain,2\n"a, b",3\n"quoted",4\nlast",5\n',
        [("broken", 1), ("plain", 2), ("a, b", 3), ("quoted", 4), ('last"', 5)],
    ),
    "a quote that never closes in the last cell": (
        'Keyword,Notes,Volume\nmoka,"see shop,1\nfilter,ok,2\ndrip,"fine",3\n',
        [("moka", 1), ("filter", 2), ("drip", 3)],
    ),
    "spaces before quotes": (
        'Keyword, Volume, CPC\nlawn edger, "1,300" , "0.40"\nlawn roller, "2,400", "0.70"\n',
        [("lawn edger", 1300), ("lawn roller", 2400)],
    ),
    "cells of several lines": (
        'Keyword,Volume,Content references\nrack,880,"""a"":""https://a/1\n"",\n""b"":""c""\n"\ntrolley,320,"x\n\ny"\n',
        [("rack", 880), ("trolley", 320)],
    ),
    "a line break inside a keyword": ('Keyword,Volume\n"moka\npot",7\nbrew,8\n', [("moka pot", 7), ("brew", 8)]),
    "lakh": (
        'Keyword,Avg. monthly searches\na,"1,50,000"\nb,"12,34,567"\nc,"1,500"\n',
        [("a", 150_000), ("b", 1_234_567), ("c", 1500)],
    ),
    "powers of ten": (
        "Keyword;Volume\na;1.35E+06\nb;2,7e+05\nc;1E5\n",
        [("a", 1_350_000), ("b", 270_000), ("c", 100_000)],
    ),
    "text by formula": (
        'Keyword,Volume\n"=""garden bench""",100\n="garden chair",="200"\n',
        [("garden bench", 100), ("garden chair", 200)],
    ),
    "a line that names the separator": (
        "sep=;\nfahrradlampe;100\nfahrradhelm;200\n",
        [("fahrradlampe", 100), ("fahrradhelm", 200)],
    ),
    "a line that names the separator, and a header": ("sep=;\nKeyword;Volume\na, b;100\n", [("a, b", 100)]),
    "emoji newer than Python's Unicode": (
        "Keyword,Volume\n\U0001fae8 emoji meaning,2400\n\U0001fa77,1900\n😀,20\n🏴\U000e0067\U000e007f,5\n",
        [("\U0001fae8 emoji meaning", 2400), ("\U0001fa77", 1900), ("😀", 20), ("🏴\U000e0067\U000e007f", 5)],
    ),
    "thousands as figures are written": (
        "Keyword|Volume\na|1.234,5\nb|1 300\nc|10 Tsd. – 100 Tsd.\nd|1万\n",
        [("a", 1235), ("b", 1300), ("c", 55_000), ("d", 10_000)],
    ),
    "rows shorter than the header": ("Keyword,Volume,CPC\na,1\nb\n", [("a", 1), ("b", None)]),
    "columns in another language": (
        "Palabra;Volumen;x\nbicicleta;90;u\ncasco;80;v\n",
        [("bicicleta", 90), ("casco", 80)],
    ),
}


@pytest.mark.parametrize("name", VOLUMES)
def test_keywords_and_volumes_are_read_as_they_were_meant(name: str) -> None:
    text, expected = VOLUMES[name]
    assert read(text, "volume") == expected


KEYWORDS = {
    "Search Console": "Top queries,Clicks,Impressions,CTR,Position\nnorthside coffee,312,1204,25.91%,1.2\n",
    "Search Console in German": 'Häufigste Suchanfragen,Klicks,CTR,Position\nnorthside coffee,12,"3,53 %","7,2"\n',
    "Search Console in French": "Requêtes les plus fréquentes,Clics\nnorthside coffee,12\n",
    "a list": "northside coffee\n",
    "a list with its name": "Keyword\nnorthside coffee\n",
    "quoted, one a line": '"northside coffee"\n',
}


@pytest.mark.parametrize("name", KEYWORDS)
def test_keywords_without_volumes_are_read(name: str) -> None:
    assert read(KEYWORDS[name], "volume") == [("northside coffee", None)]


def test_a_keyword_with_a_comma_that_begins_like_a_header_is_a_keyword() -> None:
    text = "keyword one\nkeyword two\nKeyword, with comma\n"
    assert read(text) == [("keyword one",), ("keyword two",), ("Keyword, with comma",)]
    assert read("Keyword, with comma\nother, too\n") == [("Keyword, with comma",), ("other, too",)]


def test_semrush_by_hand_and_by_its_api() -> None:
    overview = (
        "\ufeffDatabase,Keyword,Seed keyword,Volume,Keyword Difficulty,CPC (USD),Intent,SERP Features\n"
        'uk,storage rack,rack,880,22,0.40,"Commercial, Transactional","Site Links, Images"\n'
    )
    fields = ("country", "volume", "difficulty", "intent")
    assert read(overview, *fields) == [("storage rack", "GB", 880, 22, "commercial")]
    api = "database;Keyword;Search Volume;Keyword Difficulty Index;Intent\nus;stand;8100;68;1,0\nde;pump;5400;41;3\n"
    assert read(api, *fields) == [("stand", "US", 8100, 68, "informational"), ("pump", "DE", 5400, 41, "transactional")]
    positions = "Keyword,Position,Search Volume,Keyword Difficulty,CPC,URL,Keyword Intents\nrack,3,2400,35.00,0.55,https://a/x,navigational\n"
    assert read(positions, "volume", "difficulty", "intent") == [("rack", 2400, 35, "navigational")]


def test_ahrefs_keywords_explorer() -> None:
    text = (
        "#\tKeyword\tCountry\tDifficulty\tVolume\tCPC\tParent Keyword\tSERP Features\tGlobal volume\tIntents\n"
        "1\tseat pad\tgb\t2\t150\t\tseat\tPeople also ask,Thumbnail\t900\tBranded,Local,Informational\n"
    )
    expected = [("seat pad", "GB", 150, 2, "informational")]
    assert read(text.encode("utf-16"), "country", "volume", "difficulty", "intent") == expected


def test_keyword_planner_with_its_preamble() -> None:
    text = (
        'Keyword Stats 2026-06-09 at 21_25_18\n"May 1, 2025 - April 30, 2026"\n'
        "Keyword\tCurrency\tAvg. monthly searches\tTop of page bid (low range)\tTop of page bid (high range)\n"
        'kids paddle\tEUR\t1K – 10K\t"0,25"\t"1,10"\n'
    )
    ((keyword, volume, cpc),) = read(text.encode("utf-16"), "volume", "cpc")
    assert (keyword, volume, str(cpc)) == ("kids paddle", 5500, "1.10")


def test_na_is_namibia_as_a_country_and_nothing_as_a_figure() -> None:
    text = "Keyword,Country,Volume\nwalvis bay,NA,90\nlisbon,PT,NA\nporto,n/a,5\n"
    assert read(text, "country", "volume") == [("walvis bay", "NA", 90), ("lisbon", "PT", None), ("porto", None, 5)]


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("cp1250", "żółta łódka"),
        ("cp1250", "kde koupit světlé závěsy"),
        ("cp1251", "детский самокат"),
        ("cp1252", "gartenstühle weiß"),
        ("cp1252", "café crème"),
        ("cp1253", "αγορά ποδηλάτου"),
        ("cp1254", "güneş gözlüğü"),
        ("cp1255", "אופניים חשמליים"),
        ("cp1256", "دراجة كهربائية"),
        ("koi8-r", "купить самокат"),
        ("cp932", "自転車 おすすめ"),
        ("gb18030", "自行车和咖啡机"),
        ("cp949", "자전거 추천"),
        ("mac-roman", "café crème"),
        ("utf-16-le", "детский самокат"),
        ("utf-16", "żółta łódka"),
    ],
)
def test_encodings_are_recognised_and_a_guess_is_asked_about(encoding: str, words: str) -> None:
    data = f"Keyword,Volume\n{words},1000\n".encode(encoding)
    assert read(data, "volume") == [(words, 1000)]
    table = table_of(data, None)
    assert table.needs_check == bool(table.notes) == (not encoding.startswith("utf"))


def test_the_person_may_choose_another_encoding_and_separator() -> None:
    data = "Keyword,Volume\ncafé,1000\n".encode("cp1252")
    table = table_of(data, None, Choices("cp1251", "comma"))
    assert (next(parse_table(table)).keyword, table.encoding, table.needs_check) == ("cafй", "cp1251", False)
    rows = list(parse_table(table_of(b"red shoes,women\nhats,men\n", None, Choices(separator="none"))))
    assert [row.keyword for row in rows] == ["red shoes,women", "hats,men"]


def test_a_few_unreadable_bytes_reject_their_row_only() -> None:
    data = b"Keyword,Volume\n" + "café crème à côté,1\n".encode() * 5 + b"caf\xe9 noir,2\n"
    rows = list(parse_table(table_of(data, None)))
    assert rows[0].keyword == "café crème à côté"
    assert isinstance(rows[-1], RejectedRow)
    assert rows[-1].reason == "unreadable"


def test_a_file_of_pages_is_no_file_of_keywords() -> None:
    pages = "URL,Traffic,Keywords,Top keyword,Volume\nhttps://a/x,100,25,garden hose,900\nhttps://a/y,80,13,gnome,400\n"
    table = table_of(pages.encode(), None)
    assert table.needs_check
    assert "lists pages" in table.notes[0]
    assert [row.keyword for row in parse_table(table)] == ["garden hose", "gnome"]
    for text in ("Top pages,Clicks\nhttps://a/x,10\nhttps://a/y,3\n", "https://a/x\nhttps://a/y\n"):
        with pytest.raises(DomainError, match="lists pages, not keywords"):
            table_of(text.encode(), None)


def test_an_export_of_our_own_comes_back_as_it_was() -> None:
    keywords = ["-moka pot", "+size", '27" monitor', "plain, with comma", "'n sync"]
    text = spreadsheets.csv_line(["keyword", "volume"]) + "".join(spreadsheets.csv_line([word, 5]) for word in keywords)
    assert [row[0] for row in read(text)] == keywords


def test_pasted_cells_are_cells_and_pasted_lines_are_lines() -> None:
    def pasted(text: str) -> list[tuple[str, int | None]]:
        return [(row.keyword, row.volume) for row in parse_table(table_of(None, text)) if isinstance(row, KeywordRow)]

    assert pasted("moka pot,1300\ncold brew,900") == [("moka pot", 1300), ("cold brew", 900)]
    assert pasted('"6"" pipe"\t5\nbrew\t6') == [('6" pipe', 5), ("brew", 6)]
    assert pasted('27" monitor, curved\n32" tv, flat') == [('27" monitor, curved', None), ('32" tv, flat', None)]
