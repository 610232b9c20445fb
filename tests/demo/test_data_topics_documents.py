"""The demo's topics, documents and policy cases fit the people and spaces, and read like people at work."""

import json
import re
import time
from collections import Counter
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from hub.demo.documents import KINDS, make, sections_of_version

DATA = Path(__file__).parents[2] / "hub" / "demo" / "data"
OUTCOMES = {"no_breach", "rule_was_wrong", "fixed_by_author", "advice", "breach"}


def whole(name: str) -> list[dict]:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def lines(name: str) -> list[dict]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


PEOPLE = {person["key"]: person for person in whole("people.json")}
SPACES = {space["key"]: space for space in whole("spaces.json")}
POLICY = json.loads((DATA / "policy" / "policy.json").read_text(encoding="utf-8"))
TOPICS, DOCUMENTS, CASES = lines("topics.jsonl"), lines("documents.jsonl"), whole("cases.json")
REPLIES = [(topic, reply) for topic in TOPICS for reply in topic["replies"]]


def is_staff(person: str) -> bool:
    return PEOPLE[person]["organisation"] == "marchford"


def may_write(person: str, item: dict) -> bool:
    """Members write in their spaces, everybody in the whole hub, staff in any open space."""
    space = SPACES[item["space"]]
    inside = item["space"] == "hub" or person in space["members"]
    return (inside or (space["kind"] == "open" and is_staff(person))) and (
        item.get("audience") != "staff" or is_staff(person)
    )


def test_there_is_enough_to_read():
    assert len(TOPICS) >= 80
    assert len(REPLIES) >= 600
    assert len(DOCUMENTS) >= 80
    assert len(CASES) >= 12
    assert sum(len(topic["replies"]) >= 25 for topic in TOPICS) >= 3
    assert (
        {topic["space"] for topic in TOPICS} == {document["space"] for document in DOCUMENTS} == set(SPACES)
    )


@pytest.mark.parametrize("items", [TOPICS, DOCUMENTS], ids=["topics", "documents"])
def test_keys_and_titles_are_unique(items):
    for field in ("key", "title"):
        assert [value for value, count in Counter(item[field] for item in items).items() if count > 1] == []


def test_topics_stand_in_a_category_of_their_space():
    for topic in TOPICS:
        assert topic["category"] in {c["key"] for c in SPACES[topic["space"]]["categories"]}, topic["key"]


def test_whoever_writes_in_a_topic_is_active_and_may_write_there():
    for topic in TOPICS:
        for author in {topic["author"], *(reply["author"] for reply in topic["replies"])}:
            assert PEOPLE[author]["status"] == "active", (topic["key"], author)
            assert may_write(author, topic), (topic["key"], author)


def test_reactions_come_from_people_who_can_read_the_topic_and_never_from_the_author():
    for topic, reply in REPLIES:
        for people in reply.get("reactions", {}).values():
            assert reply["author"] not in people
            assert all(may_write(person, topic) for person in people), topic["key"]


def test_mentions_are_of_active_people():
    for item in [*TOPICS, *(reply for _, reply in REPLIES)]:
        for handle in re.findall(r"(?<![\w.])@([a-z]+\.[a-z]+)", item["body"]):
            assert PEOPLE[handle]["status"] == "active", handle


def test_replies_follow_their_topic_in_order_and_none_lies_in_the_future():
    for topic in TOPICS:
        hours = [reply["hours_later"] for reply in topic["replies"]]
        assert hours == sorted(hours), topic["key"]
        assert hours[0] > 0
        assert hours[-1] < topic["days_ago"] * 24 - topic["hour"], topic["key"]


def test_a_topic_has_at_most_one_solution_and_many_have_one():
    solutions = [sum(bool(reply.get("solved")) for reply in topic["replies"]) for topic in TOPICS]
    assert max(solutions) == 1
    assert sum(solutions) >= 50


def test_partners_take_part():
    by_partners = sum(not is_staff(reply["author"]) for _, reply in REPLIES)
    assert by_partners >= 80


