"""The settings of a CMIS connection; the portal's form is made from the fields."""

from __future__ import annotations

from typing import Any, Literal, Self

import httpx2
from pydantic import Field, SecretStr, field_validator, model_validator

from caseway.core.http import HttpSettings
from caseway.core.oauth_client import ClientCredentials, basic, bearer
from caseway.rails.contract import RailSettings

MIB = 1024 * 1024


def _setting(title: str, description: str, group: str, default: Any = ..., **rules: Any) -> Any:
    return Field(default, title=title, description=description, json_schema_extra={"group": group}, **rules)


class CmisSettings(RailSettings):
    """How one repository of one DMS is reached, and how it wants to be filed into."""

    service_url: str = _setting(
        "Service URL", "Address of the CMIS 1.1 Browser binding, as the vendor states it.", "address"
    )
    repository_id: str = _setting(
        "Repository", "Id of the repository. Empty: the only one there is.", "address", ""
    )
    rewrite_urls: bool = _setting(
        "Keep our host",
        "The DMS states its own addresses. On: only their path counts. Off: another host is an error.",
        "address",
        True,
    )
    host_ip: str | None = _setting(
        "IP address",
        "Connect to this address; the certificate is still checked against the name (VPN).",
        "network",
        None,
    )
    proxy_url: SecretStr | None = _setting("Proxy", "http://host:port, where one is needed.", "network", None)
    trust: Literal["system", "private", "both"] = _setting(
        "Trusted authorities", "Which certificate authorities may vouch for the DMS.", "network", "system"
    )
    ca_pem: str | None = _setting(
        "Private authority", "Certificate of a private authority, as PEM.", "network", None
    )
    connect_timeout: float = _setting("Connect within", "Seconds.", "network", 10, gt=0, le=120)
    read_timeout: float = _setting(
        "Answer within", "Seconds. A DMS may scan and convert a file before it answers.", "network", 300,
        gt=0, le=3600,
    )  # fmt: skip
    write_timeout: float = _setting("Send within", "Seconds for each piece.", "network", 120, gt=0, le=3600)
    concurrency: int = _setting("At the same time", "Cases filed in parallel.", "network", 4, ge=1, le=64)

    login: Literal["none", "basic", "bearer", "oauth2", "certificate"] = _setting(
        "Log in with", "How the DMS knows us.", "login", "basic"
    )
    username: str = _setting("User", "Name of the service user.", "login", "")
    password: SecretStr | None = _setting("Password", "Password of the service user.", "login", None)
    token: SecretStr | None = _setting("Token", "A fixed bearer token.", "login", None)
    token_url: str = _setting("Token address", "Token endpoint of the authorization server.", "login", "")
    client_id: str = _setting("Client", "OAuth 2.0 client id.", "login", "")
    client_secret: SecretStr | None = _setting("Client secret", "OAuth 2.0 client secret.", "login", None)
    client_login: Literal["basic", "form"] = _setting(
        "Client shown by", "Where the token request says who we are.", "login", "basic"
    )
    scope: str = _setting("Scope", "OAuth 2.0 scope, where one is needed.", "login", "")
    client_certificate_pem: str | None = _setting("Certificate", "Our certificate, as PEM.", "login", None)
    client_key_pem: SecretStr | None = _setting("Key", "Its key, as PEM, without password.", "login", None)

    root_path: str = _setting(
        "Root folder", "Folder that the paths of mappings start from.", "filing", "/", pattern=r"^/"
    )
    required_types: tuple[str, ...] = _setting(
        "Required types", "Type ids that must exist, such as Portaldokument.", "filing", ()
    )
    chunk_bytes: int = _setting(
        "Chunk size",
        "Documents above this many bytes are sent in pieces of it, where the DMS can. 0: never.",
        "filing",
        100 * MIB,
        ge=0,
    )
    verify_bytes: int = _setting(
        "Compare up to",
        "A document found in doubt is compared byte by byte up to this size.",
        "filing",
        32 * MIB,
        ge=0,
    )
    date_only: Literal["noon", "as_is"] = _setting(
        "Dates without time", "12:00 is that of the mapping's zone, so that no zone moves the day.", "filing",
        "noon",
    )  # fmt: skip
    settle_seconds: int = _setting(
        "Index delay", "Seconds until the search of the DMS finds what was filed.", "filing", 0,
        ge=0, le=86400,
    )  # fmt: skip
    types_seconds: int = _setting(
        "Remember types", "Seconds for which type definitions are kept.", "filing", 3600, ge=0, le=86400
    )
    server_errors: int = _setting(
        "Internal errors", "Tries with an internal error of the DMS until a person is asked.", "filing", 5,
        ge=1, le=100,
    )  # fmt: skip
    object_page: str = _setting(
        "Page of an object", "Address for people; {object_id} stands for the id.", "filing", ""
    )

    @field_validator("object_page")
    @classmethod
    def _check_page(cls, value: str) -> str:
        if value and (not value.startswith(("https://", "http://")) or "{object_id}" not in value):
            raise ValueError("must be an address that holds {object_id}")
        return value

    @model_validator(mode="after")
    def _check_login(self) -> Self:
        needed: dict[str, tuple[tuple[str, object], ...]] = {
            "none": (),
            "basic": (("username", self.username), ("password", self.password)),
            "bearer": (("token", self.token),),
            "oauth2": (
                ("token_url", self.token_url),
                ("client_id", self.client_id),
                ("client_secret", self.client_secret),
            ),
            "certificate": (
                ("client_certificate_pem", self.client_certificate_pem),
                ("client_key_pem", self.client_key_pem),
            ),
        }
        missing = [name for name, value in needed[self.login] if not value]
        if missing:
            raise ValueError(f"{self.login} also needs: {', '.join(missing)}")
        self.http()
        return self

    def http(self) -> HttpSettings:
        """Return how the HTTP client is built."""
        return HttpSettings(
            base_url=self.service_url,
            trust=self.trust,
            ca_pem=self.ca_pem or None,
            client_certificate_pem=self.client_certificate_pem or None,
            client_key_pem=self.client_key_pem,
            host_ip=self.host_ip or None,
            proxy_url=self.proxy_url.get_secret_value() if self.proxy_url else None,
            connect_timeout=self.connect_timeout,
            read_timeout=self.read_timeout,
            write_timeout=self.write_timeout,
            max_connections=self.concurrency + 4,
        )

    def auth(self) -> httpx2.Auth | None:
        """Return how requests are signed; None for no login and for a client certificate."""
        if self.login == "basic" and self.password:
            return basic(self.username, self.password)
        if self.login == "bearer" and self.token:
            return bearer(self.token)
        if self.login == "oauth2" and self.client_secret:
            return ClientCredentials(
                self.token_url,
                self.client_id,
                self.client_secret,
                scope=self.scope,
                style=self.client_login,
            )
        return None
