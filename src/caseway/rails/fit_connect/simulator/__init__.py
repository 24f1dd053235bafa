"""The other side of the FIT-Connect rail: the whole platform as a network service.

Written from the specifications and from facts about the platform; it shares no code with the client.
`caseway simulate fit_connect` starts it; tests use `FitConnectSimulator` or the fixtures in `fixtures.py`.
"""

from caseway.rails.fit_connect.simulator.cli import main
from caseway.rails.fit_connect.simulator.simulator import FitConnectSimulator

__all__ = ["FitConnectSimulator", "main"]
