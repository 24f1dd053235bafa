"""What comes to us over a connection: found, collected, taken in durably, and only then answered."""
