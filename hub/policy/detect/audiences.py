"""Who can read a text, in the five steps that the policy distinguishes, and how the hub's audience tokens map to them."""

from __future__ import annotations

CLOSED, TEAM, STAFF, PARTNERS, PUBLIC = "closed-group", "team", "all-staff", "partners", "public-read"
NAMES = (CLOSED, TEAM, STAFF, PARTNERS, PUBLIC)
WIDE = frozenset({STAFF, PARTNERS, PUBLIC})


def audience_of(token: str, *, closed: bool = False, partners: bool = False) -> str:
    """The policy's audience for a token of the hub.

    `public` → public-read, `everyone` → partners, `staff` → all-staff, `org:N` → team, `space:N` → team, or closed-group
    when `closed`, or partners when the space has `partners` among its members (that wins); `space:N:editors` and
    `person:N` → closed-group.  Raises ValueError for a token of another form.
    """
    fixed = {"public": PUBLIC, "everyone": PARTNERS, "staff": STAFF}
    if token in fixed:
        return fixed[token]
    parts = token.split(":")
    numbered = len(parts) >= 2 and parts[1].isdecimal()
    if numbered and parts[0] == "org" and len(parts) == 2:
        return TEAM
    if numbered and parts[0] == "person" and len(parts) == 2:
        return CLOSED
    if numbered and parts[0] == "space" and len(parts) <= 3 and (len(parts) == 2 or parts[2]):
        if len(parts) == 3 and parts[2] == "editors":
            return CLOSED
        return PARTNERS if partners else CLOSED if closed else TEAM
    raise ValueError(f"not an audience token: {token!r}")
