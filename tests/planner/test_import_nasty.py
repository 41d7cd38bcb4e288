"""Files as people really have them: torn, mended, converted, totalled, and in any script."""

import pytest

from app.planner.imports.rows import KeywordRow, RejectedRow, parse_table, table_of
from app.planner.imports.tables import Table

Kept = list[tuple[str, int | None]]


def read(text: str, encoding: str = "utf-8") -> tuple[Table, Kept, list[str]]:
    table = table_of(text.encode(encoding), None)
    rows = list(parse_table(table))
    kept = [(row.keyword, row.volume) for row in rows if isinstance(row, KeywordRow)]
    return table, kept, [row.reason for row in rows if isinstance(row, RejectedRow)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\ufeff\ufeffKeyword,Volume\ntea,1\n", [("tea", 1)]),
        ("Keyword,Volume\ntea,1\n\ufeffcoffee,2\nmilk\ufeff shake,3\n", [("tea", 1), ("coffee", 2), ("milk shake", 3)]),
        ("Keyword,Volume\rtea,1\rmilk,2\r", [("tea", 1), ("milk", 2)]),
        ("Keyword,Volume\r\ntea,1\rmilk,2\ncocoa,3\r\n", [("tea", 1), ("milk", 2), ("cocoa", 3)]),
        ("Keyword,Volume\r\r\ntea,1\r\r\nmilk,2\r\r\n", [("tea", 1), ("milk", 2)]),
        ('Keyword,Notes,Volume\n"tea","a\nb\nc",1\nmilk,x,2\n', [("tea", 1), ("milk", 2)]),
        ('Keyword,Volume\n"green\ntea",1\nmilk,2\n', [("green tea", 1), ("milk", 2)]),
        ("Keyword,Volume,CPC\ntea\nmilk,2\nwater,4,1,,,\n", [("tea", None), ("milk", 2), ("water", 4)]),
        ("Keyword,Volume,Volume,Keyword\ntea,1,9,x\nmilk,2,8,y\n", [("tea", 1), ("milk", 2)]),
        (",Keyword,,Volume,\n1,tea,,5,\n2,milk,,6,\n", [("tea", 5), ("milk", 6)]),
        ("Report\nof 2026-01-01\nKeyword,Volume\ntea,1\nmilk,2\n", [("tea", 1), ("milk", 2)]),
        ("Report,,\nSite,a.example,\n,,\nKeyword,Volume,CPC\ntea,1,0.5\n", [("tea", 1)]),
        ("\u200fKeyword,\u200eVolume\n\u202bقهوة\u202c,\u200f2\n\u2067chai\u2069,3\n", [("قهوة", 2), ("chai", 3)]),
        ("Ｋｅｙｗｏｒｄ,Ｖｏｌｕｍｅ\ntea,１２３\nmilk,１．２Ｋ\n", [("tea", 123), ("milk", 1200)]),
        ("Keyword,Volume\ntea,١٢٣\nmilk,١٬٢٠٠\ncocoa,۱۲۳\n", [("tea", 123), ("milk", 1200), ("cocoa", 123)]),
        (
            "Keyword;Volume\ntea;1\u00a0300\nmilk;1\u202f300\ncocoa;1\u2009300\n",
            [("tea", 1300), ("milk", 1300), ("cocoa", 1300)],
        ),
        ("Keyword,Volume\na,1`300\nb,1‘300\nc,1′300\n", [("a", 1300), ("b", 1300), ("c", 1300)]),
        ("Keyword,Volume\na,1.2K\nb,<10\nc,10–100\nd,>100k\n", [("a", 1200), ("b", 5), ("c", 55), ("d", 100_000)]),
        ('Keyword,Volume\n"5\\" pipe",1\n"6\\" pipe",2\n', [('5" pipe', 1), ('6" pipe', 2)]),
        ("“Keyword”,“Volume”\ntea,1\n", [("tea", 1)]),
        ("| Keyword | Volume |\n| tea | 1,200 |\n| milk | 2 |\n", [("tea", 1200), ("milk", 2)]),
        ("Keyword,Volume\n👨‍👩‍👧 family,1\n🫩 face,2\n🇩🇪,3\n", [("👨‍👩‍👧 family", 1), ("🫩 face", 2), ("🇩🇪", 3)]),
        ('Keyword,Volume\n"=HYPERLINK(""https://a.example"",""moka pot"")",10\n', [("moka pot", 10)]),
        ('Keyword;Volume\n"=hyperlink(""https://a""; ""5"""" pipe"")";10\nb;2\n', [('5" pipe', 10), ("b", 2)]),
        ('\ufeffKeyword,Volume\na,1\n\ufeff"b, c",2\n\ufeff\n', [("a", 1), ("b, c", 2)]),
        ("Keyword,Volume\na,no data\nb,n.a.\nc,?\nd,#VALUE!\ne,k. A.\n", [(word, None) for word in "abcde"]),
    ],
)
def test_reads_what_is_meant(text: str, expected: Kept) -> None:
    table, kept, rejected = read(text)
    assert kept == expected
    assert (rejected, table.needs_check) == ([], False)


