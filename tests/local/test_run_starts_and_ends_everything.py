"""`make run`, really started."""

import signal

import psutil
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("local-run")]


def alive(processes):
    return [each for each in processes if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]


def test_it_prints_the_address_and_the_people_and_serves_the_first_page(running):
    assert f"http://127.0.0.1:{running.port}" in running.said
    for word in ("admin@empresa.example", "puente-cobalto-mirador-91", "/correo-local/"):
        assert word in running.said
    assert running.get("/healthz") == (200, "ok")
    assert running.get("/")[0] == 200
    assert running.get("/correo-local/")[0] == 200
    running.wait_until(lambda: running.get("/readyz")[0] == 200)


def test_a_web_server_that_falls_is_started_again_and_the_log_says_so(running):
    web = next(each for each in running.family() if "gunicorn" in " ".join(each.cmdline()))

    web.kill()

    running.wait_until(lambda: "web was killed by signal 9; starting it again" in running.said)
    running.wait_until(lambda: _answers(running))


def test_a_database_that_falls_is_started_again(running):
    postmaster = next(each for each in running.family() if "-D" in each.cmdline() and each.name() == "postgres")

    postmaster.kill()

    running.wait_until(lambda: "PostgreSQL has ended; starting it again" in running.said)
    running.wait_until(lambda: running.get("/readyz")[0] == 200)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all_it_started(running, number):
    family = running.family()
    assert len(family) > 6

    assert running.end(number) == 0

    assert alive(family) == []
    running.wait_until(lambda: "Ended." in running.said)


def test_a_signal_ends_it_while_it_is_still_starting(start):
    panel = start()
    panel.wait_until(lambda: "Bringing the database up to date" in panel.said)
    family = panel.family()

    panel.end(signal.SIGTERM)

    assert alive(family) == []
    assert "Traceback" not in panel.said


def test_killed_with_9_it_leaves_nothing_that_the_next_run_does_not_clean_up(running, start):
    family = running.family()
    running.end(signal.SIGKILL)

    following = start(running.port).wait_ready()

    assert alive(family) == []
    assert following.get("/healthz") == (200, "ok")


def test_the_second_start_repeats_nothing_of_the_first(running, start):
    """That is why it takes seconds: no migration, no demo data, no files fetched or copied."""
    second = start().wait_ready()

    assert second.process.pid != running.process.pid
    assert not any(line.startswith(("migrate", "assets")) for line in second.lines)


def _answers(panel):
    try:
        return panel.get("/healthz") == (200, "ok")
    except OSError:
        return False
