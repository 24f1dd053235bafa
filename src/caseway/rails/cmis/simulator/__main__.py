"""`python -m caseway.rails.cmis.simulator`."""

import sys

from caseway.rails.cmis.simulator.cli import main

sys.exit(main())
