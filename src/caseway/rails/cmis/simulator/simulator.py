"""The simulated DMS as a network service."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from caseway.rails.cmis.simulator import admin, switches
from caseway.rails.cmis.simulator.binding import PREFIX, Binding
from caseway.rails.cmis.simulator.call import Repository
from caseway.rails.cmis.simulator.counts import describe, doubles
from caseway.rails.cmis.simulator.objects import FOLDER, CmisObject
from caseway.rails.cmis.simulator.registry import TypesSource, load
from caseway.rails.cmis.simulator.store import ROOT_ID, Store
from caseway.rails.cmis.simulator.values import from_milliseconds
from caseway.testing.simulator import Auth, OAuth2, Request, Response, ServerTls, Simulator, html_response
from caseway.testing.simulator.base import FaultSetting, Note

KEY_PROPERTIES = ("hub:key", "355")


class CmisSimulator(Simulator):
    """A DMS with the Browser binding of CMIS 1.1 on 127.0.0.1, to use as a context manager.

    `types` is a YAML or JSON file, the data itself, or None for the model that ships. `state` is a file that
    keeps everything acknowledged over a kill -9. `content_folder` is where large contents go (default: a
    temporary folder). `key_properties` are the properties that hold the filing key, the first that is set.
    """

    switches = switches.ALL

    def __init__(
        self,
        *,
        types: TypesSource = None,
        repository: str = "DMS",
        auth: Auth | str = "none",
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ServerTls | None = None,
        faults: Iterable[FaultSetting] = (),
        state: Path | None = None,
        content_folder: Path | None = None,
        key_properties: tuple[str, ...] = KEY_PROPERTIES,
    ) -> None:
        super().__init__(auth=auth, host=host, port=port, tls=tls, faults=faults)
        registry, self._folders = load(types)
        store = Store(state, content_folder)
        for data in store.types:
            registry.add(data)
        self.repository = Repository(repository, store, registry, self.faults, key_properties)
        self._binding = Binding(self.repository, self.auth)
        self._seed()

    @property
    def browser_url(self) -> str:
        """The service URL of the Browser binding."""
        return f"{self.url}/{'/'.join(PREFIX)}"

    def objects(self) -> list[dict[str, Any]]:
        """Return every object: id, type, path, name, properties, size, sha256."""
        with self.repository.store.lock:
            return describe(self.repository)

    def doubles(self) -> list[list[dict[str, Any]]]:
        """Return the groups of objects that should be one."""
        with self.repository.store.lock:
            return doubles(self.repository)

    def reset(self) -> None:
        """Forget all objects, all faults and the log; types stay."""
        self.repository.store.clear()
        self.faults.clear()
        self.log.clear()
        self._seed()

    def stop(self) -> None:
        """End every connection and let go of files."""
        super().stop()
        self.repository.store.close()

    def answer(self, request: Request, note: Note) -> Response:
        """Answer one request: the binding, the token endpoint, the admin API, the page."""
        top = request.segments[:2]
        if tuple(top) == PREFIX:
            return self._binding.answer(request, note)
        if top == ["oauth", "token"] and isinstance(self.auth, OAuth2) and request.method == "POST":
            return self._token(self.auth, request, note)
        if not top or top[0] == "_sim":
            return admin.answer(self, request)
        return html_response("<!DOCTYPE html><title>Not found</title><h1>Not found</h1>", 404)

    def _token(self, auth: OAuth2, request: Request, note: Note) -> Response:
        note.action = "token"
        fault = self.faults.first(switches.REFUSING, "token")
        if fault is not None:
            note.applied(fault.kind)
            return switches.refusal(fault, auth.challenge)
        return auth.token(request)

    def _seed(self) -> None:
        store = self.repository.store
        with store.lock:
            if ROOT_ID not in store.objects:
                store.commit("created", [self._folder("", None)])
            for path in self._folders:
                self._ensure([part for part in path.split("/") if part])

    def _ensure(self, parts: list[str]) -> None:
        store, parent = self.repository.store, ROOT_ID
        for part in parts:
            found = store.child(parent, part)
            if found is None:
                found = self._folder(part, parent)
                store.commit("created", [found])
            parent = found.id

    def _folder(self, name: str, parent: str | None) -> CmisObject:
        store = self.repository.store
        token = store.new_token()
        moment = from_milliseconds(token)
        return CmisObject(
            id=store.new_id(),
            base=FOLDER,
            type_id=FOLDER,
            name=name or "RootFolder",
            requested_name=name,
            parent=parent,
            created_by="system",
            created=moment,
            modified_by="system",
            modified=moment,
            change_token=token,
        )
