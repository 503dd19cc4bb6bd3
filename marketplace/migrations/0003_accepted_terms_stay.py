"""Terms that an order accepted cannot be rewritten, whoever writes to the database."""

from django.db import migrations

CREATE = """
CREATE FUNCTION marketplace_accepted_terms_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.slug, OLD.version, OLD.title, OLD.body) IS DISTINCT FROM (NEW.slug, NEW.version, NEW.title, NEW.body)
       AND EXISTS (SELECT 1 FROM marketplace_order WHERE terms_id = OLD.id) THEN
        RAISE EXCEPTION 'terms version % was accepted by orders and cannot be changed', OLD.version
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER marketplace_accepted_terms_stay BEFORE UPDATE ON marketplace_termsversion
    FOR EACH ROW EXECUTE FUNCTION marketplace_accepted_terms_stay();
"""
DROP = """
DROP TRIGGER marketplace_accepted_terms_stay ON marketplace_termsversion;
DROP FUNCTION marketplace_accepted_terms_stay();
"""


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0002_sequence")]
    operations = [migrations.RunSQL(CREATE, DROP)]
