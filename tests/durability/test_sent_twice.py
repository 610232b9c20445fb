"""What happens when somebody sends the same form again because the answer to the first was lost."""

from __future__ import annotations

from pathlib import Path

from tests.durability import rig


def test_the_same_file_or_form_sent_twice_stands_once_and_the_same_words_of_two_forms_twice(
    tmp_path: Path,
) -> None:
    with rig.running(tmp_path / "hub", people=1) as hub:
        browser = hub.browser(0)
        words = {"title": "Sent twice", "body": "The same words.", "category": str(hub.known["category"])}
        answers = [
            browser.upload(
                "/documents/upload", {"space": hub.known["space"]}, "a.txt", b"same", "application/json"
            )
            for _ in range(2)
        ]
        assert [answer.status for answer in answers] == [200, 200] and b"here already" in answers[1].body
        assert hub.rows("SELECT COUNT(*) FROM item WHERE kind = 'document'") == [(1,)]
        assert [browser.post("/topics/new", words | {"form": "one-form-123"}).status for _ in range(2)] == [
            303,
            303,
        ]
        assert hub.rows("SELECT COUNT(*) FROM item WHERE title = 'Sent twice'") == [(1,)]
        assert browser.post("/topics/new", words | {"form": "two-form-123"}).status == 303
        # Two people may ask the same, and one person may mean it: docs/decisions/0014-durability.md.
        assert hub.rows("SELECT COUNT(*) FROM item WHERE title = 'Sent twice'") == [(2,)]
