"""What this DMS can do wrong, and what that looks like on the wire."""

from __future__ import annotations

from collections.abc import Callable

from caseway.rails.cmis.simulator.errors import CmisError
from caseway.testing.simulator import Fault, Response, Switch, html_response, json_response

REFUSALS: tuple[Switch, ...] = (
    Switch(
        "refuse", "Refused: 409 constraint with this message.", {"message": "Refused by a rule of the DMS."}
    ),
    Switch(
        "unavailable", "503 serviceUnavailable, with Retry-After where seconds are given.", {"retry_after": 0}
    ),
    Switch("server_error", "500 runtime.", {"message": "An error occurred!"}),
    Switch("rate_limited", "429 tooManyRequests with Retry-After in seconds.", {"retry_after": 2}),
    Switch("unauthorized", "401: the credentials are not accepted."),
    Switch("forbidden", "403 permissionDenied.", {"message": "The user may not do this."}),
    Switch("locked", "409 versioning: somebody has the object checked out.", {"user": "erika.mustermann"}),
    Switch("html_error", "A page of a proxy instead of an answer, with this status.", {"status": 502}),
    Switch("redirect", "302 to another place.", {"location": "http://elsewhere.invalid/cmis"}),
)
OTHERS: tuple[Switch, ...] = (
    Switch("slow", "The answer waits this many seconds.", {"seconds": 1.0}),
    Switch("drop_reply", "The effect happens, then the connection ends without an answer."),
    Switch(
        "cut_connection", "The connection ends after this many bytes of content; no effect.", {"bytes": 0}
    ),
    Switch(
        "too_large",
        "Bodies over this many bytes are refused with 413 or 500.",
        {"bytes": 20971520, "status": 413},
    ),
    Switch("rename_on_conflict", "A taken name is changed (`a (1).pdf`) instead of refused."),
    Switch("lax_required", "Required properties are not enforced (as the lab server)."),
    Switch("lax_choices", "Fixed choices are not enforced."),
    Switch("lax_limits", "Lengths and limits are not enforced."),
    Switch("iso_8859_1", "Multipart text is read as ISO-8859-1, whatever the client says."),
    Switch("utf_8", "Multipart text without a charset is read as UTF-8 (the default is ISO-8859-1)."),
    Switch("query_lag", "Queries do not find objects younger than this many seconds.", {"seconds": 30.0}),
    Switch("no_in_or", "Queries with IN, OR, IN_FOLDER or IN_TREE are refused."),
    Switch("no_custom_columns", "500 for a query that selects a column that is not of the standard (w41)."),
    Switch("stale_token", "Every change token is refused: 409 updateConflict."),
    Switch("wrong_host", "repositoryInfo names another host.", {"host": "dms.internal.invalid"}),
)
ALL = (*REFUSALS, *OTHERS)
REFUSING = tuple(switch.kind for switch in REFUSALS)


def refusal(fault: Fault, challenge: str) -> Response:
    """Return what the wire shows of a refusing fault."""
    return _ANSWERS[fault.kind](fault, challenge)


def _refuse(fault: Fault, challenge: str) -> Response:
    return _error("constraint", fault.parameters["message"])


def _unavailable(fault: Fault, challenge: str) -> Response:
    seconds = fault.parameters["retry_after"]
    return _error("serviceUnavailable", "The repository is down for maintenance.", seconds)


def _server_error(fault: Fault, challenge: str) -> Response:
    return _error("runtime", fault.parameters["message"])


def _rate_limited(fault: Fault, challenge: str) -> Response:
    return _error("tooManyRequests", "Too many requests.", fault.parameters["retry_after"])


def unauthorized(challenge: str) -> Response:
    """Return 401 with the challenge of the configured authentication."""
    response = _error("unauthorized", "Authentication required.")
    response.headers.append(("WWW-Authenticate", challenge or 'Basic realm="simulator"'))
    return response


def _forbidden(fault: Fault, challenge: str) -> Response:
    return _error("permissionDenied", fault.parameters["message"])


def _locked(fault: Fault, challenge: str) -> Response:
    return _error("versioning", f"The object is checked out by {fault.parameters['user']}.")


def _html_error(fault: Fault, challenge: str) -> Response:
    page = "<!DOCTYPE html><html><head><title>Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
    return html_response(page, fault.parameters["status"])


def _redirect(fault: Fault, challenge: str) -> Response:
    return Response(302, [("Location", fault.parameters["location"])])


def _error(exception: str, message: str, retry_after: int = 0) -> Response:
    problem = CmisError(exception, message)
    headers = [("Retry-After", str(retry_after))] if retry_after else []
    return json_response(problem.body(), problem.status, headers)


_ANSWERS: dict[str, Callable[[Fault, str], Response]] = {
    "refuse": _refuse,
    "unavailable": _unavailable,
    "server_error": _server_error,
    "rate_limited": _rate_limited,
    "unauthorized": lambda fault, challenge: unauthorized(challenge),
    "forbidden": _forbidden,
    "locked": _locked,
    "html_error": _html_error,
    "redirect": _redirect,
}
