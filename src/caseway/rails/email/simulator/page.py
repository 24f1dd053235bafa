"""The page of the simulated mail server: what it took, what came in, what is switched wrong."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from itertools import islice
from typing import TYPE_CHECKING

from caseway.rails.email.simulator.mails import Mail
from caseway.rails.email.simulator.smtp import ACTIONS
from caseway.testing.simulator.page import frame, log_section, section, switches_section, table

if TYPE_CHECKING:
    from caseway.rails.email.simulator.simulator import EmailSimulator

SHOWN = 100


def render(simulator: EmailSimulator, query: Mapping[str, str]) -> str:
    """Return the page; `mail` in the query selects one."""
    mails = simulator.mails.all()
    selected = next((one for one in mails if str(one.number) == query.get("mail")), None)
    sections = [
        '<div class="columns">',
        _list_section(mails, selected),
        _mail_section(selected),
        "</div>",
        switches_section(simulator.faults, ACTIONS),
    ]
    newest = islice(reversed(simulator.log.entries()), SHOWN)
    return frame("Simulated mail server (SMTP)", _lead(simulator, mails), [*sections, log_section(newest)])


def _lead(simulator: EmailSimulator, mails: list[Mail]) -> str:
    doubled = simulator.mails.doubled()
    twice = f'<span class="bad">{doubled} taken twice</span>' if doubled else "nothing taken twice"
    return (
        f"<p>SMTP: <code>{escape(simulator.host)}:{simulator.smtp_port}</code>, "
        f"encryption <code>{escape(simulator.security)}</code></p>"
        f"<p>{len(mails)} mails, {twice}. "
        '<a href="/_sim/state">State</a> · <a href="/_sim/counts">Counts</a> · <a href="/_sim/log">Log</a> · '
        '<a href="/_sim/faults">Faults</a> (JSON)</p>'
    )


def _list_section(mails: list[Mail], selected: Mail | None) -> str:
    rows = [
        (
            f"<time>{mail.at:%H:%M:%S}</time>",
            _link(mail, selected),
            escape(", ".join(mail.recipients)),
            str(len(mail.attachments)),
        )
        for mail in islice(reversed(mails), SHOWN)
    ]
    return section("mails", "Mails", table(("Time (UTC)", "Subject", "To", "Files"), rows, "No mail yet."))


def _link(mail: Mail, selected: Mail | None) -> str:
    current = ' aria-current="true" class="on"' if mail is selected else ""
    return f'<a href="/?mail={mail.number}#mail"{current}>{escape(mail.subject or "(no subject)")}</a>'


def _mail_section(mail: Mail | None) -> str:
    if mail is None:
        return section("mail", "One mail", '<p class="soft">Choose a mail on the left.</p>')
    headers = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>" for name, value in mail.message.items()
    )
    files = "".join(
        f'<li>{escape(one.filename)} <span class="soft">{escape(one.media_type)}, {one.size} bytes</span>'
        "</li>"
        for one in mail.attachments
    )
    words = "<br>".join(escape(line) for line in mail.text.splitlines())
    return section("mail", mail.subject, f"<dl>{headers}</dl><p>{words}</p><ul>{files}</ul>")
