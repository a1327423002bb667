"""Decisions as text for people at a terminal: the answers in short, the reasons in full, the questions."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from .agreement import Agreement, matters, says_nothing, silences
from .boxed import HEADING
from .decision import Decision, NotConsidered, TopicResult
from .evaluate import GradeResult, MonitoringResult, PositionResult, RuleResult
from .model import Citation, Grade, GradeIs, Group, Position, direction, readings_of
from .trace import Step, Unless
from .truth import NO, UNKNOWN, YES, Truth
from .wording import (
    ABOUTS,
    ACTIONS,
    CERTAINTIES,
    DISCLAIMER,
    STATES,
    STRENGTHS,
    Wording,
    action_text,
    agreement_text,
    ahead_text,
    band_text,
    is_ahead,
    is_used,
    lower_first,
    open_grade,
)

Paint = Callable[[str, str], str]
_MARKS: dict[Truth, str] = {"yes": "+", "no": "-", "unknown": "?"}
_COLOURS: dict[str, str] = {"yes": "32", "no": "2", "unknown": "33", "bold": "1", "disagree": "35", "problem": "31"}


def plain_paint(text: str, colour: str) -> str:
    """Return the text as it is: for files, pipes and tests."""
    return text


def ansi_paint(text: str, colour: str) -> str:
    """Return the text in a terminal's colour; colour never carries what the words do not."""
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m"


@dataclass(frozen=True, slots=True)
class Sheet:
    """How a report is written: colour, and width of a line."""

    paint: Paint = plain_paint
    width: int = 100

    def wrap(self, text: str, indent: str = "", hang: str = "") -> str:
        """Return the text broken to the width, further lines under the first."""
        return textwrap.fill(
            text,
            self.width,
            initial_indent=indent,
            subsequent_indent=indent + hang,
            break_long_words=False,
            break_on_hyphens=False,
        )


def evaluate_text(decision: Decision, sheet: Sheet = Sheet()) -> str:
    """Return each position's answer in short, what is missing, and every source."""
    return "\n".join(_evaluated(decision, sheet)) + "\n"


def brief_text(decision: Decision, sheet: Sheet = Sheet()) -> str:
    """Return what applies, then what may apply and waits for what: for a reader of many topics at once."""
    return "\n".join(_in_brief(decision, sheet)) + "\n"


def explain_text(decision: Decision, sheet: Sheet = Sheet()) -> str:
    """Return every rule with the steps that led to its answer, those that did not hold included."""
    return "\n".join(_explained(decision, sheet)) + "\n"


def ask_text(decision: Decision, sheet: Sheet = Sheet()) -> str:
    """Return the questions whose answers could still change something, most decisive first."""
    return (
        "\n".join(
            [
                *_head(decision, sheet),
                *_questions(decision, sheet),
                *_not_considered(decision, sheet),
                "",
                DISCLAIMER,
            ]
        )
        + "\n"
    )


def _head(decision: Decision, sheet: Sheet) -> Iterator[str]:
    who = f"Record {decision.record_id}" if decision.record_id else "Record"
    yield f"{who}, as of {decision.as_of}; guidelines {decision.context.version} ({decision.context.digest[7:19]})"
    yield from _problems(decision, sheet)


def _used(decision: Decision, sheet: Sheet) -> Iterator[str]:
    """Yield the values on which the answers rest, as they were read."""
    words = decision.context.wording
    told = [f"{lower_first(f.fact.title)}: {words.used(f)}" for f in decision.findings.values() if is_used(f)]
    if told:
        yield ""
        yield sheet.wrap(f"Values used: {'; '.join(told)}.", "", "  ")


def _evaluated(decision: Decision, sheet: Sheet) -> Iterator[str]:
    yield from _head(decision, sheet)
    yield from _used(decision, sheet)
    for result in decision.topics:
        yield from _topic_head(result, decision, sheet)
        for position in sorted(result.positions, key=_most_telling):
            yield from _position(position, decision, sheet)
    yield from _warned(decision, sheet)
    yield from _questions(decision, sheet)
    yield from _not_considered(decision, sheet)
    yield from _sources(decision, sheet)
    yield from ["", DISCLAIMER]


