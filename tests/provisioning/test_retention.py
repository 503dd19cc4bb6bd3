from __future__ import annotations

from datetime import timedelta

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
