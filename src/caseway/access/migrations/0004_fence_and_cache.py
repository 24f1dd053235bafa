"""The heads of the audit trail behind the fence; the table of the shared cache."""

from django.db import migrations

from caseway.access.rls import fence

# The columns django.core.cache.backends.db.DatabaseCache reads and writes.
CACHE = """
CREATE TABLE access_cache (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamptz NOT NULL
);
CREATE INDEX access_cache_expires ON access_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0003_audit_head")]
    operations = [
        *fence("access_audithead"),
        migrations.RunSQL(CACHE, "DROP TABLE access_cache"),
    ]
