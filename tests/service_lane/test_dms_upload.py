"""Importing in the browser: upload, preview, start, progress, the rejected rows.  With and without htmx."""

import csv
import io
import re
import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from dealership.models import Entry, Role, Staff
from service_lane.actions.dms_import import run_import
from service_lane.forms import dms_import as forms
from service_lane.models import DmsImport, RepairOrder
from service_lane.tasks.dms_import import import_export, sweep_imports
from tests.cast import AT, Cast, make_cast
from tests.service_lane.test_dms_export import DEMO, written

HTMX = {"HX-Request": "true"}


@pytest.fixture
def cast(db) -> Cast:
    return make_cast()


def upload(client: Any, content: bytes, name: str = "july.csv", key: str = "", **headers: str) -> Any:
    file = SimpleUploadedFile(name, content, content_type="text/csv")
    return client.post(
        reverse("service_lane:import-new"), {"file": file, "form_key": key or str(uuid4())}, headers=headers
    )


def received(client: Any, content: bytes) -> DmsImport:
    assert upload(client, content).status_code == 302
    return DmsImport.objects.latest("pk")


def started(client: Any, content: bytes) -> DmsImport:
    dms_import = received(client, content)
    client.post(reverse("service_lane:import-preview", args=[dms_import.pk]), {"form_key": str(uuid4())})
    dms_import.refresh_from_db()
    return dms_import


def words(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_a_manager_uploads_looks_starts_and_sees_what_came_of_it(
    client, cast: Cast, queue, django_capture_on_commit_callbacks
) -> None:
    client.force_login(cast.max)
    response = upload(client, (DEMO / "ro_export.csv").read_bytes())
    dms_import = DmsImport.objects.get()
    assert response.url == reverse("service_lane:import-preview", args=[dms_import.pk])
    assert not RepairOrder.objects.exists()

    seen = words(client.get(response.url))
    assert "3,275 of 3,363 rows become lines of 1,493 repair orders at Northgate Honda" in seen
    assert "labor not an amount" in seen
    assert "Phone: not usable 44 times" in seen

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(response.url, {"form_key": str(uuid4())})
    assert response.url == reverse("service_lane:import-progress", args=[dms_import.pk])
    assert queue == [(import_export, {"dms_import_id": dms_import.pk})]
    assert "Waiting for its turn" in words(client.get(response.url))

    import_export(dms_import_id=dms_import.pk)
    done = words(client.get(response.url))
    assert "Repair orders 1,493" in done
    assert "Tax $29,019.39" in done
    assert RepairOrder.objects.count() == 1493
    assert list(Entry.objects.order_by("pk").values_list("event", "by__name")) == [
        ("import.received", "Max Ruiz"),
        ("import.started", "Max Ruiz"),
        ("import.finished", "Max Ruiz"),
    ]


def test_htmx_gets_the_fragment_until_it_is_done(client, cast: Cast, queue) -> None:
    client.force_login(cast.max)
    dms_import = started(client, written({}))
    url = reverse("service_lane:import-progress", args=[dms_import.pk])
    fragment = client.get(url, headers=HTMX).content.decode()
    assert "<html" not in fragment
    assert 'hx-trigger="every 1s"' in fragment
    import_export(dms_import_id=dms_import.pk)
    fragment = client.get(url, headers=HTMX).content.decode()
    assert "hx-trigger" not in fragment
    assert "Done" in fragment


def test_the_page_looks_again_by_itself_without_javascript(client, cast: Cast, queue) -> None:
    client.force_login(cast.max)
    url = reverse("service_lane:import-progress", args=[started(client, written({})).pk])
    assert '<noscript><meta http-equiv="refresh"' in client.get(url).content.decode()


def test_the_rejected_rows_come_as_a_file_with_reasons_and_their_text(client, cast: Cast, queue) -> None:
    client.force_login(cast.max)
    bad = {"RONumber": "=1+1", "lbrSale": "N/A"}
    dms_import = received(client, written({}, bad, {"OpenDate": "soon", "linStoryText": 'a "b"\r\nc'}))
    response = client.get(reverse("service_lane:import-rejects", args=[dms_import.pk]))
    assert response["Content-Disposition"] == 'attachment; filename="rejected-july.csv"'
    [head, first, second] = csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline=""))
    assert head == ["Row", "Reason", "Text"]
    assert first[:2] == ["2", "labor not an amount"]
    assert first[2].startswith("'=1+1,05/15/2021")
    assert second[:2] == ["3", "open date not a date"]
    assert '"a ""b""\r\nc"' in second[2]


