"""What mail servers say when they refuse, in the order in which it counts: the first that is found decides.

Our own fault stands before the reader's, because "user unknown" is also what some say to a sender they block;
what passes stands before what stays.
"""

from subscriptions.feedback.faults import (
    AUTHENTICATION,
    BLOCK_LIST,
    CONTENT,
    NO_REVERSE_DNS,
    POLICY,
    TOO_BIG,
    Family,
)

__all__ = ("FAMILIES", "Family")

FAMILIES: tuple[Family, ...] = (
    Family(
        "their software",
        "soft",
        (
            r"procmail: couldn'?t create",
            r"unknown mailer error",
            r"command (?:died|failed|output)",
            r"mail loop",
            r"pipe to \|",
            r"name service error.{0,80}(?:malformed|unexpected|try again|timed out)",
            r"deferred: name server",
        ),
    ),
    Family(
        "sender refused",
        "blocked",
        (
            r"after MAIL FROM",
            r"in reply to MAIL FROM",
            r"\b5\.1\.[78]\b",
            r"group.{0,80}may not exist",
        ),
    ),
    Family(
        "suspended",
        "soft",
        (
            (
                r"(?:account|mailbox|user|recipient)(?:\(s\))?.{0,40}(?:is|has been|been|currently|"
                r"temporar\w*) (?:temporarily )?(?:disabled|suspended|locked|inactive|deactivated|"
                r"blocked by)"
            ),
        ),
    ),
    Family(
        "filtered",
        "soft",
        # Mobile carriers of Japan leave the address out when it is the reader's own filter that refuses.
        (r"550:? ?: user unknown",),
    ),
    AUTHENTICATION,
    NO_REVERSE_DNS,
    Family(
        "mailbox full",
        "soft",
        (
            (
                r"(?:mail ?box|inbox|mail ?folder|mail ?drop|account|user|disk|storage|recipient|boite|"
                r"casella).{0,40}(?:is |are |was |has )?(?:full|over ?quota|exceed(?:s|ed)?|out of space|"
                r"too large)"
            ),
            r"over (?:the |its |disk |maximum )?(?:quota|storage|allowed)",
            r"over-?quota",
            r"quota (?:is )?(?:exceed|full|reached|violation)",
            (
                r"exceed(?:s|ed|ing)? (?:(?:the|its|his|her|their|your|storage|mailbox|disk|allowed|"
                r"maximum) ){0,4}(?:quota|mailbox|storage|space|allocation)"
            ),
            r"(?:mail|disk|storage) quota",
            r"quotaexceeded",
            r"insufficient (?:system )?(?:storage|disk|quota)",
            r"not enough (?:storage|disk|space)",
            r"out of storage",
            r"mailfolder is full",
            r"mail box full",
            r"容量",
            r"보관함.{0,20}초과",
            r"邮箱.{0,6}满|郵箱.{0,6}滿|信箱.{0,6}滿|空间已满|空間已滿",
            r"용량.{0,20}초과",
            r"переполнен",
            r"buz[oó]n.{0,20}llen[oa]",
            r"postfach.{0,20}voll",
            r"delivery failed: over quota",
            r"user has too many messages",
            r"too much mail data",
            r"\b[45]\.2\.2\b",
        ),
    ),
    TOO_BIG,
    BLOCK_LIST,
    CONTENT,
    Family(
        "no such host",
        "hard",
        (
            r"host unknown",
            r"unknown host",
            r"host or domain name not found",
            r"no such (?:domain|host)",
        ),
    ),
    Family(
        "unknown user",
        "hard",
        (
            r"recipient address rejected: access denied",
            r"requested action not taken: mailbox unavailable",
            r"no valid recipients?",
            r"recipient address rejected\.?(?: *\(in reply.{0,40})? *$",
        ),
    ),
    POLICY,
    Family(
        "unknown user",
        "hard",
        (
            (
                r"(?:user|recipient|mail ?box|account|address|alias|customer|name|addressee|login|group|"
                r"person|destinataire|empfänger|usuario)[^.;:]{0,60}(?:unknown|not (?:be )?found|"
                r"does ?n[o']?t exist|not exist|no longer (?:exist|valid|available|active|in|on|with|here|"
                r"accept)|not (?:known|listed|recogni[sz]ed|local|valid|a valid|registered|present|here)|"
                r"invalid|is ?n[o']t (?:listed|known|a valid)|non-?exist|inexist|inconnu|desconocid|"
                r"nicht (?:gefunden|bekannt))"
            ),
            (
                r"(?:unknown|invalid|bad|no such|nonexistent|non-existent|unrecogni[sz]ed|undefined|"
                r"unrouteable|unroutable|illegal|incorrect|wrong) (?:\S+ ){0,3}(?:user|recipient|"
                r"mail ?box|account|address|alias|local[- ]?part|rcpt|destination|name|person|e-?mail|"
                r"addressee)"
            ),
            (
                r"\bno (?:such )?(?:user|mail ?box|recipient|account|address|alias|person|one)\b(?: here|"
                r" by that| with that| of that| called| found)?"
            ),
            r"(?:user|recipient|mail ?box|address) (?:is )?(?:un)?(?:known|rejected: (?:user )?unknown)",
            r"(?:user|usr) ?unknown",
            r"unknown ?(?:user|usr)",
            r"recipnotfound",
            r"unknown recipient",
            r"unknown local",
            (
                r"not (?:a )?(?:known|valid|our|existing|listed) (?:user|customer|recipient|mailbox|"
                r"address|account)"
            ),
            r"not our customer",
            r"(?:user|address) (?:does ?n[o']t|does not) have",
            r"is not a (?:known|valid|local) ",
            r"not listed in (?:domino|public name|directory)",
            r"there is no (?:user|one|such|account|mailbox)",
            r"i couldn'?t find (?:any |an |a )?(?:account|user)",
            r"this (?:user|address|account) (?:doesn'?t|does not) have",
            r"could not find (?:a |the )?(?:user|recipient|mailbox)",
            r"can'?t verify recipient",
            r"unknown to ",
            r"delivery to this (?:user|address) (?:not|is no)",
            r"mailbox (?:name )?not (?:allowed|found)",
            r"no mailbox (?:here|found)",
            r"did(?:n'?t| not) match any (?:user|recipient)",
            r"destination server rejected recipients",
            r"存在しない|存在しませ|宛先(?:が|は)?不明",
            r"見つかりません",
            r"존재하지 ?않|없는 (?:사용자|계정|주소|메일)",
            r"수신자.{0,20}없",
            r"(?<!可能)不存在",
            r"無此",
            r"查无此|用户不存在",
            r"(?:adresse|destinataire|utilisateur) inconnue?",
            r"(?:benutzer|empfänger|adresse|postfach)[^.;:]{0,40}(?:unbekannt|existiert nicht)",
            r"(?:пользовател|получател|адрес|ящик)[^.;:]{0,30}(?:не найден|не существует|неизвестен)",
            r"нет такого (?:пользователя|ящика|адреса)",
            r"(?:usuario|cuenta|buz[oó]n|direcci[oó]n|destinatario)[^.;:]{0,30}no existe",
            r"(?:utente|casella|destinatario|indirizzo)[^.;:]{0,30}(?:sconosciut|inesistente|non esiste)",
        ),
    ),
    Family(
        "moved",
        "hard",
        (
            r"has moved",
            r"have moved",
            r"moved to (?:another|a new)",
            r"address (?:has )?(?:been )?changed",
            r"new address",
            r"replaced by",
            r"no longer (?:works|employed|with|at|uses)",
            r"has left",
            r"user not local; please try",
        ),
    ),
    Family(
        "no such host",
        "hard",
        (
            (
                r"(?:host|domain)(?: name)?[^.;:]{0,60}(?:not found|unknown|does ?n[o']?t exist|not exist|"
                r"invalid|no longer|could not be found|cannot be found|couldn'?t be found|"
                r"(?:is )?not reachable)"
            ),
            r"(?:unknown|invalid|no such|nonexistent|illegal|bad) (?:\S+ )?(?:host|domain|destination|site)",
            (
                r"(?:dns|name|address) (?:resolution|lookup|service|server).{0,30}(?:fail|not found|error|"
                r"nxdomain|no such)"
            ),
            r"nxdomain",
            r"name or service not known",
            r"couldn'?t find any host",
            r"no address associated",
            r"\bno (?:mx|mail exchanger|such (?:domain|host|site))",
            r"null ?mx",
            r"domain (?:does|is) not accept",
            r"does not accept (?:any )?(?:e?-?mail|messages)",
            r"<~> (?:does ?n[o']t|does not) (?:exist|accept)",
            r"not accept(?:ing)? (?:network|any|e?-?mail|messages)",
            r"\b(?:521|556) \S+ (?:does|do) not accept",
            r"unrouteable (?:mail )?domain",
            r"no route to domain",
            r"recipient.{0,20}domain (?:not|does)",
        ),
    ),
    Family(
        "suspended",
        "soft",
        (
            r"suspend",
            r"disabled",
            r"deactivated",
            r"inactive",
            r"not active",
            r"locked",
            r"frozen",
            r"dormant",
            r"closed",
            r"discontinued",
            r"expired account",
            r"out of service",
            r"cancel(?:l)?ed",
            r"account .{0,20}expired",
            r"email account that you tried to reach is (?:disabled|inactive)",
            r"\b5\.2\.1\b",
            r"\b5\.7\.13\b",
        ),
    ),
    Family(
        "not now",
        "soft",
        (
            r"try again",
            r"temporar",
            r"grey-?list",
            r"time(?:d)?[ -]?out",
            r"expired",
            r"retry",
            r"delayed",
            r"too long",
            r"giving up",
            r"connect(?:ion)? (?:to|refused|lost|reset|timed)",
            r"unreachable",
            r"no route",
            r"loop",
            r"hop count",
            r"too many hops",
            r"network",
            r"resources",
            r"busy",
            r"system (?:error|full|failure)",
            r"internal",
            r"local (?:error|problem)",
            r"configuration",
            r"service unavailable",
            r"not available",
            r"unavailable",
        ),
    ),
)
