"""Caseway: the exchange hub for public cases."""

__version__ = "2026.11.0"
