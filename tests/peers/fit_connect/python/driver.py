"""Drive fitconnect-client in its own environment: one task as JSON on standard input, one line as answer.

It has no option for other addresses than FIT-Connect's: they are set in its table before a client is made.
"""

import json
import sys
from typing import Any

import requests
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
    answer = (
        complete(task, client, submission, metadata)
        if "data" in task
        else client.send_submission(submission, metadata)
    )
    return {
        "submissionId": submission.submission_id,
        "attachments": {one.filename: one.id for one in attachments},
        "metadata": metadata,
        "answer": answer,
    }


def complete(task: dict[str, Any], client: Any, submission: Any, metadata: dict[str, Any]) -> Any:
    """Hand over subject data and their hash too, which the client leaves out, by its own means."""
    key = client.get_jwk_for_destination(task["destinationId"])
    for attachment in submission.attachments:
        client.upload_attachment(submission, attachment, key).raise_for_status()
    hashed = {"type": "sha512", "content": client._hash_data(task["data"])}
    metadata["contentStructure"]["data"]["hash"] = hashed
    sealed = {
        name: client._encrypt_data(content, key)
        for name, content in (("encryptedMetadata", metadata), ("encryptedData", task["data"]))
    }
    url = f"{task['api']}/submissions/{submission.submission_id}"
    authorization = {"Authorization": f"Bearer {client.access_token}"}
    answer = requests.put(url, headers=authorization, json=sealed, timeout=30)
    answer.raise_for_status()
    return answer.json()


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
