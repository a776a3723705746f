"""A VIN by photo: the label's bar code, a little turned and blurred, as a phone takes it."""

import io
import zlib
from typing import Any

import pytest
import zxingcpp
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, ImageFilter

from service_lane import vin_reader
from service_lane.rules.pictures import LARGEST_UPLOAD, Unusable
from service_lane.rules.vin_photo import Code, vin_among
from service_lane.vin_reader import read_vin
from tests.cast import Cast, make_cast, make_customer, make_order, make_vehicle

VIN = "1HGCM82633A004352"
NO_CHECK = "WVWZZZ1JZXW000001"  # a European car's: its ninth place is no check digit


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def label(text: str = VIN, kind: str = "Code39", size: tuple[int, int] = (1280, 960)) -> bytes:
    """A photo of a label with one bar code: four degrees off, slightly out of focus, JPEG as phones save it."""
    code = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind))
    lines = memoryview(zxingcpp.write_barcode_to_image(code, scale=3))  # type: ignore[arg-type]
    drawn = Image.frombytes("L", (lines.shape[1], lines.shape[0]), bytes(lines))
    photo = Image.new("L", (1280, 960), 205)
    photo.paste(drawn, ((1280 - drawn.width) // 2, 420))
    photo = photo.rotate(4, fillcolor=190, resample=Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(1.2))
    out = io.BytesIO()
    photo.resize(size).convert("RGB").save(out, "JPEG", quality=80)
    return out.getvalue()


# --- reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["Code39", "Code128", "DataMatrix", "QRCode"])
def test_a_turned_and_blurred_label_of_each_kind_is_read(kind: str) -> None:
    assert read_vin(label(kind=kind)) == VIN


def test_an_imported_cars_leading_letter_goes() -> None:
    assert read_vin(label(f"I{VIN}")) == VIN


def test_a_picture_as_the_camera_made_it_is_read_by_a_program_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    run = vin_reader.subprocess.run
    monkeypatch.setattr(vin_reader.subprocess, "run", lambda *a, **k: calls.append(k["timeout"]) or run(*a, **k))
    assert read_vin(label(size=(4000, 3000))) == VIN
    assert calls == [vin_reader.MOST_SECONDS]


@pytest.mark.parametrize(
    ("codes", "vin"),
    [
        ([], ""),
        ([Code("Code39", "PART12345")], ""),
        ([Code("QRCode", f"https://maker.example/?vin={VIN}&x=1")], VIN),
        ([Code("Code128", NO_CHECK)], NO_CHECK),
        ([Code("Code39", NO_CHECK)], ""),  # nothing says that it was read right
        ([Code("Code128", NO_CHECK), Code("Code39", VIN)], VIN),
        ([Code("Code128", "1HGCM82633A0O4352")], ""),  # no VIN has an O
        ([Code("Code128", "ABCDEFGHJKLMNPRST")], ""),
    ],
)
def test_the_vin_is_found_among_what_was_read(codes: list[Code], vin: str) -> None:
    assert vin_among(codes) == vin


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (b"", "not a photo we can read"),
        (b"%PDF-1.7", "not a photo we can read"),
        (b"\xff\xd8\xff" + b"0" * LARGEST_UPLOAD, "larger than 15 MB"),
        (label()[:4000], "damaged"),
        (label(size=(4000, 3000))[:4000], "cannot be read"),
    ],
)
def test_what_is_no_photo_is_refused_with_a_sentence(sent: bytes, sentence: str) -> None:
    with pytest.raises(Unusable, match=sentence):
        read_vin(sent)


def test_fifty_megapixels_are_refused_by_the_head_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vin_reader, "codes_in", lambda _: pytest.fail("the pixels were read"))
    monkeypatch.setattr(vin_reader.subprocess, "run", lambda *_, **__: pytest.fail("a program was started"))
    head = b"IHDR" + (10_000).to_bytes(4) + (5_001).to_bytes(4) + b"\x08\x02\x00\x00\x00"
    sent = b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4) + head + zlib.crc32(head).to_bytes(4) + (0).to_bytes(4) + b"IDAT"
    with pytest.raises(Unusable, match="more than 50 megapixels"):
        read_vin(sent)


# --- the page --------------------------------------------------------------------------------------------------------


def send(client: Client, sent: bytes | None, *, by_script: bool = False, **typed: str) -> Any:
    files = {"photo": SimpleUploadedFile("label.jpg", sent)} if sent is not None else {}
    return client.post("/vin/", typed | files, headers={"X-Requested-With": "fetch"} if by_script else {})


def test_a_car_that_is_here_is_found_like_one_that_was_scanned(client: Client, cast: Cast) -> None:
    owner = make_customer()
    order = make_order(cast, customer=owner, vehicle=make_vehicle(owner, vin=VIN))
    client.force_login(cast.tess)
    answer = client.post("/vin/", {"photo": SimpleUploadedFile("a.jpg", label())}, follow=True)
    assert answer.redirect_chain[0][0] == f"/find/?q={VIN}"
    assert answer.redirect_chain[-1][0] == order.get_absolute_url()


def test_a_known_car_is_written_up_where_that_is_wanted(client: Client, cast: Cast) -> None:
    car = make_vehicle(make_customer(), vin=VIN)
    client.force_login(cast.ada)
    assert send(client, label(), **{"for": "writeup"}).headers["Location"] == f"/write-ups/new/?vehicle={car.pk}"
    assert send(client, label()).headers["Location"] == f"/find/?q={VIN}"


def test_an_unknown_car_starts_a_write_up_with_its_vin_at_the_counter_only(client: Client, cast: Cast) -> None:
    client.force_login(cast.ada)
    answer = send(client, label(), by_script=True)
    assert answer.json() == {"vin": VIN, "url": f"/write-ups/new/?vin={VIN}", "says": f"VIN read: {VIN}."}
    page = client.get(f"/write-ups/new/?vin={VIN}").content.decode()
    assert f'value="{VIN}"' in page
    client.force_login(cast.tess)
    assert send(client, label()).headers["Location"] == f"/find/?q={VIN}"


def test_a_vin_whose_check_digit_does_not_fit_is_said_to_be_compared(client: Client, cast: Cast) -> None:
    client.force_login(cast.ada)
    says = send(client, label(NO_CHECK, "Code128"), by_script=True).json()["says"]
    assert "Compare it with the car" in says


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (None, "Take a photo of the VIN label first."),
        (label("NOTHING OF USE", "Code128"), "Hold the phone parallel to the label in the door frame"),
        (b"words", "This is not a photo we can read."),
    ],
)
def test_what_cannot_be_read_says_what_to_do(client: Client, cast: Cast, sent: bytes | None, sentence: str) -> None:
    client.force_login(cast.tess)
    plain, scripted = send(client, sent), send(client, sent, by_script=True)
    assert (plain.status_code, scripted.status_code) == (422, 422)
    assert sentence in plain.content.decode()
    assert scripted.content.decode().startswith(("Take", "No VIN", "This is"))


def test_sales_and_strangers_read_no_vin_here(client: Client, cast: Cast) -> None:
    client.force_login(cast.sam)
    assert client.get("/vin/").status_code == 403
    assert send(client, label()).status_code == 403
    client.logout()
    assert "/accounts/login/" in send(client, label()).headers["Location"]
