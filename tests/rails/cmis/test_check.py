"""Testing a connection before it is saved, and a mapping before it is published."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from caseway.core.clock import clock
from caseway.core.errors import NotConfigured
from caseway.core.http import Exchange
from caseway.rails.cmis.addresses import at_home
from caseway.rails.cmis.simulator import CmisSimulator
from caseway.rails.contract import Link, Receipt, Report
from caseway.rails.registry import rail
from caseway.testing.pki import issue, make_ca
from caseway.testing.simulator import OAuth2, ServerTls
from tests.rails.cmis.captures import read
from tests.rails.cmis.desk import APPLICATION, Desk, link_to, mapping, occasion


def codes(report: Report, *, ok: bool) -> list[str]:
    return [finding.code for finding in report.findings if finding.ok is ok]


def test_a_good_connection_is_well_in_every_line(dms: CmisSimulator) -> None:
    types = ("DPORT", "DNACHRICHT", "DBEGLEIT")
    with link_to(dms.browser_url, required_types=types, root_path="/Onlineantraege") as link:
        report = rail("cmis").check(link)

    assert report.ok
    expected = {"cmis.reachable", "cmis.authentication", "cmis.repository", "cmis.version", "cmis.root_path"}
    assert expected <= set(codes(report, ok=True))
    assert codes(report, ok=True).count("cmis.type") == 3


def test_a_check_has_no_effect_there(dms: CmisSimulator, link: Link) -> None:
    before = dms.objects()

    rail("cmis").check(link)

    assert before == dms.objects()
    assert {"GET"} == {note.method for note in dms.log.entries()}


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"repository_id": "OTHER"}, "cmis.repository_unknown"),
        ({"required_types": ("NOPE",)}, "cmis.type_missing"),
        ({"root_path": "/nowhere"}, "cmis.root_path"),
    ],
)
def test_what_is_missing_is_named(dms: CmisSimulator, settings: dict[str, Any], code: str) -> None:
    with link_to(dms.browser_url, **settings) as link:
        report = rail("cmis").check(link)

    assert [code] == codes(report, ok=False)


def test_wrong_credentials_are_named_and_the_address_is_cleared(dms: CmisSimulator, link: Link) -> None:
    dms.faults.add("unauthorized")

    report = rail("cmis").check(link)

    assert codes(report, ok=False) == ["cmis.unauthorized"]
    assert "cmis.reachable" in codes(report, ok=True)


def test_an_address_without_cmis_is_named(dms: CmisSimulator) -> None:
    with link_to(f"{dms.url}/nothing/here") as link:
        report = rail("cmis").check(link)

    assert not report.ok


def test_a_closed_port_is_named() -> None:
    with link_to("http://127.0.0.1:9/cmis") as link:
        report = rail("cmis").check(link)

    assert codes(report, ok=False) == ["http.unreachable"]


SECRET = SecretStr("s3cret")


@pytest.mark.parametrize(
    ("auth", "settings"),
    [
        ("basic:hub:s3cret", {"login": "basic", "username": "hub", "password": SECRET}),
        ("bearer:s3cret", {"login": "bearer", "token": SECRET}),
        ("oauth2:hub:s3cret", {"login": "oauth2", "client_id": "hub", "client_secret": SECRET}),
    ],
)
def test_each_login_opens_the_door_and_nothing_else_does(auth: str, settings: dict[str, Any]) -> None:
    with CmisSimulator(auth=auth) as dms:
        token = {"token_url": f"{dms.url}/oauth/token"} if auth.startswith("oauth2") else {}
        with link_to(dms.browser_url, **settings, **token) as link, link_to(dms.browser_url) as without:
            assert rail("cmis").check(link).ok
            assert codes(rail("cmis").check(without), ok=False) == ["cmis.unauthorized"]


def test_a_token_that_ends_during_an_application_is_renewed() -> None:
    auth = OAuth2("hub", "s3cret")
    with CmisSimulator(auth=auth) as dms:
        settings = {"client_id": "hub", "client_secret": SECRET, "token_url": f"{dms.url}/oauth/token"}
        with link_to(dms.browser_url, login="oauth2", **settings) as link:
            desk = Desk(link)
            desk.file(occasion([]))
            auth.revoke()

            receipts = desk.file(occasion([APPLICATION]))

    assert f"document:{APPLICATION.id}" in receipts
    assert set(desk.attempts.values()) == {1}


def test_a_pinned_address_a_private_authority_and_a_client_certificate_go_together() -> None:
    ca = make_ca("DMS")
    ours = issue(ca, "client", ["hub"], days=20)
    with CmisSimulator(tls=ServerTls(ca, require_client=True, names=("dms.example",))) as dms:
        port = urlsplit(dms.browser_url).port
        settings = {
            "login": "certificate",
            "trust": "private",
            "ca_pem": ca.certificate_pem.decode(),
            "host_ip": "127.0.0.1",
            "client_certificate_pem": ours.certificate_pem.decode(),
            "client_key_pem": SecretStr(ours.key_pem.decode()),
        }
        with link_to(f"https://dms.example:{port}/cmis/browser", **settings) as link:
            report = rail("cmis").check(link)

    assert codes(report, ok=False) == []
    warned = [one for one in report.findings if one.code == "cmis.certificate_days" and one.remedy]
    assert len(warned) == 2  # 30 and 20 days, less the first hours
    assert "cmis.repository" in codes(report, ok=True)


@pytest.mark.parametrize(("apart", "well"), [(10, True), (600, False)])
def test_a_clock_that_is_wrong_is_named(shared: Path, apart: int, well: bool) -> None:
    (file,) = (shared / "specs" / "cmis" / "wire").glob("01-*.http")
    recorded = read(file)
    theirs = parsedate_to_datetime(recorded.response_headers["Date"])
    with link_to("http://dms.example/cmis/browser") as link, recorded.client() as http:
        with clock.hold(theirs + timedelta(seconds=apart)):
            report = rail("cmis").check(replace(link, client=http))

    assert ("cmis.clock" in codes(report, ok=well)) is True


def test_addresses_of_another_host_are_brought_home(dms: CmisSimulator, desk: Desk) -> None:
    dms.faults.add("wrong_host", host="dms.internal.invalid")

    desk.file(occasion([]))

    assert "case" in desk.receipts


def test_addresses_of_another_host_are_refused_where_rewriting_is_off(dms: CmisSimulator) -> None:
    dms.faults.add("wrong_host", host="dms.internal.invalid")

    with link_to(dms.browser_url, rewrite_urls=False) as link, pytest.raises(NotConfigured) as error:
        Desk(link).file(occasion([]))

    assert error.value.code == "cmis.foreign_host"


def test_only_path_and_query_of_an_address_count() -> None:
    told = "http://internal:8080/cmis/browser/A1/root?tenant=7"

    assert at_home(told, "https://dms.example/cmis", rewrite=True) == (
        "https://dms.example/cmis/browser/A1/root?tenant=7"
    )


def test_a_redirect_is_not_followed(dms: CmisSimulator, desk: Desk) -> None:
    dms.faults.add("redirect", actions=["createFolder"])

    with pytest.raises(NotConfigured) as error:
        desk.file(occasion([]))

    assert error.value.code == "cmis.redirected"


def test_every_call_is_in_the_wire_log(dms: CmisSimulator) -> None:
    exchanges: list[Exchange] = []
    with link_to(dms.browser_url, exchanges) as link:
        Desk(link).file(occasion([]))

    created = exchanges[-1]
    assert (created.action, created.status, created.method) == ("createFolder", 201, "POST")
    assert created.object_id is not None
    assert all(exchange.action for exchange in exchanges)


def test_a_mapping_that_fits_is_verified(link: Link) -> None:
    report = rail("cmis").verify(link, mapping())

    assert report.ok
    assert "cmis.parent" in codes(report, ok=True)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"application": {"type": "NOPE"}}, "mapping.object_type_unknown"),
        ({"case": {"parent": {"path": "/nowhere"}}}, "cmis.parent_missing"),
        (
            {"application": {"properties": {"355": {"value": {"property": "submission.id"}}}}},
            "mapping.required_property_missing",
        ),
        ({"idempotency": {"secondaryType": "no:such"}}, "cmis.aspect_missing"),
    ],
)
def test_what_does_not_fit_the_dms_is_named(link: Link, changes: dict[str, Any], code: str) -> None:
    report = rail("cmis").verify(link, mapping(**changes))

    assert [code] == codes(report, ok=False)


def test_the_page_of_an_object_is_the_one_configured(dms: CmisSimulator) -> None:
    with link_to(dms.browser_url, object_page="https://dms.example/d3/{object_id}") as link:
        page = rail("cmis").locate_page(Receipt("a/b 1"), link)

    assert page == "https://dms.example/d3/a%2Fb%201"


def test_without_a_page_configured_there_is_none(link: Link) -> None:
    assert rail("cmis").locate_page(Receipt("1"), link) is None
