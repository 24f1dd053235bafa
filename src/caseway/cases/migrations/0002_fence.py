"""Cases behind the fence; events are append-only."""

from django.db import migrations

from caseway.access.rls import fence


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("access", "0002_fence")]
    operations = [
        *fence("cases_case", "cases_document", "cases_rendition", "cases_event"),
        migrations.RunSQL(
            "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON cases_event "
            "FOR EACH ROW EXECUTE FUNCTION caseway_refuse_change();",
            "DROP TRIGGER append_only ON cases_event;",
        ),
    ]
