"""Commands about people: the first administrator, and one-time links where mail does not work."""

from __future__ import annotations

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from hub import clock, db, events
from hub.errors import Invalid
from hub.people import invitations, queries, resets
from hub.people.handles import free_handle
from hub.people.models import Organisation, Person

people = AppGroup("people", help="People: the first administrator, one-time links.")


def attach(app: Flask) -> None:
    """Adds the commands to the app."""
    app.cli.add_command(people)


@people.command("create-admin")
@click.option("--email", required=True, help="The administrator's e-mail address.")
@click.option("--name", default="", help="Their name; without it, made from the address.")
def create_admin(email: str, name: str) -> None:
    """Make somebody an administrator and print a one-time link to set a password, good for 24 hours."""
    try:
        email = invitations.clean_email(email)
    except Invalid as error:
        raise click.ClickException(error.message) from None
    person = queries.by_email(email)
    with db.write():
        if person is None:
            name = name or email.partition("@")[0].replace(".", " ").title()
            person = Person.create(
                email=email,
                handle=free_handle(name),
                name=name,
                organisation=_home(),
                roles=["administrator"],
                created_at=clock.now(),
            )
            events.record("person:joined", person, person=person, organisation=person.organisation.key)
        elif not person.is_staff:
            raise click.ClickException(
                f"{person.name} works for {person.organisation.name}: administrators are the "
                f"council's own staff."
            )
        else:
            before = person.roles
            person.roles = [*(r for r in before if r != "administrator"), "administrator"]
            person.status = "active"
            person.save(only=[Person.roles, Person.status])
            events.record("person:roles_changed", person=person, before=before, after=person.roles)
    _print_link(person)


@people.command("reset-link")
@click.option("--email", required=True, help="The person's e-mail address.")
def reset_link(email: str) -> None:
    """Print a one-time link with which somebody sets a new password, good for 24 hours."""
    person = queries.by_email(email)
    if person is None:
        raise click.ClickException("Nobody has an account with this address.")
    _print_link(person)


def _print_link(person: Person) -> None:
    with db.write():
        token = resets.make(person, resets.FIRST_STANDS)
    settings = current_app.config["HUB"]
    click.echo(
        f"{person.name} ({person.email}) sets the password here, once, within 24 "
        f"hours:\n{settings.address}/reset/{token}"
    )


def _home() -> Organisation:
    found = Organisation.get_or_none(Organisation.kind == "home")
    if found is not None:
        return found
    name = current_app.config["HUB"].organisation
    return Organisation.create(key="council", name=name, short_name=name.split()[0], kind="home")
