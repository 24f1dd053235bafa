"""`python -m caseway.rails.fit_connect.simulator`."""

import sys

from caseway.rails.fit_connect.simulator.cli import main

sys.exit(main())
