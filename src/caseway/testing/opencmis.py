"""The OpenCMIS in-memory server as a peer: a DMS that nobody here wrote, run for tests and benchmarks.

Its parts are fetched by the machine's own Maven into a folder outside any tree and run by its Java (11 or
later). The web application is unpacked into a temporary folder, where its descriptor is changed: without the
SOAP servlets and the log filters, whose JAX-WS parts are not in Java any more. Nothing of it is kept.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lxml import etree

WAR = "org.apache.chemistry.opencmis:chemistry-opencmis-server-inmemory:1.1.0:war"
JETTY = "org.eclipse.jetty:jetty-runner:9.4.57.v20241219:jar"
CACHE = Path.home() / ".cache" / "caseway-peers"
DEFAULT_LIMIT = 20_971_520  # bytes of a content, as the server ships
_CORE = "http://docs.oasis-open.org/ns/cmis/core/200908/"
_RESTATOM = "http://docs.oasis-open.org/ns/cmis/restatom/200908/"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_KINDS = {
    "cmis:document": "cmisTypeDocumentDefinitionType",
    "cmis:folder": "cmisTypeFolderDefinitionType",
    "cmis:secondary": "cmisTypeSecondaryDefinitionType",
}


class PeerMissing(Exception):
    """The peer cannot be run here; the message says what is missing."""


def parts(cache: Path | None = None) -> tuple[Path, Path]:
    """Return the war and the runner, fetched where they are not kept yet.

    They are kept in `cache`, by default `CACHE`. Raises `PeerMissing`.
    """
    folder = cache or CACHE
    return fetched(WAR, folder), fetched(JETTY, folder)


def fetched(coordinates: str, folder: Path) -> Path:
    """Return an artefact (`group:artifact:version:kind`) from a folder, brought there by Maven where absent.

    Raises `PeerMissing`.
    """
    _, artifact, version, kind = coordinates.split(":")
    path = folder / f"{artifact}-{version}.{kind}"
    if path.exists():
        return path
    maven = shutil.which("mvn")
    if maven is None:
        raise PeerMissing("mvn is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    command = [maven, "-q", "-B", "dependency:copy", f"-Dartifact={coordinates}"]
    done = subprocess.run(
        [*command, f"-DoutputDirectory={folder}"], capture_output=True, text=True, timeout=600, check=False
    )
    if done.returncode or not path.exists():
        raise PeerMissing(f"mvn did not bring {coordinates}: {done.stdout.strip()[-300:]}")
    return path


@dataclass
class OpenCmisServer:
    """A server on a free port of the loopback, for as long as the block runs.

    `types` are type definitions in the names of the standard's JSON, parents first; a property without
    `queryName` is asked for by `p` and its id where the id begins with a digit. `limit` is the largest
    content in bytes, `heap` the largest heap in MiB. Raises `PeerMissing` when Java or a part is missing or
    it does not come up.

    Without `large` it keeps its cipher for temporary files, which newer Javas refuse: every content that does
    not stay in memory (a few MB) then ends with an internal error. Version 1.1.0 does not keep to its limit.
    """

    types: Iterable[Mapping[str, Any]] = ()
    limit: int = DEFAULT_LIMIT
    heap: int = 512
    large: bool = False
    port: int = 0
    _folder: Path = field(init=False, repr=False)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    @property
    def url(self) -> str:
        """The address of the Browser binding."""
        return f"http://127.0.0.1:{self.port}/browser"

    @property
    def pid(self) -> int:
        """The process of the running server."""
        assert self._process is not None
        return self._process.pid

    def __enter__(self) -> Self:
        java = shutil.which("java")
        if java is None:
            raise PeerMissing("java is not installed")
        war, runner = parts()
        self._folder = Path(tempfile.mkdtemp(prefix="caseway-opencmis-"))
        try:
            self._unpack(war)
            self._start(java, runner)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _unpack(self, war: Path) -> None:
        with zipfile.ZipFile(war) as archive:
            archive.extractall(self._folder / "war")
        inside = self._folder / "war" / "WEB-INF"
        _rewrite(inside / "web.xml", _without_soap)
        _rewrite(inside / "classes" / "repository.properties", self._settings)
        if types := list(self.types):
            (inside / "classes" / "types.xml").write_bytes(types_file(types))

    def _settings(self, text: str) -> str:
        text = re.sub(r"(?m)^RepositoryFiller\.Enable=.*$", "RepositoryFiller.Enable=false", text)
        if self.large:
            text = text.replace("EncryptTempFiles=true", "EncryptTempFiles=false")
        return re.sub(r"(?m)^InMemoryServer\.MaxSize=.*$", f"InMemoryServer.MaxSize={self.limit}", text)

    def _start(self, java: str, runner: Path) -> None:
        self.port = self.port or _free_port()
        temporary = self._folder / "tmp"
        temporary.mkdir()
        command = [java, f"-Xmx{self.heap}m", f"-Djava.io.tmpdir={temporary}", "-jar", str(runner)]
        command += ["--host", "127.0.0.1", "--port", str(self.port), "--path", "/", str(self._folder / "war")]
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        end = time.monotonic() + 90
        while not _answers(self.url):
            if self._process.poll() is not None or time.monotonic() > end:
                words = (self._folder / "log").read_text(errors="replace")[-500:]
                raise PeerMissing(f"the server did not come up: {words}")
            time.sleep(0.2)

    def _stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def _rewrite(path: Path, change: Any) -> None:
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def _without_soap(text: str) -> str:
    text = re.sub(r"<!--.*?-->", "", text, flags=re.S)
    for element in ("servlet", "servlet-mapping"):
        text = re.sub(rf"<{element}>\s*<servlet-name>cmisws.*?</{element}>", "", text, flags=re.S)
    return text


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except urllib.error.HTTPError as error:
        with error:
            return error.code == 401  # it is there and wants a name; any will do
    except OSError:
        return False


def types_file(types: Iterable[Mapping[str, Any]]) -> bytes:
    """Return type definitions as the server's own file of types: CMIS 1.1 core schema, restatom `type`."""
    names: dict[Any, str] = {
        None: _CORE,
        "cmisra": _RESTATOM,
        "xsi": _XSI,
        "chem": "http://chemistry.apache.org/schemas/TypeDefnitions",
    }
    root = etree.Element(f"{{{names['chem']}}}typeDefinitions", nsmap=names)
    bases = {name: name for name in _KINDS}
    for one in types:
        bases[one["id"]] = bases[one["parentId"]]
        _type(root, one, bases[one["id"]])
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _type(root: etree._Element, one: Mapping[str, Any], base: str) -> None:
    element = etree.SubElement(root, f"{{{_RESTATOM}}}type", {f"{{{_XSI}}}type": _KINDS[base]})
    shown = one.get("displayName", one["id"])
    secondary = base == "cmis:secondary"
    values = {
        "id": one["id"], "localName": one["id"], "localNamespace": "caseway", "parentId": one["parentId"],
        "displayName": shown, "queryName": one.get("queryName", one["id"].replace(":", "_")),
        "description": shown, "baseId": base, "creatable": not secondary, "fileable": not secondary,
        "queryable": True, "fulltextIndexed": False, "includedInSupertypeQuery": True,
        "controllablePolicy": False, "controllableACL": not secondary,
    }  # fmt: skip
    if base == "cmis:document":
        values["versionable"] = one.get("versionable", False)
        values["contentStreamAllowed"] = one.get("contentStreamAllowed", "allowed")
    _children(element, values)
    for name, definition in (one.get("propertyDefinitions") or {}).items():
        _property(element, name, definition or {})


