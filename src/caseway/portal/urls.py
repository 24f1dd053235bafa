"""The addresses of the screens."""

from __future__ import annotations

from django.urls import path

from caseway.portal.views import account, overview

app_name = "portal"

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("account/language/", account.language, name="language"),
    path("account/organisation/", account.organisation, name="organisation"),
]
