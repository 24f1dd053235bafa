"""The addresses of signing in: ours, and the two of allauth that the staff login needs; no others."""

from __future__ import annotations

from allauth.socialaccount.providers.openid_connect import views as staff
from django.urls import path

from caseway.access.signin import views

urlpatterns = [
    path("sign-in/", views.sign_in, name="account_login"),
    path("sign-out/", views.sign_out, name="account_logout"),
    path("sign-in/welcome/<uidb64>/<token>/", views.Welcome.as_view(), name="welcome"),
    path("sign-in/with/<slug:provider_id>/", staff.login, name="openid_connect_login"),
    path("sign-in/with/<slug:provider_id>/back/", staff.callback, name="openid_connect_callback"),
]