def _property(parent: etree._Element, name: str, one: Mapping[str, Any]) -> None:
    kind = one.get("propertyType", "string")
    called = "DateTime" if kind == "datetime" else kind.capitalize()
    element = etree.SubElement(parent, f"{{{_CORE}}}property{called}Definition")
    query_name = one.get("queryName", f"p{name}" if name[:1].isdigit() else name.replace(":", "_"))
    values = {
        "id": name, "localName": query_name, "localNamespace": "caseway",
        "displayName": one.get("displayName", name), "queryName": query_name,
        "description": one.get("displayName", name), "propertyType": kind,
        "cardinality": one.get("cardinality", "single"),
        "updatability": one.get("updatability", "readwrite"), "inherited": False,
        "required": one.get("required", False), "queryable": True, "orderable": True,
        "openChoice": one.get("openChoice", True),
    }  # fmt: skip
    limits = {limit: one[limit] for limit in ("maxLength", "minValue", "maxValue") if limit in one}
    _children(element, values | limits)
    for choice in one.get("choice") or ():
        item = etree.SubElement(element, f"{{{_CORE}}}choice", {"displayName": choice["displayName"]})
        _children(item, {"value": choice["value"]})


def _children(parent: etree._Element, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        etree.SubElement(parent, f"{{{_CORE}}}{name}").text = text


def must_run() -> bool:
    """Say whether a missing peer is a failure (in CI) and not a reason to skip."""
    return os.environ.get("CI") == "true"
