"""The door for operators: the command `caseway`."""
