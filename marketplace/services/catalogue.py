"""Reading what is on sale."""

from __future__ import annotations

import unicodedata

from django.db.models import F, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat, Lower

from marketplace.models import Product, TermsVersion

_ACCENTED, _PLAIN = "áàäâéèëêíìïîóòöôúùüûñç", "aaaaeeeeiiiioooouuuunc"


def search_products(words: str) -> QuerySet[Product]:
    """Products on sale whose name, texts, family or plans contain every word, whatever its accents and capitals."""
    texts = ["name", "summary", "description", "family__name", "family__description"]
    parts = [part for text in texts for part in (F(text), Value(" "))]
    text = Func(
        Lower(Concat(*parts, output_field=TextField())),
        Value(_ACCENTED),
        Value(_PLAIN),
        function="translate",
        output_field=TextField(),
    )
    found = Product.objects.on_sale().select_related("family").annotate(searched=text)
    for word in without_accents(words).split():
        found = found.filter(Q(searched__contains=word))
    return found.order_by("family__position", "position", "name")


def without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower().replace("\0", ""))
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def terms_in_force(product: Product) -> TermsVersion:
    """The version that a purchase of ``product`` accepts. What has no terms is not on sale."""
    return TermsVersion.objects.filter(slug=product.terms_slug).latest("published_at", "pk")
