"""The other side of the e-mail rail: a mail server that keeps what it takes, with fault switches.

The protocol is spoken by aiosmtpd; it shares no code with the client. `caseway simulate email` starts it.
"""

from caseway.rails.email.simulator.cli import main
from caseway.rails.email.simulator.simulator import EmailSimulator

__all__ = ["EmailSimulator", "main"]
