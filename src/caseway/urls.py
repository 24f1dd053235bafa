"""Every address of this installation."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("caseway.access.signin.urls")),
    path("", include("caseway.access.oauth.urls")),
    path("", include("caseway.api.urls")),
    path("", include("caseway.portal.setup.urls")),
    path("", include("caseway.portal.urls")),
]

handler400 = "caseway.refusals.bad_request"
handler403 = "caseway.refusals.forbidden"
handler404 = "caseway.refusals.not_found"
handler500 = "caseway.refusals.broken"
