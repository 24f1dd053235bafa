"""The door for people: server-rendered screens."""