def test_rows_no_database_could_hold_are_kept_as_readable_text(client, cast: Cast) -> None:
    client.force_login(cast.max)
    content = written({}, {"linCause": "\0" * 70_000}, {"linCause": 'a"\0'}).replace(b"\r\n400000", b"\n400000")
    assert upload(client, content + b'"\0\n\xff\xfe\n', name="züge \u8eca.csv").status_code == 302
    dms_import = DmsImport.objects.get()
    assert dms_import.report["rejected_total"] == 4
    response = client.get(reverse("service_lane:import-rejects", args=[dms_import.pk]))
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''rejected-z%C3%BCge")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is empty"),
        (b"PK\x03\x04 a workbook", "This is not a CSV file"),
        (b"hello,there\r\n1,2\r\n", "Missing: RONumber, OpenDate"),
        (written().replace(b",VIN,", b",Chassis,"), "Missing: VIN. There instead, and not known: Chassis."),
        (written(), "This file has columns and no rows"),
        (b"\x00\x01\x02" * 50, "This is not a CSV file"),
    ],
)
def test_a_file_that_is_no_export_is_refused_in_words(client, cast: Cast, content: bytes, sentence: str) -> None:
    client.force_login(cast.max)
    response = upload(client, content)
    assert response.status_code == 422
    assert sentence in words(response)
    assert not DmsImport.objects.exists()


def test_a_file_too_large_or_none_at_all_is_refused_in_words(client, cast: Cast, monkeypatch) -> None:
    client.force_login(cast.max)
    monkeypatch.setattr(forms, "LARGEST_EXPORT", 100)
    response = upload(client, written({}))
    assert response.status_code == 422
    assert "at most 50 MB can be taken" in words(response)
    response = client.post(reverse("service_lane:import-new"), {"form_key": str(uuid4())})
    assert "Choose the file that your DMS wrote." in words(response)


def test_the_same_form_sent_twice_is_one_upload_and_one_start(
    client, cast: Cast, queue, django_capture_on_commit_callbacks
) -> None:
    client.force_login(cast.max)
    key = str(uuid4())
    first, second = (upload(client, written({}), key=key) for _ in range(2))
    assert (first.status_code, second.status_code, DmsImport.objects.count()) == (302, 302, 1)
    url = reverse("service_lane:import-preview", args=[DmsImport.objects.get().pk])
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            client.post(url, {"form_key": str(uuid4())})
    assert len(queue) == 1
    assert Entry.objects.filter(event="import.started").count() == 1


def test_the_same_file_again_is_said_before_it_is_imported_again(client, cast: Cast, queue) -> None:
    client.force_login(cast.max)
    import_export(dms_import_id=started(client, written({})).pk)
    again = received(client, written({}))
    assert "This very file was imported" in words(client.get(reverse("service_lane:import-preview", args=[again.pk])))


@pytest.mark.parametrize("name", ["import-preview", "import-progress", "import-rejects"])
def test_strangers_find_nothing_and_other_roles_may_not(client, cast: Cast, queue, name: str) -> None:
    client.force_login(cast.max)
    url = reverse(f"service_lane:{name}", args=[received(client, written({})).pk])
    assert client.get(url, follow=True).status_code == 200
    Role.objects.create(staff=cast.mallory, rooftop=cast.river, kind=Role.Kind.SERVICE_MANAGER)
    client.force_login(Staff.objects.get(pk=cast.mallory.pk))
    assert client.get(url).status_code == 404
    assert client.post(url, {"form_key": str(uuid4())}).status_code in (404, 405)
    for nobody in (cast.ada, cast.tess, cast.sam):
        client.force_login(nobody)
        assert client.get(url).status_code == 403
    client.logout()
    assert client.get(url).status_code == 302
    assert queue == []


@pytest.mark.parametrize("name", ["imports", "import-new"])
def test_an_advisor_may_not_import_and_a_group_admin_may(client, cast: Cast, name: str) -> None:
    url = reverse(f"service_lane:{name}")
    client.force_login(cast.ada)
    assert client.get(url).status_code == 403
    assert upload(client, written({})).status_code == 403
    client.force_login(cast.gus)
    assert client.get(url).status_code == 200


