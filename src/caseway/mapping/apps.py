from django.apps import AppConfig


class MappingConfig(AppConfig):
    name = "caseway.mapping"
    label = "mapping"
    verbose_name = "Mappings"
