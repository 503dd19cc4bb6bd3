"""A photo of oneself: whatever is uploaded, only pixels that we wrote ourselves are kept."""

from __future__ import annotations

import io
import warnings
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import Image, ImageOps

MAX_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 50_000_000  # a decompression bomb has more (CWE-409)
SIDE = 256
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


class PhotoForm(forms.Form):
    photo = forms.FileField(
        label=gettext_lazy("Foto"),
        help_text=gettext_lazy("JPEG, PNG, WebP o GIF de hasta 5 MB. Se recorta al centro."),
        widget=forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/gif"}),
    )

    def clean_photo(self) -> bytes:
        """A square JPEG of our own making."""
        upload: UploadedFile[Any] = self.cleaned_data["photo"]
        if (upload.size or 0) > MAX_BYTES:
            raise forms.ValidationError(_("La foto pesa más de 5 MB. Elija una más pequeña."))
        try:
            return square_jpeg(upload.read())
        except UnreadableImage:
            raise forms.ValidationError(_("No es una imagen que podamos leer. Use JPEG, PNG, WebP o GIF.")) from None


class UnreadableImage(ValueError):
    """Not an image, of another format, broken, or too large to unpack."""


def square_jpeg(data: bytes) -> bytes:
    """``data`` as a JPEG of ``SIDE`` × ``SIDE`` without any metadata. Raises UnreadableImage."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image: Image.Image = Image.open(io.BytesIO(data), formats=FORMATS)
            if image.width * image.height > MAX_PIXELS:
                raise UnreadableImage
            image = ImageOps.exif_transpose(image)  # turned as the camera was held, before that knowledge is dropped
            image = ImageOps.fit(image.convert("RGBA"), (SIDE, SIDE))
    except UnreadableImage:
        raise
    except Exception as error:
        raise UnreadableImage from error
    white = Image.new("RGB", (SIDE, SIDE), "white")
    white.paste(image, mask=image.getchannel("A"))
    file = io.BytesIO()
    white.save(file, "JPEG", quality=85, optimize=True)
    return file.getvalue()