def test_replies_sound_like_different_people():
    bodies = [reply["body"] for _, reply in REPLIES]
    assert len(set(bodies)) == len(bodies)
    openings = Counter(" ".join(body.split()[:5]) for body in bodies)
    assert openings.most_common(1)[0][1] <= 3
    lengths = [len(body.split()) for body in bodies]
    assert min(lengths) <= 4
    assert max(lengths) >= 60
    assert any(body.startswith("> ") for body in bodies)
    assert any(
        "```" in topic["body"] or any("```" in r["body"] for r in topic["replies"]) for topic in TOPICS
    )


def test_pinned_locked_and_narrowed_topics_exist_and_a_narrowed_one_says_why():
    assert any(topic["pinned"] for topic in TOPICS)
    assert any(topic["locked"] for topic in TOPICS)
    for item in [*TOPICS, *DOCUMENTS]:
        if "audience" in item:
            assert item["audience"] in {"public", "everyone", "staff", "space"}
            assert len(item["reason"]) > 20, item["key"]


def test_documents_lie_in_a_folder_of_their_space_and_belong_to_people_who_may_write_there():
    for document in DOCUMENTS:
        assert document["folder"] in SPACES[document["space"]]["folders"], document["key"]
        writers = {document["owner"], document["author"], *(v["author"] for v in document["versions"])}
        writers |= {comment["author"] for comment in document["comments"]}
        for person in writers:
            assert PEOPLE[person]["status"] in {"active", "disabled"}
            assert may_write(person, document), (document["key"], person)
        assert PEOPLE[document["owner"]]["status"] == "active"
        assert document["marking"] in {"", "OFFICIAL", "OFFICIAL-SENSITIVE"}


def test_documents_come_in_every_format_with_the_right_ending():
    formats = Counter(document["format"] for document in DOCUMENTS)
    assert set(formats) == set(KINDS)
    assert min(formats.values()) >= 4
    for document in DOCUMENTS:
        assert document["filename"].endswith(f".{document['format']}")
    assert len({(d["space"], d["folder"], d["filename"]) for d in DOCUMENTS}) == len(DOCUMENTS)


def words_in(document: dict) -> list[str]:
    texts = [p for section in document["content"] for p in section.get("paragraphs", ())]
    cells = [str(c) for section in document["content"] for row in section.get("rows", ()) for c in row]
    return " ".join([*texts, *cells]).split()


def test_documents_hold_something_to_find():
    lengths = [len(words_in(document)) for document in DOCUMENTS]
    assert min(lengths) >= 45
    assert sum(length >= 100 for length in lengths) >= 65


def test_versions_are_in_order_and_every_older_one_differs_from_the_newest():
    several = [document for document in DOCUMENTS if len(document["versions"]) > 1]
    assert len(several) >= 27
    assert any(len(document["versions"]) >= 3 for document in several)
    for document in DOCUMENTS:
        days = [version["days_ago"] for version in document["versions"]]
        assert days == sorted(days, reverse=True)
        assert days[0] == document["days_ago"]
        assert document["versions"][0]["author"] == document["author"]
        assert sections_of_version(document, len(days)) == document["content"]
        for number in range(1, len(days)):
            assert sections_of_version(document, number) != document["content"], document["key"]


def test_some_documents_are_overdue_for_review_and_some_have_comments():
    assert any(document["review_in_days"] < 0 for document in DOCUMENTS)
    assert sum(len(document["comments"]) for document in DOCUMENTS) >= 10


def test_all_documents_are_made_within_five_seconds_and_open(tmp_path):
    start = time.process_time()
    for document in DOCUMENTS:
        for number in range(1, len(document["versions"]) + 1):
            make(
                document["format"],
                document["title"],
                sections_of_version(document, number),
                tmp_path / f"{document['key']}-{number}.{document['format']}",
                author=PEOPLE[document["versions"][number - 1]["author"]]["name"],
                marking=document["marking"],
            )
    assert time.process_time() - start < 5
    for path in tmp_path.glob("*.png"):
        with Image.open(path) as picture:
            picture.verify()


def test_the_pdfs_give_back_every_word_of_their_document(tmp_path):
    for document in (d for d in DOCUMENTS if d["format"] == "pdf"):
        path = make("pdf", document["title"], document["content"], tmp_path / document["filename"])
        with pypdfium2.PdfDocument(path) as opened:
            text = " ".join(page.get_textpage().get_text_range() for page in opened)
        missing = set(words_in(document)) - set(text.split()) - {"-"}
        assert missing == set(), (document["key"], missing)


