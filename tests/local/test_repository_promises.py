"""What anybody may rely on in the files that are not Python."""

import os
import re
import subprocess

import pytest

from cloudpanel.local.assets import COPIES, copy_assets
from cloudpanel.local.places import ROOT
from tests.counterparts import need

REGISTRY = re.compile(
    r"pypi\.org|pythonhosted|registry\.npmjs|npmjs\.org|\"resolved\"|--(extra-)?index-url|--find-links", re.I
)
SECRETS = (
    "SECRET_KEY",
    "FIELD_ENCRYPTION_KEYS",
    "ACTION_LOG_KEYS",
    "POSTGRES_PASSWORD",
    "REDIS_PASSWORD",
    "DOVECOT_PASSWORD",
)
TRACKED_SUFFIXES = {".lock", ".json", ".npmrc", ".toml", ".in", ".yml", ".cfg"}


def tracked_files():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_no_lock_file_names_a_registry():
    for path in tracked_files():
        if path.suffix in TRACKED_SUFFIXES or path.name in {".npmrc", "Dockerfile", "Makefile"}:
            lines = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("#")]
            assert not REGISTRY.search("\n".join(lines)), path


def test_every_locked_package_has_its_hash():
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-node.lock"):
        entries = re.split(r"\n(?=\S)", (ROOT / name).read_text())
        assert all("--hash=sha256:" in entry for entry in entries if "==" in entry)


def test_the_readme_begins_with_two_commands():
    readme = (ROOT / "README.md").read_text()

    first_block = re.search(r"```\w*\n(.*?)```", readme, re.S).group(1)

    assert [line.split("#")[0].strip() for line in first_block.strip().splitlines()] == ["make run", "make test"]


def test_what_the_browser_gets_comes_without_references_to_source_maps(tmp_path):
    texts = {source: target for source, target in COPIES.items() if source.endswith((".css", ".js"))}
    for source in COPIES:
        (tmp_path / "from" / source).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "from" / source).write_text("a{}\n/*# sourceMappingURL=a.css.map */\n")

    copy_assets(tmp_path / "from", tmp_path / "to")

    for destination in texts.values():
        assert "sourceMappingURL" not in (tmp_path / "to" / destination).read_text()


@pytest.fixture
def compose_environment(tmp_path):
    printed = subprocess.run(["sh", "docker/new-env"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    (tmp_path / "env").write_text(printed)
    return tmp_path / "env"


def compose(environment, *words):
    program = need("docker-compose")
    command = [str(program), "--env-file", str(environment), "-f", str(ROOT / "docker-compose.yml"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.counterpart
def test_compose_accepts_the_production_shape(compose_environment):
    done = compose(compose_environment, "config", "--services")

    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) >= {"web", "worker", "beat", "postgres", "redis", "dovecot", "proxy"}


@pytest.mark.counterpart
def test_compose_refuses_to_start_without_secrets():
    done = compose(ROOT / ".env.example", "config", "--quiet")

    assert done.returncode != 0
    assert ".env.example" in done.stderr


def test_fresh_secrets_differ_every_time_and_need_no_quoting(compose_environment):
    again = subprocess.run(["sh", "docker/new-env"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    for name in SECRETS:
        pattern = re.compile(rf"^{name}=([A-Za-z0-9_=-]{{32,}})$", re.M)
        first, second = pattern.search(compose_environment.read_text()), pattern.search(again)
        assert first is not None, name
        assert second is not None, name
        assert first.group(1) != second.group(1), name


@pytest.mark.xdist_group("shared")
def test_tests_that_share_a_panel_stay_on_one_process(request):
    """pytest-xdist writes the group into the id; a pytest that hides it scatters the group in silence."""
    assert request.node.nodeid.endswith("@shared") == ("PYTEST_XDIST_WORKER" in os.environ)
