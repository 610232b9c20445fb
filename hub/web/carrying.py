"""What a form held when its session had ended: carried through the sign-in to a page that can still send it, so that
nothing typed is lost, with a script or without.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from hub.text import safe_next

TO, FILES, FIELD = "carried_to", "carried_files", "carried-"
"""Names of the sign-in form's hidden fields: where the form was going, whether it had files, and each of its own fields."""
WRITING = ("title", "body")


@dataclass(frozen=True)
class Carried:
    """A form that was not taken: where it was going, its fields, and whether files were chosen in it, which cannot be carried."""

    to: str
    fields: list[tuple[str, str]]
    files: bool = False

    @property
    def written(self) -> list[tuple[str, str]]:
        """The fields that people write, to be shown and gone on with."""
        return [(name, value) for name, value in self.fields if name in WRITING and value.strip()]

    @property
    def rest(self) -> list[tuple[str, str]]:
        """The fields that go along unseen."""
        return [field for field in self.fields if field not in self.written]


def refused() -> Carried | None:
    """The form of this request, which nobody was signed in to send; None where there is none. Passwords are left behind."""
    to = safe_next(request.full_path.rstrip("?"))
    if request.method != "POST" or to is None:
        return None
    fields = [
        (name, value.replace("\r\n", "\n"))
        for name, value in request.form.items(multi=True)
        if name != "csrf_token" and "password" not in name and not name.startswith("carried")
    ]
    return Carried(to, fields, any(file.filename for file in request.files.values()))


def sent() -> Carried | None:
    """The form that came along with a sign-in; None where there was none."""
    to = safe_next(request.form.get(TO))
    if to is None:
        return None
    fields = [
        (name.removeprefix(FIELD), value.replace("\r\n", "\n"))
        for name, value in request.form.items(multi=True)
        if name.startswith(FIELD)
    ]
    return Carried(to, fields, bool(request.form.get(FILES)))
