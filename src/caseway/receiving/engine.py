"""The glue to Procrastinate: polling and collecting, periodically. Nothing else imports it."""