def test_nul_bytes_cost_their_own_rows_and_are_told() -> None:
    _, kept, rejected = read("Keyword,Volume\ntea\0,1\nmilk,2\n\0\0\nco\0ffee,3\n")
    assert kept == [("milk", 2)]
    assert rejected == ["control_characters"] * 3


@pytest.mark.parametrize(
    ("last", "is_sum"),
    [
        ("Total,3", True),
        ("TOTAL:,3", True),
        ("Total: 2 keywords,", True),
        ("Gesamt,3", True),
        ("Итого,3", True),
        ("合計,3\n\n,,\n", True),
        ("total,2", False),
        ("total wine,300", False),
        ("sum,", False),
    ],
)
def test_the_sum_below_a_table_is_no_keyword(last: str, is_sum: bool) -> None:
    _, kept, rejected = read(f"Keyword,Volume\ntea,1\nmilk,2\n{last}\n")
    assert kept[:2] == [("tea", 1), ("milk", 2)]
    assert (rejected, len(kept)) == ((["total"], 2) if is_sum else ([], 3))


@pytest.mark.parametrize(
    ("last", "is_footer"),
    [
        ("Exported from Example Tool on 2026-01-01,", True),
        ("Source: example.com,\n© Example Ltd,", True),
        ("exported from china,300", False),
        ("source code,", False),
    ],
)
def test_lines_below_a_table_that_say_where_it_comes_from_are_no_keywords(last: str, is_footer: bool) -> None:
    _, kept, rejected = read(f"Keyword,Volume\ntea,1\nmilk,2\n{last}\n")
    lines = len(last.splitlines())
    assert (rejected, len(kept)) == ((["footer"] * lines, 2) if is_footer else ([], 3))


def test_a_list_of_one_column_has_no_lines_below_it() -> None:
    assert read("tea\nmilk\nexported from china\n")[1][-1] == ("exported from china", None)


def test_two_columns_of_volumes_are_a_range() -> None:
    table = table_of(b"Keyword,Min Volume,Max Volume,Difficulty\ntea,11,50,3\nmilk,5,5,4\nrum,,,1\n", None)
    tea, milk, rum = parse_table(table)
    assert isinstance(tea, KeywordRow)
    assert isinstance(milk, KeywordRow)
    assert isinstance(rum, KeywordRow)
    assert (tea.volume, tea.volume_range) == (30, (11, 50))
    assert (milk.volume, milk.volume_range, rum.volume) == (5, None, None)


@pytest.mark.parametrize(("last", "is_sum"), [("Total,3,", True), ("Gesamtsumme,,30", True), ("total,2,29", False)])
def test_the_sum_below_clicks_and_impressions_is_no_keyword(last: str, is_sum: bool) -> None:
    _, kept, rejected = read(f"Keyword,Clicks,Impressions\ntea,1,10\nmilk,2,20\n{last}\n")
    assert (rejected, len(kept)) == ((["total"], 2) if is_sum else ([], 3))


def test_what_stands_for_keywords_that_are_not_provided_is_none() -> None:
    _, kept, rejected = read("Keyword,Clicks\n(not provided),9\n(Not set),3\n(other),1\ntea (other),2\n")
    assert (kept, rejected) == ([("tea (other)", None)], ["not_provided"] * 3)


