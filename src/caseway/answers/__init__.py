"""Answers to applicants: sent by the way they chose, and shown as a conversation on the case."""
