"""Submissions behind the fence, and never changed."""

from django.db import migrations

from caseway.access.rls import fence


class Migration(migrations.Migration):
    dependencies = [("intake", "0001_initial"), ("access", "0002_fence")]
    operations = [
        *fence("intake_submission"),
        migrations.RunSQL(
            "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON intake_submission "
            "FOR EACH ROW EXECUTE FUNCTION caseway_refuse_change();",
            "DROP TRIGGER append_only ON intake_submission;",
        ),
    ]
