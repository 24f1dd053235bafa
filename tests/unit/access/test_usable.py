"""A kept connection to the database is looked at, and asked only where the server has said something."""

from __future__ import annotations

from django.db import connection, connections

from caseway.testing.trips import trips


def test_a_connection_that_holds_is_not_asked(db: None) -> None:
    with trips() as seen:
        assert connection.is_usable()

    assert 0 == seen.answers


def test_a_connection_that_the_server_ended_is_found_out(db: None) -> None:
    connection.ensure_connection()
    with connections["owner"].cursor() as owner:
        owner.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.connection.info.backend_pid])

    assert not connection.is_usable()
    connection.close()


def test_news_of_the_server_are_no_reason_to_give_a_connection_up(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("LISTEN news")
    with connections["owner"].cursor() as owner:
        owner.execute("NOTIFY news")

    assert connection.is_usable()
    connection.close()
