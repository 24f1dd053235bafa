"""The structured file of a submission as a tree in which each leaf knows the expression that finds it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from caseway.mapping import xpath
from caseway.mapping.facts import Facts
from caseway.mapping.vocabulary import TERMS, Term

MAX_NODES = 600
MAX_SHOWN = 80  # characters of a value


@dataclass
class Node:
    """One element, attribute or JSON member. `use` is the command of its button."""

    name: str
    use: str = ""
    value: str = field(default="", repr=False)
    many: bool = False
    children: list[Node] = field(default_factory=list)


@dataclass(frozen=True)
class TermLine:
    """One name of the vocabulary with what the sample says."""

    term: Term
    value: str = field(repr=False)

    @property
    def use(self) -> str:
        return f"property:{self.term.name}"


def vocabulary_lines(values: Mapping[str, Any]) -> list[TermLine]:
    """Return the vocabulary with the values of a sample (empty where it says nothing)."""
    return [TermLine(term, _short(values.get(term.name))) for term in TERMS]


def structured_tree(facts: Facts, namespaces: Mapping[str, str]) -> Node | None:
    """Return the tree of the structured file, XML or JSON, or None where there is none.

    At most `MAX_NODES` nodes. Raises `Invalid` for XML that the hardened parser refuses.
    """
    if facts.xml is not None:
        root, _ = xpath.parse(facts.xml)
        return _XmlTree(namespaces).tree(root)
    if facts.json is not None:
        return _json_node("$", "$", facts.json, iter(range(MAX_NODES)))
    return None


class _XmlTree:
    """Walks an XML document and writes XPath 1.0 with the prefixes of the mapping, or new ones."""

    def __init__(self, namespaces: Mapping[str, str]) -> None:
        self._prefixes = {uri: prefix for prefix, uri in namespaces.items()}
        self._new: dict[str, str] = {}
        self._left = MAX_NODES

    def tree(self, root: Any) -> Node:
        return self._element(root, "/" + self._name(root), many=False)

    def _element(self, element: Any, path: str, many: bool) -> Node:
        self._left -= 1
        inner = [child for child in element if isinstance(child.tag, str)]
        node = Node(etree.QName(element).localname, many=many)
        for name, value in element.attrib.items():
            local = f"{path}/@{self._tag(name)}"
            node.children.append(
                Node("@" + etree.QName(name).localname, self._use(local, many), _short(value), many)
            )
        counted = Counter(child.tag for child in inner)
        seen: set[str] = set()
        for child in inner:
            if child.tag in seen or self._left <= 0:
                continue
            seen.add(child.tag)
            repeated = many or counted[child.tag] > 1
            node.children.append(self._element(child, f"{path}/{self._name(child)}", repeated))
        if not inner:
            node.use, node.value = self._use(path, many), _short(element.text)
        return node

    def _use(self, path: str, many: bool) -> str:
        declared = "".join(f"{{{prefix}={uri}}}" for uri, prefix in self._new.items() if f"{prefix}:" in path)
        return f"xpath:{declared}{path if many else f'string({path})'}"

    def _name(self, element: Any) -> str:
        return self._tag(element.tag)

    def _tag(self, tag: str) -> str:
        name = etree.QName(tag)
        if not name.namespace:
            return name.localname
        return f"{self._prefix(name.namespace)}:{name.localname}"

    def _prefix(self, uri: str) -> str:
        if uri not in self._prefixes:
            number = 1 + len(self._new)
            while f"n{number}" in self._prefixes.values():
                number += 1
            self._prefixes[uri] = self._new[uri] = f"n{number}"
        return self._prefixes[uri]


def _json_node(name: str, path: str, value: Any, left: Iterator[int]) -> Node:
    many = "[*]" in path
    node = Node(name, many=many)
    if isinstance(value, dict):
        pairs = [(key, f"{path}{_member(key)}", inner) for key, inner in value.items()]
    elif isinstance(value, list) and value:
        pairs = [("[…]", f"{path}[*]", value[0])]
    else:
        return Node(name, f"jsonpath:{path}", _short(value), many)
    for key, place, inner in pairs:
        if next(left, None) is None:
            break
        node.children.append(_json_node(key, place, inner, left))
    return node


def _member(key: str) -> str:
    """Return the RFC 9535 selector of a member: shorthand where the name allows it (section 2.5.1.1)."""
    if key.isascii() and key.isidentifier():
        return f".{key}"
    escaped = key.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{escaped}']"


def _short(value: Any) -> str:
    text = "" if value is None else " ".join(str(value).split())
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"
