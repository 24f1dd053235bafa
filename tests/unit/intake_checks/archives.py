"""Archives made for the tests of this folder."""

from __future__ import annotations

import io
import zipfile


def archive(entries: dict[str, bytes], packed: bool = True) -> bytes:
    """Return a zip with the entries in their order."""
    buffer = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", method) as made:
        for name, content in entries.items():
            made.writestr(name, content)
    return buffer.getvalue()


def office(main: str) -> bytes:
    """Return the least that Office calls a document, with the content type of its main part."""
    part = f'<Override PartName="/main.xml" ContentType="{main}"/>'
    listing = f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{part}</Types>'
    return archive({"[Content_Types].xml": listing.encode(), "main.xml": b"<x/>"})
