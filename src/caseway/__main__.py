"""`python -m caseway` is the command `caseway`."""

from caseway.cli.main import run

run()
