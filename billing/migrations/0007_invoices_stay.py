"""Issued documents stay as they were issued: the database refuses to change what they say, or to remove them. Invoices
that are there already are not sent by e-mail once more."""

from django.db import migrations, models

STAY = """
CREATE FUNCTION billing_document_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Issued documents stay as they were (% of % refused)', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER billing_invoice_stays BEFORE DELETE OR UPDATE OF account_id, series_id, number, source, issued_at,
    issue_date, currency, subtotal, tax, total, concept, reference, issuer, receiver, cfdi_use
    ON billing_invoice FOR EACH ROW EXECUTE FUNCTION billing_document_refuse();
CREATE TRIGGER billing_creditnote_stays BEFORE DELETE OR UPDATE ON billing_creditnote
    FOR EACH ROW EXECUTE FUNCTION billing_document_refuse();
CREATE TRIGGER billing_invoiceline_stays BEFORE DELETE OR UPDATE ON billing_invoiceline
    FOR EACH ROW EXECUTE FUNCTION billing_document_refuse();
CREATE TRIGGER billing_creditnoteline_stays BEFORE DELETE OR UPDATE ON billing_creditnoteline
    FOR EACH ROW EXECUTE FUNCTION billing_document_refuse();
"""

RELEASE = """
DROP TRIGGER billing_creditnoteline_stays ON billing_creditnoteline;
DROP TRIGGER billing_invoiceline_stays ON billing_invoiceline;
DROP TRIGGER billing_creditnote_stays ON billing_creditnote;
DROP TRIGGER billing_invoice_stays ON billing_invoice;
DROP FUNCTION billing_document_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0006_ways_to_pay")]
    operations = [
        migrations.AddField(
            model_name="invoice",
            name="is_mailed",
            field=models.BooleanField(default=True, verbose_name="enviada por correo"),
        ),
        migrations.AlterField(
            model_name="invoice",
            name="is_mailed",
            field=models.BooleanField(default=False, verbose_name="enviada por correo"),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(condition=models.Q(("is_mailed", False)), fields=["id"], name="invoice_to_mail"),
        ),
        migrations.RunSQL(STAY, RELEASE),
    ]
