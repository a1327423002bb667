"""What the schema cannot see: names that lead nowhere, rules that contradict each other, tables with gaps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import combinations

from .errors import Place, Problem
from .evaluate import (
    WEIGHTS,
    CompiledPosition,
    PositionResult,
    compile_position,
    conditions_of,
    evaluate_position,
    facts_read,
)
from .findings import Findings
from .lines import did_you_mean, near
from .model import (
    Change,
    Citation,
    Comparison,
    Condition,
    Dosing,
    Fact,
    Grade,
    GradeIs,
    Named,
    NotEncoded,
    Position,
    Product,
    Recommendation,
    ShownPatient,
    Source,
    Topic,
    citations_of,
    citations_of_product,
    direction,
    lines_of,
    speed,
)
from .parse import circles
from .quantity import BODY, plain, spoken
from .record import read_record
from .truth import NO, UNKNOWN, YES, Truth, all_of
from .witness import DAY, Candidates, find_witness, shown


def lint_sources(
    facts: Mapping[str, Fact], topics: Iterable[Topic], sources: Mapping[str, Source]
) -> Iterator[Problem]:
    """Yield citations of facts and of topics' own findings that lead to no source, and patients shown that cannot be read."""
    for fact in facts.values():
        yield from _citation(fact.cite, sources, "draft")
        yield from _citation(fact.limits_cite, sources, "draft")
    for topic in topics:
        for finding in topic.evidence.values():
            yield from _citation(finding.cite, sources, "draft")
        if topic.patient is not None:
            yield from _unreadable(topic.patient, facts)


def _unreadable(patient: ShownPatient, facts: Mapping[str, Fact]) -> Iterator[Problem]:
    chart = read_record(patient.record, facts)
    findings = Findings(chart, facts, patient.as_of)
    for name in chart.entries:
        _ = findings[name]
    for trouble in (*chart.troubles, *findings.troubles):
        yield Problem(patient.place, trouble.detail, "The patient whom a page shows is recorded without a fault.")


PRODUCT = "immunoglobulin_product"  # the fact whose options are the products


def lint_products(
    products: Mapping[str, Product], facts: Mapping[str, Fact], sources: Mapping[str, Source]
) -> Iterator[Problem]:
    """Yield what is wrong with products: names and sources that lead nowhere, and rates that belie each other."""
    options = facts[PRODUCT].options if PRODUCT in facts else {}
    for product in products.values():
        if product.id not in options:
            yield Problem(
                product.place,
                f"The product `{product.id}` is no option of the fact `{PRODUCT}`.",
                did_you_mean(near(product.id, options)) or f"Add it to the options of `{PRODUCT}`.",
            )
        for cite in citations_of_product(product):
            yield from _citation(cite, sources, "draft")
        yield from _uses(product)
        yield from _rates(product)


def _uses(product: Product) -> Iterator[Problem]:
    """Yield indications of a region, a route or a strength that the product does not have."""
    strengths = [strength.concentration for strength in product.strengths]
    for use in product.indications.values():
        for key, value, known in (("region", use.region, product.regions), ("route", use.route, product.routes)):
            if value is not None and value not in known:
                yield Problem(
                    use.place,
                    f"`{key}: {value}` of `{use.id}` is not among the {key}s of `{product.id}`.",
                    f"Add it under `{key}s:`, or correct it here.",
                )
        if use.concentration is not None and use.concentration not in strengths:
            yield Problem(
                use.place,
                f"`{use.id}` is about a strength that `{product.id}` does not have.",
                "Add it under `strengths:`, or correct it here.",
            )


_APART = Decimal("1.2")  # labels round: 0.5 mL/kg/h of a 10% solution is 0.83 mg/kg/min and is printed as 0.8


