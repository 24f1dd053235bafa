"""A client of nothing but the standard library, so that the simulator is not tested with our own client."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from caseway.rails.cmis.simulator import CmisSimulator

BOUNDARY = "b0undary"
Values = Mapping[str, str | Sequence[str] | None]


class Answer:
    """Status, headers by lower-case name, body."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def properties(self) -> dict[str, Any]:
        found: dict[str, Any] = self.json["succinctProperties"]
        return found

    @property
    def id(self) -> str:
        return str(self.properties["cmis:objectId"])

    @property
    def exception(self) -> tuple[int, str]:
        return self.status, self.json["exception"]


class Dms:
    """Calls the Browser binding of one simulator; each call has its own connection."""

    def __init__(self, simulator: CmisSimulator, headers: Mapping[str, str] | None = None) -> None:
        self.simulator = simulator
        self.headers = dict(headers or {})
        self.base = f"/cmis/browser/{simulator.repository.id}"

    def get(self, path: str = "/root", **query: str) -> Answer:
        return self.request("GET", f"{self.base}{quote(path)}?{urlencode({'succinct': 'true', **query})}")

    def act(self, action: str, path: str = "/root", values: Values | None = None, **controls: str) -> Answer:
        form = {"cmisaction": action, "succinct": "true", **controls, **properties(values or {})}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.request("POST", self.base + quote(path), urlencode(form).encode(), headers)

    def send(
        self,
        action: str,
        content: bytes,
        values: Values | None = None,
        path: str = "/root",
        charset: str = "UTF-8",
        **controls: str,
    ) -> Answer:
        form = {"cmisaction": action, "succinct": "true", **controls, **properties(values or {})}
        body = multipart(form | ({"_charset_": charset} if charset else {}), content)
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        return self.request("POST", self.base + quote(path), body, headers)

    def folder(self, name: str, parent: str = "/root", key: str = "K-1", kind: str = "D_AKTE") -> Answer:
        values = {"cmis:objectTypeId": kind, "cmis:name": name, "355": key}
        return self.act("createFolder", parent, values)

    def document(
        self, name: str, content: bytes = b"%PDF", parent: str = "/root", key: str = "K-1"
    ) -> Answer:
        values = {"cmis:objectTypeId": "DPORT", "cmis:name": name, "355": key, "362": "DOC01"}
        return self.send("createDocument", content, values, parent)

    def query(self, statement: str, **controls: str) -> Answer:
        return self.act("query", "", statement=statement, **controls)

    def request(
        self, method: str, target: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        connection = http.client.HTTPConnection(urlsplit(self.simulator.url).netloc, timeout=10)
        try:
            connection.request(method, target, body, {**self.headers, **(headers or {})})
            return Answer(connection.getresponse())
        finally:
            connection.close()


def properties(values: Values) -> dict[str, str]:
    """Return the controls of properties: a list becomes a multi-valued property, None unsets."""
    form: dict[str, str] = {}
    for index, (name, value) in enumerate(values.items()):
        form[f"propertyId[{index}]"] = name
        if isinstance(value, str):
            form[f"propertyValue[{index}]"] = value
        else:
            form |= {f"propertyValue[{index}][{n}]": item for n, item in enumerate(value or ())}
    return form


def multipart(form: Mapping[str, str], content: bytes, charset: str = "utf-8") -> bytes:
    """Return a multipart body: the controls, then the content."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        + text.encode(charset)
        for name, text in form.items()
    ]
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="content"; filename="a.pdf"\r\n'
    parts.append(head.encode() + b"Content-Type: application/pdf\r\n\r\n" + content)
    return b"\r\n".join([*parts, f"--{BOUNDARY}--\r\n".encode()])
