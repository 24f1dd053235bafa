"""The other side of the CMIS rail: a document management system with the Browser binding of CMIS 1.1.

Written from the standard and from captures of a server of others; it shares no code with the client.
`caseway simulate cmis` starts it; tests use `CmisSimulator` or the fixtures in `fixtures.py`.
"""

from caseway.rails.cmis.simulator.cli import main
from caseway.rails.cmis.simulator.simulator import CmisSimulator

__all__ = ["CmisSimulator", "main"]
