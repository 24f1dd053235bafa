"""repositoryInfo (CMIS 1.1, 2.2.2.2 and 5.4.3.1), in the shape of the capture w02."""

from __future__ import annotations

from typing import Any

from caseway.rails.cmis.simulator.call import Repository
from caseway.rails.cmis.simulator.store import ROOT_ID

_PERMISSIONS = (("cmis:read", "Read"), ("cmis:write", "Write"), ("cmis:all", "All"))
_MAPPING = (
    ("canGetProperties.Object", "cmis:read"),
    ("canGetChildren.Folder", "cmis:read"),
    ("canViewContent.Object", "cmis:read"),
    ("canCreateDocument.Folder", "cmis:write"),
    ("canCreateFolder.Folder", "cmis:write"),
    ("canUpdateProperties.Object", "cmis:write"),
    ("canSetContent.Document", "cmis:write"),
    ("canDelete.Object", "cmis:write"),
    ("canApplyACL.Object", "cmis:all"),
)
CAPABILITIES: dict[str, Any] = {
    "capabilityContentStreamUpdatability": "anytime",
    "capabilityChanges": "objectidsonly",
    "capabilityRenditions": "none",
    "capabilityGetDescendants": True,
    "capabilityGetFolderTree": False,
    "capabilityMultifiling": False,
    "capabilityUnfiling": True,
    "capabilityVersionSpecificFiling": False,
    "capabilityPWCSearchable": False,
    "capabilityPWCUpdatable": True,
    "capabilityAllVersionsSearchable": True,
    "capabilityOrderBy": "common",
    "capabilityQuery": "metadataonly",
    "capabilityJoin": "inneronly",
    "capabilityACL": "manage",
    "capabilityCreatablePropertyTypes": {
        "canCreate": ["datetime", "id", "integer", "decimal", "html", "string", "boolean", "uri"]
    },
    "capabilityNewTypeSettableAttributes": {
        "id": True,
        "localName": True,
        "localNamespace": True,
        "displayName": True,
        "queryName": True,
        "description": True,
        "creatable": True,
        "fileable": True,
        "queryable": True,
        "fulltextIndexed": False,
        "includedInSupertypeQuery": False,
        "controllablePolicy": False,
        "controllableACL": True,
    },
}


def repository_info(repository: Repository, browser_url: str) -> dict[str, Any]:
    """Return the repository by its id; `browser_url` is how the client may reach the service."""
    url = f"{browser_url}/{repository.id}"
    info = {
        "repositoryId": repository.id,
        "repositoryName": "Caseway DMS simulator",
        "repositoryDescription": "A simulated DMS with the Browser binding of CMIS 1.1",
        "vendorName": "Caseway",
        "productName": "Caseway DMS simulator",
        "productVersion": "1",
        "rootFolderId": ROOT_ID,
        "capabilities": CAPABILITIES,
        "aclCapabilities": {
            "supportedPermissions": "basic",
            "propagation": "objectonly",
            "permissions": [{"permission": name, "description": shown} for name, shown in _PERMISSIONS],
            "permissionMapping": [{"key": key, "permission": [name]} for key, name in _MAPPING],
        },
        "latestChangeLogToken": str(len(repository.store.changes)),
        "cmisVersionSupported": "1.1",
        "thinClientURI": "",
        "changesIncomplete": False,
        "changesOnType": ["cmis:document", "cmis:folder"],
        "principalIdAnonymous": "anonymous",
        "principalIdAnyone": "anyone",
        "extendedFeatures": [
            {
                "id": "http://docs.oasis-open.org/ns/cmis/extension/datetimeformat",
                "url": "https://www.oasis-open.org/committees/tc_home.php?wg_abbrev=cmis",
                "commonName": "Browser Binding DateTime Format",
                "versionLabel": "1.0",
                "description": "Adds an additional DateTime format for the Browser Binding.",
            }
        ],
        "repositoryUrl": url,
        "rootFolderUrl": f"{url}/root",
    }
    return {repository.id: info}