def test_a_keyword_that_is_called_a_sum_stays_where_it_is_none() -> None:
    assert read("Keyword,Volume\ntotal,900\ntea,1\n")[1] == [("total", 900), ("tea", 1)]
    assert read("tea\nmilk\ntotal\n")[1][-1] == ("total", None)


GKP = "Report\n2026\n{}\t{}\t{}\tΔ\t{} x\t{} (min)\t{} ({})\nword\tEUR\t500\t0%\t0%\t0,10\t0,50\n"


@pytest.mark.parametrize(
    "names",
    [
        "Keyword|Währung|Durchschnittl. Suchanfragen pro Monat|Änderung|Gebot für obere Positionen|hoher Bereich",
        "Palabra clave|Moneda|Promedio de búsquedas mensuales|Cambio|Puja de la parte superior de la página|rango alto",
        "Mot clé|Devise|Nbre moy. de recherches par mois|Évolution|Enchère de haut de page|fourchette haute",
        "Parola chiave|Valuta|Media ricerche mensili|Variazione|Offerta per la parte superiore della pagina|gamma alta",
        "Palavra-chave|Moeda|Média de pesquisas mensais|Alteração|Lance na parte superior da página|intervalo alto",
        "Słowo kluczowe|Waluta|Śr. mies. liczba wyszukiwań|Zmiana|Stawka za górę strony|górny zakres",
        "Zoekwoord|Valuta|Gem. aantal zoekopdrachten per maand|Verandering|Bod bovenaan pagina|hoog bereik",
        "Ключевое слово|Валюта|Среднее число запросов в месяц|Изменение|Ставка для показа вверху страницы|макс.",
        "キーワード|通貨|月間平均検索ボリューム|推移|ページ上部に掲載された広告の入札単価|高額帯",
    ],
)
def test_the_keyword_planner_speaks_many_languages(names: str) -> None:
    keyword, money, volume, change, bid, high = names.split("|")
    table = table_of(
        GKP.format(keyword, money, volume, change, bid, bid, high).replace("Δ", change).encode("utf-16"), None
    )
    (row,) = parse_table(table)
    assert isinstance(row, KeywordRow)
    assert (row.keyword, row.volume, str(row.cpc), table.needs_check) == ("word", 500, "0.50", False)


@pytest.mark.parametrize(
    "text",
    [
        "Keyword,Minimum Volume,Maximum Volume,Difficulty,Organic CTR,Priority,Relevancy\nword,100,900,45,60,55,1\n",
        "No,Keywords,Search Volume,CPC,Paid Difficulty,SEO Difficulty\n1,word,500,$0.50,10,45\n",
        "Keyword,VOL,CPC,PD,SD\nword,500,0.50,10,45\n",
        "Keyword;Location;Language;Trend;Search Volume;CPC;PPC;KD\nword;United States;English;12%;500;0,50;10;45\n",
        'Keyword,"Avg. Search Volume (Last Known Values)","Keyword Difficulty (Last Known Values)"\nword,500,45\n',
        "Запрос;Сложность;Частота;CPC;Конкуренция;Интент\nword;45;500;0,5;0,9;Информационный\n",
        "Zoekwoord;Intentie;Volume;Trend;Moeilijkheidsgraad zoekwoord;Aantal x\nword;Informatief;500;0,5;45;9\n",
        "Keyword;Absicht;Volumen;Trend;Keyword-Schwierigkeit;CPC (EUR)\nword;Informational;500;0,5;45;0,5\n",
        "Anahtar kelime,Amaç,Hacim,Anahtar Kelime Zorluğu,TBM (USD)\nword,Bilgi amaçlı,500,45,0.5\n",
    ],
)
def test_other_tools_and_languages_are_understood(text: str) -> None:
    table = table_of(text.encode(), None)
    (row,) = parse_table(table)
    assert isinstance(row, KeywordRow)
    assert (row.keyword, row.volume, row.difficulty, row.warnings) == ("word", 500, 45, ())
    assert not table.needs_check


@pytest.mark.parametrize(
    ("header", "second"),
    [("Populæreste forespørgsler,Klik,Placering", "position"), ("Vanligste søk,Klikk,Visninger", "impressions")],
)
def test_search_console_in_further_languages(header: str, second: str) -> None:
    table = table_of(f"{header}\nte,1,2\nkaffe,3,4\n".encode(), None)
    assert (table.mapping, table.needs_check) == ({"keyword": 0, "clicks": 1, second: 2}, False)


