"""Mappings behind the fence; a published version never changes."""

from django.db import migrations

from caseway.access.rls import fence


class Migration(migrations.Migration):
    dependencies = [("mapping", "0001_initial"), ("access", "0002_fence")]
    operations = [
        *fence("mapping_mappingversion", "mapping_mappingbinding"),
        migrations.RunSQL(
            "CREATE TRIGGER published_is_final BEFORE UPDATE OR DELETE ON mapping_mappingversion "
            "FOR EACH ROW WHEN (OLD.state = 'published') EXECUTE FUNCTION caseway_refuse_change();",
            "DROP TRIGGER published_is_final ON mapping_mappingversion;",
        ),
    ]
