from django.apps import AppConfig


class PortalSetupConfig(AppConfig):
    name = "caseway.portal.setup"
    label = "portal_setup"
    verbose_name = "Set-up screens"
