"""The kinds of files the hub knows by name: media type, the words for people, the family, and the usual
endings.
"""

from .result import Sniffed

_OOXML = "application/vnd.openxmlformats-officedocument."
_MS = "application/vnd.ms-"
_ODF = "application/vnd.oasis.opendocument."

_TABLE = """
application/pdf | PDF document | pdf | pdf
{ooxml}wordprocessingml.document | Word document | word | docx
{ooxml}wordprocessingml.template | Word template | word | dotx
{ms}word.document.macroEnabled.12 | Word document with macros | word | docm
{ms}word.template.macroEnabled.12 | Word template with macros | word | dotm
{ooxml}spreadsheetml.sheet | Excel workbook | sheet | xlsx
{ooxml}spreadsheetml.template | Excel template | sheet | xltx
{ms}excel.sheet.macroEnabled.12 | Excel workbook with macros | sheet | xlsm
{ms}excel.template.macroEnabled.12 | Excel template with macros | sheet | xltm
{ms}excel.addin.macroEnabled.12 | Excel add-in with macros | sheet | xlam
{ms}excel.sheet.binary.macroEnabled.12 | Excel binary workbook | sheet | xlsb
{ooxml}presentationml.presentation | PowerPoint presentation | slides | pptx
{ooxml}presentationml.template | PowerPoint template | slides | potx
{ooxml}presentationml.slideshow | PowerPoint show | slides | ppsx
{ms}powerpoint.presentation.macroEnabled.12 | PowerPoint presentation with macros | slides | pptm
{ms}powerpoint.slideshow.macroEnabled.12 | PowerPoint show with macros | slides | ppsm
{ms}powerpoint.template.macroEnabled.12 | PowerPoint template with macros | slides | potm
{ms}visio.drawing.main+xml | Visio drawing | drawing | vsdx vsdm vstx
application/vnd.visio | Visio drawing | drawing | vsd
{odf}text | OpenDocument text | word | odt
{odf}text-template | OpenDocument text template | word | ott
{odf}text-master | OpenDocument master text | word | odm
{odf}spreadsheet | OpenDocument spreadsheet | sheet | ods
{odf}spreadsheet-template | OpenDocument spreadsheet template | sheet | ots
{odf}presentation | OpenDocument presentation | slides | odp
{odf}presentation-template | OpenDocument presentation template | slides | otp
{odf}graphics | OpenDocument drawing | drawing | odg otg
{odf}chart | OpenDocument chart | drawing | odc
{odf}formula | OpenDocument formula | other | odf
application/msword | Word document (97–2003) | word | doc dot
application/vnd.ms-excel | Excel workbook (97–2003) | sheet | xls xlt
application/vnd.ms-powerpoint | PowerPoint presentation (97–2003) | slides | ppt pps pot
application/vnd.ms-outlook | Outlook message | mail | msg
application/x-encrypted-office | Office document with a password | other |
application/x-ole-storage | File of an older program | other |
application/rtf | Rich text | word | rtf
message/rfc822 | E-mail message | mail | eml mht mhtml
application/epub+zip | E-book | book | epub
text/html | Web page | web | html htm xhtml
text/plain | Text | text | txt text log ini cfg
text/csv | Table in text form (CSV) | sheet | csv tsv
text/markdown | Markdown text | text | md markdown
text/calendar | Calendar entries | text | ics
text/vcard | Contact card | text | vcf
application/json | JSON data | text | json geojson
application/xml | XML data | text | xml xsl xsd fodt fods fodp
application/zip | ZIP archive | archive | zip
application/java-archive | Java program | program | jar
application/vnd.android.package-archive | Android program | program | apk
application/gzip | Gzip archive | archive | gz tgz
application/x-bzip2 | Bzip2 archive | archive | bz2
application/x-xz | XZ archive | archive | xz
application/x-7z-compressed | 7-Zip archive | archive | 7z
application/vnd.rar | RAR archive | archive | rar
application/x-tar | Tar archive | archive | tar
image/png | PNG picture | picture | png
image/jpeg | JPEG picture | picture | jpg jpeg
image/gif | GIF picture | picture | gif
image/webp | WebP picture | picture | webp
image/bmp | Bitmap picture | picture | bmp
image/tiff | TIFF picture | picture | tif tiff
image/heic | HEIC picture | picture | heic heif
image/avif | AVIF picture | picture | avif
image/svg+xml | SVG drawing | picture | svg
image/x-icon | Icon | picture | ico
image/emf | Windows drawing (EMF) | picture | emf
image/wmf | Windows drawing (WMF) | picture | wmf
image/vnd.adobe.photoshop | Photoshop picture | picture | psd
application/postscript | PostScript | other | ps eps
audio/mpeg | MP3 sound | sound | mp3
audio/wav | WAV sound | sound | wav
audio/ogg | Ogg sound | sound | ogg oga opus
audio/flac | FLAC sound | sound | flac
audio/mp4 | MPEG-4 sound | sound | m4a
video/mp4 | MPEG-4 film | film | mp4 m4v mov
video/x-msvideo | AVI film | film | avi
video/webm | Matroska or WebM film | film | webm mkv
application/vnd.microsoft.portable-executable | Windows program | program | exe dll scr com
application/x-elf | Linux program | program | elf so
application/x-ms-shortcut | Windows shortcut | program | lnk
application/octet-stream | File of an unknown kind | other |
inode/x-empty | Empty file | other |
"""

KINDS: dict[str, Sniffed] = {}
BY_ENDING: dict[str, str] = {}
for _line in _TABLE.strip().format(ooxml=_OOXML, ms=_MS, odf=_ODF).splitlines():
    _media_type, _label, _family, _endings = (cell.strip() for cell in _line.split("|"))
    KINDS[_media_type] = Sniffed(_media_type, _label, _family)
    for _ending in _endings.split():
        BY_ENDING[_ending] = _media_type

UNKNOWN = "application/octet-stream"


def kind(media_type: str) -> Sniffed:
    """The kind of that media type; a type that is not in the table is of an unknown kind."""
    return KINDS.get(media_type, KINDS[UNKNOWN])


def ending(filename: str) -> str:
    """The ending of a file name in lower case without its dot, or ""."""
    stem, dot, last = filename.rpartition(".")
    return last.lower().strip() if dot and stem else ""
