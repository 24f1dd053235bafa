"""The form of a POST: controls and content, read as a stream (CMIS 1.1, 5.4.4; RFC 7578)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote_to_bytes

from multipart import (  # type: ignore[import-untyped]
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,
)

from caseway.rails.cmis.simulator.content import Content, ContentStore, Writer
from caseway.rails.cmis.simulator.errors import invalid
from caseway.testing.simulator import Request

CONTROL_LIMIT = 1 << 20
CONTROLS_LIMIT = 5000
_EXTENDED_NAME = re.compile(r"filename\*\s*=\s*([\w-]+)'[^']*'([^;\s]+)", re.IGNORECASE)
_INDEXED = re.compile(r"([a-z]+)\[(\d+)\](?:\[(\d+)\])?")


@dataclass
class Upload:
    """A content as it came."""

    content: Content
    media_type: str | None
    filename: str | None


@dataclass
class Form:
    """The controls by lower-case name, and the content if there was one."""

    controls: dict[str, str] = field(default_factory=dict)
    upload: Upload | None = None

    def get(self, name: str, default: str = "") -> str:
        """Return a control."""
        return self.controls.get(name.lower(), default)

    def flag(self, name: str, default: bool) -> bool:
        """Return a control that is `true` or `false`."""
        value = self.controls.get(name.lower())
        return default if value is None else value.lower() == "true"

    def indexed(self, name: str, *, gaps: bool = False) -> dict[int, str]:
        """Return `name[0]`, `name[1]`, … Raises invalidArgument when there are gaps (w27) and none may be."""
        found: dict[int, str] = {}
        for control, value in self.controls.items():
            match = _INDEXED.fullmatch(control)
            if match and match[1] == name.lower() and match[3] is None:
                found[int(match[2])] = value
        if not gaps and sorted(found) != list(range(len(found))):
            raise invalid(f"{name} has gaps!")
        return found

    def nested(self, name: str) -> dict[int, list[str]]:
        """Return `name[i][j]` by i. Raises invalidArgument when j has gaps."""
        found: dict[int, dict[int, str]] = {}
        for control, value in self.controls.items():
            match = _INDEXED.fullmatch(control)
            if match and match[1] == name.lower() and match[3] is not None:
                found.setdefault(int(match[2]), {})[int(match[3])] = value
        for values in found.values():
            if sorted(values) != list(range(len(values))):
                raise invalid(f"{name} has gaps!")
        return {index: [values[j] for j in sorted(values)] for index, values in found.items()}


@dataclass(frozen=True)
class Reading:
    """How a form is read. `on_content` and `on_chunk` hear of the content while it comes, and may raise."""

    contents: ContentStore
    default_charset: str = "iso-8859-1"
    ignore_charset: bool = False
    on_content: Callable[[Form], None] = lambda form: None
    on_chunk: Callable[[int], None] = lambda size: None


def read_form(request: Request, reading: Reading) -> Form:
    """Read the whole form. Raises invalidArgument for anything that is no form (w85)."""
    media_type, options = parse_options_header(request.headers.get("content-type", ""))
    if media_type == "application/x-www-form-urlencoded":
        return _urlencoded(request)
    if media_type == "multipart/form-data" and options.get("boundary"):
        try:
            return _Multipart(reading, options["boundary"]).read(request)
        except MultipartError as problem:
            raise invalid(f"Invalid multipart: {problem}") from None
    raise invalid("Invalid form encoding!")


def _urlencoded(request: Request) -> Form:
    text = request.read_all(CONTROL_LIMIT * 4).decode("utf-8", "replace")
    pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=CONTROLS_LIMIT)
    return Form({name.lower(): value for name, value in pairs})


class _Multipart:
    """One multipart form being read. Controls stay bytes until `_charset_` is known, wherever it stands."""

    def __init__(self, reading: Reading, boundary: str) -> None:
        self._reading = reading
        self._parser = PushMultipartParser(
            boundary, max_segment_count=CONTROLS_LIMIT, header_charset="iso-8859-1"
        )
        self._raw: dict[str, tuple[bytes, str | None]] = {}
        self._upload: Upload | None = None
        self._segment: MultipartSegment | None = None
        self._sink: Writer | bytearray = bytearray()

    def read(self, request: Request) -> Form:
        try:
            for event in self._parser.parse_blocking(request.read):
                if isinstance(event, MultipartSegment):
                    self._begin(event)
                elif event is None:
                    self._end()
                else:
                    self._more(event)
        finally:
            if isinstance(self._sink, Writer):
                self._sink.__exit__()
        return Form(self._decoded(), self._named_upload())

    def _begin(self, segment: MultipartSegment) -> None:
        self._segment = segment
        if (segment.name or "").lower() == "content":
            self._reading.on_content(Form(self._decoded()))
            self._sink = self._reading.contents.writer()
        else:
            self._sink = bytearray()

    def _more(self, chunk: bytes | bytearray) -> None:
        if isinstance(self._sink, Writer):
            self._sink.write(bytes(chunk))
            self._reading.on_chunk(self._sink.size)
            return
        self._sink += chunk
        if len(self._sink) > CONTROL_LIMIT:
            raise invalid("A control is too long.")

    def _end(self) -> None:
        segment = self._segment
        if segment is None:
            return
        if isinstance(self._sink, Writer):
            content = self._sink.finish()
            self._upload = Upload(content, segment.content_type, _filename(segment))
        else:
            self._raw[(segment.name or "").lower()] = (bytes(self._sink), segment.charset)

    def _decoded(self) -> dict[str, str]:
        default = self._reading.default_charset
        if not self._reading.ignore_charset:
            default = self._raw.get("_charset_", (b"", None))[0].decode("ascii", "replace").strip() or default
        return {name: self._text(data, charset, default) for name, (data, charset) in self._raw.items()}

    def _text(self, data: bytes, charset: str | None, default: str) -> str:
        chosen = default if self._reading.ignore_charset else charset or default
        try:
            return data.decode(chosen)
        except (LookupError, UnicodeDecodeError):
            raise invalid(f"A control cannot be read as {chosen}.") from None

    def _named_upload(self) -> Upload | None:
        """The controls `filename` and `contenttype` override the headers of the part (w56, w57)."""
        if self._upload is None:
            return None
        controls = self._decoded()
        self._upload.filename = controls.get("filename") or self._upload.filename
        self._upload.media_type = controls.get("contenttype") or self._upload.media_type
        return self._upload


def _filename(segment: MultipartSegment) -> str | None:
    """RFC 5987 wins over the plain name, whose bytes are read as ISO-8859-1 (w58, w29)."""
    plain: str | None = segment.filename
    match = _EXTENDED_NAME.search(segment.header("Content-Disposition") or "")
    if not match:
        return plain
    try:
        return unquote_to_bytes(match[2]).decode(match[1])
    except (LookupError, UnicodeDecodeError):
        return plain
