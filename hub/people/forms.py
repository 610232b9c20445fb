"""What may be submitted about people.

Lengths and choices are checked here, everything else by the actions.
"""

from __future__ import annotations

import re
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    EmailField,
    Field,
    PasswordField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from hub.errors import Invalid
from hub.people import actions, queries
from hub.people.models import Person
from hub.people.queries import Wanted


class HubForm(FlaskForm):
    """A form of the hub.

    The CSRF token is checked for every unsafe request, so that forms carry none of their own.
    """

    class Meta:
        csrf = False

    def blame(self, error: Invalid) -> None:
        """Puts what an action refused beside the field that it names, or beside the first one."""
        field = self._fields.get(error.field) or next(iter(self._fields.values()))
        field.errors = [*field.errors, error.message]

    def problems(self) -> list[tuple[str, str]]:
        """(id of the field, message) for the error summary."""
        return [(f"f-{name}", messages[0]) for name, messages in self.errors.items() if messages]


class Words(Field):
    """A list of short texts, written with commas between them."""

    def _value(self) -> str:
        return ", ".join(self.data or [])

    def process_formdata(self, valuelist: list[str]) -> None:
        """Splits at commas, semicolons and new lines."""
        self.data = [word.strip() for word in re.split(r"[,;\n]", ",".join(valuelist)[:4000]) if word.strip()]


Words.widget = StringField.widget


class SignIn(HubForm):
    """E-mail and password."""

    email = EmailField("E-mail address", [InputRequired("Write your e-mail address."), Length(max=254)])
    password = PasswordField("Password", [InputRequired("Write your password.")])


class Forgot(HubForm):
    """The address that a link is mailed to."""

    email = EmailField(
        "E-mail address", [InputRequired("Write the e-mail address that you sign in with."), Length(max=254)]
    )


class NewPassword(HubForm):
    """A new password; shown once, because managers and the eye button make a second field needless."""

    password = PasswordField(
        "New password",
        [InputRequired("Choose a password.")],
        description="12 characters or more. Several words are easier to remember than signs; "
        "pasting is fine.",
    )


class ChangePassword(HubForm):
    """The present password and the new one."""

    current = PasswordField("Present password", [InputRequired("Write your present password.")])
    password = NewPassword.password


class Accept(HubForm):
    """What an invited person says about themselves."""

    name = StringField("Your name", [InputRequired("Write your name."), Length(max=120)])
    password = PasswordField(
        "Password",
        [InputRequired("Choose a password.")],
        description=NewPassword.password.kwargs["description"],
    )


class Invite(HubForm):
    """Whom to invite, for which organisation, until when."""

    email = EmailField(
        "E-mail address", [InputRequired("Write the person's e-mail address."), Length(max=254)]
    )
    name = StringField("Name", [Optional(), Length(max=120)])
    organisation = SelectField("Organisation", validate_choice=False)
    ends_on = DateField(
        "Last day of access",
        [Optional()],
        description="A year from now at the latest; you can extend it. Not needed for the "
        "council's own staff.",
    )
    message = TextAreaField("A word to them", [Optional(), Length(max=1000)])


class Extend(HubForm):
    """Until when a partner's access is to last."""

    ends_on = DateField("Last day of access", [Optional()])


TYPED = {
    "name": "Name",
    "job_title": "Job title",
    "about": "About you",
    "ask_me_about": "Ask me about",
    "skills": "Skills",
    "working_days": "Working days",
}
"""The words of a profile that others read, without those that are meant to identify: phone, manager, cover."""
SAID_OF_ORGANISATION = {"name": "Name", "short_name": "Short name", "about": "About"}


class Profile(HubForm):
    """One's own profile."""

    name = StringField(
        "Name", [InputRequired("Write the name by which colleagues know you."), Length(max=120)]
    )
    job_title = StringField("Job title", [Length(max=120)])
    unit = SelectField("Service", validate_choice=False)
    about = TextAreaField("About you", [Length(max=4000)], description="What you do, in your own words.")
    ask_me_about = Words(
        "Ask me about", description="What colleagues should come to you for, with commas between."
    )
    skills = Words("Skills", description="People are found by these, so use the words that others would.")
    languages = Words("Languages", description="The ones you are happy to work in.")
    working_days = StringField(
        "Working days", [Length(max=60)], description="Such as Mon–Thu, or mornings only."
    )
    phone = TelField("Phone", [Length(max=40)])
    manager = StringField("Manager", [Length(max=254)], description="Their @handle or e-mail address.")
    cover = StringField(
        "Cover",
        [Length(max=254)],
        description="Who helps when you are away: their @handle or e-mail address.",
    )


class Organisation(HubForm):
    """A partner organisation."""

    name = StringField("Name", [InputRequired("Write the organisation's name."), Length(max=120)])
    short_name = StringField(
        "Short name",
        [InputRequired("Write a short name."), Length(max=40)],
        description="Shown beside people's names.",
    )
    kind = SelectField("Kind", choices=actions.KINDS, validate_choice=False)
    domain = StringField(
        "E-mail domain",
        [Length(max=120)],
        description="Such as police.example; its addresses can be invited for it only.",
    )
    about = TextAreaField("About", [Length(max=4000)])


def profile(person: Person, sent: bool = True) -> Profile:
    """The profile form, filled with what was sent, or (`sent` False, or nothing was) with what stands."""
    around = queries.by_ids(i for i in (person.manager_id, person.cover_id) if i)
    handles = {name: around.get(getattr(person, f"{name}_id") or 0) for name in ("manager", "cover")}
    form = Profile(
        data={
            **{name: getattr(person, name) for name in (*actions.LONGEST, *actions.LISTS)},
            "unit": person.unit.key if person.unit else "",
            **{name: f"@{found.handle}" if found else "" for name, found in handles.items()},
        },
        **({} if sent else {"formdata": None}),
    )
    form.unit.choices = {"": "No service", **{u.key: u.name for u in queries.units()}}
    if not person.is_staff:
        del form.unit
    return form


def invite(administrator: bool) -> Invite:
    """The invitation form with the organisations that the viewer may invite for."""
    form = Invite(data={"organisation": request.args.get("organisation", "")})
    form.organisation.choices = {
        "": "Choose an organisation",
        **{o.key: o.name for o in queries.organisations() if administrator or not o.is_home},
    }
    form.organisation.flags.required = True
    if not administrator:
        form.ends_on.flags.required = True
        form.ends_on.description = "A year from now at the latest; you can extend it."
    return form


def invited(form: Invite) -> dict[str, Any]:
    """What the sent form says, as `invitations.invite` takes it."""
    return {
        "email": form.email.data,
        "name": form.name.data or "",
        "organisation_key": form.organisation.data or "",
        "access_ends_at": actions.end_of_day(form.ends_on.data),
        "message": form.message.data or "",
    }


def wanted() -> Wanted:
    """What the directory's address asks for, cut to sensible lengths."""
    asked: dict[str, Any] = {name: request.args.get(name, "").strip()[:100] for name in FILTERS}
    letter = asked.pop("letter")[:1]
    return Wanted(words=asked.pop("q"), letter=letter if letter.isalpha() else "", **asked)


FILTERS = ("q", "organisation", "unit", "skill", "letter")
