"""Backup and restore: the database and every content it names, in one folder that proves itself."""
