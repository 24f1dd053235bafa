"""Django's PostgreSQL, which looks before it asks whether a kept connection still holds."""
