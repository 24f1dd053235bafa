"""An open connection to one repository: its addresses, its abilities, its types, remembered between steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from caseway.core.errors import NotConfigured, Unavailable
from caseway.rails.cmis.addresses import Endpoints, at_home
from caseway.rails.cmis.answer import parse
from caseway.rails.cmis.client import BrowserClient
from caseway.rails.cmis.config import CmisSettings
from caseway.rails.cmis.transport import exchange
from caseway.rails.cmis.types import TypeDefinition, definition
from caseway.rails.contract import Link

_REPOSITORY = "cmis.repository"
_FOLDER_SECONDS = 600
_RENAMES = "cmis.renames"
_RENAMES_SECONDS = 365 * 86400


@dataclass(frozen=True)
class Repository:
    """What the repository says of itself (CMIS 1.1 §2.2.2.2)."""

    info: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.info["repositoryId"])

    @property
    def root_folder_id(self) -> str:
        return str(self.info["rootFolderId"])

    @property
    def version(self) -> str:
        return str(self.info.get("cmisVersionSupported") or "")

    def capability(self, name: str) -> Any:
        """Return a capability by its name in the standard, such as `capabilityQuery`."""
        capabilities = self.info.get("capabilities")
        return capabilities.get(name) if isinstance(capabilities, dict) else None

    @property
    def can_query(self) -> bool:
        return self.capability("capabilityQuery") in ("metadataonly", "bothseparate", "bothcombined")

    @property
    def can_append(self) -> bool:
        return bool(self.capability("capabilityContentStreamUpdatability") == "anytime")


class Session:
    """The repository behind a link. Reads on first use; raises `NotConfigured` or `Unavailable`."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.settings: CmisSettings = link.settings
        self.repository = self._repository()
        self.client = BrowserClient(link.client, self._endpoints())

    def type(self, type_id: str) -> TypeDefinition:
        """Return a type, remembered. Raises `ObjectNotFound`."""
        key = f"cmis.type:{self.repository.id}:{type_id}"
        known = self.link.cache.get(key)
        if known is None:
            known = _storable(self.client.type_definition(type_id))
            self.link.cache.put(key, known, self.settings.types_seconds)
        return definition(known)

    def fresh_type(self, type_id: str) -> TypeDefinition:
        """Return a type as it is now, and remember that."""
        self.forget_type(type_id)
        return self.type(type_id)

    def forget_type(self, type_id: str) -> None:
        """Forget a type, so that it is fetched again."""
        self.link.cache.drop(f"cmis.type:{self.repository.id}:{type_id}")

    def folder_at(self, path: str) -> str:
        """Return the id of a folder of the mapping, below the root folder of the connection; remembered.

        Raises `ObjectNotFound`.
        """
        key = f"cmis.folder:{self.repository.id}:{path}"
        known = self.link.cache.get(key)
        if known is None:
            known = self.client.object_by_path(self.path(path)).id
            self.link.cache.put(key, known, _FOLDER_SECONDS)
        return str(known)

    def forget_folder(self, path: str) -> None:
        """Forget where a path leads."""
        self.link.cache.drop(f"cmis.folder:{self.repository.id}:{path}")

    @property
    def renames(self) -> bool:
        """Say whether this server was seen to choose another name instead of refusing a taken one."""
        return bool(self.link.cache.get(_RENAMES))

    def note_renaming(self) -> None:
        """Remember that this server renames."""
        self.link.cache.put(_RENAMES, True, _RENAMES_SECONDS)

    def path(self, path: str) -> str:
        """Return a path of a mapping below the root folder of the connection."""
        parts = [*self.settings.root_path.split("/"), *path.split("/")]
        return "/" + "/".join(part for part in parts if part)

    def _repository(self) -> Repository:
        info = self.link.cache.get(_REPOSITORY)
        if info is None:
            info = _storable(choose(repositories(self.link), self.settings.repository_id))
            self.link.cache.put(_REPOSITORY, info, self.settings.types_seconds)
        return Repository(info)

    def _endpoints(self) -> Endpoints:
        service, rewrite = self.settings.service_url, self.settings.rewrite_urls
        return Endpoints(
            repository=at_home(str(self.repository.info["repositoryUrl"]), service, rewrite=rewrite),
            root=at_home(str(self.repository.info["rootFolderUrl"]), service, rewrite=rewrite),
        )


def repositories(link: Link) -> dict[str, Any]:
    """Ask the service for its repositories: info by id."""
    request = link.client.build_request(
        "GET", link.settings.service_url, extensions={"caseway.action": "getRepositories"}
    )
    answer = parse(exchange(link.client, request, effect=False), effect=False)
    found = {key: info for key, info in answer.items() if _is_info(info)} if isinstance(answer, dict) else {}
    if not found:
        raise Unavailable(
            "The address answers, but not as a CMIS 1.1 Browser binding.",
            code="cmis.not_cmis",
            remedy="Check the service URL; AtomPub and SOAP addresses do not fit.",
        )
    return found


def choose(found: Mapping[str, Any], wanted: str) -> Mapping[str, Any]:
    """Return the repository of the settings, or the only one. Raises `NotConfigured`."""
    matches = [info for key, info in found.items() if wanted in ("", key, info.get("repositoryId"))]
    if len(matches) == 1:
        chosen: Mapping[str, Any] = matches[0]
        return chosen
    raise NotConfigured(
        "The DMS has several repositories." if matches else "The DMS has no repository of this id.",
        code="cmis.repository_unknown",
        remedy=f"Enter one of: {', '.join(sorted(found)[:20])}.",
        repositories=sorted(found)[:20],
    )


def _is_info(info: Any) -> bool:
    needed = ("repositoryId", "rootFolderId", "repositoryUrl", "rootFolderUrl")
    return isinstance(info, dict) and all(info.get(name) for name in needed)


def _storable(value: Any) -> Any:
    """Return JSON without Decimal, which a store of JSON does not take."""
    if isinstance(value, dict):
        return {key: _storable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_storable(one) for one in value]
    return float(value) if isinstance(value, Decimal) else value
