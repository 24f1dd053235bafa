"""What everything else stands on: errors, clock, identifiers, blobs, secrets, XML, HTTP. Knows no Django model."""