def _rates(product: Product) -> Iterator[Problem]:
    """Yield rates whose printed units do not come to the same, and starts that are faster than what follows."""
    strength = product.strengths[0].concentration if len(product.strengths) == 1 else None
    for use in product.indications.values():
        found = {
            key: [speed(rate, use.concentration or strength) for rate in rates]
            for key, rates in (("start_rate", use.start_rate), ("highest_rate", use.highest_rate))
        }
        for key, speeds in found.items():
            known = [speed for speed in speeds if speed is not None]
            if known and max(known) > min(known) * _APART:
                yield Problem(
                    use.place,
                    f"The rates under `{key}` of `{use.id}` do not come to the same.",
                    "Compare each with the label; a rate in mL depends on the strength.",
                )
        start, highest = ([speed for speed in found[key] if speed] for key in ("start_rate", "highest_rate"))
        if start and highest and min(start) > max(highest):
            yield Problem(
                use.place,
                f"`{use.id}` starts faster than its highest rate.",
                "Correct one of the two.",
            )


def cited_and_not_encoded(citations: Iterable[Citation], not_encoded: Mapping[str, NotEncoded]) -> Iterator[Problem]:
    """Yield evidence entries that are cited although they are listed as not encoded."""
    cited = {fact: cite.place for cite in citations for fact in cite.facts}
    for name, entry in not_encoded.items():
        if name in cited:
            yield Problem(
                entry.place,
                f"`{name}` is listed as not encoded, and it is cited at {cited[name].short}.",
                "Delete it here, or the citation there.",
            )


def lint_topic(topic: Topic, facts: Mapping[str, Fact], positions: Mapping[str, Position]) -> Iterator[Problem]:
    """Yield what is wrong with a topic and between its positions."""
    if topic.anchor and (topic.anchor not in facts or facts[topic.anchor].kind not in ("date", "events")):
        yield Problem(
            topic.places.get("anchor", topic.place),
            f"The anchor `{topic.anchor}` is no event of the vocabulary.",
            did_you_mean(near(topic.anchor, [fact.name for fact in facts.values() if fact.kind in ("date", "events")]))
            or "Name a date fact, such as `car_t_infusion`.",
        )
    if topic.axis is not None:
        asked = {name for position in positions.values() for name in facts_read(position, facts)}
        if topic.axis not in asked:
            yield Problem(
                topic.places.get("axis", topic.place),
                f"The axis `{topic.axis}` is asked for by no position of this topic.",
                did_you_mean(near(topic.axis, sorted(asked)))
                or "Name a fact that a rule compares, or leave `axis` out.",
            )
    for position in positions.values():
        for older in position.supersedes:
            if older not in positions or older == position.id:
                yield Problem(
                    position.places.get(older, position.place),
                    f"`supersedes` names `{older}`, which is no other position of this topic.",
                    did_you_mean(near(older, {*positions} - {position.id})) or "Name a position of the same folder.",
                )


def lint_position(
    position: Position, facts: Mapping[str, Fact], sources: Mapping[str, Source], *, facts_hold: bool = True
) -> list[Problem]:
    """Return what is wrong inside a position.

    The deep checks evaluate, so they run only where the names are right and the facts hold together among themselves.
    """
    found = [problem for check in _SHALLOW for problem in check(position, facts, sources)]
    if not found and facts_hold:
        compiled = compile_position(position, facts)
        found = [problem for deep in (_bands, _contradictions) for problem in deep(compiled, facts)]
    return found or list(_unused(position))


# --- names and dates ---


def _names(position: Position, facts: Mapping[str, Fact], sources: Mapping[str, Source]) -> Iterator[Problem]:
    if position.id not in sources:
        yield Problem(
            position.place,
            f"There is no source `{position.id}`.",
            "A position's id is the id of its source; add it to guidelines/sources/.",
        )
    for kind, part in (("grade", position.grades), ("criterion", position.criteria)):
        for name, item in part.items():
            if name in facts:
                yield Problem(
                    item.place,
                    f"The {kind} `{name}` has the name of a fact.",
                    "Facts, grades and criteria share one set of names; rename it.",
                )
            if kind == "criterion" and name in position.grades:
                yield Problem(item.place, f"The criterion `{name}` has the name of a grade.", "Rename one of the two.")


