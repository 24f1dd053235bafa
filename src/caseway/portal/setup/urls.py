"""The addresses of the set-up screens."""

from __future__ import annotations

from django.urls import path

from caseway.portal.setup import checklist_views as checklists
from caseway.portal.setup import client_views as clients
from caseway.portal.setup import conformance_views as runs
from caseway.portal.setup import connection_views as connections
from caseway.portal.setup import directory_views as directories
from caseway.portal.setup import editor_views as editor
from caseway.portal.setup import key_views as keys
from caseway.portal.setup import mapping_views as mappings
from caseway.portal.setup import people_views as people
from caseway.portal.setup import route_views as routes
from caseway.portal.setup import schema_views as schemas

app_name = "setup"

_KEY = "connections/<slug:slug>/keys/<uuid:key_id>/"
_RUNS = "connections/<slug:slug>/conformance/"

urlpatterns = [
    path("connections/", connections.connections, name="connections"),
    path("connections-new/", connections.connection_new, name="connection-new"),
    path("connections-new/<slug:rail_id>/", connections.connection_create, name="connection-create"),
    path("connections/<slug:slug>/", connections.connection, name="connection"),
    path("connections/<slug:slug>/edit/", connections.connection_edit, name="connection-edit"),
    path("connections/<slug:slug>/check/", connections.connection_check, name="connection-check"),
    path("connections/<slug:slug>/diagnosis/", connections.connection_diagnosis, name="connection-diagnosis"),
    path("connections/<slug:slug>/pause/", connections.connection_pause, name="connection-pause"),
    path("connections/<slug:slug>/resume/", connections.connection_resume, name="connection-resume"),
    path("connections/<slug:slug>/move/<slug:environment>/", runs.move, name="conformance-move"),
    path("connections/<slug:slug>/keys/", keys.keys, name="keys"),
    path("connections/<slug:slug>/keys/new/", keys.key_new, name="key-new"),
    path("connections/<slug:slug>/keys/import/", keys.key_import, name="key-import"),
    path(_KEY, keys.key, name="key"),
    path(_KEY + "public/", keys.key_public, name="key-public"),
    path(_KEY + "request/", keys.key_request, name="key-request"),
    path(
        _KEY + "certificate/",
        keys.key_certificate,
        name="key-certificate",
    ),
    path(_KEY + "force/", keys.key_force, name="key-force"),
    path(_KEY + "retire/", keys.key_retire, name="key-retire"),
    path(_RUNS, runs.conformance, name="conformance"),
    path(_RUNS + "run/", runs.run_now, name="conformance-start"),
    path(_RUNS + "<uuid:run_id>/", runs.run, name="conformance-run"),
    path(_RUNS + "<uuid:run_id>/report/", runs.report, name="conformance-report"),
    path("connections/<slug:slug>/checklist/", checklists.checklist, name="checklist"),
    path(
        "connections/<slug:slug>/checklist/letter/<slug:who>/",
        checklists.checklist_letter,
        name="checklist-letter",
    ),
    path("connections/<slug:slug>/checklist/<slug:code>/", checklists.checklist_item, name="checklist-item"),
    path("connections/<slug:slug>/directory/", directories.directory_of, name="directory-of"),
    path("directory/", directories.directory, name="directory"),
    path("catalogue/", directories.catalogue, name="catalogue"),
    path("routes/", routes.routes, name="routes"),
    path("routes/new/", routes.route_new, name="route-new"),
    path("routes/<uuid:route_id>/", routes.route_edit, name="route-edit"),
    path("routes/<uuid:route_id>/delete/", routes.route_delete, name="route-delete"),
    path("mappings/", mappings.mappings, name="mappings"),
    path("mappings-new/", mappings.mapping_new, name="mapping-new"),
    path("mappings-import/", mappings.mapping_import, name="mapping-import"),
    path("mappings-drift/", mappings.mappings_drift, name="mappings-drift"),
    path("mappings/<slug:mapping_id>/", mappings.mapping, name="mapping"),
    path("mappings/<slug:mapping_id>/draft/", editor.mapping_draft, name="mapping-draft"),
    path("mappings/<slug:mapping_id>/draft/yaml/", editor.mapping_yaml, name="mapping-yaml"),
    path("mappings/<slug:mapping_id>/draft/publish/", editor.mapping_publish, name="mapping-publish"),
    path("mappings/<slug:mapping_id>/draft/discard/", editor.mapping_discard, name="mapping-discard"),
    path("mappings/<slug:mapping_id>/diff/", mappings.mapping_diff, name="mapping-diff"),
    path("mappings/<slug:mapping_id>/bind/", mappings.mapping_bind, name="mapping-bind"),
    path(
        "mappings/<slug:mapping_id>/bindings/<uuid:binding_id>/remove/",
        mappings.mapping_unbind,
        name="mapping-unbind",
    ),
    path("mappings/<slug:mapping_id>/<int:version>/", mappings.mapping_version, name="mapping-version"),
    path("mappings/<slug:mapping_id>/<int:version>/begin/", mappings.mapping_begin, name="mapping-begin"),
    path(
        "mappings/<slug:mapping_id>/<int:version>/export.csv",
        mappings.mapping_export,
        {"form": "csv"},
        name="mapping-csv",
    ),
    path(
        "mappings/<slug:mapping_id>/<int:version>/export.yaml",
        mappings.mapping_export,
        {"form": "yaml"},
        name="mapping-export-yaml",
    ),
    path("schemas/", schemas.schemas, name="schemas"),
    path("schemas/new/", schemas.schema_new, name="schema-new"),
    path("schemas/<uuid:schema_id>/remove/", schemas.schema_remove, name="schema-remove"),
    path("clients/", clients.clients, name="clients"),
    path("clients/new/", clients.client_new, name="client-new"),
    path("clients/<uuid:client_id>/secret/", clients.client_rotate, name="client-rotate"),
    path("clients/<uuid:client_id>/remove/", clients.client_remove, name="client-remove"),
    path("people/", people.people, name="people"),
    path("people/invite/", people.person_invite, name="person-invite"),
    path("people/<uuid:user_id>/role/", people.person_role, name="person-role"),
    path("people/<uuid:user_id>/invitation/", people.person_renew, name="person-renew"),
    path("people/<uuid:user_id>/remove/", people.person_remove, name="person-remove"),
]
