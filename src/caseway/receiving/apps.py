from django.apps import AppConfig


class ReceivingConfig(AppConfig):
    name = "caseway.receiving"
    label = "receiving"
    verbose_name = "Receiving"

    def ready(self) -> None:
        """Have old keys kept while something waits that only they open, and the digest tell what is late."""
        from caseway.delivery.digest import tell
        from caseway.delivery.key_needs import ask
        from caseway.receiving.needed_keys import why_needed
        from caseway.receiving.queries import findings

        ask(why_needed)
        tell(findings)
