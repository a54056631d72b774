"""The rows of the content. All models are here, whichever stage changes them: a file for each subject.

Each step of the pipeline is a row that changes its state. Invariants live in the database and have names. A
query that more than one place needs is a QuerySet method.
"""

from newsletter.models.channels import Channel, ChannelPost, ChannelPostQuerySet, ChannelQuerySet
from newsletter.models.constraints import within
from newsletter.models.demand import Demand, SummaryDemand
from newsletter.models.desk import (
    DaySettings,
    EditionChange,
    SetAside,
    SetAsideQuerySet,
    SummaryVersion,
    TypedDraft,
)
from newsletter.models.editions import Edition, EditionQuerySet, Entry
from newsletter.models.features import Corpus, PaperAuthor, PaperFeatures, RelatedPapers
from newsletter.models.intake import IntakeDay, SourceHealth
from newsletter.models.papers import Announcement, MailedPaper, Paper, PaperQuerySet, PaperVersion
from newsletter.models.publication import Publication, PublicationQuerySet
from newsletter.models.readings import (
    Figure,
    FigureQuerySet,
    Reading,
    ReadingCall,
    ReadingQuerySet,
    ReadingState,
    ReadingText,
    TextState,
)
from newsletter.models.references import PaperKey, WantedPaper, WantedPaperQuerySet
from newsletter.models.reports import Report, ReportMessage, ReportQuerySet
from newsletter.models.revisions import (
    Correction,
    CorrectionQuerySet,
    SummaryRevision,
    SummaryRevisionQuerySet,
)
from newsletter.models.search import SearchEntry, SearchProgress, SearchTerm
from newsletter.models.summaries import GlossaryTerm, Summary, SummaryQuerySet
from newsletter.models.summary_work import KnownModel, SummaryAttempt, SummaryBatch
from newsletter.models.topics import Topic, TopicQuerySet

__all__ = [
    "Announcement",
    "Channel",
    "ChannelPost",
    "ChannelPostQuerySet",
    "ChannelQuerySet",
    "Corpus",
    "Correction",
    "CorrectionQuerySet",
    "DaySettings",
    "Demand",
    "Edition",
    "EditionChange",
    "EditionQuerySet",
    "Entry",
    "Figure",
    "FigureQuerySet",
    "GlossaryTerm",
    "IntakeDay",
    "KnownModel",
    "MailedPaper",
    "Paper",
    "PaperAuthor",
    "PaperFeatures",
    "PaperKey",
    "PaperQuerySet",
    "PaperVersion",
    "Publication",
    "PublicationQuerySet",
    "Reading",
    "ReadingCall",
    "ReadingQuerySet",
    "ReadingState",
    "ReadingText",
    "RelatedPapers",
    "Report",
    "ReportMessage",
    "ReportQuerySet",
    "SearchEntry",
    "SearchProgress",
    "SearchTerm",
    "SetAside",
    "SetAsideQuerySet",
    "SourceHealth",
    "Summary",
    "SummaryAttempt",
    "SummaryBatch",
    "SummaryDemand",
    "SummaryQuerySet",
    "SummaryRevision",
    "SummaryRevisionQuerySet",
    "SummaryVersion",
    "TextState",
    "Topic",
    "TopicQuerySet",
    "TypedDraft",
    "WantedPaper",
    "WantedPaperQuerySet",
    "within",
]
