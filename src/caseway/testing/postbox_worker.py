"""A worker of its own that receives from a postbox with one letter: for tests that kill it."""

from __future__ import annotations

from types import MappingProxyType
from unittest.mock import patch


def main() -> None:
    """Ask what waits and collect it, once; say in how many rooms something was left behind."""
    import django

    django.setup()
    from caseway.configuration import configuration
    from caseway.receiving import engine
    from caseway.receiving.collecting import collect_due
    from caseway.receiving.finding import poll_due
    from caseway.testing.postbox import PostboxRail

    postbox = PostboxRail()
    postbox.put("a")
    found = MappingProxyType({"postbox": postbox})
    with (
        patch("caseway.rails.registry.rails", lambda: found),
        patch("caseway.receiving.finding.rails", lambda: found),
        patch.object(engine, "wake", lambda connection_id: None),
    ):
        poll_due()
        collect_due()
        engine.care(0)  # as every minute
    print(len(list((configuration().data / "rooms").iterdir())))  # noqa: T201 - read by the test


if __name__ == "__main__":
    main()
