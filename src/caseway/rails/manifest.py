"""The manifest of a rail: what it is, what it can, how often it tries again. Read from manifest.toml."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from importlib.resources.abc import Traversable
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class RetryPolicy(BaseModel):
    """When to try again, as data. Delays in seconds; after the listed ones, every `then_every` to the end."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    delays: tuple[int, ...] = (30, 120, 600, 1800, 7200)
    then_every: int = 4 * 3600
    window: int = 5 * 24 * 3600
    max_sends: int = Field(default=5, ge=1)  # of one step, each probed and found absent
    jitter: float = Field(default=0.1, ge=0, le=0.5)
    verdict_days: int = Field(default=30, ge=1)  # how long a verdict may take

    def delay(self, failures: int) -> timedelta:
        """Return the pause after the given number of failures (1 is the first), without jitter."""
        if failures <= len(self.delays):
            return timedelta(seconds=self.delays[failures - 1])
        return timedelta(seconds=self.then_every)


class Limits(BaseModel):
    """What the other side bears."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    concurrency: int = Field(default=4, ge=1)
    document_bytes: int | None = None


class Manifest(BaseModel):
    """A rail in words: id (= folder name, never changes), names per language, directions, limits, policy."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{1,30}$")
    names: dict[str, str]
    summary: dict[str, str]
    countries: tuple[str, ...] = ()
    directions: tuple[Literal["in", "out"], ...]
    needs_mapping: bool = False
    can_probe: bool = True
    answers: bool = False  # one of the ways to answer an applicant; of several, one is taken
    owner: str
    standard: str
    documentation: str
    limits: Limits = Limits()
    retry: RetryPolicy = RetryPolicy()

    @classmethod
    def read(cls, file: Traversable) -> Manifest:
        """Read and check a manifest.toml."""
        return cls.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
