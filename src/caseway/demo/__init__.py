"""A small day of a municipality, played through the real doors: what `caseway up --demo` shows."""
