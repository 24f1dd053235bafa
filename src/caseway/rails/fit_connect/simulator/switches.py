"""What this platform can do wrong, and what that looks like on the wire."""

from __future__ import annotations

from collections.abc import Callable

from caseway.rails.fit_connect.simulator.problem import Problem, forbidden, unauthorized, unprocessable
from caseway.testing.simulator import Fault, Response, Switch, html_response

REFUSALS: tuple[Switch, ...] = (
    Switch("refuse", "403 with a problem.", {"message": "The client may not do this."}),
    Switch(
        "problems_422",
        "422 with this slug and message.",
        {"slug": "invalid", "message": "Refused by a rule."},
    ),
    Switch("unavailable", "503, with Retry-After where seconds are given.", {"retry_after": 0}),
    Switch("server_error", "500 with a problem.", {"message": "An internal error occurred."}),
    Switch("rate_limited", "429 with Retry-After in seconds and the RateLimit headers.", {"retry_after": 2}),
    Switch("unauthorized", "401: the token is not accepted."),
    Switch("html_error", "A page of a proxy instead of an answer, with this status.", {"status": 502}),
    Switch("too_large", "413 whatever the size.", {"message": "The payload is too large."}),
)
TRANSPORT: tuple[Switch, ...] = (
    Switch("slow", "The answer waits this many seconds.", {"seconds": 1.0}),
    Switch("drop_reply", "The effect happens, then the connection ends without an answer."),
    Switch(
        "drop_upload_at", "The connection ends after this share of an upload; no effect.", {"percent": 50.0}
    ),
    Switch("truncate_download", "A download ends after this share of it.", {"percent": 50.0}),
    Switch("token_expired_mid_upload", "Half of an upload is read, then the token is worthless: 401."),
    Switch("clock_skew", "The platform's clock is wrong by this many seconds.", {"seconds": 600.0}),
    Switch("lag", "What was submitted is seen in lists and logs only after so many reads.", {"reads": 2}),
)
DESTINATIONS: tuple[Switch, ...] = (
    Switch(
        "rotate_key_after_lookup",
        "After a look at the destination its encryption key changes; `refuse_old`: 422 for the old kid.",
        {"refuse_old": False},
    ),
    Switch("destination_inactive", "The destination is inactive."),
    Switch("certificate_expired", "A key's certificate ended yesterday."),
    Switch("certificate_revoked", "A key's certificate is revoked (CRL and OCSP say so)."),
    Switch("certificate_incomplete", "A key's chain is the leaf only."),
    Switch("certificate_self_signed", "A key's certificate signed itself."),
    Switch("certificate_untrusted", "A key's chain ends in a root nobody trusts."),
    Switch("certificate_wrong_key", "A key's certificate is of another key than n and e."),
    Switch("wrong_destination_signature", "Routing's destinationSignature does not verify."),
    Switch("foreign_destination_signature", "Routing's destinationSignature is of another destination."),
)
TOKENS: tuple[Switch, ...] = (
    Switch("tamper_attachment", "One character of an attachment's ciphertext is another."),
    Switch("tamper_data", "One character of the data's ciphertext is another."),
    Switch(
        "tamper_tag_in_set",
        "An event's authenticationTags are not those of the JWEs.",
        {"event": "submit-submission"},
    ),
    Switch("wrong_set_signature", "An event's signature does not verify.", {"event": "submit-submission"}),
    Switch(
        "wrong_issuer",
        "An event names another issuer.",
        {"event": "submit-submission", "issuer": "https://elsewhere.invalid/submission-api"},
    ),
)
CALLBACKS: tuple[Switch, ...] = (
    Switch("duplicate_callback", "A callback is sent twice."),
    Switch("replayed_callback", "The callback before comes again, byte for byte, with this one."),
    Switch("callback_bad_hmac", "A callback's HMAC is wrong; it is not repeated."),
    Switch("callback_old_timestamp", "A callback's timestamp is this many seconds old.", {"seconds": 301}),
    Switch("callback_lost", "A callback is never sent."),
)
ALL = (*REFUSALS, *TRANSPORT, *DESTINATIONS, *TOKENS, *CALLBACKS)
REFUSING = tuple(switch.kind for switch in REFUSALS)
CERTIFICATES = tuple(switch.kind for switch in DESTINATIONS if switch.kind.startswith("certificate_"))


def refusal(fault: Fault) -> Response:
    """Return what the wire shows of a refusing fault."""
    if fault.kind == "html_error":
        page = (
            "<!DOCTYPE html><html><head><title>Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
        )
        return html_response(page, fault.parameters["status"])
    return _PROBLEMS[fault.kind](fault).response()


def rate_limited(seconds: int, limit: int = 100) -> Problem:
    """429 with the headers of the specification (routing 2.0.0) and Retry-After."""
    headers = [
        ("Retry-After", str(seconds)),
        ("RateLimit-Limit", str(limit)),
        ("RateLimit-Remaining", "0"),
        ("RateLimit-Reset", str(seconds)),
    ]
    return Problem(429, "too-many-requests", "Too many requests", "Come again later.", headers=headers)


def _unavailable(fault: Fault) -> Problem:
    seconds = fault.parameters["retry_after"]
    headers = [("Retry-After", str(seconds))] if seconds else []
    return Problem(
        503, "service-unavailable", "Service unavailable", "Down for maintenance.", headers=headers
    )


_PROBLEMS: dict[str, Callable[[Fault], Problem]] = {
    "refuse": lambda fault: forbidden(fault.parameters["message"]),
    "problems_422": lambda fault: unprocessable(
        fault.parameters["slug"], "Unprocessable entity", fault.parameters["message"]
    ),
    "unavailable": _unavailable,
    "server_error": lambda fault: Problem(
        500, "internal-server-error", "Internal server error", fault.parameters["message"]
    ),
    "rate_limited": lambda fault: rate_limited(fault.parameters["retry_after"]),
    "unauthorized": lambda fault: unauthorized(),
    "too_large": lambda fault: Problem(
        413, "payload-too-large", "Request entity too large", fault.parameters["message"]
    ),
}
