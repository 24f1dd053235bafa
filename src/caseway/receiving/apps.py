from django.apps import AppConfig


class ReceivingConfig(AppConfig):
    name = "caseway.receiving"
    label = "receiving"
    verbose_name = "Receiving"