def _most_telling(result: PositionResult) -> tuple[int, int]:
    """Return the order of reading: positions that apply first, and among them those with a rule that holds."""
    order = {YES: 0, UNKNOWN: 1, NO: 2}
    return order[result.applies], min((order[rule.holds] for rule in result.rules.values()), default=1)


def _topic_head(result: TopicResult, decision: Decision, sheet: Sheet) -> Iterator[str]:
    yield ""
    yield sheet.paint(result.topic.title, "bold")
    yield result.topic.question
    if not result.positions:
        yield ""
        yield sheet.wrap(
            "No source in force answers it for a single patient; the topic's page has what was found.", "  "
        )
    if result.agreements:
        yield ""
    told: set[str] = set()  # readings of silences, each told once
    for agreement in result.agreements:
        yield from _agreement(agreement, result, decision, sheet, told)


# --- in brief: many topics at once ---

_FIRST_QUESTIONS, _FIRST_MISSING = 5, 4


def _in_brief(decision: Decision, sheet: Sheet) -> Iterator[str]:
    yield from _head(decision, sheet)
    yield from _used(decision, sheet)
    yield ""
    yield sheet.paint("What applies", "bold")
    sure = [result for result in decision.topics if any(map(_tells, result.positions))]
    for result in sure:
        yield from _applying(result, decision, sheet)
    if not sure:
        yield "  Nothing yet: with what is recorded no rule holds, and no grade is known."
    yield from _warned(decision, sheet)
    yield from _may_apply(decision, sheet)
    yield from _questions(decision, sheet, _FIRST_QUESTIONS)
    if decision.not_considered:
        titles = "; ".join(each.topic.title for each in decision.not_considered)
        yield ""
        yield sheet.paint("Not considered, because it is not recorded whether they concern this patient", "bold")
        yield sheet.wrap(f"{titles}.", "  ", "  ")
    yield ""
    yield sheet.wrap(
        "In short. `evaluate --all` prints every position in full, those that do not apply too, and all sources;"
        " `evaluate --topic T` does so for one topic; `ask` has every question, and `explain` every step."
    )
    yield DISCLAIMER


def _applying(result: TopicResult, decision: Decision, sheet: Sheet) -> Iterator[str]:
    yield ""
    yield sheet.paint(result.topic.title, "bold") + f"  [{result.topic.id}]"
    told: set[str] = set()
    for agreement in result.agreements:
        if YES in agreement.answers.values():
            yield from _agreement(agreement, result, decision, sheet, told)
            told_already = {separation.failing for separation in agreement.separated_by}
            against = [name for name, answer in agreement.answers.items() if answer == NO and name not in told_already]
            if against:
                names = "; ".join(decision.context.wording.short_source(name) for name in against)
                yield sheet.wrap(f"{names}: no.", "    ", "  ")
    for position in sorted(filter(_tells, result.positions), key=_most_telling):
        yield from _position(position, decision, sheet, sure=True)


def _tells(result: PositionResult) -> bool:
    """Return whether a position says something of this patient for certain."""
    return result.applies == YES and (
        any(rule.holds == YES for rule in result.rules.values())
        or any(grade.value not in ("unknown", "not-applicable") for grade in result.grades.values())
        or any(caution.holds == YES for caution in result.cautions)
        or any(monitoring.holds == YES for monitoring in result.monitoring)
    )


def _may_apply(decision: Decision, sheet: Sheet) -> Iterator[str]:
    """Yield for each topic the positions of which something is open, and what they wait for, most wanted first."""
    words = decision.context.wording
    listed = [(result, [each for each in result.positions if _waits_for(each)]) for result in decision.topics]
    listed = [(result, waiting) for result, waiting in listed if waiting]
    if not listed:
        return
    yield ""
    yield sheet.paint("What may apply, or say more, once more is known", "bold")
    for result, waiting in listed:
        wanted = Counter(fact for each in waiting for fact in _waits_for(each))
        facts = sorted(wanted, key=lambda fact: -wanted[fact])
        titles = ", ".join(lower_first(words.title(fact)) for fact in facts[:_FIRST_MISSING])
        more = len(facts) - _FIRST_MISSING
        names = "; ".join(_short(each.position, words) for each in waiting)
        missing = f"{titles}{f' and {more} more' if more > 0 else ''}"
        yield sheet.wrap(f"{sheet.paint(result.topic.title, 'bold')}: {names}. Missing: {missing}.", "  ", "  ")


