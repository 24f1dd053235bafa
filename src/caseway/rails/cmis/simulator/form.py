"""The form of a POST: controls and content, read as a stream (CMIS 1.1, 5.4.4; RFC 7578)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import parse_qsl, unquote_to_bytes

from multipart import (
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,
)

from caseway.rails.cmis.simulator.content import Content, ContentStore, Writer
from caseway.rails.cmis.simulator.errors import CmisError, invalid
from caseway.testing.simulator import Hangup, Request

CONTROL_LIMIT = 1 << 20
CONTROLS_LIMIT = 5000
CONTROLS_SIZE_LIMIT = 4 * CONTROL_LIMIT
CHARSET = "iso-8859-1"
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
        found = self._lists[0].get(name.lower(), {})
        if not gaps and sorted(found) != list(range(len(found))):
            raise invalid(f"{name} has gaps!")
        return found

    def nested(self, name: str) -> dict[int, list[str]]:
        """Return `name[i][j]` by i. Raises invalidArgument when j has gaps."""
        found = self._lists[1].get(name.lower(), {})
        for values in found.values():
            if sorted(values) != list(range(len(values))):
                raise invalid(f"{name} has gaps!")
        return {index: [values[j] for j in sorted(values)] for index, values in found.items()}

    @cached_property
    def _lists(self) -> tuple[dict[str, dict[int, str]], dict[str, dict[int, dict[int, str]]]]:
        """The controls with one index and with two, by name."""
        single: dict[str, dict[int, str]] = {}
        double: dict[str, dict[int, dict[int, str]]] = {}
        for control, value in self.controls.items():
            match = _INDEXED.fullmatch(control) if control[-1:] == "]" else None
            if match and match[3] is None:
                single.setdefault(match[1], {})[int(match[2])] = value
            elif match:
                double.setdefault(match[1], {}).setdefault(int(match[2]), {})[int(match[3])] = value
        return single, double


@dataclass(frozen=True)
class Reading:
    """How a form is read. `on_content` and `on_chunk` hear of the content while it comes, and may raise.

    `charset` says for an action what text without a charset is read as, and whether named ones are ignored.
    """

    contents: ContentStore
    charset: Callable[[str], tuple[str, bool]] = lambda action: (CHARSET, False)
    on_content: Callable[[Callable[[], Form]], None] = lambda form: None
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
    text = request.read_all(CONTROLS_SIZE_LIMIT).decode("utf-8", "replace")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=CONTROLS_LIMIT)
    except ValueError:
        raise invalid("There are too many controls.") from None
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
        self._size = 0
        self._charset: tuple[str, bool] | None = None

    def read(self, request: Request) -> Form:
        try:
            self._events(request)
            controls = self._decoded()
        except (MultipartError, CmisError, Hangup):
            if self._upload is not None:
                self._reading.contents.discard(self._upload.content)
            raise
        return Form(controls, self._named_upload(controls))

    def _events(self, request: Request) -> None:
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

    def _begin(self, segment: MultipartSegment) -> None:
        self._segment = segment
        if (segment.name or "").lower() == "content":
            if self._upload is not None:
                raise invalid("There are two contents.")
            self._reading.on_content(lambda: Form(self._decoded()))
            self._sink = self._reading.contents.writer()
        else:
            self._sink = bytearray()

    def _more(self, chunk: bytes | bytearray) -> None:
        if isinstance(self._sink, Writer):
            self._sink.write(bytes(chunk))
            self._reading.on_chunk(self._sink.size)
            return
        self._sink += chunk
        self._size += len(chunk)
        if len(self._sink) > CONTROL_LIMIT or self._size > CONTROLS_SIZE_LIMIT:
            raise invalid("The controls are too long.")

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
        if self._charset is None and "cmisaction" in self._raw:
            self._charset = self._reading.charset(self._ascii("cmisaction"))
        default, ignore = self._charset or (CHARSET, False)
        if not ignore:
            default = self._ascii("_charset_") or default
        return {
            name: _text(data, default if ignore else charset or default)
            for name, (data, charset) in self._raw.items()
        }

    def _ascii(self, name: str) -> str:
        return self._raw.get(name, (b"", None))[0].decode("ascii", "replace").strip()

    def _named_upload(self, controls: dict[str, str]) -> Upload | None:
        """The controls `filename` and `contenttype` override the headers of the part (w56, w57)."""
        if self._upload is None:
            return None
        self._upload.filename = controls.get("filename") or self._upload.filename
        self._upload.media_type = controls.get("contenttype") or self._upload.media_type
        return self._upload


def _text(data: bytes, charset: str) -> str:
    try:
        return data.decode(charset)
    except (LookupError, UnicodeDecodeError):
        raise invalid(f"A control cannot be read as {charset}.") from None


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
