"""The model writer beside a plain chain over the same model: `python -m benchmarks.model_writer`.

Both are asked the same seeded, stratified sample of the questions about the seeds, over the same
retriever. The plain chain is that of the tutorials: a follow-up is condensed to a question that
stands alone, the abstracts that the retriever returns are stuffed into the prompt, and the model is
asked to answer from them, to cite by number and to say when it does not know. Its replies are read
as kindly as those of litdesk: every form of marker counts, and a refusal in any words.

Rows are kept in the folder of `--rows`, `litdesk.jsonl` and `plain.jsonl`, in the format of
`litdesk eval`: a cut run goes on, a larger sample adds to a smaller one, and `litdesk eval compare`
reads them. Rows know the settings, the prompts and the library, but not the code: remove the file
when the code of answers has changed.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections import defaultdict
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from benchmarks.report import machine, mean, share
from litdesk.answer.reply import parse_reply
from litdesk.assistant import Assistant
from litdesk.errors import SettingsError
from litdesk.evaluate.cases import read_cases
from litdesk.evaluate.judging import Judge, judge_row
from litdesk.evaluate.measures import MEASURES
from litdesk.evaluate.measures.latency import latency
from litdesk.evaluate.measures.phrases import facts_found, forbidden_found, is_corrected
from litdesk.evaluate.rows import read_rows
from litdesk.evaluate.run import ask_cases
from litdesk.providers import Reply, read_reply
from litdesk.question import check_question
from litdesk.settings import load_settings
from litdesk.types import (
    Abstention,
    AbstentionReason,
    Answer,
    AnswerStatus,
    Citation,
    Provenance,
    RetrievedPaper,
    Sentence,
    Usage,
    Verdict,
    digest,
)

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Collection, Sequence

    from langchain_core.callbacks import BaseCallbackHandler
    from langchain_core.documents import Document

    from litdesk.evaluate.cases import Case
    from litdesk.evaluate.judging import JudgedRow
    from litdesk.evaluate.rows import Row
    from litdesk.types import Turn

ROOT = Path(__file__).parents[1]
Judged = dict[str, list["JudgedRow"]]
ANSWERABLE = ("single", "several", "metadata", "followup", "typo", "paraphrase")
UNANSWERABLE = ("offtopic", "nearmiss", "falsepremise")
MAX_SENTENCES = 6
PATIENCE_S = 1800
CONDENSE = (
    "Given a chat history and the latest user question which might reference context in the chat "
    "history, formulate a standalone question which can be understood without the chat history. Do "
    "NOT answer the question, just reformulate it if needed and otherwise return it as is."
)
STUFF = (
    "You are an assistant for question-answering tasks. Use the following pieces of retrieved "
    "context to answer the question. Cite the pieces that you use by their numbers, as in [1]. If "
    f"you don't know the answer, just say that you don't know. Use {MAX_SENTENCES} sentences "
    "maximum and keep the answer concise.\n\n{context}"
)
_SAYS = r"(?:mention|stat|specif|provid|contain|discuss|address|answer|includ|giv|inform|report)\w*"
REFUSAL = re.compile(
    r"\bI(?:'m| am)? (?:sorry|unable|cannot|can't|could not|couldn't|do not|don't)\b"
    rf"|\b(?:not|n't|cannot)\b(?: \w+){{0,4}} {_SAYS}"
    rf"|\b(?:no|any)\b(?: \w+){{0,3}} (?:information|mention|answer)",
    re.IGNORECASE,
)
"""What counts as saying that one does not know, in the first sentence of a plain reply."""


class PlainChain(Assistant):
    """Stuffs what the retriever returns into one prompt, as the tutorials do."""

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        without: Collection[str] = (),
        shuffle: int | None = None,
        callbacks: Sequence[BaseCallbackHandler] = (),
    ) -> Answer:
        """Answer a question as `Assistant.ask` does, with nothing around the model.

        Args:
            question: The question.
            history: The turns before it, oldest first.
            without: Must be empty: a plain chain cannot leave papers out.
            shuffle: Must be None: it reads the documents as they come.
            callbacks: Ignored.

        Returns:
            The model's text as it came, with its markers read as citations.
        """
        if without or shuffle is not None:
            raise NotImplementedError
        begin = perf_counter()
        turns = self._messages_of(history)
        alone, condensed = check_question(question), None
        if turns:
            condensed = self._read(CONDENSE, {"input": question, "history": turns})
            alone = condensed.text.strip()
        found = self.retriever.invoke(alone)
        context = {"context": self._stuffed(found)}
        reply = self._read(STUFF, {"input": question, "history": turns} | context)
        return self._answer(question, alone, found, [condensed, reply], begin)

    @property
    def provenance(self) -> Provenance:
        """What the plain chain's answers depend on; settings of litdesk's answers are not."""
        return Provenance(
            writer="plain chain",
            model=self.settings.model,
            prompts={"condense": digest(CONDENSE), "stuff": digest(STUFF)},
            settings=digest(
                self.settings.retrieval.model_dump_json(), str(self.settings.chat.temperature)
            ),
            library=self._open_shelf().fingerprint,
        )

    def _read(self, system: str, asked: dict[str, Any]) -> Reply:
        from langchain_core.prompts import ChatPromptTemplate

        lines = [("system", system), ("placeholder", "{history}"), ("human", "{input}")]
        writer = self.model_writer
        if writer is None:
            raise SettingsError("A plain chain needs a chat model.", remedy="Name one: --model.")
        chain = ChatPromptTemplate.from_messages(lines) | writer.model
        return read_reply(chain, asked, name=writer.name, deadlines=writer.deadlines)

    def _messages_of(self, history: Sequence[Turn]) -> list[tuple[str, str]]:
        """The conversation; where a case has no text for an answer, the papers that it cited."""
        return [
            message
            for turn in history
            for message in (("human", turn.question), ("ai", turn.answer or self._cited(turn)))
        ]

    def _cited(self, turn: Turn) -> str:
        numbered = enumerate(turn.paper_ids, start=1)
        return " ".join(f"[{n}] {self.paper(i).formatted}" for n, i in numbered)

    def _stuffed(self, found: Sequence[Document]) -> str:
        """The abstracts with what the record says of each, so that authors can be answered too."""
        return "\n\n".join(
            f"[{n}] {self.paper(d.metadata['paper_id']).formatted}\n{d.page_content}"
            for n, d in enumerate(found, start=1)
        )

    def _answer(
        self,
        question: str,
        alone: str,
        found: Sequence[Document],
        replies: Sequence[Reply | None],
        begin: float,
    ) -> Answer:
        *_, last = used = [reply for reply in replies if reply is not None]
        text = last.text.strip()
        passages = self.retriever.find_passages(alone)
        sentences = tuple(
            Sentence(
                text=one.text,
                start=0,
                end=0,
                verdict=Verdict.UNCHECKED,
                citations=tuple(
                    Citation(marker=n, paper_id=found[n - 1].metadata["paper_id"])
                    if 0 < n <= len(found)
                    else Citation(marker=n, status="unknown")
                    for n in one.markers
                ),
            )
            for one in parse_reply(text, passages, max_sentences=100)
        )
        refused = not sentences or bool(REFUSAL.search(sentences[0].text))
        reason = AbstentionReason.NOT_IN_ABSTRACTS
        return Answer(
            question=question,
            status=AnswerStatus.ABSTAINED if refused else AnswerStatus.ANSWERED,
            answer=text,
            sentences=sentences,
            abstention=Abstention(reason=reason, message=text) if refused else None,
            read_as=alone if alone != question else None,
            retrieved=tuple(
                RetrievedPaper(
                    rank=n,
                    paper_id=d.metadata["paper_id"],
                    title=d.metadata["title"],
                    score=d.metadata["score"],
                )
                for n, d in enumerate(found, start=1)
            ),
            usage=Usage(
                calls=sum(reply.usage.calls for reply in used),
                input_tokens=sum(reply.usage.input_tokens for reply in used),
                output_tokens=sum(reply.usage.output_tokens for reply in used),
            ),
            timings_ms={"total": round(1000 * (perf_counter() - begin), 2)},
            provenance=self.provenance,
        )


def sample_cases(cases: Sequence[Case], size: int, *, seed: int) -> list[Case]:
    """Return a sample with the categories in their proportions.

    Args:
        cases: All cases.
        size: How many to choose; all where it is 0, or more than there are.
        seed: Names the order in which each category is drawn, so that a larger sample of the same
            seed nearly always holds the smaller one.

    Returns:
        The chosen cases, at least one of each category, in the order of the file.
    """
    if not 0 < size < len(cases):
        return list(cases)
    drawn: dict[str, list[str]] = defaultdict(list)
    for case in sorted(cases, key=lambda c: digest(str(seed), c.id)):
        drawn[case.category].append(case.id)
    quota = {name: max(1, int(size * len(ids) / len(cases))) for name, ids in drawn.items()}
    rest = sorted(drawn, key=lambda c: (-(size * len(drawn[c]) / len(cases) - quota[c]), c))
    for name in rest[: max(0, size - sum(quota.values()))]:
        quota[name] += 1
    chosen = {i for name, ids in drawn.items() for i in ids[: quota[name]]}
    return [case for case in cases if case.id in chosen]


def cites_right_paper(judged: JudgedRow) -> bool:
    """Return whether an answer cites enough of the right papers.

    Args:
        judged: The row.

    Returns:
        False for an abstention.
    """
    cited = {c.paper_id for s in judged.sentences for c in s.sentence.citations}
    return judged.answered and len(cited & set(judged.row.right)) >= (judged.row.min_papers or 1)


def figures(judged: Sequence[JudgedRow]) -> dict[str, str]:
    """Return the figures of one system.

    Args:
        judged: All its rows.

    Returns:
        Name of a figure to its value with interval and n.
    """
    by: dict[str, list[JudgedRow]] = defaultdict(list)
    for one in judged:
        by[one.row.category].append(one)
    answerable = [j for name in ANSWERABLE for j in by[name]]
    with_papers = [j for j in answerable if j.row.right]
    found = {"right paper among the citations": share([cites_right_paper(j) for j in with_papers])}
    for name in ("citation_precision", "citation_recall"):
        measure = MEASURES[name]
        parts = [p for j in judged if j.answered and (p := measure.parts(j)) is not None]
        found[measure.title] = mean([p[0] for p in parts])
    for name in ANSWERABLE:
        found[f"all key facts: {name}"] = share([all(facts_found(j)) for j in by[name]])
    found["all key facts: answerable"] = share([all(facts_found(j)) for j in answerable])
    for name in UNANSWERABLE:
        good = [j.abstained or is_corrected(j) for j in by[name]]
        found[f"abstained or corrected: {name}"] = share(good)
    found["answerable but refused"] = share([not j.answered for j in answerable])
    found["a forbidden phrase"] = share([forbidden_found(j) for j in answerable])
    times = latency([j.row for j in judged])
    median = times["median_ms"]
    found["median time"] = f"{median / 1000:.1f} s (n = {times['n']})" if median else "not measured"
    tokens = [j.row.usage for j in judged if j.row.usage]
    found["tokens in, out a question"] = (
        f"{sum(u.input_tokens for u in tokens) / len(tokens):.0f}, "
        f"{sum(u.output_tokens for u in tokens) / len(tokens):.0f}"
    )
    return found


def print_table(columns: dict[str, dict[str, str]]) -> None:
    """Print figures side by side.

    Args:
        columns: Name of a system to its figures.
    """
    names = list(dict.fromkeys(name for column in columns.values() for name in column))
    print(f"{'':36s} " + " ".join(f"{title:34s}" for title in columns))
    for name in names:
        print(f"{name:36s} " + " ".join(f"{c.get(name, ''):34s}" for c in columns.values()))


def print_rows(judged: dict[str, list[JudgedRow]]) -> None:
    """Print what was asked and answered, for whoever tunes.

    Args:
        judged: Name of a system to its rows.
    """
    for rows in zip(*judged.values(), strict=True):
        case = rows[0].row
        print(f"\n- {case.id}: {case.user_input}\n  wanted: {case.reference}")
        for system, one in zip(judged, rows, strict=True):
            facts = facts_found(one)
            verdicts = " ".join(s.verdict.value[:5] for s in one.sentences)
            right = "right paper" if cites_right_paper(one) else "no right paper"
            print(
                f"  {system}: {one.row.state.value}, facts {sum(facts)}/{len(facts)}, {right}, "
                f"{verdicts}\n    {one.row.response}"
            )


SYSTEMS: dict[str, type[Assistant]] = {"litdesk": Assistant, "plain": PlainChain}


def ask_systems(names: Sequence[str], chosen: Sequence[Case], options: Namespace) -> Judged:
    """Ask the questions whose rows are not stored yet.

    Args:
        names: Which of `SYSTEMS`.
        chosen: The questions.
        options: Of the command.

    Returns:
        The judged rows of each system, in the order of the questions.
    """
    judged: Judged = {}
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(
            library=Path(folder) / "library",
            model=options.model,
            base_url=options.base_url,
            chat={f"{name}_timeout_s": PATIENCE_S for name in ("first_token", "gap", "total")},
        )
        for name in names:
            with SYSTEMS[name].open(settings) as assistant:
                assistant.ingest([ROOT / "seeds"])
                rows = ask_cases(
                    assistant,
                    chosen,
                    path=(options.rows or Path(folder)) / f"{name}.jsonl",
                    jobs=options.jobs,
                    progress=lambda done, all_: print(f"{done} of {all_}", flush=True),
                )
                judge = Judge(assistant.verifier)
                judged[name] = [judge_row(row, judge) for row in rows]
    return judged


def read_stored(names: Sequence[str], chosen: Sequence[Case], folder: Path) -> Judged:
    """Read the rows of a cut run: of the questions that every system has been asked.

    Args:
        names: Which of `SYSTEMS`.
        chosen: The questions.
        folder: Where the rows are.

    Returns:
        The judged rows of each system, in the order of the questions.
    """
    rows = {name: {row.id: row for row in read_rows(folder / f"{name}.jsonl")} for name in names}
    ids = [c.id for c in chosen if all(_is_done(rows[name].get(c.id)) for name in names)]
    judge = Judge(Assistant(load_settings()).verifier)
    return {name: [judge_row(rows[name][i], judge) for i in ids] for name in names}


def _is_done(row: Row | None) -> bool:
    return row is not None and bool(row.provenance)  # one that failed is asked again


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("tune", "report"), default="report")
    parser.add_argument("--model", required=True, help="a chat model, such as openai:NAME")
    parser.add_argument("--base-url", help="address of an OpenAI-compatible server")
    parser.add_argument("--sample", type=int, default=0, help="how many questions; all if 0")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rows", type=Path, help="folder where the rows are kept")
    parser.add_argument("--only", choices=tuple(SYSTEMS), help="ask one of them only")
    parser.add_argument("--stored", action="store_true", help="ask nothing: print what --rows has")
    parser.add_argument("--jobs", type=int, default=1, help="questions at once")
    parser.add_argument("--show", action="store_true", help="print the answers (tune half)")
    options = parser.parse_args()
    if options.half == "report" and options.show:
        parser.error("the report half is for reporting only")
    if options.stored and not options.rows:
        parser.error("--stored needs --rows")
    cases = read_cases(ROOT / f"evals/cases/seeds-{options.half}.jsonl")
    chosen = sample_cases(cases, options.sample, seed=options.seed)
    names = [options.only] if options.only else list(SYSTEMS)
    if options.stored:
        judged = read_stored(names, chosen, options.rows)
    else:
        judged = ask_systems(names, chosen, options)
    print(
        f"{len(judged[names[0]])} of {len(cases)} questions, {options.half} half, "
        f"seed {options.seed}; {options.model}; {machine()}"
    )
    print_table({name: figures(rows) for name, rows in judged.items()})
    if options.show:
        print_rows(judged)


if __name__ == "__main__":
    main()
