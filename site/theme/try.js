/* The interpreter of a topic's rules (topics/<topic>.rules.json), for the form on the topic page and for node.

   IgGuide.decide(rules, record, "2026-11-21") answers as the Python package does, step by step and word by word;
   tests/test_portable.py compares the two. It is pure: it reads no clock, no page, no network, and keeps nothing.
   Numbers are exact fractions of BigInt, days are whole numbers, and what is not known is never filled in. */
"use strict";

var IgGuide = (function () {
  const YES = "yes", NO = "no", UNKNOWN = "unknown";
  const NEGATED = { yes: NO, no: YES, unknown: UNKNOWN };

  // --- three values, after Kleene: no decides an all, yes decides an any, else unknown stays unknown ---

  const allOf = (answers) => (answers.includes(NO) ? NO : answers.includes(UNKNOWN) ? UNKNOWN : YES);
  const anyOf = (answers) => (answers.includes(YES) ? YES : answers.includes(UNKNOWN) ? UNKNOWN : NO);
  const noneOf = (answers) => NEGATED[anyOf(answers)];
  const eitherWay = (answers) => (answers.every((answer) => answer === answers[0]) ? answers[0] : UNKNOWN);
  const times = (answers, wanted) => answers.filter((answer) => answer === wanted).length;
  function atLeast(count, answers) {
    const sure = times(answers, YES);
    return sure >= count ? YES : sure + times(answers, UNKNOWN) < count ? NO : UNKNOWN;
  }

  // --- exact fractions ---

  const MOST_DIGITS = 40, LONGEST = 200; // longer numbers and texts are refused as unreadable
  function fraction(n, d = 1n) {
    if (d < 0n) [n, d] = [-n, -d];
    let a = n < 0n ? -n : n, b = d;
    while (b) [a, b] = [b, a % b];
    return a > 1n ? { n: n / a, d: d / a } : { n, d };
  }
  const ZERO = fraction(0n), ONE = fraction(1n);
  const whole = (count) => fraction(BigInt(count));
  const plus = (a, b) => fraction(a.n * b.d + b.n * a.d, a.d * b.d);
  const minus = (a, b) => fraction(a.n * b.d - b.n * a.d, a.d * b.d);
  const multiplied = (a, b) => fraction(a.n * b.n, a.d * b.d);
  const divided = (a, b) => fraction(a.n * b.d, a.d * b.n);
  const order = (a, b) => (a.n * b.d < b.n * a.d ? -1 : a.n * b.d > b.n * a.d ? 1 : 0);
  const same = (a, b) => a.n === b.n && a.d === b.d;
  const down = (a) => (a.n >= 0n ? a.n / a.d : -((-a.n + a.d - 1n) / a.d)); // the whole number at or below
  const least = (list) => list.reduce((a, b) => (order(b, a) < 0 ? b : a));
  const most = (list) => list.reduce((a, b) => (order(b, a) > 0 ? b : a));

  function readNumber(text) {
    const found = text.length <= LONGEST && /^([-+]?)(?:(\d+)(?:\.(\d+))?|\.(\d+))(?:[eE]([-+]?\d{1,3}))?$/.exec(text);
    if (!found) return null;
    const after = found[3] || found[4] || "", digits = ((found[2] || "") + after).replace(/^0+(?=\d)/, "");
    const exponent = Number(found[5] || 0) - after.length;
    if (digits.length > MOST_DIGITS || Math.abs(digits.length + exponent - 1) > MOST_DIGITS) return null;
    const size = BigInt(found[1] === "-" ? "-" + digits : digits), power = 10n ** BigInt(Math.abs(exponent));
    return exponent < 0 ? fraction(size, power) : fraction(size * power);
  }
  const number = (text) => { // a number of the rules, which has been checked
    const [before, after = ""] = text.split(".");
    return fraction(BigInt(before + after), 10n ** BigInt(after.length));
  };
  /** How many decimals write a fraction whole, or null where none do. */
  function decimals(a) {
    let rest = a.d, twos = 0, fives = 0;
    for (; rest % 2n === 0n; rest /= 2n) twos += 1;
    for (; rest % 5n === 0n; rest /= 5n) fives += 1;
    return rest === 1n ? Math.max(twos, fives) : null;
  }
  function roundedTo(a, places) { // halves to the even digit
    const power = 10n ** BigInt(places), scaled = fraction(a.n * power, a.d), below = down(scaled);
    const twice = 2n * (scaled.n - below * scaled.d);
    return fraction(twice > scaled.d || (twice === scaled.d && below % 2n !== 0n) ? below + 1n : below, power);
  }
  /** A number without exponent and trailing zeros; 60 digits where it does not end before. */
  function plain(a) {
    const before = String(a.n < 0n ? -a.n / a.d : a.n / a.d).replace(/^0$/, "").length, needed = decimals(a);
    const places = needed === null || needed + before > 60 ? 60 - before : needed;
    const b = needed === places ? a : roundedTo(a, places), size = (b.n * 10n ** BigInt(places)) / b.d;
    const digits = String(size < 0n ? -size : size).padStart(places + 1, "0");
    const text = places ? digits.slice(0, -places) + "." + digits.slice(-places).replace(/0+$/, "") : digits;
    return (size < 0n ? "-" : "") + text.replace(/\.$/, "");
  }

  // --- ranges: the numbers a value may be; null is no end, an open end is not included ---

  const range = (low, high, lowOpen = false, highOpen = false) => ({ low, high, lowOpen, highOpen });
  const exactly = (a) => range(a, a);
  const exact = (r) => (r.low && r.high && same(r.low, r.high) ? r.low : null);
  const mapped = (r, by) => range(r.low && by(r.low), r.high && by(r.high), r.lowOpen, r.highOpen);
  const scaled = (r, factor) => mapped(r, (end) => multiplied(end, factor));
  const lowOrder = (a, b) => // of two lower ends, which begins first
    a.low && b.low ? order(a.low, b.low) || a.lowOpen - b.lowOpen : Boolean(a.low) - Boolean(b.low);
  const highOrder = (a, b) =>
    a.high && b.high ? order(a.high, b.high) || b.highOpen - a.highOpen : Boolean(b.high) - Boolean(a.high);
  function within(a, b) {
    const low = lowOrder(a, b) >= 0 ? a : b, high = highOrder(a, b) <= 0 ? a : b;
    const apart = low.low && high.high ? order(low.low, high.high) : -1;
    if (apart > 0 || (apart === 0 && (low.lowOpen || high.highOpen))) return null;
    return range(low.low, high.high, low.lowOpen, high.highOpen);
  }
  function spanning(list) {
    const low = list.reduce((a, b) => (lowOrder(b, a) < 0 ? b : a));
    const high = list.reduce((a, b) => (highOrder(b, a) > 0 ? b : a));
    return range(low.low, high.high, low.lowOpen, high.highOpen);
  }
  const equalRanges = (a, b) => lowOrder(a, b) === 0 && highOrder(a, b) === 0;
  function below(a, b) {
    const apart = a.high && b.low ? order(a.high, b.low) : 1;
    if (apart < 0 || (apart === 0 && (a.highOpen || b.lowOpen))) return YES;
    return a.low && b.high && order(a.low, b.high) >= 0 ? NO : UNKNOWN;
  }
  const COMPARED = {
    "<": below,
    ">": (a, b) => below(b, a),
    "<=": (a, b) => NEGATED[below(b, a)],
    ">=": (a, b) => NEGATED[below(a, b)],
    "=": (a, b) => (exact(a) && exact(b) && same(exact(a), exact(b)) ? YES : within(a, b) ? UNKNOWN : NO),
  };

  // --- days are counted from 1970-01-01; a date that is not known to the day is a stretch of days ---

  const MONTHS = { mo: 1, a: 12 }, DAYS = { d: 1, wk: 7 };
  const leap = (year) => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const monthLength = (year, month) => [31, leap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
  function dayOf(year, month, day) {
    const date = new Date(0);
    return date.setUTCFullYear(year, month - 1, day) / 86400000;
  }
  function partsOf(day) {
    const date = new Date(day * 86400000);
    return [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
  }
  const FIRST_DAY = dayOf(1, 1, 1), LAST_DAY = dayOf(9999, 12, 31);
  const padded = (count, length) => String(count).padStart(length, "0");
  const iso = (day) => partsOf(day).map((part, index) => padded(part, index ? 2 : 4)).join("-");
  const onDay = (day) => ({ first: day, last: day });
  const isWhole = (when) => when.first === when.last;

  function readDate(text) {
    const found = text.length <= 64 && /^(\d{4})(?:-(\d{2})(?:-(\d{2})(T\S+)?)?)?$/.exec(text.trim());
    if (!found) return null;
    const [year, month, day] = [1, 2, 3].map((index) => (found[index] === undefined ? null : Number(found[index])));
    if (year < 1 || (month !== null && (month < 1 || month > 12))) return null;
    if (month === null) return { first: dayOf(year, 1, 1), last: dayOf(year, 12, 31) };
    if (day === null) return { first: dayOf(year, month, 1), last: dayOf(year, month, monthLength(year, month)) };
    if (day < 1 || day > monthLength(year, month)) return null;
    const when = onDay(dayOf(year, month, day));
    return found[4] ? withInstant(when, found[4]) : when;
  }
  function withInstant(when, text) {
    const found = /^T(\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?(Z|([-+])(\d\d)(?::?(\d\d))?)?$/.exec(text);
    const [hour, minute, second] = found ? [1, 2, 3].map((index) => Number(found[index] || 0)) : [24];
    if (hour > 23 || minute > 59 || second > 59) return null;
    const zone = found[6] ? (found[6] === "-" ? -1 : 1) * (Number(found[7]) * 60 + Number(found[8] || 0)) : 0;
    const seconds = when.first * 86400 + hour * 3600 + (minute - zone) * 60 + second;
    const at = BigInt(seconds) * 1000000n + BigInt((found[4] || "").slice(0, 6).padEnd(6, "0"));
    return { ...when, instant: { at, zoned: Boolean(found[5]), text } };
  }
  function writtenDate(when) {
    if (isWhole(when)) return iso(when.first);
    const [year, month, day] = partsOf(when.first);
    if (day === 1 && when.last === dayOf(year, month, monthLength(year, month))) return iso(when.first).slice(0, 7);
    if (month === 1 && day === 1 && when.last === dayOf(year, 12, 31)) return iso(when.first).slice(0, 4);
    return `${iso(when.first)} to ${iso(when.last)}`;
  }
  /** Whether a is surely later than b, a full date counting as later than the month it lies in. */
  function later(a, b) {
    if (a.instant && b.instant && a.instant.zoned === b.instant.zoned) return a.instant.at > b.instant.at;
    return a.first > b.last || (isWhole(a) && !isWhole(b) && b.first <= a.first && a.first <= b.last);
  }
  const clamped = (day) => Math.min(Math.max(day, FIRST_DAY), LAST_DAY);
  /** The day so many units later; a day that a month lacks becomes its last. */
  function add(day, count, unit) {
    if (unit in DAYS) return clamped(day + count * DAYS[unit]);
    const [year, month, date] = partsOf(day), months = year * 12 + month - 1 + count * MONTHS[unit];
    const to = Math.floor(months / 12), in_ = months - to * 12 + 1;
    if (to > 9999) return LAST_DAY;
    return to < 1 ? FIRST_DAY : dayOf(to, in_, Math.min(date, monthLength(to, in_)));
  }
  /** How many whole units lie between two days, as ages are counted. */
  function completed(since, until, unit) {
    if (unit in DAYS) return Math.floor((until - since) / DAYS[unit]);
    const [a, b] = [partsOf(since), partsOf(until)];
    let count = Math.floor(((b[0] - a[0]) * 12 + b[1] - a[1]) / MONTHS[unit]) + 1;
    while (add(since, count, unit) > until) count -= 1;
    return count;
  }
  function latestStart(count, unit, until) {
    let day = add(until, -count, unit);
    while (day < until && add(clamped(day + 1), count, unit) <= until) day = clamped(day + 1);
    return day;
  }
  /** The birth dates of those who on some day of `on` are from fewest to most completed units old. */
  function bornBetween(fewest, upTo, unit, on) {
    const first = upTo === null ? FIRST_DAY : clamped(latestStart(upTo + 1, unit, on.first) + 1);
    return { first, last: latestStart(fewest, unit, on.last) };
  }
  function overlap(a, b) {
    const first = Math.max(a.first, b.first), last = Math.min(a.last, b.last);
    return first <= last ? { first, last } : null;
  }
  const spanningDates = (list) => ({
    first: Math.min(...list.map((when) => when.first)), last: Math.max(...list.map((when) => when.last)),
  });
  const ELAPSED = {
    "<": (now, then) => now < then, "<=": (now, then) => now <= then, ">": (now, then) => now > then,
    ">=": (now, then) => now >= then, "=": (now, then) => now === then,
  };
  /** Whether the time since an event compares so; all are no for an event yet to come. */
  function timeSince(event, node, asOf) {
    const end = (day) => add(day, node.count, node.unit);
    const on = (day) => (day <= asOf && ELAPSED[node.operator](asOf, end(day)) ? YES : NO);
    if (isWhole(event)) return on(event.first);
    if (node.operator === "=") return end(event.last) < asOf || end(event.first) > asOf ? NO : UNKNOWN;
    return eitherWay([event.first, Math.min(event.last, Math.max(asOf, event.first)), event.last].map(on));
  }

  // --- words for what was found, as engine/igguide/wording.py has them ---

  const STARTS_SMALL = /^\S?[\d-]/;
  const PROPER = new Set("Australian Behçet Bickerstaff Canadian Castleman Coombs Crohn Devine Dutch European Evans German Hodgkin Kawasaki Malmö Miller Octagam Ontario Privigen Rasmussen Scottish Sjögren Susac Swedish Sydenham Waldenström".split(" "));
  const PREFIXED = /^(?:Anti|Non|Post|Pre)-/; // anti-NMDA, non-Hodgkin
  function lowerFirst(text) {
    if (text.startsWith("(")) return `(${lowerFirst(text.slice(1))}`;
    const first = text.split(" ", 1)[0], capitals = [...first].filter((c) => c !== c.toLowerCase()).length;
    const kept = !text || (first.length === 1 && first !== "A") || PROPER.has(first) || (capitals > 1 && !PREFIXED.test(first)) || STARTS_SMALL.test(first.slice(1, 2));
    return kept ? text : text[0].toLowerCase() + text.slice(1);
  }
  function numberText(r) {
    if (exact(r)) return plain(exact(r));
    if (!r.low) return r.high ? `${r.highOpen ? "below" : "at most"} ${plain(r.high)}` : "any number";
    if (!r.high) return `${r.lowOpen ? "above" : "at least"} ${plain(r.low)}`;
    return `${r.lowOpen ? "above " : ""}${plain(r.low)} to ${r.highOpen ? "below " : ""}${plain(r.high)}`;
  }
  /** A number with no more decimals than anyone reads: what a division left behind is rounded. */
  function readable(a) {
    if (!a || (decimals(a) !== null && decimals(a) <= 4)) return a;
    return roundedTo(a, order(a, whole(10)) >= 0 || order(a, whole(-10)) <= 0 ? 1 : 3);
  }
  const isSame = (a, b) => a === b || (a && b && same(a, b));

  // --- the record: what is written of each fact, each entry with the fault that keeps it from being used ---

  const ABSENT = { unknown: "asked-unknown", "not applicable": "not-applicable", "not-applicable": "not-applicable" };
  const ABSENCES = ["none", "asked-unknown", "not-applicable", "not-recorded"];
  const PER_YEAR = { a: 1, mo: 12, wk: 53, d: 366 }; // at most
  const has = (map, key) => Object.prototype.hasOwnProperty.call(map, key);
  const isMap = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  const absentOf = (value) => (value === null ? "asked-unknown" : typeof value === "string" && has(ABSENT, value) ? ABSENT[value] : null);
  function canonical(value) {
    if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
    if (!isMap(value)) return JSON.stringify(value);
    return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
  }
  const writtenValue = (value) => (typeof value === "string" ? value : canonical(value));
  const blank = (source, written) => ({ value: null, on: null, source, written, fault: null, absent: null, comparator: null });
  const faulty = (entry, kind, detail) => ({ ...entry, fault: { kind, detail } });

  const AMOUNT = /^\s*(<=|>=|<|>|≤|≥)?\s*([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)(?:\s*(?:-|–|to)\s*([0-9.]+(?:[eE][-+]?[0-9]+)?))?\s*(\S.*?)?\s*$/;
  /** What `380 mg/dL`, `< 40 mg/dL` or `300-400 mg/dL` states: a range, a unit, a comparator. */
  function readAmount(text) {
    const found = text.length <= LONGEST && AMOUNT.exec(text);
    if (!found) return null;
    const comparator = { "≤": "<=", "≥": ">=" }[found[1]] || found[1] || null;
    const low = readNumber(found[2]), high = found[3] ? readNumber(found[3]) : low;
    if (!low || !high || order(high, low) < 0 || (comparator && found[3])) return null;
    const stated = { "<": range(null, low, false, true), "<=": range(null, low), ">": range(low, null, true), ">=": range(low, null) };
    return { range: comparator ? stated[comparator] : range(low, high), unit: found[4] || "", comparator };
  }

  /** A decimal that nobody takes for thousands: 1, 1.25, 34.3750. */
  function withoutDoubt(before, after) {
    const shorter = `${before}.${after}`.replace(/0+$/, "").replace(/\.$/, "");
    return shorter === `${before}.${after}` ? `${shorter}0` : shorter;
  }
  /** How to write a date; of 21.11.2026 it is told, and of 5/11/2026 both that it may be. */
  function howToDate(value) {
    const found = typeof value === "string" && value.length < LONGEST_NAME && /^([0-9]{1,2})[./-]([0-9]{1,2})[./-]([0-9]{4})$/.exec(value.trim());
    if (!found) return "write it as in 2026-11-21";
    const [, one, two, year] = found;
    const valid = distinct([[one, two], [two, one]].map(([day, month]) => `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`).filter(readDate));
    return valid.length ? `write ${valid.join(" or ")}` : "write it as in 2026-11-21";
  }
  const LONGEST_NAME = 60;

  /** Reads a record into entries by fact; facts of other topics are passed over. */
  class Reader {
    constructor(rules) {
      Object.assign(this, { rules, entries: {}, complete: new Set(), nothing: new Set() });
    }
    take(record) {
      for (const name of Object.keys(record)) {
        if (!has(this.rules.facts, name)) continue;
        const fact = { name, ...this.rules.facts[name] };
        this.entries[name] = fact.kind === "events" ? this.events(fact, record[name])
          : fact.kind === "choices" ? this.choices(fact, record[name]) : this.values(fact, record[name]);
      }
      return this;
    }
    values(fact, value) {
      if (!Array.isArray(value)) return [this.dated(fact, value, `/${fact.name}`)];
      return value.map((item, index) => this.dated(fact, item, `/${fact.name}/${index}`));
    }
    dated(fact, value, source) {
      if (!isMap(value)) return this.value(fact, value, blank(source, writtenValue(value)));
      const entry = blank(source, writtenValue(has(value, "value") ? value.value : null));
      const strange = Object.keys(value).filter((key) => key !== "value" && key !== "on").sort();
      if (strange.length || !has(value, "value")) {
        return faulty(entry, "unreadable", `${fact.title} is given with ${strange.join(", ") || "no value"}; write {value: ..., on: 2026-11-21}.`);
      }
      if (has(value, "on") && value.on !== null) {
        entry.on = typeof value.on === "string" ? readDate(value.on) : null;
        if (!entry.on) return faulty(entry, "unreadable", `${fact.title} has the date \`${writtenValue(value.on)}\`, which is none; ${howToDate(value.on)}.`);
      }
      return this.value(fact, value.value, entry);
    }
    value(fact, value, entry) {
      if (absentOf(value)) return { ...entry, absent: absentOf(value) };
      if (value === "none" && fact.kind === "date") return { ...entry, absent: "none" };
      return { quantity: this.quantity, "yes-no": this.yesNo, choice: this.choice, date: this.date }[fact.kind].call(this, fact, value, entry);
    }
    quantity(fact, value, entry) {
      const bare = typeof value === "number" ? readNumber(String(value)) : null;
      const amount = typeof value === "string" ? readAmount(value) : bare && { range: exactly(bare), unit: "", comparator: null };
      if (!amount) return faulty(entry, "unreadable", `${fact.title} of \`${entry.written}\` is no amount; write a number with its unit, as in 380 mg/dL.`);
      const doubt = typeof value === "string" ? this.thousands(fact, value) : null;
      const found = this.inOwnUnit(fact, amount, entry);
      if (!doubt || found.fault) return found;
      const times = this.inOwnUnit(fact, { ...amount, range: scaled(amount.range, number("1000")) }, entry);
      return value.includes(".000") || !times.fault ? faulty(entry, "unreadable", doubt) : found; // 34.375 kg can be no thousands
    }
    inOwnUnit(fact, amount, entry) {
      const { units, unit_words: words } = this.rules, own = fact.unit || "1";
      const named = has(words, amount.unit) ? words[amount.unit] : amount.unit;
      if (amount.unit.startsWith(",")) return faulty(entry, "wrong-unit", this.comma(fact, entry.written));
      const code = !named && (units[own].dimension === "points" || own === "1") ? own : named; // scores and ratios are bare
      if (!code) return faulty(entry, "wrong-unit", `${fact.title} has no unit, so it is not used. ${this.remedy(fact)}`);
      if (!has(units, code) && !this.rules.other_units.includes(code)) {
        return faulty(entry, "wrong-unit", `${fact.title} has the unit \`${amount.unit}\`, which is not known, so it is not used. ${this.remedy(fact)}`);
      }
      if (fact.age_from) return this.age(fact, amount, code, entry);
      const factor = has(units, code) ? this.factor(fact, code) : null;
      if (!factor) return faulty(entry, "wrong-unit", `${fact.title} cannot be given in ${amount.unit}, so it is not used. ${this.remedy(fact)}`);
      const value = scaled(amount.range, factor), plausible = fact.limits ? within(value, limitsOf(fact)) : value;
      if (!plausible || (!exact(value) && !amount.comparator && !equalRanges(plausible, value))) return this.implausible(fact, entry);
      return { ...entry, value: plausible, comparator: amount.comparator };
    }
    /** What a number in a unit is multiplied by to be in the fact's own; null where they do not convert. */
    factor(fact, code) {
      const between = (a, b) => (this.rules.units[a].dimension === this.rules.units[b].dimension
        ? divided(number(this.rules.units[a].factor), number(this.rules.units[b].factor)) : null);
      const direct = between(code, fact.unit || "1");
      if (direct || !fact.analyte) return direct;
      const [one, amount, moles] = fact.analyte, toOne = between(code, one), toOwn = between(moles, fact.unit);
      return toOne && toOwn && multiplied(multiplied(toOne, number(amount)), toOwn);
    }
    /** How to write a number that has a comma; three digits after it may be thousands, so both are named. */
    comma(fact, written) {
      const found = /[0-9.]*,[0-9.,]*/.exec(written), [, before, after] = (found && /^([0-9]+),([0-9]+)$/.exec(found[0])) || [];
      const remedy = !before ? "Write it without a comma, and decimals with a point."
        : after.length === 3 ? `Write ${before}${after}, or ${withoutDoubt(before, after).replace(/^.*\..*$/, "$& with a point")}.` : `Write ${before}.${after}, with a point.`;
      return `${fact.title} of \`${written}\` has a comma, so it is not used. ${remedy}`;
    }
    /** Why a text is not used whose point may part thousands: 1.000 is one in one country, a thousand in another. */
    thousands(fact, written) {
      const [, , before, after] = /(^|[^0-9.,])([1-9][0-9]{0,2})\.([0-9]{3})(?![0-9.,eE])/.exec(written) || [];
      return before && `${fact.title} of \`${written}\` has three digits after a point, which may be thousands, so it is not used. Write ${before}${after}, or ${withoutDoubt(before, after)}.`;
    }
    implausible(fact, entry) {
      const limits = fact.limits ? ` (${numberText(limitsOf(fact))} ${this.rules.units[fact.unit].many})` : "";
      return faulty(entry, "implausible", `${fact.title} of ${entry.written} lies outside what is plausible${limits}; it is not used.`);
    }
    shown(fact) {
      const small = fact.limits && fact.limits.high && order(number(fact.limits.high), whole(100)) < 0;
      return `${small ? "7" : fact.unit === "mg/dL" ? "380" : "70"} ${fact.unit ? this.typed(fact.unit) : ""}`.trim();
    }
    /** A unit as it is typed: its code, or the plain word that stands for it. */
    typed(code) {
      return Object.values(this.rules.unit_words).includes(code) ? this.rules.units[code].many : code;
    }
    /** In which units a fact may be written, with an example in its own. */
    remedy(fact) {
      const names = fact.offered.map((code) => this.typed(code)), last = names.pop();
      return `Write it in ${names.length ? `${names.join(", ")} or ${last}` : last}, as in \`${this.shown(fact)}\`.`;
    }
    age(fact, amount, code, entry) {
      if (!has(PER_YEAR, code)) return faulty(entry, "wrong-unit", `${fact.title} cannot be given in ${code}, so it is not used. ${this.remedy(fact)}`);
      const longest = fact.limits && fact.limits.high ? multiplied(number(fact.limits.high), whole(PER_YEAR[code])) : null;
      const ends = [amount.range.low, amount.range.high].filter(Boolean);
      const unborn = ends.some((end) => end.n < 0n) || (amount.range.high && amount.range.high.n === 0n && amount.range.highOpen);
      if (unborn || (longest && ends.some((end) => order(end, longest) > 0))) return this.implausible(fact, entry);
      return { ...entry, value: { range: amount.range, unit: code } };
    }
    yesNo(fact, value, entry) {
      const answer = value === true || value === "yes" ? YES : value === false || value === "no" ? NO : null;
      return answer ? { ...entry, value: answer } : faulty(entry, "unreadable", `${fact.title} is \`${entry.written}\`; answer yes, no or unknown.`);
    }
    choice(fact, value, entry) {
      const option = optionNamed(value, fact.options);
      return option ? { ...entry, value: option } : faulty(entry, "unknown-choice", `\`${writtenValue(value)}\` is no option of ${fact.title}.`);
    }
    date(fact, value, entry) {
      const when = typeof value === "string" ? readDate(value) : null;
      return when ? { ...entry, value: when } : faulty(entry, "unreadable", `${fact.title} has the date \`${entry.written}\`, which is none; ${howToDate(value)}, or 2026-11 where the day is not known.`);
    }
    events(fact, value) {
      const source = `/${fact.name}`;
      if (value === "none" || (Array.isArray(value) && !value.length)) {
        this.nothing.add(fact.name);
        this.complete.add(fact.name);
        return [];
      }
      const entry = blank(source, writtenValue(value));
      if (absentOf(value)) return [{ ...entry, absent: absentOf(value) }];
      if (!Array.isArray(value)) return [faulty(entry, "unreadable", `${fact.title} is a list of events; write [] for none, or [{on: 2026-10-20}].`)];
      this.complete.add(fact.name);
      return value.map((item, index) => this.event(fact, item, blank(`${source}/${index}`, writtenValue(item))));
    }
    event(fact, value, entry) {
      if (!isMap(value)) return faulty(entry, "unreadable", `An event of ${fact.title} is a map, as in {on: 2026-10-20}.`);
      const known = fact.fields || {}, fields = [];
      for (const key of Object.keys(value)) {
        if (key === "on") continue;
        if (!has(known, key)) return faulty(entry, "unreadable", `An event of ${fact.title} has no \`${key}\`; known are on, ${Object.keys(known).join(", ")}.`);
        if (absentOf(value[key])) continue;
        const option = optionNamed(value[key], known[key]);
        if (!option) return faulty(entry, "unknown-choice", `\`${writtenValue(value[key])}\` is no ${key} of ${fact.title}; there are ${known[key].map((o) => o.name).join(", ")}.`);
        fields.push([key, option]);
      }
      let on = null;
      if (has(value, "on") && !absentOf(value.on)) {
        on = typeof value.on === "string" ? readDate(value.on) : null;
        if (!on) return faulty(entry, "unreadable", `An event of ${fact.title} has the date \`${writtenValue(value.on)}\`, which is none.`);
      }
      return { ...entry, value: { on, fields } };
    }
    choices(fact, value) {
      if (absentOf(value)) return [{ ...blank(`/${fact.name}`, writtenValue(value)), absent: absentOf(value) }];
      this.complete.add(fact.name);
      const listed = value === "none" ? [] : Array.isArray(value) ? value : [value];
      return listed.map((word, index) => {
        const entry = blank(listed === value ? `/${fact.name}/${index}` : `/${fact.name}`, writtenValue(word));
        return this.choice(fact, word, entry);
      });
    }
  }
  const limitsOf = (fact) => range(fact.limits.low === null ? null : number(fact.limits.low), fact.limits.high === null ? null : number(fact.limits.high));
  function optionNamed(value, options) {
    if (typeof value !== "string") return null;
    const exactName = options.find((option) => option.name === value);
    if (exactName) return exactName.name;
    const wanted = value.trim().toLowerCase();
    const found = options.find((o) => o.name === wanted || (o.aliases || []).some((alias) => alias.toLowerCase() === wanted));
    return found ? found.name : null;
  }

  // --- findings: which entries count on a date, and what follows from other facts ---

  const USABLE = new Set(["known", "bounded", "conflicting"]);
  const FAULT_STATES = { "wrong-unit": "wrong-unit", implausible: "implausible", conflicting: "conflicting" };
  const usable = (finding) => USABLE.has(finding.state);
  const setOf = (list) => new Set(list);
  const isSubset = (a, b) => [...a].every((item) => b.has(item));
  const both = (a, b) => new Set([...a].filter((item) => b.has(item)));
  const distinct = (list) => [...new Set(list)];
  const compareText = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const finding = (fact, state, more = {}) => ({
    fact, state, range: null, truth: UNKNOWN, possible: null, chosen: new Set(), denied: new Set(), complete: false,
    when: null, events: [], entry: null, inputs: [], note: null, ...more,
  });

  class Findings {
    constructor(rules, record, asOf) {
      const read = new Reader(rules).take(record);
      Object.assign(this, { rules, asOf, reader: read, entries: read.entries, complete: read.complete, nothing: read.nothing });
      Object.assign(this, { facts: {}, found: {}, said: {}, troubles: new Map() });
      for (const name of Object.keys(rules.facts)) this.facts[name] = { name, options: [], ...rules.facts[name] };
    }
    of(name) {
      return this.found[name] || (this.found[name] = this.follow(this.facts[name]));
    }
    stated(fact) {
      return this.said[fact.name] || (this.said[fact.name] = this.state(fact));
    }
    trouble(kind, fact, detail) {
      this.troubles.set(JSON.stringify([fact.name, kind, detail]), { kind, fact: fact.name, detail });
    }
    tell(fact, entries) {
      for (const entry of entries) if (entry.fault) this.trouble(entry.fault.kind, fact, entry.fault.detail);
      return entries.some((entry) => entry.fault);
    }
    unitOf(fact) {
      return this.rules.units[fact.unit || "1"] || { one: "", many: "" };
    }

    // what the record says of a fact itself
    state(fact) {
      let entries = this.entries[fact.name] || [];
      if (!entries.length) {
        const complete = this.complete.has(fact.name);
        return finding(fact, complete ? "known" : "not-recorded", { complete });
      }
      if (fact.kind === "events") return this.stateEvents(fact, entries);
      if (fact.kind === "choices") return this.stateChoices(fact, entries);
      const stated = entries;
      entries = this.onOrBefore(fact, entries);
      if (fact.kind === "date" && !entries.length) return finding(fact, "not-recorded", { entry: stated[0] }); // something is said
      const given = entries.filter((entry) => !entry.absent), absences = absencesOf(entries);
      if (!given.length) {
        if (absences[0] !== "none") return finding(fact, absences[0] || "not-recorded");
        return finding(fact, "known", { complete: true, entry: entries.find((entry) => entry.absent === "none") });
      }
      const newest = this.newest(fact, given);
      if (this.tell(fact, newest)) {
        const first = newest.find((entry) => entry.fault);
        return finding(fact, FAULT_STATES[first.fault.kind] || "not-recorded", { entry: first });
      }
      if (absences.includes("none")) {
        this.trouble("conflicting", fact, `${fact.title} is given as none, and also as ${newest[0].written}.`);
        return finding(fact, "conflicting", { entry: newest[0] });
      }
      if (newest.filter((entry) => this.tooOld(fact, entry)).length) return finding(fact, "too-old", { entry: newest[0] });
      return this.combined(fact, newest);
    }
    onOrBefore(fact, entries) {
      return entries.filter((entry) => {
        const planned = fact.kind !== "date" || fact.may_be_planned || !entry.value || entry.value.first <= this.asOf;
        if (!entry.on || entry.on.first <= this.asOf) {
          if (!planned) this.trouble("after-as-of", fact, `${fact.title} is dated ${writtenDate(entry.value)}, after ${iso(this.asOf)}; it is left out.`);
          return planned;
        }
        this.trouble("after-as-of", fact, `${fact.title} of ${entry.written || "unknown value"} is dated ${writtenDate(entry.on)}, after ${iso(this.asOf)}; it is left out.`);
        return false;
      });
    }
    /** The entries that none is later than, or the earliest where the fact asks for those, in an order of their own. */
    newest(fact, entries) {
      if (entries.length === 1) return entries;
      const dated = entries.map((entry) => [entry.on || onDay(this.asOf), entry]);
      const text = (on) => (on.instant ? on.instant.text : "");
      dated.sort(([a, x], [b, y]) => a.first - b.first || a.last - b.last || compareText(text(a), text(b))
        || compareText(x.written, y.written) || compareText(x.source, y.source));
      const isFirst = fact.earliest && entries.every((entry) => entry.on);
      const found = dated.filter(([on]) => !dated.some(([other]) => (isFirst ? later(on, other) : later(other, on))));
      return (found.length ? found : dated).map(([, entry]) => entry);
    }
    tooOld(fact, entry) {
      const span = fact.usable_for;
      if (!entry.on || !span || add(entry.on.first, span.high, span.unit) >= this.asOf) return false;
      this.trouble("too-old", fact, `${fact.title} of ${entry.written} is dated ${writtenDate(entry.on)}; it is used for ${this.spanText(span)}, and ${iso(this.asOf)} is later than that.`);
      return true;
    }
    spanText(span) {
      return `${span.high} ${this.rules.units[span.unit][span.high === 1 ? "one" : "many"]}`;
    }
    conflict(fact, entries) {
      const day = entries[0].on ? ` on ${writtenDate(entries[0].on)}` : "";
      this.trouble("conflicting", fact, `${fact.title} is given as ${distinct(entries.map((e) => e.written)).join(" and ")}${day}, and neither is the later one.`);
    }
    /** What the newest entries come to, by the kind of the fact. */
    combined(fact, newest) {
      const values = newest.map((entry) => entry.value), entry = newest[0];
      if (fact.age_from) return this.statedAge(fact, newest);
      if (fact.kind === "quantity") {
        const conflict = values.some((value) => !equalRanges(value, values[0]));
        if (conflict) this.conflict(fact, newest);
        return finding(fact, conflict ? "conflicting" : exact(values[0]) ? "known" : "bounded", { range: spanning(values), entry });
      }
      if (fact.kind === "yes-no") {
        if (distinct(values).length > 1) {
          this.conflict(fact, newest);
          return finding(fact, "conflicting", { entry });
        }
        const span = fact.counts_for;
        if (span && entry.on && add(entry.on.first, span.high, span.unit) < this.asOf) {
          return finding(fact, "not-recorded", { entry, note: "the last one lies too far back to count" });
        }
        return finding(fact, "known", { truth: values[0], entry });
      }
      if (fact.kind === "choice") {
        const possible = setOf(values);
        if (possible.size > 1) this.conflict(fact, newest);
        return finding(fact, possible.size > 1 ? "conflicting" : "known", { possible, entry });
      }
      if (values.some((when) => when.first !== values[0].first || when.last !== values[0].last)) {
        this.conflict(fact, newest);
        return finding(fact, "conflicting", { when: spanningDates(values), entry });
      }
      return finding(fact, isWhole(values[0]) ? "known" : "bounded", { when: values[0], entry });
    }
    statedAge(fact, newest) {
      const windows = newest.map((entry) => {
        const on = entry.on || onDay(this.asOf);
        return birthDates(entry.value, { first: on.first, last: Math.min(on.last, this.asOf) });
      });
      const shared = windows.slice(1).reduce((a, b) => a && overlap(a, b), windows[0]);
      if (shared) return finding(fact, "known", { when: shared, entry: newest[0] });
      this.conflict(fact, newest);
      return finding(fact, "conflicting", { when: spanningDates(windows), entry: newest[0] });
    }
    stateEvents(fact, entries) {
      const absences = absencesOf(entries), events = [];
      if (entries.every((entry) => entry.absent)) return finding(fact, absences[0]);
      const faults = this.tell(fact, entries);
      for (const entry of entries) {
        if (entry.fault || !entry.value) continue;
        if (entry.value.on && entry.value.on.first > this.asOf) this.leftOut(fact, "An event", entry.value.on);
        else events.push(entry.value);
      }
      const complete = this.complete.has(fact.name) && !absences.length && !faults;
      return finding(fact, events.length || complete ? "known" : "not-recorded", { events, complete, entry: entries[0] });
    }
    leftOut(fact, what, on) {
      this.trouble("after-as-of", fact, `${what} of ${fact.title} is dated ${writtenDate(on)}, after ${iso(this.asOf)}; it is left out.`);
    }
    stateChoices(fact, all) {
      const entries = this.onOrBefore(fact, all), absences = absencesOf(entries), faults = this.tell(fact, entries);
      const chosen = setOf(entries.filter((entry) => entry.value).map((entry) => entry.value));
      const complete = this.complete.has(fact.name) && !absences.length && !faults;
      if (!chosen.size && !complete) return finding(fact, absences[0] || "not-recorded");
      return finding(fact, "known", { chosen, complete, entry: entries[0] || null });
    }

    // what follows from other facts
    follow(fact) {
      if (fact.age_from) return this.age(fact);
      if (fact.formula) return this.formula(fact);
      if (fact.table) return this.lookedUp(fact);
      if (fact.score) return this.scored(fact);
      if (fact.kind === "choice") return this.choice(fact);
      const found = this.stated(fact);
      if (found.state === "not-recorded" && this.nothing.has(fact.name)) return { ...found, state: "known", complete: true };
      return fact.implied_by ? this.implied(fact, found) : found;
    }
    age(fact) {
      const born = this.of(fact.age_from), given = this.stated(fact), dated = born.when && usable(born);
      if (!dated || born.when.first > this.asOf) {
        if (dated) this.leftOut(born.fact, "The day", born.when);
        return given.when ? this.aged(given) : given;
      }
      const window = { first: born.when.first, last: Math.min(born.when.last, this.asOf) };
      const found = this.aged(finding(fact, "known", { when: window, entry: born.entry, inputs: [born] }));
      if (!given.when || found.state === "implausible") return found;
      if (given.state === "conflicting") return this.aged({ ...given, when: spanningDates([given.when, window]) });
      const shared = overlap(given.when, window);
      if (shared) return this.aged({ ...found, when: shared });
      this.trouble("conflicting", fact, `${fact.title} is given as ${given.entry ? given.entry.written : ""}, and the date of birth makes it ${found.range ? numberText(found.range) : ""}.`);
      return this.aged({ ...given, state: "conflicting", when: spanningDates([given.when, window]) });
    }
    aged(found) {
      const { fact } = found, years = this.ageIn(found, "a");
      if (fact.limits && !within(years, limitsOf(fact))) {
        const unit = this.rules.units.a[exact(years) && same(exact(years), ONE) ? "one" : "many"];
        this.trouble("implausible", fact, `${fact.title} would be ${numberText(years)} ${unit}, which is not plausible; it is not used.`);
        return { ...found, state: "implausible", when: null };
      }
      return { ...found, state: found.state === "conflicting" ? found.state : exact(years) ? "known" : "bounded", range: years };
    }
    /** An age in completed units of calendar time. */
    ageIn(found, unit) {
      if (!found.when) return range(ZERO, null);
      const oldest = found.when.first === FIRST_DAY ? null : whole(completed(found.when.first, this.asOf, unit));
      return range(whole(completed(found.when.last, this.asOf, unit)), oldest);
    }
    formula(fact) {
      const inputs = fact.inputs.map((name) => this.of(name));
      const known = inputs.filter((input) => usable(input) && (input.range || (input.possible && input.possible.size)));
      if (known.length < inputs.length) return finding(fact, "not-recorded", { inputs });
      const value = mapped(this.workedOut(fact.formula), (end) => divided(end, number(fact.size)));
      if (fact.limits && !within(value, limitsOf(fact))) {
        this.trouble("implausible", fact, `${fact.title} would be ${numberText(value)} ${this.unitOf(fact).many}, which is not plausible; it is not used.`);
        return finding(fact, "implausible", { inputs });
      }
      return finding(fact, exact(value) ? "known" : "bounded", { range: value, inputs });
    }
    /** A formula's value in grams, metres, days and moles. */
    workedOut(node) {
      if (has(node, "number")) return exactly(number(node.number));
      if (has(node, "fact")) return scaled(this.of(node.fact).range, number(this.facts[node.fact].size));
      if (has(node, "choose")) {
        const { possible } = this.of(node.choose), parts = Object.keys(node.options).filter((name) => possible.has(name));
        return spanning(parts.map((name) => this.workedOut(node.options[name])));
      }
      return APPLIED[node.apply](...node.to.map((part) => this.workedOut(part)));
    }
    lookedUp(fact) {
      const { over, rows } = fact.table, age = this.of(over), inputs = [age];
      if (!usable(age)) return finding(fact, "not-recorded", { inputs });
      const youngest = (unit) => this.ageIn(age, unit).low, oldest = (unit) => this.ageIn(age, unit).high;
      const reaches = (count, unit) => !oldest(unit) || order(oldest(unit), whole(count)) >= 0;
      const past = (row) => row.below !== null && order(youngest(row.below_unit), whole(row.below)) >= 0;
      const fitting = rows.filter((row) => reaches(row.from, row.from_unit) && !past(row));
      const last = rows[rows.length - 1], tooYoung = order(youngest(rows[0].from_unit), whole(rows[0].from)) < 0;
      if (!fitting.length || tooYoung || (last.below !== null && reaches(last.below, last.below_unit))) {
        return finding(fact, "not-recorded", { inputs, note: "the table has no row for this age" });
      }
      const value = spanning(fitting.map((row) => exactly(number(row.value))));
      return finding(fact, exact(value) ? "known" : "bounded", { range: value, inputs });
    }
    scored(fact) {
      const given = this.stated(fact), inputs = fact.score.map(([name]) => this.of(name));
      if (!inputs.some((item) => usable(item) && item.truth !== UNKNOWN)) return given;
      let low = ZERO, high = ZERO;
      fact.score.forEach(([, points], index) => {
        const value = number(points), { truth } = inputs[index];
        if (truth === YES || (truth === UNKNOWN && value.n < 0n)) low = plus(low, value);
        if (truth === YES || (truth === UNKNOWN && value.n > 0n)) high = plus(high, value);
      });
      const added = range(low, high);
      if (!given.range || !usable(given)) return finding(fact, exact(added) ? "known" : "bounded", { range: added, inputs });
      const shared = within(given.range, added);
      if (!shared) {
        this.trouble("conflicting", fact, `${fact.title} is given as ${given.entry ? given.entry.written : ""}, and its items make ${numberText(added)}.`);
        return { ...given, state: "conflicting", range: spanning([given.range, added]), inputs };
      }
      return { ...given, state: given.state === "conflicting" ? given.state : exact(shared) ? "known" : "bounded", range: shared, inputs };
    }
    /** A choice, narrowed by choices that fix it and by those that it fixes: a product fixes its target. */
    choice(fact) {
      const found = this.stated(fact), options = setOf(fact.options.map((option) => option.name));
      const implies = (option) => Object.entries(option.implies || {});
      const others = Object.values(this.facts).filter((other) => other.options.some((option) => has(option.implies || {}, fact.name)));
      if (!others.length && !fact.options.some((option) => implies(option).length)) return found;
      let allowed = options;
      for (const other of others) {
        const possible = [...(this.stated(other).possible || [])];
        const implied = possible.map((name) => (other.options.find((o) => o.name === name).implies || {})[fact.name]);
        if (implied.length && !implied.includes(undefined)) allowed = both(allowed, setOf(implied));
      }
      const fits = (option) => implies(option).every(([name, word]) => {
        const { possible } = this.stated(this.facts[name]);
        return !possible || possible.has(word);
      });
      allowed = both(allowed, setOf(fact.options.filter(fits).map((option) => option.name)));
      const possible = both(found.possible || options, allowed);
      if (!possible.size) {
        const own = fact.options.flatMap((option) => implies(option).map(([name]) => this.facts[name].title));
        const related = distinct([...others.map((other) => other.title), ...own]);
        this.trouble("conflicting", fact, `${fact.title} contradicts what the record says of ${related.join(" and ")}.`);
        return { ...found, state: "conflicting", possible: options };
      }
      if (possible.size === options.size && !found.possible) return found;
      if (found.state === "conflicting") return { ...found, possible };
      return { ...found, state: possible.size === 1 ? "known" : "bounded", possible };
    }
    implied(fact, found) {
      const rule = fact.implied_by, [low, high] = this.count(rule.events, rule.where, rule.within);
      const implied = rule.to_yes && low >= rule.at_least ? YES : high !== null && high < rule.at_least ? NO : UNKNOWN;
      if (implied === UNKNOWN || found.state === "conflicting" || found.truth === implied) return found;
      const events = this.facts[rule.events];
      if (found.truth !== UNKNOWN) {
        this.trouble("conflicting", fact, `${fact.title} is answered ${found.truth}, and the list of ${events.title.toLowerCase()} says ${implied}.`);
        return { ...found, state: "conflicting", truth: UNKNOWN };
      }
      const words = Object.values(rule.where).join(" "), how = implied === YES ? "follows from" : "ruled out by";
      const note = `${how} the list of ${events.title.toLowerCase()}${words ? ` (${words})` : ""}`;
      return finding(fact, "known", { truth: implied, inputs: [this.of(rule.events)], note });
    }
    /** How many events surely match, and how many may; null where the list may lack some. */
    count(events, where, span) {
      const found = this.of(events), answers = found.events.map((event) => this.matches(event, where, span));
      const sure = times(answers, YES);
      return [sure, found.complete && found.state === "known" ? sure + times(answers, UNKNOWN) : null];
    }
    matches(event, where, span) {
      const known = Object.fromEntries(event.fields);
      let answer = YES;
      for (const [name, word] of Object.entries(where)) {
        if (!has(known, name)) answer = UNKNOWN;
        else if (known[name] !== word) return NO;
      }
      if (!span) return answer;
      if (!event.on) return UNKNOWN;
      const inside = [event.on.first, event.on.last].map((day) => add(day, span.high, span.unit) >= this.asOf);
      return !inside.includes(true) ? NO : inside.includes(false) ? UNKNOWN : answer;
    }

    // a finding in words
    /** An amount as it was written, its unit as it is read aloud: 60 a becomes 60 years; other text stays. */
    spelt(text) {
      const { units, unit_words: words } = this.rules, amount = readAmount(text);
      const code = amount && (has(words, amount.unit) ? words[amount.unit] : amount.unit);
      if (!amount || !has(units, code) || code === "1") return text;
      const one = exact(amount.range) && same(exact(amount.range), ONE);
      return `${text.trimEnd().slice(0, -amount.unit.length).trimEnd()} ${units[code][one ? "one" : "many"]}`;
    }
    rangeText(r, unit) {
      const [low, high] = [readable(r.low), readable(r.high)], names = this.rules.units[unit || "1"] || { one: "", many: "" };
      const about = isSame(low, r.low) && isSame(high, r.high) ? "" : "about ";
      const shown = low && high && same(low, high) && !exact(r) ? range(low, high) : range(low, high, r.lowOpen, r.highOpen);
      if (unit === "1") return `${about}${numberText(shown)}`; // a ratio is a bare number
      return `${about}${numberText(shown)} ${names[exact(r) && same(exact(r), ONE) ? "one" : "many"]}`;
    }
    valueText(found) {
      const { fact, entry } = found, lists = (names) => names.map((name) => fact.options.find((o) => o.name === name).title).sort(compareText);
      if (fact.kind === "quantity") {
        if (!found.range) return null;
        const bound = entry && entry.comparator && found.state === "bounded" && !found.inputs.length;
        const shown = !bound ? found.range : { ...found.range, [entry.comparator.startsWith("<") ? "low" : "high"]: null };
        return this.rangeText(shown, fact.unit);
      }
      if (fact.kind === "yes-no") return found.truth === UNKNOWN ? null : found.truth;
      if (fact.kind === "choice") return found.possible && lists([...found.possible]).join(" or ");
      const open = found.complete ? "" : " (there may be others)";
      if (fact.kind === "choices") return found.chosen.size || found.complete ? (lists([...found.chosen]).join(", ") || "none") + open : null;
      if (fact.kind === "date") return found.when ? writtenDate(found.when) : found.complete ? "has not taken place" : null;
      return found.events.length ? found.events.map(eventText).join("; ") + open : found.complete ? "none" : null;
    }
    text(found) {
      const { fact, entry, inputs, note } = found, value = this.valueText(found), more = note ? `; ${note}` : "";
      const dated = entry && entry.on && !inputs.length && fact.kind !== "date" && fact.kind !== "events" ? ` on ${writtenDate(entry.on)}` : "";
      if (value === null || !usable(found)) {
        const shown = entry && entry.written && found.state !== "asked-unknown" && found.state !== "not-applicable";
        return this.rules.words.states[found.state] + (shown ? ` (${entry.written}${dated})` : "") + more;
      }
      const written = fact.kind === "quantity" && entry && entry.written && !inputs.length && found.state !== "conflicting" ? this.spelt(entry.written) : "";
      const spaceless = (text) => text.replace(/ /g, ""), saidAlready = [spaceless(value), value.split(" ")[0]].includes(spaceless(written));
      return (found.state === "conflicting" ? "conflicting, " : "") + value + (written && !saidAlready ? ` (written ${written})` : "") + dated + more;
    }
    /** A value as it is used: with its other unit, where a number alone could be taken for either. */
    usedText(found) {
      const { fact, range: r } = found, text = this.text(found);
      if (!fact.unlike || !r || !exact(r) || found.state !== "known" || text.includes("(written ")) return text;
      const shown = this.valueText(found), other = scaled(r, divided(ONE, this.reader.factor(fact, fact.unlike)));
      return text.replace(shown, () => `${shown} = ${this.rangeText(other, fact.unlike)}`);
    }
    foundText(step) {
      const { finding: found, counted, node } = step;
      if (counted) {
        const [low, high] = counted;
        return high === null ? `${low} recorded; the record does not say that these are all` : low === high ? String(low) : `${low} to ${high}`;
      }
      if ((node.form === "time-since" || node.form === "planned") && found.when) {
        if (!isWhole(found.when)) return `${writtenDate(found.when)}, the day is not known`;
        const days = this.asOf - found.when.first, day = iso(found.when.first);
        return days < 0 ? `planned for ${day}` : `day ${days}, counted from ${day}`;
      }
      return this.text(found) + (step.other ? `; ${lowerFirst(step.other.fact.title)} ${this.text(step.other)}` : "");
    }
  }
  /** In a sentence, how a date in the future is taken. */
  function aheadText({ fact, when }, asOf) {
    return `${fact.title} is dated ${writtenDate(when)}, after ${iso(asOf)}. It is taken as planned, and no time is counted from it. If it has taken place, correct the date.`;
  }
  function eventText(event) {
    const words = event.fields.map(([, word]) => word).join(" ");
    return (words + (event.on ? ` on ${writtenDate(event.on)}` : "")).trim() || "event";
  }
  function absencesOf(entries) {
    const found = distinct(entries.filter((entry) => entry.absent).map((entry) => entry.absent));
    return found.sort((a, b) => ABSENCES.indexOf(a) - ABSENCES.indexOf(b));
  }
  /** When somebody may have been born who on some day of `on` was as old as stated, in completed units. */
  function birthDates(stated, on) {
    let { range: r, unit } = stated;
    const finer = { a: ["mo", 12], wk: ["d", 7] }[unit];
    if (finer && [r.low, r.high].some((end) => end && end.d !== 1n)) { // 1.5 years
      unit = finer[0];
      r = scaled(r, whole(finer[1]));
    }
    let fewest = r.low ? Number(down(r.low)) : 0, upTo = r.high ? Number(down(r.high)) : null;
    if (r.lowOpen && same(r.low, whole(fewest))) fewest += 1;
    if (r.highOpen && upTo !== null && same(r.high, whole(upTo))) upTo -= 1;
    return bornBetween(fewest, upTo, unit, on);
  }

  const ends = (apply, a, b) => (a && b ? apply(a, b) : null);
  function product(a, b) {
    const open = [a.lowOpen || b.lowOpen, a.highOpen || b.highOpen];
    if (a.low && b.low && a.low.n >= 0n && b.low.n >= 0n) return range(multiplied(a.low, b.low), ends(multiplied, a.high, b.high), ...open);
    for (const [one, other] of [[a, b], [b, a]]) if (exact(one) && exact(one).n > 0n) return scaled(other, exact(one));
    if (!(a.low && a.high && b.low && b.high)) return range(null, null);
    const corners = [a.low, a.high].flatMap((x) => [b.low, b.high].map((y) => multiplied(x, y)));
    return range(least(corners), most(corners));
  }
  function quotient(a, b) {
    if (!b.low || !b.high || b.low.n < 0n || (b.low.n === 0n && !b.lowOpen)) return range(null, null);
    if (exact(b)) return mapped(a, (end) => divided(end, b.low));
    return product(a, range(divided(ONE, b.high), b.low.n === 0n ? null : divided(ONE, b.low), b.highOpen, b.lowOpen));
  }
  const extreme = (choose, oneLow) => (...ranges) => {
    const [lows, highs] = [ranges.map((r) => r.low).filter(Boolean), ranges.map((r) => r.high).filter(Boolean)];
    return range(lows.length && (oneLow || lows.length === ranges.length) ? choose(lows) : null,
      highs.length && (!oneLow || highs.length === ranges.length) ? choose(highs) : null);
  };
  const APPLIED = {
    "+": (a, b) => range(ends(plus, a.low, b.low), ends(plus, a.high, b.high), a.lowOpen || b.lowOpen, a.highOpen || b.highOpen),
    "-": (a, b) => range(ends(minus, a.low, b.high), ends(minus, a.high, b.low), a.lowOpen || b.highOpen, a.highOpen || b.lowOpen),
    "*": product,
    "/": quotient,
    min: extreme(least, false),
    max: extreme(most, true),
  };

  // --- conditions: each is answered by a step that keeps the part of the rule and what was found ---

  const step = (node, answer, parts = [], more = {}) => ({ node, answer, parts, finding: null, other: null, counted: null, ...more });
  const JOINED = { all: allOf, any: anyOf, none: noneOf };
  /** One record before one position: the findings, and the answers given so far. */
  class Case {
    constructor(findings, position) {
      Object.assign(this, { findings, position, criteria: {}, grades: {}, rules: {} });
    }
    ask(node) {
      const make = LINES[node.form];
      if (make) return make(this, node, has(node, "fact") ? this.findings.of(node.fact) : null);
      const parts = node.parts.map((part) => this.ask(part)), answers = parts.map((part) => part.answer);
      return step(node, node.form === "at_least" ? atLeast(node.count, answers) : JOINED[node.form](answers), parts);
    }
    named(list, id) {
      return this.position[list].find((item) => item.id === id);
    }
  }
  const LINES = {
    "yes-no": (of, node, found) => step(node, found.truth, [], { finding: found }),
    compare: (of, node, found) => {
      const own = of.findings.reader.factor(found.fact, node.unit), known = usable(found) && found.range;
      const answer = known ? COMPARED[node.operator](found.range, exactly(multiplied(number(node.number), own))) : UNKNOWN;
      return step(node, answer, [], { finding: found });
    },
    age: (of, node, found) => {
      const answer = usable(found) ? COMPARED[node.operator](of.findings.ageIn(found, node.unit), exactly(number(node.number))) : UNKNOWN;
      return step(node, answer, [], { finding: found });
    },
    "compare-facts": (of, node, found) => {
      const other = of.findings.of(node.other), known = found.range && other.range && usable(found) && usable(other);
      const factor = known && of.findings.reader.factor(found.fact, other.fact.unit || "1");
      return step(node, known ? COMPARED[node.operator](found.range, scaled(other.range, factor)) : UNKNOWN, [], { finding: found, other });
    },
    option: (of, node, found) => step(node, chosen(found, setOf(node.options)), [], { finding: found }),
    "time-since": (of, node, found) => {
      const answer = found.when ? timeSince(found.when, node, of.findings.asOf) : found.complete ? NO : UNKNOWN;
      return step(node, answer, [], { finding: found });
    },
    planned: (of, node, found) => {
      const after = (day) => (day > of.findings.asOf ? YES : NO);
      const answer = found.when ? eitherWay([after(found.when.first), after(found.when.last)]) : found.complete ? NO : UNKNOWN;
      return step(node, answer, [], { finding: found });
    },
    count: (of, node, found) => {
      const counted = of.findings.count(node.fact, node.where, node.within), [low, high] = counted;
      const range_ = range(whole(low), high === null ? null : whole(high));
      return step(node, COMPARED[node.operator](range_, exactly(whole(node.count))), [], { finding: found, counted });
    },
    recorded: (of, node, found) => step(node, isRecorded(found), [], { finding: found }),
    criterion: (of, node) => {
      const id = node.criterion, inner = of.criteria[id] || (of.criteria[id] = of.ask(of.named("criteria", id).when));
      return step(node, inner.answer, [inner]);
    },
    grade: (of, node) => {
      const result = gradeOf(of, node.grade);
      return step(node, gradeAnswer(result, node), [result.step]);
    },
  };
  function chosen(found, options) {
    if (!usable(found)) return UNKNOWN;
    if (found.fact.kind === "choices") {
      if (both(found.chosen, options).size) return YES;
      return found.complete || isSubset(options, found.denied) ? NO : UNKNOWN;
    }
    if (!found.possible) return UNKNOWN;
    return isSubset(found.possible, options) ? YES : both(found.possible, options).size ? UNKNOWN : NO;
  }
  function isRecorded(found) {
    const { kind } = found.fact, known = usable(found) || found.state === "too-old";
    if ((kind === "date" || kind === "events") && found.complete && !found.when && !found.events.length) return NO;
    if (kind === "events") return found.events.length ? YES : UNKNOWN;
    if (kind === "date" && !found.when) return found.state === "too-old" ? YES : UNKNOWN;
    return known ? YES : UNKNOWN;
  }

  // --- grades: the first band that fits; while that is open, the worst and the least that it may be ---

  const bandsOf = (grade) => [...grade.bands.map((band) => band.name), grade.otherwise];
  function gradeOf(of, id) {
    return of.grades[id] || (of.grades[id] = graded(of, of.named("grades", id)));
  }
  function graded(of, grade) {
    const applicable = grade.when ? of.ask(grade.when) : null, before = applicable ? [applicable] : [];
    if (applicable && applicable.answer === NO) {
      return { grade, value: "not-applicable", atLeast: null, atMost: null, missing: [], step: step(grade, NO, before), possible: [] };
    }
    const steps = [], possible = [];
    for (const band of grade.bands) {
      const asked = of.ask(band.when);
      steps.push(asked);
      if (asked.answer !== NO) possible.push(band.name);
      if (asked.answer === YES) break;
    }
    if (!steps.length || steps[steps.length - 1].answer !== YES) possible.push(grade.otherwise);
    const worst = possible[0], mildest = possible[possible.length - 1];
    const sure = worst === mildest && (!applicable || applicable.answer === YES);
    const made = step(grade, sure ? YES : UNKNOWN, [...before, ...steps]);
    return { grade, value: sure ? worst : "unknown", atLeast: mildest, atMost: worst, missing: missing(made), step: made, possible };
  }
  /** A band as it is read: not in the table; grade 3-4. */
  const spaced = (name) => name.replace(/-/g, " ").replace(/(\d) (?=\d)/g, "$1-");
  /** Which bands a grade that is not known may still be, worst first, in words. */
  function openGrade({ possible }) {
    const names = possible.map(spaced);
    if (names.length === 1) return `${names[0]}, if it is graded here at all, which is not known`;
    return `not known yet; it may be ${names.slice(0, -1).join(", ")} or ${names[names.length - 1]}`;
  }
  function gradeAnswer(result, node) {
    if (result.value === "not-applicable") return NO;
    const names = bandsOf(result.grade), at = (name) => names.indexOf(name), wanted = at(node.band);
    const found = node.or_worse
      ? at(result.atLeast) <= wanted ? YES : at(result.atMost) > wanted ? NO : UNKNOWN
      : !result.possible.includes(node.band) ? NO : result.possible.length === 1 ? YES : UNKNOWN;
    return allOf([found, result.grade.when ? result.step.parts[0].answer : YES]);
  }

  // --- what is missing: the facts that could still change an unknown step, those that settle it alone first ---

  const isTable = (node) => has(node, "bands");
  function missing(made) {
    if (made.answer !== UNKNOWN) return [];
    const alone = new Set([...settling(made, YES), ...settling(made, NO)]), facts = distinct(openFacts(made));
    return [...facts.filter((fact) => alone.has(fact)), ...facts.filter((fact) => !alone.has(fact))];
  }
  function openFacts(made) {
    if (made.answer !== UNKNOWN && !isTable(made.node)) return [];
    const inner = deciding(made).flatMap(openFacts);
    if (made.parts.length) return inner;
    const own = !made.finding ? [] : made.node.form === "age" ? [made.finding.fact.name] : askedFor(made.finding);
    return [...inner, ...own, ...(made.other ? askedFor(made.other) : [])];
  }
  /** The undecided parts that bear on a step: of a grade that is asked for a band, none below that band. */
  function deciding(made) {
    let { parts } = made;
    if (made.node.form === "grade") {
      const table = made.parts[0].node;
      parts = made.parts[0].parts.slice(0, bandsOf(table).indexOf(made.node.band) + (table.when ? 1 : 0) + 1);
    }
    return parts.filter((part) => part.answer === UNKNOWN);
  }
  function askedFor(found) {
    const { fact } = found;
    const settled = fact.kind === "yes-no" ? found.truth !== UNKNOWN
      : fact.kind === "choice" ? usable(found) && found.possible && found.possible.size === 1 : fact.kind === "quantity" && usable(found) && found.range && exact(found.range);
    if (settled) return [];
    if (fact.table) return [fact.table.over];
    const inner = fact.formula || (fact.score && found.inputs.length) ? found.inputs.flatMap(askedFor) : [];
    return inner.length ? inner : [fact.name];
  }
  const joinOf = (made) => (made.node.form === "unless" ? "none" : has(JOINED, made.node.form) || made.node.form === "at_least" ? made.node.form : "all");
  function settling(made, wanted) {
    if (!made.parts.length) return setOf(openFacts(made));
    const { node } = made, open = deciding(made), union = (sets) => new Set(sets.flatMap((set) => [...set]));
    let join = joinOf(made);
    if (node.form === "criterion" || node.form === "grade" || isTable(node) || open.length === 1) {
      return union(open.map((part) => settling(part, join === "none" ? NEGATED[wanted] : wanted)));
    }
    if (join === "at_least") {
      const sure = times(made.parts.map((part) => part.answer), YES);
      const short = wanted === YES ? node.count - sure : sure + open.length - node.count + 1;
      return short === 1 ? union(open.map((part) => settling(part, wanted))) : new Set();
    }
    if (join === "none") [join, wanted] = ["any", NEGATED[wanted]];
    const sets = open.map((part) => settling(part, wanted));
    return wanted === (join === "all" ? NO : YES) ? union(sets) : sets.reduce(both);
  }
  const MOST_WAYS = 24; // of one part of a rule; the shortest are kept
  const shortest = (found) => [...found].sort((a, b) => a.length - b.length).slice(0, MOST_WAYS);
  const together = (parts) => parts.reduce((found, part) => shortest(found.flatMap((before) => part.map((way) => [...before, ...way]))), [[]]);
  const choose = (list, count) => (count === 0 ? [[]] : list.flatMap((item, index) => choose(list.slice(index + 1), count - 1).map((rest) => [item, ...rest])));
  /** Every set of lines that, were they to answer otherwise, would make the step as wanted. */
  function ways(made, wanted) {
    if (made.answer === wanted) return [[]];
    const { node, parts } = made;
    if (!parts.length || node.form === "grade" || node.form === "count" || isTable(node)) return [[made]];
    if (node.form === "criterion") return ways(parts[0], wanted);
    let join = joinOf(made);
    if (join === "none") [join, wanted] = ["any", NEGATED[wanted]];
    const found = parts.filter((part) => part.answer !== wanted).map((part) => ways(part, wanted));
    if (join === "at_least") {
      const needed = (wanted === YES ? node.count : parts.length - node.count + 1) - parts.length + found.length;
      return shortest(choose(found, Math.max(needed, 0)).flatMap(together));
    }
    return (join === "all") === (wanted === YES) ? together(found) : shortest(found.flat());
  }

  // --- what a condition that does not hold still asks for, in words ---

  const isGroup = (node) => has(JOINED, node.form) || node.form === "at_least";
  const and = (parts) => parts.join("; and "), or = (parts) => parts.join("; or ");
  const bracketed = (text, amongAll) => ((text.includes("; and ") || text.includes("; or ")) && !(amongAll && !text.includes("of: ")) ? `(${text})` : text);
  const turned = (node) => node.denied || `${node.phrase}: no`;
  /** A whole condition as one phrase, groups in brackets; only its first word has a capital, and names. */
  function conditionText(node) {
    if (!isGroup(node)) return node.phrase;
    if (node.form === "all" && node.parts.length === 1) return conditionText(node.parts[0]);
    const told = node.parts.map(conditionText);
    if (node.form === "none" && told.length === 1 && !isGroup(node.parts[0])) return turned(node.parts[0]);
    const inside = told.map(lowerFirst), said = [...told.slice(0, 1), ...inside.slice(1)];
    if (node.form === "none") return `none of (${inside.join("; ")})`;
    if (node.form === "at_least") return `at least ${node.count} of (${inside.join("; ")})`;
    const parts = node.parts.map((part, index) => (["all", "any"].includes(part.form) && part.parts.length > 1 ? `(${said[index]})` : said[index]));
    return parts.join(node.form === "all" ? " and " : " or ");
  }
  /** A part of a rule with what was found; a group whole, as it stands. */
  function toldText(findings, made, denied = false) {
    const { node, finding: found, answer } = made;
    if (isGroup(node)) return `(${lowerFirst(conditionText(node))})`;
    const phrase = lowerFirst(denied ? turned(node) : node.phrase);
    if (!found) return phrase + (answer === UNKNOWN ? " (not known)" : "");
    if (node.form === "recorded" && answer === UNKNOWN) return phrase; // `is recorded (not recorded)` says it twice
    return `${phrase} (${usable(found) ? "found: " : ""}${findings.foundText(made)})`;
  }
  function askedText(findings, made, wanted = YES) {
    const { node, parts, answer } = made, told = (list) => list.map((part) => toldText(findings, part));
    if (node.form === "criterion") return askedText(findings, parts[0], wanted);
    if (!isGroup(node)) return toldText(findings, made, wanted === NO);
    if (node.form === "at_least") return `${wanted === YES ? "at least" : "fewer than"} ${node.count} of: ${or(told(parts))}`;
    const each = node.form === "none" ? NEGATED[wanted] : wanted, open = answer === UNKNOWN ? UNKNOWN : NEGATED[each];
    const lacking = parts.filter((part) => part.answer === open), together = (node.form !== "any") === (wanted === YES);
    if (lacking.length === 1) return askedText(findings, lacking[0], each);
    if (each === NO) return together ? `none of: ${or(told(lacking))}` : `not all of: ${and(told(lacking))}`;
    const asked = lacking.map((part) => bracketed(askedText(findings, part), together));
    return together ? and(asked) : `any one of: ${or(asked)}`;
  }

  // --- rules ---

  function answered(findings, position) {
    const of = new Case(findings, position), appliesStep = position.applies_when ? of.ask(position.applies_when) : null;
    of.applies = appliesStep ? appliesStep.answer : YES;
    of.appliesStep = appliesStep;
    return {
      position, applies: of.applies, step: appliesStep, missing: appliesStep ? missing(appliesStep) : [],
      grades: position.grades.map((grade) => gradeOf(of, grade.id)),
      rules: position.recommendations.map((rule) => ruleOf(of, rule.id)),
      cautions: position.cautions.map((caution) => concerns(of, caution)),
      monitoring: position.monitoring.map((monitoring) => scheduled(of, monitoring)),
      silent: position.silent.map((silence) => concerns(of, silence)).map(({ caution: silence, ...found }) => ({ silence, ...found })),
    };
  }
  const missingOf = (...steps) => distinct(steps.filter(Boolean).flatMap(missing));
  function ruleOf(of, id) {
    return of.rules[id] || (of.rules[id] = ruled(of, of.named("recommendations", id)));
  }
  function ruled(of, rule) {
    let made = of.ask(rule.when);
    if (rule.unless.length) {
      const yielding = rule.unless.map((other) => ruleOf(of, other).step);
      const titles = rule.unless.map((other) => of.named("recommendations", other).title), says = "Unless another rule of this position holds: ";
      const unless = step({ form: "unless", phrase: says + titles.join("; "), ids: says + rule.unless.join("; ") }, noneOf(yielding.map((part) => part.answer)), yielding);
      made = step({ form: "all", phrase: "All of these" }, allOf([made.answer, unless.answer]), [made, unless]);
    }
    const holds = allOf([of.applies, made.answer]), result = { rule, holds, emphasis: NO, dose: null, step: made, emphasisStep: null };
    if (holds === NO) return { ...result, missing: [], missingHolds: [], missingEmphasis: [], missingDose: [] };
    const missingHolds = holds === UNKNOWN ? missingOf(of.appliesStep, made) : [];
    const emphasisStep = rule.especially_when ? of.ask(rule.especially_when) : null;
    const emphasis = emphasisStep ? allOf([holds, emphasisStep.answer]) : NO;
    const missingEmphasis = emphasis === UNKNOWN ? missing(emphasisStep) : [];
    const [dose, missingDose] = rule.dose ? dosed(of, of.named("dosing", rule.dose), holds) : [null, []];
    const all = distinct([...missingHolds, ...missingEmphasis, ...missingDose]);
    return { rule, holds, emphasis, dose, missing: all, missingHolds, missingEmphasis, missingDose, step: made, emphasisStep };
  }

  // --- doses: none unless the rule holds; counted on the body, rounded to the step, then cut to the limit ---

  function dosed(of, dosing, holds) {
    const made = dosing.when ? of.ask(dosing.when) : null;
    if (made && made.answer === NO) return [null, []];
    const look = (name) => (name ? of.findings.of(name) : null), known = (found) => found && sizeOf(found);
    const stated = look(dosing.give_fact), found = look(dosing.size), size = known(found);
    const give = stated ? known(stated) : amountOf(dosing.give);
    const needed = [[stated, give], [found, size]].filter(([each, value]) => each && !value).flatMap(([each]) => askedFor(each));
    const facts = distinct([...(made ? missing(made) : []), ...needed]);
    if (holds !== YES || (made && made.answer !== YES)) return [null, facts];
    return [withOthers(of, { ...workedDose(of.findings, dosing, give, size), found }, [dosing.id]), facts];
  }
  /** A dose with those that follow it, each in turn, and with those that are to be chosen from. */
  function withOthers(of, dose, seen) {
    const { then } = dose.dosing, others = dose.dosing.or.map((id) => otherDose(of, id));
    if (!then || seen.includes(then)) return { ...dose, others, after: null };
    return { ...dose, others, after: withOthers(of, otherDose(of, then), [...seen, then]) };
  }
  /** Another dosing worked out for the patient; only as it is stated where it is not surely for the patient. */
  function otherDose(of, id) {
    const dosing = of.named("dosing", id);
    if (dosing.when && of.ask(dosing.when).answer !== YES) return { dosing, give: null, amount: null, unit: null, limit: null, capped: false, size: null, found: null };
    const look = (name) => (name ? of.findings.of(name) : null), found = look(dosing.size);
    const give = dosing.give_fact ? sizeOf(look(dosing.give_fact)) : amountOf(dosing.give);
    return { ...workedDose(of.findings, dosing, give, found && sizeOf(found)), found };
  }
  const amountOf = (stated) => stated && range(stated.low && number(stated.low), stated.high && number(stated.high));
  /** What a dose can be counted on: one number, or two stated ends; never a conflict or a bound. */
  function sizeOf(found) {
    const r = found.range;
    if (!r || (found.state !== "known" && found.state !== "bounded") || !r.low || !r.high) return null;
    return isBound(found) ? null : r;
  }
  /** Whether a finding rests on a `<` or `>`: its other end is only what is plausible. */
  function isBound({ range: r, entry, inputs }) {
    return Boolean(r) && !exact(r) && (Boolean(entry && entry.comparator) || inputs.some(isBound));
  }
  function workedDose(findings, dosing, give, size) {
    const { units, body } = findings.rules, into = (from, to) => divided(number(units[from].factor), number(units[to].factor));
    const counted = (amount, unit) => {
      if (!amount || !has(body, unit)) return [amount ? unit : null, amount];
      return [body[unit][1], size && range(multiplied(amount.low, size.low), multiplied(amount.high, size.high))];
    };
    let [unit, amount] = counted(give, dosing.give_unit);
    let [limitUnit, limit] = counted(amountOf(dosing.at_most), dosing.at_most && dosing.at_most.unit);
    unit = unit || limitUnit;
    if (limit && limitUnit !== unit) limit = scaled(limit, into(limitUnit, unit));
    if (amount && dosing.round_to) {
      const to = multiplied(number(dosing.round_to.value), into(dosing.round_to.unit, unit));
      amount = mapped(amount, (end) => multiplied(fraction(down(plus(divided(end, to), fraction(1n, 2n)))), to)); // halves up
    }
    const capped = Boolean(amount && limit && order(amount.high, limit.high) > 0);
    if (capped) amount = range(least([amount.low, limit.high]), limit.high);
    return { dosing, give, amount, unit, limit, capped, size };
  }
  /** An amount to be given: above 1000 mg in g, above 1000 ug in mg, exactly. */
  function givenText(findings, r, unit) {
    const larger = { mg: "g", ug: "mg" }[unit];
    if (larger && [r.low, r.high].some((end) => end && order(end, whole(1000)) > 0)) return givenText(findings, scaled(r, fraction(1n, 1000n)), larger);
    return findings.rangeText(r, unit);
  }
  /** What the doses come to in all, where they can be counted and no limit lies below that. */
  function totalText(findings, { dosing, amount, limit, unit }) {
    if (!dosing.doses || !amount || !amount.low || !amount.high) return "";
    const total = range(...[amount.low, amount.high].map((end, index) => multiplied(end, whole(dosing.doses[index]))));
    return limit && order(total.high, limit.high) > 0 ? "" : `, ${givenText(findings, total, unit)} in all`;
  }
  /** One dose: 32 g a day for 5 days, 160 g in all (0.4 g/kg of actual weight, 80 kg). */
  function givenDose(findings, dose) {
    const { dosing, give, amount, limit, unit, capped, size } = dose, { phrase, words } = dosing;
    const weight = size ? findings.rangeText(size, dose.found.fact.unit) : "";
    if (!unit || (!amount && !limit)) return phrase + (weight && ` (${weight})`);
    const course = words.course + totalText(findings, dose) + words.until;
    const prescribed = dosing.give_fact && give && has(findings.rules.body, dosing.give_unit) ? `, ${findings.rangeText(give, dosing.give_unit)},` : "";
    const basis = words.basis + prescribed + words.of + (weight && `, ${weight}`);
    if (!amount) return `at most ${givenText(findings, limit, unit)}${course}` + (dosing.by ? ` (${basis})` : "");
    const counted = dosing.by || dosing.give_fact || dosing.round_to || capped;
    return givenText(findings, amount, unit) + course + (counted ? ` (${[basis, ...words.limits].join(", ")})` : "");
  }
  function doseText(findings, dose) {
    const others = (dose.others || []).map((each) => each.dosing.words.name + givenDose(findings, each));
    const text = [givenDose(findings, dose), ...others].join(", or ");
    return dose.after ? `${text}; then ${doseText(findings, dose.after)}` : text;
  }

  // --- cautions and monitoring ---

  function concerns(of, caution) {
    const made = caution.when ? of.ask(caution.when) : null, holds = allOf([of.applies, made ? made.answer : YES]);
    return { caution, holds, missing: holds === UNKNOWN ? missingOf(of.appliesStep, made) : [], step: made };
  }
  function scheduled(of, monitoring) {
    const { caution: _, ...result } = { ...concerns(of, monitoring), monitoring, due: [], next: null };
    const { asOf } = of.findings, { every } = monitoring;
    if (result.holds !== YES) return result;
    const last = lastMeasured(of.findings.of(monitoring.measure), asOf), state = (day) => (day < asOf ? "overdue" : "due");
    if (!every || of.findings.rules.units[every.unit].dimension === "clock time") return { ...result, last };
    if (!monitoring.from) {
      const on = last === null ? asOf : add(last, every.high, every.unit);
      return { ...result, last, due: [{ on, state: state(on) }], next: on };
    }
    const start = of.findings.of(monitoring.from);
    if (!start.when || !isWhole(start.when)) return { ...result, last, missing: start.complete ? [] : [monitoring.from] };
    const end = monitoring.for ? add(start.when.first, monitoring.for.high, monitoring.for.unit) : null, due = [];
    for (let count = 1; ; count += 1) {
      const on = add(start.when.first, count * every.high, every.unit);
      if (end !== null && on > end) break;
      due.push({ on, state: last !== null && last >= on ? "done" : state(on) });
      if ((end === null && on > asOf) || on === LAST_DAY || count > 1200) break;
    }
    const next = due.find((each) => each.state !== "done");
    return { ...result, last, due, next: next ? next.on : null };
  }
  function lastMeasured(found, asOf) {
    if (!(usable(found) || found.state === "too-old") || !found.entry || found.inputs.length) return null;
    return found.entry.on ? found.entry.on.first : asOf;
  }

  // --- agreement: for each thing that rules are about, over the positions that apply or may apply; one that declares
  //     itself silent on the patient, and none of whose rules holds, says nothing and takes no part ---

  const mattersOf = (position) => distinct(position.recommendations.filter((rule) => rule.direction !== "neither").map((rule) => rule.about));
  function agreementsOf(findings, results) {
    const abouts = distinct(results.flatMap((result) => mattersOf(result.position)));
    return abouts.map((about) => agreementOn(findings, about, results));
  }
  const silencesOn = (result, about) => result.silent.filter(({ silence }) => silence.about === null || silence.about === about);
  function saysNothing(result, about) {
    const declared = anyOf(silencesOn(result, about).map((each) => each.holds));
    return allOf([declared, noneOf(rulesOn(result, about, "for", "against").map((rule) => rule.holds))]);
  }
  function answerOn(result, about) {
    const answer = anyOf(rulesOn(result, about, "for").map((rule) => rule.holds));
    return answer === NO && [result.applies, saysNothing(result, about)].includes(UNKNOWN) ? UNKNOWN : answer;
  }
  const rulesOn = (result, about, ...directions) => result.rules.filter((r) => r.rule.about === about && directions.includes(r.rule.direction));
  function agreementOn(findings, about, results) {
    const asked = results.filter((result) => result.applies !== NO && rulesOn(result, about, "for", "against").length);
    const [silent, speaking] = [true, false].map((quiet) => asked.filter((result) => (saysNothing(result, about) === YES) === quiet));
    const answers = speaking.map((result) => answerOn(result, about));
    const divided_ = answers.includes(YES) && answers.includes(NO);
    const result = answers.length < 2 ? (answers.length ? "single" : "none")
      : divided_ ? "disagree" : answers.includes(UNKNOWN) ? "undecided" : "agree";
    const separatedBy = [];
    speaking.forEach((failing, index) => {
      if (!divided_ || answers[index] !== NO) return;
      const near = nearestWays(findings, failing, about);
      speaking.filter((_, other) => answers[other] === YES).forEach((holding) => near.forEach(({ rule, lines }, way) => {
        lines.forEach((line) => separatedBy.push({ holding, failing, step: line, rule: rule.id, way: way + 1 }));
      }));
    });
    return { about, result, speaking, silent, answers, separatedBy, differs: result === "agree" ? differences(findings, about, speaking) : [] };
  }
  /** The least that would have to be otherwise for a position to answer yes, over all of its rules for it: each way is a
      rule and the lines that it lacks. A way is left out where another asks for no more: 4 weeks where 2 would do too. */
  function nearestWays(findings, result, about) {
    let found = [];
    const noMore = (one, other) => one.lines.every((line) => other.lines.some((from) => follows(findings, line, from)));
    for (const { rule, step: made } of rulesOn(result, about, "for")) {
      for (const way of ways(made, YES)) {
        const each = new Map(way.map((line) => [line.node.line || line.node, line]));
        const asked = { rule, lines: [...each.values()].filter((line) => line.answer !== UNKNOWN) };
        if (!asked.lines.length || found.some((other) => noMore(other, asked))) continue;
        found = [...found.filter((other) => !noMore(asked, other)), asked];
      }
    }
    const fewest = Math.min(...found.map(({ lines }) => lines.length));
    return found.filter(({ lines }) => lines.length === fewest);
  }
  const ORDERED = { "<": [1, false], "<=": [1, true], ">": [-1, false], ">=": [-1, true] };
  const ABOUT_DAYS = { a: fraction(1461n, 4n), mo: fraction(487n, 16n), wk: whole(7), d: ONE };
  /** Whether a line is as wanted whenever another is: what answers yes now stands under a `none`. */
  function follows(findings, line, from) {
    if (line.answer !== from.answer || line.node.form !== from.node.form) return false;
    if (line.answer === YES) [line, from] = [from, line]; // of two that must not hold, the narrower follows from the wider
    const a = line.node, b = from.node;
    if (a === b || (a.line && a.line === b.line)) return true;
    if (a.form === "grade") {
      const names = a.grade === b.grade ? bandsOf(line.parts[0].node) : [];
      return a.grade === b.grade && a.or_worse && b.or_worse && names.indexOf(a.band) >= names.indexOf(b.band);
    }
    if (a.form === "option") return a.fact === b.fact && isSubset(b.options, setOf(a.options));
    const first = boundOf(findings, a), second = boundOf(findings, b);
    if (!first || !second || first.what !== second.what) return false;
    const apart = order(first.end, second.end) * first.way;
    // 90 days ago or less, and 30 days ago or more: both are no only of what is still to come
    if (first.way !== second.way) return a.form === "time-since" && line.answer === NO && first.way === 1 && apart >= 0;
    return apart > 0 || (apart === 0 && (first.closed || !second.closed));
  }
  /** What a line bounds, whether from above (1) or below (-1), by what, and whether the bound is included. */
  function boundOf(findings, node) {
    if (!["compare", "age", "time-since", "count"].includes(node.form) || !has(ORDERED, node.operator)) return null;
    const [way, closed] = ORDERED[node.operator], what = canonical([node.form, node.fact, node.where || null, node.within || null]);
    const size = { compare: () => multiplied(number(node.number), findings.reader.factor(findings.facts[node.fact], node.unit)), count: () => whole(node.count),
      age: () => multiplied(number(node.number), ABOUT_DAYS[node.unit]), "time-since": () => multiplied(whole(node.count), ABOUT_DAYS[node.unit]) };
    return { what, way, closed, end: size[node.form]() };
  }
  function differences(findings, about, results) {
    const holding = results.map((result) => rulesOn(result, about, "for").filter((rule) => rule.holds === YES));
    const kinds = (of) => new Set(holding.map((rules) => distinct(rules.flatMap(of)).sort().join("|")).filter(Boolean)).size;
    const found = [];
    if (kinds((rule) => [rule.rule.action]) > 1) found.push("action");
    if (kinds((rule) => (rule.dose ? [statedDose(findings, rule.dose.dosing)] : [])) > 1) found.push("dose");
    return found;
  }
  function statedDose(findings, dosing) {
    const { give } = dosing, unit = dosing.give_unit && findings.rules.units[dosing.give_unit];
    const size = give && [give.low, give.high].map((end) => plain(multiplied(number(end), number(unit.factor))));
    const limit = dosing.at_most && [dosing.at_most.low, dosing.at_most.high];
    const step_ = dosing.round_to && dosing.round_to.value;
    return JSON.stringify([size, unit && unit.dimension, dosing.by, dosing.every, dosing.over, dosing.for, dosing.times, limit, step_, dosing.give_fact]);
  }

  // --- the decision as plain data ---

  function inForce(rules, asOf) {
    const from = (position) => position.valid.from === null || readDate(position.valid.from).first <= asOf;
    const until = (position) => position.valid.until === null || asOf <= readDate(position.valid.until).first;
    const used = rules.positions.filter((position) => position.status !== "retired" && from(position));
    const superseded = setOf(used.flatMap((position) => position.supersedes));
    return used.filter((position) => until(position) && !superseded.has(position.id));
  }
  /** What to ask, most decisive first: for rules, then grades, emphasis, doses, then the rest. */
  function questions(rules, findings, results) {
    const tiers = {}, decides = {}, { anchor } = rules.topic;
    const open = (tier, facts, what) => facts.forEach((fact) => {
      tiers[fact] = Math.min(tier, has(tiers, fact) ? tiers[fact] : tier);
      (decides[fact] = decides[fact] || new Set()).add(what);
    });
    for (const result of results.filter((each) => each.applies !== NO)) {
      const address = `${rules.topic.id}/${result.position.id}`;
      for (const rule of result.rules) {
        open(0, rule.missingHolds, `${address}/${rule.rule.id}`);
        open(2, rule.missingEmphasis, `${address}/${rule.rule.id}`);
        open(3, rule.missingDose, `${address}/${rule.rule.id}`);
      }
      result.grades.forEach((grade) => open(1, grade.missing, `${address}/${grade.grade.id}`));
      result.cautions.forEach((caution) => open(4, caution.missing, `${address}/${caution.caution.id}`));
      result.monitoring.forEach((each) => open(4, each.missing, `${address}/${each.monitoring.id}`));
      const unsure = mattersOf(result.position).filter((about) => saysNothing(result, about) === UNKNOWN);
      const counting = distinct(unsure.flatMap((about) => silencesOn(result, about))).filter((each) => each.holds === UNKNOWN);
      counting.forEach((each) => open(4, each.missing, `${address}/${each.silence.id}`));
    }
    const first = (fact) => (fact === anchor && !usable(findings.of(anchor)) ? 0 : 1);
    const facts = Object.keys(tiers).sort((a, b) => first(a) - first(b) || tiers[a] - tiers[b] || decides[b].size - decides[a].size || compareText(a, b));
    return facts.map((fact) => ({ fact, question: findings.facts[fact].question || findings.facts[fact].title, decides: [...decides[fact]] }));
  }

  function writer(findings, withSteps) {
    const kind = (node) => (isGroup(node) ? node.form : node.form === "unless" ? "none" : isTable(node) || node.form === "grade" ? "grade" : node.form === "criterion" ? "criterion" : "line");
    const span = (s) => s && (s.low === s.high ? { value: String(s.low), unit: s.unit } : { low: String(s.low), high: String(s.high), unit: s.unit });
    const amount = (r, unit) => {
      if (!r || !unit) return null;
      return exact(r) ? { value: plain(exact(r)), unit } : { low: r.low && plain(r.low), high: r.high && plain(r.high), unit };
    };
    const steps = (made) => {
      if (!made || !withSteps) return null;
      const data = { kind: kind(made.node), answer: made.answer, text: made.node.phrase, line: made.node.line || null };
      if (made.finding) Object.assign(data, { fact: made.finding.fact.name, found: findings.foundText(made), why: made.finding.state === "known" ? null : made.finding.state });
      if (isTable(made.node)) data.bands = made.node.bands.map((band) => band.name).slice(0, made.parts.length - (made.node.when ? 1 : 0));
      return { ...data, parts: made.parts.map(steps) };
    };
    const dose = (found) => found && {
      amount: amount(found.amount, found.unit), per: found.dosing.by ? amount(found.give, found.dosing.give_unit) : null, by: found.dosing.by,
      every: span(found.dosing.every), over: span(found.dosing.over), for: span(found.dosing.for),
      times: found.dosing.times && distinct(found.dosing.times).join("-"), at_most: amount(found.limit, found.unit),
      round_to: found.dosing.round_to, capped: found.capped, then: found.dosing.then, or: found.dosing.or,
      dosing: found.dosing.id, text: doseText(findings, found),
    };
    return {
      agreement: (a) => ({
        about: a.about, result: a.result, differs: a.differs, silent: a.silent.map((result) => result.position.id),
        separated_by: a.separatedBy.map(({ holding, failing, step: line, rule, way }) => ({
          positions: [holding.position.id, failing.position.id], rule, way,
          fact: line.finding ? line.finding.fact.name : null,
          condition: line.node.line ? (line.answer === YES ? "none: " : "") + line.node.line : line.node.ids || line.node.phrase,
          phrase: lowerFirst(line.answer === YES ? turned(line.node) : line.node.phrase),
        })),
        answers: Object.fromEntries(a.speaking.map((result, index) => [result.position.id, a.answers[index]])),
      }),
      position: (result) => ({
        position: result.position.id, applies: result.applies, missing: result.missing, trace: steps(result.step),
        asks: result.step && result.applies !== YES ? askedText(findings, result.step) : null,
        grades: Object.fromEntries(result.grades.map((g) => [g.grade.id, { value: g.value, at_least: g.atLeast, at_most: g.atMost, open: g.value === UNKNOWN ? openGrade(g) : null, missing: g.missing, trace: steps(g.step) }])),
        recommendations: result.rules.map((r) => ({ id: r.rule.id, holds: r.holds, emphasis: r.emphasis, dose: dose(r.dose), missing: r.missing, trace: steps(r.step), emphasis_trace: steps(r.emphasisStep) })),
        cautions: result.cautions.map((c) => ({ id: c.caution.id, holds: c.holds, missing: c.missing, trace: steps(c.step) })),
        silent: result.silent.map((s) => ({ id: s.silence.id, holds: s.holds, missing: s.missing, trace: steps(s.step) })),
        monitoring: result.monitoring.map((m) => ({ id: m.monitoring.id, holds: m.holds, due: m.due.map((d) => ({ on: iso(d.on), state: d.state })), next: m.next === null ? null : iso(m.next), missing: m.missing, trace: steps(m.step) })),
      }),
    };
  }

  /** What labels warn of, where a rule that holds gives immunoglobulin. */
  function boxedWarnings(rules, results) {
    const { abouts, warnings } = rules.boxed_warnings;
    const given = ({ rule, holds }) => holds === YES && rule.direction === "for" && abouts.includes(rule.about);
    return results.some((result) => result.rules.some(given)) ? warnings : [];
  }

  /** What each position answers for a record on a date. `positions` asks for these by name, in force or not; without
      `steps` the answer holds no steps. */
  function decide(rules, record, asOfText, { positions = null, steps = true } = {}) {
    const when = typeof asOfText === "string" ? readDate(asOfText) : null;
    if (!when || !isWhole(when)) throw new RangeError(`\`${asOfText}\` is not a date; write it as in 2026-11-21.`);
    if (!isMap(record)) throw new TypeError("A record is a map from fact names to values.");
    const asOf = when.first, findings = new Findings(rules, record, asOf), { topic } = rules;
    const asked = positions ? rules.positions.filter((position) => positions.includes(position.id)) : inForce(rules, asOf);
    const results = asked.map((position) => answered(findings, position)), agreements = agreementsOf(findings, results);
    const read = setOf([...(topic.anchor ? [topic.anchor] : []), ...asked.flatMap((position) => position.reads)]);
    read.forEach((name) => findings.of(name));
    const ask = questions(rules, findings, results), write = writer(findings, steps);
    const main = agreements.find((agreement) => agreement.about === topic.about);
    const problems = [...findings.troubles.values()].filter((trouble) => read.has(trouble.fact));
    problems.sort((a, b) => compareText(a.fact, b.fact) || compareText(a.kind, b.kind) || compareText(a.detail, b.detail));
    const ahead = [...read].map((name) => findings.of(name)).filter((found) => found.fact.kind === "date" && found.when && found.when.first > asOf);
    const used = [...read].map((name) => findings.of(name)).filter((found) => usable(found) && !found.inputs.length && (found.entry || found.complete));
    return {
      used: used.map((found) => ({ fact: found.fact.name, text: findings.usedText(found) })),
      ahead: ahead.map((found) => ({ fact: found.fact.name, detail: aheadText(found, asOf) })),
      as_of: iso(asOf), topic: topic.id, agreement: main ? main.result : "none", agreements: agreements.map(write.agreement),
      positions: results.map(write.position), boxed_warnings: boxedWarnings(rules, results), ask, problems,
    };
  }

  return { decide, readAmount, readDate, readNumber, lowerFirst, spaced };
})();

if (typeof module !== "undefined") module.exports = IgGuide;
