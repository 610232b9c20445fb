"""Judged collections are read in each form they are published in, and the figures are the textbook's."""

import json
import math
import random

import pytest

from hub.search.engine.evaluate import evaluate, measure
from hub.search.engine.judged import (
    as_document,
    number_queries,
    read_collection,
    read_judgements,
    read_records,
)

DOCUMENTS = """.I 1
.T
Wings
.W
wings of aircraft
.I 2
.T
Bins
.A
someone
.W
bins of councils
.I 3
.W
roads
"""
ASKED = ".I 1\n.W\nbins\n.I 2\n.W\nwings\n"


def folder_of(
    folder, documents=DOCUMENTS, queries=ASKED, judgements="1 2\n2 1\n", names=("x.all", "x.qry", "x.rel")
):
    for name, content in zip(names, (documents, queries, judgements), strict=True):
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


@pytest.mark.parametrize(
    "names",
    [
        ("cran.all.1400", "cran.qry", "cranqrel"),
        ("MED.ALL", "MED.QRY", "MED.REL"),
        ("cacm.all", "query.text", "qrels.text"),
        ("TIME.ALL", "TIME.QUE", "TIME.REL"),
        ("adi.all", "ADI.QRY", "adi.qrel"),
    ],
)
def test_the_three_files_are_known_by_their_names(tmp_path, names):
    folder_of(tmp_path, names=names)
    for other in ("README", "CISI.BLN", "MED.REL.OLD", "common_words", ".hidden.all", "TIME.STP"):
        (tmp_path / other).write_text("not one of the three\n")
    (tmp_path / "more.all").mkdir()
    assert evaluate(tmp_path) == {"queries": 2, "ndcg10": 1.0, "map": 1.0, "p5": 0.2}


@pytest.mark.parametrize(
    ("queries", "judgements"),
    [
        (".I 001\n.W\nbins\n.I 007\n.W\nwings\n", "1 2 1\n2 1 3\n2 3 -1\n"),
        (ASKED, "1 0 2 1\n2 0 1 1\n"),
        (ASKED, "1 Q0 2 1\n2 Q0 1 1\n2 Q0 3 0\n"),
        (ASKED, "     1      2\t0\t0.000000\r\n     2      1\t0\t0.000000\r\n"),
        (".I 5\n.W\nbins\n.I 9\n.W\nwings\n", "5 2\n9 1\n"),
        (".I 05\n.W\nbins\n.I 09\n.W\nwings\n.I 11\n.W\nroads\n", "05 0002  0 0\n09 0001  0 0\n"),
        (".I 5\n.W\nbins\n.I 9\n.W\nwings\n", "5 2\n9 1\n77 1\n"),
        (ASKED, "\n1  2\n\n2  1\n\n"),
        (ASKED, "# query document\n1 2 1\n2 1 1\n"),
        (".I 1\n.T\nBins\n.A\nWings, W.\n.B\n(Roads 1963)\n.I 2\n.A\nsomeone\n.W\n wings\n", "1 2\n2 1\n"),
        (".I 1\n.K\nbins\n.I 2\n.W wings\n", "1 2\n2 1\n"),
    ],
    ids="position zero-column Q0 all-nought own-numbers padded unknown-query blank-lines remark fields inline".split(),
)
def test_queries_and_judgements_of_every_known_form_are_read(tmp_path, queries, judgements):
    assert evaluate(folder_of(tmp_path, queries=queries, judgements=judgements)) == {
        "queries": 2,
        "ndcg10": 1.0,
        "map": 1.0,
        "p5": 0.2,
    }


