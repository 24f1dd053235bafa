"""What every page shows around its content: navigation with counts, who is signed in."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the context of the frame."""
    return {"membership": getattr(request, "membership", None)}
