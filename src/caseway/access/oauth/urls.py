"""The addresses of OAuth 2.0 and OpenID Connect, under the names allauth looks them up by."""

from __future__ import annotations

from allauth.idp.oidc import views
from django.urls import include, path

from caseway.access.oauth.authorize import Authorize
from caseway.access.oauth.metadata import configuration_document
from caseway.access.oauth.token import Revoke, TokenEndpoint, UserInfo

_oidc = [
    path(".well-known/openid-configuration", configuration_document, name="configuration"),
    path(".well-known/jwks.json", views.jwks, name="jwks"),
    path("oauth/authorize", Authorize.as_view(), name="authorization"),
    path("oauth/token", TokenEndpoint.as_view(), name="token"),
    path("oauth/revoke", Revoke.as_view(), name="revoke"),
    path("oauth/introspect", views.introspect, name="introspect"),
    path("oauth/userinfo", UserInfo.as_view(), name="userinfo"),
]
app_name = "idp"
urlpatterns = [path("", include((_oidc, "oidc")))]
