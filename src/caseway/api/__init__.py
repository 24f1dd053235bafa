"""The door for systems: REST under /api/v1."""
