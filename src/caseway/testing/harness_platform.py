"""The simulated FIT-Connect platform as a process of its own, and what it does wrong on a bad day."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from caseway.rails.fit_connect.simulator.vault import Vault
from caseway.testing.harness_simulator import Fault, SimulatorProcess

OFFICE = "5a1f3a52-7a0f-4d0c-9b53-0c6f7d3e1a01"  # the building office of the simulated platform
LEIKA = "99010003001006"
SECRET = "what only the platform and we know of"

SENDING_DAYS: tuple[tuple[Fault, ...], ...] = (
    (),
    (
        {"kind": "drop_reply", "actions": ["create_submission"], "probability": 0.2},
        {"kind": "drop_reply", "actions": ["put_attachment"], "probability": 0.1},
        {"kind": "drop_reply", "actions": ["submit"], "probability": 0.3},
    ),
    (
        {"kind": "unavailable", "actions": ["create_submission", "submit", "get_events"], "probability": 0.1},
        {"kind": "slow", "seconds": 0.2, "actions": ["put_attachment", "submit"], "probability": 0.2},
        {"kind": "drop_upload_at", "actions": ["put_attachment"], "probability": 0.1},
    ),
    (
        {"kind": "token_expired_mid_upload", "actions": ["put_attachment"], "probability": 0.1},
        {"kind": "drop_reply", "actions": ["submit"], "probability": 0.2},
        {"kind": "lag", "actions": ["submit"], "reads": 2, "probability": 0.3},
    ),
)
"""What goes wrong for senders in turn; the first day is one on which all is well."""

RECEIVING_DAYS: tuple[tuple[Fault, ...], ...] = (
    ({"kind": "callback_lost", "times": 3},),
    (
        {"kind": "duplicate_callback", "probability": 0.3},
        {"kind": "replayed_callback", "probability": 0.3},
        {"kind": "truncate_download", "probability": 0.1},
        {"kind": "drop_reply", "actions": ["post_event"], "probability": 0.3},
    ),
    (
        {"kind": "callback_lost", "probability": 0.5},
        {
            "kind": "unavailable",
            "actions": ["get_submission", "get_attachment", "post_event"],
            "probability": 0.1,
        },
        {"kind": "slow", "seconds": 0.2, "actions": ["get_attachment", "post_event"], "probability": 0.2},
    ),
    (
        {"kind": "callback_old_timestamp", "probability": 0.3},
        {"kind": "callback_bad_hmac", "probability": 0.3},
        {"kind": "lag", "actions": ["submit"], "reads": 2, "probability": 0.3},
        {"kind": "server_error", "actions": ["post_event"], "probability": 0.2},
    ),
)
"""What goes wrong for receivers in turn. On the first day only some callbacks are lost, so that both ways of
being found have something to find."""


class PlatformProcess(SimulatorProcess):
    """A platform that runs apart from its senders and receivers. Its keys are made once for all tests."""

    def __init__(self, folder: Path, *options: str) -> None:
        ours = (f"--state={folder / 'state'}", f"--keys={Vault().folder}")
        habits = ("--set=allow_http_callbacks=true", "--set=routing_limit=1000000")
        super().__init__("platform", "caseway.rails.fit_connect.simulator", folder, *ours, *habits, *options)

    def settings(self, **more: Any) -> dict[str, Any]:
        """Return the settings of a connection to it, but for who it is."""
        at = self.http.get("/admin/addresses").raise_for_status().json()
        root = self.http.get(at["rootCertificate"]).raise_for_status().text
        return {
            "platform": "custom",
            "api_version": "v2",
            "token_url": at["token"],
            "submission_url": at["submissionV2"],
            "destination_url": at["destinationV2"],
            "routing_url": at["routing"],
            "portal_url": at["portal"],
            "roots_pem": root,
            "trust": "private",  # the system's list of authorities takes long to read
            "ca_pem": root,
            **more,
        }

    def office_keys(self) -> list[dict[str, Any]]:
        """Return the private JWKs of the office."""
        told = self.http.get(f"/admin/destinations/{OFFICE}/private-keys").raise_for_status().json()
        return list(told["keys"])

    def call_back_to(self, url: str) -> None:
        """Have the office called back there, as its subscriber asks the platform to."""
        at = self.http.get("/admin/addresses").raise_for_status().json()
        form = {"grant_type": "client_credentials", "client_id": "demo-subscriber"}
        form["client_secret"] = "demo-subscriber-secret"
        token = self.http.post(at["token"], data=form).raise_for_status().json()["access_token"]
        self.http.patch(
            f"{at['destinationV2']}/destinations/{OFFICE}",
            json={"callback": {"url": url, "secret": SECRET}},
            headers={"Authorization": f"Bearer {token}"},
        ).raise_for_status()

    def log(self) -> dict[str, list[str]]:
        """Return what became of each submission that was handed over: the names of its events, in order."""
        state = self.state()
        handed = {f"submission:{one['id']}" for one in state["parcels"] if "metadata" in one["tags"]}
        events: dict[str, list[str]] = {name.partition(":")[2]: [] for name in handed}
        for case in state["cases"]:
            for event in case["events"]:
                if event["sub"] in handed:
                    events[event["sub"].partition(":")[2]].append(event["name"])
        return events
