"""What is owed to whom, every try of it, and its proof. The status shown anywhere is computed from here."""

from caseway.delivery.models.connections import Connection, ConnectionMemory, Route
from caseway.delivery.models.deliveries import (
    OPEN_STATES,
    STUCK_STATES,
    UNSENT_STATES,
    Delivery,
    DeliveryState,
    Lane,
    Purpose,
)
from caseway.delivery.models.journal import Attempt, Receipt, RemoteLogEntry, Step, WireExchange
from caseway.delivery.models.onboarding import CatalogueEntry, CatalogueService, ChecklistItem
from caseway.delivery.models.replays import Replay, ReplayItem
from caseway.delivery.models.trust import ConformanceRun, ConnectionKey, SubjectSchema

__all__ = [
    "OPEN_STATES",
    "STUCK_STATES",
    "UNSENT_STATES",
    "Attempt",
    "CatalogueEntry",
    "CatalogueService",
    "ChecklistItem",
    "ConformanceRun",
    "Connection",
    "ConnectionKey",
    "ConnectionMemory",
    "Delivery",
    "DeliveryState",
    "Lane",
    "Purpose",
    "Receipt",
    "RemoteLogEntry",
    "Replay",
    "ReplayItem",
    "Route",
    "Step",
    "SubjectSchema",
    "WireExchange",
]
