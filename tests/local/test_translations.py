"""Catalogues without gettext: compiled with Babel, checked against the sources."""

import gettext
import os

import pytest

from cloudpanel.local import messages
from cloudpanel.local.translations import compile_catalogs

PO = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Buzón"
msgstr "Mailbox"

msgid "%(n)s buzón"
msgid_plural "%(n)s buzones"
msgstr[0] "%(n)s mailbox"
msgstr[1] "%(n)s mailboxes"
"""


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A product of one template and one module."""
    (tmp_path / "locale/en/LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "locale/en/LC_MESSAGES/django.po").write_text(PO)
    (tmp_path / "templates/jinja2").mkdir(parents=True)
    (tmp_path / "accounts").mkdir()
    (tmp_path / "accounts/__init__.py").touch()
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    monkeypatch.setattr(messages, "CATALOG", tmp_path / "locale/en/LC_MESSAGES/django.po")
    return tmp_path


def test_a_catalogue_is_compiled_once_and_again_when_it_changes(tree):
    written = compile_catalogs(tree / "locale")

    with written[0].open("rb") as file:
        english = gettext.GNUTranslations(file)
    assert english.gettext("Buzón") == "Mailbox"
    assert english.ngettext("%(n)s buzón", "%(n)s buzones", 2) == "%(n)s mailboxes"
    assert compile_catalogs(tree / "locale") == []
    os.utime(written[0], (0, 0))
    assert compile_catalogs(tree / "locale") == written


def test_texts_are_found_in_python_and_both_kinds_of_template(tree):
    (tree / "accounts/forms.py").write_text('_("Uno")\nngettext_lazy("%d dos", "%d doses", n)\n')
    (tree / "templates/a.html").write_text(
        "<p class='x'>\n  {% translate \"Tres\" %}\n{% blocktranslate trimmed %}\n Cuatro {{ n }}\n {% endblocktranslate %}"
        "{% blocktranslate count n=n %}Un seis{% plural %}{{ n }} seises{% endblocktranslate %}{{ _('Siete') }}"
    )
    (tree / "templates/jinja2/b.html").write_text("{{ _('Cinco') }}")

    found = {message.id for message in messages.source_texts() if message.id}

    assert found == {
        "Uno",
        ("%d dos", "%d doses"),
        "Tres",
        "Cuatro %(n)s",
        "Cinco",
        ("Un seis", "%(n)s seises"),
        "Siete",
    }


def test_a_text_without_english_is_named(tree):
    (tree / "accounts/forms.py").write_text('_("Buzón")\n_("Papelera")\n')

    assert messages.missing_translations() == ["no English: accounts/forms.py: 'Papelera'"]


def test_english_that_loses_a_placeholder_is_named(tree):
    messages.CATALOG.write_text(PO + '\nmsgid "Hola, %(name)s"\nmsgstr "Hello"\n')
    (tree / "accounts/forms.py").write_text('_("Hola, %(name)s")\n')

    assert "other placeholders" in messages.missing_translations()[0]


def test_the_catalogue_takes_new_texts_and_keeps_the_english_it_has(tree):
    (tree / "accounts/forms.py").write_text('_("Buzón")\n_("Papelera")\n')

    assert messages.update_catalog() == 1

    text = messages.CATALOG.read_text()
    assert 'msgstr "Mailbox"' in text
    assert 'msgid "Papelera"' in text
    assert "buzones" not in text
