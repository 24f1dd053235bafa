"""Checklists and the catalogue behind the fence."""

from django.db import migrations

from caseway.access.rls import fence


class Migration(migrations.Migration):
    dependencies = [("delivery", "0007_checklist_and_catalogue"), ("access", "0004_fence_and_cache")]
    operations = [
        *fence("delivery_checklistitem", "delivery_catalogueentry", "delivery_catalogueservice"),
    ]
