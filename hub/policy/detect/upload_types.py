"""What a file is by its first bytes, and what its name promises.

The table of magic numbers follows the formats' own specifications; families group types whose names are exchanged
innocently (an old .doc that is RTF, a .htm that is XML).
"""

from __future__ import annotations

import re
import struct
import zipfile
from typing import BinaryIO

HEAD = 4096

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"MZ", "program"), (0, b"\x7fELF", "program"), (0, b"\xfe\xed\xfa\xce", "program"), (0, b"\xfe\xed\xfa\xcf", "program"),
    (0, b"\xce\xfa\xed\xfe", "program"), (0, b"\xcf\xfa\xed\xfe", "program"), (0, b"\xca\xfe\xba\xbe", "program"), (0, b"dex\n", "program"),
    (0, b"\x00asm", "program"), (0, b"L\x00\x00\x00\x01\x14\x02\x00", "shortcut"), (0, b"ITSF", "help file"), (0, b"#!", "script"),
    (0, b"%PDF-", "pdf"), (0, b"\x89PNG\r\n\x1a\n", "png"), (0, b"\xff\xd8\xff", "jpeg"), (0, b"GIF87a", "gif"), (0, b"GIF89a", "gif"),
    (0, b"II*\x00", "tiff"), (0, b"MM\x00*", "tiff"), (0, b"RIFF", "riff"), (0, b"\x00\x00\x01\x00", "ico"), (0, b"8BPS", "psd"),
    (0, b"{\\rt", "rtf"), (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"), (0, b"PK\x03\x04", "zip"), (0, b"PK\x05\x06", "zip"), (0, b"PK\x07\x08", "zip"),
    (0, b"\xdb\xa5\x2d\x00", "old-office"), (0, b"\x31\xbe\x00\x00", "old-office"), (0, b"\x09\x00\x04\x00", "old-office"), (0, b"\x09\x02\x06\x00", "old-office"),
    (0, b"\x09\x04\x06\x00", "old-office"), (0, b"\xffWPC", "old-office"), (0, b"Rar!\x1a\x07", "rar"), (0, b"7z\xbc\xaf\x27\x1c", "7z"), (0, b"\x1f\x8b", "gzip"), (0, b"BZh", "bzip2"), (0, b"\xfd7zXZ\x00", "xz"),
    (0, b"MSCF", "cabinet"), (257, b"ustar", "tar"), (0, b"!<arch>\n", "package"), (0, b"\xed\xab\xee\xdb", "package"),
    (32769, b"CD001", "disk image"), (0, b"conectix", "disk image"), (0, b"vhdxfile", "disk image"), (0, b"QFI\xfb", "disk image"),
    (4, b"ftyp", "video"), (0, b"OggS", "audio"), (0, b"ID3", "audio"), (0, b"fLaC", "audio"), (0, b"\x1aE\xdf\xa3", "video"),
    (0, b"wOFF", "font"), (0, b"wOF2", "font"), (0, b"OTTO", "font"), (0, b"SQLite format 3\x00", "database"),
    (0, b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", "onenote"),
)  # fmt: skip
# Endings that a computer runs, mounts or imports when they are opened.
DANGEROUS = frozenset(
    """exe scr com bat cmd pif msi msp mst dll cpl ocx sys drv jar jnlp class ps1 ps1xml psm1 psd1 psc1 vb vbs vbe js jse ws wsf wsc wsh hta lnk scf url website reg inf ins isp job iso img vhd vhdx
    dmg pkg app apk ipa deb rpm appx msix appinstaller application gadget chm hlp sct shb shs xll wll application library-ms search-ms settingcontent-ms iqy oqy rqy dqy xbap appref-ms vsto diagcab theme themepack grp ade adp mde""".split()
)
MACRO_ENDINGS = frozenset("docm dotm xlsm xltm xlam pptm potm ppam ppsm sldm xla ppa".split())
# What each ending may hold; an ending that is not here promises nothing.
PROMISES: dict[str, frozenset[str]] = {
    ending: frozenset(types.split())
    for endings, types in (
        ("pdf", "pdf"), ("png", "png"), ("jpg jpeg jpe jfif", "jpeg"), ("gif", "gif"), ("tif tiff", "tiff"), ("webp wav avi", "riff"),
        ("doc dot", "ole old-office rtf docx text html xml"), ("xls xlt", "ole old-office xlsx text html xml"), ("ppt pps pot", "ole pptx"), ("msg", "ole"), ("pub vsd mpp", "ole"),
        ("docx docm dotx dotm", "docx ole"), ("xlsx xlsm xltx xltm xlsb xlam", "xlsx ole"), ("pptx pptm potx potm ppsx ppsm", "pptx ole"),
        ("odt ott ods ots odp otp odg odf", "odf zip"), ("rtf", "rtf"), ("zip", "zip docx xlsx pptx odf"), ("epub", "zip odf"), ("gz tgz", "gzip"), ("7z", "7z"), ("rar", "rar"), ("tar", "tar"), ("bz2", "bzip2"), ("xz", "xz"),
        ("txt csv tsv md log json yaml yml ini srt vtt ics vcf eml", "text html xml svg"), ("xml", "text xml html svg"), ("html htm xhtml", "text html xml"), ("svg", "svg xml text"),
        ("mp4 m4v mov m4a", "video"), ("mp3", "audio text unknown"),
    )
    for ending in endings.split()
}  # fmt: skip
DOCUMENT_ENDINGS = frozenset(PROMISES) | {"bmp", "heic"}


def endings_of(filename: str) -> list[str]:
    """The endings of a file name, lower case, outermost last: `a.pdf.exe` → pdf, exe."""
    name = filename.replace("\\", "/").rsplit("/", 1)[-1].strip().rstrip(". ")
    name = re.sub(r"::\$data$", "", name, flags=re.IGNORECASE)
    return [part.strip().lower() for part in name.split(".")[1:]]


def sniff(file: BinaryIO) -> str:
    """The type of an open file by its structure: a name from the table, docx/xlsx/pptx/odf, html/svg/xml/text, or unknown."""
    file.seek(0)
    head = file.read(HEAD)
    if not head:
        return "empty"
    for offset, magic, name in _MAGIC:
        if offset < HEAD:
            if head[offset : offset + len(magic)] == magic and (
                magic != b"MZ" or _has_program_header(file, head)
            ):
                return _zip_kind(file) if name == "zip" else name
        else:
            file.seek(offset)
            if file.read(len(magic)) == magic:
                return name
    if b"%PDF-" in head[:1024]:
        return "pdf"
    text = _text(head)
    if text is None:
        return "unknown"
    low = text.lstrip("\ufeff \t\r\n").lower()
    if "<svg" in low[:2000]:
        return "svg"
    if low.startswith(("<!doctype html", "<html", "<head", "<script", "<body")) or "<html" in low[:1500]:
        return "html"
    if low.startswith(("<?xml", "<!doctype")):
        return "xml"
    return "text"


def _has_program_header(file: BinaryIO, head: bytes) -> bool:
    """Two letters alone do not make a program: `MZ` needs its second header, or bytes that no text has."""
    if not all(byte in (9, 10, 13) or byte >= 32 for byte in head[:64]):
        return True
    if len(head) < 64:
        return False
    file.seek(struct.unpack_from("<I", head, 60)[0])
    return file.read(2) in (b"PE", b"NE", b"LE", b"LX")


def _text(head: bytes) -> str | None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace")
    if b"\x00" in head:
        return None
    controls = sum(b < 9 or 13 < b < 27 or 27 < b < 32 for b in head)
    return head.decode("utf-8", "replace") if controls <= len(head) // 50 else None


def _zip_kind(file: BinaryIO) -> str:
    try:
        file.seek(0)
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist()[:5000])
            if "[Content_Types].xml" in names:
                for prefix, kind in (("word/", "docx"), ("xl/", "xlsx"), ("ppt/", "pptx")):
                    if any(name.startswith(prefix) for name in names):
                        return kind
                return "zip"
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                return "odf" if archive.read("mimetype").startswith(b"application/vnd.oasis") else "zip"
    except (zipfile.BadZipFile, OSError, ValueError, KeyError, NotImplementedError, RuntimeError, EOFError):
        return "damaged zip"
    return "zip"
