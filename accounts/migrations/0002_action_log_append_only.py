"""The database itself refuses to change or remove a line of the action log."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION accounts_actionlog_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The action log is append-only (%% refused)', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER accounts_actionlog_no_change BEFORE UPDATE OR DELETE ON accounts_actionlogentry
    FOR EACH ROW EXECUTE FUNCTION accounts_actionlog_refuse();
CREATE TRIGGER accounts_actionlog_no_truncate BEFORE TRUNCATE ON accounts_actionlogentry
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_actionlog_refuse();
""".replace("%%", "%")

ALLOW = """
DROP TRIGGER accounts_actionlog_no_truncate ON accounts_actionlogentry;
DROP TRIGGER accounts_actionlog_no_change ON accounts_actionlogentry;
DROP FUNCTION accounts_actionlog_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
