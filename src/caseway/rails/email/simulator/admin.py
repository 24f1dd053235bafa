"""The admin API under /_sim (JSON), and the forms of the page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from caseway.core.errors import CasewayError
from caseway.rails.email.simulator import page
from caseway.testing.simulator import Request, Response, html_response, json_response

if TYPE_CHECKING:
    from caseway.rails.email.simulator.simulator import EmailSimulator

LIMIT = 1 << 16


def answer(simulator: EmailSimulator, request: Request) -> Response:
    """Answer one request to /_sim/… or to the page."""
    try:
        return _route(simulator, request, (request.method, *request.segments[1:]))
    except CasewayError as problem:
        return json_response({"code": problem.code, "detail": problem.sentence}, problem.status)
    except ValueError as problem:
        return json_response({"code": "simulator.bad_request", "detail": str(problem)}, 400)


def _route(simulator: EmailSimulator, request: Request, route: tuple[str, ...]) -> Response:
    if not request.segments:
        return html_response(page.render(simulator, request.query))
    match route:
        case ("GET", "state"):
            return json_response({"mails": [mail.describe() for mail in simulator.mails.all()]})
        case ("GET", "counts"):
            mails = simulator.mails.all()
            return json_response({"total": len(mails), "doubled": simulator.mails.doubled()})
        case ("GET", "log"):
            return json_response({"total": simulator.log.total, "entries": simulator.log.describe()})
        case ("POST", "reset"):
            simulator.reset()
            return Response(204)
        case ("GET" | "POST" | "DELETE", "faults", *rest):
            return _faults(simulator, request, rest)
        case ("POST", "form", name):
            return _form(simulator, request, name)
    return json_response({"code": "simulator.not_found", "detail": "No such admin function."}, 404)


def _faults(simulator: EmailSimulator, request: Request, rest: list[str]) -> Response:
    if request.method == "POST":
        settings = json.loads(request.read_all(LIMIT))
        if not isinstance(settings, dict):
            raise ValueError("A fault is a JSON object with `kind`.")
        fault = simulator.faults.add(str(settings.pop("kind", "")), **settings)
        return json_response(fault.describe(), 201)
    if request.method == "DELETE":
        if rest:
            simulator.faults.remove(rest[0])
        else:
            simulator.faults.clear()
        return Response(204)
    known = [
        {"kind": switch.kind, "sentence": switch.sentence, "parameters": dict(switch.parameters)}
        for switch in simulator.faults.known.values()
    ]
    return json_response({"faults": [fault.describe() for fault in simulator.faults], "switches": known})


def _form(simulator: EmailSimulator, request: Request, name: str) -> Response:
    """A form of the page: change something, then show the page again. Other sites may not send one."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return json_response({"code": "simulator.foreign_form", "detail": "Not from this page."}, 403)
    form = {key: values[0] for key, values in parse_qs(request.read_all(LIMIT).decode()).items()}
    if name == "add":
        _add(simulator, form)
    elif name == "remove":
        simulator.faults.remove(form.get("id", ""))
    elif name == "reset":
        simulator.reset()
    return Response(303, [("Location", "/#switches")])


def _add(simulator: EmailSimulator, form: dict[str, str]) -> None:
    """The one value of the form goes to the last parameter of a switch: message, or seconds."""
    kind, value = form.pop("kind", ""), form.pop("value", "")
    wanted = simulator.faults.known.get(kind)
    parameters = list(wanted.parameters) if wanted else []
    given: dict[str, Any] = {parameters[-1]: value} if value and parameters else {}
    simulator.faults.add(kind, **{key: text for key, text in form.items() if text}, **given)
