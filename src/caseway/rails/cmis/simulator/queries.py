"""query (CMIS 1.1, 2.2.6.1): a statement run over the objects."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from caseway.core.clock import now
from caseway.rails.cmis.simulator.call import Call
from caseway.rails.cmis.simulator.definitions import PropertyDefinition, TypeDefinition
from caseway.rails.cmis.simulator.errors import CmisError, invalid
from caseway.rails.cmis.simulator.objects import CmisObject
from caseway.rails.cmis.simulator.querytext import Column, Condition, Query, parse_query
from caseway.rails.cmis.simulator.render import View, properties_json, values_of
from caseway.rails.cmis.simulator.store import ROOT_ID, Store
from caseway.rails.cmis.simulator.values import Value
from caseway.testing.simulator import Response, json_response

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
Row = tuple[CmisObject, dict[str, Value]]


def query(call: Call) -> Response:
    """Run `statement` (POST) or `q` (GET), paged by maxItems and skipCount."""
    parsed = parse_query(call.form.get("statement") or call.form.get("q"))
    if parsed.operators & {"IN", "OR", "IN_FOLDER", "IN_TREE"} and call.fault("no_in_or"):
        raise invalid("This repository supports neither IN, OR nor IN_FOLDER.")
    plan = _Plan(call, parsed)
    rows = list(plan.rows())
    skip, most = call.number("skipCount", 0), call.number("maxItems", 100)
    view = View.of(call.form.controls)
    results = [properties_json(plan.cells(row), view) for row in rows[skip : skip + most]]
    return json_response({"results": results, "hasMoreItems": len(rows) > skip + most, "numItems": len(rows)})


class _Plan:
    """A query bound to types: which definition a column means, which objects can be hits."""

    def __init__(self, call: Call, parsed: Query) -> None:
        self._call = call
        self._store: Store = call.store
        self._query = parsed
        self._types = {alias: self._type(name) for alias, name in parsed.sources.items()}
        primary = [kind for kind in self._types.values() if kind.base_id != "cmis:secondary"]
        self._secondary = [kind.id for kind in self._types.values() if kind.base_id == "cmis:secondary"]
        self._primary = primary[0] if primary else None
        self._selected = [(self._definition(column), shown) for column, shown in parsed.columns]
        if len(primary) != 1:
            raise invalid("A query needs exactly one type that is not a secondary type.")
        if any(not d.id.startswith("cmis:") for d, _ in self._selected) and call.fault("no_custom_columns"):
            raise CmisError("runtime", "Cannot select this column.")
        if parsed.where:
            self._check(parsed.where)

    def rows(self) -> Iterator[Row]:
        """Return the hits, ordered where the statement says so."""
        found = ((item, values_of(item, self._store)) for item in self._candidates() if self._visible(item))
        where = self._query.where
        rows = [row for row in found if where is None or self._holds(where, row)]
        for column, descending in reversed(self._query.order):
            property_id = self._definition(column).id
            rows.sort(
                key=lambda row: (row[1].get(property_id) is not None, row[1].get(property_id)),
                reverse=descending,
            )
        return iter(rows)

    def cells(self, row: Row) -> Iterator[tuple[PropertyDefinition, str, Value]]:
        """Return the columns of a hit: definition, name in the result, value."""
        if self._selected:
            return ((d, shown, row[1].get(d.id)) for d, shown in self._selected)
        every = {d.id: d for kind in self._types.values() for d in kind.properties.values()}
        return ((d, d.query_name, row[1].get(d.id)) for d in every.values())

    def _type(self, name: str) -> TypeDefinition:
        kind = self._call.types.by_query_name(name)
        if kind is None or not kind.queryable:
            raise invalid(f"{name} is not a type that can be queried.")
        return kind

    def _definition(self, column: Column) -> PropertyDefinition:
        kinds = [self._types[column.alias]] if column.alias in self._types else list(self._types.values())
        if column.alias and column.alias not in self._types:
            raise invalid(f"{column.alias} is not an alias in FROM.")
        for kind in kinds:
            for definition in kind.properties.values():
                if definition.query_name == column.name:
                    return definition
        raise invalid(f"{column.name} is not a property query name in any of the types in from ...")

    def _check(self, condition: Condition) -> None:
        if condition.column is not None:
            definition = self._definition(condition.column)
            if not definition.queryable:
                raise invalid(f"The property {definition.query_name} cannot be queried.")
            if definition.multi and not condition.any and condition.operator != "null":
                raise invalid(f"{definition.query_name} is multi-valued; write = ANY.")
        for inner in condition.inner:
            self._check(inner)

    def _candidates(self) -> Iterator[CmisObject]:
        """Use the index for one text equality at the top of WHERE; else look at everything."""
        for condition in _conjuncts(self._query.where):
            literal = condition.literals[0] if condition.literals else None
            if condition.operator == "=" and condition.column is not None and isinstance(literal, str):
                property_id = self._definition(condition.column).id
                if property_id == "cmis:name" or not property_id.startswith("cmis:"):
                    return self._store.with_value(property_id, literal)
            if condition.operator == "in_folder":
                return iter(self._store.children(str(literal)))
        return iter(list(self._store.objects.values()))

    def _visible(self, item: CmisObject) -> bool:
        if self._primary is None or not self._call.types.is_a(item.type_id, self._primary.id):
            return False
        if not set(self._secondary) <= set(item.secondary):
            return False
        if not item.latest and not (
            self._call.form.flag("searchAllVersions", False) and not item.working_copy
        ):
            return False
        return not self._lagging(item)

    def _lagging(self, item: CmisObject) -> bool:
        """With `query_lag`, what is younger than so many seconds is not in the index yet."""
        fault = self._call.lag()
        return fault is not None and now() - item.created < timedelta(seconds=fault)

    def _holds(self, condition: Condition, row: Row) -> bool:
        kind = condition.operator
        if kind in ("and", "or", "not"):
            results = (self._holds(inner, row) for inner in condition.inner)
            return all(results) if kind == "and" else any(results) if kind == "or" else not next(results)
        if kind == "in_folder":
            return row[0].parent == condition.literals[0]
        if kind == "in_tree":
            return self._below(row[0], str(condition.literals[0]))
        return self._compares(condition, row)

    def _compares(self, condition: Condition, row: Row) -> bool:
        if condition.column is None:
            return False
        value = row[1].get(self._definition(condition.column).id)
        if condition.operator == "null":
            return (value is None) != condition.negated
        items = value if isinstance(value, list) else [] if value is None else [value]
        return any(_matches(condition, item) for item in items)

    def _below(self, item: CmisObject, folder: str) -> bool:
        step: str | None = item.parent
        while step is not None and step != folder:
            step = None if step == ROOT_ID else self._store.get(step).parent
        return step == folder


def _conjuncts(where: Condition | None) -> Iterator[Condition]:
    if where is None:
        return
    if where.operator == "and":
        for inner in where.inner:
            yield from _conjuncts(inner)
    else:
        yield where


def _matches(condition: Condition, item: Any) -> bool:
    if condition.operator == "in":
        return any(_compare("=", item, literal) for literal in condition.literals) != condition.negated
    if condition.operator == "like":
        return bool(_like(str(condition.literals[0])).fullmatch(str(item))) != condition.negated
    return _compare(condition.operator, item, condition.literals[0])


def _compare(symbol: str, item: Any, literal: Any) -> bool:
    same = isinstance(item, int | Decimal) and isinstance(literal, int | Decimal)
    if not same and type(item) is not type(literal):
        raise invalid(f"{literal!r} does not fit the type of the property.")
    return _COMPARE[symbol](item, literal)


def _like(pattern: str) -> re.Pattern[str]:
    parts = {"%": ".*", "_": "."}
    return re.compile("".join(parts.get(letter, re.escape(letter)) for letter in pattern), re.DOTALL)
