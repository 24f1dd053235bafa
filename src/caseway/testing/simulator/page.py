"""The frame of a simulator's page: no assets, no script, light and dark, accessible."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from caseway.testing.simulator.faults import Fault, Faults
from caseway.testing.simulator.log import Entry

_STYLE = """
:root{color-scheme:light dark;--ink:#1b2430;--soft:#4d5a6b;--line:#d5dce5;--paper:#fff;--back:#f4f6f9;
--accent:#0b5cad;--bad:#a4161a;--mark:#fff3d6}
@media (prefers-color-scheme:dark){:root{--ink:#e8edf3;--soft:#a9b6c6;--line:#364252;--paper:#1a222c;
--back:#11171f;--accent:#7cb8ff;--bad:#ff9a9a;--mark:#4a3a10}}
*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--ink);
font:16px/1.5 system-ui,sans-serif}a{color:var(--accent)}
header,main{max-width:78rem;margin:0 auto;padding:1rem 1.25rem}header p{color:var(--soft);margin:.25rem 0}
h1{font-size:1.5rem;margin:0}h2{font-size:1.15rem;margin:0 0 .75rem}
.columns{display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(min(24rem,100%),1fr))}
section{background:var(--paper);border:1px solid var(--line);border-radius:.5rem;padding:1rem 1.25rem;
margin-bottom:1rem;overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{text-align:left;padding:.3rem .6rem .3rem 0;
border-bottom:1px solid var(--line);vertical-align:top}caption{text-align:left;color:var(--soft)}
ul{list-style:none;margin:0;padding-left:1.1rem}ul.top{padding:0}li{padding:.1rem 0}
.soft{color:var(--soft);font-size:.85rem}.bad{color:var(--bad);font-weight:600}.on{background:var(--mark)}
code{font-family:ui-monospace,monospace;font-size:.9em}dl{display:grid;grid-template-columns:auto 1fr;
gap:.2rem 1rem;margin:0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
form{display:inline}fieldset{border:0;padding:0;margin:.75rem 0 0;display:flex;flex-wrap:wrap;gap:.75rem;
align-items:end}label{display:grid;font-size:.85rem;color:var(--soft)}
input,select,button{font:inherit;color:inherit;background:var(--back);border:1px solid var(--soft);
border-radius:.35rem;padding:.3rem .5rem;min-height:2.2rem;max-width:100%}
button{cursor:pointer;background:var(--paper)}button.main{background:var(--accent);color:var(--paper);
border-color:var(--accent)}:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem}
"""


def frame(title: str, lead: str, sections: Iterable[str]) -> str:
    """Return a whole page. `lead` and `sections` are HTML."""
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<style>{_STYLE}</style></head><body><a class="skip" href="#content">Skip to content</a>'
        f"<header><h1>{escape(title)}</h1>{lead}</header>"
        f'<main id="content">{"".join(sections)}</main></body></html>'
    )


def section(identity: str, title: str, body: str) -> str:
    """Return a section with a heading; `body` is HTML."""
    heading = f'<h2 id="{identity}-h">{escape(title)}</h2>'
    return f'<section id="{identity}" aria-labelledby="{identity}-h">{heading}{body}</section>'


def table(headings: Iterable[str], rows: Iterable[Iterable[str]], empty: str) -> str:
    """Return a table of HTML cells, or a sentence when there are no rows."""
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    if not body:
        return f'<p class="soft">{escape(empty)}</p>'
    head = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in headings)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def log_section(entries: Iterable[Entry]) -> str:
    """Return the last requests, newest first."""
    rows = [
        (
            f"<time>{entry.at:%H:%M:%S}.{entry.at.microsecond // 1000:03d}</time>",
            f"<code>{escape(entry.action)}</code>",
            escape(entry.name),
            _status(entry.status),
            escape(entry.fault),
            f"{entry.milliseconds:.1f}",
        )
        for entry in entries
    ]
    headings = ("Time (UTC)", "Action", "Name", "Answer", "Fault", "ms")
    return section("log", "Last requests", table(headings, rows, "No request yet."))


def switches_section(faults: Faults, actions: Iterable[str]) -> str:
    """Return the faults that are on, and a form for one more."""
    rows = [_fault_row(fault) for fault in faults]
    on = table(("Switch", "Scope", "Applied", "Turn off"), rows, "No fault is on: the system behaves.")
    reset = (
        '<form method="post" action="/_sim/form/reset"><p><button>Forget everything</button> '
        '<span class="soft">all objects, all switches, the log</span></p></form>'
    )
    return section("switches", "Switches", on + _add_form(faults, actions) + reset)


def _fault_row(fault: Fault) -> tuple[str, str, str, str]:
    scope = [f"only {', '.join(sorted(fault.actions))}"] if fault.actions else []
    scope += [f"name {fault.name}"] if fault.name else []
    scope += [f"after {fault.after}"] if fault.after else []
    scope += [f"{fault.probability:.0%}"] if fault.probability < 1 else []
    scope += [f"{name} {value}" for name, value in fault.parameters.items()]
    times = f"{fault.applied}" if fault.times is None else f"{fault.applied} of {fault.times}"
    button = (
        '<form method="post" action="/_sim/form/remove">'
        f'<input type="hidden" name="id" value="{fault.id}">'
        f"<button>Turn off {escape(fault.kind)}</button></form>"
    )
    return (
        f'<strong class="on">{escape(fault.kind)}</strong>',
        escape("; ".join(scope) or "everything"),
        times,
        button,
    )


def _add_form(faults: Faults, actions: Iterable[str]) -> str:
    kinds = "".join(
        f'<option value="{escape(switch.kind)}">{escape(f"{switch.kind}: {switch.sentence}")}</option>'
        for switch in faults.known.values()
    )
    acts = "".join(f"<option>{escape(action)}</option>" for action in actions)
    return (
        '<form method="post" action="/_sim/form/add"><fieldset>'
        f'<label>Switch<select name="kind">{kinds}</select></label>'
        '<label>Value (seconds, bytes, message…)<input name="value"></label>'
        f'<label>Only this action<select name="actions"><option value="">any</option>{acts}</select></label>'
        '<label>Only names like<input name="name" placeholder="*.xml"></label>'
        '<label>How often (empty: always)<input name="times" inputmode="numeric" size="4"></label>'
        '<button class="main">Turn on</button></fieldset></form>'
    )


def _status(status: int) -> str:
    if status == 0:
        return '<span class="bad">no answer</span>'
    return f'<span class="bad">{status}</span>' if status >= 400 else str(status)
