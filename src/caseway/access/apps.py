from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "caseway.access"
    label = "access"
    verbose_name = "Access"

    def ready(self) -> None:
        from django.conf import settings

        from caseway.access.signin import trail
        from caseway.core.secrets import KeyRing, install

        install(KeyRing.parse(settings.SECRET_KEY_RING))
        trail.connect()
