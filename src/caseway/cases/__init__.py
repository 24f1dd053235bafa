"""The case index: cases, their documents with renditions, and what happened to them."""
