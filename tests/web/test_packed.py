"""Style sheets and scripts travel gzipped, unchanged, fresh, and nothing outside the folder is ever given."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from hub.web.headers import FIXED
from hub.web.packed import Packed
from tests.web.gallery import ROOT

CSS = "body { color: #17211F }\n" * 200


def behind(_environ: Any, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"the app"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "static"
    (made / "icons").mkdir(parents=True)
    (made / "hub.css").write_text(CSS)
    (made / "icons" / "favicon.svg").write_text("<svg/>")
    (made / "photo.png").write_bytes(b"png")
    (tmp_path / "secret.js").write_text("secret")
    return made


def get(folder: Path, path: str, method: str = "GET", **headers: str) -> TestResponse:
    given = {
        "Accept-Encoding": "gzip, br",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return Client(Packed(behind, folder)).open(path, method=method, headers=given)


def test_a_style_sheet_is_sent_packed_and_unpacks_to_the_file(folder: Path) -> None:
    answer = get(folder, "/static/hub.css")
    assert gzip.decompress(answer.data).decode() == CSS
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.mimetype == "text/css"
    assert int(answer.headers["Content-Length"]) == len(answer.data) < len(CSS) / 10


def test_a_versioned_address_may_be_kept_for_ever_and_a_plain_one_for_a_day(folder: Path) -> None:
    assert "immutable" in get(folder, "/static/hub.css?v=abc").headers["Cache-Control"]
    assert get(folder, "/static/hub.css").headers["Cache-Control"] == "public, max-age=86400"


def test_an_unchanged_file_is_not_sent_twice(folder: Path) -> None:
    etag = get(folder, "/static/hub.css").headers["ETag"]
    again = get(folder, "/static/hub.css", If_None_Match=etag)
    assert again.status_code == 304
    assert again.data == b""


def test_a_changed_file_is_packed_again(folder: Path) -> None:
    client = Client(Packed(behind, folder))
    old = client.get("/static/hub.css", headers={"Accept-Encoding": "gzip"})
    (folder / "hub.css").write_text("body { color: red }")
    new = client.get("/static/hub.css", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(new.data) == b"body { color: red }"
    assert new.headers["ETag"] != old.headers["ETag"]


def test_head_says_the_length_and_sends_nothing(folder: Path) -> None:
    answer = get(folder, "/static/hub.css", method="HEAD")
    assert int(answer.headers["Content-Length"]) > 0
    assert answer.data == b""


@pytest.mark.parametrize(
    "path",
    [
        "/static/../secret.js",
        "/static/%2e%2e/secret.js",
        "/static/icons/../../secret.js",
        "/static//etc/passwd.css",
        "/static/none.css",
        "/static/a%00.css",
        "/static/photo.png",
        "/hub.css",
    ],
)
def test_what_is_no_packable_file_of_the_folder_goes_on_to_the_app(folder: Path, path: str) -> None:
    assert get(folder, path).data == b"the app"


def test_a_browser_without_gzip_or_with_a_range_is_left_to_the_app(folder: Path) -> None:
    assert get(folder, "/static/hub.css", Accept_Encoding="identity").data == b"the app"
    assert get(folder, "/static/hub.css", Range="bytes=0-9").data == b"the app"
    assert get(folder, "/static/hub.css", method="POST").data == b"the app"


def test_all_the_hubs_own_files_take_less_than_25_kilobytes_of_the_line() -> None:
    sizes = {name: len(get(ROOT / "static", f"/static/{name}").data) for name in ("hub.css", "hub.js")}
    assert sum(sizes.values()) < 25_000, sizes


@pytest.mark.parametrize("path", ["/static/hub.css", "/static/icons/favicon.svg", "/static/nothing.css"])
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_files_of_our_own_carry_the_headers_of_every_answer(app: Flask, path: str, encoding: str) -> None:
    answer = app.test_client().get(path, headers={"Accept-Encoding": encoding})
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    for name, value in FIXED.items():
        assert answer.headers[name] == value, name
    answer.close()
