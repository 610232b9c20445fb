"""The words that say what a number is, in English and Welsh, and those that say it is something else.

All patterns are matched against lower-case ASCII text (the normaliser folds Welsh accents).  `label` names the value
outright; `weak` only sets the scene, and counts together with a checksum; `away` says that the number beside it is
another thing.
"""

from __future__ import annotations

import re
from typing import NamedTuple

NUMBER = r"(?:numbers?|nos?\b\.?|num\b\.?|nr\b\.?|id\b|ref(?:erence)?\b\.?|#|rhif)"


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile(r"(?<![a-z0-9])(?:" + "|".join(patterns) + r")(?![a-z])")


class Labels(NamedTuple):
    """The vocabulary of one rule."""

    name: str
    label: re.Pattern[str]
    weak: re.Pattern[str]


NINO = Labels(
    "National Insurance number",
    _words(
        r"n\.?\s?i\.?\s?n\.?\s?o?\b\.?", r"ni(?:\s?(?:/|-)?\s?" + NUMBER + r")?", r"n\.i\.?",
        r"nat(?:ional|'?l)?\.?\s+ins(?:urance)?\.?", r"ninos?", r"nat\.?\s?ins", r"insurance\s+" + NUMBER,
        r"yswiriant\s+(?:gwladol|cenedlaethol)", r"rhif\s+(?:yg|ni)", r"yg", r"hmrc\s+" + NUMBER,
    ),
    _words(r"benefits?", r"payroll", r"paye", r"hmrc", r"dwp", r"universal\s+credit", r"pension\w*", r"claim\w*",
           r"employees?", r"tenants?", r"starters?", r"p45", r"p60", r"tax", r"housing", r"wages?", r"salary"),
)  # fmt: skip
NHS = Labels(
    "NHS number",
    _words(
        r"nhs\s?(?:\.|-|/)?\s?" + NUMBER, r"n[.\s]h[.\s]s\.?\s*" + NUMBER, r"nhs\s*(?:[:=#]|is\b)", r"nhsnumber", r"nhs_(?:number|no|num|id)",
        r"nhsno", r"nhsn(?:um|o|r)?", r"nhs(?=[\s:=#(\[\-]*$)", r"national\s+health\s+(?:service\s+)?" + NUMBER, r"(?:rhif|rhifau)\s+(?:y\s+)?(?:gig|nhs)", r"gig\s+" + NUMBER,
        r"patient\s*_?" + NUMBER, r"chi\s+" + NUMBER, r"h\s?(?:and|&)\s?c\s+" + NUMBER, r"health\s+(?:and\s+care\s+)?" + NUMBER, r"pds\s+" + NUMBER,
    ),
    _words(r"patients?", r"hospital", r"wards?", r"gps?", r"surgery", r"clinic\w*", r"discharg\w*", r"referr\w*", r"admitted",
           r"safeguarding", r"social\s+care", r"mental\s+health", r"care\s+(?:plan|package|home)", r"carers?", r"occupational\s+therap\w*",
           r"consultant", r"medication", r"diagnos\w*", r"dementia", r"vaccin\w*", r"prescri\w*", r"health\s+visitor", r"claf", r"cleifion",
           r"meddyg\w*", r"ysbyty", r"emis", r"systm\s?one", r"rio", r"service\s+users?", r"nurse\w*", r"nhs", r"midwi\w*", r"ot\s+assessment", r"a&e", r"packages?\s+of\s+care", r"dtocs?", r"reablement"),
)  # fmt: skip
UTR = Labels(
    "tax reference",
    _words(
        r"utr'?s?", r"u\.t\.r\.?", r"unique\s+tax(?:\s?payer'?s?)?\s+" + NUMBER, r"tax(?:\s?payer)?\s+ref(?:erence)?(?:\s+" + NUMBER + r")?",
        r"self[\s-]assessment\s+(?:ref\w*|" + NUMBER + r")", r"sa\s+utr", r"cyfeirnod\s+(?:unigryw\s+)?(?:y\s+)?(?:trethdalwr|treth)(?:\s+unigryw)?", r"cis\s+" + NUMBER,
        r"utr[\s_-]*(?:number|no|num|code)",
    ),
    _words(r"hmrc", r"self[\s-]assessment", r"cis", r"subcontractors?"),
)  # fmt: skip
PASSPORT = Labels(
    "passport number",
    _words(
        r"p\s?/\s?ports?", r"ppt\.?(?=\s*(?:" + NUMBER + r"|[:=#]))", r"pas{1,2}\s?p(?:or|ro|orr|oor)ts?(?:\s*(?:document\s+)?" + NUMBER + r")?", r"passport[_-]?(?:no|num|number|id)", r"pasb?ort\w*", r"pasport\w*", r"pport\s+" + NUMBER,
    ),
    _words(r"right\s+to\s+work", r"visa", r"nationality", r"travel\s+document"),
)  # fmt: skip
LICENCE = Labels(
    "driver number",
    _words(
        r"driv(?:ing|er'?s?)\s+licen[cs]e(?:\s+" + NUMBER + r")?", r"driver\s+" + NUMBER, r"licen[cs]e\s+" + NUMBER, r"dvla", r"(?:trwydded|drwydded)\s+yrru", r"rhif\s+(?:(?:y|ei|fy|eich|ein)\s+)?(?:h|n)?[td]rwydded", r"dl\s+" + NUMBER,
    ),
    _words(r"grey\s+fleet", r"drivers?", r"hire", r"van", r"licen[cs]es?"),
)  # fmt: skip
UPN = Labels(
    "pupil number",
    _words(r"upns?", r"u\.p\.n\.?", r"unique\s+pupil\s+" + NUMBER, r"pupil\s+" + NUMBER, r"rhif\s+(?:unigryw\s+y\s+)?disgybl(?:\s+unigryw)?", r"rud"),
    _words(r"pupils?", r"child(?:ren)?", r"students?", r"school\w*", r"sen", r"send", r"ehcp", r"admission\w*", r"learners?", r"academy", r"year\s+\d{1,2}",
           r"disgybl\w*", r"ysgol\w*", r"exclu\w+", r"attendance", r"free\s+school\s+meals?", r"fsm", r"siblings?", r"virtual\s+school"),
)  # fmt: skip
CARD = Labels(
    "payment card",
    _words(
        r"(?:credit|debit|payment|purchas\w+|procurement|corporate|company|council|bank|business|government|p|pre-?paid|gpc|team)[\s-]?cards?(?:\s+" + NUMBER + r")?",
        r"gpcs?", r"p-?cards?", r"cards?\s*" + NUMBER, r"cards?(?!\s*(?:readers?|machines?|terminals?|printers?|index|holders?\s+\d))", r"visa", r"master\s?card", r"amex", r"american\s+express", r"maestro", r"cvc2?", r"cvv2?", r"pan",
        r"card\s+(?:details|payment)", r"cardnumber", r"card_(?:no|num|number)", r"cc\s*(?:" + NUMBER + r"|:)", r"cerdyn(?:\s+\w+)?", r"exp(?:\.|iry|ires?)?(?:\s+date)?", r"long\s+" + NUMBER,
        r"valid\s+(?:thru|to|until|from)",
    ),
    _words(r"paid", r"pay(?:ment|ing)?s?", r"refund\w*", r"charged?", r"stationery", r"order(?:ed)?", r"use\s+(?:this|it|mine|that)"),
)  # fmt: skip
IBAN = Labels(
    "IBAN",
    _words(r"ibans?", r"international\s+bank\s+account"),
    _words(
        r"bank",
        r"account",
        r"bic",
        r"swift",
        r"transfer",
        r"pay(?:ment|ee|able)?",
        r"remit\w*",
        r"supplier",
        r"refund",
    ),
)
SORT_CODE = _words(
    r"sort[\s_-]*(?:ing)?[\s_-]*codes?(?:\s+" + NUMBER + r")?",
    r"s/?c",
    r"s/?\s?code",
    r"sortcode",
    r"srt\s?cd",
    r"cod(?:au)?\s+didoli",
    r"bank\s+code",
    r"scode",
    r"sort(?=\s*[:=#]?\s*$)",
)
ACCOUNT = _words(
    r"a/?c(?:\s*" + NUMBER + r")?", r"acc(?:oun)?t?s?\.?\s*" + NUMBER, r"accounts?", r"acct?\.?", r"account_?(?:no|num|number)", r"(?:rhif\s+)?(?:y\s+)?cyfrif(?:\s+banc)?", r"accno", r"an",
)  # fmt: skip
BANK_SCENE = _words(
    r"bank\w*", r"bacs", r"paid", r"pay(?:ment|ee|able|ing)?s?", r"refund\w*", r"building\s+society", r"barclays", r"lloyds", r"natwest", r"hsbc", r"santander",
    r"halifax", r"nationwide", r"co-?op(?:erative)?", r"tsb", r"monzo", r"starling", r"direct\s+(?:debit|payment)s?", r"standing\s+order", r"remittance",
    r"transfer\w*", r"salary", r"sort\s*code", r"account\s+name", r"talu", r"banc", r"faster\s+payments?", r"deposit\w*", r"reimburse\w*", r"expenses",
    r"supplier", r"details",
)  # fmt: skip
BIRTH = Labels(
    "date of birth",
    _words(r"(?:date|day)[\s/_-]{0,3}of[\s/_-]{0,3}birth", r"d\s?\.?\s?o\s?\.?\s?b\b\.?", r"d/o/b", r"birth[\s_-]*dat(?:e|um)", r"birthday", r"(?:was\s+)?born(?:\s+on)?",
           r"dyddiad\s+geni", r"ganwyd", r"ganed", r"date_of_birth", r"geni", r"b/?d(?:ate|ay)", r"dateofbirth", r"b\.(?=\s*$)"),
    _words(r"aged?"),
)  # fmt: skip

