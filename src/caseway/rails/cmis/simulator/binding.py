"""The Browser binding: which URL, selector or action means what (CMIS 1.1, 5.4)."""

from __future__ import annotations

import time
from collections.abc import Callable

from caseway.rails.cmis.simulator import changes, creation, queries, reading, switches, versions
from caseway.rails.cmis.simulator.call import Call, Repository
from caseway.rails.cmis.simulator.errors import CmisError, invalid, not_found
from caseway.rails.cmis.simulator.form import CHARSET, Form, Reading, read_form
from caseway.rails.cmis.simulator.info import repository_info
from caseway.testing.simulator import Auth, Hangup, Request, Response, json_response
from caseway.testing.simulator.base import Note

Operation = Callable[[Call], Response]
PREFIX = ("cmis", "browser")

_REPOSITORY_SELECTORS: dict[str, Operation] = {
    "typeDefinition": reading.type_definition,
    "typeChildren": reading.type_children,
    "typeDescendants": reading.type_descendants,
    "query": queries.query,
    "contentChanges": reading.content_changes,
    "checkedout": reading.checked_out,
}
_OBJECT_SELECTORS: dict[str, Operation] = {
    "object": reading.object_,
    "properties": reading.properties,
    "allowableActions": reading.actions,
    "content": reading.content,
    "children": reading.children,
    "descendants": reading.descendants,
    "parent": reading.parent,
    "parents": reading.parents,
    "versions": versions.versions,
    "relationships": reading.relationships,
    "acl": changes.acl,
}
_REPOSITORY_ACTIONS: dict[str, Operation] = {
    "query": queries.query,
    "createType": reading.create_type,
    "createDocument": creation.create_document,
    "createRelationship": creation.create_relationship,
    "bulkUpdate": changes.bulk_update,
}
_OBJECT_ACTIONS: dict[str, Operation] = {
    "createDocument": creation.create_document,
    "createFolder": creation.create_folder,
    "update": changes.update,
    "setContent": changes.set_content,
    "appendContent": changes.append_content,
    "deleteContent": changes.delete_content,
    "delete": changes.delete,
    "deleteTree": changes.delete_tree,
    "checkOut": versions.check_out,
    "cancelCheckOut": versions.cancel_check_out,
    "checkIn": versions.check_in,
    "applyACL": changes.apply_acl,
}
ACTIONS = tuple(
    sorted(
        {"repositoryInfo", *_REPOSITORY_SELECTORS, *_OBJECT_SELECTORS, *_REPOSITORY_ACTIONS, *_OBJECT_ACTIONS}
    )
)


