"""Sends answers to applicants by e-mail, over SMTP."""

from caseway.rails.email.rail import EmailRail

rail = EmailRail()

__all__ = ["EmailRail", "rail"]
