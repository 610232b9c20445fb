"""PDF by way of PDFium: text page by page, as "page N"."""

import re
from typing import IO

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from .. import limits, words
from ..report import Report

_HYPHEN = re.compile("[\x02\ufffe](?:\r?\n)?")
"""What PDFium puts where a line broke inside a word."""


def opened(file: IO[bytes]) -> pdfium.PdfDocument:
    """The document; raises `pdfium.PdfiumError` when it needs a password or makes no sense."""
    file.seek(0)
    data = file.read(limits.MEMORY_BYTES // 4)
    return pdfium.PdfDocument(data)


def read(file: IO[bytes], report: Report) -> None:
    """Hand on each page as soon as it is read, so that a page that never ends costs only those behind it."""
    try:
        document = opened(file)
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            report.note(words.ENCRYPTED)
            report.reason(words.LOCKED)
        else:
            report.fault(error)
            report.reason(words.DAMAGED)
        return
    count = len(document)
    report.pages(count)
    _labels(document, report)
    broken = 0
    for index in range(min(count, limits.PDF_PAGES)):
        try:
            page = document[index]
            text = page.get_textpage()
            found = text.get_text_range() if text.count_chars() > 0 else ""
            text.close()
            page.close()
        except (pdfium.PdfiumError, ValueError) as error:
            report.fault(error)
            broken += 1
            continue
        report.passage(_HYPHEN.sub("", found), f"page {index + 1}")
    if broken or not count:
        report.reason(words.PARTLY_DAMAGED if report.found else words.DAMAGED)
    elif count > limits.PDF_PAGES:
        report.reason(words.TOO_MUCH_TEXT)
    elif not report.found:
        report.reason(words.SCAN)


def _labels(document: pdfium.PdfDocument, report: Report) -> None:
    if raw.FPDF_GetSecurityHandlerRevision(document) >= 0:
        report.note(words.RESTRICTED)
    if raw.FPDFDoc_GetAttachmentCount(document) > 0:
        report.note(words.EMBEDDED)
    if raw.FPDFDoc_GetJavaScriptActionCount(document) > 0:
        report.note(words.ACTIVE)
    if raw.FPDF_GetFormType(document) in (raw.FORMTYPE_XFA_FULL, raw.FORMTYPE_XFA_FOREGROUND):
        report.note(words.FORM)
    if raw.FPDF_GetSignatureCount(document) > 0:
        report.note(words.SIGNED)
