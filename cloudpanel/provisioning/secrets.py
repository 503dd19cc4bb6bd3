"""What a worker needs and nobody may keep: encrypted, gone when the job settles, never in an error text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from cloudpanel.core.crypto import InvalidToken, decrypt, encrypt
from cloudpanel.provisioning.models import Job, JobSecret

HIDDEN = "•••"
SHORTEST = 4  # a shorter secret would blank out half of the text, and hides nothing


def keep_secrets(secrets: Iterable[tuple[Job, Any]]) -> None:
    JobSecret.objects.bulk_create(JobSecret(job=job, payload=encrypt(secret)) for job, secret in secrets)


def hand_over_secrets(sealed: Iterable[tuple[Job, bytes]]) -> None:
    """Secrets that were encrypted for a job before it was there (:func:`cloudpanel.core.crypto.encrypt`)."""
    kept = list(sealed)
    JobSecret.objects.bulk_create(JobSecret(job=job, payload=payload) for job, payload in kept)
    Job.objects.filter(pk__in=[job.pk for job, _payload in kept]).update(has_secret=True)


def encrypted_secrets(jobs: Iterable[Job]) -> dict[int, bytes]:
    """By job id; no statement when no job has one."""
    holders = [job.pk for job in jobs if job.has_secret]
    if not holders:
        return {}
    return {secret.job_id: bytes(secret.payload) for secret in JobSecret.objects.filter(job__in=holders)}


def without_secret(job: Job, text: str) -> str:
    """``text`` with the job's secret blanked out: a driver may put a password into the message of its exception."""
    for payload in encrypted_secrets([job]).values():
        try:
            secret = decrypt(payload)
        except (InvalidToken, ValueError):
            continue
        for word in _words(secret):
            text = text.replace(word, HIDDEN)
    return text


def _words(secret: Any) -> Iterator[str]:
    if isinstance(secret, str) and len(secret) >= SHORTEST:
        yield secret
    elif isinstance(secret, dict):
        for value in secret.values():
            yield from _words(value)
    elif isinstance(secret, list):
        for value in secret:
            yield from _words(value)
