"""Deliveries and all that hangs on them behind the fence."""

from django.db import migrations

from caseway.access.rls import fence


class Migration(migrations.Migration):
    dependencies = [("delivery", "0001_initial"), ("access", "0002_fence")]
    operations = [
        *fence(
            "delivery_connection",
            "delivery_connectionmemory",
            "delivery_route",
            "delivery_lane",
            "delivery_delivery",
            "delivery_step",
            "delivery_attempt",
            "delivery_receipt",
            "delivery_wireexchange",
            "delivery_replay",
            "delivery_replayitem",
        ),
    ]