def items_by_reference() -> dict[tuple[str, str], dict]:
    found = {("topic", topic["key"]): topic for topic in TOPICS}
    found |= {("reply", reply["key"]): reply for _, reply in REPLIES if "key" in reply}
    found |= {("post", post["key"]): post for post in lines("posts.jsonl")}
    found |= {("document", document["key"]): document for document in DOCUMENTS}
    return found


ITEMS = items_by_reference()


def text_of(item: dict) -> str:
    """All that an item says or said; a document's sections in one line."""
    if "content" in item:
        return " ".join(words_in(item))
    return "\n".join([item["body"], item.get("edited", {}).get("old_body", "")])


def test_reply_keys_are_unique():
    keys = [reply["key"] for _, reply in REPLIES if "key" in reply]
    assert len(set(keys)) == len(keys)


def test_cases_name_an_existing_item_and_quote_words_that_stand_or_stood_in_it():
    for case in CASES:
        (reference,) = case["item"].items()
        assert case["quote"] in text_of(ITEMS[reference]), reference


def test_cases_are_tied_to_a_clause_and_to_the_clause_of_their_rule():
    latest = (DATA / "policy" / POLICY["versions"][-1]["file"]).read_text(encoding="utf-8")
    clauses = set(re.findall(r"^### (\d+\.\d+) ", latest, re.MULTILINE))
    for case in CASES:
        assert case["clause"] in clauses
        if case["by"] == "rule":
            assert POLICY["clause_of_rule"][case["rule"]] == case["clause"]
        else:
            assert case["rule"] is None
            assert PEOPLE[case["by"]]["status"] == "active"
            assert len(case["words"]) >= 20


def test_cases_are_in_every_state_with_every_outcome():
    assert {case["state"] for case in CASES} == {"open", "claimed", "waiting", "decided"}
    assert {case["decision"]["outcome"] for case in CASES if case["decision"]} == OUTCOMES


def test_only_reviewers_without_a_part_in_it_claim_and_decide():
    for case in CASES:
        (reference,) = case["item"].items()
        concerned = {ITEMS[reference]["author"], case["by"]}
        decision = case["decision"]
        assert (decision is not None) == (case["state"] == "decided")
        assert (case["claimed_by"] is not None) == (case["state"] in {"claimed", "waiting"})
        assert bool(case["question"]) == (case["state"] == "waiting")
        for reviewer in filter(None, [case["claimed_by"], decision and decision["by"]]):
            assert "reviewer" in PEOPLE[reviewer]["roles"]
            assert reviewer not in concerned
        if decision:
            assert len(decision["reason"]) >= 40
            assert decision["days_ago"] <= case["days_ago"]


def test_what_its_author_fixed_no_longer_holds_the_words():
    for case in CASES:
        if case["decision"] and case["decision"]["outcome"] == "fixed_by_author":
            (reference,) = case["item"].items()
            assert case["quote"] not in ITEMS[reference]["body"]
            assert case["quote"] in ITEMS[reference]["edited"]["old_body"]


def test_personal_numbers_are_invented_ones_of_the_test_ranges():
    """NHS numbers begin with 999 (never issued) and pass modulus 11; telephones lie in the drama range."""
    everything = "\n".join(
        (DATA / n).read_text(encoding="utf-8") for n in ("topics.jsonl", "documents.jsonl")
    )
    numbers = re.findall(r"(?<!\d)(\d{3}) (\d{3}) (\d{4})(?!\d)", everything)
    assert len(numbers) >= 2
    for parts in numbers:
        digits = [int(d) for d in "".join(parts)]
        assert parts[0] == "999"
        assert (11 - sum(d * (10 - at) for at, d in enumerate(digits[:9])) % 11) % 11 == digits[9]
    for phone in re.findall(r"(?<!\d)0\d{3,4} ?\d{3} ?\d{3,4}(?!\d)", everything):
        assert phone.startswith("01632 960"), phone
    for host in re.findall(r"@([\w-]+(?:\.[\w-]+)*\.[a-z]{2,})", everything):
        assert host.endswith(".example") or host == "example.org" or host in PEOPLE, host
