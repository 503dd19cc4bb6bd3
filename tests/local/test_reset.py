"""`make reset` throws local data away, and only after a word that nobody types by chance."""

import pytest

from cloudpanel.local.places import Places
from cloudpanel.local.reset import reset
from tests.local.conftest import run_local

pytestmark = pytest.mark.xdist_group("local-run")


@pytest.fixture
def with_data(local_directory):
    places = Places.of("run")
    places.prepare()
    (places.home / "something").write_text("kept")
    return places


@pytest.mark.parametrize("answer", ["", "yes\n", "y\n"])
def test_anything_but_the_word_deletes_nothing(with_data, answer):
    done = run_local("reset", stdin=answer, LOCAL_DIR=str(with_data.base))

    assert done.returncode == 1
    assert "Nothing was deleted" in done.stdout
    assert (with_data.home / "something").exists()


def test_the_word_deletes_the_data_of_every_profile(with_data):
    done = run_local("reset", stdin="delete\n", LOCAL_DIR=str(with_data.base))

    assert done.returncode == 0
    assert not with_data.home.exists()


def test_without_data_there_is_nothing_to_ask(local_directory, capsys):
    assert reset() == 0
    assert "There is no local data" in capsys.readouterr().out


@pytest.mark.slow
def test_a_running_panel_keeps_its_data(running, data_directory):
    done = run_local("reset", "--yes", LOCAL_DIR=str(data_directory))

    assert done.returncode == 2
    assert "The panel is running from this tree" in done.stderr
