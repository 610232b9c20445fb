"""The import of articles: nothing lost, nothing doubled, every bad line told."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from flask import Flask

from hub import db, events
from hub.blogs import importing
from hub.blogs.models import Blog, Imported, Post
from hub.content import keeping
from hub.content.models import Item
from hub.notifications.models import Notification
from hub.people.models import Person
from hub.spaces.models import Space
from tests import make

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "articles.jsonl.gz"


def line(number: int, **values: object) -> str:
    row = {
        "id": number,
        "title": f"Article {number}",
        "body": f"## Part\n\nWords {number}.",
        "section": "road-care/salt",
    }
    return json.dumps(
        {**row, "source": "handbook", "path": f"pages/{number}.md", "licence": "CC0-1.0", **values}
    )


@pytest.fixture
def importer(hub: Flask, tmp_path: Path):
    """Runs the command over lines for somebody of a space; its result."""
    author = make.person(email="ann@council.example")
    make.space("Roads", slug="roads", members=(author,))

    def run(lines, *more, raw: bytes | None = None):
        path = tmp_path / "articles.jsonl.gz"
        path.write_bytes(gzip.compress("\n".join(lines).encode()) if raw is None else raw)
        return hub.test_cli_runner().invoke(
            args=["content", "import", str(path), "--space", "roads", "--as", "ann@council.example", *more]
        )

    return run


@pytest.mark.backend
def test_articles_become_posts_with_headings_tags_and_credit(importer):
    done = importer([line(1), line(2)])
    assert done.exit_code == 0, done.output
    item = Item.get(Item.title == "Article 1")
    assert "Words 1." in item.html and ">Part</h2>" in item.html
    assert item.tags == ["road care", "salt"]
    assert "Source: handbook, pages/1.md. Licence: CC0-1.0." in item.html
    assert (
        item.audience == "everyone"
        and Blog.get(Blog.id == Post.get(Post.item == item.id).blog_id).kind == "space"
    )
    assert events.Event.select().where(events.Event.name == "item:published").count() == 2


@pytest.mark.backend
def test_nobody_is_told_of_imported_articles_one_by_one(importer, settle):
    watcher = make.person("Wanda Watcher")
    space = Space.get(Space.slug == "roads")
    keeping.follow(watcher.id, f"space:{space.id}", "watch")
    importer([line(1), line(2)])
    settle()
    assert Notification.select().count() == 0
    ann = Person.get(Person.email == "ann@council.example")
    make.item(ann, space, "topic", "By hand", "Words.")
    settle()
    assert [row.person_id for row in Notification.select()] == [watcher.id]


@pytest.mark.backend
def test_a_second_run_adds_only_what_is_new(importer):
    importer([line(n) for n in range(60)])
    done = importer([line(n) for n in range(63)])
    assert "3 articles became 3 posts" in done.output and "60 were here already" in done.output
    assert Item.select().count() == Imported.select().count() == 63


def test_a_bad_line_is_told_with_its_number_and_costs_no_other(importer):
    lines = [
        line(1),
        "{not json",
        line(2, body=""),
        "[]",
        line(3, title="", body="no heading", path="a/b.md"),
        line(4, body=7),
    ]
    done = importer([*lines, line(5), '{"body": "x", "title": "y"}'])
    assert done.exit_code == 1
    told = {
        int(row.split(":")[0].removeprefix("line ")): row
        for row in done.output.splitlines()
        if row.startswith("line ")
    }
    assert set(told) == {2, 3, 4, 6, 8}
    assert "not JSON" in told[2] and "no body" in told[3] and "neither path nor id" in told[8]
    assert sorted(i.title for i in Item.select()) == ["Article 1", "Article 5", "b.md"]


def test_a_run_that_was_killed_goes_on_where_it_stopped(importer, monkeypatch):
    lines = [line(n) for n in range(80)]
    real, calls = importing._take, []

    def dies_in_the_third_batch(*args):
        calls.append(1)
        if len(calls) == 3:
            with db.write():  # so that what it has done and counted is undone
                real(*args)
                raise KeyboardInterrupt
        real(*args)

    monkeypatch.setattr(importing, "_take", dies_in_the_third_batch)
    stopped = importer(lines)
    assert stopped.exit_code == 1 and Item.select().count() == 50
    assert "50 articles became 50 posts" in stopped.output and "goes on where it stopped" in stopped.output
    monkeypatch.setattr(importing, "_take", real)
    assert importer(lines).exit_code == 0 and Item.select().count() == 80
    assert len({i.title for i in Item.select()}) == 80


def test_a_file_that_is_cut_off_keeps_what_came_before(importer):
    whole = gzip.compress(
        "\n".join(line(n, body=f"{n} " + "words " * 3000 + str(n * 7919)) for n in range(40)).encode(), 1
    )
    done = importer([], raw=whole[: len(whole) * 3 // 4])
    assert done.exit_code == 1 and "damaged or cut off" in done.output
    kept = Item.select().count()
    assert 5 < kept < 40
    assert importer([], raw=whole).exit_code == 0 and Item.select().count() == 40


def test_a_long_article_comes_in_parts_that_hold_every_word(importer):
    paragraphs = [f"## Heading {n}\n\nparagraph {n} " + "salt " * 400 for n in range(120)]
    done = importer([line(1, body="\n\n".join(paragraphs))])
    assert done.exit_code == 0 and "1 were cut into parts" in done.output
    parts = list(Item.select().order_by(Item.id.desc()))
    assert [p.title for p in parts] == [f"Article 1 ({n} of {len(parts)})" for n in range(1, len(parts) + 1)]
    whole = "".join(p.body for p in parts)
    assert [n for n in range(120) if f"## Heading {n}\n\nparagraph {n} " not in whole] == []
    assert all("the article was too long for one post" in p.html for p in parts)
    assert all(p.body.partition("\n\n")[2].startswith("## Heading") for p in parts)


@pytest.mark.parametrize(
    "body", ["x" * 5000, "word " * 1000, "line\n" * 1000, "```\n" + "code\n" * 900 + "```\n\nafter"]
)
def test_any_text_can_be_cut(body):
    pieces = importing.cut(body, 1000)
    assert max(map(len, pieces)) <= 1000 and len(pieces) > 4
    assert "".join("".join(pieces).replace("```", "").split()) == "".join(body.replace("```", "").split())
    assert all(piece.count("```") % 2 == 0 for piece in pieces)


def test_a_title_is_words_and_is_not_said_twice():
    article = importing.article_of(
        line(1, title="Hub [![ci](x.svg)](y) *now*", body="# Hub *now*\n\nText").encode()
    )
    assert article.title == "Hub now" or article.title.startswith("Hub")
    article = importing.article_of(line(1, title="Same *words*", body="# Same words\n\nText").encode())
    assert (article.title, article.body) == ("Same words", "Text")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--space", "nowhere", "--as", "ann@council.example"], "no space 'nowhere'"),
        (["--space", "roads", "--as", "nobody@council.example"], "Nobody has an account"),
        (["--space", "roads"], "no administrator yet"),
        (["--space", "vault", "--as", "ann@council.example"], "may not post"),
    ],
)
def test_a_wrong_order_is_refused_before_anything_is_read(importer, hub, tmp_path, args, said):
    make.space("Vault", kind="secret", slug="vault")
    path = tmp_path / "a.jsonl"
    path.write_text(line(1))
    done = hub.test_cli_runner().invoke(args=["content", "import", str(path), *args])
    assert done.exit_code == 1 and said in done.output
    assert Item.select().count() == 0


def test_real_articles_can_be_read_whole():
    if not CORPUS.exists():
        pytest.skip("the shared corpus (../shared/corpus/articles.jsonl.gz) is not beside this repository")
    articles = [importing.article_of(raw) for _, raw in importing.read_lines(CORPUS)]
    assert len(articles) == len({a.source for a in articles}) > 1_900
    assert all(a.title and len(a.title) <= 200 and a.body.strip() for a in articles)
    for article in articles:
        assert all(len(body) <= 100_000 for _, _, body in importing.parts_of(article))
