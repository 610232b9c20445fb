"""Runs parts of the bench by name; without a name the pages and search, which is what `make bench` does.

.venv/bin/python -m bench [pages|search|known|policy|soak] [options of that part]
.venv/bin/python -m bench --quick      pages with 100,000 posts and search with 20,000 items
"""

from __future__ import annotations

import importlib
import sys

PARTS = {
    "pages": ("bench.pages", "pages against floors in the same process"),
    "search": ("bench.search", "search beside other engines"),
    "known": ("bench.search_known", "how high the page stands that somebody has in mind"),
    "policy": ("bench.policy", "the policy: engine, check while writing, patterns, rescan, desk"),
    "soak": ("bench.soak", "kill web and worker again and again (long)"),
}
BY_DEFAULT = ("pages", "search")
QUICK = {"pages": ["--quick"], "search": ["--quick"]}


def run(name: str, arguments: list[str]) -> int:
    """Runs a part with its own options; its exit code, 1 when a goal was missed."""
    module = importlib.import_module(PARTS[name][0])
    sys.argv = [f"python -m bench {name}", *arguments]
    return int(module.main() or 0)


def main(arguments: list[str]) -> int:
    """Runs what is named, or lists what there is."""
    if arguments and arguments[0] in PARTS:
        return run(arguments[0], arguments[1:])
    if arguments not in ([], ["--quick"]):
        print("Parts of the bench:", *(f"  {name:8} {what}" for name, (_, what) in PARTS.items()), sep="\n")
        return 0 if arguments[0] in ("--list", "--help", "-h", "list") else 2
    return max(run(name, QUICK[name] if arguments else []) for name in BY_DEFAULT)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