def _waits_for(result: PositionResult) -> list[str]:
    """Return the facts that a position waits for before all of it is answered."""
    if result.applies == NO:
        return []
    parts = [rule.missing for rule in result.rules.values() if rule.holds == UNKNOWN]
    parts += [grade.missing for grade in result.grades.values() if grade.value == "unknown"]
    parts += [caution.missing for caution in result.cautions if caution.holds == UNKNOWN]
    parts += [monitoring.missing for monitoring in result.monitoring if monitoring.holds == UNKNOWN]
    return [*dict.fromkeys(fact for part in (result.missing, *parts) for fact in part)]


# --- what labels warn of ---


def _warned(decision: Decision, sheet: Sheet) -> Iterator[str]:
    """Yield the boxed warnings of the products' labels, where a rule that holds gives immunoglobulin."""
    if decision.boxed_warnings:
        yield ""
        yield sheet.paint(HEADING, "bold")
    for boxed in decision.boxed_warnings:
        names = ", ".join(product.name for product in boxed.products)
        yield sheet.wrap(f"{boxed.says}: {names}.", "  ", "  ")


def _agreement(
    agreement: Agreement, result: TopicResult, decision: Decision, sheet: Sheet, told: set[str]
) -> Iterator[str]:
    words = decision.context.wording
    differs = f" They differ in {' and '.join(agreement.differs)}." if agreement.differs else ""
    text = f"On {ABOUTS[agreement.about]}: {agreement_text(agreement.result, agreement.answers.values())}{differs}"
    yield sheet.wrap(sheet.paint(text, "disagree" if agreement.result == "disagree" else "bold"), "  ")
    by_id = {p.position.id: p.position for p in result.positions}
    for failing, holding in _parted(agreement).items():
        ways = agreement.ways_of(failing)
        steps = [step for way in ways for step in way if not isinstance(step.node, Unless)]
        places = ", ".join(dict.fromkeys(step.node.place.short for step in steps if not isinstance(step.node, Unless)))
        yield sheet.wrap(
            f"{' and '.join(_short(by_id[h], words) for h in holding)}: yes. {_short(by_id[failing], words)}: no; for a yes it would take at least: {words.nearest(ways, by_id[failing])}. [{places}]",
            "    ",
            "  ",
        )
    for name in agreement.silent:
        yield sheet.wrap(_silent(agreement.about, result.positions, name, words, told), "    ", "  ")
    if YES in agreement.answers.values():
        yield from _spoken_against(agreement.about, result, decision, sheet)


def _parted(agreement: Agreement) -> dict[str, list[str]]:
    """Return the positions that answer no where others answer yes, each with those others."""
    found: dict[str, dict[str, None]] = {}
    for separation in agreement.separated_by:
        found.setdefault(separation.failing, {})[separation.holding] = None
    return {failing: list(holding) for failing, holding in found.items()}


def _silent(about: str, positions: Iterable[PositionResult], name: str, words: Wording, told: set[str]) -> str:
    """Return that a position is silent, and its readings; those told under another subject already are left out."""
    result = next(each for each in positions if each.position.id == name)
    readings = [each.silence.reading for each in silences(result, about) if each.holds == YES]
    new = [reading for reading in readings if reading not in told]
    told.update(new)
    return " ".join([f"{_short(result.position, words)} says nothing about this patient.", *new])


def _spoken_against(about: str, result: TopicResult, decision: Decision, sheet: Sheet) -> Iterator[str]:
    """Yield the rules against it that hold, which a reader of the answers above should not miss."""
    for position in result.positions:
        for rule in position.rules.values():
            if rule.holds == YES and rule.rule.about == about and direction(rule.rule.action) == "against":
                who = _short(position.position, decision.context.wording)
                yield sheet.wrap(f"{who} speaks against it: {ACTIONS[rule.rule.action].lower()}.", "    ", "  ")


