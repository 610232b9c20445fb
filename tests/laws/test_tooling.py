"""Laws of the repository's own files: locks are hashed, nothing third-party or machine-bound is kept.

Each law is a function that returns complaints; one test holds it against the repository, another gives it
a known-bad twin, so that a law that has gone blind fails too.
"""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import pytest

from hub.web import frontend

ROOT = Path(__file__).resolve().parents[2]
LOCKS = (
    "requirements.txt",
    "requirements-outgrown.txt",
    "requirements-dev.txt",
    "requirements-bench.txt",
    "requirements-uv.txt",
)
TOOL_FILES = ("Makefile", "pyproject.toml", ".ci/run", ".pre-commit-config.yaml", "hub/web/frontend.py")

BANNED_STEMS = frozenset({"utils", "helpers", "common", "core", "misc", "base", "manager", "service"})
# Put together so that this file does not hold what it looks for.
INDEX_WORDS = (
    "--index" + "-url",
    "--extra" + "-index-url",
    "--find" + "-links",
    "--trusted" + "-host",
    "-i ",
)
ADDRESS = re.compile(r"\b(?:https?|file|ftp)://", re.IGNORECASE)
MACHINE_PATH = re.compile(r"(?<![\w./$-])/(?:home|root|Users|work|tmp|mnt|srv)(?:/[\w.-]+|\b)")
PIN = re.compile(r"[A-Za-z0-9][\w.-]*==[\w.+!-]+(?: ; .+)?")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
THIRD_PARTY = re.compile(
    r"(?:^|/)(?:node_modules|bower_components|site-packages|vendor|vendored|third[_-]party)/"
    r"|(?:^|/)(?:htmx|jquery|alpine|bootstrap|react|vue)[\w.-]*\.(?:js|css)$"
    r"|\.(?:min\.(?:js|css)|whl|egg|pyc|so|dll|exe|jar|woff2?|ttf|otf)$",
    re.IGNORECASE,
)
THIRD_PARTY_LICENCE = re.compile(r"(?:@license|@preserve|\bcopyright\s*(?:\(c\)|©)\s*\d{4})", re.IGNORECASE)


def tracked_files() -> list[str]:
    """Paths of all files that git keeps, relative to the root."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git work tree: what is tracked cannot be asked")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [path for path in listed.decode().split("\0") if path]


def unhashed(lock: str) -> list[str]:
    """Complaints about a lock: requirements without == or without SHA-256, and whatever is no requirement."""
    complaints = []
    joined = re.sub(r"\s*\\\n\s*", " ", lock)
    for line in re.sub(r"(?m)(?:^|\s+)#.*$", "", joined).splitlines():
        if not line.strip():
            continue
        requirement, *hashes = re.split(r"\s+(?=--)", line.strip())
        if not PIN.fullmatch(requirement):
            complaints.append(f"not pinned: {requirement}")
        if not hashes:
            complaints.append(f"no hash: {requirement}")
        complaints += [f"not a SHA-256: {piece}" for piece in hashes if not HASH.fullmatch(piece)]
    return complaints


def machine_bound(text: str, *, addresses_allowed: bool) -> list[str]:
    """Complaints about a file: package-index options, folders of one machine, and (in locks) any address."""
    complaints = [f"index option {word!r}" for word in INDEX_WORDS if re.search(rf"(?m)(?:^|\s){word}", text)]
    complaints += [f"machine path {found.group()}" for found in MACHINE_PATH.finditer(text)]
    if not addresses_allowed:
        complaints += [f"address {found.group()}" for found in ADDRESS.finditer(text)]
    return complaints


def third_party(paths: Iterable[str]) -> list[str]:
    """Paths that look like somebody else's code or like something built."""
    return [path for path in paths if THIRD_PARTY.search(path)]


def licensed_by_others(text: str) -> bool:
    """Whether a script or style sheet carries the licence banner of a published library."""
    return THIRD_PARTY_LICENCE.search(text) is not None


