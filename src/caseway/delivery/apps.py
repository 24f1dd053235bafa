from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "caseway.delivery"
    label = "delivery"
    verbose_name = "Delivery"

    def ready(self) -> None:
        from caseway.cases.events import subscribe
        from caseway.delivery.owe import owe_deliveries

        subscribe("submission.accepted", owe_deliveries)
