"""Reading a page as a browser does: what its form would send."""

from __future__ import annotations

from typing import Any

from lxml import html


def hidden(page: Any, name: str) -> str:
    """Return the value of a hidden input."""
    found = html.fromstring(page.content.decode()).xpath(
        "//input[@type='hidden' and @name=$name]/@value", name=name
    )
    return str(found[-1])


def form_of(page: Any, form_id: str = "editor") -> dict[str, str]:
    """Return what the form of a page would send, without its buttons."""
    tree = html.fromstring(page.content.decode())
    return {str(name): str(value) for name, value in tree.get_element_by_id(form_id).form_values()}


def text(page: Any) -> str:
    """Return what a page says in its main part, with single blanks."""
    return " ".join(html.fromstring(page.content.decode()).xpath("string(//main)").split())