def banned_names(paths: Iterable[str]) -> list[str]:
    """Paths of Python files, templates or packages whose name says nothing, so that anything lands there."""
    bad = []
    for path in paths:
        parts = PurePosixPath(path)
        if parts.suffix not in {".py", ".html", ".js", ".css"}:
            continue
        names = {part.strip("_").lower() for part in (*parts.parts[:-1], parts.stem)}
        if names & BANNED_STEMS:
            bad.append(path)
    return bad


def unpinned(files: Iterable[frontend.VendorFile]) -> list[str]:
    """Complaints about front-end files not pinned by exact version and by SHA-256 of wheel and content."""
    complaints = []
    for file in files:
        for what, digest in (("wheel", file.wheel.sha256), ("file", file.sha256)):
            if not re.fullmatch(r"[0-9a-f]{64}", digest):
                complaints.append(f"{file.name}: the {what} has no SHA-256")
        if not re.fullmatch(r"\d+(?:\.\d+)+", file.wheel.version):
            complaints.append(f"{file.name}: version {file.wheel.version!r} is not exact")
    return complaints


@pytest.mark.parametrize("name", LOCKS)
def test_every_line_of_a_lock_is_pinned_and_hashed(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "==" in text
    assert unhashed(text) == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_index_and_no_machine(name: str) -> None:
    assert machine_bound((ROOT / name).read_text(encoding="utf-8"), addresses_allowed=False) == []


@pytest.mark.parametrize("name", TOOL_FILES)
def test_tool_files_name_no_index_and_no_machine(name: str) -> None:
    assert machine_bound((ROOT / name).read_text(encoding="utf-8"), addresses_allowed=True) == []


def test_every_lock_has_its_source_and_every_source_its_lock() -> None:
    sources = {path.stem for path in ROOT.glob("requirements*.in")}
    assert sources == {Path(name).stem for name in LOCKS}


@pytest.mark.parametrize("name", [lock.removesuffix(".txt") for lock in LOCKS])
def test_a_lock_holds_what_its_source_asks_for(name: str) -> None:
    def names(text: str) -> set[str]:
        found = re.findall(r"(?m)^([A-Za-z0-9][\w.-]*)", text)
        return {re.sub(r"[-_.]+", "-", one).lower() for one in found}

    wanted = names((ROOT / f"{name}.in").read_text(encoding="utf-8"))
    assert wanted
    assert wanted - names((ROOT / f"{name}.txt").read_text(encoding="utf-8")) == set()


def disagreements(locks: dict[str, str]) -> list[str]:
    """Packages that two locks pin differently. One lock may pin several versions, for several Pythons."""
    pinned: dict[str, dict[str, set[str]]] = {}
    for name, text in locks.items():
        for package, version in re.findall(r"(?m)^([\w.-]+)==([\w.+!-]+)", text):
            pinned.setdefault(package, {}).setdefault(name, set()).add(version)
    return [
        package
        for package, found in pinned.items()
        if any(versions != next(iter(found.values())) for versions in found.values())
    ]


def test_locks_do_not_disagree_about_a_version() -> None:
    assert disagreements({name: (ROOT / name).read_text(encoding="utf-8") for name in LOCKS}) == []


def test_no_third_party_file_is_tracked() -> None:
    assert third_party(tracked_files()) == []


def test_no_script_or_style_sheet_carries_somebody_elses_licence() -> None:
    ours = [path for path in tracked_files() if path.endswith((".js", ".css"))]
    assert [path for path in ours if licensed_by_others((ROOT / path).read_text(encoding="utf-8"))] == []


def test_no_file_has_a_name_that_invites_anything() -> None:
    assert banned_names(tracked_files()) == []


def test_front_end_files_are_pinned_by_hash() -> None:
    assert frontend.FILES
    assert unpinned(frontend.FILES) == []
    assert frontend.HTMX in frontend.FILES


def test_fetched_and_run_time_folders_are_ignored_by_git() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git work tree: what is ignored cannot be asked")
    run_time = [
        f"static/vendor/{frontend.HTMX.name}",
        "data/hub.db",
        "search_index/MAIN_1.toc",
        ".venv/bin/x",
    ]
    asked = subprocess.run(
        ["git", "check-ignore", "--no-index", *run_time],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.stdout.split() == run_time


def test_the_script_of_continuous_integration_is_whole_and_may_be_run() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    parsed = subprocess.run(["bash", "-n", str(script)], capture_output=True, text=True, check=False)
    assert (parsed.returncode, parsed.stderr) == (0, "")


def test_make_help_tells_every_command_in_short_lines() -> None:
    shown = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    told = re.findall(r"(?m)^  make (\S+) +(\S.*)$", shown.stdout)
    assert {
        "run",
        "fresh",
        "setup",
        "test",
        "check",
        "bench",
        "bench-search",
        "bench-policy",
        "soak",
        "lock",
        "help",
    } == {name for name, _ in told}
    assert all(len(line) <= 100 for line in shown.stdout.splitlines())


HASHED = "--hash=sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("lock", "complaint"),
    [
        ("flask==3.1.0\n", "no hash: flask==3.1.0"),
        (f"flask>=3.1 {HASHED}\n", "not pinned: flask>=3.1"),
        ("flask==3.1.0 \\\n    --hash=md5:abc\n", "not a SHA-256: --hash=md5:abc"),
        (f"-e . {HASHED}\n", "not pinned: -e ."),
        (
            f"flask @ git+ssh://example.org/flask {HASHED}\n",
            "not pinned: flask @ git+ssh://example.org/flask",
        ),
    ],
)
def test_twin_a_loose_lock_is_complained_about(lock: str, complaint: str) -> None:
    assert complaint in unhashed(lock)


def test_twin_two_locks_that_disagree_are_complained_about() -> None:
    assert disagreements({"a": "x==1\ny==1\n", "b": "x==2\ny==1\n"}) == ["x"]


def test_twin_a_good_lock_is_not_complained_about() -> None:
    first = f"a-b==1.0 ; python_version < '3.12' \\\n    {HASHED} \\\n    {HASHED}\n    # via c\n"
    assert unhashed(first + f"d==2.post1 {HASHED}\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "--index" + "-url https://pypi.example.org/simple\n",
        "\n--find" + "-links wheels\n",
        "flask @ file:///wheels/flask.whl\n",
        "run:\n\tcd /ho" + "me/ann/hub && flask run\n",
        "cache = /t" + "mp\n",
    ],
)
def test_twin_an_index_or_a_machine_path_is_complained_about(text: str) -> None:
    assert machine_bound(text, addresses_allowed=False)