def _weights(position: Position, facts: Mapping[str, Fact], sources: Mapping[str, Source]) -> Iterator[Problem]:
    for dosing in position.dosing.values():
        weight = facts.get(WEIGHTS.get(dosing.by or "", dosing.by or ""))
        stated = next((unit for unit in (dosing.give_unit, dosing.at_most_unit) if unit in BODY), None)
        wanted = BODY[stated][0] if stated else "kg"
        if dosing.by and (weight is None or weight.kind != "quantity" or weight.unit != wanted):
            what = "weight" if wanted == "kg" else "body surface"
            yield Problem(
                dosing.place,
                f"`by: {dosing.by}` of `{dosing.id}` is no {what}.",
                "Write `actual_weight`, or the name of a fact in kg."
                if wanted == "kg"
                else f"Write the name of a fact in {wanted}, such as `body_surface_area`.",
            )


def _cycles(position: Position, facts: Mapping[str, Fact], sources: Mapping[str, Source]) -> Iterator[Problem]:
    """Yield criteria, grades and `unless` that lead back to themselves."""
    uses: dict[str, tuple[Place, set[str]]] = {}
    for name, criterion in position.criteria.items():
        uses[name] = (criterion.place, _used(criterion.when))
    for name, grade in position.grades.items():
        uses[name] = (
            grade.place,
            set().union(*(_used(c) for c in (grade.when, *(b.when for b in grade.bands)) if c is not None)),
        )
    yield from _circles(uses, "is defined by way of itself", "Write one of the conditions out.")
    rules = {name: (rule.place, set(rule.unless)) for name, rule in position.recommendations.items()}
    yield from _circles(rules, "yields to itself by way of `unless`", "Let only one of the rules name the other.")


def _used(condition: Condition) -> set[str]:
    return {
        line.criterion if isinstance(line, Named) else line.grade
        for line in lines_of(condition)
        if isinstance(line, Named | GradeIs)
    }


def _circles(uses: Mapping[str, tuple[Place, set[str]]], what: str, remedy: str) -> Iterator[Problem]:
    for circle in circles({name: sorted(used) for name, (_, used) in uses.items()}):
        way = f" ({', then '.join(f'`{name}`' for name in circle)})" if len(circle) > 2 else ""
        yield Problem(uses[circle[0]][0], f"`{circle[0]}` {what}{way}.", remedy)


def _unused(position: Position) -> Iterator[Problem]:
    """Yield criteria that no condition names, and doses that neither a rule nor another dose gives."""
    named = {line.criterion for when in conditions_of(position) for line in lines_of(when) if isinstance(line, Named)}
    for name, criterion in position.criteria.items():
        if name not in named:
            yield Problem(
                criterion.place,
                f"Nothing uses the criterion `{name}`, so it changes no answer.",
                "Write its name as a line of the rule, grade or scope that it is for, or delete it.",
                "warning",
            )
    given = {rule.dose for rule in position.recommendations.values()}
    given |= {name for dosing in position.dosing.values() for name in (dosing.then, *dosing.alternatives)}
    for name, dosing in position.dosing.items():
        if name not in given and "no rule" not in (dosing.reading or "").lower():
            yield Problem(
                dosing.place,
                f"No rule gives the dose `{name}`, so no answer shows it.",
                f"Add `dose: {name}` to the rule that it is for; if the source only describes it, begin its `reading:` with"
                " `No rule gives it`, and why.",
                "warning",
            )


def _citations(position: Position, facts: Mapping[str, Fact], sources: Mapping[str, Source]) -> Iterator[Problem]:
    for cite in citations_of(position):
        yield from _citation(cite, sources, position.status)


