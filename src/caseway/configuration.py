"""What an operator can set: environment variables `CASEWAY_…` (or a file named by `CASEWAY_ENV_FILE`).

docs/reference/settings.md lists every field; a test keeps it complete.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Configuration(BaseSettings):
    """All settings of one installation. Every default is safe for a desk, none for production secrets."""

    model_config = SettingsConfigDict(
        env_prefix="CASEWAY_", env_file=os.environ.get("CASEWAY_ENV_FILE"), extra="ignore", frozen=True
    )

    data: Path = Field(
        default=Path("caseway-data"),
        description="Folder for the embedded PostgreSQL, local blobs and generated keys.",
    )
    database_url: str = Field(
        default="",
        description="PostgreSQL address of the ordinary role the application connects as, "
        "`postgresql://role:password@host/name`. Empty: the embedded PostgreSQL.",
    )
    database_owner_url: str = Field(
        default="",
        description="PostgreSQL address of the role that owns the tables; used by `caseway migrate` only.",
    )
    blob_url: str = Field(
        default="",
        description="Where contents lie: `file:///path` or `s3://bucket/prefix?endpoint=…`. "
        "Empty: `blobs` in the data folder.",
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description="Signs sessions and form tokens. Empty: generated once in the data folder.",
    )
    secret_keys: SecretStr = Field(
        default=SecretStr(""),
        description="Keys that encrypt stored secrets, comma separated; the first encrypts, all decrypt. "
        "Empty: generated once in the data folder.",
    )
    signing_key: SecretStr = Field(
        default=SecretStr(""),
        description="Signs the id tokens of systems that log people in with us: the PEM of an RSA key. "
        "Empty: generated once in the data folder.",
    )
    public_url: str = Field(
        default="http://127.0.0.1:8000", description="The address under which people and systems reach this."
    )
    allowed_hosts: str = Field(
        default="127.0.0.1,localhost,[::1]", description="Host names served, comma separated."
    )
    bind: str = Field(default="127.0.0.1", description="Address the web process listens on.")
    port: int = Field(default=8000, description="Port the web process listens on; 0 takes a free one.")
    web_threads: int = Field(default=4, ge=1, description="Threads of one web process.")
    web_processes: int = Field(default=2, ge=1, description="Web processes.")
    worker_threads: int = Field(
        default=8, ge=1, description="Deliveries one worker process works on at a time."
    )
    lease_seconds: int = Field(
        default=300, ge=2, description="How long a claimed case is held without a sign of life of its worker."
    )
    submission_bytes: int = Field(
        default=2_500_000_000, description="Largest submission accepted, all parts together, in bytes."
    )
    document_bytes: int = Field(default=2_200_000_000, description="Largest single file accepted, in bytes.")
    documents: int = Field(default=200, description="Most files accepted in one submission.")
    refused_media_types: str = Field(
        default="application/x-dosexec,application/x-executable,application/x-sharedlib,"
        "application/x-mach-binary,text/x-shellscript,text/x-msdos-batch",
        description="Media types never accepted, by content, comma separated.",
    )
    metrics_token: SecretStr = Field(
        default=SecretStr(""),
        description="Bearer token that `/metrics` asks for. Empty: it answers on the machine itself only.",
    )
    malware: str = Field(
        default="eicar",
        description="Scanner: `clamd://host:port`, `clamd:///socket`, `eicar` (test rule only), `off`.",
    )
    environment: Literal["desk", "production"] = Field(
        default="desk", description="`production` refuses generated keys, plain http and the test scanner."
    )
    log_format: Literal["console", "json"] = Field(default="console", description="Form of the log lines.")
    log_level: str = Field(default="INFO", description="Least level of log lines that are written.")
    start_unproven: bool = Field(
        default=False,
        description="New connections may start in the reference and production environment without a "
        "conformance run in the environment before. For installations that have no other environment.",
    )
    smtp_url: SecretStr = Field(
        default=SecretStr(""),
        description="Mail server for the nightly digest: `smtp://`, `smtp+starttls://` or `smtps://`, with "
        "`user:password@host:port`. Empty: no mail.",
    )
    mail_from: str = Field(default="caseway@localhost", description="Sender of the mails of Caseway.")
    oidc_name: str = Field(default="", description="Name of the staff login provider, as people read it.")
    oidc_url: str = Field(default="", description="Address of its OpenID Connect discovery document.")
    oidc_client_id: str = Field(default="", description="Client id at the staff login provider.")
    oidc_client_secret: SecretStr = Field(default=SecretStr(""), description="Client secret at the provider.")
    oidc_role_claim: str = Field(
        default="caseway_roles",
        description="Claim that lists `organisation:role` pairs; the memberships follow it at each sign-in.",
    )
    trusted_proxy: str = Field(
        default="", description="Address of the proxy whose forwarding headers are believed. Empty: none."
    )
    session_minutes: int = Field(default=480, ge=5, description="A session without activity ends after this.")

    @field_validator("data")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @property
    def blob_address(self) -> str:
        return self.blob_url or f"file://{self.data / 'blobs'}"


@lru_cache(maxsize=1)
def configuration() -> Configuration:
    """Return the settings of this process, read once."""
    return Configuration()
