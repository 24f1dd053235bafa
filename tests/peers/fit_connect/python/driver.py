"""Drive fitconnect-client in its own environment: one task as JSON on standard input, one line as answer.

It has no option for other addresses than FIT-Connect's: they are set in its table before a client is made.
"""

import json
import sys
from typing import Any

from fitconnect_client import Attachment, Environment, FitconnectClient
from fitconnect_client.environment import ENV_CONFIG
from fitconnect_client.objects import APIError


def send(task: dict[str, Any]) -> dict[str, Any]:
    """Send a submission over API v1 and return its ids and what the service answered."""
    ENV_CONFIG[Environment.TESTING] = {"OAUTH_ENDPOINT": task["token"], "SUBMISSION_API": task["api"]}
    client = FitconnectClient(Environment.TESTING, task["clientId"], task["clientSecret"])
    client.obtain_access_token()
    attachments = [Attachment(path) for path in task["attachments"]]
    submission = client.create_submission(task["destinationId"], *task["service"], attachments)
    metadata = client.create_metadata(*task["metadata"], attachments)
    answer = client.send_submission(submission, metadata)
    return {
        "submissionId": submission.submission_id,
        "attachments": {one.filename: one.id for one in attachments},
        "metadata": metadata,
        "answer": answer,
    }


def main() -> int:
    """Return 1 when the service refused."""
    try:
        found = send(json.load(sys.stdin))
    except APIError as refused:
        sys.stdout.write(json.dumps({"error": str(refused)}) + "\n")
        return 1
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
