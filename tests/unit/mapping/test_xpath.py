"""XPath 1.0 over the structured file, and nothing beyond it."""

from __future__ import annotations

import pytest

from caseway.core.errors import Invalid, TooLarge
from caseway.mapping import xpath

NS = {"f": "urn:f"}
SMALL = b'<a xmlns="urn:f" n="7"><b>one</b><b>two <i>three</i></b><c>12</c></a>'


def select(expression: str, xml: bytes = SMALL) -> list[object]:
    root, nodes = xpath.parse(xml)
    return list(xpath.evaluate(expression, NS, root, nodes))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("string(/f:a/f:c)", ["12"]),
        ("/f:a/f:b", ["one", "two three"]),
        ("/f:a/@n", ["7"]),
        ("/f:a/f:b[1]/text()", ["one"]),
        ("count(/f:a/f:b)", [2]),
        ("number(/f:a/f:c) div 5", ["2.4"]),
        ("boolean(/f:a/f:x)", [False]),
        ("/f:a/f:x", []),
        ("number('x')", []),
        ("1 div 0", []),
    ],
)
def test_a_value_or_the_text_of_each_node(expression: str, expected: list[object]) -> None:
    assert expected == select(expression)


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("/f:a[", "mapping.xpath_invalid"),
        ("$x", "mapping.xpath_invalid"),
        ("/" + "a" * 1001, "mapping.xpath_invalid"),
        ("document('/etc/passwd')", "mapping.xpath_function"),
        ("re:test(., 'x')", "mapping.xpath_function"),
        ("starts_with(., 'x')", "mapping.xpath_function"),
        ("/g:a", "mapping.prefix_unknown"),
        ("count('text')", "mapping.xpath_invalid"),
    ],
)
def test_what_is_not_xpath_of_the_mapping_is_refused(expression: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        select(expression)

    assert code == refused.value.code


def test_a_close_prefix_is_suggested() -> None:
    with pytest.raises(Invalid) as refused:
        xpath.compile_xpath("/form:a", {"fom": "urn:f"})

    assert "Did you mean fom?" == refused.value.remedy


def test_a_prefix_in_a_text_is_only_text() -> None:
    assert ["g:x"] == select("string('g:x')")


@pytest.mark.parametrize(
    ("expression", "exponent"),
    [
        ("/f:a/f:b", 1),
        ("//f:b", 1),
        ("//f:a//f:b//f:c", 2),
        ("/f:a[f:b = 'x']", 1),
        ("//f:a[//f:b = .]", 2),
        ("//*[//*[//*]]", 3),
        ("//*[/f:a/f:b]", 2),
        ("/f:a[preceding::f:b]", 1),
        ("'//[//]'", 1),
    ],
)
def test_the_cost_grows_with_steps_over_the_whole_tree(expression: str, exponent: int) -> None:
    assert exponent == xpath.cost_exponent(expression)


def test_what_would_take_too_long_is_refused_before_it_starts() -> None:
    large = b"<a>" + b"<b/>" * 5000 + b"</a>"

    with pytest.raises(Invalid) as refused:
        select("//*[//*[//*]]", large)

    assert "mapping.xpath_too_costly" == refused.value.code


def test_a_thousand_nodes_are_the_limit() -> None:
    with pytest.raises(Invalid) as refused:
        select("/a/b", b"<a>" + b"<b/>" * 1001 + b"</a>")

    assert "mapping.xpath_too_many" == refused.value.code


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (b"<a>", "xml.malformed"),
        (b"", "xml.malformed"),
        (b"<a>\x00</a>", "xml.malformed"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "xml.doctype"),
        (b"<a>" * 230 + b"</a>" * 230, "xml.too_deep"),
    ],
)
def test_broken_xml_and_any_doctype_are_refused(xml: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        xpath.parse(xml)

    assert code == refused.value.code


def test_a_structured_file_has_a_limit() -> None:
    with pytest.raises(TooLarge):
        xpath.parse(b"<a>" + b"x" * xpath.MAX_XML_BYTES + b"</a>")
