"""One call of the Browser binding: what is asked, by whom, of which object."""

from __future__ import annotations

from dataclasses import dataclass, field

from caseway.rails.cmis.simulator.errors import CmisError, invalid
from caseway.rails.cmis.simulator.form import Form
from caseway.rails.cmis.simulator.objects import DOCUMENT, CmisObject
from caseway.rails.cmis.simulator.registry import TypeRegistry
from caseway.rails.cmis.simulator.render import View, object_json
from caseway.rails.cmis.simulator.store import ROOT_ID, Store
from caseway.rails.cmis.simulator.values import from_milliseconds
from caseway.testing.simulator import Fault, Faults, Response, json_response
from caseway.testing.simulator.base import Note


@dataclass
class Repository:
    """What all calls work on."""

    id: str
    store: Store
    types: TypeRegistry
    faults: Faults
    key_properties: tuple[str, ...] = ("hub:key", "355")


@dataclass
class Call:
    """One call. `path` is the way below the root folder, None for a call on the repository itself."""

    repository: Repository
    action: str
    form: Form
    user: str
    path: list[str] | None
    root_url: str
    note: Note = field(default_factory=Note)
    range: str = ""
    _lag: float | None = None
    _lag_known: bool = False

    @property
    def store(self) -> Store:
        """The objects."""
        return self.repository.store

    @property
    def types(self) -> TypeRegistry:
        """The types."""
        return self.repository.types

    def target(self) -> CmisObject:
        """Return the object the call is about: by objectId, else by path. Raises objectNotFound."""
        object_id = self.form.get("objectId")
        if object_id:
            return self.store.get(object_id)
        return self.store.by_path(self.path) if self.path else self.store.get(ROOT_ID)

    def document(self) -> CmisObject:
        """Return the document the call is about. Raises objectNotFound or notSupported."""
        item = self.target()
        if item.base != DOCUMENT:
            raise CmisError("notSupported", f"Object {item.id} is not a document.")
        return item

    def names(self) -> list[str]:
        """Return the names switches look at: the new name, the name of the object, the path."""
        found = [self.form.get(f"propertyValue[{i}]") for i, name in self._ids() if name == "cmis:name"]
        if self.path:
            found += ["/" + "/".join(self.path), self.path[-1]]
        item = self.store.objects.get(self.form.get("objectId"))
        return [*found, item.name] if item is not None else found

    def _ids(self) -> list[tuple[int, str]]:
        return list(self.form.indexed("propertyId", gaps=True).items())

    def fault(self, kind: str) -> Fault | None:
        """Return the fault of this kind that applies to this call, and write it down."""
        if not len(self.repository.faults):
            return None
        fault = self.repository.faults.take(kind, self.action, self.names())
        if fault is not None:
            self.note.applied(kind)
        return fault

    def lax(self, kind: str) -> bool:
        """Return whether a rule is switched off for this call."""
        return self.fault(kind) is not None

    def lag(self) -> float | None:
        """Return by how many seconds the query index is behind; counted once a call."""
        if not self._lag_known:
            fault = self.fault("query_lag")
            self._lag = float(fault.parameters["seconds"]) if fault else None
            self._lag_known = True
        return self._lag

    def check_token(self, item: CmisObject, operation: str) -> None:
        """Raise updateConflict when the client's change token is not the object's (w62, w109)."""
        given = self.form.get("changeToken")
        stale = bool(given) and given != str(item.change_token)
        if stale or (given and self.fault("stale_token")):
            raise CmisError("updateConflict", f"{operation} failed: changeToken does not match")

    def check_open(self, item: CmisObject) -> None:
        """Raise versioning when somebody has the document checked out and this is not the working copy."""
        version = item.version
        if (
            version
            and not version.working_copy
            and any(v.working_copy for v in self.store.versions(version.series))
        ):
            raise CmisError("versioning", f"Document {item.id} is checked out.")

    def touch(self, item: CmisObject) -> None:
        """Stamp a changed object: new token, who, when."""
        item.change_token = self.store.new_token()
        item.modified_by = self.user
        item.modified = from_milliseconds(item.change_token)

    def answer(self, item: CmisObject, status: int = 200, *, located: bool = False) -> Response:
        """Return an object as the answer; `located` adds where it is."""
        view = View.of(self.form.controls)
        headers = [("Location", f"{self.root_url}?objectId={item.id}")] if located else []
        return json_response(object_json(item, view, self.store, self.types), status, headers)

    def number(self, name: str, default: int) -> int:
        """Return a control that is a count. Raises invalidArgument."""
        value = self.form.get(name)
        if not value:
            return default
        if not value.isdigit():
            raise invalid(f"{name} is not a number.")
        return int(value)
