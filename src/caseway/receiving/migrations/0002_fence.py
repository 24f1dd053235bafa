"""Arrivals and all that hangs on them behind the fence."""

from django.db import migrations

from caseway.access.rls import fence


class Migration(migrations.Migration):
    dependencies = [("receiving", "0001_initial"), ("access", "0004_fence_and_cache")]
    operations = [*fence("receiving_arrival", "receiving_seencallback", "receiving_pollstate")]
