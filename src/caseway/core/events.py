"""The closed list of what is logged: name and meaning. What is not here is not logged."""

from __future__ import annotations

from typing import Final

EVENTS: Final[dict[str, str]] = {
    # a process
    "process.started": "A process of Caseway (web, worker, up) is ready.",
    "process.stopping": "A process was asked to stop and finishes what it holds.",
    "clock.was_ahead": "The clock was set back; what it had made wait too long is due again.",
    "process.stopped": "A process has stopped in good order.",
    "database.started": "The embedded database accepts connections.",
    "database.unavailable": "The database cannot be reached.",
    "migration.applied": "The database was brought to the shape of this version.",
    # the doors
    "request.answered": "A request was answered.",
    "request.failed": "A request failed in a way nobody foresaw.",
    "access.denied": "Somebody asked for what they may not have.",
    "access.signed_in": "Somebody signed in.",
    "access.sign_in_failed": "A sign-in failed.",
    # intake
    "submission.received": "A submission is durable.",
    "submission.repeated": "A submission came again under the same key and was answered with the first.",
    "submission.refused": "A submission was refused and left nothing.",
    "document.infected": "The scanner found malware in a document.",
    "scanner.unavailable": "The malware scanner gave no verdict.",
    "blob.corrupt": "A stored content is not what its name says.",
    "blob.swept": "Leftovers of interrupted writes were removed.",
    # delivery
    "delivery.owed": "A delivery is owed to a connection.",
    "delivery.finished": "All steps of a delivery hold a receipt.",
    "delivery.stopped": "A delivery needs a person.",
    "step.transmitting": "A step is about to send its first byte.",
    "step.receipted": "A step holds the proof of its effect.",
    "step.refused": "The other side said no to a step.",
    "step.waiting": "A step waits for its next try.",
    "step.unknown": "It is not known whether a step took effect; it will be probed.",
    "step.probed": "A probe told whether a step had taken effect.",
    "connection.down": "A connection stopped working.",
    "connection.up": "A connection works again.",
    "connection.certificate_expires": "A certificate of a connection expires soon.",
    "delivery.follow_failed": "It could not be asked what became of something that was sent.",
    "arrival.found": "Something waits for us at the other side.",
    "arrival.taken_in": "What arrived is durable here.",
    "arrival.waiting": "What arrived could not be collected yet.",
    "arrival.held": "What arrived waits for a person.",
    "arrival.lease_lost": "A worker lost its lease of an arrival; another one has taken over.",
    "arrival.waits_too_long": "What arrived has had no answer for too long.",
    "room.swept": "What collecting left unpacked when its process died was removed.",
    "callback.refused": "A callback was not acted on.",
    "poll.failed": "A connection could not be asked for what waits there.",
    "sentences.unreadable": "A catalogue of sentences cannot be read; what it would say stays English.",
    "key.changed": "A key of a connection was made, imported, put in force or retired.",
    "conformance.ended": "A conformance run ended.",
    "replay.run": "A replay was carried out.",
    "lane.lease_lost": "A worker lost its lease; another one has taken over.",
    "job.failed": "A job failed in a way nobody foresaw.",
    "job.rescued": "A job of a vanished worker was taken over.",
    # configuration
    "mapping.published": "A version of a mapping was published.",
    "connection.changed": "The settings of a connection were changed.",
    "simulator.started": "A simulator listens.",
}