@pytest.mark.parametrize(
    "path",
    [
        "static/vendor/htmx-2.0.10.min.js",
        "static/js/jquery.js",
        "static/plain.min.css",
        "hub/third_party/markdown.py",
        "wheels/flask-3.1.0-py3-none-any.whl",
        "static/fonts/letters.woff2",
    ],
)
def test_twin_a_third_party_file_is_complained_about(path: str) -> None:
    assert third_party([path, "static/hub.js", "hub/web/frontend.py", "templates/page.html"]) == [path]


def test_twin_a_licence_banner_is_noticed() -> None:
    assert licensed_by_others("/*! thing v1.2 | Copyright (c) 2019 Somebody */\nvar x=1")
    assert not licensed_by_others("/* Opens the menu by keyboard. */\nconst menu = 1")


@pytest.mark.parametrize(
    "path",
    ["hub/blogs/utils.py", "hub/core/models.py", "templates/components/_helpers.html", "static/common.css"],
)
def test_twin_a_banned_name_is_complained_about(path: str) -> None:
    assert banned_names([path, "hub/blogs/models.py", "templates/page.html", "docs/base.md"]) == [path]


def test_twin_an_unpinned_front_end_file_is_complained_about() -> None:
    loose = frontend.VendorFile("x.js", frontend.Wheel("package", ">=2", "abc"), "package/x.js", "")
    assert len(unpinned([loose])) == 3
