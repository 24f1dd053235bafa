"""Makes the `.mo` that is read from the `.po` that is written: `python -m caseway.locale.compile`.

The format is GNU gettext's (manual, "The Format of GNU MO Files"); no program of others is needed.
"""

from __future__ import annotations

import ast
import struct
from pathlib import Path

MAGIC = 0x950412DE


def messages(po: str) -> dict[str, str]:
    """Return the translated messages of a catalogue; plural forms joined by NUL, as the `.mo` has them."""
    found: dict[str, str] = {}
    for block in po.split("\n\n"):
        fields = _fields(block)
        translated = [text for name, text in fields.items() if name.startswith("msgstr")]
        if "fuzzy" in _flags(block) or "msgid" not in fields or not any(translated):
            continue
        key = "\0".join(fields[name] for name in ("msgid", "msgid_plural") if name in fields)
        context = f"{fields['msgctxt']}\x04" if "msgctxt" in fields else ""
        found[context + key] = "\0".join(translated)
    return found


def compiled(po: str) -> bytes:
    """Return the `.mo` of a catalogue."""
    pairs = sorted((key.encode(), text.encode()) for key, text in messages(po).items())
    keys, texts = [key for key, _ in pairs], [text for _, text in pairs]
    start = 28 + 16 * len(pairs)
    tables, offset = b"", start
    for column in (keys, texts):
        for text in column:
            tables += struct.pack("<II", len(text), offset)
            offset += len(text) + 1
    head = struct.pack("<7I", MAGIC, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, start)
    return head + tables + b"".join(text + b"\0" for text in (*keys, *texts))


def _fields(block: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in block.splitlines():
        if line.startswith('"'):
            fields[name] += ast.literal_eval(line)
        elif line.startswith("msg"):
            name, _, text = line.partition(" ")
            fields[name] = ast.literal_eval(text)
    return fields


def _flags(block: str) -> str:
    return "".join(line for line in block.splitlines() if line.startswith("#,"))


def main() -> None:
    """Compile every catalogue of the package."""
    for source in Path(__file__).parents[1].rglob("locale/*/LC_MESSAGES/*.po"):
        source.with_suffix(".mo").write_bytes(compiled(source.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
