"""The audit trail behind the fence, and append-only."""

from django.db import migrations

from caseway.access.rls import fence

APPEND_ONLY = """
CREATE FUNCTION caseway_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'raise_exception';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON access_auditentry
    FOR EACH ROW EXECUTE FUNCTION caseway_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0001_initial")]
    operations = [
        *fence("access_auditentry"),
        migrations.RunSQL(
            APPEND_ONLY,
            "DROP TRIGGER append_only ON access_auditentry; DROP FUNCTION caseway_refuse_change();",
        ),
    ]
