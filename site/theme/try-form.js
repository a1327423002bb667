/* "Try a patient": a form made from the facts of a topic's rules, and the answers of IgGuide.decide (try.js) beside it.

   A classic script, so that it works from a folder. Nothing typed is sent, stored or put into the address. Every
   phrase about a condition comes with the rules; what is put on the page is put there as text, never as markup. */
"use strict";

(function () {
  const source = document.getElementById("try-rules"), form = document.getElementById("try-form");
  if (!source || !form) return;
  const rules = JSON.parse(source.textContent), results = document.getElementById("try-results");
  const facts = Object.entries(rules.facts).map(([name, fact]) => ({ name, ...fact }));
  const shorts = Object.fromEntries(rules.positions.map((position) => [position.id, position.short]));
  const titleOf = (name) => rules.facts[name].title, lower = IgGuide.lowerFirst;
  const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);
  const { spaced } = IgGuide;
  const MANY = 2; // so many rules of a position that are not known are shown unfolded
  const MARKS = { yes: "yes", no: "no", unknown: "not known" }; // words, since a sign would praise a rule against

  /** An element with attributes and children; text is set as text. */
  function el(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return made;
  }
  const idOf = (name) => `try-${name}`;
  const text = (name) => form.elements[idOf(name)];

  // --- fields: one maker for each kind of fact, and what its inputs say in the plain form of a record ---

  const dateInput = (attributes) => el("input", { type: "text", inputmode: "numeric", size: 11, placeholder: "YYYY-MM-DD", ...attributes });
  /** Whether a number alone would be taken for one unit by everyone: years, kg; never mg/dL or g/L, of which one is a hundredth. */
  const USUAL = new Set(["a", "mo", "wk", "d", "h", "min", "kg", "g", "cm"]);
  const chosen = (fact) => USUAL.has(fact.unit) || new Set(fact.offered.map((code) => rules.units[code].dimension + rules.units[code].factor)).size === 1;
  /** A unit as it is usually written: × 10³/µL for 10*3/uL. */
  const usual = (words) => words.replace(/10\*(\d+)/g, (_, power) => `× 10${[...power].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("")}`).replace(/\bu(?=g|mol|L\b|l\b)/g, "µ").replace(/\bmm3\b/g, "mm³");
  const spoken = (fact, code) => usual(capitalUnit(fact, rules.units[code].many));
  /** The unit of a fact that somebody typed behind the number, in whichever way it is written. */
  function typedUnit(fact, typed) {
    const plainly = (words) => usual(words).toLowerCase().replace(/[\s×x*^]/g, "").replace(/μ/g, "µ").replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹]/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(digit));
    const words = Object.entries(rules.unit_words).reduce((found, [word, code]) => ({ ...found, [plainly(word)]: code }), {});
    const wanted = plainly(typed);
    return fact.offered.find((code) => [code, rules.units[code].one, rules.units[code].many].some((name) => plainly(name) === wanted)) || (fact.offered.includes(words[wanted]) ? words[wanted] : null);
  }
  const FEET = /^(\d)\s*['′]\s*(?:(\d{1,2}(?:\.\d)?)\s*(?:["″]|'')?)?$/;
  const capitalUnit = (fact, words) => (fact.unit === "{score}" ? "points" : words);
  const options = (list) => list.map(([value, title]) => el("option", { value }, title));
  /** The options of a fact that the topic's conditions name; a list of hundreds is cut down to these. */
  const named = (function () {
    const found = {};
    (function look(node) {
      if (!node || typeof node !== "object") return;
      if (node.form === "option") node.options.forEach((option) => (found[node.fact] = found[node.fact] || new Set()).add(option));
      Object.values(node).forEach(look);
    })([rules.positions, rules.topic]);
    return found;
  })();

  const KINDS = {
    quantity: {
      make: (fact) => [
        el("span", { class: "try-row" },
          el("input", { type: "text", id: idOf(fact.name), inputmode: "decimal", size: 9 }),
          fact.offered.length === 1 ? el("span", {}, spoken(fact, fact.unit))
            : el("select", { id: `${idOf(fact.name)}-unit`, "aria-label": `Unit of ${lower(fact.title)}` }, options([...(chosen(fact) ? [] : [["", "choose the unit"]]), ...fact.offered.map((code) => [code, spoken(fact, code)])])),
          fact.usable_for ? el("label", { class: "short" }, "on ", dateInput({ id: `${idOf(fact.name)}-on`, "aria-label": `Date of ${lower(fact.title)}` })) : null),
      ],
      hint: (fact) => fact.limits && `${range(fact)}.`,
      read: (fact) => {
        let number = text(fact.name).value.trim();
        const on = text(`${fact.name}-on`), unit = text(`${fact.name}-unit`);
        if (!number) return undefined;
        const [, alone, behind] = /^(.*?[\d.])\s*([^\d\s.,<>=–-].*)$/.exec(number) || [], typed = behind && typedUnit(fact, behind);
        if (typed) number = alone; // 80 kg, with kg chosen as well
        if (typed && unit) unit.value = typed;
        const feet = FEET.exec(number), inches = feet && fact.offered.includes("[in_i]") ? `${Number(feet[1]) * 12 + Number(feet[2] || 0)} in` : null;
        const code = unit ? unit.value : fact.unit, word = behind && !typed ? "" : Object.values(rules.unit_words).includes(code) ? rules.units[code].many : code;
        const value = inches || `${number} ${word}`.trim(); // in words where the form shows words: 60 years, and not 60 a
        return on && on.value.trim() ? { value, on: on.value.trim() } : value;
      },
    },
    "yes-no": {
      group: true,
      make: (fact) => [el("span", { class: "try-choices" }, [["yes", "Yes"], ["no", "No"], ["", "Not known"]].map(([value, title]) =>
        el("label", {}, el("input", { type: "radio", name: idOf(fact.name), id: value ? `${idOf(fact.name)}-${value}` : idOf(fact.name), value, checked: !value }), ` ${title}`)))],
      read: (fact) => form.elements[idOf(fact.name)].value || undefined,
    },
    choice: {
      make: (fact) => [el("select", { id: idOf(fact.name) }, options([["", "Not known"], ...fact.options.map((option) => [option.name, option.title])]))],
      read: (fact) => text(fact.name).value || undefined,
    },
    choices: {
      group: true,
      make: (fact) => {
        const asked = fact.options.filter((option) => (named[fact.name] || new Set()).has(option.name));
        const box = (value, title, id) => el("label", {}, el("input", { type: "checkbox", name: idOf(fact.name), id, value }), ` ${title}`);
        return [el("span", { class: "try-choices try-list" }, asked.map((option, index) => box(option.name, option.title, index ? null : idOf(fact.name))),
          box("none", "None of these", null))];
      },
      hint: () => "Once one is ticked, what is not ticked counts as no.",
      read: (fact) => {
        const ticked = [...form.querySelectorAll(`[name="${idOf(fact.name)}"]:checked`)].map((box) => box.value);
        return !ticked.length ? undefined : ticked.filter((value) => value !== "none");
      },
    },
    date: {
      make: (fact) => [
        el("span", { class: "try-row" }, dateInput({ id: idOf(fact.name) }),
          isBirth(fact) ? null : el("label", { class: "short" }, el("input", { type: "checkbox", id: `${idOf(fact.name)}-none` }), " this has not taken place")),
      ],
      read: (fact) => {
        const none = text(`${fact.name}-none`), value = text(fact.name).value.trim();
        return none && none.checked ? (value ? [value, "none"] : "none") : value || undefined;
      },
    },
    events: {
      group: true,
      make: (fact) => {
        const rows = el("ul", { class: "try-events", id: `${idOf(fact.name)}-rows` });
        const add = el("button", { type: "button", id: idOf(fact.name), onclick: () => { rows.append(eventRow(fact, rows)); rows.lastChild.querySelector("input").focus(); } }, "Add one");
        return [rows, el("span", { class: "try-row" }, add, el("label", { class: "short" }, el("input", { type: "checkbox", id: `${idOf(fact.name)}-none` }), " there have been none"))];
      },
      hint: () => "These and no others.",
      read: (fact) => {
        const rows = [...document.getElementById(`${idOf(fact.name)}-rows`).children].map((row) => {
          const event = {};
          row.querySelectorAll("[data-field]").forEach((input) => { if (input.value.trim()) event[input.dataset.field] = input.value.trim(); });
          return event;
        }).filter((event) => Object.keys(event).length); // a row in which nothing is said says nothing
        return rows.length ? rows : text(`${fact.name}-none`).checked ? [] : undefined;
      },
    },
  };
  const isBirth = (fact) => facts.some((other) => other.age_from === fact.name);
  function eventRow(fact, rows) {
    const row = el("li", { class: "try-row" }, el("label", { class: "short" }, "on ", dateInput({ "data-field": "on", "aria-label": `Date of one of ${lower(fact.title)}` })),
      Object.entries(fact.fields || {}).map(([field, list]) => el("select", { "data-field": field, "aria-label": `${capital(field)} of one of ${lower(fact.title)}` },
        options([["", `${field}: not known`], ...list.map((option) => [option.name, option.title])]))),
      el("button", { type: "button", onclick: () => { row.remove(); answer(); rows.parentNode.querySelector("button").focus(); } }, "Remove"));
    return row;
  }
  function range(fact) {
    const unit = spoken(fact, fact.unit), { low, high } = fact.limits;
    return low === null ? `At most ${high} ${unit}` : high === null ? `At least ${low} ${unit}` : `From ${low} to ${high} ${unit}`;
  }

  /** A fact's field: its question as the label, a hint, and the place where its problems are told. */
  function field(fact) {
    const kind = KINDS[fact.kind], id = idOf(fact.name), hint = kind.hint && kind.hint(fact);
    const about = [el("span", { class: "short try-hint try-idle", hidden: true }, "As things stand, no answer here changes anything."), hint && el("span", { class: "short try-hint", id: `${id}-hint` }, hint), fact.kind === "quantity" && el("span", { class: "short try-read", id: `${id}-read` }), el("span", { class: "try-error", id: `${id}-error` })].filter(Boolean);
    const label = fact.question || fact.title, made = kind.make(fact);
    const box = kind.group
      ? el("fieldset", { class: "try-field", id: `${id}-field` }, el("legend", {}, label), made, about)
      : el("div", { class: "try-field", id: `${id}-field` }, el("label", { for: id }, label), made, about);
    const target = box.querySelector(`[id="${id}"]`);
    [target, box.querySelector(`[id="${id}-unit"]`)].filter(Boolean).forEach((input) => input.setAttribute("aria-describedby", `${hint ? `${id}-hint ` : ""}${fact.kind === "quantity" ? `${id}-read ` : ""}${id}-error`));
    return box;
  }
  const isAsked = (fact) => Boolean(fact.question) && (fact.kind !== "choices" || Boolean(named[fact.name]));
  function fill() {
    const groups = {};
    facts.filter(isAsked).forEach((fact) => (groups[fact.group] = groups[fact.group] || []).push(fact));
    form.append(
      el("div", { class: "try-field" }, el("label", { for: "try-as-of" }, "Date for which the rules are asked"), el("span", { class: "try-row" }, dateInput({ id: "try-as-of" })), el("span", { class: "try-error", id: "try-as-of-error" })),
      ...Object.entries(groups).map(([group, list]) => el("fieldset", { class: "try-group" }, el("legend", {}, group), el("div", { class: "try-fields" }, list.map(field)))),
      el("p", { class: "try-row try-send" }, el("button", { type: "submit", class: "try-main" }, "Show the answers"), el("button", { type: "reset" }, "Clear")));
    const led = /^#try--(\d{4}-\d\d-\d\d)$/.exec(location.hash);  // from the page of what was in force when
    text("as-of").value = led ? led[1] : today();
    if (led) {
      form.closest("details").open = true;
      document.getElementById("try").scrollIntoView();
    }
  }
  function today() {
    const now = new Date();
    return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part, index) => String(part).padStart(index ? 2 : 4, "0")).join("-");
  }
  function record() {
    const found = {};
    for (const fact of facts.filter(isAsked)) {
      const value = KINDS[fact.kind].read(fact);
      if (value !== undefined) found[fact.name] = value;
    }
    return found;
  }

  // --- problems stand beside their field, by name and with what is allowed ---

  function tell(problems, asOf, ahead = []) {
    form.querySelectorAll(".try-error").forEach((place) => place.replaceChildren());
    form.querySelectorAll("[aria-invalid]").forEach((input) => input.removeAttribute("aria-invalid"));
    const marked = (id, words, unit = false) => {
      const place = document.getElementById(`${id}-error`), input = document.getElementById(unit ? `${id}-unit` : id);
      if (!place) return false;
      place.append(el("span", {}, usual(words)));
      if (input) input.setAttribute("aria-invalid", "true");
      return true;
    };
    for (const { fact, detail } of ahead) { // not wrong, but not to be passed over either
      const place = document.getElementById(`${idOf(fact)}-error`);
      if (place) place.append(el("span", {}, detail));
    }
    if (!asOf) marked("try-as-of", "The date for which the rules are asked is needed in full, as 2026-11-21.");
    return problems.filter((problem) => {
      const fact = rules.facts[problem.fact], allowed = problem.kind !== "implausible" && fact.limits ? ` Allowed: ${lower(range(fact))}.` : "";
      const unit = text(`${problem.fact}-unit`), lacks = problem.kind === "wrong-unit" && unit && !unit.value && !text(problem.fact).value.includes(",");
      return !marked(idOf(problem.fact), problem.detail + (problem.kind === "unreadable" ? allowed : ""), lacks);
    });
  }

  // --- answers ---

  function mark(answer_) {
    return el("span", { class: `is is-${answer_}` }, MARKS[answer_], el("span", { class: "unseen" }, ":"));
  }
  /** A link to the field of a fact; what cannot be asked is named. */
  function fieldLink(name) {
    const fact = { name, ...rules.facts[name] };
    if (!isAsked(fact)) return el("span", {}, lower(fact.title));
    return el("a", { href: `#${idOf(name)}-field`, onclick: (event) => {
      event.preventDefault();
      const input = document.getElementById(idOf(name)) || document.getElementById(`${idOf(name)}-field`);
      input.scrollIntoView({ block: "center" });
      input.focus({ preventScroll: true });
    } }, lower(fact.title));
  }
  const listed = (items) => items.flatMap((item, index) => (index ? [", ", item] : [item]));
  const missingLine = (names) => (names.length ? el("p", { class: "why" }, "Missing: ", listed(names.map(fieldLink)), ".") : null);

  function steps(step, band = null) {
    const line = el("span", {}, mark(step.answer), " ", band ? `${capital(spaced(band))}: ` : "", step.text, step.found ? el("span", { class: "short" }, ` (found: ${step.found})`) : "");
    const offset = step.bands ? step.parts.length - step.bands.length : 0;
    const inner = step.parts.map((part, index) => steps(part, step.bands && index >= offset ? step.bands[index - offset] : null));
    return el("li", {}, line, inner.length ? el("ul", {}, inner) : null);
  }
  const stepsOf = (key, ...traces) => {
    const shown = traces.filter(Boolean);
    return shown.length ? el("details", { class: "try-steps", "data-key": key }, el("summary", {}, "Every step"), el("ul", {}, shown.map((trace) => steps(trace)))) : null;
  };

  /** To reduce is no call to give more, though it is for what it is about. */
  const colour = (rule) => (rule.action === "reduce" ? "neither" : rule.direction);
  /** The lines that make a rule hold, each with what was found; those that hold by answering no, under a `none`, stay with the steps. */
  function because(step) {
    const lines = (each) => (each.kind === "none" ? [] : !each.parts.length || each.bands ? [each] : each.parts.filter((part) => part.answer === "yes").flatMap(lines));
    return [...new Set(lines(step).filter((line) => line.found).map(({ text: said, found }) =>
      (said.toLowerCase().endsWith(found.toLowerCase()) ? lower(said) : `${lower(said)} (${found})`)))].join("; ");
  }
  /** A rule that holds: what to do, in the colour of its direction, its own words, why, the dose and the source. */
  function ruleHolding(rule, found, link) {
    return [el("p", { class: "answer" }, el("strong", { class: `action action-${colour(rule)}` }, rule.phrase), " ", link, ` (${rule.strength})`),
      found.dose ? el("p", { class: "dose" }, `Dose: ${found.dose.text}.`) : null, el("p", { class: "try-says" }, rule.says),
      because(found.trace) ? el("p", { class: "why" }, `Because ${because(found.trace)}.`) : null];
  }
  function ruleShown(rule, found, position) {
    const link = el("a", { href: `#${position.id}--${rule.id}` }, rule.title), holds = found.holds === "yes";
    const open = found.holds === "no" ? [link] : [el("strong", {}, `Not known whether: ${lower(rule.phrase)}`), ": ", link, ` (${rule.strength})`];
    const all = found.emphasis === "no" || !rule.especially ? null
      : el("p", { class: "why" }, found.emphasis === "yes" ? "All the more, because: " : "All the more if (not known): ", `${lower(rule.especially)}.`);
    return el("li", { class: `try-rule try-${found.holds} try-${colour(rule)}` }, ...(holds ? ruleHolding(rule, found, link) : [el("p", { class: "answer" }, open)]).filter(Boolean), all,
      missingLine(found.missing), holds && rule.readings.length ? el("p", { class: "why try-reading" }, `Rests on our reading: ${rule.readings.join(" ")}`) : null, holds && rule.source ? el("p", { class: "cite" }, `Source: ${rule.source}.`) : null,
      stepsOf(`${position.id}/${rule.id}`, found.trace, found.emphasis_trace));
  }
  function gradeShown(grade, found, applies, position) {
    const value = found.value === "unknown" ? found.open : spaced(found.value) + (applies === "yes" ? "" : ", if the position applies");
    return el("li", { class: "try-rule" }, el("p", { class: "answer" }, `${grade.phrase}: `, el("strong", {}, capital(value))),
      missingLine(found.missing), el("p", { class: "cite" }, `Source: ${grade.source || position.short}.`), stepsOf(`${position.id}/grade/${grade.id}`, found.trace));
  }
  function positionShown(found) {
    const position = rules.positions.find((each) => each.id === found.position), { applies } = found;
    const order = { yes: 0, unknown: 1, no: 2 }, parts = [];
    const ruled = position.recommendations.map((rule, index) => [rule, found.recommendations[index]]).sort((a, b) => order[a[1].holds] - order[b[1].holds]);
    const grades = position.grades.filter((grade) => found.grades[grade.id].value !== "not-applicable");
    if (applies !== "yes") parts.push(el("p", { class: "why" }, applies === "no" ? "Does not apply. It asks for: " : "May apply, if: ", `${found.asks}.`), missingLine(found.missing), stepsOf(position.id, found.trace));
    if (applies !== "no") {
      const those = (holds) => ruled.filter(([, answered]) => answered.holds === holds), unknown = those("unknown");
      const shown = (list) => list.map(([rule, answered]) => ruleShown(rule, answered, position)), many = unknown.length > MANY;
      const folded = (list, key, words) => (list.length ? el("details", { "data-key": `${position.id}/${key}` },
        el("summary", {}, `${words}: ${list.map(([rule]) => lower(rule.title)).join("; ")}`), el("ul", { class: "try-rules" }, shown(list))) : null);
      const quiet = position.silent.filter((silence, index) => found.silent[index].holds === "yes");
      parts.push(el("ul", { class: "try-rules" }, shown(those("yes")), grades.map((grade) => gradeShown(grade, found.grades[grade.id], applies, position))),
        quiet.length && !those("yes").length ? el("p", { class: "why" }, `Says nothing about this patient. ${quiet.map((silence) => silence.reading).join(" ")}`) : null);
      position.cautions.forEach((caution, index) => {
        const { holds } = found.cautions[index];
        if (holds !== "no") parts.push(el("p", { class: "action action-caution" }, `${capital(caution.severity)}${holds === "yes" ? "" : " (may concern this patient)"}: ${caution.says}`));
      });
      position.monitoring.forEach((monitoring, index) => {
        const { holds, due, next } = found.monitoring[index], overdue = due.find((each) => each.state === "overdue");
        if (holds !== "no") parts.push(el("p", { class: "why" }, `${holds === "yes" ? `Monitor ${lower(titleOf(monitoring.measure))}` : "Monitoring that may concern this patient"}: ${monitoring.says}${overdue ? ` Overdue since ${overdue.on}.` : next ? ` Next due on ${next}.` : ""}`));
      });
      parts.push(many ? folded(unknown, "unknown", "Not known whether these hold") : el("ul", { class: "try-rules" }, shown(unknown)), folded(those("no"), "no", "Does not hold"));
    }
    return el("section", { class: "try-position" }, el("h3", {}, el("a", { href: `#${position.id}` }, position.short), " ", el("span", { class: `badge badge-${position.status}` }, position.status)), parts.filter(Boolean));
  }
  /** How positions stand to each other; of one alone whose answer is not known it is not said that it speaks. */
  function agreementText({ result, answers }) {
    return rules.words.agreements[result === "single" && Object.values(answers).includes("unknown") ? "single-open" : result];
  }
  /** What labels warn of beside every answer that gives immunoglobulin; where it was read stands further down. */
  function boxedShown(warnings) {
    const told = warnings.map(({ says, products }) => `${says}: ${products.map(({ name }) => name).join(", ")}.`);
    return told.length ? el("p", { class: "short" }, el("a", { href: "#boxed-warnings" }, rules.boxed_warnings.heading), `. ${told.join(" ")}`) : null;
  }
  function agreementShown(agreement) {
    const differs = agreement.differs.length ? ` They differ in ${agreement.differs.join(" and ")}.` : "", parted = new Map();
    agreement.separated_by.forEach(({ positions: [holding, failing], phrase, way }) => {
      if (!parted.has(failing)) parted.set(failing, { holding: new Set(), ways: {} });
      const { holding: others, ways } = parted.get(failing);
      others.add(holding);
      (ways[way] = ways[way] || new Set()).add(phrase);
    });
    const told = (ways) => Object.values(ways).map((lines) => [...lines].join("; and ")).map((text_, _, all) => (all.length > 1 && text_.includes("; and ") ? `(${text_})` : text_)).join("; or ");
    return [el("p", { class: `try-agreement try-${agreement.result}` }, `On ${rules.words.abouts[agreement.about]}: ${agreementText(agreement)}${differs}`),
      parted.size ? el("ul", {}, [...parted].map(([failing, { holding, ways }]) => el("li", {},
        `${[...holding].map((id) => shorts[id]).join(" and ")}: yes. ${shorts[failing]}: no; for a yes it would take at least: ${told(ways)}.`))) : null,
      ...agreement.silent.map((id) => el("p", { class: "short" }, `${shorts[id]} says nothing about this patient. ${readings(id, agreement.about)}`))];
  }
  /** Why a position leaves the patient open, in the words of its file. */
  function readings(id, about) {
    const position = rules.positions.find((each) => each.id === id), found = latest.positions.find((each) => each.position === id);
    const holding = position.silent.filter((silence, index) => found.silent[index].holds === "yes" && (silence.about === null || silence.about === about));
    return holding.map((silence) => silence.reading).join(" ");
  }
  /** The lines that keep a position from applying. */
  function deciding(step) {
    if (!step.parts.length) return [step];
    const wanted = step.kind === "none" ? { yes: "no", no: "yes", unknown: "unknown" }[step.answer] : step.answer;
    return step.parts.filter((part) => part.answer === wanted).flatMap(deciding);
  }
  /** Positions for other patients, in one line that says by what: another product, say. */
  function awayShown(list) {
    if (!list.length) return null;
    const counts = new Map();
    list.forEach((found) => {
      const line = deciding(found.trace).find((each) => each.fact), by = line ? lower(titleOf(line.fact)) : "what they ask for";
      counts.set(by, (counts.get(by) || 0) + 1);
    });
    const [[first, most], ...others] = [...counts].sort((a, b) => b[1] - a[1]);
    const told = others.length ? [[first, most], ...others].map(([by, count]) => `${count} by ${by}`).join(", ") : `by ${first}`;
    return el("details", { class: "try-away", "data-key": "away" }, el("summary", {}, `${list.length === 1 ? "1 position is" : `${list.length} positions are`} not for this patient, ${told}`), list.map(positionShown));
  }
  const telling = (found) => {
    const order = { yes: 0, unknown: 1, no: 2 };
    return order[found.applies] * 3 + Math.min(1, ...found.recommendations.map((rule) => order[rule.holds]));
  };

  /** Every fact whose answer may still change something: those that are missing, and those that their value is made of. */
  function open_(names, found = new Set()) {
    names.filter((name) => !found.has(name) && rules.facts[name]).forEach((name) => {
      const { inputs = [], age_from: from, implied_by: by } = rules.facts[name];
      found.add(name);
      const fixing = facts.filter((fact) => (fact.options || []).some((option) => option.implies && name in option.implies)).map((fact) => fact.name);
      open_([...inputs, ...fixing, ...(from ? [from] : []), ...(by ? [by.events] : [])], found);
    });
    return found;
  }
  /** Folds away, where it stands, each question whose answer could change nothing any more. */
  function settle(decision) {
    const given = record(), open = open_(decision.ask.map((question) => question.fact));
    facts.filter(isAsked).forEach((fact) => {
      const box = document.getElementById(`${idOf(fact.name)}-field`), settled = !(fact.name in given) && !open.has(fact.name);
      box.classList.toggle("try-settled", settled);
      box.querySelector(".try-idle").hidden = !settled;
    });
  }

  const status = el("div", { role: "status", "aria-live": "polite" }), body = el("div");
  let latest = null; // the decision that is shown
  function show(decision, elsewhere) {
    latest = decision;
    const unfolded = new Set([...body.querySelectorAll("details[open]")].map((each) => each.dataset.key));
    const open = decision.ask.length, away = rules.positions.filter((position) => !decision.positions.some((found) => found.position === position.id));
    const used = decision.used.map(({ fact, text: words }) => `${lower(titleOf(fact))}: ${usual(words)}`);
    status.replaceChildren(...[used.length ? el("p", { class: "try-used" }, `Values used: ${used.join("; ")}.`) : null, decision.agreements.map(agreementShown).flat(), decision.agreements.length ? null : el("p", { class: "try-agreement" }, rules.positions.some((position) => position.recommendations.length)
        ? "No position in force speaks for or against anything." : "This topic grades; it recommends nothing."),
      el("p", { class: "short" }, open ? `${open} ${open === 1 ? "question" : "questions"} could still change an answer.` : "No further question could change an answer.",
        ...decision.ahead.map(({ detail }) => ` ${detail}`),
        decision.problems.length ? ` ${decision.problems.length} of the values given cannot be used as they stand; each is told beside its field.` : "")].flat().filter(Boolean));
    body.replaceChildren(...[
      elsewhere.length ? el("ul", { class: "try-errors" }, elsewhere.map((problem) => el("li", {}, problem.detail))) : null,
      boxedShown(decision.boxed_warnings),
      ...decision.positions.filter((found) => found.applies !== "no").sort((a, b) => telling(a) - telling(b)).map(positionShown),
      awayShown(decision.positions.filter((found) => found.applies === "no")),
      away.length ? el("p", { class: "short" }, `Not in force on ${decision.as_of}: ${away.map((position) => position.short).join(", ")}.`) : null,
      open ? el("h3", {}, "What could still change an answer, most decisive first") : null,
      open ? el("ol", {}, decision.ask.map((question) => el("li", {}, question.question, " ", el("span", { class: "short" }, "(", fieldLink(question.fact), ")")))) : null].filter(Boolean));
    body.querySelectorAll("details").forEach((each) => { each.open = unfolded.has(each.dataset.key); });
    form.querySelectorAll(".try-read").forEach((place) => place.replaceChildren());
    decision.used.filter(({ fact }) => rules.facts[fact].kind === "quantity").forEach(({ fact, text: words }) => {
      const place = document.getElementById(`${idOf(fact)}-read`);
      if (place) place.append(`Read as ${usual(words)}.`);
    });
    settle(decision);
  }
  let answered = "", waiting = 0;
  /** Answers what the form says now. What is shown is left alone where that is what it said before, so that a click on
      a link is not lost when the field that was left tells of its change. */
  function answer() {
    clearTimeout(waiting);
    const asOf = text("as-of").value.trim(), when = IgGuide.readDate(asOf), said = JSON.stringify([asOf, record()]);
    if (said === answered) return;
    answered = said;
    if (!when || when.first !== when.last) {
      tell([], null);
      status.replaceChildren();
      body.replaceChildren();
      return;
    }
    const decision = IgGuide.decide(rules, record(), asOf);
    show(decision, tell(decision.problems, asOf, decision.ahead));
  }

  fill();
  results.append(el("h2", { id: "try-answers", tabindex: "-1" }, "What each position answers"), status, body);
  form.addEventListener("change", answer);
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(answer, 250);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    answer();
    document.getElementById("try-answers").focus();
  });
  function clear() {
    form.replaceChildren();
    fill();
    answer();
  }
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    clear();
    text("as-of").focus();
  });
  window.addEventListener("pagehide", clear); // nothing is left behind for the way back
  answer();
})();
