"""What the official OpenAPI files say about an answer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import yaml
from jsonschema import Draft4Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4


@dataclass
class Oracle:
    """Checks answers of one API. `prefix` is what stands before the paths of the file in a URL."""

    document: dict[str, Any]
    prefix: str
    seen: set[tuple[str, str, int]] = field(default_factory=set)

    @classmethod
    def load(cls, path: Path, prefix: str) -> Oracle:
        return cls(yaml.safe_load(path.read_text(encoding="utf-8")), prefix)

    def check(self, response: httpx2.Response) -> None:
        """Fail unless the specification declares this status, type and body for this operation."""
        response.read()
        path = response.request.url.path.removeprefix(self.prefix)
        template, operation = self._operation(response.request.method.lower(), path)
        assert str(response.status_code) in operation["responses"], (template, response.status_code)
        declared = self._resolved(operation["responses"][str(response.status_code)])
        self.seen.add((response.request.method, template, response.status_code))
        if "content" not in declared:
            assert b"" == response.content
            return
        given = response.headers["content-type"].partition(";")[0]
        [(media_type, content)] = declared["content"].items()
        assert given == media_type or template == "/areas"
        for name in declared.get("headers", {}):
            assert name in response.headers
        self._validate(response.text if given == "application/jose" else response.json(), content["schema"])

    def _operation(self, method: str, path: str) -> tuple[str, dict[str, Any]]:
        for template, item in self.document["paths"].items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) and method in item:
                return template, item[method]
        raise AssertionError(f"the specification has no {method} {path}")

    def _validate(self, data: object, schema: dict[str, Any]) -> None:
        registry: Registry[Any] = Registry().with_resource("urn:api", Resource(self.document, DRAFT4))
        rooted = {"$ref": "urn:api" + schema["$ref"]} if "$ref" in schema else schema
        Draft4Validator(rooted, registry=registry, format_checker=FormatChecker()).validate(data)

    def _resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            found: Any = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part.replace("~1", "/").replace("~0", "~")]
            node = found
        return node
