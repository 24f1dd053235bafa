"""The wire: CMIS 1.1 over the Browser binding (CMIS 1.1 §5), and nothing but the wire.

Every call either returns what the server said or raises an error of the tree. A call with an effect that gets
no clear answer raises `OutcomeUnknown`; a read that gets none raises `Unavailable`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import httpx2

from caseway.core.http import ACTION, OBJECT
from caseway.core.oauth_client import ClientCredentials
from caseway.rails.cmis.addresses import Endpoints, with_selector
from caseway.rails.cmis.answer import Answer, CmisObject, failure_of, object_in, object_of, parse, read_answer
from caseway.rails.cmis.errors import not_cmis
from caseway.rails.cmis.multipart import Content, MultipartBody, safe_media_type
from caseway.rails.cmis.transport import exchange, stream
from caseway.rails.cmis.values import controls

Properties = Mapping[str, Mapping[str, Any]]
PAGE = 100


@dataclass(frozen=True)
class BrowserClient:
    """The calls that filing needs. `http` carries credentials, timeouts, trust and the wire log."""

    http: httpx2.Client
    endpoints: Endpoints

    # reading

    def type_definition(self, type_id: str) -> dict[str, Any]:
        """Return a type definition with its inherited properties. Raises `ObjectNotFound`."""
        answer = self._get(self.endpoints.repository, {"cmisselector": "typeDefinition", "typeId": type_id})
        if not isinstance(answer, dict) or "propertyDefinitions" not in answer:
            raise not_cmis(str(answer)[:200], 200, effect=False)
        return answer

    def object(self, object_id: str) -> CmisObject:
        """Return an object by id. Raises `ObjectNotFound`."""
        parameters = {"cmisselector": "object", "objectId": object_id, "succinct": "true"}
        return object_of(self._get(self.endpoints.root, parameters), effect=False)

    def object_by_path(self, path: str) -> CmisObject:
        """Return an object by path. Raises `ObjectNotFound`."""
        parameters = {"cmisselector": "object", "succinct": "true"}
        return object_of(self._get(self.endpoints.root, parameters, path), effect=False)

    def children(self, folder_id: str, *, pages: int) -> Iterator[CmisObject]:
        """Yield the children of a folder, at most `pages` pages of 100."""
        for page in range(pages):
            parameters = {
                "cmisselector": "children",
                "objectId": folder_id,
                "succinct": "true",
                "maxItems": str(PAGE),
                "skipCount": str(page * PAGE),
            }
            answer = self._get(self.endpoints.root, parameters)
            for entry in _list(answer, "objects"):
                yield object_of(entry.get("object") if isinstance(entry, dict) else None, effect=False)
            if not answer.get("hasMoreItems"):
                return

    def query(self, statement: str, *, max_items: int) -> list[CmisObject]:
        """Return the hits of a query, at most `max_items`; each has id and name only."""
        fields = [
            ("cmisaction", "query"),
            ("statement", statement),
            ("searchAllVersions", "false"),
            ("maxItems", str(max_items)),
            ("skipCount", "0"),
            ("succinct", "true"),
        ]
        answer = self._post(self.endpoints.repository, fields, effect=False)
        return [object_of(entry, effect=False) for entry in _list(answer, "results")]

    @contextmanager
    def content(self, object_id: str) -> Iterator[Iterator[bytes]]:
        """Open the content of a document as a stream of pieces."""
        parameters = {"cmisselector": "content", "objectId": object_id}
        request = self.http.build_request(
            "GET", self.endpoints.root, params=parameters, extensions=_label("content", object_id)
        )
        with stream(self.http, request) as answer:
            if answer.status_code >= 300:
                failure = failure_of(read_answer(answer), effect=False)
                raise failure or not_cmis("", answer.status_code, effect=False)
            yield answer.iter_bytes()

    # creating

    def create_folder(self, parent_id: str, properties: Properties) -> CmisObject:
        """Create a folder in `parent_id`."""
        return self._change(parent_id, "createFolder", controls(properties))

    def create_document(
        self, parent_id: str, properties: Properties, content: Content | None, *, versioning: str = "none"
    ) -> CmisObject:
        """Create a document in `parent_id`, with its content or without."""
        fields = [*controls(properties), ("versioningState", versioning)]
        return self._change(parent_id, "createDocument", fields, content)

    # changing

    def update(self, object_id: str, properties: Properties, token: str | None) -> CmisObject:
        """Set properties. Raises `UpdateConflict` when the change token is stale."""
        return self._change(object_id, "update", [*_token(token), *controls(properties)])

    def set_content(self, object_id: str, content: Content, token: str | None) -> CmisObject:
        """Replace the content; the server may make a new version, so the id may change."""
        return self._change(object_id, "setContent", [("overwriteFlag", "true"), *_token(token)], content)

    def append_content(
        self, object_id: str, content: Content, token: str | None, *, last: bool
    ) -> CmisObject:
        """Append to the content; a replay with the old token raises `UpdateConflict` and adds nothing."""
        fields = [("isLastChunk", "true" if last else "false"), *_token(token)]
        return self._change(object_id, "appendContent", fields, content)

    def check_out(self, object_id: str) -> CmisObject:
        """Return the private working copy; it has its own id."""
        return self._change(object_id, "checkOut", [])

    def cancel_check_out(self, object_id: str) -> None:
        """Drop a private working copy."""
        self._post(self._by_id(object_id), [("cmisaction", "cancelCheckOut")], effect=True)

    def check_in(self, object_id: str, properties: Properties, content: Content, comment: str) -> CmisObject:
        """Turn the private working copy into a new major version."""
        fields = [("major", "true"), ("checkinComment", comment), *controls(properties)]
        return self._change(object_id, "checkIn", fields, content)

    def apply_acl(self, object_id: str, entries: Sequence[tuple[str, Sequence[str]]]) -> None:
        """Add access entries: (principal, permissions)."""
        fields = [("cmisaction", "applyACL"), ("ACLPropagation", "repositorydetermined")]
        for index, (principal, permissions) in enumerate(entries):
            fields.append((f"addACEPrincipal[{index}]", principal))
            fields += [(f"addACEPermission[{index}][{j}]", one) for j, one in enumerate(permissions)]
        self._post(self._by_id(object_id), fields, effect=True)

    def delete(self, object_id: str) -> None:
        """Delete an object; only the probe of a mapping does this, with what it made itself."""
        self._post(self._by_id(object_id), [("cmisaction", "delete")], effect=True)

    # sending

    def _by_id(self, object_id: str) -> str:
        return with_selector(self.endpoints.root, {"objectId": object_id})

    def _get(self, address: str, parameters: Mapping[str, str], path: str = "") -> Any:
        request = self.http.build_request(
            "GET",
            with_selector(address, parameters, path),
            extensions=_label(parameters["cmisselector"], parameters.get("objectId")),
        )
        return parse(exchange(self.http, request, effect=False), effect=False)

    def _post(
        self, address: str, fields: Sequence[tuple[str, str]], content: Content | None = None, *, effect: bool
    ) -> Any:
        answer = self._exchange(address, fields, content, effect=effect)
        if answer.status == 401 and content is not None and isinstance(self.http.auth, ClientCredentials):
            # Only a body in memory is sent again by the login itself; a 401 had no effect (RFC 9110 §15.5.2).
            answer = self._exchange(address, fields, content, effect=effect)
        if effect and not answer.body and answer.status in (200, 201, 204):
            return {}
        found = parse(answer, effect=effect)
        if answer.record is not None and (changed := object_in(found)) is not None:
            answer.record.object_id = changed.id  # asked of the parent; what came of it is a new object
        return found

    def _exchange(
        self, address: str, fields: Sequence[tuple[str, str]], content: Content | None, *, effect: bool
    ) -> Answer:
        body, headers = encode(fields, content)
        label = _label(dict(fields)["cmisaction"], dict(parse_qsl(urlsplit(address).query)).get("objectId"))
        request = self.http.build_request("POST", address, content=body, headers=headers, extensions=label)
        return exchange(self.http, request, effect=effect)

    def _change(
        self,
        object_id: str,
        action: str,
        fields: Sequence[tuple[str, str]],
        content: Content | None = None,
    ) -> CmisObject:
        head = [("cmisaction", action), ("succinct", "true")]
        answer = self._post(self._by_id(object_id), [*head, *fields], content, effect=True)
        return object_of(answer, effect=True)


def encode(
    fields: Sequence[tuple[str, str]], content: Content | None
) -> tuple[bytes | MultipartBody, dict[str, str]]:
    """Return body and headers of a POST: multipart when content goes along, else urlencoded."""
    if content is None:
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
        return urlencode(fields, quote_via=quote).encode("ascii"), headers
    naming = [
        ("_charset_", "UTF-8"),
        ("filename", content.filename),
        ("contenttype", safe_media_type(content.media_type)),
    ]
    body = MultipartBody([*naming, *fields], content)
    return body, {"Content-Type": body.content_type, "Content-Length": str(body.length)}


def _label(action: str, object_id: str | None) -> dict[str, Any]:
    return {ACTION: action, OBJECT: object_id}


def _token(token: str | None) -> list[tuple[str, str]]:
    return [("changeToken", token)] if token is not None else []


def _list(answer: Any, name: str) -> list[Any]:
    entries = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(entries, list):
        raise not_cmis(str(answer)[:200], 200, effect=False)
    return entries
