"""What mail servers say when they refuse, in the order in which it counts: the first that is found decides.

Our own fault stands before the reader's, because "user unknown" is also what some say to a sender they block;
what passes stands before what stays.
"""

import re


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(phrases), re.IGNORECASE)


PHRASES: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    (
        "their software",
        "soft",
        _any(
            r"procmail: couldn'?t create|unknown mailer error|command (?:died|failed|output)|mail loop|"
            r"pipe to \|",
            r"name service error.{0,80}(?:malformed|unexpected|try again|timed out)|deferred: name server",
        ),
    ),
    (
        "sender refused",
        "blocked",
        _any(r"after MAIL FROM|in reply to MAIL FROM|\b5\.1\.[78]\b|group.{0,80}may not exist"),
    ),
    (
        "suspended",
        "soft",
        _any(
            r"(?:account|mailbox|user|recipient)(?:\(s\))?.{0,40}(?:is|has been|been|currently|temporar\w*) "
            r"(?:temporarily )?(?:disabled|suspended|locked|inactive|deactivated|blocked by)",
        ),
    ),
    (
        "filtered",
        "soft",
        # Japan's mobile carriers say this of a reader's own filter as well.
        _any(
            r"this user doesn'?t have an? \S+ account",  # Yahoo, when it has the whole message
            r"550:? ?: user unknown",
            r"unknown user \S+@\S*docomo",
            r"user unknown.{0,200}docomo\.ne\.jp",
        ),
    ),
    (
        "authentication",
        "blocked",
        _any(
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
    ),
    (
        "no reverse DNS",
        "blocked",
        _any(
            r"reverse[- ]?dns|\brdns\b|\bptr\b|reverse (?:hostname|mapping|lookup|name)",
            r"cannot (?:find|resolve) your (?:reverse )?(?:host ?name|ip)",
            r"(?:no|invalid|missing|without).{0,20}(?:reverse|dns ptr)",
            r"ip address .{0,60}(?:no|not) (?:have )?(?:a )?(?:reverse|resolv)",
            r"(?:client|your|sending) (?:host(?:name)?|ip).{0,40}(?:cannot find|does not resolve|"
            r"not resolve)",
            r"all .{0,20}servers .{0,20}must have .{0,20}dns",
            r"\b5\.7\.25\b",
        ),
    ),
    (
        "mailbox full",
        "soft",
        _any(
            r"(?:mail ?box|inbox|mail ?folder|mail ?drop|account|user|disk|storage|recipient|boite|casella)"
            r".{0,40}(?:is |are |was |has )?(?:full|over ?quota|exceed(?:s|ed)?|out of space|too large)",
            r"over (?:the |its |disk |maximum )?(?:quota|storage|allowed)|over-?quota|"
            r"quota (?:is )?(?:exceed|full|reached|violation)",
            r"exceed(?:s|ed|ing)? (?:(?:the|its|his|her|their|your|storage|mailbox|disk|allowed|"
            r"maximum) ){0,4}"
            r"(?:quota|mailbox|storage|space|allocation)",
            r"(?:mail|disk|storage) quota|quotaexceeded|insufficient (?:system )?(?:storage|disk|quota)",
            r"not enough (?:storage|disk|space)|out of storage",
            r"mailfolder is full|mail box full|容量|보관함.{0,20}초과|邮箱.{0,6}满",
            r"delivery failed: over quota|user has too many messages|too much mail data",
            r"\b[45]\.2\.2\b",
        ),
    ),
    (
        "too big",
        "blocked",
        _any(
            r"(?:message|mail|content|size|attachment|data).{0,40}(?:too (?:large|big|long)|exceed(?:s|"
            r"ed)? .{0,40}(?:size|limit|maximum))",
            r"(?:message|mail|content|max(?:imum)?) (?:message )?(?:file )?size.{0,30}(?:exceed|limit|"
            r"violat)",
            r"exceed(?:s|ed)? .{0,40}(?:size|length) ?limit",
            r"size limit|too large message",
            r"line(?:s)? (?:is |are )?too long|maximum allowed line length",
            r"\b[45]\.3\.4\b|\b[45]\.2\.3\b",
        ),
    ),
    (
        "block list",
        "blocked",
        _any(
            r"\b(?:dns|r|u|s)bl\b|dnsbl|rbl|spamhaus|spamcop|sorbs|barracuda(?:central| ?reputation)|"
            r"spamrats|uceprotect|"
            r"spfbl|senderscore|sender ?base|mailspike|trendmicro.{0,20}(?:rbl|ers)|proofpoint|cloudmark|"
            r"\bcsi\.",
            r"black-?list(?:ed)?|block-?list(?:ed)?|deny-?list|banned (?:ip|sender|host)|\bbanned\b",
            r"(?:is|was|been|are|temporarily|currently|message|mail|access|connection|host|ip|address|"
            r"sender|client)\s+blocked\b",
            r"blocked (?:by|using|for|due|because|from|at|sender|until|\(|\[)",
            r"we (?:have )?block|has been blocked|sender (?:ip|address|domain|host) .{0,40}(?:blocked|"
            r"rejected|refused)",
            r"(?:client|sender|your) (?:host|ip|server).{0,60}(?:rejected|refused|denied|not (?:allowed|"
            r"accepted|permitted|welcome))",
            r"(?:bad|poor|low|negative|insufficient).{0,16}reputation|reputation.{0,40}(?:low|poor|bad|"
            r"block)",
            r"not accept(?:ing|ed)? (?:any )?(?:e?-?mail|messages?|connections?) from (?:your|this|the|"
            r"servers|\[|dynamic|host|ip)",
            r"(?:refus|reject|deny|denie)\w* .{0,30}(?:connection|mail|message)s? from (?:your|this|\[|\d)",
            r"dynamic(?:ally)?[- ](?:ip|assigned|address|/)|dial-?up",
            r"esmtp not accepting connections|no mail accepted from|message refused by|"
            r"connection (?:refused|rejected|denied|dropped) by",
            r"access (?:from ip|denied.{0,40}(?:ip|client|host)).{0,40}",
            r"server ip .{0,60}listed|ip .{0,60}(?:is listed|was found|in the)|(?<!not )listed (?:at|in|by|"
            r"on) ",
            r"you are not allowed to connect|administrative prohibition|too many spams from your ip",
            r"unusual rate|suspicious",
            r"helo (?:command )?reject|(?:invalid|bad|forged|fake) (?:helo|ehlo)|helo.{0,40}(?:invalid|"
            r"mismatch|access denied|rejected|does not)",
        ),
    ),
    (
        "spam or content",
        "blocked",
        _any(
            r"\bspam\b|\bspam(?:my|ming|assassin|score)|\bube\b|\buce\b|unsolicited|bulk mail|junk mail|"
            r"phish|"
            r"considered (?:as )?(?:spam|unsolicited)",
            r"\bvirus|malware|infected|trojan|worm\b",
            r"content (?:rejected|filter|denied|violat|restrict|is not)|message content|prohibited content|"
            r"html tag",
            r"message (?:filtered|was filtered|has been filtered)|rejected due to (?:the )?content|"
            r"looks like (?:spam|a bulk)|classified as|header(?:s)? (?:check|rejected|error)|"
            r"attachment.{0,30}(?:not allowed|blocked|prohibited|type|extension)",
            r"bad (?:header|content|attachment)|malformed (?:header|mime|message)|not (?:rfc|compliant)|"
            r"rfc ?[25][38]22|bare (?:lf|cr|line feed)",
            r"message rejected (?:because|due)|denied by (?:custom|policy|filter)|eicar|8-?bit (?:data|"
            r"characters)|non-ascii",
        ),
    ),
    (
        "no such host",
        "hard",
        _any(r"host unknown|unknown host|host or domain name not found|no such (?:domain|host)"),
    ),
    (
        "unknown user",
        "hard",
        _any(
            r"recipient address rejected: access denied",  # Exchange Online, with 5.4.1, for who is not there
            r"requested action not taken: mailbox unavailable",  # RFC 5321's own words for 550
            r"no valid recipients?",
            r"recipient address rejected\.?(?: *\(in reply.{0,40})? *$",
        ),
    ),
    (
        "policy",
        "blocked",
        _any(
            r"polic(?:y|ies)|security (?:reasons?|violation|polic)|administrative(?:ly)? (?:denied|"
            r"prohibit|reject|block)",
            r"relay(?:ing)? (?:access )?(?:is |was |has been )?(?:denied|prohibited|not (?:allowed|"
            r"permitted))|not (?:permitted|allowed) to relay|"
            r"unable to relay|cannot relay|we do not relay|no relaying|relaying (?:denied|disallowed)|"
            r"relay not|unauthorized relay|"
            r"not a gateway|isn't in my (?:control|rcpthosts)|domain isn't allowed to be relayed",
            r"sender (?:address |domain )?(?:rejected|refused|denied|verif(?:y|ication)|not (?:allowed|"
            r"found|exist|accepted|valid)|unknown|invalid|must|does not)|"
            r"invalid sender|sender (?:is )?(?:un)?(?:verified|authorized)|unroutable sender|"
            r"sender.{0,40}(?:could not be|cannot be|not) (?:verified|resolved)|"
            r"(?:from|sender|mail from|originating|return-?path|envelope).{0,40}(?:domain|"
            r"address).{0,40}(?:not (?:exist|found|resolv)|no (?:mx|dns)|does ?n[o']t (?:exist|resolve)|"
            r"invalid|rejected|unresolv)",
            r"(?:verify|callout|callback).{0,30}(?:sender|failed)|domain of sender|fix your dns|"
            r"mail from command",
            r"too many (?:connections|messages|recipients|mails|sessions|concurrent|requests|invalid|smtp)|"
            r"rate ?limit|throttl|"
            r"(?:connection|sending|message|hourly|daily|mail) (?:rate|limit|frequency)|slow down|excessive",
            r"not authori[sz]ed|unauthori[sz]ed|authentication (?:is )?required|must authenticate|"
            r"need to authenticate|permission denied|"
            r"access (?:is )?denied|not permitted|not allowed|denied access|forbidden|prohibited|restricted|"
            r"insufficient permission|no permission|don't have permission|requires? (?:secure|tls|ssl|"
            r"encryption|starttls)|starttls|"
            r"moderat(?:ed|or)|only (?:members|subscribers)|delivery not authorized",
        ),
    ),
    (
        "unknown user",
        "hard",
        _any(
            r"(?:user|recipient|mail ?box|account|address|alias|customer|name|addressee|login|group|person|"
            r"destinataire|empfänger|usuario)"
            r"[^.;:]{0,60}(?:unknown|not (?:be )?found|does ?n[o']?t exist|not exist|no longer (?:exist|"
            r"valid|available|active|in|on|with|here|accept)|"
            r"not (?:known|listed|recogni[sz]ed|local|valid|a valid|registered|present|here)|invalid|"
            r"is ?n[o']t (?:listed|known|a valid)|non-?exist|inexist|inconnu|desconocid|nicht (?:gefunden|"
            r"bekannt))",
            r"(?:unknown|invalid|bad|no such|nonexistent|non-existent|unrecogni[sz]ed|undefined|"
            r"unrouteable|unroutable|illegal|incorrect|wrong)"
            r" (?:\S+ ){0,3}(?:user|recipient|mail ?box|account|address|alias|local[- ]?part|rcpt|"
            r"destination|name|person|e-?mail|addressee)",
            r"\bno (?:such )?(?:user|mail ?box|recipient|account|address|alias|person|one)\b(?: here|"
            r" by that| with that| of that| called| found)?",
            r"(?:user|recipient|mail ?box|address) (?:is )?(?:un)?(?:known|rejected: (?:user )?unknown)",
            r"(?:user|usr) ?unknown|unknown ?(?:user|usr)|recipnotfound|unknown recipient|unknown local",
            r"not (?:a )?(?:known|valid|our|existing|listed) (?:user|customer|recipient|mailbox|address|"
            r"account)|not our customer|"
            r"is not a (?:known|valid) |not listed in (?:domino|public name|directory)|there is no (?:user|"
            r"one|such|account|mailbox)|"
            r"i couldn'?t find (?:any |an |a )?(?:account|user)|this (?:user|address|account) (?:doesn'?t|"
            r"does not) have|"
            r"could not find (?:a |the )?(?:user|recipient|mailbox)|can'?t verify recipient|unknown to |"
            r"delivery to this (?:user|address) (?:not|is no)|mailbox (?:name )?not (?:allowed|found)|"
            r"no mailbox (?:here|found)|"
            r"did(?:n'?t| not) match any (?:user|recipient)|destination server rejected recipients|"
            r"存在しない|見つかりません|존재하지 ?않|수신자.{0,20}없|(?<!可能)不存在|無此|用户不存在",
            r"\b550[ -]5\.1\.1\b|\b5\.1\.1\b|\b5\.1\.10\b|\b5\.1\.3\b",
        ),
    ),
    (
        "moved",
        "hard",
        _any(
            r"has moved|have moved|moved to (?:another|a new)|address (?:has )?(?:been )?changed|"
            r"new address|replaced by|"
            r"no longer (?:works|employed|with|at|uses)|has left|user not local; please try|\b5\.1\.6\b",
        ),
    ),
    (
        "no such host",
        "hard",
        _any(
            r"(?:host|domain)(?: name)?[^.;:]{0,60}(?:not found|unknown|does ?n[o']?t exist|not exist|"
            r"invalid|no longer|could not be found|cannot be found|couldn'?t be found)",
            r"(?:unknown|invalid|no such|nonexistent|illegal|bad) (?:\S+ )?(?:host|domain|destination|site)",
            r"(?:dns|name|address) (?:resolution|lookup|service|server).{0,30}(?:fail|not found|error|"
            r"nxdomain|no such)|nxdomain|name or service not known|"
            r"couldn'?t find any host|no address associated|no mx|null ?mx|domain (?:does|is) not accept|"
            r"does not accept (?:any )?(?:e?-?mail|messages)|"
            r"because the domain is not reachable|\d{3} [a-z0-9-]+(?:\.[a-z0-9-]+)+ does not exist|"
            r"not accepting network messages|\b(?:521|556) \S+ (?:does|do) not accept|"
            r"unrouteable (?:mail )?domain|no route to domain|recipient.{0,20}domain (?:not|does)|"
            r"\b5\.1\.2\b|\b5\.1\.10\b|\b5\.4\.4\b|\b5\.4\.310\b",
        ),
    ),
    (
        "suspended",
        "soft",
        _any(
            r"suspend|disabled|deactivated|inactive|not active|locked|frozen|dormant|closed|discontinued|"
            r"expired account|"
            r"out of service|cancel(?:l)?ed|account .{0,20}expired|"
            r"email account that you tried to reach is (?:disabled|inactive)|\b5\.2\.1\b|\b5\.7\.13\b",
        ),
    ),
    (
        "not now",
        "soft",
        _any(
            r"try again|temporar|grey-?list|time(?:d)?[ -]?out|expired|retry|delayed|too long|giving up|"
            r"connect(?:ion)? (?:to|refused|lost|reset|timed)|"
            r"unreachable|no route|loop|hop count|too many hops|network|resources|busy|system (?:error|"
            r"full|failure)|internal|local (?:error|problem)|"
            r"configuration|service unavailable|not available|unavailable",
        ),
    ),
)
