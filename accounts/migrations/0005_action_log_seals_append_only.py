"""The database itself refuses to change or remove a seal of the action log, as it does with the log's lines."""

from django.db import migrations

REFUSE = """
CREATE TRIGGER accounts_actionlogseal_no_change BEFORE UPDATE OR DELETE ON accounts_actionlogseal
    FOR EACH ROW EXECUTE FUNCTION accounts_actionlog_refuse();
CREATE TRIGGER accounts_actionlogseal_no_truncate BEFORE TRUNCATE ON accounts_actionlogseal
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_actionlog_refuse();
"""

ALLOW = """
DROP TRIGGER accounts_actionlogseal_no_truncate ON accounts_actionlogseal;
DROP TRIGGER accounts_actionlogseal_no_change ON accounts_actionlogseal;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_action_log_seals")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
