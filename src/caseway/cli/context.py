"""Who acts at the shell: Caseway itself, for an organisation that is named or the only one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from caseway.core.errors import Invalid, NotFound

if TYPE_CHECKING:
    from caseway.access.actor import Actor
    from caseway.access.models import Organisation

OrganisationOption = Annotated[
    str, typer.Option("--organisation", "-o", help="Slug of the organisation; not needed where there is one.")
]


def set_up() -> None:
    """Make the models usable in this process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "caseway.settings")
    import django

    django.setup()


def organisation(slug: str) -> Organisation:
    """Return the named organisation, or the only one. Raises `NotFound`, `Invalid`."""
    from caseway.access.models import Organisation

    if slug:
        found = Organisation.objects.filter(slug=slug).first()
        if found is None:
            raise NotFound(f"There is no organisation “{slug}”.", code="organisation.not_found")
        return found
    some = list(Organisation.objects.order_by("slug")[:2])
    if len(some) != 1:
        raise Invalid(
            "There is no organisation yet." if not some else "There are several organisations.",
            code="organisation.not_named",
            remedy="Create one with `caseway organisation create`." if not some else "Name one with -o.",
        )
    return some[0]


def operator(slug: str) -> Actor:
    """Return who acts at this shell."""
    from caseway.access.actor import system

    return system(organisation(slug).id)
