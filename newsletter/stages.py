"""The stages of the content that go through items, as the desk names them."""

from newsletter.set_aside import Stage

TAKING_IN = Stage("take-in", "taking in papers", "paper", "newsletter.view_paper")
WANTED = Stage("wanted", "taking in papers that readers named", "paper", "newsletter.view_paper")
INDEXING = Stage("index", "indexing papers by title and author", "paper", "newsletter.view_paper")
DAYS = Stage("take-in-days", "taking in days", "day", "newsletter.view_paper")
VOTES = Stage("votes", "refreshing votes", "day", "newsletter.view_paper")
FEATURES = Stage("features", "counting papers' words and authors", "paper", "newsletter.view_paper")
RELATED = Stage("related", "finding related papers", "paper", "newsletter.view_paper")
SEARCH = Stage("search", "indexing papers for the search", "paper", "newsletter.view_paper")
EXTRACTS = Stage("extracts", "making extracts of abstracts", "paper", "newsletter.view_paper")
COMPOSING = Stage("compose", "composing editions", "day", "newsletter.view_edition")
QUERIES = Stage("queries", "reading the queries of topics", "topic", "newsletter.view_topic")
MATCHING = Stage("match", "matching papers to topics", "paper", "newsletter.view_paper")
TOPICS = Stage("compose-topics", "filling editions", "topic", "newsletter.view_edition")
APPROVING = Stage("approve", "approving editions", "edition", "newsletter.view_edition")
PICTURES = Stage("pictures", "fetching pictures", "picture", "newsletter.view_paper")
SUMMARIES = Stage("summaries", "writing summaries", "summary", "newsletter.view_summary")
CALIBRATION = Stage("calibration", "calibrating the checks", "answer", "newsletter.view_summaryattempt")
READINGS = Stage("readings", "reading in depth", "paper", "newsletter.view_reading")
TRANSLATIONS = Stage("readings-languages", "translating readings", "paper", "newsletter.view_reading")
CHANNEL_DAYS = Stage("channel-days", "choosing what channels post", "channel", "newsletter.view_channel")
POSTING = Stage("channels", "posting to channels", "channel", "newsletter.view_channel")
EXPORTING = Stage("export", "writing files of the archive", "day", "newsletter.view_edition")
"""Of a command alone, which tells what failed and keeps nothing: the desk has no such items."""

STAGES = (
    *(TAKING_IN, WANTED, INDEXING, DAYS, VOTES, FEATURES, RELATED, COMPOSING, QUERIES, MATCHING, TOPICS),
    *(APPROVING, PICTURES, SUMMARIES, CALIBRATION, READINGS, TRANSLATIONS, CHANNEL_DAYS, POSTING),
    *(SEARCH, EXTRACTS),
)
