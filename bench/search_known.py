"""Known items: how high the one page stands that somebody has in mind, by what they remember of it.

    .venv/bin/python -m bench known

Whole articles of the corpus, and pages of a council of our own words among them; MRR@10, the mean of 1 / rank of the page, is
told for titles, words and sentences of the text, misspelt titles, codes, spellings, Welsh words and short words, each beside
its goal. Relevance of whole questions is what `flask search evaluate` measures. The exit code is 1 when a goal was missed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import tempfile
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.search_corpus import CORPUS
from hub.search.engine import Document, Index
from hub.search.engine.analysis import STOP_WORDS

EVERYONE = frozenset({"everyone"})
ASKED = 300  # articles that are asked for
GOALS = {
    "title": 0.95,
    "title, misspelt": 0.85,
    "four words of the text": 0.5,
    "a sentence of the text": 0.75,
    "a phrase of the text": 0.85,
    "codes": 0.95,
    "spellings": 0.95,
    "Welsh": 0.95,
    "short words": 0.75,  # other pages are about IT and HR as well
}
PAGES = [
    ("SEN2 return", "The yearly SEN2 return counts plans for children; it is due in January."),
    ("SEN support in schools", "What a school offers to pupils with SEN before anybody asks for a plan."),
    ("COVID-19 and visits to care homes", "Rules for visitors while COVID-19 is about."),
    ("Print room order PR-1044", "Order PR-1044 is for the banners of the library."),
    ("Print room order PR-1045", "Order PR-1045 is for the posters of the museum."),
    ("Style for C# code", "How our developers write C# and name their tests."),
    ("Style for C code", "How the telemetry team writes C for gauges in rivers."),
    ("IT service desk", "Whom to ring when a laptop does not start. IT answers from eight."),
    ("HR policies", "Everything that HR publishes about leave, pay and conduct."),
    ("FOI requests", "How an FOI request is logged and who answers it in twenty days."),
    ("Re-use of information", "A licence for the re-use of what the council publishes."),
    ("E-mail signatures", "What stands under an e-mail of the council."),
    ("Children's services front door", "Where a worry about a child goes first: children's services."),
    ("O'Neill House", "Opening hours of O'Neill House, the hostel in Bridge Street."),
    ("Drop-in sessions", "Drop-in sessions for carers, each Tuesday."),
    ("Cyngor Tŷ Mawr", "Mae'r cyngor yn cyfarfod yn Nhŷ Mawr bob mis."),
    ("Gwasanaethau cymdeithasol", "Sut i gael help gan wasanaethau cymdeithasol y sir."),
    ("Casglu sbwriel ac ailgylchu", "Pryd mae'r lorïau yn casglu sbwriel ac ailgylchu."),
    ("Llyfrgelloedd a gwyliau'r banc", "Oriau agor llyfrgelloedd ar wyliau'r banc."),
    ("R&D tax relief", "Nothing that the council claims, but firms ask: R&D relief."),
    ("Section 106 money", "What S106 money from builders has paid for."),
    ("A4 and A3 posters", "Templates for A4 and A3 posters."),
]
ASKED_OF_PAGES = {
    "codes": [
        *(("SEN2", 0), ("sen 2 return", 0), ("COVID-19", 2), ("covid19", 2), ("covid 19", 2), ("PR-1044", 3), ("pr 1044", 3), ("PR1045", 4)),
        *(("C#", 5), ("c# tests", 5), ("R&D", 19), ("S106", 20), ("A3", 21)),
    ],
    "spellings": [
        *(("reuse", 10), ("re use", 10), ("email signature", 11), ("e-mail signatures", 11), ("childrens services", 12), ("children’s services", 12)),
        *(("oneill house", 13), ("O’Neill", 13), ("neill", 13), ("dropin sessions", 14), ("drop in sessions", 14)),
    ],
    "Welsh": [
        *(("tŷ mawr", 15), ("ty mawr", 15), ("gwasanaethau cymdeithasol", 16), ("ailgylchu", 17), ("lorïau", 17), ("loriau", 17)),
        *(("llyfrgelloedd", 18), ("gwyliau'r banc", 18), ("gwyliaur banc", 18)),
    ],
    "short words": [("IT", 7), ("it service desk", 7), ("HR", 8), ("hr", 8), ("SEN", 1), ("FOI", 9), ("foi", 9)],
}  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench known",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args(arguments)
    if not CORPUS.is_file():
        raise SystemExit(f"needs {CORPUS.relative_to(CORPUS.parents[2])} beside the repository")
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        articles = [json.loads(line) for line in lines]
    with tempfile.TemporaryDirectory() as folder:
        index = Index.open(Path(folder))
        index.rebuild(
            Document(f"item:{number}", "post", "everyone", title, body)
            for number, (title, body) in enumerate(
                [*PAGES, *((one["title"], one["body"]) for one in articles)]
            )
        )
        reached = {kind: reciprocal(index, asked) for kind, asked in queries(articles).items()}
    table = Table("looked for by", "queries", "MRR@10", "goal", "")
    missed = [kind for kind, (_, value, _) in reached.items() if value < GOALS[kind]]
    for kind, (count, value, lost) in reached.items():
        words = "[red]missed[/]" if kind in missed else "[green]ok[/]"
        table.add_row(
            kind,
            str(count),
            f"{value:.3f}",
            f"≥ {GOALS[kind]:g}",
            words + (f" {lost}" if kind in ASKED_OF_PAGES and lost else ""),
        )
    Console(highlight=False).print(table)
    print(json.dumps({kind: round(value, 4) for kind, (_, value, _) in reached.items()}, ensure_ascii=False))
    return 1 if missed else 0


def queries(articles: list[dict[str, str]]) -> dict[str, list[tuple[str, int]]]:
    """{kind: (query, number of the page)}; articles whose title others have too are not asked for."""
    chance = random.Random(17)
    titles = Counter(article["title"].casefold() for article in articles)
    alone = [number for number, article in enumerate(articles) if titles[article["title"].casefold()] == 1]
    asked: dict[str, list[tuple[str, int]]] = {kind: [] for kind in GOALS}
    for number in chance.sample(alone, ASKED):
        article, key = articles[number], number + len(PAGES)
        title = article["title"]
        asked["title"].append((title, key))
        long = re.findall(r"[A-Za-z]{6,}", title)
        if long and len(title.split()) > 1:
            word = chance.choice(long)
            place = chance.randrange(1, len(word) - 1)
            swapped = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
            asked["title, misspelt"].append((title.replace(word, swapped), key))
        sentences = [
            one.strip()
            for one in re.split(r"(?<=[.!?])\s+|\n+", article["body"])
            if re.fullmatch(r"[A-Z][\w ,;']{60,200}\.", one.strip())
        ]
        if not sentences:
            continue
        sentence = chance.choice(sentences)
        asked["a sentence of the text"].append((sentence, key))
        words = re.findall(r"[\w']+", sentence)
        first = chance.randrange(max(1, len(words) - 5))
        asked["a phrase of the text"].append((f'"{" ".join(words[first : first + 6])}"', key))
        telling = [word for word in words if len(word) > 3 and word.lower() not in STOP_WORDS]
        if len(telling) > 3:
            asked["four words of the text"].append((" ".join(chance.sample(telling, 4)).lower(), key))
    return asked | ASKED_OF_PAGES


def reciprocal(index: Index, asked: list[tuple[str, int]]) -> tuple[int, float, list[str]]:
    """(number of queries, MRR@10, the queries that found their page among the first ten never)."""
    total, lost = 0.0, []
    for text, number in asked:
        found = index.ranking(text, tokens=EVERYONE, limit=10)
        key = f"item:{number}"
        if key in found:
            total += 1 / (found.index(key) + 1)
        else:
            lost.append(text)
    return len(asked), total / len(asked), lost


if __name__ == "__main__":
    raise SystemExit(main())
