"""Every price goes into the general list, every order gets its one service, and what is sold is still charged as it was:
provisioned at once, paid when it works. What an order owes is said by its invoice: transfers that were only awaited go."""

from django.db import migrations

FORWARDS = """
INSERT INTO marketplace_pricelist (code, name, currency, valid_from)
    SELECT 'general', 'Precios generales', 'MXN', '2020-01-01'
    WHERE EXISTS (SELECT 1 FROM marketplace_plan);
INSERT INTO marketplace_price (price_list_id, plan_id, period, amount, setup_fee)
    SELECT l.id, p.id, 'monthly', p.price, p.setup_fee FROM marketplace_plan p, marketplace_pricelist l;
INSERT INTO marketplace_price (price_list_id, add_on_id, period, amount, setup_fee)
    SELECT l.id, a.id, 'monthly', a.price, a.setup_fee FROM marketplace_addon a, marketplace_pricelist l;
INSERT INTO marketplace_orderitem (order_id, subscription_id, job_id, provisioning_at, completed_at, failure_message)
    SELECT id, subscription_id, job_id, provisioning_at, completed_at, failure_message FROM marketplace_order;
UPDATE marketplace_orderline l SET item_id = i.id FROM marketplace_orderitem i WHERE i.order_id = l.order_id;
UPDATE marketplace_order o SET invoice_id = p.invoice_id FROM billing_payment p WHERE p.id = o.payment_id;
CREATE TEMPORARY TABLE never_moved ON COMMIT DROP AS
    SELECT p.id FROM billing_payment p JOIN marketplace_order o ON o.payment_id = p.id
    WHERE p.state IN ('pending', 'cancelled') AND p.invoice_id IS NOT NULL;
UPDATE marketplace_order SET payment_id = NULL;
DELETE FROM billing_payment WHERE id IN (SELECT id FROM never_moved);
UPDATE marketplace_product SET is_charged_when_ready = true;
UPDATE marketplace_product SET sat_product_code = '81112102' WHERE kind = 'exchange';
"""
BACKWARDS = """
UPDATE marketplace_plan p SET price = r.amount, setup_fee = r.setup_fee
    FROM marketplace_price r, marketplace_pricelist l
    WHERE l.code = 'general' AND r.price_list_id = l.id AND r.plan_id = p.id AND r.period = 'monthly';
UPDATE marketplace_addon a SET price = r.amount, setup_fee = r.setup_fee
    FROM marketplace_price r, marketplace_pricelist l
    WHERE l.code = 'general' AND r.price_list_id = l.id AND r.add_on_id = a.id AND r.period = 'monthly';
UPDATE marketplace_order o SET subscription_id = i.subscription_id, job_id = i.job_id
    FROM marketplace_orderitem i WHERE i.order_id = o.id;
UPDATE marketplace_orderline SET item_id = NULL;
DELETE FROM marketplace_orderitem;
DELETE FROM marketplace_price;
DELETE FROM marketplace_pricelist;
"""


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0007_price_lists_and_order_items")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
