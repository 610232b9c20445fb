"""Did you mean, on PostgreSQL: the words of all documents in a table, near ones found by the engine's own measure,
and only those offered that stand in a document which the viewer may read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from hub import db
from hub.search.engine import spelling
from hub.search.engine.analysis import analyse, stem

TABLE = "hub_search.word"
MADE = f"""
CREATE SEQUENCE IF NOT EXISTS hub_search.word_number;
CREATE TABLE IF NOT EXISTS {TABLE} (
  word text PRIMARY KEY, number bigint NOT NULL DEFAULT nextval('hub_search.word_number'));
CREATE INDEX IF NOT EXISTS word_number ON {TABLE} (number);
"""
READ_AGAIN = 1_000
"""A writer that began earlier may commit later: so many of the last words are asked for once more."""

Ask = Callable[[str, list[Any]], list[Any]]


def words_of(texts: Iterable[str]) -> list[str]:
    """The words of texts that may be offered, each once, in order (so that two writers do not wait for each other)."""
    found = {word for text in texts for word in analyse(text).exact}
    return sorted(word for word in found if spelling.may_be_offered(word.encode()))


def note(words: list[str]) -> None:
    """Adds words to the table, in the transaction of their documents."""
    if words:
        db.database.execute_sql(
            f"INSERT INTO {TABLE} (word) SELECT unnest(%s::text[]) EXCEPT SELECT word FROM {TABLE} ORDER BY 1"  # noqa: S608
            " ON CONFLICT DO NOTHING",
            [words],
        )


def forget_others(words: set[str]) -> None:
    """Leaves these words only, after everything was indexed anew: what nobody writes any more is not kept."""
    db.database.execute_sql(f"DELETE FROM {TABLE} WHERE word <> ALL(%s::text[])", [list(words)])  # noqa: S608


class Speller:
    """The words as this process knows them; it asks for new ones each time it is needed."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._tables: list[spelling.WordTable] = []
        self._last = 0

    def correct(self, words: list[tuple[str, str]], tokens: frozenset[str], documents: str) -> dict[str, str]:
        """{typed form: nearest word} for words, given as (form, stem), that no document of the table `documents`
        with one of these audience tokens holds."""
        asked = {form: stemmed for form, stemmed in words if spelling.may_be_corrected(form)}
        visible = sorted(tokens)

        def count(forms: list[str], lexemes: list[str]) -> list[int]:
            rows = self._ask(
                f"SELECT w, (SELECT count(*) FROM {documents} WHERE audience = ANY(%s) AND words @@ q::tsquery)"  # noqa: S608
                " FROM unnest(%s::text[], %s::text[]) AS given(w, q)",
                [visible, forms, lexemes],
            )
            known = dict(rows)
            return [known[form] for form in forms]

        if not asked:
            return {}
        forms = list(asked)
        held = count(forms, [f"'{stemmed}'" for stemmed in asked.values()])
        unknown = [form for form, number in zip(forms, held, strict=True) if not number]
        corrections = {}
        for form in unknown[: spelling.MOST_CORRECTED]:
            found = spelling.choose(
                spelling.candidates(self._known(), form),
                lambda words: count(words, [_exact(word) for word in words]),
            )
            if found is not None:
                corrections[form] = found
        return corrections

    def _known(self) -> list[spelling.WordTable]:
        rows = self._ask(
            f'SELECT word, number FROM {TABLE} WHERE number > %s ORDER BY word COLLATE "C"',  # noqa: S608
            [max(0, self._last - READ_AGAIN)],
        )
        fresh = [word for word, _ in rows if not any(word in table for table in self._tables)]
        if fresh:
            self._tables.append(spelling.WordTable(fresh))
            self._last = max(self._last, *(number for _, number in rows))
        if len(self._tables) > 20:
            every = sorted(word for table in self._tables for word in table.words)
            self._tables = [spelling.WordTable(every)]
        return self._tables


def _exact(word: str) -> str:
    """The lexeme of a word in this very form; such words hold letters only."""
    return f"'{word}'" if stem(word) == word else f"'={word}'"
