"""Keys, schemas, conformance runs and the other side's log behind the fence."""

from django.db import migrations

from caseway.access.rls import fence


class Migration(migrations.Migration):
    dependencies = [("delivery", "0004_verdicts_keys_conformance"), ("access", "0004_fence_and_cache")]
    operations = [
        *fence(
            "delivery_connectionkey",
            "delivery_subjectschema",
            "delivery_conformancerun",
            "delivery_remotelogentry",
        ),
    ]
