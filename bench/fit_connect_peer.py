"""fitconnect-client in its own environment: so many submissions over v1; one line of figures."""

import json
import sys
import time
from pathlib import Path

from fitconnect_client import Attachment, Environment, FitconnectClient
from fitconnect_client.environment import ENV_CONFIG

# Another one than ours: what it sends lacks what a receiver must ask for.
DESTINATION = "5a1f3a52-7a0f-4d0c-9b53-0c6f7d3e1a02"
SERVICE = ("urn:de:fim:leika:leistung:99107004018000", "Antrag")
SCHEMA = "https://schema.fitko.de/fim/s00000122_1.0.0.schema.json"
METADATA = "https://schema.fitko.de/fit-connect/metadata/1.5.0/metadata.schema.json"


def memory(name: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def main() -> None:
    task = json.load(sys.stdin)
    ENV_CONFIG[Environment.TESTING] = {"OAUTH_ENDPOINT": task["token"], "SUBMISSION_API": task["api"]}
    client = FitconnectClient(Environment.TESTING, "demo-sender", "demo-sender-secret")
    client.obtain_access_token()
    base, times = memory("VmRSS"), []
    for _ in range(task["rounds"]):
        began = time.perf_counter()
        attachments = [Attachment(path) for path in task["attachments"]]
        submission = client.create_submission(DESTINATION, *SERVICE, attachments)
        told = ("2026-02-03", "B-2026-17", SCHEMA, METADATA, "erika@beispiel.example")
        metadata = client.create_metadata(*told, attachments)
        client.send_submission(submission, metadata)
        times.append((time.perf_counter() - began) * 1000)
    times.sort()
    figures = {
        "send_ms": round(times[len(times) // 2], 1),
        "send_mib": round((memory("VmHWM") - base) / 1024, 1),
    }
    sys.stdout.write(json.dumps(figures) + "\n")


main()
