"""Fetches the front-end files that the hub serves but does not keep in its repository.

htmx comes out of the wheel of django-htmx, which carries it byte for byte; Django is not installed. pip
downloads the wheel from wherever this machine's pip is set to look, and both the wheel and the file taken
from it are checked against the SHA-256 pinned here (docs/decisions/0003). `make setup` runs this file by
path, before or beside a running hub, so it uses the standard library only and imports nothing of the hub.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[2] / "static" / "vendor"


class FrontendError(Exception):
    """A front-end file could not be had or is not what was pinned; the text is meant for a person."""


@dataclass(frozen=True)
class Wheel:
    """A wheel on the package index, pinned by version and SHA-256 (lower-case hex)."""

    package: str
    version: str
    sha256: str

    def requirement(self) -> str:
        """The line of a requirements file that pip accepts only with this very file."""
        return f"{self.package}=={self.version} --hash=sha256:{self.sha256}\n"


@dataclass(frozen=True)
class VendorFile:
    """One file inside a wheel, the name it is served by, and its own SHA-256 (lower-case hex)."""

    name: str
    wheel: Wheel
    member: str
    sha256: str


DJANGO_HTMX = Wheel(
    "django-htmx", "1.29.0", "0ec5be1645ed71e6787bd75e0250624f00274ac3bb1730f07b6629a95688929b"
)
HTMX = VendorFile(
    name="htmx-2.0.10.min.js",
    wheel=DJANGO_HTMX,
    member="django_htmx/static/django_htmx/htmx-2.min.js",
    sha256="71ea67185bfa8c98c39d31717c6fce5d852370fcdfd129db4543774d3145c0de",
)
FILES = (HTMX,)


def sha256_of(path: Path) -> str | None:
    """The SHA-256 of a file as lower-case hex, or None where there is no such file."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def download(wheel: Wheel, folder: Path) -> Path:
    """Lets pip download the wheel into `folder` and returns its path.

    Raises FrontendError when pip cannot get it or the file's hash is not the pinned one.
    """
    listed = folder / "requirements.txt"
    listed.write_text(wheel.requirement(), encoding="ascii")
    command = [sys.executable, "-P", "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-input", "--no-deps", "--only-binary", ":all:", "--require-hashes"]
    command += ["--dest", str(folder), "--requirement", str(listed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = sorted(folder.glob("*.whl"))
    if done.returncode != 0 or len(found) != 1:
        said = (done.stderr or done.stdout).strip() or "pip said nothing"
        raise FrontendError(f"pip could not fetch {wheel.package} {wheel.version}:\n{said}")
    if sha256_of(found[0]) != wheel.sha256:
        raise FrontendError(f"{found[0].name} is not the pinned file: its SHA-256 differs.")
    return found[0]


def take(file: VendorFile, wheel: Path, vendor: Path = VENDOR) -> None:
    """Copies one file out of a downloaded wheel into `vendor`, whole or not at all.

    Raises FrontendError when the wheel lacks the file or its hash is not the pinned one.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            content = archive.read(file.member)
    except (KeyError, zipfile.BadZipFile) as error:
        raise FrontendError(f"{wheel.name} does not hold {file.member}: {error}") from error
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise FrontendError(f"{file.member} is not the pinned file: its SHA-256 differs.")
    vendor.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=vendor, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        # mkstemp makes files only their owner reads; the web server may run as somebody else.
        Path(temporary).chmod(0o644)
        Path(temporary).replace(vendor / file.name)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def fetch(files: tuple[VendorFile, ...] = FILES, vendor: Path = VENDOR) -> list[str]:
    """Makes every file stand in `vendor` with its pinned content and returns the names it had to fetch.

    Does nothing, and asks no network, for a file that is already right. Raises FrontendError.
    """
    wanted = [file for file in files if sha256_of(vendor / file.name) != file.sha256]
    for wheel in {file.wheel for file in wanted}:
        with tempfile.TemporaryDirectory(prefix="hub-frontend-") as folder:
            fetched = download(wheel, Path(folder))
            for file in wanted:
                if file.wheel == wheel:
                    take(file, fetched, vendor)
    return [file.name for file in wanted]


def main() -> int:
    """Fetches what is missing; returns 0, or 1 after telling on standard error what went wrong."""
    try:
        fetched = fetch()
    except (FrontendError, OSError) as error:
        print(f"The front-end files are not complete. {error}", file=sys.stderr)
        return 1
    for name in fetched:
        print(f"Fetched static/vendor/{name}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
