"""Risky links: number addresses, shorteners, look-alike hosts, disguised targets, unsafe sign-in, unmanaged file hosts."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from functools import lru_cache

import re2

from hub.policy.detect.context import Scene
from hub.policy.detect.hits import Hit, candidates

# Public-sector and national bodies of the United Kingdom; the organisation adds its own.
TRUSTED_HOSTS: tuple[str, ...] = (
    "gov.uk", "nhs.uk", "police.uk", "mod.uk", "parliament.uk", "gov.wales", "llyw.cymru", "gov.scot", "ac.uk", "sch.uk", "gov.im", "gov.je", "gov.gg", "nhs.wales", "nhs.scot", "cymru.nhs.uk", "nics.gov.uk", "senedd.wales", "senedd.cymru", "parliament.scot", "bbc.co.uk",
)  # fmt: skip
_SHORTENERS = frozenset(
    """bit.ly bit.do lnkd.in cutt.us shor.by q.gs v.ht ity.im tinyurl.com goo.gl t.co ow.ly is.gd buff.ly rebrand.ly cutt.ly tiny.cc shorturl.at rb.gy s.id t.ly bl.ink v.gd qr.ae shorte.st adf.ly bc.vc clck.ru u.to x.co soo.gd tr.im su.pr j.mp
    snip.ly short.io shrtco.de chilp.it clicky.me tinyurl.is urlz.fr kutt.it po.st dlvr.it fb.me wp.me trib.al hubs.ly hyperurl.co linktr.ee bitly.com qrco.de lnk.to tny.im rotf.lol shorturl.com dub.sh dub.co cli.gs yourls.org ln.run""".split()
)
_FILE_HOSTS = frozenset(
    """we.tl wetransfer.com mega.nz mega.io mediafire.com sendspace.com zippyshare.com 4shared.com anonfiles.com gofile.io file.io transfer.sh fromsmash.com filemail.com pcloud.com u.pcloud.link dropbox.com db.tt
    1fichier.com rapidgator.net uploadfiles.io ufile.io hightail.com yousendit.com depositfiles.com turbobit.net sendgb.com tmpfiles.org pixeldrain.com catbox.moe swisstransfer.com dropmefiles.com sync.com terabox.com filedropper.com wormhole.app temp.sh 0x0.st pastebin.com
    jumpshare.com transfernow.net sendanywhe.re send-anywhere.com filebin.net justpaste.it ghostbin.com""".split()
)
_URL = re2.compile(
    rb"(?i)(?:https?|ftp|hxxp)://[^\s<>\"'`\x02]{3,}|\b(?:javascript|vbscript):[a-z(]|\bdata:text/html[;,]|\bfile://[^\s<>\"']{3,}"
)
_BARE = re2.compile(
    (
        "(?i)(?:^|[^a-zA-Z0-9@/._-])((?:www\\.)?(?:"
        + "|".join(re.escape(h) for h in sorted(_SHORTENERS | _FILE_HOSTS, key=len, reverse=True))
        + ")/[a-zA-Z0-9_#?=&%/.-]{3,200})"
    ).encode()
)
_MARKDOWN = re2.compile(rb"\[([^\]\n]{4,200})\]\(\s*<?(https?://[^\s)>]{4,})")
_SIGN_IN = re.compile(
    r"(?<![a-z])(?:log-?in|log-?on|sign-?in|sign-?on|signin|auth(?:enticate)?|password|passwd|account|verify|secure|owa|webmail|sso|reset|mfa|portal|bank(?:ing)?|credential\w*|update-?details)(?![a-z])"
)
_PROGRAM = re.compile(r"\.(?:exe|scr|bat|cmd|msi|hta|js|vbs|jar|ps1|apk|lnk|iso|img|pif|com)(?:[?#]|$)")
# In the name that somebody registered (not in a part before it): a known name joined with other words.
_LURE = re.compile(
    r"-gov$|(?:^|-)(?:gov-?uk|g0v-?uk|nhs-?uk|nhs|hmrc|dvla|dwp|counciltax|council-?tax|royalmail|paypa[l1]|hsbc|barclays|lloyds|natwest|santander|halifax)(?:-|$)|^(?:govuk|gov-uk|nhsuk|nhs-uk|hmrc|hmrcgov|dvla|counciltax)(?:[a-z]*(?:refund|rebate|pay|payments?|login|secure|verify|tax|update|claim|support|service|account|online|portal)s?)$"
)
_MICROSOFT = re.compile(
    r"(?:micros[o0]ft|rnicrosoft|office-?365|0ffice|sharepoint|onedrive|outlook|teams|appleid|g[o0]{2}gle|arnazon|amazon)"
)
_BAIT = re.compile(
    r"log-?in|sign-?in|secure|verify|verification|account|update|support|password|auth|refund|alert|portal|mail|online|(?<!one)drive|docs"
)
_OWNERS = (
    "microsoft.com", "microsoftonline.com", "microsoftonline-p.com", "microsoftonline.cn", "microsoftonline.us", "office.com", "office365.com", "sharepoint.com", "sharepointonline.com", "paypal.com", "apple.com",
    "royalmail.com", "hsbc.co.uk", "hsbc.com", "barclays.co.uk", "barclays.com", "lloydsbank.com", "lloydsbank.co.uk", "natwest.com", "live.com", "windows.net", "azure.com", "outlook.com", "github.io", "github.com", "govuk.digital", "x-govuk.org",
    "atlassian.net", "santander.co.uk", "halifax.co.uk", "amazon.co.uk", "amazon.com", "google.com", "googlemail.com", "onmicrosoft.com", "office.net", "amazonaws.com",
)  # fmt: skip
_ALIKE = str.maketrans({"1": "l", "i": "l", "|": "l", "0": "o", "5": "s", "3": "e"})
_DIGIT_FOR_LETTER = str.maketrans({"0": "o", "1": "l", "3": "e", "5": "s", "4": "a"})


def link_risky(scene: Scene, trusted_hosts: tuple[str, ...]) -> Iterator[Hit]:
    """Links worth a second look before somebody clicks; a trusted host is never one."""
    reading = scene.reading
    text = reading.text
    taken: set[int] = set()
    for start, end in candidates(_URL, reading.data, 0):
        url = _trim(text[start:end])
        end = start + len(url)
        low = url.lower()
        if low.startswith("hxxp"):
            continue
        if low.startswith(("javascript", "vbscript", "data", "file")):
            if text[max(0, start - 2) : start] == "](":
                taken.add(start)
                yield _hit(
                    start, end, 0.8, "the address runs code or opens a local file", url, low.split(":")[0]
                )
            continue
        why, confidence = _judge(url, reading.original[slice(*reading.origin(start, end))], trusted_hosts)
        if why:
            taken.add(start)
            yield _hit(start, end, confidence, why, url, host_of(url))
    for start, end in candidates(_MARKDOWN, reading.data, 0):
        match = re.match(r"\[([^\]\n]{4,200})\]\(\s*<?(https?://[^\s)>]{4,})", text[start:end])
        if match is None:
            continue
        place = start + match.start(2)
        shown, target = _shown_host(match.group(1)), host_of(match.group(2))
        if (
            place not in taken
            and shown
            and _trusted(shown, trusted_hosts)
            and not _trusted(target, trusted_hosts)
            and _site(shown) != _site(target)
        ):
            taken.add(place)
            yield _hit(
                place,
                place + len(match.group(2)),
                0.9,
                f"it shows {shown} but leads to {target}",
                match.group(2),
                target,
            )
    for start, end in candidates(_BARE, reading.data):
        address = _trim(text[start:end])
        host = address.split("/")[0].lower().removeprefix("www.")
        if not _trusted(host, trusted_hosts) and len(address) > len(host) + 3:
            kind = (
                "a link shortener hides where it leads"
                if host in _SHORTENERS
                else "an outside file host that nobody here manages"
            )
            yield _hit(start, start + len(address), 0.7, kind, address, host)


def host_of(url: str) -> str:
    """The host of an http address, lower case, without user part and port."""
    rest = url.split("://", 1)[-1]
    authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0].rsplit("@", 1)[-1].lower()
    return (
        authority[: authority.index("]") + 1]
        if authority.startswith("[") and "]" in authority
        else authority.split(":")[0].rstrip(".")
    )


def _trim(url: str) -> str:
    url = url.rstrip(".,;:!?*_~'\"]}|\\")
    while url.endswith(")") and url.count("(") < url.count(")"):
        url = url[:-1].rstrip(".,;:")
    if ")" in url and "(" not in url:
        url = url[: url.index(")")]
    return url


def _trusted(host: str, trusted_hosts: tuple[str, ...]) -> bool:
    return f".{host}".endswith(_dotted(trusted_hosts))


@lru_cache(maxsize=32)
def _dotted(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f".{name}" for name in names)


def _site(host: str) -> str:
    return ".".join(host.removeprefix("www.").split(".")[-2:])


def _registered(host: str) -> str:
    """The one label that its owner registered: `hmrc-refund` of www.hmrc-refund.co.uk."""
    labels = host.split(".")
    if len(labels) >= 3 and ".".join(labels[-2:]) in ("uk.com", "uk.net", "gb.net", "eu.com"):
        return labels[-3]
    public = (
        2
        if len(labels) >= 3
        and labels[-2] in ("co", "org", "com", "gov", "net", "ac", "me", "ltd")
        and len(labels[-1]) == 2
        else 1
    )
    return labels[-public - 1] if len(labels) > public else labels[0]


def _shown_host(label: str) -> str:
    """The host that a link's text shows, when the text is an address and nothing else."""
    match = re.fullmatch(
        r"\s*(?:https?://|www\.)((?:[a-z0-9-]+\.)+[a-z]{2,})(?:[/?#]\S*)?\s*|\s*((?:[a-z0-9-]+\.){2,}[a-z]{2,})(?:/\S*)?\s*",
        label.lower(),
    )
    return (match.group(1) or match.group(2)) if match else ""


