"""What the strict policy forbids must not be written anywhere; what templates name must exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

from cloudpanel.core.components import TONES, badge, icon, icon_shapes
from cloudpanel.help_topics import TOPICS

ROOT = Path(settings.BASE_DIR)
PAGES = sorted(path for path in (ROOT / "templates").rglob("*.html") if not {"emails", "email"} & set(path.parts))
SOURCES = {str(path.relative_to(ROOT)): path.read_text() for path in PAGES}
FORBIDDEN = {
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>"),
    "style element": re.compile(r"<style\b"),
    "style attribute": re.compile(r"<[a-z][^>]*\sstyle="),
    "event attribute": re.compile(r"<[a-z][^>]*\son[a-z]+="),
    "script in a link": re.compile(r"(?:href|action|src)=[\"']?\s*javascript:", re.IGNORECASE),
    "evaluated HTMX": re.compile(r"\bhx-(?:on|vals=[\"']js:|vars)"),
    "something from elsewhere": re.compile(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=[\"']https?:"),
}


@pytest.mark.parametrize("name", SOURCES)
def test_a_page_has_nothing_that_the_policy_would_block(name):
    found = {kind: match.group() for kind, pattern in FORBIDDEN.items() if (match := pattern.search(SOURCES[name]))}
    assert not found


def test_every_icon_that_a_template_names_exists():
    named = {(name, path) for path, text in SOURCES.items() for name in re.findall(r'{% icon "([\w-]+)"', text)}
    named |= {
        (name, path) for path, text in SOURCES.items() for name in re.findall(r'\b(?:action_)?icon="([\w-]+)"', text)
    }
    assert {(name, path) for name, path in named if name not in icon_shapes()} == set()


def test_every_help_topic_that_a_page_names_exists():
    named = {
        (topic, path)
        for path, text in SOURCES.items()
        for topic in re.findall(r"{% block help_topic %}([\w-]+){% endblock", text)
    }
    assert {(topic, path) for topic, path in named if topic not in TOPICS} == set()


@pytest.mark.parametrize("topic", TOPICS)
def test_every_help_topic_is_written_in_both_languages(topic):
    for language in ("es", "en"):
        assert "<h2>" in get_template(f"help/{language}/{topic}.html").render()


def test_an_icon_is_hidden_from_who_listens():
    assert 'aria-hidden="true"' in icon("mail")


def test_an_unknown_icon_is_a_box():
    assert icon("no-existe") == icon("box")


@pytest.mark.parametrize("tone", TONES)
def test_a_state_is_colour_icon_and_word(tone):
    drawn = badge(tone, "<Listo>")
    assert "<svg" in drawn
    assert "&lt;Listo&gt;" in drawn
