"""The tokens of SQL as mysqldump writes it, as patterns over bytes. Pure.

Everything is matched by patterns that neither go back nor recurse (`*+`, and `(?>…)` for groups, of which Python before
3.11.5 matches `(…)*+` wrongly), so that hostile files cost no more than their length.
"""

import re

IDENTIFIER = rb'(?:`((?:[^`]|``)+)`|"((?:[^"]|"")+)"|([A-Za-z0-9_$\x80-\xff]+))'
_NAME = IDENTIFIER + rb"(?:\s*\.\s*" + IDENTIFIER + rb")?"
_SINGLE = rb"'[^'\\]*+(?>(?:(?:\\.|'')[^'\\]*+)*)'"
_DOUBLE = rb'"[^"\\]*+(?>(?:(?:\\.|"")[^"\\]*+)*)"'

BLANK = re.compile(rb"\s++")
LINE_COMMENT = re.compile(rb"(?:--[ \t][^\n]*+|--(?=\r?\n)|#[^\n]*+)")
BLOCK_COMMENT = re.compile(rb"/\*.*?\*/", re.S)
NAMES = re.compile(rb"SET\s+NAMES\s+'?([A-Za-z0-9_]+)", re.I)
USE = re.compile(rb"USE\s+" + IDENTIFIER + rb"\s*;", re.I)
DELIMITER = re.compile(rb"DELIMITER\s+(\S+)[^\n]*\n", re.I)
DELIMITER_BACK = re.compile(rb"\nDELIMITER\s+;", re.I)
CREATE = re.compile(rb"CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?" + _NAME + rb"\s*(?=\()", re.I)
INSERT = re.compile(
    rb"(?:INSERT|REPLACE)\s+(?:(?:LOW_PRIORITY|DELAYED|HIGH_PRIORITY|IGNORE)\s+)*(?:INTO\s+)?"
    + _NAME
    + rb"\s*(?:\(([^()]*+)\)\s*)?VALUES?\s*(?=\()",
    re.I,
)
ANY_INSERT = re.compile(rb"(?:INSERT|REPLACE)\s", re.I)
# What is no end of a statement: stops before its semicolon, or before a token that is not complete yet.
REST = re.compile(
    rb"(?>(?:[^'\"`;/#-]++|" + _SINGLE + rb"|" + _DOUBLE + rb"|`[^`]*+`|/\*.*?\*/|/(?!\*)|--[ \t\r\n][^\n]*+\n"
    rb"|-(?!-[ \t\r\n])|#[^\n]*+\n)*)",
    re.S,
)
# A value with what follows it. The group that matched says what it is.
VALUE = re.compile(
    rb"\s*+(?:(NULL)|(?:_[a-z0-9]+\s*)?(?:'([^'\\]*+(?>(?:(?:\\.|'')[^'\\]*+)*))'|\"([^\"\\]*+(?>(?:(?:\\.|\"\")[^\"\\]*+)*))\""
    rb"|0x([0-9a-f]*+)|X'([0-9a-f]*+)')|b'([01]++)'|([-+]?[0-9][0-9.e+-]*+|\.[0-9]++)|(TRUE|FALSE))\s*+[,)]",
    re.I | re.S,
)
NULL, SINGLE, DOUBLE, HEX, HEX_STRING, BITS, NUMBER, TRUTH = range(1, 9)
# What a value may begin with that is not complete yet.
BEGUN = re.compile(rb"\s*+(?:_[a-z0-9]*+\s*)?(?:['\"]|0x[0-9a-f]*+\s*+$|[xb]'[0-9a-f]*+'?\s*+$|.{0,63}$)", re.I | re.S)
_ESCAPED = re.compile(rb"\\(.)|''", re.S)
_ESCAPED_DOUBLE = re.compile(rb'\\(.)|""', re.S)
_LETTERS = {b"0": b"\0", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"Z": b"\x1a", b"%": rb"\%", b"_": rb"\_"}
_ITEM = re.compile(rb"\s*+" + IDENTIFIER)
_TOKEN = re.compile(_SINGLE + rb"|" + _DOUBLE + rb"|`[^`]*+`|[(),]", re.S)
NO_COLUMN = frozenset(
    (b"PRIMARY", b"UNIQUE", b"KEY", b"INDEX", b"CONSTRAINT", b"FULLTEXT", b"SPATIAL", b"FOREIGN", b"CHECK", b"PERIOD")
)


def identifier(groups: tuple[bytes | None, ...]) -> str:
    """The name that the three groups of IDENTIFIER matched."""
    ticked, quoted, bare = groups
    name = ticked.replace(b"``", b"`") if ticked else quoted.replace(b'""', b'"') if quoted else bare or b""
    return name.decode("utf-8", "replace")


def table_name(groups: tuple[bytes | None, ...]) -> tuple[str, str]:
    """Database ("" when it is not named) and table, of the six groups of a name."""
    first, second = identifier(groups[:3]), identifier(groups[3:6])
    return (first, second) if second else ("", first)


def column_list(text: bytes) -> list[str]:
    """The names in a list of columns."""
    return [identifier(match.groups()) for match in re.finditer(IDENTIFIER, text)]


def created_columns(body: bytes) -> list[str]:
    """The names of the columns in the parentheses of CREATE TABLE, in their order."""
    depth, begins, names = 0, 0, []
    for token in _TOKEN.finditer(body):
        sign = token[0]
        if sign == b"(":
            depth += 1
            begins = token.end() if depth == 1 else begins
        elif sign in (b")", b",") and depth == 1:
            names += _column_at(body, begins)
            begins = token.end()
        depth -= sign == b")"
        if not depth and sign == b")":
            break
    return names


def _column_at(body: bytes, begins: int) -> list[str]:
    item = _ITEM.match(body, begins)
    if item is None or (item[3] is not None and item[3].upper() in NO_COLUMN):
        return []
    return [identifier(item.groups())]


def unescaped(text: bytes, *, double: bool = False) -> bytes:
    """The bytes that a quoted literal stands for."""
    if b"\\" not in text and (b'""' if double else b"''") not in text:
        return text
    quote = b'"' if double else b"'"

    def letter(match: re.Match[bytes]) -> bytes:
        return _LETTERS.get(match[1], match[1]) if match[1] is not None else quote

    return (_ESCAPED_DOUBLE if double else _ESCAPED).sub(letter, text)
