"""How much one file may cost. The figures are those that were measured on thousands of real and hostile
files.
"""

WALL_SECONDS = 20.0
CPU_SECONDS = 10
MEMORY_BYTES = 1 << 30
WRITTEN_BYTES = 64 << 20
OPEN_FILES = 64
OUTPUT_BYTES = 24 << 20
"""Bytes that the parent takes from a child: five million characters of any script, or one large picture."""

MEMORY_EXIT = 77
"""Exit status by which a child says that its memory was used up."""

PART_COUNT = 5_000
INFLATED_BYTES = 300 << 20
RATIO = 200
RATIO_FREE_BYTES = 10 << 20
"""Below this many inflated bytes a part may have any ratio: repetitive small sheets are ordinary."""
ELEMENTS = 1_000_000
DIRECTORY_BYTES = 2 << 20
"""Bytes of a ZIP's central directory; 5,000 parts need about half a megabyte."""

PLAIN_BYTES = 24 << 20
"""Bytes of a plain text, page or mail that are looked at."""
RTF_BYTES = 5_000_000
PDF_PAGES = 5_000
PIXELS = 40_000_000
PREVIEW_WIDTH = 2_000