def _citation(cite: Citation | None, sources: Mapping[str, Source], status: str) -> Iterator[Problem]:
    if cite is None:
        return
    for key, source in (("source", cite.source), ("via", cite.via)):
        if source and source not in sources:
            yield Problem(
                cite.place,
                f"`{key}: {source}` is no source of guidelines/sources/.",
                did_you_mean(near(source, sources)) or "Check the spelling, or add the source.",
            )
    if cite.via and cite.verified:
        yield Problem(
            cite.place,
            "`verified` stands beside `via`: what was read second-hand was not compared with the source.",
            "Delete one of the two.",
        )
    if status == "published" and (cite.via or not cite.verified):
        yield Problem(
            cite.place,
            "A published position rests only on what was compared with the source itself.",
            "Add `verified:` with the date, without `via:`, or set `status: reviewed`.",
        )


def _history(position: Position, facts: Mapping[str, Fact], sources: Mapping[str, Source]) -> Iterator[Problem]:
    """Yield versions out of order, later ones without a reason, and parts that they name and that there never were."""
    known = {position.id, *(name for parts in position.parts.values() for name in parts)}
    gone = {name for change in position.history for name in change.removed}
    for before, change in zip([None, *position.history], position.history, strict=False):
        if before is not None and (change.numbers <= before.numbers or change.on < before.on):
            yield Problem(
                change.place,
                f"Version {change.version} of {change.on} stands after {before.version} of {before.on}.",
                "Put the lines of `history` in order, the newest last, each with a version of its own.",
            )
        if before is not None and not change.reason:
            yield Problem(
                change.place,
                f"Version {change.version} does not say why it was made.",
                "Add `reason:`, as in `reason: The table had been misread.` Only the first version goes without.",
            )
        if before is not None and not (change.parts or change.removed):
            yield Problem(
                change.place,
                f"Version {change.version} does not say what it touched.",
                f"Add `parts:` with the names of rules, doses and others, as in `parts: [{next(iter(position.recommendations), position.id)}]`.",
            )
        yield from _names_in_history(change, known, gone)


def _names_in_history(change: Change, known: set[str], gone: set[str]) -> Iterator[Problem]:
    for name in change.parts:
        if name not in known | gone:
            yield Problem(
                change.place,
                f"Version {change.version} names `{name}`, which is no part of this position and never was.",
                did_you_mean(near(name, known | gone))
                or "Check the spelling; a part that a later version took out stands under its `removed:`.",
            )
    for name in change.removed:
        if name in known:
            yield Problem(
                change.place,
                f"Version {change.version} says that `{name}` was removed, and it is there.",
                "Take it out of `removed:`, or give the new part another name: a name that has gone is not used again.",
            )


_Shallow = Callable[[Position, Mapping[str, Fact], Mapping[str, Source]], Iterator[Problem]]
_SHALLOW: tuple[_Shallow, ...] = (_names, _weights, _cycles, _citations, _history)


# --- tables of bands ---


def _bands(compiled: CompiledPosition, facts: Mapping[str, Fact]) -> Iterator[Problem]:
    for grade in compiled.position.grades.values():
        names = [band.name for band in grade.bands]
        for number, band in enumerate(grade.bands):
            if band.name in names[:number]:
                yield Problem(
                    band.place, f"The band `{band.name}` stands twice in `{grade.id}`.", "Join the two with `any:`."
                )
            elif find_witness(compiled, facts, _falls_into(grade, band.name)) == (None, True):
                yield Problem(
                    band.place,
                    f"No patient can fall into the band `{band.name}`: the bands above it take all who would.",
                    "Put the narrower band first, or mend its condition.",
                )
        yield from _gaps(grade, compiled, facts)


def _falls_into(grade: Grade, band: str) -> Callable[[PositionResult], tuple[Truth, list[str]]]:
    def goal(result: PositionResult) -> tuple[Truth, list[str]]:
        found = result.grades[grade.id]
        return (UNKNOWN if found.value == "unknown" else YES if found.value == band else NO), found.missing

    return goal