class Binding:
    """Answers the requests below /cmis/browser."""

    def __init__(self, repository: Repository, auth: Auth) -> None:
        self._repository = repository
        self._auth = auth

    def answer(self, request: Request, note: Note) -> Response:
        """Answer one request. Raises `Hangup` where a switch says so."""
        try:
            return self._answer(request, note)
        except CmisError as problem:
            suppressed = request.query.get("suppressResponseCodes", "").lower() == "true"
            return json_response(problem.body(), 200 if suppressed else problem.status)

    def _answer(self, request: Request, note: Note) -> Response:
        user = self._auth.principal(request)
        if user is None:
            note.action = request.query.get("cmisselector", request.method)
            return switches.unauthorized(self._auth.challenge)
        if request.method not in ("GET", "HEAD", "POST"):
            note.action = request.method
            raise CmisError("notSupported", "Unsupported method")
        call = self._call(request, user, note)
        response, effective = self._carry_out(request, call)
        if effective and call.fault("drop_reply"):
            raise Hangup
        return response

    def _carry_out(self, request: Request, call: Call) -> tuple[Response, bool]:
        """Return the answer and whether there was an effect; an upload nobody took is thrown away."""
        effective = False
        try:
            refused = self._disturb(call)
            if refused is not None:
                return refused, effective
            response = self._operate(request, call)
            effective = True
            return response, effective
        finally:
            if not effective and call.form.upload is not None:
                self._repository.store.contents.discard(call.form.upload.content)

    def _disturb(self, call: Call) -> Response | None:
        """Apply the switches that come before any effect."""
        slow = call.fault("slow")
        if slow is not None:
            time.sleep(slow.parameters["seconds"])
        faults = self._repository.faults
        fault = faults.first(switches.REFUSING, call.action, call.names()) if len(faults) else None
        if fault is None:
            return None
        call.note.applied(fault.kind)
        return switches.refusal(fault, self._auth.challenge)

    def _operate(self, request: Request, call: Call) -> Response:
        if call.action == "repositoryInfo":
            return json_response(repository_info(self._repository, self._browser_url(request, call)))
        if request.method == "POST":
            table = _REPOSITORY_ACTIONS if call.path is None else _OBJECT_ACTIONS
            unknown = "Unknown operation"
        else:
            table = _REPOSITORY_SELECTORS if call.path is None else _OBJECT_SELECTORS
            unknown = "Unknown selector"
        operation = table.get(call.action)
        if operation is None:
            raise CmisError("notSupported", unknown)
        with self._repository.store.lock:
            return operation(call)

    def _call(self, request: Request, user: str, note: Note) -> Call:
        rest = request.segments[len(PREFIX) :]
        if rest and rest[0] != self._repository.id:
            note.action = request.query.get("cmisselector", "unknown")
            raise invalid(f"Unknown repository id: {rest[0]}")
        if len(rest) > 1 and rest[1] != "root":
            raise not_found("Unknown URL.")
        path = rest[2:] if len(rest) > 1 else None
        root_url = f"{request.origin}/{'/'.join(PREFIX)}/{self._repository.id}/root"
        query = {name.lower(): value for name, value in request.query.items()}
        call = Call(
            self._repository, "", Form(query), user, path, root_url, note, request.headers.get("range", "")
        )
        if request.method == "POST":
            self._read(request, call, query)
        else:
            call.action = query.get("cmisselector") or self._default(call)
        note.action = call.action
        note.name = next(iter(call.names()), "") or call.form.get("objectId")
        return call

    def _default(self, call: Call) -> str:
        return "repositoryInfo" if call.path is None else reading.default_selector(call)

    def _read(self, request: Request, call: Call, query: dict[str, str]) -> None:
        guard = _Guard(call, query, request.content_length or 0)
        contents = self._repository.store.contents
        form = read_form(request, Reading(contents, self._charset, guard.begins, guard.grows))
        call.form = Form({**query, **form.controls}, form.upload)
        call.action = call.form.get("cmisaction")
        guard.ends()

    def _charset(self, action: str) -> tuple[str, bool]:
        """What multipart text is read as, and whether the client's word is ignored."""
        faults = self._repository.faults
        if len(faults) and faults.take("iso_8859_1", action):
            return CHARSET, True
        return ("utf-8", False) if len(faults) and faults.take("utf_8", action) else (CHARSET, False)

    def _browser_url(self, request: Request, call: Call) -> str:
        fault = call.fault("wrong_host")
        origin = f"http://{fault.parameters['host']}" if fault else request.origin
        return f"{origin}/{'/'.join(PREFIX)}"


class _Guard:
    """Watches a body while it comes: `cut_connection` and `too_large` strike in the middle of it."""

    def __init__(self, call: Call, query: dict[str, str], announced: int) -> None:
        self._call = call
        self._query = query
        self._announced = announced
        self._cut_after: int | None = None
        self._limit: tuple[int, int] | None = None
        self._armed = False

    def begins(self, controls: Callable[[], Form]) -> None:
        """The content starts; `controls` gives the controls before it."""
        if len(self._call.repository.faults) and (form := controls()).get("cmisaction"):
            self._arm(form)
            self.grows(0)

    def grows(self, size: int) -> None:
        """So many bytes of content have come. Raises `Hangup` or a refusal."""
        if self._cut_after is not None and size >= self._cut_after:
            raise Hangup
        if self._limit and max(size, self._announced) > self._limit[0]:
            raise _TooLarge(self._limit[1])

    def ends(self) -> None:
        """The whole body has come."""
        if not self._armed:
            self._arm(self._call.form)
        if self._cut_after is not None:
            raise Hangup
        self.grows(0)

    def _arm(self, form: Form) -> None:
        call = self._call
        self._armed = True
        if not len(call.repository.faults):
            return
        call.form = Form({**self._query, **form.controls}, form.upload)
        call.action = call.note.action = call.form.get("cmisaction")
        cut, limit = call.fault("cut_connection"), call.fault("too_large")
        self._cut_after = cut.parameters["bytes"] if cut else None
        self._limit = (limit.parameters["bytes"], limit.parameters["status"]) if limit else None


class _TooLarge(CmisError):
    """A body over a limit: 413 as a proxy says it, or the plain 500 of a server with a maximum size."""

    def __init__(self, status: int) -> None:
        super().__init__("runtime", "An error occurred!")
        self._status = status

    @property
    def status(self) -> int:
        return self._status
