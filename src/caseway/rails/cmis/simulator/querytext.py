"""CMIS SQL as text: words, and the tree they make (CMIS 1.1, 2.1.14.2). A subset: no CONTAINS, no SCORE."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from caseway.rails.cmis.simulator.errors import CmisError, invalid

Literal = str | int | bool | Decimal | datetime

_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^'\\]|\\.|'')*')|(?P<number>[+-]?\d+(?:\.\d+)?(?![\w:]))"
    r"|(?P<name>[A-Za-z_][\w:]*(?:\.[A-Za-z_][\w:]*)?)|(?P<symbol><>|<=|>=|[=<>(),*]))"
)
_COMPARISONS = frozenset(("=", "<>", "<", "<=", ">", ">="))


@dataclass(frozen=True)
class Column:
    """A column as it is named: alias of the type (may be empty), and query name of the property."""

    alias: str
    name: str


@dataclass(frozen=True)
class Condition:
    """A node of WHERE. `operator`: and, or, not, in_folder, in_tree, null, in, like, or a comparison."""

    operator: str
    column: Column | None = None
    literals: tuple[Literal, ...] = ()
    inner: tuple[Condition, ...] = ()
    any: bool = False
    negated: bool = False


@dataclass
class Query:
    """A parsed statement. `columns` is empty for `SELECT *`; `sources` maps alias to query name of a type."""

    columns: list[tuple[Column, str]] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    where: Condition | None = None
    order: list[tuple[Column, bool]] = field(default_factory=list)
    operators: set[str] = field(default_factory=set)


def parse_query(statement: str) -> Query:
    """Return the tree of a statement. Raises invalidArgument (w42, w54)."""
    return _Parser(statement).query()


class _Parser:
    def __init__(self, statement: str) -> None:
        self._tokens = _tokens(statement)
        self._at = 0
        self._query = Query()

    def query(self) -> Query:
        self._expect("SELECT")
        self._columns()
        self._expect("FROM")
        self._source()
        while self._word("LEFT", "INNER", "JOIN"):
            self._join()
        if self._word("WHERE"):
            self._query.where = self._or()
        if self._word("ORDER"):
            self._expect("BY")
            self._ordering()
        if self._at < len(self._tokens):
            raise self._wrong("the end")
        return self._query

    def _columns(self) -> None:
        if self._symbol("*"):
            return
        while True:
            column = self._column()
            shown = self._name() if self._word("AS") else column.name
            self._query.columns.append((column, shown))
            if not self._symbol(","):
                return

    def _source(self) -> None:
        name = self._name()
        self._word("AS")
        kind, text = self._peek()
        taken = kind == "name" and text.upper() not in ("JOIN", "LEFT", "INNER", "WHERE", "ORDER", "ON")
        alias = self._name() if taken else name
        self._query.sources[alias] = name

    def _join(self) -> None:
        if self._tokens[self._at - 1][1].upper() != "JOIN":
            self._word("OUTER")
            self._expect("JOIN")
        self._query.operators.add("JOIN")
        self._source()
        self._expect("ON")
        self._column()
        if not self._symbol("="):
            raise self._wrong("=")
        self._column()

    def _ordering(self) -> None:
        while True:
            column = self._column()
            descending = bool(self._word("DESC"))
            if not descending:
                self._word("ASC")
            self._query.order.append((column, descending))
            if not self._symbol(","):
                return

    def _or(self) -> Condition:
        found = [self._and()]
        while self._word("OR"):
            self._query.operators.add("OR")
            found.append(self._and())
        return found[0] if len(found) == 1 else Condition("or", inner=tuple(found))

    def _and(self) -> Condition:
        found = [self._not()]
        while self._word("AND"):
            found.append(self._not())
        return found[0] if len(found) == 1 else Condition("and", inner=tuple(found))

    def _not(self) -> Condition:
        if self._word("NOT"):
            return Condition("not", inner=(self._not(),))
        if self._symbol("("):
            inner = self._or()
            self._close()
            return inner
        return self._predicate()

    def _predicate(self) -> Condition:
        kind, text = self._peek()
        if kind in ("string", "number"):
            return self._quantified()
        if text.upper() in ("IN_FOLDER", "IN_TREE"):
            return self._folder_test(self._name().upper())
        if text.upper() == "ANY":
            self._at += 1
            return self._in(self._column(), any_of=True)
        column = self._column()
        symbol = self._comparison()
        if symbol:
            return Condition(symbol, column, (self._literal(),))
        if self._word("IS"):
            negated = bool(self._word("NOT"))
            self._expect("NULL")
            return Condition("null", column, negated=negated)
        return self._in(column)

    def _quantified(self) -> Condition:
        literal = self._literal()
        if not self._symbol("="):
            raise self._wrong("=")
        self._expect("ANY")
        return Condition("=", self._column(), (literal,), any=True)

    def _folder_test(self, operator: str) -> Condition:
        self._query.operators.add(operator)
        if not self._symbol("("):
            raise self._wrong("(")
        if self._peek()[0] == "name":
            self._name()
            self._symbol(",")
        folder = self._literal()
        self._close()
        return Condition(operator.lower(), literals=(folder,))

    def _in(self, column: Column, *, any_of: bool = False) -> Condition:
        negated = bool(self._word("NOT"))
        if self._word("LIKE"):
            return Condition("like", column, (self._literal(),), negated=negated, any=any_of)
        self._expect("IN")
        self._query.operators.add("IN")
        if not self._symbol("("):
            raise self._wrong("(")
        found = [self._literal()]
        while self._symbol(","):
            found.append(self._literal())
        self._close()
        return Condition("in", column, tuple(found), negated=negated, any=any_of)

    def _literal(self) -> Literal:
        kind, text = self._peek()
        self._at += 1
        if kind == "string":
            return _unquoted(text)
        if kind == "number":
            return Decimal(text) if "." in text else int(text)
        if text.upper() in ("TRUE", "FALSE"):
            return text.upper() == "TRUE"
        if text.upper() == "TIMESTAMP":
            return self._moment()
        self._at -= 1
        raise self._wrong("a literal")

    def _moment(self) -> datetime:
        text = self._literal()
        try:
            moment = datetime.fromisoformat(str(text))
        except ValueError:
            raise invalid(f"{text} is not a timestamp.") from None
        if moment.tzinfo is None:
            raise invalid(f"{text} has no time zone.")
        return moment

    def _column(self) -> Column:
        alias, dot, name = self._name().partition(".")
        return Column(alias, name) if dot else Column("", alias)

    def _comparison(self) -> str:
        kind, text = self._peek()
        if kind != "symbol" or text not in _COMPARISONS:
            return ""
        self._at += 1
        return text

    def _close(self) -> None:
        if not self._symbol(")"):
            raise self._wrong(")")

    def _name(self) -> str:
        kind, text = self._peek()
        if kind != "name":
            raise self._wrong("a name")
        self._at += 1
        return text

    def _word(self, *words: str) -> str:
        kind, text = self._peek()
        if kind != "name" or text.upper() not in words:
            return ""
        self._at += 1
        return text

    def _symbol(self, symbol: str) -> bool:
        if self._peek() != ("symbol", symbol):
            return False
        self._at += 1
        return True

    def _expect(self, word: str) -> None:
        if not self._word(word):
            raise self._wrong(word)

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _wrong(self, expected: str) -> CmisError:
        text = self._peek()[1]
        return invalid(f"line 1: mismatched input '{text}' expecting {expected}")


def _tokens(statement: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at, end = 0, len(statement.rstrip())
    while at < end:
        match = _TOKEN.match(statement, at)
        if match is None or match.lastgroup is None:
            raise invalid(f"line 1:{at} no viable alternative")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


def _unquoted(text: str) -> str:
    r"""A quote is written `\'` (CMIS 1.1, 2.1.14.2.1), or doubled as in SQL-92."""
    return re.sub(r"\\(.)|''", lambda match: match[1] or "'", text[1:-1])
