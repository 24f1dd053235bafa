from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "caseway.cases"
    label = "cases"
    verbose_name = "Cases"