def _judge(url: str, written: str, trusted_hosts: tuple[str, ...]) -> tuple[str, float]:
    low = url.lower()
    host = host_of(url)
    path = re.sub(r"^[a-z]+://[^/?#]*", "", low)
    if not host or (any(c in url for c in "{}$<>") and re.search(r"[{}$<>]", host)):
        return "", 0.0
    authority = re.split(r"[/?#]", low.split("://", 1)[1], maxsplit=1)[0]
    if (
        "@" in authority
        and ":" not in authority.rsplit("@", 1)[0]
        and "." in authority.rsplit("@", 1)[0]
        and not _trusted(host, trusted_hosts)
    ):
        return f"what looks like the site's name is only a user name; it leads to {host}", 0.9
    written_host = re.split(r"[/?#]", written.split("://", 1)[-1], maxsplit=1)[0]
    if any(c.isalpha() and not c.isascii() for c in written_host):
        return "the host's name uses letters of another alphabet", 0.9
    number = _number_host(host)
    if number is not None:
        return ("the address is a bare number instead of a name", 0.9) if number else ("", 0.0)
    if _trusted(host, trusted_hosts):
        return "", 0.0
    if any(label.startswith("xn--") for label in host.split(".")):
        return "the host's name uses letters of another alphabet", 0.8
    bare_host = host.removeprefix("www.")
    if (
        bare_host in _SHORTENERS
        and len(path) > 2
        and not (bare_host == "goo.gl" and path.startswith(("/maps", "/forms")))
    ):
        return "a link shortener hides where it leads", 0.85
    if (
        (
            bare_host in _FILE_HOSTS
            or any(
                bare_host.endswith("." + h)
                for h in ("wetransfer.com", "dropbox.com", "mega.nz", "mediafire.com")
            )
        )
        and len(path) > 4
        and not re.match(
            r"/(?:help|en|gb|about|features|business|legal|terms|privacy|security|developers?|install|support|plans|api)\b",
            path,
        )
    ):
        return "an outside file host that nobody here manages", 0.8
    if not _trusted(host, _OWNERS) and not host.endswith((".local", ".internal")):
        for name in trusted_hosts:
            if "." in name and len(name) >= 6 and f".{name}." in f".{host}":
                return f"{name} stands inside a host that is not its own", 0.95
        if re.search(r"(?:^|\.)(?:gov|nhs|police)\.(?:uk|wales|scot)-", host):
            return "it begins like a public body's name and belongs to somebody else", 0.9
        registered = _registered(host)
        if _LURE.search(registered) and (
            "-" in registered or _BAIT.search(registered) or _SIGN_IN.search(path)
        ):
            return "the host's name imitates a known one", 0.8
        if any(
            _MICROSOFT.search(part) and _BAIT.search(part) and "-" in part for part in host.split(".")[:-1]
        ):
            return "the host's name imitates a known one", 0.8
        if (
            _MICROSOFT.search(registered)
            and _BAIT.search(registered)
            and ("-" in registered or re.search(r"\d", registered))
        ):
            return "the host's name imitates a known one", 0.8
        imitated = _imitated(host)
        if imitated:
            return imitated, 0.9
        plain = host.translate(_DIGIT_FOR_LETTER)
        if plain != host and (_trusted(plain, trusted_hosts) or _trusted(plain, _OWNERS)):
            return "a digit stands for a letter in the host's name", 0.9
    return _without_encryption(low, host, path)


