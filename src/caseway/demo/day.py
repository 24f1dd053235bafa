"""The day itself: who applies for what, with which papers. Invented people; one day for one seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape

from caseway.demo.paper import pdf, png

PEOPLE = [
    ("Erika", "Mustermann"),
    ("Max", "Mustermann"),
    ("Lieschen", "Müller"),
    ("Otto", "Normalverbraucher"),
    ("Petra", "Beispiel"),
    ("Jörg", "Größmann"),
    ("Zoë", "O'Neill"),
    ("Anna-Lena", "Schmidt-Hansen"),
]
BREEDS = ["Labrador", "Dackel", "Pudel", "Schäferhund", "Mischling"]
REFUSED = "Sperrvermerk"  # the demo DMS refuses a document with this word in its name


@dataclass(frozen=True)
class File:
    """A file part of a submission."""

    part: str
    filename: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Sent:
    """One submission of the day, as it goes over the wire."""

    key: str
    data: dict[str, Any]
    files: tuple[File, ...]
    follows: str = ""  # key of the application it belongs to


def the_day(applications: int, at: datetime, seed: int = 20261121) -> Iterator[Sent]:
    """Yield the submissions of a day ending at a moment: applications, and messages that follow some."""
    chance = random.Random(seed)
    kinds = [_parking, _business, _parking, _dog, _business, _parking, _parking]
    for number in range(applications):
        moment = at - timedelta(minutes=(applications - number) * 3)
        sent = kinds[number % len(kinds)](chance, f"demo-{number:04}", moment)
        yield sent
        if number % 6 == 1:
            yield _message(chance, sent, moment + timedelta(minutes=2))


def _parking(chance: random.Random, key: str, at: datetime) -> Sent:
    given, family = chance.choice(PEOPLE)
    plate = f"BH-{chance.choice('ABKMX')}{chance.choice('EFTW')} {chance.randint(10, 9999)}"
    files = [
        _application("Bewohnerparkausweis", given, family, [f"Kennzeichen: {plate}"]),
        File("f2", "Fahrzeugschein Vorderseite.png", "image/png", png(230, 235, 240)),
    ]
    if key.endswith("7"):
        files.append(File("f3", f"{REFUSED} Melderegister.pdf", "application/pdf", pdf([REFUSED])))
    return _sent(
        key, at, ("bewohnerparkausweis", "Bewohnerparkausweis"), ("99088001080000", given, family), files
    )


def _dog(chance: random.Random, key: str, at: datetime) -> Sent:
    given, family = chance.choice(PEOPLE)
    breed, dangerous = chance.choice(BREEDS), chance.choice(["nein", "nein", "ja"])
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<antrag xmlns="urn:example:hundesteuer:1">\n'
        f"  <halter><vorname>{escape(given)}</vorname><nachname>{escape(family)}</nachname></halter>\n"
        f"  <hund><rasse>{breed}</rasse><seit>{at:%d.%m.%Y}</seit>"
        f"<listenhund>{dangerous}</listenhund></hund>\n"
        "  <gebuehr>96,00</gebuehr>\n</antrag>\n"
    )
    files = [
        _application("Hundesteuer, Anmeldung", given, family, [f"Rasse: {breed}"]),
        File("f2", "antrag.xml", "application/xml", xml.encode()),
        File("f3", "Impfausweis.png", "image/png", png(250, 240, 200)),
    ]
    return _sent(key, at, ("hundesteuer", "Hundesteuer, Anmeldung"), ("99102013104000", given, family), files)


def _business(chance: random.Random, key: str, at: datetime) -> Sent:
    given, family = chance.choice(PEOPLE)
    kind = chance.choice(["neu", "übernahme", "verlegung"])
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<anmeldung xmlns="urn:example:gewerbe:1">\n'
        f"  <art>{kind}</art><beginn>{at:%Y-%m-%d}</beginn>"
        f"<beschaeftigte>{chance.randint(0, 12)}</beschaeftigte>\n</anmeldung>\n"
    )
    files = [
        _application("Gewerbeanmeldung", given, family, [f"Art: {kind}"]),
        File("f2", "anmeldung.xml", "application/xml", xml.encode()),
        File("f3", "Ausweis.pdf", "application/pdf", pdf(["Ausweiskopie (Muster)"])),
        File("f4", "Grundriss Ladenlokal.pdf", "application/pdf", pdf(["Grundriss", "Maßstab 1:100"])),
    ]
    return _sent(key, at, ("gewerbe", "Gewerbeanmeldung"), ("99050012104000", given, family), files)


def _message(chance: random.Random, to: Sent, at: datetime) -> Sent:
    subject = chance.choice(["Rückfrage zu meinem Antrag", "Unterlagen nachgereicht", "Neue Telefonnummer"])
    data = {
        **{name: to.data[name] for name in ("form", "service", "applicant")},
        "kind": "message",
        "channel": "portal",
        "submittedAt": at.isoformat(),
        "message": {"subject": subject, "body": "Siehe Anlage.", "direction": "in", "sentAt": at.isoformat()},
        "documents": [{"part": "f1", "role": "message", "title": subject}],
    }
    letter = File("f1", "Nachricht.pdf", "application/pdf", pdf([subject, "Siehe Anlage."]))
    return Sent(f"{to.key}-m", data, (letter,), follows=to.key)


def _application(title: str, given: str, family: str, lines: list[str]) -> File:
    content = pdf([title, "", f"{given} {family}", *lines, "", "Stadt Beispielhausen"])
    return File("f1", "Antrag.pdf", "application/pdf", content)


def _sent(
    key: str, at: datetime, form: tuple[str, str], service: tuple[str, str, str], files: list[File]
) -> Sent:
    leika, given, family = service
    data = {
        "kind": "application",
        "form": {"id": form[0], "name": form[1], "version": "3"},
        "service": {"id": leika, "name": form[1], "leikaId": leika},
        "applicant": {"type": "person", "givenName": given, "familyName": family},
        "channel": "portal",
        "submittedAt": at.isoformat(),
        "documents": [{"part": file.part, "role": _role(file), "title": file.filename} for file in files],
    }
    return Sent(key, data, tuple(files))


def _role(file: File) -> str:
    if file.part == "f1":
        return "application"
    return "structured" if file.media_type == "application/xml" else "attachment"
