"""The list costs the same with ten users and with fifty thousand."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Role
from tests.factories import SubscriptionFactory

BEYOND_SESSION_AND_USER = 5
QUERIES = ["", "?orden=-ingreso", "?orden=correo", "?q=persona+7", "?rol=delegate", "?estado=ready"]
INSERT_PEOPLE = """
WITH people AS (
    INSERT INTO accounts_user (public_id, email, name, notification_email, language, is_active, is_staff, is_superuser,
                               password, date_joined, activated_at)
    SELECT gen_random_uuid(), 'masa' || n || '@masa.example', 'Persona ' || n, '', 'es-mx', true, false, false,
           '!', now(), now()
    FROM generate_series(%(first)s, %(last)s) n RETURNING id
)
INSERT INTO accounts_membership (public_id, account_id, user_id, role, name, email, notification_email, is_active,
                                 is_pending, last_sign_in_at, version, created_at)
SELECT gen_random_uuid(), %(account)s, id, 'delegate', '', '', '', true, false, now() - id * interval '1 minute', 1,
       now()
FROM people
"""


def add(account, first, last):
    with connection.cursor() as cursor:
        cursor.execute(INSERT_PEOPLE, {"account": account.pk, "first": first, "last": last})


def statements(client, query):
    client.get(f"/usuarios/{query}")  # whatever is read once per process
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = client.get(f"/usuarios/{query}")
    assert response.status_code == 200
    texts = [each["sql"] for each in queries.captured_queries]
    return [text for text in texts if "django_session" not in text and not is_the_user(text)], response


def is_the_user(text):
    return text.startswith('SELECT "accounts_user"')


def test_ten_and_fifty_thousand_cost_the_same(administrator_client, administrator, account):
    service = SubscriptionFactory(account=account)
    administrator.delegations.create(subscription=service)
    add(account, 1, 10)
    few = {query: statements(administrator_client, query)[0] for query in QUERIES}
    add(account, 11, 50_000)
    assert account.memberships.filter(role=Role.DELEGATE).count() == 50_000
    for query in QUERIES:
        many, response = statements(administrator_client, query)
        assert len(many) == len(few[query]) <= BEYOND_SESSION_AND_USER, many
        assert "más de" in response.content.decode()