def _short(position: Position, words: Wording) -> str:
    return words.short_source(position.id)


def _position(result: PositionResult, decision: Decision, sheet: Sheet, *, sure: bool = False) -> Iterator[str]:
    """Yield what a position answers; with `sure`, only what is certain of it."""
    words, position = decision.context.wording, result.position
    yield ""
    yield (
        sheet.paint(f"  {_short(position, words)}", "bold")
        + f"  [{position.id}, {position.version}, {position.status}]"
    )
    if result.applies == NO and result.applies_step is not None:
        yield sheet.wrap(
            sheet.paint("Does not apply", "no") + f". It asks for: {_asked(result, decision)}.",
            "    ",
            "  ",
        )
        return
    if result.applies == UNKNOWN and result.applies_step is not None:
        yield sheet.wrap(
            sheet.paint("May apply", "unknown") + f", if: {_asked(result, decision)}.",
            "    ",
            "  ",
        )
    rules = sorted(result.rules.values(), key=lambda rule: {"yes": 0, "unknown": 1, "no": 2}[rule.holds])
    for rule in rules:
        if rule.holds == YES or (rule.holds == UNKNOWN and not sure):
            yield from _rule(rule, position, decision, sheet)
    held = [rule.rule.title for rule in rules if rule.holds == NO]
    if held and not sure:
        yield sheet.wrap("Does not hold: " + "; ".join(held) + ".", "    ", "  ")
    if not (result.rules or result.grades or result.cautions or result.monitoring):
        yield sheet.wrap("No rule for a single patient was encoded from it; its page says what it holds.", "    ", "  ")
    for grade in result.grades.values():
        if grade.value != "not-applicable" and not (sure and grade.value == "unknown"):
            yield from _grade(grade, result, decision, sheet)
    for caution in result.cautions:
        if caution.holds == YES or (caution.holds == UNKNOWN and not sure):
            yield sheet.wrap(
                f"{caution.caution.severity.capitalize()}{'' if caution.holds == YES else ' (may concern this patient)'}: {caution.caution.says}",
                "    ",
                "  ",
            )
    open_to = [about for about in matters(result) if says_nothing(result, about) == YES]
    if open_to and not sure:
        yield sheet.wrap(
            f"Says nothing on {', '.join(ABOUTS[about] for about in open_to)} for this patient.", "    ", "  "
        )
    for monitoring in result.monitoring:
        if monitoring.holds == YES or (monitoring.holds == UNKNOWN and not sure):
            yield sheet.wrap(_monitoring(monitoring, words), "    ", "  ")


def _asked(result: PositionResult, decision: Decision) -> str:
    assert result.applies_step is not None
    return decision.context.wording.asked(result.applies_step, decision.as_of, result.position)


def _rule(result: RuleResult, position: Position, decision: Decision, sheet: Sheet) -> Iterator[str]:
    words, rule = decision.context.wording, result.rule
    action = action_text(rule.action, rule.about)
    head = f"{action}" if result.holds == YES else f"Not known whether: {lower_first(action)}"
    yield sheet.wrap(
        sheet.paint(f"{_MARKS[result.holds]} {head}", result.holds)
        + f": {lower_first(rule.title)} ({_strength(result)})",
        "    ",
        "  ",
    )
    if result.holds == YES:
        yield sheet.wrap(f"Because {_because(result.step, position, decision)}.", "      ")
    if result.emphasis != NO and result.emphasis_step is not None:
        more = words.condition(rule.especially_when, position) if rule.especially_when else ""
        head = "All the more, because" if result.emphasis == YES else "All the more if (not known)"
        yield sheet.wrap(f"{head}: {lower_first(more)}.", "      ")
    if result.dose is not None:
        yield sheet.wrap(f"Dose: {words.dose(result.dose, position)}.", "      ")
    if result.missing:
        yield sheet.wrap(
            "Missing: " + ", ".join(lower_first(words.title(fact)) for fact in result.missing) + ".", "      "
        )
    if result.holds == YES and (readings := readings_of(rule, position)):
        yield sheet.wrap(f"Rests on our reading: {' '.join(readings)}", "      ", "  ")
    yield sheet.wrap(f"Source: {_cited(rule.cite, words)}", "      ", "  ")