def _without_encryption(low: str, host: str, path: str) -> tuple[str, float]:
    if (
        low.startswith("http://")
        and "." in host
        and _SIGN_IN.search(path[:200])
        and not re.search(
            r"localhost|\.local\b|\.test$|\.dev$|^(?:www\.|my\.?|your\.?|[a-z]\.|foo\.|api\.|app\.|site\.|service\.|idp\.|sp\.|auth\.|login\.)?example\.(?:com|org|net)",
            host,
        )
        and _asks_sign_in(path)
    ):
        return "a sign-in page without encryption", 0.7
    if (
        _PROGRAM.search(path.split("?")[0][-8:])
        and low.startswith("http://")
        and not host.endswith((".microsoft.com", "example.com"))
    ) and re.search(r"\.(?:exe|scr|bat|cmd|msi|hta|vbs|ps1|apk|lnk|pif)$", path.split("?")[0]):
        return "a program to download without encryption", 0.7
    return "", 0.0


def _asks_sign_in(path: str) -> bool:
    first = path.split("?")[0]
    return (
        re.search(
            r"(?:^|/)(?:[a-z]*(?:log-?in|log-?on|sign-?in|sign-?on)|owa|webmail|sso|verify(?:-\w+)?|(?:reset-?)?password)(?:[./]|$)",
            first,
        )
        is not None
    )


