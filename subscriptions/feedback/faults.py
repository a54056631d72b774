"""Families of phrases, and those with which mail servers say that the fault is ours, the sender's."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Family:
    """Phrases that mean the same: ``kind`` is hard, soft or blocked."""

    reason: str
    kind: str
    phrases: Sequence[str]
    pattern: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pattern", re.compile("|".join(self.phrases) or r"(?!)", re.IGNORECASE))


AUTHENTICATION = Family(
    "authentication",
    "blocked",
    (
        r"\bspf\b(?! record not found for recipient)",
        r"\bdkim\b",
        r"\bdmarc\b",
        r"sender policy framework",
        r"unauthenticated (?:e-?mail|message|mail)",
        r"not authenticated",
        r"fail(?:s|ed|ing)? (?:the )?authentication",
        r"authentication (?:checks?|results?|failed|failure|required information)",
        r"does not meet the required authentication",
        r"sender id \(pra\)",
        r"\b5\.7\.(?:2[0-46-9]|509)\b",
    ),
)

NO_REVERSE_DNS = Family(
    "no reverse DNS",
    "blocked",
    (
        r"reverse[- ]?dns",
        r"\brdns\b",
        r"\bptr\b",
        r"reverse (?:hostname|mapping|lookup|name)",
        r"cannot (?:find|resolve) your (?:reverse )?(?:host ?name|ip)",
        r"(?:no|invalid|missing|without).{0,20}(?:reverse|dns ptr)",
        r"ip address .{0,60}(?:no|not) (?:have )?(?:a )?(?:reverse|resolv)",
        (
            r"(?:client|your|sending) (?:host(?:name)?|ip).{0,40}(?:cannot find|does not resolve|"
            r"not resolve)"
        ),
        r"all .{0,20}servers .{0,20}must have .{0,20}dns",
        r"\b5\.7\.25\b",
    ),
)

TOO_BIG = Family(
    "too big",
    "blocked",
    (
        (
            r"(?:message|mail|content|size|attachment|data).{0,40}(?:too (?:large|big|long)|"
            r"exceed(?:s|ed)? .{0,40}(?:size|limit|maximum))"
        ),
        (
            r"(?:message|mail|content|max(?:imum)?) (?:message )?(?:file )?size.{0,30}(?:exceed|limit|"
            r"violat)"
        ),
        r"exceed(?:s|ed)? .{0,40}(?:size|length) ?limit",
        r"size limit",
        r"too large message",
        r"line(?:s)? (?:is |are )?too long",
        r"maximum allowed line length",
        r"\b[45]\.3\.4\b",
        r"\b[45]\.2\.3\b",
    ),
)

BLOCK_LIST = Family(
    "block list",
    "blocked",
    (
        r"\b(?:dns|r|u|s)bl\b",
        r"dnsbl",
        r"rbl",
        r"spamhaus",
        r"spamcop",
        r"sorbs",
        r"barracuda(?:central| ?reputation)",
        r"spamrats",
        r"uceprotect",
        r"spfbl",
        r"senderscore",
        r"sender ?base",
        r"mailspike",
        r"trendmicro.{0,20}(?:rbl|ers)",
        r"proofpoint",
        r"cloudmark",
        r"\bcsi\.",
        r"black[- ]?list(?:ed)?",
        r"block[- ]?list(?:ed)?",
        r"deny-?list",
        r"黑名单|黑名單",
        r"ブラックリスト",
        r"차단",
        r"banned (?:ip|sender|host)",
        r"\bbanned\b",
        (
            r"(?:is|was|been|are|temporarily|currently|message|mail|access|connection|host|ip|address|"
            r"sender|client)\s+blocked\b"
        ),
        r"blocked (?:by|using|for|due|because|from|at|sender|until|\(|\[)",
        r"we (?:have )?block",
        r"has been blocked",
        r"sender (?:ip|address|domain|host) .{0,40}(?:blocked|rejected|refused)",
        (
            r"(?:client|sender|your) (?:host|ip|server).{0,60}(?:rejected|refused|denied|"
            r"not (?:allowed|accepted|permitted|welcome))"
        ),
        r"(?:bad|poor|low|negative|insufficient).{0,16}reputation",
        r"reputation.{0,40}(?:low|poor|bad|block)",
        (
            r"not accept(?:ing|ed)? (?:any )?(?:e?-?mail|messages?|connections?) from (?:your|this|"
            r"the|servers|\[|dynamic|host|ip)"
        ),
        r"(?:refus|reject|deny|denie)\w{0,10} .{0,30}(?:connection|mail|message)s? from (?:your|this|\[|\d)",
        r"dynamic(?:ally)?[- ](?:ip|assigned|address|/)",
        r"dial-?up",
        r"esmtp not accepting connections",
        r"no mail accepted from",
        r"message refused by",
        r"access (?:from ip|denied.{0,40}(?:ip|client|host)).{0,40}",
        r"server ip .{0,60}listed",
        r"ip .{0,60}(?:is listed|was found|in the)",
        r"(?<!not )listed (?:at|in|by|on) ",
        r"you are not allowed to connect",
        r"administrative prohibition",
        r"too many spams from your ip",
        r"unusual rate",
        r"suspicious",
        r"helo (?:command )?reject",
        r"(?:invalid|bad|forged|fake) (?:helo|ehlo)",
        r"helo.{0,40}(?:invalid|mismatch|access denied|rejected|does not)",
    ),
)

CONTENT = Family(
    "spam or content",
    "blocked",
    (
        r"\bspam\b",
        r"\bspam(?:my|ming|assassin|score)",
        r"\bube\b",
        r"\buce\b",
        r"unsolicited",
        r"bulk mail",
        r"junk mail",
        r"phish",
        r"considered (?:as )?(?:spam|unsolicited)",
        r"\bvirus",
        r"malware",
        r"infected",
        r"trojan",
        r"worm\b",
        r"content (?:rejected|filter|denied|violat|restrict|is not)",
        r"message content",
        r"prohibited content",
        r"html tag",
        r"message (?:filtered|was filtered|has been filtered)",
        r"rejected due to (?:the )?content",
        r"looks like (?:spam|a bulk)",
        r"classified as",
        r"header(?:s)? (?:check|rejected|error)",
        r"attachment.{0,30}(?:not allowed|blocked|prohibited|type|extension)",
        r"bad (?:header|content|attachment)",
        r"malformed (?:header|mime|message)",
        r"not (?:rfc|compliant)",
        r"rfc ?[25][38]22",
        r"bare (?:lf|cr|line feed)",
        r"message rejected (?:because|due)",
        r"denied by (?:custom|policy|filter)",
        r"eicar",
        r"8-?bit (?:data|characters)",
        r"non-ascii",
        r"\bDT:SPM\b",
        r"垃圾(?:邮件|郵件|信)",
        r"迷惑メール|スパム",
        r"스팸",
        r"\bспам",
    ),
)

POLICY = Family(
    "policy",
    "blocked",
    (
        r"polic(?:y|ies)",
        r"security (?:reasons?|violation|polic)",
        r"administrative(?:ly)? (?:denied|prohibit|reject|block)",
        (
            r"relay(?:ing)? (?:access )?(?:is |was |has been )?(?:denied|prohibited|not (?:allowed|"
            r"permitted))"
        ),
        r"not (?:permitted|allowed) to relay",
        r"unable to relay",
        r"cannot relay",
        r"we do not relay",
        r"no relaying",
        r"relaying (?:denied|disallowed)",
        r"relay not",
        r"unauthorized relay",
        r"not a gateway",
        r"isn't in my (?:control|rcpthosts)",
        r"domain isn't allowed to be relayed",
        (
            r"sender (?:address |domain )?(?:rejected|refused|denied|verif(?:y|ication)|"
            r"not (?:allowed|found|exist|accepted|valid)|unknown|invalid|must|does not)"
        ),
        r"invalid sender",
        r"sender (?:is )?(?:un)?(?:verified|authorized)",
        r"unroutable sender",
        r"sender.{0,40}(?:could not be|cannot be|not) (?:verified|resolved)",
        (
            r"(?:from|sender|mail from|originating|return-?path|envelope).{0,40}(?:domain|address)"
            r".{0,40}(?:not (?:exist|found|resolv)|no (?:mx|dns)|does ?n[o']t (?:exist|resolve)|"
            r"invalid|rejected|unresolv)"
        ),
        r"(?:verify|callout|callback).{0,30}(?:sender|failed)",
        r"domain of sender",
        r"fix your dns",
        r"mail from command",
        r"too many (?:connections|messages|recipients|mails|sessions|concurrent|requests|invalid|smtp)",
        r"rate ?limit",
        r"throttl",
        r"(?:connection|sending|message|hourly|daily|mail) (?:rate|limit|frequency)",
        r"slow down",
        r"excessive",
        r"not authori[sz]ed",
        r"unauthori[sz]ed",
        r"authentication (?:is )?required",
        r"must authenticate",
        r"need to authenticate",
        r"permission denied",
        r"access (?:is )?denied",
        r"not permitted",
        r"not allowed",
        r"denied access",
        r"forbidden",
        r"prohibited",
        r"restricted",
        r"insufficient permission",
        r"no permission",
        r"don't have permission",
        r"requires? (?:secure|tls|ssl|encryption|starttls)",
        r"starttls",
        r"moderat(?:ed|or)",
        r"only (?:members|subscribers)",
        r"delivery not authorized",
    ),
)