def _strength(result: RuleResult) -> str:
    rule = result.rule
    certainty = f", {CERTAINTIES[rule.certainty]}" if rule.certainty else ""
    return STRENGTHS[rule.strength] + certainty + (f"; printed as {rule.as_printed}" if rule.as_printed else "")


def _telling(step: Step, negated: bool = False) -> Iterator[tuple[Step, bool]]:
    """Yield the lines that make a step hold, and whether each counts by answering no: those under a `none`."""
    if not step.parts or isinstance(step.node, GradeIs):
        yield step, negated
        return
    if isinstance(step.node, Group) and step.node.join == "none":
        negated = not negated
    for part in step.parts:
        if part.answer == (NO if negated else YES):
            yield from _telling(part, negated)


def _because(step: Step, position: Position, decision: Decision) -> str:
    words = decision.context.wording
    phrases = {}
    for line, negated in _telling(step):
        found = words.found(line, decision.as_of)
        told = lower_first(words.turned(line, position) if negated else words.node(line, position))
        said_already = told.casefold().endswith(found.casefold())
        phrases[told] = told if said_already else f"{told} ({found})"
    return "; ".join(phrases.values())


def _cited(cite: Citation, words: Wording) -> str:
    return f"{', '.join(filter(None, (words.short_source(cite.source), cite.locator, words.read_in(cite))))}."


def _grade(grade: GradeResult, result: PositionResult, decision: Decision, sheet: Sheet) -> Iterator[str]:
    words, table, position = decision.context.wording, grade.grade, result.position
    sure = result.applies == YES
    name = table.id.replace("-", " ")
    if grade.value == "unknown":
        missing = ", ".join(lower_first(words.title(fact)) for fact in grade.missing)
        yield sheet.wrap(f"{sheet.paint('?', 'unknown')} Grade, {name}: {open_grade(grade)}.", "    ", "  ")
        yield sheet.wrap(f"Missing: {missing}.", "      ")
    else:
        mark = sheet.paint("+", "yes") if sure else sheet.paint("?", "unknown")
        value = sheet.paint(band_text(grade.value), "bold") + ("" if sure else ", if the position applies")
        yield sheet.wrap(f"{mark} Grade, {name}: {value}.", "    ", "  ")
        deciding = grade.step.parts[-1]
        why = (
            f"Because {_because(deciding, position, decision)}."
            if deciding.answer == YES and grade.value != table.otherwise
            else ""
        )
        yield sheet.wrap(why or "Because no band above it fits.", "      ")
    if table.cite:
        yield sheet.wrap(f"Source: {_cited(table.cite, words)}", "      ", "  ")


def _monitoring(result: MonitoringResult, words: Wording) -> str:
    monitoring = result.monitoring
    if result.holds != YES:
        return f"Monitoring that may concern this patient: {monitoring.says}"
    overdue = [due.on.isoformat() for due in result.due if due.state == "overdue"]
    parts = [monitoring.says]
    if overdue:
        parts.append(f"Overdue since {overdue[0]}.")
    elif result.next:
        parts.append(f"Next due on {result.next}.")
    elif result.missing:
        parts.append("Due dates need: " + ", ".join(lower_first(words.title(fact)) for fact in result.missing) + ".")
    return f"Monitor {lower_first(words.title(monitoring.measure))}: " + " ".join(parts)


def _questions(decision: Decision, sheet: Sheet, first: int | None = None) -> Iterator[str]:
    """Yield the questions; with `first`, so many of them, and how many more there are."""
    if not decision.ask:
        return
    yield ""
    yield sheet.paint("What could still change an answer, most decisive first", "bold")
    for number, question in enumerate(decision.ask[:first], 1):
        state = (
            decision.findings[question.fact.name].state if question.fact.name in decision.findings else "not-recorded"
        )
        why = "" if state in ("not-recorded", "known") else f" ({STATES[state]})"
        yield sheet.wrap(
            f"{number}. {question.fact.question or question.fact.title}{why}  [{question.fact.name}]", "  ", "   "
        )
        borne_on = _borne_on(question.decides, decision) if first is None else _topics_of(question.decides, decision)
        yield sheet.wrap(f"bears on {borne_on}", "     ")
    if first is not None and len(decision.ask) > first:
        yield f"  and {len(decision.ask) - first} more"


