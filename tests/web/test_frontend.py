"""Front-end files arrive whole and checked, from a wheel that the real pip fetches, or not at all."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from hub.web import frontend

CONTENT = b"var hub = 1\n"


def make_wheel(folder: Path, content: bytes = CONTENT) -> Path:
    """A least valid wheel `hub-probe` 1.0 that carries `content` as hub_probe/x.js."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "hub_probe-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hub_probe/x.js", content)
        archive.writestr(
            "hub_probe-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: hub-probe\nVersion: 1.0\n"
        )
        archive.writestr(
            "hub_probe-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr("hub_probe-1.0.dist-info/RECORD", "")
    return path


def pinned(wheel: Path, content: bytes = CONTENT, member: str = "hub_probe/x.js") -> frontend.VendorFile:
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return frontend.VendorFile(
        "x-1.0.js",
        frontend.Wheel("hub-probe", "1.0", digest),
        member,
        hashlib.sha256(content).hexdigest(),
    )


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the only place pip looks into."""
    folder = tmp_path / "index"
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    return folder


def test_a_missing_file_is_fetched_and_a_right_one_left_alone(index: Path, tmp_path: Path) -> None:
    wheel, vendor = make_wheel(index), tmp_path / "vendor"
    file = pinned(wheel)
    assert frontend.fetch((file,), vendor) == ["x-1.0.js"]
    assert (vendor / "x-1.0.js").read_bytes() == CONTENT
    wheel.unlink()
    assert frontend.fetch((file,), vendor) == []


def test_a_file_that_was_tampered_with_is_fetched_again(index: Path, tmp_path: Path) -> None:
    file, vendor = pinned(make_wheel(index)), tmp_path / "vendor"
    frontend.fetch((file,), vendor)
    (vendor / "x-1.0.js").write_bytes(b"evil()")
    assert frontend.fetch((file,), vendor) == ["x-1.0.js"]
    assert (vendor / "x-1.0.js").read_bytes() == CONTENT


def test_pip_refuses_a_wheel_with_another_hash(index: Path, tmp_path: Path) -> None:
    file = pinned(make_wheel(index))
    make_wheel(index, b"evil()")
    with pytest.raises(frontend.FrontendError, match=r"could not fetch hub-probe 1\.0"):
        frontend.fetch((file,), tmp_path / "vendor")
    assert not (tmp_path / "vendor").exists()


def test_no_reachable_index_is_told_in_words(index: Path, tmp_path: Path) -> None:
    file = pinned(make_wheel(tmp_path / "elsewhere"))
    with pytest.raises(frontend.FrontendError, match="could not fetch"):
        frontend.fetch((file,), tmp_path / "vendor")


def test_a_file_with_another_content_is_not_taken_from_a_right_wheel(tmp_path: Path) -> None:
    wheel, vendor = make_wheel(tmp_path / "index"), tmp_path / "vendor"
    with pytest.raises(frontend.FrontendError, match="SHA-256 differs"):
        frontend.take(pinned(wheel, b"something else"), wheel, vendor)
    assert not vendor.exists()


def test_a_wheel_without_the_file_or_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    wheel, vendor = make_wheel(tmp_path / "index"), tmp_path / "vendor"
    with pytest.raises(frontend.FrontendError, match="does not hold"):
        frontend.take(pinned(wheel, member="hub_probe/y.js"), wheel, vendor)
    wheel.write_bytes(b"not a zip")
    with pytest.raises(frontend.FrontendError, match="does not hold"):
        frontend.take(pinned(wheel), wheel, vendor)


def test_a_failed_write_leaves_the_old_file_and_no_rubbish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel, vendor = make_wheel(tmp_path / "index"), tmp_path / "vendor"
    vendor.mkdir()
    (vendor / "x-1.0.js").write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        frontend.take(pinned(wheel), wheel, vendor)
    assert [path.name for path in vendor.iterdir()] == ["x-1.0.js"]
    assert (vendor / "x-1.0.js").read_bytes() == b"old"


def test_the_web_server_may_read_what_was_fetched(tmp_path: Path) -> None:
    wheel, vendor = make_wheel(tmp_path / "index"), tmp_path / "vendor"
    frontend.take(pinned(wheel), wheel, vendor)
    assert (vendor / "x-1.0.js").stat().st_mode & 0o777 == 0o644