def test_a_line_may_hold_all_documents_of_a_query(tmp_path):
    many = "".join(f".I {n}\n.W\nbins\n" for n in range(11, 17))
    collection = read_collection(
        folder_of(tmp_path, DOCUMENTS + many, judgements=" 1   2  11 12 13 14  15  16\n\n 2   1\n")
    )
    assert {query: sorted(held) for query, held in collection.gains.items()} == {
        "1": ["11", "12", "13", "14", "15", "16", "2"],
        "2": ["1"],
    }


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
def test_lines_may_end_in_any_way_and_bytes_may_be_latin_1(tmp_path, end):
    text = ".I 0001\n.T\nTh\xe9or\xe8me\n.A\n\n.W\n\nna\xefve \xa3 caf\xe9\n\n.X\n1\t5\t1\n.I 0002\n.T\n.W\n.I 3\n.N\nnothing\n\x1a"
    folder_of(
        tmp_path,
        text.encode("latin-1").replace(b"\n", end),
        b".I 1\n.W\ncaf\xe9\n".replace(b"\n", end),
        b"01 0001" + end,
    )
    records = list(read_records(tmp_path / "x.all"))
    assert [record.number for record in records] == ["1", "2", "3"]
    assert (
        records[0].text("T", "W") == "Th\xe9or\xe8me\n\nna\xefve \xa3 caf\xe9" and records[0].text("A") == ""
    )
    assert evaluate(tmp_path)["map"] == 1.0
    (tmp_path / "x.all").write_bytes(text.encode("utf-8-sig").replace(b"\n", end))
    assert next(record.text("T") for record in read_records(tmp_path / "x.all")) == "Th\xe9or\xe8me"


def test_records_become_documents_with_their_keywords_and_no_title_twice(tmp_path):
    folder_of(
        tmp_path,
        ".I 7\n.T\nheat transfer\nin slabs .\n.A\nLighthill, M.J.\n.W\nheat transfer in\nslabs . the text\n.K\nheat, slabs\nflow\n",
    )
    document = as_document(next(read_records(tmp_path / "x.all")))
    assert (document.title, document.body) == ("heat transfer in slabs .", "the text")
    assert (document.tags, document.author) == (["heat", "slabs", "flow"], "Lighthill, M.J.")


def test_queries_are_numbered_by_position_only_where_that_fits_better(tmp_path):
    records = list(read_records(folder_of(tmp_path) / "x.all"))
    records[0].number, records[1].number = "4", "9"
    assert [number for number, _ in number_queries(records, {"4": {}, "9": {}})] == ["4", "9", "3"]
    assert [number for number, _ in number_queries(records, {"1": {}, "2": {}, "3": {}})] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("rows", "gains"),
    [
        ("1 1 1\n1 2 4\n1 3 -1\n", {"1": 4.0, "2": 1.0}),  # Cranfield: 1 is a complete answer
        ("1 1 1\n1 2 5\n1 3 3\n", {"1": 4.0, "3": 2.0}),  # … and 5 of no interest
        ("1 0 1 2\n1 0 2 1\n1 0 3 0\n", {"1": 2.0, "2": 1.0}),  # TREC: the higher the better
        ("1 1 1\n1 2 1\n1 3 0\n", {"1": 1.0, "2": 1.0}),
        ("1 1 0 0.0\n1 2 0 0.0\n", {"1": 1.0, "2": 1.0}),
        ("1 1\n1 1\n1 99\n", {"1": 1.0}),
    ],
)
def test_grades_are_worth_what_their_scale_says(tmp_path, rows, gains):
    folder_of(tmp_path, judgements=rows)
    assert read_judgements(tmp_path / "x.rel", {"1", "2", "3"}) == {"1": gains}


