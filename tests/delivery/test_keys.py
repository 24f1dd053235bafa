"""Keys of a connection: made, certified, changed without a gap, erased; never seen from outside."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection as database
from django.db import connections
from joserfc.jwk import RSAKey

from caseway.access.actor import Actor, system
from caseway.access.models import AuditEntry, Organisation
from caseway.access.scope import everything, scope
from caseway.core.certificates import Subject
from caseway.core.clock import Clock
from caseway.core.errors import Conflict, Invalid, NotConfigured, NotFound, NotPermitted
from caseway.delivery import key_needs
from caseway.delivery.digest import digest
from caseway.delivery.endings import endings
from caseway.delivery.key_care import describe, end_overlaps
from caseway.delivery.keyring import ConnectionKeys
from caseway.delivery.keys import (
    certificate_request,
    generate_key,
    import_key,
    install_certificate,
    list_keys,
    public_key,
    put_in_force,
    retire_key,
)
from caseway.delivery.models import Connection, ConnectionKey
from caseway.testing.builders import a_connection
from tests.delivery.key_fixtures import a_key, issued_chain, pem, private_parts

pytestmark = pytest.mark.mission("F-11")


@pytest.fixture
def actor(organisation: Organisation) -> Actor:
    return system(organisation.id)


@pytest.fixture
def dms(organisation: Organisation) -> Connection:
    return a_connection(organisation, slug="dms")


def imported(actor: Actor, number: int = 0, use: str = "sign") -> ConnectionKey:
    return import_key(actor, "dms", use, pem(a_key(number)))  # type: ignore[arg-type]


def states(actor: Actor) -> dict[str, str]:
    return {row.kid: row.state for row in list_keys(actor, "dms")}


def test_a_generated_key_is_long_certified_by_itself_and_not_in_force(actor: Actor, dms: Connection) -> None:
    row = generate_key(actor, "dms", "sign", Subject("Caseway Test", "Stadt Beispielhausen"))

    jwk = public_key(actor, "dms", row.kid)
    read = RSAKey.import_key({name: jwk[name] for name in ("kty", "n", "e")})
    assert ("prepared", 4096) == (row.state, read.raw_value.key_size)
    assert row.kid == read.thumbprint()
    assert (["verify"], "PS512", 1) == (jwk["key_ops"], jwk["alg"], len(jwk["x5c"]))
    shown = describe(row)
    assert (True, "Caseway Test", 729) == (shown.self_signed, shown.subject, shown.days_left)


def test_nothing_private_stands_in_tables_audit_logs_or_reprs(
    actor: Actor, dms: Connection, organisation: Organisation, capfd: pytest.CaptureFixture[str]
) -> None:
    row = imported(actor)
    put_in_force(actor, "dms", row.kid)
    held = ConnectionKeys(organisation.id, dms.id).signing()

    captured = capfd.readouterr()
    said = [*rows_of_every_table(), captured.out, captured.err]
    said += [repr(row), repr(held), str(describe(row))]
    assert pem(a_key()) == held.private_pem
    assert [] == [part for part in private_parts(a_key()) for text in said if part in text]


def rows_of_every_table() -> Iterator[str]:
    with everything(), database.cursor() as cursor:
        cursor.execute("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT to_jsonb(t)::text FROM {table} t")
            yield from (str(row) for (row,) in cursor.fetchall())


def test_the_same_key_is_kept_once_and_serves_one_use(actor: Actor, dms: Connection) -> None:
    imported(actor)

    with pytest.raises(Conflict) as raised:
        imported(actor, use="decrypt")

    assert "keys.known" == raised.value.code


def test_openssl_reads_the_request_for_a_certificate(actor: Actor, dms: Connection, tmp_path: Path) -> None:
    row = imported(actor)
    request = tmp_path / "request.pem"
    request.write_text(certificate_request(actor, "dms", row.kid, Subject("Stadt", "Beispielhausen", "IT")))

    command = ["openssl", "req", "-in", str(request), "-noout", "-verify", "-text"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)

    assert 0 == done.returncode, done.stderr
    assert "rsassaPss" in done.stdout
    assert "CN = Stadt" in done.stdout or "CN=Stadt" in done.stdout


def test_an_issued_certificate_is_installed_with_its_chain(actor: Actor, dms: Connection) -> None:
    row = imported(actor)
    leaf, above = issued_chain(a_key(), days=400)

    row = install_certificate(actor, "dms", row.kid, above + leaf)

    shown = describe(row)
    assert (False, "Stadt Beispielhausen", "Zwischenstelle", 400) == (
        shown.self_signed, shown.subject, shown.issuer, shown.days_left,
    )  # fmt: skip
    assert 3 == len(public_key(actor, "dms", row.kid)["x5c"])


@pytest.mark.parametrize(
    ("chain", "code"),
    [
        ("others", "keys.certificate_mismatch"),
        ("loose", "keys.chain_broken"),
        ("ended", "keys.certificate_not_valid"),
        ("none", "keys.certificate_unreadable"),
    ],
)
def test_a_certificate_that_does_not_fit_is_refused(
    actor: Actor, dms: Connection, chain: str, code: str
) -> None:
    row = imported(actor)
    leaf, above = issued_chain(a_key(), days=-1 if chain == "ended" else 400)
    texts = {
        "others": issued_chain(a_key(1))[0],
        "loose": leaf + above + issued_chain(a_key(1))[0],
        "ended": leaf + above,
        "none": "-----BEGIN CERTIFICATE-----",
    }

    with pytest.raises(Invalid) as raised:
        install_certificate(actor, "dms", row.kid, texts[chain])

    assert code == raised.value.code


def test_changing_the_key_leaves_no_gap_and_the_old_one_still_decrypts(
    actor: Actor, dms: Connection, organisation: Organisation
) -> None:
    old, new = imported(actor, 0, "decrypt"), imported(actor, 1, "decrypt")
    put_in_force(actor, "dms", old.kid)

    put_in_force(actor, "dms", new.kid, timedelta(days=7))

    assert {old.kid: "overlap", new.kid: "in_force"} == states(actor)
    held = ConnectionKeys(organisation.id, dms.id).decryption()
    assert [new.kid, old.kid] == [key.kid for key in held]


def test_two_who_change_the_key_at_once_leave_one_in_force(actor: Actor, dms: Connection) -> None:
    kids = [imported(actor, number).kid for number in (0, 1)]

    def change(kid: str) -> None:
        try:
            for _ in range(5):
                put_in_force(actor, "dms", kid)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=change, args=(kid,)) for kid in kids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ["in_force", "overlap"] == sorted(states(actor).values())


def test_a_key_is_not_retired_while_something_may_need_it(actor: Actor, dms: Connection) -> None:
    old, new = imported(actor, 0), imported(actor, 1)
    put_in_force(actor, "dms", old.kid)
    put_in_force(actor, "dms", new.kid, timedelta(days=7))

    codes = []
    for kid in (old.kid, new.kid):
        with pytest.raises(Conflict) as raised:
            retire_key(actor, "dms", kid, force=True)  # without a reason it is not forced
        codes.append(raised.value.code)

    assert ["keys.still_needed"] * 2 == codes


def test_a_stolen_key_is_retired_at_once_by_force_with_a_reason(
    actor: Actor, dms: Connection, organisation: Organisation
) -> None:
    row = imported(actor)
    put_in_force(actor, "dms", row.kid)

    retire_key(actor, "dms", row.kid, "in fremden Händen", force=True)

    with scope(organisation.id):
        assert ("retired", "") == (ConnectionKey.objects.get().state, ConnectionKey.objects.get().private)
        entry = AuditEntry.objects.get(action="keys.retired")
    assert ("in fremden Händen", True) == (entry.details["reason"], entry.details["forced"])
    with pytest.raises(NotConfigured):
        ConnectionKeys(organisation.id, dms.id).signing()
    with pytest.raises(Conflict):
        put_in_force(actor, "dms", row.kid)


def test_an_overlap_that_is_over_ends_by_night_unless_something_still_waits(
    actor: Actor, dms: Connection, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_needs, "_questions", [])
    old, new = imported(actor, 0, "decrypt"), imported(actor, 1, "decrypt")
    put_in_force(actor, "dms", old.kid)
    put_in_force(actor, "dms", new.kid, timedelta(days=7))

    early = end_overlaps()
    clock.advance(timedelta(days=8))
    key_needs.ask(lambda key: "Something encrypted for it waits.")
    kept = end_overlaps()
    monkeypatch.setattr(key_needs, "_questions", [])
    ended = end_overlaps()

    assert (0, 0, 1, 0) == (early, kept, ended, end_overlaps())
    assert {old.kid: "retired", new.kid: "in_force"} == states(actor)


@pytest.mark.parametrize(
    ("left", "told", "due"),
    [(61, 0, 0), (60, 1, 1), (45, 1, 0), (30, 1, 1), (14, 1, 1), (3, 1, 1), (2, 1, 1)],
)
def test_the_end_of_a_certificate_is_warned_of(
    actor: Actor, dms: Connection, organisation: Organisation, clock: Clock, left: int, told: int, due: int
) -> None:
    row = imported(actor)
    leaf, above = issued_chain(a_key(), days=100)
    install_certificate(actor, "dms", row.kid, leaf + above)
    put_in_force(actor, "dms", row.kid)

    clock.advance(timedelta(days=100 - left))

    found = digest(organisation.id, clock.now() - timedelta(days=1))
    assert (told, due) == (len(found.endings), sum(one.due for one in found.endings))
    assert bool(due) != found.quiet
    assert bool(told) == (f"ends in {left} days" in found.as_text())
    with scope(organisation.id):
        assert row.kid == endings(timedelta(days=400))[0].kid
        assert Connection.objects.get().certificate_ends_at == ConnectionKey.objects.get().ends_at


def test_who_may_not_may_not(actor: Actor, dms: Connection, organisation: Organisation) -> None:
    auditor = Actor("user", "a", "A", organisation.id, "auditor")
    clerk = Actor("user", "c", "C", organisation.id, "caseworker")

    assert [] == list_keys(auditor, "dms")
    for doing in (
        lambda: list_keys(clerk, "dms"),
        lambda: generate_key(auditor, "dms", "sign"),
        lambda: put_in_force(auditor, "dms", "x"),
        lambda: retire_key(auditor, "dms", "x"),
    ):
        with pytest.raises(NotPermitted):
            doing()


def test_keys_of_another_organisation_do_not_exist(
    actor: Actor, dms: Connection, other_organisation: Organisation
) -> None:
    row = imported(actor)
    a_connection(other_organisation, slug="dms")

    with pytest.raises(NotFound):
        public_key(system(other_organisation.id), "dms", row.kid)


def test_every_change_is_in_the_trail_without_the_key(
    actor: Actor, dms: Connection, organisation: Organisation
) -> None:
    old, new = imported(actor, 0), imported(actor, 1)
    put_in_force(actor, "dms", old.kid)
    put_in_force(actor, "dms", new.kid, timedelta(0))
    retire_key(actor, "dms", old.kid)

    with scope(organisation.id):
        done = list(AuditEntry.objects.order_by("number").values_list("action", flat=True))
    assert ["keys.imported"] * 2 + ["keys.put_in_force"] * 2 + ["keys.retired"] == done
