"""Carries applications over FIT-Connect, end-to-end encrypted, as sender and as receiver."""

from caseway.rails.fit_connect.rail import FitConnectRail

rail = FitConnectRail()

__all__ = ["FitConnectRail", "rail"]
