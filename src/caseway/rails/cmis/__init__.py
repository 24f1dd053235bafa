"""CMIS 1.1: an application with its documents goes into a document management system, exactly once."""