# What a number beside one of these words is: something of an office, a store or a machine, not of a person.
AWAY = _words(
    r"invoices?", r"inv", r"(?:purchase\s+|work\s+|works\s+)?orders?", r"p\.?o\.?", r"assets?", r"tags?", r"drawings?", r"dwgs?", r"parts?", r"serials?", r"s/n", r"sn",
    r"models?", r"products?", r"skus?", r"stock", r"items?", r"catalogues?", r"cat", r"isbn(?:-?1[03])?", r"issn", r"barcodes?", r"eans?", r"upcs?", r"gtins?",
    r"imeis?", r"iccids?", r"sims?", r"imsi", r"tickets?", r"incidents?", r"helpdesk", r"service\s?desk", r"jobs?", r"contracts?", r"tenders?", r"transactions?", r"trans",
    r"vouchers?", r"receipts?", r"planning", r"applications?", r"permits?", r"vrms?", r"vehicles?", r"chassis", r"vins?", r"engines?",
    r"meters?", r"readings?", r"mpans?", r"mprns?", r"uprns?", r"usrns?", r"company", r"companies", r"charity", r"vat", r"grid", r"staff\s+" + NUMBER, r"employee\s+" + NUMBER,
    r"payroll\s+" + NUMBER, r"personnel\s+" + NUMBER, r"badges?", r"rooms?", r"lockers?", r"bookings?", r"folios?", r"ledgers?", r"cost\s*cent(?:re|er)s?", r"tracking", r"consignments?",
    r"parcels?", r"deliver(?:y|ies)", r"despatch", r"tel(?:e?phone)?\.?", r"(?<!by\s)telephones?", r"(?<!by\s)(?<!over\s)(?<!over\sthe\s)phones?", r"fax", r"mob(?:ile)?s?", r"calls?", r"ring", r"ext(?:ension)?\.?", r"helpline", r"hotline", r"meetings?", r"webinars?", r"dial[\s-]?in",
    r"doi", r"versions?", r"builds?", r"commits?", r"error(?:\s+codes?)?", r"firmware", r"batch(?:es)?", r"lots?", r"boilers?", r"bolts?", r"columns?", r"lamp\s?(?:posts?|columns?)", r"crime\s+" + NUMBER, r"crime",
    r"equipment", r"routers?", r"switch(?:es)?", r"printers?", r"laptops?", r"devices?", r"servers?", r"racks?", r"pumps?", r"valves?", r"membership", r"library\s+(?:card|ticket)s?", r"(?:loyalty|gift|store|reward|club|oyster|swipe|access|id|staff)\s?cards?", r"smart\s?cards?", r"bus\s+pass(?:es)?",
    r"fuel\s?cards?", r"(?:premises|personal|alcohol|taxi|street\s+trading|hmo|animal|software|tv|fishing|gambling|music|event|site|scrap\s+metal)\s+licen[cs]es?", r"warranty", r"polic(?:y|ies)\s+" + NUMBER, r"supplier\s+" + NUMBER, r"customer\s+" + NUMBER, r"council\s+tax(?!\s+(?:support|reduction|benefit|claim))", r"business\s+rates?", r"rent\s+account", r"account\s+ref\w*",
    r"anfoneb\w*", r"archeb\w*", r"ffon", r"rhif\s+ffon", r"ased", r"requisitions?", r"grn", r"cheques?", r"docket", r"plans?", r"(?<!pension\s)schemes?", r"sheets?", r"figures?", r"fig", r"tables?", r"licen[cs]e\s+key",
    r"product\s+key", r"activation", r"quotations?", r"sections?", r"spares?", r"postings?", r"journals?", r"gauges?", r"sensors?", r"routes?", r"bus(?:es)?", r"bays?", r"zones?", r"platforms?", r"flights?", r"trains?", r"codes?", r"reg(?:istration)?\s+(?:plates?|" + NUMBER + r")", r"uids?", r"uuid", r"hash", r"timestamps?",
    r"ref(?:erence)?s?", r"case\s+" + NUMBER, r"d-?u-?n-?s", r"crates?", r"box(?:es)?", r"cartons?", r"pallets?", r"containers?", r"shel(?:f|ves)", r"bundles?", r"skips?", r"cages?", r"drums?", r"reels?", r"files?\s+" + NUMBER, r"plots?", r"graves?", r"deeds?", r"accession\s+" + NUMBER, r"lei", r"cpv", r"nuts", r"oin", r"urn", r"foi", r"(?:leisure|skills?|safety|pet|horse|equine|cattle|bee|product|building|learning|arts?|health|sports?|library|play|heritage|volunteer\w*|training)\s+passports?", r"passports?\s+(?:to|scheme)", r"eir", r"population", r"budgets?", r"rows?", r"bytes",
)  # fmt: skip
# A value beside one of these is an example of a form, not a person's.
EXAMPLE = re.compile(
    r"(?:\be\.?\s?g\b\.?|\bfor\s+(?:example|instance)|\bexamples?(?:\s+(?:is|value|number|of|format))?|\bsuch\s+as|\bformat(?:ted)?(?:\s+(?:is|as|of))?|\blooks?\s+like(?:\s+this)?"
    r"|\bplace\s?holder(?:\s+text)?|\bdummy(?:\s+\w+)?|\bfictional|\bmade[\s-]up|\bfake|\bspecimen|\ber\s+enghraifft|\bsample(?:\s+(?:number|value|data|record))?|\bmegis|\bin\s+the\s+form"
    r"|\bexample\s+\w+(?:\s+number)?|\bdocumentation)[\s:,;(\[\"'`*=-]*(?:(?:a|an|the|is|of)\s+)?[\"'`(]*$"
)
_EXAMPLE_AFTER = re.compile(
    r"^[\s\"'`)\]*,;-]*(?:is|are|was)?\s*(?:\(|just|only)?\s*(?:an?\s+|the\s+)?(?:example|dummy|fictional|made[\s-]up|fake|specimen|placeholder|not\s+a\s+real|sample)\b"
)


def example_after(text: str) -> bool:
    """Whether the words that follow a value say that it is only an example."""
    return _EXAMPLE_AFTER.match(text) is not None
