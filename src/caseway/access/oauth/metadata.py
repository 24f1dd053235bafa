"""What a client can find out about us by itself (OpenID Connect Discovery 1.0, section 3; RFC 8414)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from caseway.access.permissions import SCOPES
from caseway.configuration import configuration

_ENDPOINTS = {
    "authorization_endpoint": "authorization",
    "token_endpoint": "token",
    "userinfo_endpoint": "userinfo",
    "revocation_endpoint": "revoke",
    "introspection_endpoint": "introspect",
    "jwks_uri": "jwks",
}
_BY_SECRET = ["client_secret_basic", "client_secret_post"]


@require_GET
def configuration_document(request: HttpRequest) -> HttpResponse:
    """Return where the endpoints are and what they can do; the addresses are our public ones."""
    issuer = configuration().public_url.rstrip("/")
    document = {
        "issuer": issuer,
        **{key: issuer + reverse(f"idp:oidc:{name}") for key, name in _ENDPOINTS.items()},
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": _BY_SECRET,
        "introspection_endpoint_auth_methods_supported": _BY_SECRET,
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": ["sub", "name", "email", "caseway_organisation", "caseway_role"],
    }
    response = JsonResponse(document)
    response["Access-Control-Allow-Origin"] = "*"
    return response
