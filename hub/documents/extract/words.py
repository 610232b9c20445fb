"""The sentences that tell a person why a file has no text, or not all of it, and what a file carries.

They are shown as they stand beside the file, so they are whole sentences in plain English and never name a
library.
"""

EMPTY = "The file is empty."
NO_TEXT = "The file holds no text."
SCAN = "This PDF is a scan or a drawing without text."
LOCKED = "The file is protected with a password."
DAMAGED = "The file is damaged, so its text could not be read."
PARTLY_DAMAGED = "Part of the file is damaged; only what could be read is searched."
PICTURE = "Pictures have no text."
SOUND = "Sound and film have no text."
PROGRAM = "This is a program, not a document; its text is not read."
UNKNOWN = "The text of this kind of file cannot be read."
ARCHIVE = "Only the names of the files inside an archive are searched, not their text."
ARCHIVE_KIND = "Archives of this kind are not looked into."
TOO_LARGE = "The file is too large to be read; only its name is searched."
TOO_MUCH_TEXT = "The file is very long; only its first part is searched."
TOO_MANY_PARTS = "The file has too many parts to be read."
TOO_DENSE = "The file unpacks to far more than its size; only its first part is searched."
TOO_LONG = "Reading the file took too long, so it was stopped; what had been read is searched."
TOO_HEAVY = "Reading the file needed too much memory, so it was stopped; what had been read is searched."
TOO_DENSE_AT_ONCE = (
    "The file unpacks to far more than its size, so it was not read; only its name is searched."
)
TOO_MUCH_AT_ONCE = "The file is very long, and its first part holds no text; only its name is searched."
TOO_LONG_AT_ONCE = (
    "Reading the file took too long, so it was stopped before any text came; only its name is searched."
)
TOO_HEAVY_AT_ONCE = "Reading the file needed too much memory, so it was stopped before any text came; only its name is searched."
CRASHED = "The file could not be read: it broke the reader, which was shut in."
ALL_ODD = "Every part inside has a name that is not safe to unpack, so nothing of the file was read."
OVERLAP = "The file is built to deceive (its parts lie over each other), so it was not read."
DECLARATIONS = "The file declares its own XML entities, which is not safe to read."

MACROS = "Contains macros."
ENCRYPTED = "Encrypted."
RESTRICTED = "Encrypted, but opens without a password."
EMBEDDED = "Contains embedded files or objects."
LINKS_OUT = "Links to content outside the file."
ACTIVE = "Contains active content (scripts)."
FORM = "Contains an interactive form that only some programs show."
SIGNED = "Carries a digital signature."
ODD_NAMES = "Some parts inside have unsafe names and were not read."
NO_PREVIEW = "More than 40 million pixels: too large for a preview."
ATTACHMENTS = "Has attachments whose text is not read."
EXECUTABLE = "Contains a program."
