"""Run as a child: waits until the index holds what it should; prints how long, and what differs, as JSON."""

from __future__ import annotations

import json
import sys
import time

import config
from hub import create_app
from hub.search import feeding, reactions
from hub.search.engine import IndexBroken


def main(seconds: float) -> None:
    """Compares again and again, for at most so many seconds."""
    app = create_app(config.load())
    with app.app_context():
        began = time.monotonic()
        missing: set[str] = set()
        ghosts: set[str] = set()
        doubled = 0
        while True:
            try:
                listed = list(reactions.index().keys())
                wanted = {document.key for document in feeding.everything()}
                missing, ghosts, doubled = (
                    wanted - set(listed),
                    set(listed) - wanted,
                    len(listed) - len(set(listed)),
                )
                broken = ""
            except IndexBroken as error:
                broken = str(error)
            took = time.monotonic() - began
            if took > seconds or not (broken or missing or ghosts or doubled):
                break
            time.sleep(0.1)
        found = {
            "took": took,
            "missing": sorted(missing),
            "ghosts": sorted(ghosts),
            "doubled": doubled,
            "broken": broken,
        }
        json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(float(sys.argv[1]))
