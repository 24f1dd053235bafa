from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "caseway.access"
    label = "access"
    verbose_name = "Access"
