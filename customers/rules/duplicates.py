"""Are these two records one person?  What speaks for it, in points and in words.

A name is never enough: of phone, e-mail, a car and a DMS number of two rooftops at least one must be the same too.  An
address only adds to those, for whoever lives together shares it.  So a father and a son of one name at one address are
not proposed while phone, e-mail and car are their own; with the home's phone in common they are, unless a middle name
or a Jr. tells them apart.  People of different first names are never proposed, whatever else they share.

The points follow the usual way of linking records (Fellegi and Sunter, "A Theory for Record Linkage", JASA 64, 1969):
the rarer an agreement is between strangers, the more it says.  They are set by judgment, not learned.

Sounds are double metaphone codes (Lawrence Philips, C/C++ Users Journal, June 2000), as PostgreSQL's fuzzystrmatch
gives them.  Short forms are the common American ones and those of Spanish names, a selection from the list of
carltonnorthern/nicknames (Apache 2.0) and from everyday use.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

ENOUGH = 65
"""From here on a pair is proposed."""
PHONE, EMAIL, CAR, NUMBER, ADDRESS = 40, 40, 40, 35, 10
SAME, ALIKE, PART = 30, 25, 10
APART = -25
LONG = 6
"""Letters from which on one slip of the pen does not make another name."""

SHORT_FORMS = """
abigail abby gail · albert al bert · alejandro alex · alexander alex al sandy xander · alexandra alex sandy lexi
alfred al fred freddy · allison alison allie ali · amanda mandy · andrew andy drew · angela angie · ann anne annie nan
anthony antonio tony · antonia toni · arthur art artie · barbara barb babs barbie · benjamin ben benny benji
bernard bernie · beverly bev · bradley brad · brian bryan · calvin cal · cameron cam · carolyn caroline carrie carol
cassandra cassie sandy · catherine katherine kathryn cathy kathy kate katie cat · charles charlie chuck chas carlos
christina christine kristina chris tina kris · christopher chris topher kit · cynthia cindy · daniel dan danny
david dave davey · deborah debra deb debbie · dennis denny · donald don donny · dorothy dot dottie · douglas doug
eduardo lalo · edward eduardo ed eddie ted ned · elizabeth liz lizzie beth betty betsy eliza libby
enrique kike quique henry · eugene gene · florence flo · frances fran · francis frank · francisco paco pancho cisco
franklin frank · frederick fred freddy · gabriel gabe · gerald jerry gerry · gilbert gil · gregory greg
guadalupe lupe lupita · harold hal harry · henry hank harry · ignacio nacho · isabel isabella bella izzy · jacob jake
jacqueline jackie · james jim jimmy jamie · janet jan · jason jay · jeffrey geoffrey jeff geoff · jennifer jen jenny
jeremy jerry · jessica jess jessie · jesus chuy · john jack johnny jon · jonathan jon · jorge george · jose pepe
joseph joe joey · joshua josh · juan john · judith judy · katelyn caitlin kate katie · kenneth ken kenny
kimberly kim · lawrence larry · leonard len lenny · leslie les · lillian lily · linda lindy · louis luis lou
manuel manny manolo · margaret maggie meg peggy marge margie · maria mary · martin marty · marvin marv · matthew matt
melissa mel missy · michael mike mick mickey · michelle shelly · miguel michael · mitchell mitch · nancy nan
nathaniel nathan nate nat · nicholas nick nicky nicolas · norman norm · pamela pam · patricia pat patty trish tricia
patrick pat paddy · peter pete pedro · phillip philip phil · rachel rachael rach · rafael rafa ralph
randall randolph randy · raymond ray · rebecca becky becca · richard rick rich dick ricky ricardo
robert bob bobby rob robbie roberto · roberta bobbie · rodney rod · roger rog · ronald ron ronnie · rosario charo
russell russ rusty · samantha sam · samuel sam sammy · sandra sandy · santiago jim james · sara sarah sally
sharon shari · stanley stan · stephanie steph · stephen steven steve esteban · susan sue susie suzanne
sydney sidney syd sid · sylvester sly · teresa theresa terry tess · terrence terence terry · theodore theo ted teddy
thomas tom tommy · timothy tim timmy · tracy traci tracey · valerie val · vanessa nessa · veronica ronnie · victor vic
victoria vicky tori · vincent vince vinny · virginia ginny · walter walt wally · wesley wes
william bill billy will willie liam guillermo · zachary zach zack
"""
GROUPS = tuple(frozenset(names.split()) for line in SHORT_FORMS.strip().splitlines() for names in line.split("·"))
JUNIORS = {"jr": "jr", "junior": "jr", "sr": "sr", "senior": "sr", "ii": "ii", "iii": "iii", "iv": "iv"}
LEGAL = frozenset(("inc", "incorporated", "llc", "ltd", "limited", "co", "company", "corp", "corporation", "lp", "llp"))


@dataclass(frozen=True)
class Record:
    """What is known of one record.  Names are folded words (`search_key`), sounds the codes of the joined words."""

    kind: str = "person"
    first: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    first_sounds: frozenset[str] = frozenset()
    last_sounds: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    cars: frozenset[int] = frozenset()
    numbers: frozenset[tuple[int, str]] = frozenset()
    """(rooftop, DMS number)"""
    addresses: frozenset[tuple[str, str]] = frozenset()
    """(folded street, postal code)"""


@dataclass(frozen=True)
class Likeness:
    """How much speaks for one person, and each of it in words that name nobody."""

    points: int = 0
    reasons: tuple[str, ...] = field(default=())

    @property
    def is_enough(self) -> bool:
        return self.points >= ENOUGH


NOBODY = Likeness()


def score(a: Record, b: Record) -> Likeness:
    """What speaks for `a` and `b` being one; the same whichever comes first.  No points where nothing but a name does.

    >>> bob = Record(first=("bob",), last=("brandt",), phones=frozenset({"+14155550142"}))
    >>> robert = Record(first=("robert",), last=("brandt",), phones=frozenset({"+14155550142"}))
    >>> score(bob, robert)
    Likeness(points=65, reasons=('One first name is short for the other', 'Same phone'))
    >>> score(bob, Record(first=("bob",), last=("brandt",)))
    Likeness(points=0, reasons=())
    """
    names = _names(a, b)
    known = [
        (PHONE, "Same phone", a.phones & b.phones),
        (EMAIL, "Same e-mail", a.emails & b.emails),
        (CAR, "A car in common", a.cars & b.cars),
        (NUMBER, "One DMS number at two rooftops", _across_rooftops(a.numbers, b.numbers)),
    ]
    held = [(points, words) for points, words, common in known if common]
    if names is None or not held:
        return NOBODY
    if a.addresses & b.addresses:
        held.append((ADDRESS, "Same address"))
    found = [*names, *held]
    return Likeness(max(0, sum(points for points, _ in found)), tuple(words for _, words in found))


def may_be_called(a: Record, b: Record) -> bool:
    """Whether the names leave it open that they are one: what else is known need not be looked up where they do not."""
    return _names(a, b) is not None


def _across_rooftops(a: Iterable[tuple[int, str]], b: frozenset[tuple[int, str]]) -> bool:
    return any(number == other and rooftop != elsewhere for rooftop, number in a for elsewhere, other in b)


# --- names ------------------------------------------------------------------------------------------------------------


def _names(a: Record, b: Record) -> list[tuple[int, str]] | None:
    """What the names say; None when they are of different people."""
    if a.kind != b.kind:
        return None
    if a.kind == "business":
        mine, theirs = _without(a.last, LEGAL), _without(b.last, LEGAL)
        if mine and mine == theirs:
            return [(SAME, "Same name")]
        return [(ALIKE, "Names that sound alike")] if _last_alike(mine, theirs, a, b) else None
    mine, theirs = _without(a.last, JUNIORS), _without(b.last, JUNIORS)
    first, other = _without(a.first, JUNIORS), _without(b.first, JUNIORS)
    junior, senior = _junior(a), _junior(b)
    if junior and senior and junior != senior:
        return None
    against = [(APART, "Only one is a Jr. or Sr.")] if junior != senior else []
    if first[1:] and other[1:] and first[1][0] != other[1][0]:
        against.append((APART, "Different middle names"))
    how = _first(first, other, a, b)
    if how is None:
        return None
    points, words = how
    if mine and mine == theirs:
        if words == _SAME_FIRST:
            return [(SAME, "Same name"), *against]
        return [(points, words), *against]
    if _last_alike(mine, theirs, a, b):
        if points == PART:
            return None
        spelled = "Last names that sound alike"
        return [(ALIKE, spelled if words == _SAME_FIRST else f"{words}, last names that sound alike"), *against]
    # Whoever married keeps the first name, the phone and the e-mail; the name itself says nothing then.
    return [(0, "Same first name, another last name"), *against] if points == SAME else None


_SAME_FIRST = "Same first name"


def _first(first: tuple[str, ...], other: tuple[str, ...], a: Record, b: Record) -> tuple[int, str] | None:
    if not first or not other:
        return PART, "Same last name, one without a first name"
    one, two = first[0], other[0]
    if one == two:
        return SAME, _SAME_FIRST
    if len(one) == 1 or len(two) == 1:
        return (PART, "Same last name, one with an initial only") if one[0] == two[0] else None
    if any(one in group and two in group for group in GROUPS):
        return ALIKE, "One first name is short for the other"
    slip = min(len(one), len(two)) >= LONG and slips(one, two) == 1 and bool(a.first_sounds & b.first_sounds)
    # Erica is no slip of Eric: an a at the end makes another person of them.
    if _spelled(one) == _spelled(two) or (slip and one.endswith("a") == two.endswith("a")):
        return ALIKE, "First names that sound alike"
    return None


def _last_alike(mine: tuple[str, ...], theirs: tuple[str, ...], a: Record, b: Record) -> bool:
    one, two = "".join(mine), "".join(theirs)
    if not one or not two:
        return False
    if set(mine) < set(theirs) or set(theirs) < set(mine):
        return a.kind == "person"  # One of two last names
    apart = slips(one, two)
    sounds_alike = apart <= 2 and bool(a.last_sounds & b.last_sounds)
    return sounds_alike or (apart == 1 and min(len(one), len(two)) >= LONG)


def _junior(record: Record) -> str:
    return next((JUNIORS[word] for word in (*record.last, *record.first) if word in JUNIORS), "")


def _without(words: tuple[str, ...], left_out: Iterable[str]) -> tuple[str, ...]:
    return tuple(word for word in words if word not in left_out) or words


def _spelled(word: str) -> str:
    """A first name without the ways of writing the same: Jon and John, Marc and Mark, Sara and Sarah."""
    for written, said in (("ph", "f"), ("ck", "k"), ("c", "k"), ("y", "i"), ("z", "s"), ("h", "")):
        word = word.replace(written, said)
    return "".join(letter for position, letter in enumerate(word) if word[position - 1 : position] != letter)


def slips(a: str, b: str) -> int:
    """Letters put in, left out, changed or swapped with their neighbor that lie between two words.

    >>> slips("brandt", "bradnt"), slips("katherine", "kathrine"), slips("ann", "bob")
    (1, 1, 3)
    """
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, one in enumerate(a, start=1):
        before, above, row = row, before, [i]
        for j, two in enumerate(b, start=1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (one != two))
            if i > 1 and j > 1 and one == b[j - 2] and a[i - 2] == two:
                best = min(best, above[j - 2] + 1)
            row.append(best)
    return row[-1]
