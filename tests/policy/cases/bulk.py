"""Texts in which the detector must find a list of contacts or addresses, and nothing else."""

from __future__ import annotations

NAMES = "Ann Bob Cai Deb Eve Fay Gus Hal Ivy Jon Kim".split()
LISTS: list[tuple[str, str]] = [
    (
        "phone_bulk",
        "Emergency contacts for the walk\n"
        + "\n".join(f"{n} 07700 9001{i:02d}" for i, n in enumerate(NAMES)),
    ),
    (
        "phone_bulk",
        "| Tenant | Phone |\n|---|---|\n"
        + "\n".join(f"| {n} | 01632 9602{i:02d} |" for i, n in enumerate(NAMES)),
    ),
    ("phone_bulk", "Volunteers: " + "; ".join(f"{n} (07700 9003{i:02d})" for i, n in enumerate(NAMES))),
    ("phone_bulk", "name,mobile\n" + "\n".join(f"{n},447700900{400 + i}" for i, n in enumerate(NAMES))),
    (
        "phone_bulk",
        "Staff home numbers\n" + "\n".join(f"{n} Lee: 0117 496 0{i + 100}" for i, n in enumerate(NAMES)),
    ),
    (
        "email_bulk",
        "Bcc list: " + ", ".join(f"{n}.x{i}@example.com" for i, n in enumerate(map(str.lower, NAMES))),
    ),
    (
        "email_bulk",
        "Respondents\n"
        + "\n".join(f"{i}. {n}{i}@post.example.org" for i, n in enumerate(map(str.lower, NAMES))),
    ),
    ("email_bulk", "\n".join(f"{n} Lee <{n}.lee@example.net>" for n in map(str.lower, NAMES))),
    ("email_bulk", "email\n" + "\n".join(f'"{n}_lee@example.net"' for n in map(str.lower, NAMES))),
    (
        "address_bulk",
        "Objectors:\n"
        + "\n".join(f"{n} Lee, {i + 3} Mill Lane, Leeds, LS6 {i}BD" for i, n in enumerate(NAMES[:6])),
    ),
    (
        "address_bulk",
        "Name | Address | Postcode\n"
        + "\n".join(f"{n} Lee | {i + 3} Station Road | LS6 {i}BD" for i, n in enumerate(NAMES[:6])),
    ),
    ("address_bulk", "Assisted bins: " + "; ".join(f"{i + 3} Elm Grove LS6 {i}BD" for i in range(7))),
    (
        "address_bulk",
        "Void properties\n"
        + "\n".join(f"Flat {i + 1}, Priory Court, {i + 10} Church Street, CB1 {i}JW" for i in range(6)),
    ),
    (
        "address_bulk",
        "Clients on the meals round\n"
        + "\n".join(f"{i + 1}) Mrs {n}, {i + 3} The Avenue, CF24 {i}DP" for i, n in enumerate(NAMES[:6])),
    ),
    (
        "address_bulk",
        "Garden waste refunds to post:\nAisha Adeyemi, 3 Mill Lane, Cambridge, CB1 1AP\nBeth Brennan, 10 Station Road, Cambridge, CB2 2BQ\nCallum Costa, 17 The Avenue, Cambridge, CB3 3DR\nDaniel Fenwick, 24 Church Street, Cambridge, CB4 4ES\nGrace Hughes, 31 Orchard Way, Cambridge, CB5 5FT\nHelen Iqbal, 38 Elm Grove, Cambridge, CB6 6GU\nKofi Lister, 45 High Street, Cambridge, CB7 7HW\nLeo Macleod, 52 Priory Close, Cambridge, CB8 8JX",
    ),
    (
        "address_bulk",
        "Households to visit this week: 3 Mill Lane, Cambridge CB1 1AP (Adeyemi); 10 Station Road, Cambridge CB2 2BQ (Brennan); 17 The Avenue, Cambridge CB3 3DR (Costa); 24 Church Street, Cambridge CB4 4ES (Fenwick); 31 Orchard Way, Cambridge CB5 5FT (Hughes); 38 Elm Grove, Cambridge CB6 6GU (Iqbal); 45 High Street, Cambridge CB7 7HW (Lister)",
    ),
    (
        "address_bulk",
        "Name|Address|Postcode\nAisha Adeyemi|3 Mill Lane|CB1 1AP\nBeth Brennan|10 Station Road|CB2 2BQ\nCallum Costa|17 The Avenue|CB3 3DR\nDaniel Fenwick|24 Church Street|CB4 4ES\nGrace Hughes|31 Orchard Way|CB5 5FT\nHelen Iqbal|38 Elm Grove|CB6 6GU\nKofi Lister|45 High Street|CB7 7HW\nLeo Macleod|52 Priory Close|CB8 8JX",
    ),
    (
        "address_bulk",
        "Surname,House,Street,Town,Postcode\nAdeyemi,3,Mill Lane,Cambridge,CB1 1AP\nBrennan,10,Station Road,Cambridge,CB2 2BQ\nCosta,17,The Avenue,Cambridge,CB3 3DR\nFenwick,24,Church Street,Cambridge,CB4 4ES\nHughes,31,Orchard Way,Cambridge,CB5 5FT\nIqbal,38,Elm Grove,Cambridge,CB6 6GU\nLister,45,High Street,Cambridge,CB7 7HW\nMacleod,52,Priory Close,Cambridge,CB8 8JX",
    ),
    (
        "email_bulk",
        "Residents who asked to be told:\n- aisha.adeyemi@example.org\n- beth.brennan@example.org\n- callum.costa@example.org\n- daniel.fenwick@example.org\n- grace.hughes@example.org\n- helen.iqbal@example.org\n- kofi.lister@example.org\n- leo.macleod@example.org\n- marta.nowak@example.org\n- nadia.okafor@example.org\n- owen.patel@example.org\n- priya.pryce@example.org",
    ),
    (
        "email_bulk",
        "cc: aisha0@mail.example.com, beth1@mail.example.com, callum2@mail.example.com, daniel3@mail.example.com, grace4@mail.example.com, helen5@mail.example.com, kofi6@mail.example.com, leo7@mail.example.com, marta8@mail.example.com, nadia9@mail.example.com, owen10@mail.example.com, priya11@mail.example.com",
    ),
    (
        "phone_bulk",
        "Carers' group\nAisha: 07700 900100\nBeth: 07700 900101\nCallum: 07700 900102\nDaniel: 07700 900103\nGrace: 07700 900104\nHelen: 07700 900105\nKofi: 07700 900106\nLeo: 07700 900107\nMarta: 07700 900108\nNadia: 07700 900109\nOwen: 07700 900110\nPriya: 07700 900111",
    ),
    (
        "phone_bulk",
        "| Volunteer | Phone |\n|---|---|\n| Aisha Adeyemi | 01632 960100 |\n| Beth Brennan | 01632 960101 |\n| Callum Costa | 01632 960102 |\n| Daniel Fenwick | 01632 960103 |\n| Grace Hughes | 01632 960104 |\n| Helen Iqbal | 01632 960105 |\n| Kofi Lister | 01632 960106 |\n| Leo Macleod | 01632 960107 |\n| Marta Nowak | 01632 960108 |\n| Nadia Okafor | 01632 960109 |\n| Owen Patel | 01632 960110 |\n| Priya Pryce | 01632 960111 |",
    ),
    ("phone_bulk", "\n".join(["{name} {mobile}"] * 11)),
    ("phone_bulk", "Name,Mobile\n" + "\n".join(["{name},{mobile}"] * 14)),
    ("phone_bulk", "Ring round: " + ", ".join(["{name} {mobile}"] * 12)),
    ("phone_bulk", "\n".join(f"Sian Pryce (01632) 960{i}" for i in range(110, 125))),
    ("email_bulk", "\n".join(["{email}"] * 16)),
    ("email_bulk", "To: " + "; ".join(["{name} <{email}>"] * 16)),
    ("email_bulk", "Name | Email\n--- | ---\n" + "\n".join(["{name} | {email}"] * 16)),
    ("email_bulk", " ".join(f"resident{i}&#64;example.com" for i in range(12))),
    ("address_bulk", "\n".join(["{name}, {address}"] * 9)),
    ("address_bulk", "Name\tAddress\n" + "\n".join(["{name}\t{address}"] * 9)),
    ("address_bulk", "\n\n".join(["{name}\n{address}"] * 9).replace(", Cambridge", ",\nCambridge")),
    ("address_bulk", "\n".join(f"Flat {i}, {i + 20} Mill Lane, Leeds LS6 2BD" for i in range(1, 9))),
]
