"""Abusive words and threats.

Word lists find about one abusive post in ten; members' reports are the real detector.  So this rule only nudges, and it
is built to be seldom wrong: strong words count wherever they are used, insults only when aimed at somebody, and neither
when they are quoted, reported or discussed.  Lists are token sets; a text without a listed token costs one set look-up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import re2

from hub.policy.detect.context import Scene
from hub.policy.detect.hits import MAX_CANDIDATES, Hit, candidates

# Wrong in a council's intranet however they are used (obscenities and slurs without an innocent sense).
STRONG = frozenset(
    """fuck fucks fucked fucker fuckers fucking fuckin fuckwit fuckwits fuckup motherfucker motherfuckers motherfucking fck fcking fuk fuking wtf stfu gtfo
    shit shits shitty shite shithead shithole shitshow shitstorm bullshit bullshitter bullshitting horseshit dipshit batshit bollocks bollox
    cunt cunts twat twats wanker wankers wank wanking tosser tossers arsehole arseholes asshole assholes dickhead dickheads knobhead knobheads bellend bellends shitbag shitbags
    bitch bitches bitching bastard bastards slut sluts whore whores slag slags slapper minger skank gobshite arsewipe ballbag douchebag scumbag scumbags prick pricks
    nigger niggers nigga wog wogs paki pakis chinky gook kike yid raghead ragheads towelhead pikey pikeys gyppo gyppos gypo gypos faggot faggots poof poofs poofter tranny trannies
    retard retards retarded spaz spazz spastic spastics mong mongs cripple shemale coconut halfcaste jizz fyck fycking fvck fvcking fcuk fcuking phuck phucking biatch beeyatch cnut cnuts azzhole arsewit knobber cocksucker bugger pisshead pissoff""".split()
)
# Strong words that also have an innocent sense: counted only when aimed at somebody.
_AIMED_ONLY = frozenset(
    "slag slags prick pricks spastic spastics bitches bitching cripple coconut faggots bugger wank mong mongs bastard bastards bitch retard retards skank twat yid slapper whore whores bollocks minger retarded".split()
)
_INSULT = (
    r"(?:idiots?|morons?|imbeciles?|cretins?|clowns?|muppets?|pillocks?|prats?|plonkers?|numpt(?:y|ies)|half-?wits?|dim-?wits?|nit-?wits?|dunces?|buffoons?|losers?|scum|vermin|parasites?|cockroach(?:es)?|liars?|"
    r"cow|cows|pigs?|bitch(?:es)?|bastards?|hag|witch|slag|tart|fools?|jokers?|jerks?|weirdos?|psychos?|nutters?|nutjobs?|freaks?|perverts?|creeps?|cowards?|trolls?|snakes?|rats?|weasels?|thick(?:o|ies|head)s?|airheads?|knobs?|dicks?|pricks?|twats?|cunts?|wankers?|"
    r"retards?|spastics?|mongs?|cripples?|nazis?|fascists?|sods?|git|gits|gimps?|wimps?|lowlifes?|pond\s?life|dinosaurs?|simpletons?|ignoramus|wretch|trash|garbage|filth|mugs?|berks?|wallys?|wallies|div|divs|dopes?|dummy|dummies|jackass(?:es)?|donkeys?)"
)
_ADJECTIVE = (
    r"(?:stupid|useless|lazy|fat|ugly|pathetic|worthless|incompetent|bloody|fucking|f\*+ing|thick|dumb|brainless|spineless|gutless|clueless|ignorant|arrogant|lying|two-faced|nasty|vile|disgusting|dirty|filthy|miserable|moronic|idiotic|silly old|old|mad|crazy|total|complete|utter|absolute|proper|right|prize|first-class|grade-a|"
    r"sad|little|jumped[- ]up|smug|evil|rotten|sneaky|slimy|selfish|ridiculous|effing|sodding|frigging|daft|bunch of|load of|pack of|set of|shower of|gang of)"
)
_MILD_NOUN = r"(?:cow|cows|pigs?|witch|hag|tart|rats?|snakes?|trolls?|donkeys?|dinosaurs?|witches|mugs?|trash|garbage|knobs?|dicks?|sods?|jokers?|trolls?|fools?|dummy|dummies|losers?|freaks?|cowards?|creeps?)"
_INSULTING = r"(?:stupid|useless|lazy|fat|ugly|pathetic|worthless|thick|dumb|brainless|spineless|gutless|lying|two-faced|vile|disgusting|dirty|filthy|moronic|idiotic|bloody|fucking|silly old|jumped[- ]up|slimy|miserable|effing|sodding|clueless|incompetent|evil|nasty|smug|ignorant|arrogant)"
_UNLESS = "<unless>"


def _compiled(sources: tuple[str, ...]) -> list[tuple[Any, re.Pattern[str] | None]]:
    """Each pattern for re2 with, after UNLESS, what must not follow it (re2 has no look-ahead)."""
    pairs = []
    for source in sources:
        body, _, veto = source.partition(_UNLESS)
        pairs.append((re2.compile(body.encode()), re.compile(veto) if veto else None))
    return pairs


_YOU = r"(?:you|u|ya)"
_BE = r"(?: (?:are|r|were|is|was)\b|'re|'s)"
_WHO = r"(?:he|she|they|that (?:man|woman|bloke|lot|team|department)|the (?:manager|boss|chief|head|director|leader|councillor)|[a-z]{3,12})"
_INTENSE = (
    r"(?:such |just |all |really |nothing but |all just |clearly |obviously |still )?(?:an? |the |some )?(?:(?:bunch|load|pack|set|shower|gang) of )?(?:"
    + _ADJECTIVE
    + r",? (?:and )?){0,3}"
)
_AIMED = _compiled(
    (
        r"\b" + _YOU + r"(?: (?:lot|people|two|guys|all))?" + _BE + r" " + _INTENSE + _INSULT + r"\b",
        r"\b(?:you|ya) (?:(?:absolute|complete|total|utter|fucking|bloody|stupid|useless|pathetic|little|lazy|lying|thick|fat|ugly|dirty|silly|old|daft|ignorant|arrogant|sad|nasty|filthy|brainless|spineless|miserable|mad|evil|ungrateful|selfish|smug) ){1,3}"
        + _INSULT
        + r"\b",
        r"\byou "
        r"(?:idiot|moron|imbecile|cretin|muppet|pillock|prat|plonker|halfwit|half-wit|dimwit|liar|coward|loser|scum|fool|clown|git|bitch|bastard|prick|twat|retard|pig|cow|nazi|pervert|creep|freak|snake|rat)s?\b"
        + _UNLESS
        + r" (?:and|sheds?|traps?|tails?|pens?)\b",
        r"\b"
        + _INSULTING
        + r",? (?:(?:and |old |little |fat |lazy |stupid )*)"
        + _INSULT
        + r"\b"
        + _UNLESS
        + r" (?:traps?|sheds?|pens?|problem|control|infestation|guide|proof|s? in the)",
        r"\b(?:these|those|what|such|bunch of|load of|shower of|pack of|gang of|a right|an? (?:complete|total|utter|absolute|proper|right|real|bloody)|complete|total|utter|absolute|fucking|bloody) (?:a |an )?(?:"
        + _ADJECTIVE
        + r" )?(?:idiots?|morons?|imbeciles?|cretins?|clowns?|muppets?|pillocks?|prats?|plonkers?|numpty|numpties|half-?wits?|dim-?wits?|buffoons?|scum|vermin|liars?|bastards?|bitch(?:es)?|wankers?|twats?|pricks?|morons|retards?|parasites?|nutters?|nutjobs?|bellends?)\b"
        + _UNLESS
        + r" (?:from the|at the|and jugglers|will visit|in the circus|doctors?|fish)",
        r"\b"
        + _WHO
        + _BE
        + r" (?:such |just |really )?(?:an? |the )?(?:"
        + _ADJECTIVE
        + r" ){0,2}(?:idiots?|morons?|imbeciles?|cretins?|muppets?|pillocks?|prats?|plonkers?|numpty|half-?wits?|dim-?wits?|scum|vermin|liars?|bastards?|bitch(?:es)?|pricks?|twats?|retards?|slags?|nutters?|lowlifes?|nutjobs?|waste of (?:space|skin|oxygen))\b",
        r"(?:^|[.!?,;:(\"'-] ?|\n ?|\b(?:you|just|please|should|must|better|needs? to|told to|oh|now|(?:tell|told|make|want) (?:him|her|them|you|that \w+) to) )shut (?:the \w+ )?up\b,?(?: (?:you|now|and)\b.{0,25})?"
        + _UNLESS
        + r" (?:shop|the shop|early|for the|[a-z ]{0,20}(?:warnings?|messages?|compiler|gcc|clang|lintian))",
        r"\bshut (?:the \w+ up|(?:your|yer) (?:[a-z]+ )?(?:mouth|face|gob|trap|cakehole|pie ?hole))\b,?(?: (?:you|now|and)\b.{0,25})?"
        + _UNLESS
        + r" (?:shop|the shop|early|for the)",
        r"\b(?:go to hell|rot in hell|piss(?:ed)? off|sod off|bugger off|naff off|get stuffed|shove it up (?:your|his|her|their)|up yours|screw you|bite me|eat shit|go and die|hope you (?:die|rot|choke|get cancer))\b",
        r"\bdrop dead\b" + _UNLESS + r" (?:code|date|gorgeous|zero|\w+ code)",
        r"\b(?:you|he|she|they|who|manager|councillor|boss|that \w+|this \w+)(?: are| is| was| were|'re|'s)? (?:all |just )?(?:an? )?(?:complete |total |utter |absolute |bloody )*waste of (?:space|skin|oxygen|a salary|a desk)\b|\b(?:complete|total|utter|absolute|what an?|such an?) waste of (?:space|skin|oxygen)\b|\b(?:are|is|was|were|you're|they're|he's|she's|who's|you) (?:all |just |completely |totally |a |bloody )*brain[- ]dead\b|\bbrain[- ]dead (?:idiots?|morons?|lot|managers?|people|staff|fools?|council\w*|officers?|clowns?|muppets?)\b",
        r"\b(?:oxygen thief|not fit to (?:clean|run a)|thick as (?:mince|two short planks|pig)|too (?:stupid|thick|dumb) to|(?:nobody|no one|no-one|everyone|everybody) (?:here )?(?:likes|hates|despises|can'?t stand) (?:you|her|him)\b)",
        r"\b(?:stop being|don't be|quit being|are being|is being|such) (?:such )?(?:an? )?(?:total |complete |stupid |little |absolute )?(?:dick|prick|twat|knob|cow|bitch|arse|idiot|moron|bastard|tosser|wanker|muppet)\b",
        r"\b(?:pathetic|useless|stupid|nasty|horrible|vile|sad|jumped[- ]up|smug|slimy) little (?:man|woman|person|creep|shit|weasel|toad|boy|girl|worm)\b",
        r"\b(?:go|get) back (?:to (?:where|your (?:own )?country)|home)(?: (?:you (?:came|come) from|where you belong))?\b",
        r"\b(?:your|her|his) (?:ugly|fat|stupid) (?:face|mouth|head|arse|backside)\b",
        r"\b(?:pathetic|sorry|poor|miserable|useless|disgusting) excuse for an? (?:man|woman|human|person|manager|leader|boss|officer|councillor|director|father|mother)\b",
        r"\byou (?:make|made) me sick\b|\byou (?:disgust|sicken) me\b|\byou should be ashamed of yourself\b|\byou people are\b (?:pathetic|useless|scum|disgusting|all the same|thick|stupid|vermin)",
        r"\b(?:you|he|she|they)(?: are|'re| is|'s) (?:all |so |just |too |completely |totally |utterly |absolutely |fucking |bloody )*(?:pathetic|worthless|thick|disgusting|brainless|spineless|braindead|fucking useless|useless and (?:lazy|stupid)|stupid|a disgrace|a joke|a waste of (?:space|money))\b"
        + _UNLESS
        + r" (?:enough|as in)",
        r"(?: is| are| was| were|'s|'re)(?: [a-z]+,?){0,3} (?:twats?|pricks?|bastards?|bitch(?:es)?|retards?|slags?|cretins?|imbeciles?|morons?|half-?wits?|spastics?|mongs?|lowlifes?|scum|pillocks?|plonkers?|numpt(?:y|ies))\b"
        + _UNLESS
        + r" (?:to|of a (?:job|thing|hill|week|day))\b",
        # "another retard from the agency", "the old hag on reception": somebody there, though not to their face.
        r"\b(?:another|what an?|some|typical|usual|that|this|these|those|the (?:same|usual|resident|office)|full of|staffed by|run by|surrounded by) (?:[a-z]+ )?(?:retards?|morons?|cretins?|imbeciles?|half-?wits?|bastards?|pricks?|twats?|wankers?|spastics?|mongs?|bitch(?:es)?|slags?|scumbags?|dickheads?|arseholes?|pillocks?|muppets?|numpt(?:y|ies)|plonkers?|prats?) (?:from|in|at|on|of a|over|running|who|again|upstairs|downstairs|next|down|behind|works?|sits?)\b",
        r"\b(?:the|that|this|some|a) (?:(?:old|silly|stupid|fat|ugly|miserable|nosy|bossy|daft|moaning|dozy|mad|lazy|rude|nasty|bloody) )+(?:hag|cow|bag|bat|trout|git|witch|battleaxe|sow|mare|biddy|crone|goat|fart|sod|bugger|bint|tart|lump)\b"
        + _UNLESS
        + r" (?:pen|shed|trap|house|box|bridge|lane|road|and (?:calf|calves|pony|foal)|parsley|elm|willow|field|barn)",
        r"\bwhat (?:kind|sort|type) of (?:an? )?(?:[a-z]+ )?"
        + _INSULT
        + r" (?:are|is|was|would|does|do) (?:you|u|he|she|they|that|this)\b",
        r"\b"
        + _INSULT
        + r" like (?:you|him|her|them|that|this lot|u)\b"
        + _UNLESS
        + r" (?:to|know|see|because)",
        r"\b(?:cau dy (?:geg|ben)|cer i grafu|dos i grafu|y (?:bastard|cont|twpsyn|diawl|gast|cachgi|mochyn|hwch|ffwl)(?: (?:twp|dwl|diog|tew|gwirion|hurt|hyll|bach|uffern|budr|brwnt))?|bastard (?:twp|dwl|diog|tew|gwirion|bach)|coc oen|pen ?(?:pidyn|dafad|rwd|coc)|wyt ti'?n (?:dwp|dwl|ddiog|hyll|dew|wirion)|rwyt ti'?n (?:dwp|dwl|ddiog|hyll|dew|wirion)|ti'?n (?:dwp|dwl|ddiog|hyll|dew|wirion)|twpsyn(?:nod)?|ffwc(?:io|in|ing|ar|ed)?|llanast o ddyn|dos o'?ma'?r)\b",
        r"\bload of (?:old )?(?:bollocks|bullshit|shit|crap)\b|\bcrock of shit\b|\btalk(?:ing)? (?:out of (?:your|his|her) arse|shit|crap|bollocks)\b|\bpiss[- ]?(?:poor|take|artist|up)\b|\btaking the piss\b|\bpissed me off\b|\bkiss my arse\b|\bpain in the arse\b|\bmy arse\b|\bhalf-?arsed\b",
        r"\b(?:dirty|filthy|bloody|fucking|stupid) (?:gyps(?:y|ies)|immigrants?|foreigners?|muslims?|jews?|blacks|poles|romanians|travellers|tinkers|gays|lesbians|queers|women|scroungers?|asians|africans|catholics|protestants|christians|disabled)\b",
    )
)
_PERSON = r"(?:you|him|her|them|u|ya|your|his|their|the (?:bastard|bitch|lot of (?:you|them)|manager|councillor|director|boss)|(?:that|this) (?:man|woman|bastard|bitch|idiot|manager|councillor)|[a-z]+'s)"
_INTENT = r"(?:i|we|he|she|they|my (?:brother|mates?|husband|dad)|someone|somebody|one day i|i swear i)(?:'ll| will| am going to|'m going to| are going to|'re going to|'m gonna| gonna| am gonna|'d like to| would like to| want to| swear (?:i'll|to god i'll)| could| might just|'ll have to| should)"
_THREATS = _compiled(
    (
        r"\b"
        + _INTENT
        + r" (?:(?:just|fucking|bloody|personally|really|happily|gladly|definitely|so|come (?:down )?(?:there |round )?and|come over and|find (?:you|him|her|them) and) )*(?:smash|kill|murder|hurt|stab|shoot|punch|strangle|throttle|batter|slap|break|burn|knife|bash|beat (?:up)?|thump|kick|headbutt|hit|destroy|ruin|end|do) (?:up |out )?"
        + _PERSON
        + r"\b(?:(?: own)? (?:face|head|neck|legs?|arms?|teeth|skull|nose|jaw|fingers|kneecaps|house|car|life|career|in|up|for (?:this|that|good)|to death|down|dead)\b(?: in| off| up)?)?"
        + _UNLESS
        + r" (?:an? (?:line|e-?mail|note|message|copy|favour|quick)|know|a lift|over to|out of the park|on price|hand|to it|proud)",
        r"\b(?:i|we)(?:'ll| will| am going to|'m going to|'m gonna) (?:knock|kick|smash|punch|rip|tear|cut|blow) (?:your|his|her|their|you|him|her|them)\b.{0,12}\b(?:out|off|in|head|block|teeth|throat|brains?|face|down)\b",
        r"\b(?:you'?re|you are|he'?s|she'?s|they'?re) (?:a )?(?:dead|dead (?:man|meat|woman)|going to (?:die|pay for this|get (?:hurt|what'?s coming)|regret (?:this|it)))\b"
        + _UNLESS
        + r" (?:right|wrong|on|end|good|set|against|sure|easy|slow|keen|tired|pleased|chuffed|proud)",
        r"\byou(?:'ll| will) (?:regret (?:this|it|that|the day)|be sorry|pay for (?:this|that|it)|wish you|get what'?s coming|not (?:live|leave here))\b|\b(?:you|he|she|they)(?:'ll| will) get what'?s coming\b|\bgot it coming\b"
        + _UNLESS
        + r" to (?:miss|hear|see|learn|read|find)",
        r"\b(?:come (?:round|down|over|there|and find you)(?: there)? and|find you and) (?:sort|do|have) (?:you|him|her|them)\b|\bwatch your (?:back|step)\b|\b(?:i|we) know where (?:you|he|she|they|your (?:kids|family|children)) (?:live|lives|park|work|go)\b|\bsleep with one eye open\b|\b(?:i|we)(?:'ll| will) be waiting for (?:you|him|her) (?:outside|in the car park|after)\b|\bmeet me outside\b|\bcoming for you\b",
        r"\b(?:kill|hang|top) yourself\b|\bshoot yourself\b(?: (?:you|now|and))|\bkys\b|\bgo (?:and )?(?:die|hang yourself|kill yourself|jump (?:off|under))\b|\bjump (?:off a (?:bridge|cliff)|under a (?:bus|train))\b",
        r"\b(?:you|he|she|they|that (?:lot|man|woman|manager)|the (?:lot of them|whole lot)|all of (?:you|them)|people like (?:you|that|him|her)|these people|managers|councillors|planners) (?:all )?(?:should|ought to|needs? to|needs?|want|deserves? to|deserves?) (?:be )?(?:all )?(?:shot|hanged|hung|strung up|killed|die|beaten(?: up)?|a (?:good )?(?:kicking|beating|slap|hiding|smack(?: in the (?:mouth|face))?|punch(?: in the (?:face|mouth))?|bullet)|punched|slapped|knifed|stabbed|burnt|put down|put up against a wall)\b"
        + _UNLESS
        + r" (?:first|blasted|on|in|from|with|at|through|peened|by the|lead|for the)\b",
        r"\b(?:someone|somebody) (?:should|ought to|needs to|is going to|will) (?:shoot|kill|stab|punch|slap|thump|batter|hurt|burn|smack|knock|sort) (?:him|her|them|you|that|this|the)\b",
        r"\bi (?:swear )?(?:hope|wish) (?:you|he|she|they|someone)(?:'ll| will| would)? (?:dies?|burns?|gets? (?:hurt|cancer|run over|stabbed|shot)|drops? dead|hurts? (?:you|him|her|them))\b",
        r"\b(?:burn|blow|bomb|torch|shoot)(?:ing)? (?:down |up )?(?:the|this|your|that) (?:office|building|house|council|town hall|place|car|depot)(?: down| up)?\b",
        r"\bbring (?:a|my) (?:knife|gun|bat|shotgun|machete) (?:in|to)\b|\bput (?:you|him|her|them) in (?:hospital|the ground|a wheelchair|a box)\b|\b(?:slit|cut) (?:your|his|her|their) throat\b|\bbreak (?:your|his|her|their) (?:legs|neck|fingers|jaw)\b",
    )
)
# Tokens without which no aimed insult and no threat can match: the gate before the patterns run.
_GATE = frozenset(
    """idiot idiots moron morons imbecile imbeciles cretin cretins clown clowns muppet muppets pillock pillocks prat prats plonker plonkers numpty numpties halfwit halfwits half-wit dimwit dimwits nitwit buffoon buffoons
    scum vermin parasite parasites cow cows pig pigs hag witch tart liar liars fool fools joker jokers jerk jerks weirdo psycho nutter nutters nutjob freak pervert creep coward cowards troll snake rat rats weasel thick thicko thickhead
    airhead knob dick dicks git gits lowlife pondlife simpleton wretch trash garbage filth mug berk wally dope dummy dunce dunces sods sod loser losers nazi nazis fascist fascists dinosaur dinosaurs donkey donkeys jackass cockroach cockroaches
    shut hell piss pissed naff stuffed screw waste oxygen brain-dead braindead brain pathetic worthless brainless spineless disgusting stupid useless dumb ugly fat nobody despises hates sick disgust sicken ashamed arse crap arsed half-arsed
    cancer hurts retard retards bastard bastards bitch bitches prick pricks twat twats wanker wankers slag slags hag bag bat trout sow mare biddy crone goat fart bint lump battleaxe cau grafu twpsyn ffwc ffwcio ffwcin diawl cachgi hwch oen dwp dwl ddiog twp
    dirty filthy smash kill murder hurt stab shoot punch strangle throttle batter slap break burn knife bash beat thump kick headbutt hit knock rip cut blow dead die regret sorry pay coming watch live lives park waiting
    outside kys hang jump shot hanged hung strung beaten kicking beating bullet bomb torch gun bat shotgun machete hospital throat legs neck die burns disgrace joke drop rot back bugger destroy ruin end dies top""".split()
)
_TOKEN = re.compile(r"[a-z]+(?:-[a-z]+)?")
_DISGUISED = re2.compile(rb"(?:^|[^a-z0-9@$!*#.&/_=%+-])([a-z@$|][a-z@$|]*[0-9@$!*#|][a-z0-9@$!*#|]*)")
_SPACED = re2.compile(rb"(?:^|[^a-z0-9])([a-z](?:[ .*_-][a-z]){2,11})(?:$|[^a-z0-9])")
_LEET = str.maketrans(
    {
        "0": "o",
        "1": "i",
        "3": "e",
        "4": "a",
        "5": "s",
        "7": "t",
        "@": "a",
        "$": "s",
        "!": "i",
        "|": "i",
        "+": "t",
    }
)
_QUOTED_TALK = re.compile(
    r"\b(?:words?|terms?|phrases?|language|expressions?|comments?|insults?|slurs?|slang|name-calling|names?)\s+(?:such as|like|including)\b|\b(?:said|says|saying|called|calls|calling|shouted|yelled|screamed|wrote|written|writes|writing|told|used|using|alleged\w*|reported\w*|complain\w*|graffiti|sworn|swore|quote[ds]?|quoting|statement|"
    r"described|referred to|offensive|unacceptable|never acceptable|not acceptable|derogatory|racist|abusive|swear(?:ing)?|profanit\w+|bullying|harassment|dignity at work|disciplinary|etymology|means|meaning|title[d]?|novel|film|song|play|book|witness|victim|heard|racially|transcript|abuse)\b"
)
_REPORTED = re.compile(
    r"\b(?:called|calls|calling|call|name|named|labell?ed|described|referred to)\s+(?:him|her|them|me|us|you|it|staff|officers|a colleague|colleagues|the \w+|[a-z]+|my \w+|his \w+|her \w+)\s+(?:as\s+)?(?:an?\s+|the\s+)?[\"']?(?:\w+\s+){0,2}$|\b(?:was|were|been|being|get|got|getting)\s+called\s+(?:an?\s+)?[\"']?(?:\w+\s+){0,2}$|\b(?:residents?|callers?|customers?|complainants?|tenants?|witness(?:es)?|public|claimants?|applicants?) (?:wrote|said|says|claim(?:ed|s)|complain(?:ed|s)|alleg(?:ed|es)|stated|told us)(?: that)?\b[^.;\n]{0,40}$|\bthe (?:word|term|phrase|insult|slur)\s+[\"']?$|\bused the (?:word|term)s?\b"
)
_DOGS = re.compile(
    r"\b(?:dog|dogs|puppy|puppies|spay\w*|kennel\w*|terrier|labrador|breed\w*|litter|whelp\w*|in season|collie|spaniel|lurcher|pedigree|microchip\w*|stray)\b"
)


def abuse(scene: Scene) -> Iterator[Hit]:
    """Abusive words, and (topic `threat`) threats of harm."""
    low = scene.reading.low
    tokens = set(_TOKEN.findall(low))
    taken: list[tuple[int, int]] = []
    for hit in _all(scene, low, tokens):
        if not any(a < hit.end and hit.start < b for a, b in taken[-300:]):
            taken.append((hit.start, hit.end))
            yield hit


def _all(scene: Scene, low: str, tokens: set[str]) -> Iterator[Hit]:
    data = scene.reading.low_data
    plainly = _plain(scene)
    if plainly is not None:
        data, tokens = plainly, tokens | set(_TOKEN.findall(plainly.decode("ascii", "replace")))
    if tokens & _GATE or tokens & STRONG:
        for patterns, confidence, why, topic in (
            (_THREATS, 0.8, "the words threaten harm", "threat"),
            (_AIMED, 0.75, "an insult is aimed at somebody", ""),
        ):
            for pattern, veto in patterns:
                for start, end in candidates(pattern, data, 0):
                    if (veto is None or not veto.match(low, end)) and not _excused(low, start, end):
                        yield _hit(start, end, confidence, why, low, topic)
    for word in tokens & STRONG - _AIMED_ONLY:
        for match in _some(re.compile(r"(?<![a-z@/._#-])" + word + r"(?![a-z@/_]|-[a-z]|\.[a-z])"), low):
            if not _excused(low, match.start(), match.end()):
                yield _hit(match.start(), match.end(), 0.85, "the word is abusive wherever it stands", low)
    for start, end in candidates(_DISGUISED, scene.reading.low_data):
        token = low[start:end]
        if not 3 <= len(token) <= 15 or low[end : end + 1] in (
            "@",
            "/",
            "_",
            "=",
            "-",
            "." if low[end + 1 : end + 2].isalnum() else "@",
        ):
            continue
        plain = _undisguise(token)
        if plain in STRONG and not _excused(low, start, end):
            yield _hit(start, end, 0.8, "a listed word is written in disguise", low)
    for pattern in (_DRAWN_OUT, _STARRED):
        for start, end in candidates(pattern, scene.reading.low_data):
            # Minutes and reports star the words that they quote.
            told = pattern is _STARRED and _QUOTED_TALK.search(_sentence(low, start, end))
            if not told and not _excused(low, start, end):
                yield _hit(start, end, 0.8, "a listed word is drawn out or starred", low)
    for start, end in candidates(_SPACED, scene.reading.low_data):
        letters = re.sub(r"[^a-z]", "", low[start:end])
        word = next(
            (
                w
                for n in range(len(letters), 3, -1)
                for i in range(len(letters) - n + 1)
                if (w := letters[i : i + n]) in STRONG
            ),
            "",
        )
        if word:
            place = start + letters.index(word) * 2
            yield _hit(place, place + len(word) * 2 - 1, 0.8, "a listed word is spaced out", low)


_DRAWN_OUT = re2.compile(
    rb"\b(f+u{2,}c+k+(?:ing|ed|er|s)?|sh{1,}i{3,}t+|c+u{3,}n+t+|b+i{3,}t+c+h+|w+a{3,}n+k+er+)\b"
)
_STARRED = re2.compile(rb"(?:^|[^a-z0-9*])(f\*{3}(?:ing|ed|er|s)?|c\*{3}s?|s\*{3})(?:$|[^a-z0-9*])")


def _plain(scene: Scene) -> bytes | None:
    """The text with insults that are written with digits for letters (`idi0ts`) put plainly; None where there are none."""
    data = scene.reading.low_data
    changed: bytearray | None = None
    for start, end in candidates(_DISGUISED, data):
        word = scene.reading.low[start:end].rstrip("!").translate(_LEET)
        if word in _GATE and len(word) > 3:
            changed = bytearray(data) if changed is None else changed
            changed[start : start + len(word)] = word.encode()
    return bytes(changed) if changed is not None else None


def _some(pattern: re.Pattern[str], low: str) -> Iterator[re.Match[str]]:
    for number, match in enumerate(pattern.finditer(low)):
        if number >= MAX_CANDIDATES:
            return
        yield match


def _hit(start: int, end: int, confidence: float, why: str, low: str, topic: str = "") -> Hit:
    text = low[start:end].strip()
    return Hit("abuse", start, end, confidence, why, text, text[:60], topic)


def _undisguise(token: str) -> str:
    """`b1tch` and `f**k` as the listed word they stand for, or nothing."""
    stripped = token.rstrip("!*#")
    plain = stripped.translate(_LEET)
    if plain in STRONG and plain != token.rstrip("!"):
        return plain
    if "*" in token or "#" in token:
        core = token.strip("!")
        if len(core) < 4 or core[0] in "*#" or sum(c.isalpha() for c in core) < 2:
            return ""
        pattern = re.compile("".join("[a-z]" if c in "*#" else re.escape(c.translate(_LEET)) for c in core))
        return next(
            (
                w
                for w in (
                    "fuck",
                    "fucking",
                    "fucked",
                    "fucker",
                    "shit",
                    "shitty",
                    "cunt",
                    "bitch",
                    "bastard",
                    "wanker",
                    "twat",
                    "nigger",
                    "arsehole",
                    "asshole",
                    "bullshit",
                    "bollocks",
                    "dickhead",
                    "paki",
                    "retard",
                    "fucks",
                    "cunts",
                )
                if pattern.fullmatch(w)
            ),
            "",
        )
    return ""


def _sentence(low: str, start: int, end: int) -> str:
    left = max(low.rfind("\n", 0, start), low.rfind(". ", 0, start), start - 220) + 1
    cuts = [c for c in (low.find("\n", end), low.find(". ", end)) if c >= 0]
    return low[left : min([*cuts, end + 160])]


def _excused(low: str, start: int, end: int) -> bool:
    """Quoted with talk about words or reported speech around it, reported as said of somebody, or about dogs."""
    left = max(low.rfind("\n", 0, start), low.rfind(". ", 0, start), start - 220) + 1
    cuts = [c for c in (low.find("\n", end), low.find(". ", end)) if c >= 0]
    right = min([*cuts, end + 160])
    sentence = low[left:right]
    if _REPORTED.search(low[left:start]) or _DOGS.search(sentence):
        return True
    quotes = low[left:start].count('"') % 2 == 1 and '"' in low[end:right]
    single = (
        re.search(r"(?:^|[\s(])'[^'\n]{0,60}$", low[left:start]) is not None
        and re.match(r"[^'\n]{0,60}'(?:[\s,.;:)?!]|$)", low[end:right]) is not None
    )
    ticks = low[start - 1 : start] == "`" or low[end : end + 1] == "`"
    if (quotes or single) and _QUOTED_TALK.search(sentence):
        return True
    return (
        ticks
        or re.search(
            r"\b(?:words?|terms?|language|phrases?|insults?|slurs?)\s+(?:such as|like|including)\b[^.\n]{0,120}$",
            low[left:start],
        )
        is not None
    )
