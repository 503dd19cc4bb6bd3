"""`make run`, really started."""

import signal

import psutil
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("local-run")]


def alive(processes):
    return [each for each in processes if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]


def test_it_prints_the_address_and_the_people_and_serves_the_first_page(start):
    panel = start().wait_ready()

    assert f"http://127.0.0.1:{panel.port}" in panel.said
    for word in ("admin@empresa.example", "puente-cobalto-mirador-91", "/correo-local/"):
        assert word in panel.said
    assert panel.get("/healthz") == (200, "ok")
    assert panel.get("/")[0] == 200
    assert panel.get("/correo-local/")[0] == 200
    panel.wait_until(lambda: panel.get("/readyz")[0] == 200)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all_it_started(start, number):
    panel = start().wait_ready()
    family = panel.family()
    assert len(family) > 6

    assert panel.end(number) == 0

    assert alive(family) == []
    panel.wait_until(lambda: "Ended." in panel.said)


def test_a_signal_ends_it_while_it_is_still_starting(start):
    panel = start()
    panel.wait_until(lambda: "Bringing the database up to date" in panel.said)
    family = panel.family()

    panel.end(signal.SIGTERM)

    assert alive(family) == []
    assert "Traceback" not in panel.said


def test_killed_with_9_it_leaves_nothing_that_the_next_run_does_not_clean_up(start):
    killed = start().wait_ready()
    family = killed.family()
    killed.end(signal.SIGKILL)

    following = start(killed.port).wait_ready()

    assert alive(family) == []
    assert following.get("/healthz") == (200, "ok")


def test_the_second_start_repeats_nothing_of_the_first(start):
    """That is why it takes seconds: no migration, no demo data, no files fetched or copied."""
    start().wait_ready().end()

    second = start().wait_ready()

    assert not any(line.startswith(("migrate", "assets")) for line in second.lines)


def test_a_web_server_that_falls_is_started_again_and_the_log_says_so(start):
    panel = start().wait_ready()
    web = next(each for each in panel.family() if "gunicorn" in " ".join(each.cmdline()))

    web.kill()

    panel.wait_until(lambda: "web was killed by signal 9; starting it again" in panel.said)
    panel.wait_until(lambda: _answers(panel))


def test_a_database_that_falls_is_started_again(start):
    panel = start().wait_ready()
    postmaster = next(each for each in panel.family() if "-D" in each.cmdline() and each.name() == "postgres")

    postmaster.kill()

    panel.wait_until(lambda: "PostgreSQL has ended; starting it again" in panel.said)
    panel.wait_until(lambda: panel.get("/readyz")[0] == 200)


def _answers(panel):
    try:
        return panel.get("/healthz") == (200, "ok")
    except OSError:
        return False
