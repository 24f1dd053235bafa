"""A signed-in request runs for one organisation, in the person's language."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.test import Client, override_settings
from django.urls import include, path
from django.utils import translation

from caseway.access.actor import Actor
from caseway.access.addresses import client_address
from caseway.access.middleware import NotSignedIn, actor_of_request
from caseway.access.models import Membership, Organisation, Role, User
from caseway.access.scope import current_organisation, scope
from caseway.cases.models import Case
from caseway.configuration import configuration
from tests.access.conftest import person, sign_in

seen: dict[str, Any] = {}


def look(request: HttpRequest) -> HttpResponse:
    """Every case there is: no filter, as somebody might forget it."""
    seen.update(
        actor=getattr(request, "actor", "missing"),
        membership=getattr(request, "membership", "missing"),
        language=translation.get_language(),
        titles=sorted(Case.objects.values_list("title", flat=True)),
    )
    return HttpResponse(status=204)


def look_outside(request: HttpRequest) -> HttpResponse:
    try:
        current_organisation()
    except LookupError:
        return look(request)
    return HttpResponse(status=500)


look_outside.outside_scope = True  # type: ignore[attr-defined]


def late(request: HttpRequest) -> HttpResponse:
    template = engines["django"].from_string("{% for case in cases %}{{ case.title }}{% endfor %}")
    return TemplateResponse(request, template, {"cases": Case.objects.all()})


def fail(request: HttpRequest) -> HttpResponse:
    Case.objects.create(organisation_id=current_organisation(), reference="F-1", title="half")
    raise ValueError("a fault in a view")


urlpatterns = [
    path("look/", look),
    path("look-outside/", look_outside),
    path("late/", late),
    path("fail/", fail),
    path("", include("caseway.access.signin.urls")),
    path("", include(([path("", look, name="overview"), path("l/", look, name="language")], "portal"))),
]


@pytest.fixture(autouse=True)
def _small_site(organisation: Organisation, other_organisation: Organisation) -> Any:
    seen.clear()
    for where, title in ((organisation, "ours"), (other_organisation, "theirs")):
        with scope(where.id):
            Case.objects.create(organisation=where, reference=title, title=title)
    with override_settings(ROOT_URLCONF=__name__):
        yield


def test_a_forgotten_filter_shows_ones_own_organisation_only(browser: Client, erika: User) -> None:
    sign_in(browser, erika)
    browser.get("/look/")

    assert ["ours"] == seen["titles"]


def test_what_a_template_reads_late_is_read_in_the_scope(browser: Client, erika: User) -> None:
    sign_in(browser, erika)

    assert b"ours" == browser.get("/late/").content


def test_who_is_not_signed_in_sees_nothing_and_is_nobody(browser: Client) -> None:
    browser.get("/look/")

    assert (None, None, []) == (seen["actor"], seen["membership"], seen["titles"])


def test_who_belongs_to_no_organisation_sees_nothing(
    browser: Client, erika: User, organisation: Organisation
) -> None:
    sign_in(browser, erika)
    Membership.objects.all().delete()
    browser.get("/look/")

    assert (None, []) == (seen["actor"], seen["titles"])


def test_the_request_knows_who_acts(browser: Client, erika: User, organisation: Organisation) -> None:
    sign_in(browser, erika)
    browser.get("/look/")

    assert (
        Actor("user", str(erika.id), "Erika Mustermann", organisation.id, role="caseworker") == seen["actor"]
    )


def test_a_view_outside_opens_its_scope_itself(browser: Client, erika: User) -> None:
    sign_in(browser, erika)

    assert 204 == browser.get("/look-outside/").status_code
    assert ([], str(erika.id)) == (seen["titles"], seen["actor"].id)


def test_a_fault_leaves_nothing_half_written(
    browser: Client, erika: User, organisation: Organisation
) -> None:
    sign_in(browser, erika)
    with pytest.raises(ValueError, match="a fault in a view"):
        browser.get("/fail/")

    with scope(organisation.id):
        assert not Case.objects.filter(title="half").exists()


def test_the_organisation_chosen_holds_while_one_belongs_to_it(
    browser: Client, erika: User, other_organisation: Organisation
) -> None:
    second = Membership.objects.create(user=erika, organisation=other_organisation, role=Role.AUDITOR)
    sign_in(browser, erika)
    session = browser.session
    session["organisation"] = str(other_organisation.id)
    session.save()

    browser.get("/look/")
    assert (["theirs"], "auditor") == (seen["titles"], seen["actor"].role)
    second.delete()
    browser.get("/look/")
    assert ["ours"] == seen["titles"]


def test_an_organisation_one_does_not_belong_to_cannot_be_chosen(
    browser: Client, erika: User, other_organisation: Organisation
) -> None:
    sign_in(browser, erika)
    session = browser.session
    session["organisation"] = str(other_organisation.id)
    session.save()
    browser.get("/look/")

    assert ["ours"] == seen["titles"]


@pytest.mark.parametrize(("own", "spoken"), [("de", "de"), ("en", "en"), ("", "de"), ("xx", "de")])
def test_ones_own_language_wins_over_the_browser_s(
    browser: Client, erika: User, own: str, spoken: str
) -> None:
    User.objects.filter(pk=erika.pk).update(language=own)
    sign_in(browser, erika)
    browser.get("/look/", headers={"accept-language": "de"})

    assert spoken == seen["language"]


def test_who_is_not_active_any_more_is_nobody(browser: Client, erika: User) -> None:
    sign_in(browser, erika)
    User.objects.filter(pk=erika.pk).update(is_active=False)
    browser.get("/look/")

    assert seen["actor"] is None


def test_a_use_case_asked_by_nobody_is_refused() -> None:
    with pytest.raises(NotSignedIn) as refusal:
        actor_of_request(HttpRequest())

    assert 401 == refusal.value.status


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "address"),
    [
        ("", "192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("192.0.2.9", "192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("192.0.2.1", "192.0.2.1", "203.0.113.5, 198.51.100.7", "198.51.100.7"),
        ("192.0.2.1", "192.0.2.1", "", "192.0.2.1"),
    ],
)
def test_only_the_proxy_s_own_word_is_believed(
    monkeypatch: pytest.MonkeyPatch, trusted: str, peer: str, forwarded: str, address: str
) -> None:
    configured = configuration().model_copy(update={"trusted_proxy": trusted})
    monkeypatch.setattr("caseway.access.addresses.configuration", lambda: configured)
    request = HttpRequest()
    request.META = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded}

    assert address == client_address(request)


def test_two_people_of_two_organisations_see_only_their_own(
    browser: Client, erika: User, other_organisation: Organisation
) -> None:
    stranger = person(other_organisation, "else@example.org", Role.ADMINISTRATOR)
    sign_in(browser, erika)
    browser.get("/look/")
    mine = seen["titles"]
    browser.post("/sign-out/")
    sign_in(browser, stranger)
    browser.get("/look/")

    assert (["ours"], ["theirs"]) == (mine, seen["titles"])
