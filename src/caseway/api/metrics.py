"""`/metrics` for Prometheus: first of all the age of the oldest undelivered thing of each connection.

Figures only, by organisation and connection; asked for from the machine itself, or with the metrics token.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.db import connection as database
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from caseway.access.scope import everything
from caseway.api.problems import Unauthenticated, problem
from caseway.configuration import configuration
from caseway.core.clock import now
from caseway.receiving.figures import ArrivalFigure, arrival_figures

_QUEUE = """
SELECT o.slug, c.slug, d.state, count(*), extract(epoch FROM %s - min(d.created_at))
FROM delivery_connection c JOIN access_organisation o ON o.id = c.organisation_id
LEFT JOIN delivery_delivery d ON d.connection_id = c.id
     AND d.state IN ('waiting', 'transmitting', 'unknown', 'sent', 'refused', 'attention')
GROUP BY 1, 2, 3
"""
_PAUSED = """
SELECT o.slug, c.slug, (c.paused_at IS NOT NULL)::int, (c.circuit <> 'closed')::int
FROM delivery_connection c JOIN access_organisation o ON o.id = c.organisation_id
"""
_JOBS = "SELECT status::text, count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing') GROUP BY 1"
_OPEN = ("waiting", "transmitting", "unknown", "sent")


class Figures(Collector):
    """Reads the figures from the database at each scrape; nothing is counted twice by several processes."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the metrics of docs/reference/api.md."""
        with everything():
            queue, paused, jobs = _rows(_QUEUE, [now()]), _rows(_PAUSED), _rows(_JOBS)
            arrivals = arrival_figures()
        yield from _queue(queue)
        yield from _connections(paused)
        yield from _arrived(arrivals)
        running = GaugeMetricFamily("caseway_jobs", "Jobs of the engine by state.", labels=["state"])
        counts = dict(jobs)
        for state in ("todo", "doing"):
            running.add_metric([state], counts.get(state, 0))
        yield running


def metrics(request: HttpRequest) -> HttpResponse:
    """Answer a scrape."""
    if not _may(request):
        return problem(Unauthenticated("The metrics need their token.", remedy="Set CASEWAY_METRICS_TOKEN."))
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may(request: HttpRequest) -> bool:
    token = configuration().metrics_token.get_secret_value()
    if token:
        return hmac.compare_digest(
            request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode()
        )
    forwarded = {"X-Forwarded-For", "Forwarded", "X-Real-IP"} & set(request.headers)
    try:
        return not forwarded and ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _rows(sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with database.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def _queue(rows: list[tuple[Any, ...]]) -> Iterator[GaugeMetricFamily]:
    labels = ["organisation", "connection"]
    oldest = GaugeMetricFamily(
        "caseway_oldest_undelivered_seconds",
        "Age of the oldest open delivery of a connection.",
        labels=labels,
    )
    counts = GaugeMetricFamily("caseway_deliveries", "Deliveries by state.", labels=[*labels, "state"])
    ages: dict[tuple[str, str], float] = {}
    for organisation, slug, state, count, age in rows:
        key = (organisation, slug)
        ages[key] = max(ages.get(key, 0.0), float(age) if state in _OPEN else 0.0)
        if state:
            counts.add_metric([*key, state], count)
    for key, age in ages.items():
        oldest.add_metric([*key], age)
    yield oldest
    yield counts


def _arrived(rows: list[ArrivalFigure]) -> Iterator[GaugeMetricFamily]:
    labels = ["organisation", "connection"]
    oldest = GaugeMetricFamily(
        "caseway_oldest_unanswered_arrival_seconds",
        "Age of the oldest thing that came over a connection and has no answer.",
        labels=labels,
    )
    counts = GaugeMetricFamily(
        "caseway_arrivals", "What came over a connection, by state.", labels=[*labels, "state"]
    )
    late = GaugeMetricFamily(
        "caseway_arrivals_late", "What came and has had no answer for too long.", labels=labels
    )
    ages: dict[tuple[str, str], float] = {}
    overdue: Counter[tuple[str, str]] = Counter()
    for row in rows:
        key = (row.organisation, row.connection)
        counts.add_metric([*key, row.state], row.count)
        ages[key] = max(ages.get(key, 0.0), row.age.total_seconds())
        overdue[key] += row.late
    for key, age in ages.items():
        oldest.add_metric([*key], age)
        late.add_metric([*key], overdue[key])
    yield from (oldest, counts, late)


def _connections(rows: list[tuple[Any, ...]]) -> Iterator[GaugeMetricFamily]:
    labels = ["organisation", "connection"]
    paused = GaugeMetricFamily("caseway_connection_paused", "1 when a person paused it.", labels=labels)
    failing = GaugeMetricFamily(
        "caseway_connection_failing", "1 when its circuit is not closed.", labels=labels
    )
    for organisation, slug, is_paused, is_failing in rows:
        paused.add_metric([organisation, slug], is_paused)
        failing.add_metric([organisation, slug], is_failing)
    yield paused
    yield failing
