"""What everything stands on: errors, clock, identifiers, blobs, secrets, XML, HTTP. No Django models here."""
