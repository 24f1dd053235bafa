"""The editor's form holds every mapping without loss."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from caseway.mapping.facts import Facts
from caseway.portal.setup.document_form import DocumentForm, from_post, to_document, to_form
from caseway.portal.setup.source_tree import structured_tree

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=12)
LINES = WORDS.filter(lambda text: text == text.strip())
VALUES = st.recursive(
    st.one_of(
        st.builds(lambda one: {"property": one}, st.sampled_from(["submission.id", "antrag.name"])),
        st.builds(lambda one: {"const": one}, st.one_of(WORDS, st.booleans(), st.integers(0, 9))),
        st.builds(lambda one: {"xpath": one}, st.sampled_from(["/a/b", "string(//f:x)"])),
        st.builds(lambda one: {"template": one}, LINES),
    ),
    lambda inner: st.one_of(
        st.builds(lambda one: {"first": one}, st.lists(inner, min_size=2, max_size=3)),
        st.builds(
            lambda one, by: {"concat": one, "separator": by}, st.lists(inner, min_size=1, max_size=3), WORDS
        ),
    ),
    max_leaves=4,
)
RULES = st.fixed_dictionaries(
    {"value": VALUES},
    optional={
        "label": WORDS,
        "required": st.booleans(),
        "multi": st.sampled_from([True, False, None]),
        "default": st.one_of(WORDS, st.integers(0, 9)),
        "lookup": LINES,
        "convert": st.fixed_dictionaries(
            {},
            optional={
                "dateFormat": LINES,
                "trim": st.booleans(),
                "truncate": st.integers(1, 99),
                "trueValues": st.lists(WORDS, min_size=1, max_size=3),
                "split": WORDS,
            },
        ),
        "when": st.one_of(
            st.builds(lambda one: {"present": one}, VALUES),
            st.builds(lambda one, it: {"equals": [one, it]}, VALUES, st.one_of(WORDS, st.integers(0, 9))),
            st.builds(lambda one: {"not": {"present": one}}, VALUES),
        ),
    },
)
TARGETS = st.fixed_dictionaries(
    {},
    optional={
        "type": LINES,
        "parent": st.sampled_from([{"path": "/a"}, {"target": "case"}, {"id": "1"}]),
        "name": VALUES,
        "versioning": st.sampled_from(["none", "major"]),
        "properties": st.dictionaries(LINES, st.one_of(st.none(), RULES), min_size=1, max_size=3),
    },
)
DOCUMENTS = st.fixed_dictionaries(
    {
        "apiVersion": st.just("caseway/mapping/v1"),
        "kind": st.just("DmsMapping"),
        "id": st.just("hund"),
        "version": st.just(1),
    },
    optional={
        "title": st.one_of(st.none(), WORDS),
        "abstract": st.sampled_from([True, False, None]),
        "namespaces": st.just({"f": "urn:x", "g": "urn:y=z"}),
        "lookups": st.dictionaries(LINES, st.dictionaries(LINES, st.integers(0, 9), max_size=2), max_size=2),
        "idempotency": st.just({"keyProperty": "355", "settleSeconds": 3}),
        "targets": st.dictionaries(
            st.sampled_from(["case", "application", "message"]), st.one_of(st.none(), TARGETS), min_size=1
        ),
    },
)


@settings(max_examples=120, deadline=None)
@given(document=DOCUMENTS)
def test_a_mapping_shown_in_the_form_and_sent_back_is_the_same(document: dict[str, Any]) -> None:
    form = to_form(document)
    sent = from_post(form.identity, as_sent(form))

    assert document == to_document(sent)


def as_sent(form: DocumentForm) -> dict[str, str]:
    """What a browser sends for a form that nobody touched: line breaks as CR LF (HTML, form submission)."""
    sent = {f"d.{name}": value for name, value in form.fields.items()}
    for target in form.targets:
        sent[f"t.{target.name}.rows"] = str(len(target.rows))
        sent |= {f"t.{target.name}.{name}": value for name, value in target.fields.items()}
        for number, row in enumerate(target.rows):
            sent |= {f"r.{target.name}.{number}.{name}": value for name, value in row.fields.items()}
    return {name: value.replace("\n", "\r\n") for name, value in sent.items()}


def test_the_tree_writes_expressions_that_find_their_leaf() -> None:
    xml = b'<a xmlns="urn:x" xmlns:y="urn:y"><b art="1">eins</b><y:c>zwei</y:c><y:c>drei</y:c></a>'
    tree = structured_tree(Facts({}, xml=xml), {"x": "urn:x"})
    assert tree is not None

    assert [
        "xpath:string(/x:a/x:b/@art)",
        "xpath:string(/x:a/x:b)",
        "xpath:{n1=urn:y}/x:a/n1:c",
    ] == [tree.children[0].children[0].use, tree.children[0].use, tree.children[1].use]


def test_the_tree_of_json_writes_jsonpath_with_quotes_where_needed() -> None:
    tree = structured_tree(Facts({}, json={"hund": {"r'asse": "x"}, "kinder": [{"name": "A"}]}), {})
    assert tree is not None

    assert "jsonpath:$.hund['r\\'asse']" == tree.children[0].children[0].use
    assert "jsonpath:$.kinder[*].name" == tree.children[1].children[0].children[0].use