def _topics_of(decides: Iterable[str], decision: Decision) -> str:
    """Return the topics that a question bears on."""
    topics = dict.fromkeys(address.split("/")[0] for address in decides)
    return "; ".join(result.topic.title for result in decision.topics if result.topic.id in topics)


def _borne_on(decides: Iterable[str], decision: Decision) -> str:
    """Return whose answers a question bears on: Hill et al. 2019 (2 answers), Kampouri et al. 2022."""
    counted: dict[tuple[str, str], int] = {}
    for address in decides:
        topic, position, _ = address.split("/")
        counted[topic, position] = counted.get((topic, position), 0) + 1
    titles = {result.topic.id: result.topic.title for result in decision.topics}
    told = []
    for (topic, position), count in counted.items():
        more = [*([titles[topic]] if len(titles) > 1 else []), *([f"{count} answers"] if count > 1 else [])]
        told.append(decision.context.wording.short_source(position) + (f" ({', '.join(more)})" if more else ""))
    return "; ".join(told)


def _not_considered(decision: Decision, sheet: Sheet) -> Iterator[str]:
    if decision.not_considered:
        yield ""
        yield sheet.paint("Not considered, because it is not recorded whether they concern this patient", "bold")
        by_fact: dict[str, list[NotConsidered]] = {}
        for each in decision.not_considered:
            by_fact.setdefault(each.fact.name if each.fact else each.topic.id, []).append(each)
        for listed in by_fact.values():
            fact = listed[0].fact
            titles = "; ".join(each.topic.title for each in listed)
            asked = f"{fact.question or fact.title}  [{fact.name}]" if fact else listed[0].topic.question
            yield sheet.wrap(f"{titles}: {asked}", "  ", "  ")


def _problems(decision: Decision, sheet: Sheet) -> Iterator[str]:
    """Yield what in the record cannot be used or lies in the future: nobody should read an answer before that."""
    told = [problem.detail for problem in decision.problems]
    if told:
        yield ""
        yield sheet.paint("Problems in the record, to be put right before the answers are read", "problem")
        for detail in told:
            yield sheet.wrap(f"! {detail}", "  ", "  ")
    ahead = [finding for finding in decision.findings.values() if is_ahead(finding, decision.as_of)]
    if ahead:
        yield ""
        yield sheet.paint(f"Dates after {decision.as_of}", "problem")
        for finding in ahead:
            yield sheet.wrap(f"! {ahead_text(finding, decision.as_of)}", "  ", "  ")


def _sources(decision: Decision, sheet: Sheet) -> Iterator[str]:
    words = decision.context.wording
    cited: dict[str, None] = {}
    for result in decision.topics:
        for position in result.positions:
            cited[position.position.id] = None
            for cite in _citations(position):
                cited.update(dict.fromkeys(source for source in (cite.source, cite.via) if source))
    if cited:
        yield ""
        yield sheet.paint("Sources", "bold")
        for source_id in cited:
            link = words.sources[source_id].link if source_id in words.sources else None
            yield sheet.wrap(
                f"{words.source(source_id).rstrip('.')}. {link or ''}".rstrip() + f"  [{source_id}]", "  ", "  "
            )


def _citations(result: PositionResult) -> Iterator[Citation]:
    if result.applies == NO:
        return
    yield from (grade.grade.cite for grade in result.grades.values() if grade.grade.cite)
    for rule in result.rules.values():
        yield rule.rule.cite
        if rule.dose and rule.dose.dosing.cite:
            yield rule.dose.dosing.cite
    yield from (caution.caution.cite for caution in result.cautions)
    yield from (monitoring.monitoring.cite for monitoring in result.monitoring)


# --- in full ---


def _explained(decision: Decision, sheet: Sheet) -> Iterator[str]:
    yield from _head(decision, sheet)
    for result in decision.topics:
        yield from _topic_head(result, decision, sheet)
        for position in result.positions:
            yield from _explained_position(position, decision, sheet)
    yield from _warned(decision, sheet)
    yield from _questions(decision, sheet)
    yield from _not_considered(decision, sheet)
    yield ""
    yield "Marks: + yes, - no, ? not known"
    yield DISCLAIMER


