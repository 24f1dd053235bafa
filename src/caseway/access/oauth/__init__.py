"""Our side of OAuth 2.0 and OpenID Connect, on django-allauth's provider (docs/adr/0006)."""
