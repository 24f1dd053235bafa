"""`python -m caseway.rails.email.simulator`."""

import sys

from caseway.rails.email.simulator.cli import main

sys.exit(main())
