"""The token endpoint (RFC 6749, section 3.2), with what the engine below leaves open.

A code counts once over all processes, and its second use ends the tokens of the first (RFC 6749, 4.1.2). A
person's token is given only while they belong to the client's organisation.
"""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256

from allauth.idp.oidc.models import Token
from allauth.idp.oidc.views import RevokeView, TokenView, UserInfoView
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse

from caseway.access.oauth import failures
from caseway.access.oauth.members import membership_at
from caseway.access.tokens import InvalidToken, actor_of_token, forget
from caseway.core.clock import now

_CODE_REMEMBERED = timedelta(days=1)
_LONGEST_CODE = 200


class TokenEndpoint(TokenView):  # type: ignore[misc]
    """Gives tokens for credentials, codes and refresh tokens."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Answer as RFC 6749, sections 5.1 and 5.2, say; 429 after too many wrong secrets."""
        if failures.blocked(request):
            return _slow_down()
        code = request.POST.get("code", "") if _grant(request) == "authorization_code" else ""
        if len(code) > _LONGEST_CODE:
            return _invalid_grant()
        with transaction.atomic():
            response: HttpResponse = super().post(request)
            kept = response.status_code != 200 or _keep(response, code)
            transaction.set_rollback(not kept)
        if response.status_code == 401:
            failures.count_failure(request)
        if code and (not kept or _error(response) == "invalid_grant"):
            _revoke_tokens_of(code)
        return response if kept else _invalid_grant()


class UserInfo(UserInfoView):  # type: ignore[misc]
    """Who the token's person is, for as long as the token is good for anything else."""

    def _respond(self, request: HttpRequest) -> HttpResponse:
        try:
            actor_of_token(request.headers.get("Authorization", ""))
        except InvalidToken:
            response = JsonResponse({"error": "invalid_token"}, status=401)
            response["WWW-Authenticate"] = 'Bearer error="invalid_token"'
            return response
        answer: HttpResponse = super()._respond(request)
        return answer


class Revoke(RevokeView):  # type: ignore[misc]
    """Ends a token (RFC 7009); in this process at once."""

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        """Answer as RFC 7009, section 2.2, says."""
        response: HttpResponse = super().post(request, *args, **kwargs)
        forget()
        return response


def _keep(response: HttpResponse, code: str) -> bool:
    """Tell whether the tokens just made may stand; a code's first use is written down with them."""
    value = json.loads(response.content)["access_token"]
    token = Token.objects.select_related("user").get(type=Token.Type.ACCESS_TOKEN, hash=_hash(value))
    if token.user is not None and membership_at(token.client_id, token.user) is None:
        return False
    if not code:
        return True
    _, first = Token.objects.get_or_create(
        type=Token.Type.AUTHORIZATION_CODE,
        hash=_hash(code),
        defaults={
            "client_id": token.client_id,
            "user": token.user,
            "created_at": token.created_at,
            "expires_at": now() + _CODE_REMEMBERED,
        },
    )
    return bool(first)


def _revoke_tokens_of(code: str) -> None:
    used = Token.objects.filter(type=Token.Type.AUTHORIZATION_CODE, hash=_hash(code)).first()
    if used is None or used.client_id is None:
        return
    Token.objects.filter(
        client=used.client_id,
        user=used.user_id,
        type__in=[Token.Type.ACCESS_TOKEN, Token.Type.REFRESH_TOKEN],
        created_at__gte=used.created_at,
    ).delete()
    forget(used.client_id)


def _hash(value: str) -> str:
    return sha256(value.encode()).hexdigest()


def _grant(request: HttpRequest) -> str:
    return request.POST.get("grant_type", "")


def _error(response: HttpResponse) -> str:
    return "" if response.status_code == 200 else str(json.loads(response.content).get("error", ""))


def _invalid_grant() -> HttpResponse:
    response = JsonResponse({"error": "invalid_grant"}, status=400)
    response["Cache-Control"] = "no-store"
    return response


def _slow_down() -> HttpResponse:
    response = JsonResponse(
        {"error": "invalid_client", "error_description": "Too many wrong secrets; wait."}, status=429
    )
    response["Retry-After"] = str(failures.SECONDS)
    response["Cache-Control"] = "no-store"
    return response
