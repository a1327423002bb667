"""Three-valued logic: yes, no, and unknown, after Kleene.

    all_of | yes      no  unknown      any_of | yes  no       unknown
    -------+---------------------      -------+----------------------
    yes    | yes      no  unknown      yes    | yes  yes      yes
    no     | no       no  no           no     | yes  no       unknown
    unknown| unknown  no  unknown      unknown| yes  unknown  unknown

`none_of` is the negation of `any_of`; negation leaves unknown unknown. An empty `all_of` is yes, an
empty `any_of` is no. Source: S. C. Kleene, Introduction to Metamathematics (1952), section 64.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

Truth = Literal["yes", "no", "unknown"]

YES: Truth = "yes"
NO: Truth = "no"
UNKNOWN: Truth = "unknown"
NEGATED: dict[Truth, Truth] = {YES: NO, NO: YES, UNKNOWN: UNKNOWN}


def all_of(answers: Iterable[Truth]) -> Truth:
    """Return yes if every answer is yes, no if one is no, else unknown."""
    found: Truth = YES
    for answer in answers:
        if answer == NO:
            return NO
        if answer == UNKNOWN:
            found = UNKNOWN
    return found


def any_of(answers: Iterable[Truth]) -> Truth:
    """Return yes if one answer is yes, no if every answer is no, else unknown."""
    found: Truth = NO
    for answer in answers:
        if answer == YES:
            return YES
        if answer == UNKNOWN:
            found = UNKNOWN
    return found


def none_of(answers: Iterable[Truth]) -> Truth:
    """Return yes if every answer is no, no if one is yes, else unknown."""
    return NEGATED[any_of(answers)]


def at_least(count: int, answers: Sequence[Truth]) -> Truth:
    """Return yes if that many answers are yes, no if that many can no longer be, else unknown."""
    sure = answers.count(YES)
    if sure >= count:
        return YES
    return NO if sure + answers.count(UNKNOWN) < count else UNKNOWN


def either_way(answers: Iterable[Truth]) -> Truth:
    """Return the answer that all cases share, else unknown: for a value that may be any of several."""
    found = set(answers)
    return found.pop() if len(found) == 1 else UNKNOWN
