"""Commands of the policy: publish a text, and run the detectors over lines or files for scripts."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from hub.errors import Invalid
from hub.people import queries as people
from hub.policy import actions
from hub.policy.trail import chain, keeping

policy = AppGroup("policy", help="The usage policy: publish a version, scan texts and files.")


audit = AppGroup("audit", help="The audit chain of the usage policy.")


def attach(app: Flask) -> None:
    """Adds the commands to the app."""
    app.cli.add_command(policy)
    app.cli.add_command(audit)


@audit.command("verify")
def verify() -> None:
    """Prove that no link of the chain was changed, removed or put in between. Fails otherwise."""
    problems = chain.verify(keeping.kept("audit"))
    for line in problems:
        click.echo(line)
    if problems:
        raise SystemExit(1)
    head = chain.latest()
    published = f"; published on {head.day}: {head.number} {head.hash}" if head else ""
    click.echo(f"The chain is whole{published}.")


@policy.command("publish")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--welsh",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The same text in Welsh: what it leaves out is read in English.",
)
@click.option("--changes", default="", help="What changed, in a sentence or two.")
@click.option("--by", required=True, help="E-mail address of the policy's owner.")
@click.option("--approved-by", default="", help="E-mail address of whoever approved it: somebody else.")
def publish(file: Path, welsh: Path | None, changes: str, by: str, approved_by: str) -> None:
    """Publish the next version of the policy from a Markdown FILE; it is in force at once."""
    owner, second = people.by_email(by), people.by_email(approved_by) if approved_by else None
    if owner is None or (approved_by and second is None):
        raise click.ClickException("There is nobody with that e-mail address.")
    try:
        version = actions.publish_version(
            owner,
            file.read_text(encoding="utf-8"),
            welsh=welsh.read_text(encoding="utf-8") if welsh else "",
            change_summary=changes,
            approved_by=second,
        )
    except Invalid as error:
        raise click.ClickException(error.message) from None
    except UnicodeDecodeError:
        raise click.ClickException("The file is not UTF-8 text.") from None
    click.echo(f"Version {version.number} is in force: {version.clauses.count()} clauses.")


@policy.command("scan")
@click.option("--jsonl", is_flag=True, required=True, help="Lines of JSON in, lines of JSON out.")
def scan(jsonl: bool) -> None:
    """Read {"id", "audience", "text"} lines from standard input; write {"id", "findings"} lines.

    A bad line is reported by its number on standard error and the others are answered; the exit code is then 1.
    """
    from hub.policy import scripting  # its engine may be missing: the hub starts without it

    bad = total = 0
    for number, answer, refusal in scripting.answers(sys.stdin.buffer):
        total += 1
        if refusal:
            bad += 1
            click.echo(f"line {number}: {refusal}", err=True)
        else:
            click.echo(answer)
    if bad:
        click.echo(f"{bad} of {total} lines could not be scanned.", err=True)
        raise SystemExit(1)


@policy.command("scan-file")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def scan_file(paths: tuple[Path, ...], as_json: bool) -> None:
    """Say what each file would be flagged for if it were uploaded.

    A file that cannot be read is reported on standard error and the others are looked at; the exit code is then 1.
    """
    from hub.policy import scripting  # its engine may be missing: the hub starts without it

    failed = False
    for path in paths:
        try:
            found = scripting.looked_at(path)
        except scripting.Refused as refused:
            failed = True
            click.echo(f"{click.format_filename(path)}: {refused}", err=True)
            continue
        if as_json:
            findings = [{"rule": f.rule, "kind": f.kind, "why": f.why} for f in found]
            click.echo(json.dumps({"path": str(path), "findings": findings}))
        else:
            notes = "; ".join(f"{f.kind} ({f.why})" for f in found) or "nothing"
            click.echo(f"{click.format_filename(path)}: {notes}")
    if failed:
        raise SystemExit(1)
