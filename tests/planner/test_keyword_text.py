"""The bytes of an export become text: the encoding that is guessed, and what is refused as no text."""

import pytest

from app.core.errors import DomainError
from app.planner.imports.text import decode


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1251", "Популярные запросы;Клики;CTR\nкофе;1;1%\nкофе в зёрнах;1;1%\n"),
        ("cp1251", "Keyword;Country;Volume\nкофе;ru;1\nusb-кабель;ru;2\n"),
        ("cp1253", "Keyword,Country,Volume\nκαφές,gr,3\nτσάι πράσινο,gr,2\n"),
        ("cp1255", "Keyword,Country,Volume\nקפה,IL,10\nתה ירוק,IL,20\n"),
        ("cp1256", "Keyword;Country;Volume\nقهوة;AE;1\nشاي أخضر;AE;2\n"),
        ("cp874", "Keyword,Volume,Intent\nกาแฟ,10,I\nชาเขียว,2,I\nเคส iphone,3,C\n"),
        ("cp949", "키워드,Country,Volume\n커피,KR,1\n커피 머신,KR,2\n"),
        ("gb18030", "关键词,Country,Volume\n咖啡,CN,1\n咖啡机,CN,2\n"),
        ("big5", "關鍵字,Country,搜尋量\n咖啡,TW,10\n咖啡機 推薦,TW,20\n"),
        ("cp932", '上位のクエリ,クリック数,CTR\nコーヒー 豆,"3,400",3.5%\n表示 ソ 能,1,50%\n'),
        ("cp932", "Keyword,Country\niphoneケース,jp\nノートpc,jp\nカフェ・東京,jp\n"),
        ("euc-jp", "キーワード,Country,Volume\nコーヒー 豆,jp,2\n珈琲 通販,jp,1\n"),
        ("koi8-r", "Ключевое слово;Country;Частотность\nкупить кофе;ru;100\nчай;ru;2\n"),
        ("cp1250", "Keyword;Country\n" + "kawa żółta;PL\nłóżko;PL\nściana;PL\n" * 60),
        ("cp1252", "Mot clé;Volume\nl’eau chaude;1\nd’été;2\ncafé crème;3\n"),
        ("cp1252", "Keyword;Volume\ngröße;1\nstraße;2\nüber uns;3\nÄrger;4\n"),
        ("cp1254", "anahtar kelime;hacim\nkahve çekirdeği;10\nşişe;20\n"),
        ("mac-roman", "Mot clé;Volume\rcafé crème;10\rthé à la menthe;20\r"),
    ],
)
def test_guesses_the_encoding_with_latin_cells_beside(encoding: str, text: str) -> None:
    decoded = decode(text.encode(encoding))
    assert (decoded.text, decoded.encoding, decoded.guessed) == (text, encoding, True)


def test_text_in_an_unknown_encoding_is_shown_rather_than_refused() -> None:
    data = b"Keyword,Volume\n" + bytes([*range(0x80, 0x100)]) * 3 + b",1\n"
    assert decode(data).guessed
    assert decode("コーヒー豆,1\n".encode("cp932") * 50, "utf-8").notes


@pytest.mark.parametrize("data", [b"a\0\x01\0\xff\x02\0\x03" * 30, bytes(range(256)) * 40])
def test_binary_data_is_refused(data: bytes) -> None:
    with pytest.raises(DomainError, match="binary data"):
        decode(data)


def test_the_sign_of_unreadable_letters_in_utf_8_makes_it_no_other_encoding() -> None:
    decoded = decode("keyword\nbell\ufffd\ntea\n".encode())
    assert (decoded.encoding, decoded.guessed) == ("utf-8", False)


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("cp1252", ["café crème", "straße", "l’été", "ÉTÉ"]),
        ("cp1250", ["PÓŁKA", "kawa żółta", "łóżko", "ściana"]),
        ("cp1251", ["кофе в зёрнах", "чай", "мёд"]),
        ("cp866", ["рапира", "кофе в зёрнах", "чай"]),
        ("cp874", ["กาแฟ", "ชาเขียว", "เกม"]),
        ("gb18030", ["咖啡机", "咖啡", "小米"]),
        ("cp932", ["コーヒー 豆", "カフェ"]),
    ],
)
@pytest.mark.parametrize("chosen", [True, False])
def test_rows_in_utf_8_and_in_another_encoding_come_in_right(encoding: str, words: list[str], chosen: bool) -> None:
    rows = [f"{word};{number}\n" for number, word in enumerate(words * 20)]
    mixed = b"".join(row.encode(encoding if number % 3 else "utf-8") for number, row in enumerate(rows))
    decoded = decode(
        b"keyword;volume\n" + mixed, encoding if chosen or encoding == "cp866" else None
    )  # that is never guessed
    assert (decoded.text, decoded.encoding) == ("keyword;volume\n" + "".join(rows), encoding)
    assert any("are UTF-8 all the same" in note for note in decoded.notes)


def test_cells_of_one_line_may_differ_and_what_is_neither_is_unreadable() -> None:
    data = "café;".encode() + "crème\n".encode("cp1252") + b"th\x81\n"
    assert decode(data, "cp1252").text == "café;crème\nth\ufffd\n"


def test_other_letters_of_utf_8_in_a_western_file_are_read_too() -> None:
    data = "straße;1\n".encode("cp1252") * 30 + "кофе в зёрнах;2\n".encode()
    assert decode(data).text.endswith("кофе в зёрнах;2\n")