def test_the_list_is_paged_its_own_rooftops_and_costs_the_same_for_any_length(
    client, cast: Cast, django_assert_num_queries, django_assert_max_num_queries
) -> None:
    client.force_login(cast.max)
    url = reverse("service_lane:imports")
    assert "Nothing has been imported here yet." in words(client.get(url))
    DmsImport.objects.create(rooftop=cast.river, filename="river.csv", created_at=AT)
    DmsImport.objects.create(rooftop=cast.north, filename="north.csv", created_at=AT, by=cast.max)
    with django_assert_max_num_queries(12) as few:
        seen = words(client.get(url))
    assert "north.csv" in seen
    assert "river.csv" not in seen
    DmsImport.objects.bulk_create(
        DmsImport(rooftop=cast.north, filename=f"{n}.csv", created_at=AT, by=cast.max) for n in range(49)
    )
    with django_assert_num_queries(len(few)):
        page = client.get(url)
    assert "1 to 25 of 50" in words(page)
    assert "26 to 50 of 50" in words(client.get(url, {"page": 2}))


def test_the_sweep_takes_up_what_the_queue_lost_and_a_dead_worker_left(client, cast: Cast, queue, settings) -> None:
    client.force_login(cast.max)
    lost, left = started(client, written({"RONumber": "1"})), started(client, written({"RONumber": "2"}))
    looked_at = received(client, written({"RONumber": "3"}))
    DmsImport.objects.filter(pk=left.pk).update(status=DmsImport.Status.RUNNING, rows_done=1)
    DmsImport.objects.update(created_at=AT - timedelta(days=30))
    sweep_imports()
    assert set(RepairOrder.objects.values_list("number", flat=True)) == {"1", "2"}
    looked_at.refresh_from_db()
    assert looked_at.status == "preview"
    before = Entry.objects.count()
    import_export(dms_import_id=lost.pk)
    assert Entry.objects.count() == before


def test_a_file_that_keeps_killing_its_worker_is_given_up(client, cast: Cast, queue, monkeypatch) -> None:
    client.force_login(cast.max)
    dms_import = started(client, written({}))

    def die(*_: Any) -> None:
        raise MemoryError

    monkeypatch.setattr("service_lane.actions.dms_import.stage.fill", die)
    for _ in range(3):
        with pytest.raises(MemoryError):
            run_import(dms_import_id=dms_import.pk, now=lambda: AT)
    assert run_import(dms_import_id=dms_import.pk, now=lambda: AT)
    url = reverse("service_lane:import-progress", args=[dms_import.pk])
    assert "Stopped Importing this file broke off three times." in words(client.get(url))
    assert not run_import(dms_import_id=dms_import.pk, now=lambda: AT)


def test_a_file_that_went_away_or_does_not_add_up_stops_with_a_sentence(client, cast: Cast, queue) -> None:
    client.force_login(cast.max)
    gone = started(client, written({}))
    gone.file.delete(save=False)
    DmsImport.objects.filter(pk=gone.pk).update(file="imports/gone.csv")
    import_export(dms_import_id=gone.pk)
    gone.refresh_from_db()
    assert (gone.status, gone.problem) == ("failed", "The file is no longer there. Upload it again.")
    huge = started(client, written(*({"linLineCode": f"{n}", "totRoTax": "9,999,999.99"} for n in range(11))))
    import_export(dms_import_id=huge.pk)
    huge.refresh_from_db()
    assert huge.status == "failed"
    assert "add up to more than" in huge.problem
    assert not RepairOrder.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_imports_it_with_the_webs_rights(client, celery_worker_process, settings) -> None:
    settings.MEDIA_ROOT = settings.LANE_HOME / "media"
    cast = make_cast()
    client.force_login(cast.max)
    dms_import = started(client, (DEMO / "ro_export.csv").read_bytes())
    import_again = started(client, written({"lbrSale": "500.00"}))
    give_up = time.monotonic() + 30
    while DmsImport.objects.exclude(status=DmsImport.Status.DONE).exists() and time.monotonic() < give_up:
        time.sleep(0.2)
    dms_import.refresh_from_db()
    import_again.refresh_from_db()
    assert (dms_import.status, dms_import.rows_done, import_again.status) == ("done", 3363, "done")
    assert RepairOrder.objects.count() == 1493
    for each in (dms_import, import_again):
        each.file.delete(save=False)
