"""The mapping language: how our facts become the fields of the other side."""
