"""Organisations, and the people in them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from caseway.access import people
from caseway.access.actor import Actor
from caseway.access.models import AuditEntry, Membership, Organisation, Role, User
from caseway.access.people import (
    create_organisation,
    deactivate_user,
    invite_user,
    members,
    renew_invitation,
    set_role,
)
from caseway.access.scope import scope
from caseway.core.errors import Conflict, Invalid, NotFound, NotPermitted
from tests.access.conftest import PASSWORD, actor, person, sign_in


def actions(organisation: Organisation) -> list[str]:
    with scope(organisation.id):
        rows = AuditEntry.objects.exclude(subject_type="user", action__startswith="session.")
        return list(rows.order_by("number").values_list("action", flat=True))


def test_an_organisation_is_made_once(db: None) -> None:
    made = create_organisation("musterstadt", "Musterstadt")

    assert ["organisation.created"] == actions(made)
    with pytest.raises(Conflict):
        create_organisation("musterstadt", "Musterstadt")


@pytest.mark.parametrize(("slug", "name"), [("Muster Stadt", "M"), ("", "M"), ("musterstadt", " ")])
def test_an_organisation_needs_a_short_name_and_a_name(db: None, slug: str, name: str) -> None:
    with pytest.raises(Invalid):
        create_organisation(slug, name)


def test_who_is_invited_chooses_a_password_once_and_signs_in(
    browser: Client, admin: Actor, organisation: Organisation
) -> None:
    invitation = invite_user(admin, "Erika@example.org", "Erika Mustermann", Role.CASEWORKER)
    form_at = browser.get(urlsplit(invitation.url).path)["Location"]
    chosen = browser.post(form_at, {"new_password1": PASSWORD, "new_password2": PASSWORD})

    assert (302, "/sign-in/") == (chosen.status_code, chosen["Location"])
    sign_in(browser, invitation.membership.user)
    assert (
        b"has been used" in Client(headers={"host": "127.0.0.1"}).get(urlsplit(invitation.url).path).content
    )
    assert ["user.invited"] == actions(organisation)


def test_a_weak_password_is_not_taken(browser: Client, admin: Actor) -> None:
    invitation = invite_user(admin, "erika@example.org", "Erika Mustermann", Role.CASEWORKER)
    form_at = browser.get(urlsplit(invitation.url).path)["Location"]
    response = browser.post(form_at, {"new_password1": "short", "new_password2": "short"})

    assert b'aria-invalid="true"' in response.content
    assert not User.objects.get(email="erika@example.org").has_usable_password()


def test_nobody_gets_an_address_to_set_the_password_of_an_account_that_is_there(
    admin: Actor, other_organisation: Organisation
) -> None:
    elsewhere = User.objects.create_user("else@example.org")
    Membership.objects.create(user=elsewhere, organisation=other_organisation, role=Role.ADMINISTRATOR)

    assert "" == invite_user(admin, "else@example.org", "", Role.AUDITOR).url
    with pytest.raises(Conflict):
        renew_invitation(admin, elsewhere.id)


def test_an_invitation_can_be_renewed_until_it_is_used(admin: Actor, erika: User) -> None:
    invited = invite_user(admin, "new@example.org", "", Role.AUDITOR).membership.user

    assert "/sign-in/welcome/" in renew_invitation(admin, invited.id).url
    with pytest.raises(Conflict):
        renew_invitation(admin, erika.id)


@pytest.mark.parametrize(("email", "role"), [("no address", Role.AUDITOR), ("a@example.org", "king")])
def test_a_wrong_address_or_role_is_refused(admin: Actor, email: str, role: str) -> None:
    with pytest.raises(Invalid):
        invite_user(admin, email, "", role)


def test_who_is_in_already_is_not_invited_again(admin: Actor, erika: User) -> None:
    with pytest.raises(Conflict):
        invite_user(admin, erika.email, "", Role.AUDITOR)


def test_a_role_can_be_changed(admin: Actor, erika: User, organisation: Organisation) -> None:
    set_role(admin, erika.id, Role.AUDITOR)

    assert {"auditor", "administrator"} == {row.role for row in members(admin)}
    assert ["user.role_set"] == actions(organisation)


@pytest.mark.parametrize("change", [deactivate_user, lambda who, user: set_role(who, user, Role.AUDITOR)])
def test_the_last_administrator_stays(admin: Actor, change: Any, organisation: Organisation) -> None:
    (own,) = [row.user for row in members(admin)]
    with pytest.raises(Conflict, match="at least one administrator"):
        change(admin, own.id)
    second = person(organisation, "second@example.org", Role.ADMINISTRATOR)
    change(actor(second, organisation), own.id)

    assert 1 == Membership.objects.filter(role=Role.ADMINISTRATOR).count()


def test_who_is_let_go_is_out_at_once(
    browser: Client, admin: Actor, erika: User, organisation: Organisation
) -> None:
    sign_in(browser, erika)
    deactivate_user(admin, erika.id)

    assert 200 == browser.get("/sign-in/").status_code  # the form: nobody is signed in any more
    assert ["user.deactivated"] == actions(organisation)
    assert not User.objects.get(pk=erika.pk).is_active


def test_who_is_let_go_here_stays_in_elsewhere(
    admin: Actor, erika: User, other_organisation: Organisation
) -> None:
    Membership.objects.create(user=erika, organisation=other_organisation, role=Role.AUDITOR)
    deactivate_user(admin, erika.id)

    assert User.objects.get(pk=erika.pk).is_active
    assert ["musterdorf"] == [row.organisation.slug for row in erika.memberships.all()]


def test_nobody_reaches_people_of_another_organisation(
    admin: Actor, other_organisation: Organisation
) -> None:
    stranger = person(other_organisation, "else@example.org", Role.CASEWORKER)

    for change in (
        lambda: deactivate_user(admin, stranger.id),
        lambda: set_role(admin, stranger.id, "auditor"),
    ):
        with pytest.raises(NotFound):
            change()
    assert "else@example.org" not in [row.user.email for row in members(admin)]


@pytest.mark.parametrize("role", [Role.FUNCTIONAL_ADMINISTRATOR, Role.CASEWORKER, Role.AUDITOR])
def test_only_an_administrator_may(organisation: Organisation, role: Role, erika: User) -> None:
    other = actor(person(organisation, "other@example.org", role), organisation)
    for use in (
        lambda: invite_user(other, "x@example.org", "", "auditor"),
        lambda: people.set_role(other, erika.id, "auditor"),
        lambda: deactivate_user(other, erika.id),
        lambda: renew_invitation(other, erika.id),
        lambda: members(other),
    ):
        with pytest.raises(NotPermitted):
            use()