@pytest.mark.parametrize("sign", ["^", "~", ":", "\x1f"])
def test_a_header_cut_by_a_rare_sign_is_one(sign: str) -> None:
    table, kept, rejected = read(f"Keyword{sign}Volume\ntea{sign}1\nmilk{sign}2\n")
    assert (kept, rejected, table.delimiter) == ([("tea", 1), ("milk", 2)], [], sign)


def test_signs_in_keywords_of_a_list_cut_nothing() -> None:
    _, kept, _ = read("keyword: what is it\nratio 16:9\niso 27001:2022\n")
    assert [keyword for keyword, _ in kept][-2:] == ["ratio 16:9", "iso 27001:2022"]


def test_all_sums_at_the_end_of_a_report_are_none_of_its_keywords() -> None:
    report = (
        "Search term,Clicks,Avg. CPC\ntotal: war,3,0.5\ntea,3,0.5\nTotal: Account,3,0.5\nTotal: Search terms,3,0.5\n"
    )
    _, kept, rejected = read(report)
    assert [keyword for keyword, _ in kept] == ["total: war", "tea"]
    assert rejected == ["total", "total"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Ключевое слово\tЧастота\nкупить самокат\t1\n", "utf-16-le"),
        ("キーワード\t検索ボリューム\n一番 コーヒー\t1\n", "utf-16-be"),
        ("关键词,搜索量\n一个咖啡机推荐,1\n", "utf-16-le"),
    ],
)
def test_utf_16_without_its_mark_in_scripts_beyond_latin(text: str, encoding: str) -> None:
    table, kept, rejected = read(text, encoding)
    assert (table.encoding, [volume for _, volume in kept], rejected) == ("utf-16", [1], [])


def test_a_mark_of_utf_8_before_what_is_none_hides_no_name_of_a_column() -> None:
    table = table_of(b"\xef\xbb\xbfKeyword,Volume\ncaf\xe9 noir,1\n", None)
    assert (table.mapping, table.needs_check) == ({"keyword": 0, "volume": 1}, True)
    assert [row.keyword for row in parse_table(table)] == ["café noir"]


H = "Keyword,Volume\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (H + '="bench, oak",1\n="chair",="2"\n', [("bench, oak", 1), ("chair", 2)]),
        ('Keyword;Volume\n="bench; oak";1\n', [("bench; oak", 1)]),
        (H + '= "bench",1\n"=T(""chair"")",2\n"=+""desk""",3\n', [("bench", 1), ("chair", 2), ("desk", 3)]),
        (H + 'lawn,\t"1,300"\nedger,\u00a0"2,400"\n', [("lawn", 1300), ("edger", 2400)]),
        (H + "#️⃣,1\n‼️,2\n↔️ sign,3\n", [("#️⃣", 1), ("‼️", 2), ("↔️ sign", 3)]),
        ("- bench\n- chair, oak\n", [("bench", None), ("chair, oak", None)]),
        ("1. bench\n2. chair\n\n3. table\n", [("bench", None), ("chair", None), ("table", None)]),
        ("1. fc köln\nbundesliga\n", [("1. fc köln", None), ("bundesliga", None)]),
        ("Klick,Vanligaste frågorna,Visningar\n1,bänk,2\n", [("bänk", None)]),
        (
            "URL,Current traffic,Current top keyword,Current top keyword: Volume\nhttps://a.se/,9,hose,900\n",
            [("hose", 900)],
        ),
    ],
)
def test_cells_and_lists_of_further_hands_are_read(text: str, expected: Kept) -> None:
    _, kept, rejected = read(text)
    assert (kept, rejected) == (expected, [])


def test_what_a_spreadsheet_could_not_work_out_is_no_keyword() -> None:
    _, kept, rejected = read(H + "#NAME?,1\n#REF!,2\nbench,3\n")
    assert (kept, rejected) == ([("bench", 3)], ["not_provided"] * 2)


def test_a_short_text_with_a_letter_too_many_is_no_chinese() -> None:
    assert table_of("Keyword\nКУПИТЬ САМОКАТ\n".encode("cp1251"), None).encoding != "gb18030"