def _gaps(grade: Grade, compiled: CompiledPosition, facts: Mapping[str, Fact]) -> Iterator[Problem]:
    """Yield values of a table over one fact that fall to `otherwise` although bands lie on both sides."""
    lines = [line for band in grade.bands for line in lines_of(band.when)]
    names = {getattr(line, "fact", None) for line in lines}
    if len(names) != 1 or not all(isinstance(line, Comparison) for line in lines) or grade.when is not None:
        return
    fact = facts[str(names.pop())]
    numbers = Candidates(compiled, facts).amounts(fact)
    unit = "points" if fact.unit == "{score}" else fact.unit
    values = [_band_of(grade.id, f"{plain(number)} {unit}", fact, compiled, facts) for number in numbers]
    banded = [index for index, value in enumerate(values) if value != grade.otherwise]
    for index in range(banded[0], banded[-1]) if banded else ():
        if values[index] == grade.otherwise and values[index - 1] != grade.otherwise:
            below, above = values[index - 1], next(values[i] for i in banded if i > index)
            place = next(band.place for band in grade.bands if band.name == above)
            witness = f"{{{fact.name}: {plain(numbers[index])} {spoken(fact.unit or '')}}}"
            yield Problem(
                place,
                f"Between the bands `{below}` and `{above}` there is a gap: the record {witness} falls to `otherwise` ({grade.otherwise}).",
                "Let the bands meet, one with `<` and the next with `>=`, or leave out the lower bound: the first band that fits counts.",
            )


def _band_of(grade: str, value: str, fact: Fact, compiled: CompiledPosition, facts: Mapping[str, Fact]) -> str:
    findings = Findings(read_record({fact.name: value}, facts), facts, DAY)
    return evaluate_position(compiled, findings).grades[grade].value


# --- contradictions ---


def _contradictions(compiled: CompiledPosition, facts: Mapping[str, Fact]) -> Iterator[Problem]:
    rules, candidates = compiled.position.recommendations.values(), Candidates(compiled, facts)
    for a, b in combinations(rules, 2):
        why = _opposed(a, b, compiled.position.dosing)
        if why and a.id not in b.unless and b.id not in a.unless:
            goal = _both_hold(a.id, b.id, doses=why == _DOSES)
            witness = find_witness(compiled, facts, goal, candidates).record
            if witness is not None:
                yield Problem(
                    b.place,
                    f"`{b.id}` and `{a.id}` ({a.place.short}) contradict each other: {why}, and both hold for {shown(witness)}.",
                    "Narrow one of them, or let one name the other in `unless:`.",
                )


_DOSES = "they give two doses for the same action"


def _opposed(a: Recommendation, b: Recommendation, dosing: Mapping[str, Dosing]) -> str:
    if a.about != b.about:
        return ""
    if {direction(a.action), direction(b.action)} == {"for", "against"}:
        return f"one is for it ({a.action if direction(a.action) == 'for' else b.action}) and one against ({b.action if direction(a.action) == 'for' else a.action})"
    if {a.action, b.action} == {"increase", "reduce"}:
        return "one increases and one reduces"
    if a.action == b.action and a.dose and b.dose and a.dose != b.dose and _differ(dosing[a.dose], dosing[b.dose]):
        return _DOSES
    return ""


def _differ(a: Dosing, b: Dosing) -> bool:
    return a.stated != b.stated


def _both_hold(a: str, b: str, *, doses: bool) -> Callable[[PositionResult], tuple[Truth, list[str]]]:
    def goal(result: PositionResult) -> tuple[Truth, list[str]]:
        first, second = result.rules[a], result.rules[b]
        missing = [*first.missing_holds, *second.missing_holds]
        answer = all_of((first.holds, second.holds))
        if answer == YES and doses:
            missing = [*first.missing_dose, *second.missing_dose]
            answer = YES if first.dose and second.dose else UNKNOWN if missing else NO
        return answer, missing

    return goal


__all__ = ["lint_position", "lint_products", "lint_sources", "lint_topic"]
