"""The catalogues of the languages, and how each writes dates."""
