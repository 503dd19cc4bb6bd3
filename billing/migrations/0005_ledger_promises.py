"""What the database itself refuses: an unbalanced transaction, a changed or removed entry, and two payments of one key."""

from django.db import migrations, models

PROMISE = """
CREATE FUNCTION billing_ledger_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM billing_ledgerentry WHERE transaction_id = NEW.transaction_id
               GROUP BY currency HAVING sum(amount) <> 0) THEN
        RAISE EXCEPTION 'Ledger transaction % does not sum to zero', NEW.transaction_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER billing_ledger_balances AFTER INSERT ON billing_ledgerentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_ledger_check();
CREATE FUNCTION billing_ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The ledger is append-only (% refused)', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER billing_ledgerentry_no_change BEFORE UPDATE OR DELETE ON billing_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION billing_ledger_refuse();
CREATE TRIGGER billing_ledgerentry_no_truncate BEFORE TRUNCATE ON billing_ledgerentry
    FOR EACH STATEMENT EXECUTE FUNCTION billing_ledger_refuse();
CREATE TRIGGER billing_ledgertransaction_no_change BEFORE UPDATE OR DELETE ON billing_ledgertransaction
    FOR EACH ROW EXECUTE FUNCTION billing_ledger_refuse();
CREATE TRIGGER billing_ledgertransaction_no_truncate BEFORE TRUNCATE ON billing_ledgertransaction
    FOR EACH STATEMENT EXECUTE FUNCTION billing_ledger_refuse();
"""

RELEASE = """
DROP TRIGGER billing_ledgertransaction_no_truncate ON billing_ledgertransaction;
DROP TRIGGER billing_ledgertransaction_no_change ON billing_ledgertransaction;
DROP TRIGGER billing_ledgerentry_no_truncate ON billing_ledgerentry;
DROP TRIGGER billing_ledgerentry_no_change ON billing_ledgerentry;
DROP FUNCTION billing_ledger_refuse();
DROP TRIGGER billing_ledger_balances ON billing_ledgerentry;
DROP FUNCTION billing_ledger_check();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0004_invoices_of_payments")]
    operations = [
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(fields=["idempotency_key"], name="payment_once_per_key"),
        ),
        migrations.RunSQL(PROMISE, RELEASE),
    ]
