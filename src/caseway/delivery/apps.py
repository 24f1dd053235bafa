from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "caseway.delivery"
    label = "delivery"
    verbose_name = "Delivery"
