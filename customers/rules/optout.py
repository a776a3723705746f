"""What a text to us means: no more of them, again, a question, or just thanks.

Source: 47 CFR 64.1200(a)(10).  A customer may take their consent back in any reasonable way; "stop", "quit", "end",
"revoke", "opt out", "cancel" and "unsubscribe" are reasonable by themselves, and other words are judged by whether a
reasonable person would understand them so.  What does not say which messages it means is all of them.

Careful both ways.  A text that plainly asks for no more is honoured by itself.  One that only may mean that is UNCLEAR:
nothing is sent or stopped, and a person reads it.  A car that will not stop squealing is for the advisor.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Meaning(StrEnum):
    STOP = "stop"
    START = "start"
    UNCLEAR = "unclear"
    """It may mean stop.  A person decides."""
    QUESTION = "question"
    """Something for the advisor: a question, a wish, news."""
    SAID = "said"
    """Thanks, okay, on my way: nobody has to do anything."""


@dataclass(frozen=True)
class Reading:
    meaning: Meaning
    is_sales_only: bool = False
    """Of a stop: that it is to offers and sales only."""
    is_spanish: bool = False


def read_text(body: str) -> Reading:
    """How a text to us is understood.

    >>> read_text("Please don't text me anymore").meaning
    <Meaning.STOP: 'stop'>
    >>> read_text("Can I stop by at 5?").meaning
    <Meaning.QUESTION: 'question'>
    >>> read_text("No more offers please").is_sales_only
    True
    """
    text = _plain(body)
    words = text.split()
    bare = [word for word in words if word not in FILLER]
    spanish = any(pattern.search(text) for pattern in _SPANISH) or bool(set(bare) & SPANISH_ALONE)
    return Reading(meaning := _meaning(body, text, bare), meaning is Meaning.STOP and _is_sales_only(text), spanish)


def _meaning(body: str, text: str, bare: list[str]) -> Meaning:
    if not text:
        signs = set(body)
        if signs & STOP_SIGNS:
            return Meaning.STOP
        return Meaning.SAID if signs & KIND_SIGNS else Meaning.QUESTION if "?" in signs else Meaning.UNCLEAR
    if _says(_START, text) or (bare and set(bare) <= START_ALONE):
        return Meaning.START
    if _says(_KEEP_ON, text):
        return Meaning.UNCLEAR
    is_of_the_visit = _says(_ABOUT_THE_VISIT, text)
    if _is_stop(text) or (not is_of_the_visit and any(_is_stop(_plain(part)) for part in CLAUSES.split(body))):
        return Meaning.STOP
    if _says(_STOP, text) or _says(_SPANISH, text):
        return Meaning.UNCLEAR if _says(_LIMITS, text) else Meaning.STOP
    if _says(_MAYBE, text) or (bare and bare[0] in ALONE and len(bare) <= MOST_UNCLEAR and not is_of_the_visit):
        return Meaning.UNCLEAR
    is_thanks = ACKNOWLEDGES.issuperset(text.split()) and "?" not in body
    return Meaning.SAID if is_thanks else Meaning.QUESTION


def _plain(body: str) -> str:
    """Lower case without accents, apostrophes, signs or drawn-out letters; one space between words."""
    folded = unicodedata.normalize("NFKD", body.casefold())
    letters = "".join(sign for sign in folded if not unicodedata.combining(sign))
    letters = re.sub(r"['\u2019\u2018\u02bc`\u00b4]", "", letters)
    words = re.sub(r"[^a-z0-9]+", " ", letters.replace("#", " number ")).strip()
    words = re.sub(r"([a-z])\1{2,}", r"\1", words)
    if re.fullmatch(r"(?:[a-z] )+[a-z]", words):  # S T O P
        words = words.replace(" ", "")
    for pattern, plain in _SHORT:
        words = pattern.sub(plain, words)
    return " ".join(_typed_right(word) for word in words.split())


def _says(patterns: tuple[re.Pattern[str], ...], text: str) -> bool:
    return any(pattern.search(text) for pattern in patterns)


def _is_stop(text: str) -> bool:
    """Whether this is "stop" and nothing but politeness."""
    bare = [word for word in text.split() if word not in FILLER]
    return bool(bare) and ALONE.issuperset(bare)


def _typed_right(word: str) -> str:
    if word in ALONE or word in OTHER_WORDS:
        return word
    return next((meant for meant in TYPED_WRONG if _is_slip(word, meant)), word)


def _is_slip(word: str, meant: str) -> bool:
    """Whether `word` is `meant` with one letter missing, added, changed, or two swapped.

    >>> [_is_slip(word, "stop") for word in ("sotp", "stp", "stopp", "stip", "spot", "tops")]
    [True, True, True, True, False, False]
    """
    if word[0] != meant[0] or abs(len(word) - len(meant)) > 1:
        return False
    start = 0
    while start < min(len(word), len(meant)) and word[start] == meant[start]:
        start += 1
    mine, theirs = word[start:], meant[start:]
    return (
        mine[1:] == theirs[1:]
        or mine == theirs[1:]
        or mine[1:] == theirs
        or (mine[:2] == theirs[1::-1] != "" and mine[2:] == theirs[2:])
    )


def _is_sales_only(text: str) -> bool:
    return _says(_SALES, text) and not _says(_EVERYTHING, text)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _each(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in patterns)


# --- words ------------------------------------------------------------------------------------------------------------

FILLER = _words(
    "please pls plz plse thanks thank thx ty you u now ok okay hi hello hey just it this that sir maam im i me my "
    "and the lane already immediately asap right away dude guys kindly lol ugh so yes all por favor gracias ya "
    "hola todo esto senor"
)
ALONE = _words(
    "stop stopp stops stopping stopall stoppit end quit cancel unsubscribe unsubscribed unsub revoke revoked "
    "optout arret alto pare paren parar basta baja cancelar detener stopit desuscribir desuscribirme quitenme "
    "quiteme"
)
"""By themselves they mean stop, in whatever company of FILLER."""
SPANISH_ALONE = _words(
    "alto pare paren parar basta baja cancelar detener desuscribir desuscribirme quitenme quiteme comenzar empezar "
    "empiecen reanudar"
)
TYPED_WRONG = ("stop", "quit", "cancel", "unsubscribe", "revoke", "optout", "stopall")
OTHER_WORDS = _words("shop step slop stow stoop strop sop top quiet quite quilt unit canal stomp stock")
"""One letter away from a stop, and nothing like it."""
START_ALONE = _words("start unstop unstopp resume restart subscribe comenzar empezar empiecen reanudar")
ACKNOWLEDGES = _words(
    "ok okay sure k kk cool great good perfect sounds got it roger understood will do on my way see you soon there "
    "be fine awesome nice alright omw received noted appreciate thanks thank thx ty so much very a lot bye welcome "
    "morning the afternoon evening everyone hi hello gracias vale bien perfecto listo entendido muchas muy amable "
    "nada claro"
)
STOP_SIGNS = frozenset("🛑⛔🚫✋")
KIND_SIGNS = frozenset("👍👌🙏❤😀😊🙂😁🎉✅💯")
CLAUSES = re.compile(r"[.,;:!?\n]+")
MOST_UNCLEAR = 6
"""Longer than this, a text that begins with "stop" has said more than that, and is read as what it says."""

_SHORT = tuple(
    (re.compile(rf"\b(?:{short})\b"), plain)
    for short, plain in (
        ("donot|dnt|dont|do not|does not|doesnt", "dont"),
        ("txts", "texts"),
        ("txt|txting|tex", "text"),
        ("msgs|mesages|messges|massages", "messages"),
        ("msg|mesage", "message"),
        ("any more|anymor|anymroe", "anymore"),
        ("opt out|opting out|opt me out|opted out|optin out", "optout"),
        ("opt in|opt me in|opting in", "optin"),
        ("sop sending", "stop sending"),
        ("textng|texing|textin|texring", "texting"),
        ("no problem|no prob|np|no worries", "ok"),
        ("unsuscribe|unsubcribe|un subscribe|unsubscribing|unsubscribe", "unsubscribe"),
    )
)

# --- phrases ----------------------------------------------------------------------------------------------------------

_TO_WRITE = r"(?:text|message|contact|call|email|write|bother|sms|spam|harass|reach|notify)"
_WRITING = (
    r"(?:texts?|texting|messages?|messaging|sms|contacting|calling|calls|emails?|emailing|sending|bothering|spam|"
    r"spamming|"
    r"harassing|writing|notifications?|alerts|contact|hitting me up|blowing up)"
)
_WE_SEND = (
    r"(?:texts?|messages?|sms|calls?|emails?|spam|ads|notifications?|alerts|reminders|contact|offers|promotions|"
    r"promos)"
)
_SELLING = (
    r"(?:offers?|promos?|promotions?|promotional|ads?|advertis\w+|adverts?|marketing|sales|deals?|specials?|coupons?|"
    r"selling|sell me|sell my|sell you|buying|buy my|buy a|buy another|trad(?:e|es|ed|ing)|upgrade\w*|solicit\w*|"
    r"ofertas?|promociones|publicidad|ventas|anuncios|vender\w*|comprar)"
)
_START = _each(
    r"^(?:please )?(?:start|resume|restart) (?:the |my |sending |me )*(?:texts?|texting|messages?|messaging|"
    r"sending)(?: me)?(?: again)?(?: please)?$",
    r"^(?:please )?(?:you can |can you |ok )?text me again(?: please)?$",
    r"^i want (?:the |your |my )?(?:texts|messages) (?:again|back)(?: please)?$",
    r"^(?:please )?(?:optin|subscribe me|sign me (?:back )?up)(?: again| please| for texts)*$",
    r"^(?:quiero|vuelvan a|pueden) (?:recibir|mandar|mandarme|enviar|enviarme) (?:los )?(?:mensajes|textos)(?: otra "
    r"vez| de nuevo)?$",
)
_KEEP_ON = _each(
    r"\b(?:dont|never|no need to|didnt|wont|not|without|why did you|did you|did i|how come you) (?:ever |want to |"
    r"wanna |please )?(?:stop|quit|cancel|unsubscribe|optout)(?:ped)?\b(?= (?:text|send|messag|call|contact|writ|"
    r"updat|me|the texts)|$)",
    r"\bdont (?:want to |wanna )?(?:optout|unsubscribe|stop getting)\b",
)
_NOT_HERE = (
    r"(?! (?:by|in|at|over|off|for|there|here|on|near|leak\w*|squeal\w*|the (?:work|repair|job|car|engine|leak|"
    r"noise|service)))"
)
_STOP = _each(
    rf"\b(?:stop|quit|cease|discontinue|end|cancel|enough with|halt){_NOT_HERE}(?: \w+){{0,6}}? {_WRITING}\b",
    rf"\b(?:stop|quit|cease|enough with|halt){_NOT_HERE}(?: \w+){{0,6}}? {_SELLING}\b",
    rf"\b(?:dont|never|no longer|please no|quit)(?: (?:ever|please|want|you|to|be|wish|need|u|guys|again|u guys|"
    rf"like|getting|get|any))* {_TO_WRITE}(?:ed|s|ing)?\b"
    r"(?= (?:me|us|here|again|anymore|ever|this|my|any|please|about|by|just|only|call|text|email)\b|$)",
    rf"\b(?:dont|never|no longer)(?: (?:ever|please))* (?:want|need|wish|wanna|care|send)(?: (?:to|for|send|sending|"
    rf"receive|get|getting|"
    rf"me|us|any|anymore|more|these|those|this|your|of|future|further|such|the))* (?:{_WE_SEND}|stuff|crap|junk)\b",
    rf"\bno more(?: \w+){{0,2}}? {_WE_SEND}\b|^(?:please )?no more(?: please)?$",
    rf"\bno (?:{_SELLING}|texts|texting|spam|messages) (?:please|thanks|from|anymore)\b",
    r"^no (?:texts|texting|spam|messages)$",
    rf"\b(?:no|dont want|dont need|dont send)(?: me| any| more| your| the)* {_SELLING}\b(?=.*\b(?:please|texts?|"
    rf"messages?|anymore|thanks)\b|$)",
    r"\b(?:take|remove|delete|get|drop|erase|pull) (?:me|us|my (?:number|cell|phone|name|info)|this (?:number|phone)|"
    r"this phone number|number|mine)(?: \w+){0,2}? (?:off|from|out of)\b(?=.*\b(?:lists?|system|database|"
    r"records?|texts?|"
    r"messages?|these|file|account)\b|$)",
    r"\b(?:remove|delete|erase) (?:me|us|my (?:number|cell|phone|info|contact)|this number)(?: please| now| asap|$)",
    r"\bremoved? from (?:your |the |this )?(?:\w+ )?list\b|\b(?:wish|want|like|asked|asking) to be removed\b",
    r"\boff (?:of )?(?:your|the|this) (?:text |texting |mailing |calling |contact |call )*list\b",
    r"\bput me on (?:your|the) (?:do not|dont|no) (?:call|text|contact)\b",
    r"\bon the (?:do not|dont) (?:call|text) (?:list|registry)\b",
    r"\b(?:lose|forget|block) (?:my|this) number\b",
    r"\bleave (?:me|us) alone\b",
    r"^(?:please |just )*go away(?: please)?$",
    r"\b(?:fuck|piss|buzz|bugger) off\b",
    r"\b(?:unsubscribe|optout)\b",
    r"\b(?:revok\w+|withdraw\w*|rescind\w*|take back|cancel)(?: \w+){0,2} (?:consent|permission|authorization to "
    r"(?:text|contact|call))\b",
    r"\bi (?:revoke|withdraw)(?: it)?$",
    r"\b(?:cancel|end|stop)(?: \w+){0,2} (?:subscription|enrollment|alerts|notifications)\b",
    r"\b(?:wrong|incorrect) (?:number|person|guy|phone|phone number)\b",
    r"\bnot (?:the right|my) (?:number|person)\b",
    r"\bno one here by that name\b",
    r"\b(?:isnt|not|no longer) \w+s? (?:phone|number)(?: anymore)?$",
    r"\b(?:you have|youve got|u got|you got) the wrong (?:number|person|guy|phone|one)\b",
    r"\b(?:dont|no longer) (?:own|have) (?:that|this|the|a|any) (?:\w+ )?(?:car|truck|honda|vehicle)(?: "
    r"anymore)?(?: and)?(?: please)? (?:stop|dont text|quit)\b",
    r"\bnever (?:signed up|gave (?:you )?(?:my )?(?:permission|consent|number))\b|\bdont have my (?:consent|"
    r"permission)\b",
    rf"\b(?:rather|prefer) not(?: to)? (?:receive|get|have|be)(?: \w+){{0,2}}? (?:{_WE_SEND}|texted|called|"
    rf"contacted)\b",
    rf"\brefrain from {_WRITING}\b|\bcease and desist\b|\bdont use (?:this|my) number\b",
)
_MESSAGES_ES = r"(?:mensajes?|textos?|mensajitos|sms|llamadas|correos|ofertas|promociones|publicidad|anuncios)"
_SPANISH = _each(
    r"\bno (?:me |nos )?(?:vuelvan? a |vuelvas a )(?:mand|envi|escrib|contact|llam|molest|texte)\w*\b",
    r"\bno (?:me |nos |quiero que (?:me )?)*(?:(?:mand|envi|contact|llam|molest|texte)(?:e|en|es)|escrib(?:a|"
    r"an|as))(?:me)?\b",
    r"\bno (?:quiero|deseo|necesito|acepto)(?: que me manden| recibir| mas| sus| ningun| estos| los)*(?: \w+)? "
    r"?(?:mensajes?|textos?|sms|llamadas|correos|ofertas|promociones|publicidad|anuncios)\b",
    rf"\bno mas(?: \w+)? {_MESSAGES_ES}\b|^(?:por favor )?(?:ya )?no mas(?: por favor)?$|^ni un mensaje mas$",
    r"\b(?:deja|deje|dejen|dejar|para|pare|paren|parar|basta)(?: ya)? de (?:recibir|mandar|enviar|escribir|textear|"
    r"llamar|molestar|contactar|mensajes)\w*\b",
    r"\b(?:quit|saqu|borr|elimin|remuev|sac|quiten)\w*(?: \w+){0,2} (?:de (?:la|su|esa|esta|tu) lista|mi numero|"
    r"este numero)\b",
    r"\b(?:borren|eliminen|quiten|borre|elimine|quite) (?:mi|este) (?:numero|telefono)\b",
    r"\b(?:saquenme|saqueme|borrenme|borreme|eliminenme|quitenme|quiteme)\b",
    r"\b(?:dar|darme|denme|deme|dame) de baja\b",
    r"\bcancel\w+ (?:la |mi |esta )?(?:suscripcion|los mensajes|mensajes)\b",
    r"\b(?:numero|persona) equivocad[oa]\b|\bse equivoc\w+ de (?:numero|persona)\b|\bnumero incorrecto\b",
    r"\bdejenme en paz\b|\bdejeme en paz\b|\bretiro mi (?:consentimiento|permiso)\b|\brevoco\b",
)
_LIMITS = _each(
    r"\b(?:before|after|until|till|unless|while|during|between|tomorrow|today|tonight|instead|rather|except|at work|"
    r"at night|this late|so early|so late|in the morning|during work|on weekends|on sundays?|without)\b",
    r"\bif (?:its|it is|you|i|the)\b",
    r"\b(?:text|call|email|contact) (?:me|my (?:wife|husband|cell|other)|him|her)\b.*\b(?:instead|only)\b",
    r"\b(?:call|email) me\b",
    r"\b(?:just|better to|only) (?:text|call|email)\b(?! me about)",
    r"\b(?:my (?:wife|husband|son|daughter|mom|dad|boss|work)|the office)\b",
    r"\b(?:invoice|bill|plate|part|loaner|waiting|wait|schedule|appointment list|vin|work order|appointment|oil "
    r"change|estimate)\b",
    r"\b(?:antes|despues|hasta|a menos|manana|hoy|noche|mejor|en vez|cita|factura|trabajo|si no)\b",
)
_MAYBE = _each(
    r"\bnot interested\b|\bno interest\b|\bno me interesa\b",
    r"\b(?:so|too) many (?:texts|messages|calls)\b|\bdemasiados (?:mensajes|textos)\b",
    r"\bhow (?:do|can) i (?:stop|end|turn off|get off)\b(?=.*(?:texts?|messages?|these|this|list))",
    r"\bwhy (?:are|do|r) (?:you|u)(?: \w+)? (?:text|texting|messag\w+|contacting)\b",
    r"\b(?:who gave you|how did you get) my number\b|\bis this (?:spam|a scam)\b|\bspam\b",
    r"^(?:cancel|stop|end) (?:everything|it all|all of it|that one)$",
    r"^(?:no|nope|nah|never|remove|parale|desist)$",
    r"\bdont want to hear\b|\bthis is not \w+$|\b(?:did not|didnt|never) (?:consent|agreed?|give|gave)\b",
    r"\b(?:sold|totaled|traded) (?:the|that|my|this) (?:\w+ )?(?:car|truck|honda|vehicle)\b",
    r"\b(?:dont|no longer) (?:own|have) (?:that|this|the|a) (?:\w+ )?(?:car|truck|honda|vehicle)\b",
    r"\bbothering me\b|\bannoying\b|\bharass\w*\b|\bgive it a rest\b|\benough\b",
)
_ABOUT_THE_VISIT = _each(
    r"\b(?:appointment|appt|oil change|service|repair|work|job|order|tomorrow|today|monday|tuesday|wednesday|"
    r"thursday|friday|"
    r"saturday|brakes?|tires?|car|truck|loaner|shuttle|pickup|visit|cita|estimate|lamp|of|day|charging|"
    r"feature|talk|speak|first|approve|decide|ask|hablar|primero|"
    r"smoking|by|at|in|there|squeal\w*|leak\w*|noise|light)\b"
)
_SALES = _each(rf"\b{_SELLING}\b", r"\b(?:only|just) (?:text|message|contact) me (?:about|when|for|if)\b")
_EVERYTHING = _each(
    r"\b(?:all|any|every|everything|anything|ever|both|todo|todos|cualquier)\b(?!.*\bother\b)",
    r"\b(?<!sales )(?:texts|messages|calls) (?:and|or)\b|\b(?:and|or) (?:texts|messages|calls)\b",
)
