"""The addresses of the REST door, of health and of metrics."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path

from caseway.api import (
    answers,
    arrivals,
    cases,
    conformance,
    connections,
    deliveries,
    documents,
    events,
    keys,
    mappings,
    replays,
    schemas,
    submissions,
)
from caseway.api.callbacks import callback
from caseway.api.door import PREFIX, RestApi, guarded
from caseway.api.health import live, ready
from caseway.api.metrics import metrics
from caseway.api.problems import problem
from caseway.core.errors import NotFound

rest = RestApi()
for _module in (
    submissions,
    cases,
    answers,
    documents,
    deliveries,
    arrivals,
    connections,
    conformance,
    keys,
    schemas,
    replays,
    events,
    mappings,
):
    rest.add_router("", _module.api, tags=[_module.__name__.rpartition(".")[2]])


def nothing_here(request: HttpRequest) -> HttpResponse:
    """Answer addresses under /api/ that do not exist."""
    return problem(NotFound("There is nothing at this address.", code="request.not_found"))


app_name = None
urlpatterns = [
    *(
        path(PREFIX + str(pattern.pattern), guarded(pattern.callback), name=f"api-{pattern.name}")
        for pattern in rest.urls[0]
        if isinstance(pattern, URLPattern) and pattern.callback is not None
    ),
    re_path(r"^api/", guarded(nothing_here)),
    path("callbacks/<slug:organisation>/<slug:connection>", guarded(callback), name="callback"),
    path("health/live", guarded(live)),
    path("health/ready", guarded(ready)),
    path("metrics", guarded(metrics)),
]