def test_the_figures_are_the_textbooks():
    """Against sums written out here in another way, over random answers and grades."""
    chance = random.Random(3)
    documents = [str(number) for number in range(60)]
    gains = {
        str(q): {d: chance.choice([1.0, 2.0, 4.0]) for d in chance.sample(documents, chance.randint(1, 14))}
        for q in range(40)
    }
    answers = {str(q): chance.sample(documents, chance.randint(0, 60)) for q in range(42)}
    ndcg, precision, five = [], [], []
    for query, wanted in gains.items():
        answer = answers[query]
        ideal = sorted(wanted.values())[::-1]
        dcg = sum(
            wanted.get(answer[i], 0) / (math.log(i + 2) / math.log(2)) for i in range(min(10, len(answer)))
        )
        ndcg.append(dcg / sum(ideal[i] / (math.log(i + 2) / math.log(2)) for i in range(min(10, len(ideal)))))
        right = [i for i in range(len(answer)) if answer[i] in wanted]
        precision.append(sum(len(set(answer[: i + 1]) & set(wanted)) / (i + 1) for i in right) / len(wanted))
        five.append(len(set(answer[:5]) & set(wanted)) / 5)
    expected = {"queries": 40} | {
        name: round(sum(each) / 40, 4) for name, each in (("ndcg10", ndcg), ("map", precision), ("p5", five))
    }
    assert measure([(query, query) for query in answers], gains, answers.__getitem__) == pytest.approx(
        expected, abs=1e-4
    )


@pytest.mark.parametrize("missing", ["x.all", "x.qry", "x.rel"])
def test_a_folder_without_one_of_the_files_is_refused_with_its_name(tmp_path, missing):
    (folder_of(tmp_path) / missing).unlink()
    with pytest.raises(ValueError, match=rf"holds no file of \w+ \(.*{missing[2:]}"):
        evaluate(tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"documents": ""}, r"x\.all holds no record"),
        ({"queries": "what is this?\n"}, r"x\.qry holds no record"),
        ({"judgements": ""}, r"x\.rel judges no document of x\.all"),
        ({"judgements": "1 99 1\n"}, r"x\.rel judges no document of x\.all"),
        ({"judgements": "1 2 1\n", "queries": ".I 5\n.W\nbins\n.I 6\n.W\nwings\n"}, ""),
    ],
    ids=["no documents", "no queries", "no judgements", "judges others", "one judged"],
)
def test_files_without_sense_are_refused_in_a_sentence(tmp_path, content, words):
    folder_of(tmp_path, **content)
    if not words:
        assert evaluate(tmp_path)["queries"] == 1
        return
    with pytest.raises(ValueError, match=words):
        evaluate(tmp_path)


def test_the_command_measures_in_a_throw_away_hub_and_prints_one_line(hub, tmp_path):
    """The whole way: files, items, index, queries; nothing of the hub that is in use is touched."""
    from hub.content.models import Item

    words = "wing shock heat flow slab plate layer cone nose jet".split()
    chance = random.Random(5)
    documents, judged = [], []
    for number in range(1, 31):
        topic = words[number % 10]
        documents.append(
            f".I {number}\n.T\nabout {topic} {chance.choice(words)}\n.W\n<b>{topic}</b> & {topic} *{chance.choice(words)}* \xe9\n"
        )
        judged.append(f"{number % 10 + 1:02} {number:04} {chance.randint(1, 4)}")
    queries = "".join(f".I {3 * place:03}\n.W\nwhat is known of {words[place]} ?\n" for place in range(10))
    folder_of(
        tmp_path,
        "".join(documents).encode("latin-1"),
        queries,
        "\n".join(judged) + "\n",
        ("T.ALL", "T.QRY", "T.REL"),
    )
    result = hub.test_cli_runner().invoke(args=["search", "evaluate", str(tmp_path)])
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert list(figures) == ["queries", "ndcg10", "map", "p5"] and result.stdout.count("\n") == 1
    assert figures["queries"] == 10 and figures["map"] > 0.6 and figures["p5"] == 0.6
    assert not Item.select().exists()
    (tmp_path / "T.REL").unlink()
    refused = hub.test_cli_runner().invoke(args=["search", "evaluate", str(tmp_path)])
    assert refused.exit_code == 1 and "holds no file of judgements" in refused.output


def test_a_hub_in_use_is_not_filled_with_a_collection(hub, tmp_path):
    from tests import make

    make.person()
    result = hub.test_cli_runner().invoke(args=["search", "evaluate", "--here", str(folder_of(tmp_path))])
    assert result.exit_code == 1 and "in use" in result.output
