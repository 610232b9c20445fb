"""Whether a PDF that is encrypted opens without a password, as those do that only forbid printing.

The ciphers are written out here because they are needed for this one question, on a few hundred bytes of a file.
"""

from __future__ import annotations

import hashlib
import re

_PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


def opens_without_password(data: bytes) -> bool:
    """Whether the empty user password opens it (ISO 32000-1, 7.6.3, algorithms 2, 4 and 5; ISO 32000-2, 7.6.4, 2.A and 2.B).

    Many ordinary PDFs are “encrypted” only to forbid printing: these are readable and no cause for a note.
    """
    references = [m.group(1) for m in re.finditer(rb"/Encrypt\s+(\d+)\s+\d+\s+R", data)]
    for reference in references[-1:]:
        found = re.search(rb"(?:^|[\r\n\s])" + reference + rb"\s+\d+\s+obj(.{0,4000}?)endobj", data, re.S)
        if not found:
            return False
        body = found.group(1)
        revision = re.search(rb"/R\s+(\d)", body)
        owner, user = _string(body, b"/O"), _string(body, b"/U")
        permission = re.search(rb"/P\s+(-?\d+)", body)
        identity = re.search(rb"/ID\s*\[\s*(<[0-9A-Fa-f\s]*>|\((?:[^()\\]|\\.)*\))", data, re.S)
        if not (revision and owner and user and permission):
            return False
        number = int(revision.group(1))
        if number >= 5:
            salted = hashlib.sha256(user[32:40]).digest()
            return (_hardened(salted) if number >= 6 else salted) == user[:32]
        lengths = [int(n) for n in re.findall(rb"/Length\s+(\d+)", body)]
        bits = max([n for n in lengths if n >= 40] or [40]) if number > 2 else 40
        size = bits // 8 if bits >= 40 else 5
        file_id = _decode(identity.group(1)) if identity else b""
        extra = b"\xff\xff\xff\xff" if number >= 4 and re.search(rb"/EncryptMetadata\s+false", body) else b""
        key = hashlib.md5(
            _PADDING
            + owner[:32]
            + (int(permission.group(1)) & 0xFFFFFFFF).to_bytes(4, "little")
            + file_id
            + extra,
            usedforsecurity=False,
        ).digest()
        if number == 2:
            return _rc4(key[:5], _PADDING) == user[:32]
        for _ in range(50):
            key = hashlib.md5(key[:size], usedforsecurity=False).digest()
        check = _rc4(key[:size], hashlib.md5(_PADDING + file_id, usedforsecurity=False).digest())
        for step in range(1, 20):
            check = _rc4(bytes(b ^ step for b in key[:size]), check)
        return check == user[:16]
    return False


def _string(body: bytes, name: bytes) -> bytes:
    found = re.search(name + rb"\s*(<[0-9A-Fa-f\s]*>|\((?:[^()\\]|\\.)*\))", body, re.S)
    return _decode(found.group(1)) if found else b""


def _decode(token: bytes) -> bytes:
    if token.startswith(b"<"):
        digits = re.sub(rb"[^0-9A-Fa-f]", b"", token)
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
    escapes = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}

    def plain(match: re.Match[bytes]) -> bytes:
        code = match.group(1)
        return bytes([int(code, 8) & 255]) if code[:1].isdigit() else escapes.get(code, code.strip(b"\r\n"))

    return re.sub(rb"\\([0-7]{1,3}|\r\n|.)", plain, token[1:-1], flags=re.S)


def _rc4(key: bytes, data: bytes) -> bytes:
    box = list(range(256))
    j = 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        out.append(byte ^ box[(box[i] + box[j]) % 256])
    return bytes(out)


def _hardened(key: bytes) -> bytes:
    """The hash of revision 6 for an empty password (ISO 32000-2, algorithm 2.B)."""
    number = 0
    while True:
        encrypted = _aes_cbc(key[:16], key[16:32], key * 64)
        kind = sum(encrypted[:16]) % 3
        key = (hashlib.sha256, hashlib.sha384, hashlib.sha512)[kind](encrypted).digest()
        number += 1
        if number >= 64 and encrypted[-1] <= number - 32:
            return key[:32]


def _times_two(byte: int) -> int:
    return ((byte << 1) ^ 0x11B) & 0xFF if byte & 0x80 else byte << 1


def _substitution() -> bytes:
    """The S-box of FIPS 197, 5.1.1, by walking the powers of 3 and of its inverse."""
    box = bytearray(256)
    p = q = 1
    while True:
        p ^= _times_two(p)
        q ^= q << 1
        q ^= q << 2
        q ^= q << 4
        q &= 0xFF
        if q & 0x80:
            q ^= 0x09
        turned = q
        for shift in (1, 2, 3, 4):
            turned ^= ((q << shift) | (q >> (8 - shift))) & 0xFF
        box[p] = turned ^ 0x63
        if p == 1:
            break
    box[0] = 0x63
    return bytes(box)


_BOX = _substitution()
# One word for a byte in each row of the state: substitution and mixing of a column in one look-up.
_MIX = [
    [
        int.from_bytes(bytes(column[-row:] + column[:-row]), "big")
        for column in ([_times_two(s), s, s, _times_two(s) ^ s] for s in _BOX)
    ]
    for row in range(4)
]


def _round_keys(key: bytes) -> list[int]:
    words = [int.from_bytes(key[i : i + 4], "big") for i in range(0, 16, 4)]
    constant = 1
    for index in range(4, 44):
        word = words[-1]
        if index % 4 == 0:
            turned = ((word << 8) | (word >> 24)) & 0xFFFFFFFF
            word = int.from_bytes(bytes(_BOX[b] for b in turned.to_bytes(4, "big")), "big") ^ (constant << 24)
            constant = _times_two(constant)
        words.append(words[-4] ^ word)
    return words


def _aes_cbc(key: bytes, start: bytes, data: bytes) -> bytes:
    """AES-128 in CBC mode without padding (FIPS 197, SP 800-38A); `data` is a whole number of blocks."""
    keys = _round_keys(key)
    m0, m1, m2, m3 = _MIX
    box = _BOX
    last = int.from_bytes(start, "big")
    out = bytearray()
    for place in range(0, len(data), 16):
        block = (int.from_bytes(data[place : place + 16], "big") ^ last).to_bytes(16, "big")
        a, b, c, d = (int.from_bytes(block[i : i + 4], "big") ^ keys[i // 4] for i in (0, 4, 8, 12))
        for r in range(4, 40, 4):
            a, b, c, d = (
                m0[a >> 24] ^ m1[b >> 16 & 255] ^ m2[c >> 8 & 255] ^ m3[d & 255] ^ keys[r],
                m0[b >> 24] ^ m1[c >> 16 & 255] ^ m2[d >> 8 & 255] ^ m3[a & 255] ^ keys[r + 1],
                m0[c >> 24] ^ m1[d >> 16 & 255] ^ m2[a >> 8 & 255] ^ m3[b & 255] ^ keys[r + 2],
                m0[d >> 24] ^ m1[a >> 16 & 255] ^ m2[b >> 8 & 255] ^ m3[c & 255] ^ keys[r + 3],
            )
        last = 0
        for w, x, y, z, k in ((a, b, c, d, 40), (b, c, d, a, 41), (c, d, a, b, 42), (d, a, b, c, 43)):
            word = box[w >> 24] << 24 | box[x >> 16 & 255] << 16 | box[y >> 8 & 255] << 8 | box[z & 255]
            last = last << 32 | (word ^ keys[k])
        out += last.to_bytes(16, "big")
    return bytes(out)