def _explained_position(result: PositionResult, decision: Decision, sheet: Sheet) -> Iterator[str]:
    words, position = decision.context.wording, result.position
    yield ""
    yield sheet.paint(f"  {position.title}", "bold") + f"  [{position.id}, {position.version}, {position.status}]"
    if result.applies_step is not None:
        yield from _tree("Applies", result.applies_step, position, decision, sheet, "    ")
    if result.applies == NO:
        return
    for rule in result.rules.values():
        yield ""
        answer = {"yes": "holds", "no": "does not hold", "unknown": "not known"}[rule.holds]
        yield sheet.wrap(
            sheet.paint(f"{_MARKS[rule.holds]} {rule.rule.title}: {answer}", rule.holds)
            + f"  [{lower_first(action_text(rule.rule.action, rule.rule.about))}, {_strength(rule)}]",
            "    ",
            "  ",
        )
        yield sheet.wrap(f"Says: {rule.rule.says}", "      ", "  ")
        if rule.rule.reading:
            yield sheet.wrap(f"Reading: {rule.rule.reading}", "      ", "  ")
        yield from _tree("When", rule.step, position, decision, sheet, "      ")
        if rule.emphasis_step is not None:
            yield from _tree("Especially when", rule.emphasis_step, position, decision, sheet, "      ")
        if rule.dose is not None:
            yield sheet.wrap(f"Dose: {words.dose(rule.dose, position)}", "      ", "  ")
        if rule.missing:
            missing = ", ".join(lower_first(words.title(fact)) for fact in rule.missing)
            yield sheet.wrap(f"Missing: {missing}.", "      ", "  ")
        yield from _flips(rule, position, decision, sheet)
        yield sheet.wrap(f"Cited: {words.citation(rule.rule.cite)}", "      ", "  ")
    for name, grade in result.grades.items():
        yield ""
        told = open_grade(grade) if grade.value == "unknown" else band_text(grade.value)
        yield sheet.wrap(f"Grade, {name.replace('-', ' ')}: {told}", "    ", "  ")
        yield from _tree(None, grade.step, position, decision, sheet, "      ")
    for silence in result.silent:
        yield ""
        on = f" on {ABOUTS[silence.silence.about]}" if silence.silence.about else ""
        yield sheet.wrap(f"Silent{on}. Reading: {silence.silence.reading}", "    ", "  ")
        yield from _tree("Nothing is said when", silence.step, position, decision, sheet, "      ")
    for monitoring in result.monitoring:
        yield ""
        yield sheet.wrap(_monitoring(monitoring, words), "    ", "  ")


def _flips(rule: RuleResult, position: Position, decision: Decision, sheet: Sheet) -> Iterator[str]:
    flips = decision.flips_of(position, rule.rule.id)
    if flips:
        from .counterfactual import flip_text

        yield from (sheet.wrap(flip_text(flip, decision.context.wording), "      ", "  ") for flip in flips)


def _tree(
    label: str | None, step: Step, position: Position, decision: Decision, sheet: Sheet, indent: str
) -> Iterator[str]:
    words = decision.context.wording
    found = words.found(step, decision.as_of)
    text = words.node(step, position)
    place = f"  [{step.node.place.short}]" if not step.parts and not isinstance(step.node, Unless) else ""
    head = f"{label}: {lower_first(text)}" if label else text
    yield sheet.wrap(
        sheet.paint(_MARKS[step.answer], step.answer) + f" {head}{f': {found}' if found else ''}{place}", indent, "  "
    )
    for number, part in enumerate(step.parts):
        yield from _tree(_band_label(step, number), part, position, decision, sheet, indent + "  ")


def _band_label(step: Step, number: int) -> str | None:
    """Return the band that a part of a grade decides, or `Applies` for its own condition."""
    if isinstance(step.node, GradeIs) or not isinstance(step.node, Grade):
        return None
    if step.node.when is not None:
        if number == 0:
            return "Graded when"
        number -= 1
    return step.node.bands[number].name
