from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.models import ActionLogEntry, UserPhoto

pytestmark = pytest.mark.django_db
URL, IMAGE = "/perfil/foto/", "/perfil/foto/imagen/"


def picture(image_format: str = "JPEG", size: tuple[int, int] = (600, 400), **options) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, image_format, **options)
    return file.getvalue()


def upload(client, data: bytes, name: str = "foto.jpg"):
    return client.post(URL, {"photo": SimpleUploadedFile(name, data)})


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_photo_becomes_a_small_square_jpeg(administrator_client, image_format):
    assert upload(administrator_client, picture(image_format)).status_code == 302
    image = Image.open(io.BytesIO(UserPhoto.objects.get().image))
    assert (image.format, image.size) == ("JPEG", (256, 256))


def test_where_and_with_what_it_was_taken_is_not_kept(administrator_client):
    exif = Image.Exif()
    exif[0x010F] = "Cámara de Ana"  # Make
    exif.get_ifd(0x8825)[1] = "N"  # GPS
    upload(administrator_client, picture(exif=exif, comment=b"secreto"))
    kept = bytes(UserPhoto.objects.get().image)
    assert not Image.open(io.BytesIO(kept)).getexif()
    assert b"secreto" not in kept


def test_what_is_appended_to_an_image_is_not_kept(administrator_client):
    upload(administrator_client, picture() + b"<script>alert(1)</script>")
    assert b"script" not in bytes(UserPhoto.objects.get().image)


@pytest.mark.parametrize(
    "data",
    [b"", b"no es una imagen", b"<svg xmlns='http://www.w3.org/2000/svg'/>", picture()[:200], picture("BMP")],
)
def test_anything_else_is_refused_in_words(administrator_client, data):
    page = upload(administrator_client, data)
    assert page.status_code == 200
    assert page.context["form"].errors["photo"]
    assert not UserPhoto.objects.exists()


def test_a_file_too_heavy_is_refused(administrator_client):
    page = upload(administrator_client, picture() + bytes(6 * 1024 * 1024))
    assert "pesa más de 5 MB" in page.content.decode()


def test_an_image_that_would_unpack_to_gigabytes_is_refused(administrator_client):
    file = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(file, "PNG")
    assert upload(administrator_client, file.getvalue()).context["form"].errors["photo"]


def test_it_is_served_as_nothing_but_a_picture(administrator_client):
    upload(administrator_client, picture())
    response = administrator_client.get(IMAGE)
    assert response["Content-Type"] == "image/jpeg"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert administrator_client.get(IMAGE, headers={"If-None-Match": response["ETag"]}).status_code == 304


def test_it_can_be_removed(administrator_client):
    upload(administrator_client, picture())
    administrator_client.post("/perfil/foto/quitar/")
    assert administrator_client.get(IMAGE).status_code == 404
    assert ActionLogEntry.objects.filter(action="accounts.user.photo_removed").exists()


def test_nobody_sees_another_persons_photo(administrator_client, stranger_client):
    upload(administrator_client, picture())
    assert stranger_client.get(IMAGE).status_code == 404


def test_a_visitor_is_sent_to_sign_in(client):
    assert client.get(IMAGE).status_code == 302
    assert upload(client, picture()).status_code == 302
