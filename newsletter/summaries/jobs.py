"""One summary that a run works on, and the question that a model is asked about it."""

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from newsletter.grounding import Source
from newsletter.llm.questions import ModelRequest
from newsletter.models import Paper
from newsletter.records import SummaryDraft
from newsletter.summaries import forms
from newsletter.summaries.forms import PromptInput, SummaryForm
from newsletter.summaries.originals import Original
from newsletter.summaries.prompts import shortened
from newsletter.summaries.translation import statements
from newsletter.text.glossary import TermTranslation
from newsletter.text.readable import readable


@dataclass(slots=True)
class Job:
    """One claimed summary and what has been answered to its present question, the oldest first.

    ``lease`` is the id of the run that claimed it; ``original`` the English summary that a rendering is of.
    ``tries`` counts the calls in this run that brought no answer, ``releases`` the runs that gave it back.
    """

    summary_id: int
    paper_id: int
    language: str
    source: Source
    version: int
    hint: str
    round: int
    releases: int
    had_extract: bool
    lease: uuid.UUID
    form: SummaryForm = SummaryForm.BRIEF
    original: Original | None = None
    answers: list[str] = field(default_factory=list)
    attempt_ids: list[int] = field(default_factory=list)
    opinions: dict[str, str] = field(default_factory=dict)  # the second model's, by what they are on
    attempts: int = 0
    overflows: int = 0
    refusal: str = ""
    tries: int = 0

    @property
    def english(self) -> SummaryDraft | None:
        """What a rendering says in English; None for what is none, or has nothing to render yet."""
        return self.original.draft if self.original is not None else None

    @property
    def can_be_asked(self) -> bool:
        """Whether there is what the question is about: of a rendering, an English summary."""
        return self.form is not SummaryForm.RENDERING or self.english is not None

    @property
    def fingerprint(self) -> str:
        """Of the question: an answer to another text, wish or prompt is no answer to this one."""
        text: object = self.source.abstract
        if self.form is SummaryForm.RENDERING:
            text = list(statements("", self.english).items()) if self.english is not None else ""
        question = [str(self.form), self.language, self.source.title, text, self.hint, self.round]
        return hashlib.sha256(json.dumps(question).encode()).hexdigest()[:32]


def source_of(paper: Paper) -> Source:
    """The paper as a model is shown it and as its answer is checked: readable, without TeX."""
    return Source(
        title=readable(" ".join(paper.title.split())),
        abstract=readable(" ".join(paper.abstract.split())),
        arxiv_id=paper.arxiv_id,
    )


def first_question(job: Job, glossary: Mapping[str, Sequence[TermTranslation]]) -> ModelRequest:
    """What a model is asked for a summary. ``glossary`` has the terms of each language.

    The text is halved for each time that it was too long for the model's context.
    """
    abstract, english = job.source.abstract, job.english
    for _ in range(job.overflows):
        abstract = shortened(abstract) or abstract[: len(abstract) // 2]
        if english is not None:
            english = replace(english, takeaways=english.takeaways[: len(english.takeaways) // 2])
    inputs = PromptInput(
        source=replace(job.source, abstract=abstract),
        language=job.language,
        english=english,
        glossary=glossary.get(job.language, ()),
        hint=job.hint,
    )
    return forms.request(job.form, inputs)
