from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from cloudpanel.provisioning.models import Job, JobAttempt
from cloudpanel.provisioning.retention import KEPT, prune_attempts


def test_attempts_of_long_ago_go_and_their_job_stays(new_job, run_jobs):
    old, recent = new_job(lock="a"), new_job(lock="b")
    run_jobs()
    JobAttempt.objects.filter(job=old).update(finished_at=timezone.now() - KEPT - timedelta(days=1))
    assert prune_attempts() == 1
    assert list(JobAttempt.objects.values_list("job", flat=True)) == [recent.pk]
    assert Job.objects.count() == 2


FEW = {"billing_bankfile", "billing_cardsetup"}  # a row for each file of the bank, for each card that is added


def test_no_deleted_person_has_a_large_table_read_whole(db):
    """PostgreSQL looks for the person in every column that refers to people: one without an index is a whole table read."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT conrelid::regclass::text FROM pg_constraint
            WHERE contype = 'f' AND confrelid = 'accounts_user'::regclass
              AND NOT EXISTS (SELECT 1 FROM pg_index WHERE indrelid = conrelid AND indkey[0] = conkey[1])
        """)
        assert {table for (table,) in cursor.fetchall()} <= FEW
