"""The REST door: one API object, who asks, in which scope, and how every address answers."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Annotated, Any, Generic, ParamSpec, TypeVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import NinjaAPI, Router
from ninja.security.http import HttpAuthBase
from pydantic import BaseModel, Field

from caseway import __version__
from caseway.access.actor import Actor
from caseway.access.scope import scope
from caseway.access.tokens import actor_of_token
from caseway.api.openapi import complete
from caseway.api.problems import MethodNotAllowed, Unauthenticated, problem, problem_of
from caseway.api.shapes import Shape

P = ParamSpec("P")
T = TypeVar("T")
Item = TypeVar("Item", bound=BaseModel)
PREFIX = "api/v1/"
Limit = Annotated[int, Field(ge=1, le=200)]
"""How many of a list at a time."""


class Page(Shape, Generic[Item]):
    """One page of a list; `next` goes into `after` of the next request and is null on the last page."""

    items: list[Item]
    next: UUID | None


class BearerToken(HttpAuthBase):
    """Finds out who asks by the bearer token (RFC 6750)."""

    openapi_scheme = "bearer"

    def __call__(self, request: HttpRequest) -> Actor:
        """Return who asks. Raises `Unauthenticated` (HTTP 401)."""
        header = request.headers.get("Authorization", "")
        if not header.lower().startswith("bearer "):
            raise Unauthenticated("This needs a bearer token.", remedy="Send Authorization: Bearer <token>.")
        return actor_of_token(header)


def router() -> Router:
    """Return a router whose answers are in camelCase."""
    return Router(by_alias=True)


def actor_of(request: HttpRequest) -> Actor:
    """Return who asks, as the bearer token said."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    return actor


def scoped(view: Callable[P, T]) -> Callable[P, T]:
    """Run a view as one transaction in the scope of the organisation of who asks."""

    @wraps(view)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        request = args[0]
        assert isinstance(request, HttpRequest)
        with scope(actor_of(request).organisation_id):
            return view(*args, **kwargs)

    # Ninja evaluates annotations where the function lives; the wrapper lives here, the view elsewhere.
    run.__signature__ = inspect.signature(view, eval_str=True)  # type: ignore[attr-defined]
    return run


def page(rows: Sequence[Any], limit: int, shape: Callable[[Any], Item]) -> dict[str, Any]:
    """Return a page of rows that were asked for with `limit + 1`."""
    shown = rows[:limit]
    return {"items": [shape(row) for row in shown], "next": shown[-1].id if len(rows) > limit else None}


def tagged(request: HttpRequest, shape: Shape) -> HttpResponse:
    """Answer with an entity tag, or with 304 when who asks has this already (RFC 9110, 13.1.2)."""
    body = shape.model_dump_json(by_alias=True).encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")]
    response = HttpResponse(status=304) if etag in known else HttpResponse(body, "application/json")
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return response


class RestApi(NinjaAPI):
    """Ninja's API with our problems; without pages that load scripts from elsewhere."""

    def __init__(self) -> None:
        super().__init__(
            title="Caseway",
            version=__version__,
            description="The exchange hub for public cases. Every error is a problem of RFC 9457.",
            docs_url=None,
            openapi_url="/openapi.json",
            urls_namespace="api",
            auth=BearerToken(),
        )
        self.add_exception_handler(Exception, problem_of)

    def on_exception(self, request: HttpRequest, exc: Exception | type[Exception]) -> HttpResponse:
        """Answer every exception in one shape."""
        return problem_of(request, exc)

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> Any:
        """Return the description with what views' signatures cannot tell."""
        return complete(super().get_openapi_schema(path_prefix=path_prefix or PREFIX))

    def get_openapi_operation_id(self, operation: Any) -> str:
        """Return the name of the view: `list_submissions`."""
        return str(operation.view_func.__name__)


def guarded(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let an address of the API answer everything in one shape, and open its scope itself."""

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response = view(request, *args, **kwargs)
        except Exception as exception:  # noqa: BLE001  the boundary of the web door
            return problem_of(request, exception)
        if response.status_code == 405:
            return _not_allowed(response.headers.get("Allow", ""))
        return response

    run.outside_scope = True  # type: ignore[attr-defined]
    run.csrf_exempt = True  # type: ignore[attr-defined]
    return run


def _not_allowed(allow: str) -> HttpResponse:
    response = problem(
        MethodNotAllowed("This address does not know this method.", remedy=f"Use {allow or 'GET'}.")
    )
    response["Allow"] = allow
    return response
