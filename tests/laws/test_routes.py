"""Every route declares who may come and what it shows; the public ones are listed here, so that a new one is noticed."""

from __future__ import annotations

import pytest
from flask import Flask

from hub.web.routing import PUBLIC, Feature, attach, surfaces

# Where a stranger may come. What they then see is only what is public. A new entry needs a reason in its commit.
STRANGERS_MAY_COME = set(
    """
home.home branding.style help.help help.keys help.accessibility help.healthz status.status
people.sign_in people.sign_out people.forgot people.reset people.accept people.theme notifications.off notifications.off_now
content.permalink content.tag content.tags content.picture content.attachment
spaces.space blogs.blogs blogs.blog blogs.post blogs.feed blogs.public_feed forums.forums forums.category forums.topic
documents.documents documents.space documents.folder documents.document documents.progress documents.text documents.picture documents.download
feeds.public feeds.everything feeds.space feeds.tag
search.search search.suggest policy.policy policy.version
""".split()
)
ARGUMENTS = set(
    """
item_id post_id topic_id document_id blog_id category_id folder_id attachment_id space_slug handle tag number version_id case_id
flag_id job_id session_id request_id invitation_id token key subject name page_id organisation_key unit_key filename
""".split()
)


def undeclared(app: Flask) -> set[str]:
    """Endpoints without a declaration."""
    return {rule.endpoint for rule in app.url_map.iter_rules()} - set(surfaces(app)) - {"static"}


def test_every_route_is_declared(app: Flask) -> None:
    assert undeclared(app) == set()


def open_to_strangers(app: Flask) -> set[str]:
    """Endpoints where nobody has to sign in."""
    return {surface.endpoint for surface in surfaces(app).values() if surface.need == PUBLIC}


def test_strangers_come_only_where_it_was_decided(app: Flask) -> None:
    assert open_to_strangers(app) - STRANGERS_MAY_COME == set()


def test_a_new_public_route_is_noticed() -> None:
    app = Flask("bad")
    feature = Feature("bad", __name__)
    feature.page("/open", need=PUBLIC)(lambda: "hello")
    attach(app, feature)
    assert open_to_strangers(app) - STRANGERS_MAY_COME


def test_a_route_without_declaration_is_noticed_and_refused() -> None:
    app = Flask("bad")
    app.add_url_rule("/secret", "secret", lambda: "all of it")
    assert undeclared(app) == {"secret"}


def test_arguments_have_the_names_that_the_leak_matrix_knows(app: Flask) -> None:
    unknown = {(r.rule, a) for r in app.url_map.iter_rules() for a in r.arguments if a not in ARGUMENTS}
    assert unknown == set()


def test_unsafe_routes_take_only_post(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        assert methods in ({"GET"}, {"POST"}, {"GET", "POST"}), rule


def test_a_declaration_must_be_one_of_the_known_ones() -> None:
    feature = Feature("bad", __name__)
    with pytest.raises(ValueError, match="whoever"):
        feature.page("/x", need="whoever")


def test_declarations_reach_the_registry() -> None:
    app = Flask("good")
    feature = Feature("good", __name__)

    @feature.page("/open", need=PUBLIC)
    def page() -> str:
        return "hello"

    attach(app, feature)
    assert surfaces(app)["good.page"].need == PUBLIC