def _imitated(host: str) -> str:
    """Why a host that belongs to none of the known owners looks like one of them, or nothing."""
    drawn = _drawn(host)
    for name in _OWNERS:
        likeness = _drawn(name)
        if f".{likeness}." in f".{drawn}":
            return f"{name} stands inside a host that is not its own"
        if f".{drawn}".endswith(f".{likeness}"):
            return f"it is drawn like {name} and is another name"
    return ""


def _drawn(host: str) -> str:
    """A host with the letters that are drawn alike made one: `microsoftonIine`, `rnicrosoft`, `paypa1`."""
    return host.translate(_ALIKE).replace("rn", "m").replace("vv", "w")


def _number_host(host: str) -> bool | None:
    """True for a public number address, False for a private or loopback one, None for a name."""
    try:
        if host.startswith("["):
            address: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(host.strip("[]"))
        elif re.fullmatch(r"\d{8,10}", host) and int(host) < 2**32:
            address = ipaddress.ip_address(int(host))
        elif re.fullmatch(r"0x[0-9a-f]{1,8}", host):
            address = ipaddress.ip_address(int(host, 16))
        elif re.fullmatch(r"[0-9.]+", host):
            address = ipaddress.ip_address(host)
        else:
            return None
    except ValueError:
        return None
    documentation = any(address in net for net in _DOCUMENTATION if net.version == address.version)
    return documentation or not (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_unspecified
        or address.is_multicast
    )


# RFC 5737 keeps these for documentation; a link to one is still a link to a bare number.
_DOCUMENTATION = tuple(
    ipaddress.ip_network(n) for n in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)


def _hit(start: int, end: int, confidence: float, why: str, url: str, host: str) -> Hit:
    return Hit("link_risky", start, end, confidence, why, url, host[:60])
