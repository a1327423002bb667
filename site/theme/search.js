// Search over search-index.js. Plain scripts, so that it works from a folder; nothing typed leaves the page or is kept.
// Our own rather than MiniSearch or lunr (18 to 30 KB): those rank pieces of text each by itself, while here a question
// is answered by a page whose parts share the words among them, and medical names want groups of words that mean the same.
// All words first and then fewer is what readers of both kinds of search asked for; a misspelt word is only guessed at
// when nothing has it as it was typed.
(function (root) {
  "use strict";
  var KIND = { Topic: 1, Product: 1, Word: 0.5, Page: 0.7, Fact: 0.6, Source: 0.6 };
  var TITLE = 6, NAMES = 5, WORDS = 2.5, PART_TITLE = 2.5, PART_NAMES = 2, PART_WORDS = 1.5;
  var MEANS_THE_SAME = 0.7, ALSO_CALLED = 0.4, BEGINS = 0.7, GUESSED = 0.8, APART = 0.8, FORMER = 0.6;
  var COMMON = " a about after am an and any are as at be been before by can could did do does for from get give given had has " +
    "have he her his how i if in into is it its kg me mean meaning means must my need needs of on or our patient patients per she should so than " +
    "that the their them then there these they this to us use versus vs was we were what when where which who whom whose why will with without you ";

  // --- words ---

  // Folds what is written in several ways into one: capitals, accents, British and American spelling, units.
  function folded(text) {
    return text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase()
      .replace(/['\u2018\u2019\u02bc]/g, "").replace(/\u00b5|\u03bc/g, "u").replace(/[\u2010-\u2015]/g, "-")
      .replace(/(\d)\s*(?=(?:g|mg|ug|ml|iu|kg)\b)/g, "$1 ")
      .replace(/\b(g|mg|ug|mcg|ml|iu|u)\/(kg|dl|l|h|min|day|ml|m2)(?:\/(h|min|day))?\b/g, "$1$2$3");
  }
  function stem(word) {
    if (word.length < 4 || /\d/.test(word)) return word;
    word = word.replace(/ae|oe/g, "e").replace(/([bt])re$/, "$1er").replace(/ys(e[ds]?|ing)$/, "yz$1").replace(/is(e[ds]?|ing|ations?)$/, "iz$1");
    if (word.length > 5) word = word.replace(/our/g, "or");
    if (/ies$/.test(word) && word.length > 4) return word.slice(0, -3) + "y";
    return /[^suia]s$/.test(word) ? word.slice(0, -1) : word;
  }
  var WORD = /[a-z0-9]+(?:\.\d+)?(?:-[a-z0-9]+)*/g;
  // The words of a text with spaces around each; `seen` is told each word as it was written, and each that has a hyphen.
  function words(text, seen) {
    return " " + (folded(text).match(WORD) || []).map(function (found) {
      var parts = found.split("-"), stems = parts.map(stem);
      if (seen) {
        stems.forEach(function (each, i) { seen(each, parts[i]); });
        if (parts.length > 1 && /[a-z]/.test(parts[0])) seen(stem(parts.join("")), null, stems.join(" "));
      }
      return stems.join(" ");
    }).join(" ") + " ";
  }
  function list(text) { return text.split(" ").filter(Boolean); }

  // How many letters differ, a swap of two neighbours counted once; more than `most` is not counted out.
  function distance(a, b, most) {
    var before = [], last = [], i, j;
    for (j = 0; j <= b.length; j++) last[j] = j;
    for (i = 1; i <= a.length; i++) {
      var row = [i], least = i;
      for (j = 1; j <= b.length; j++) {
        row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j], before[j - 2] + 1);
        least = Math.min(least, row[j]);
      }
      if (least > most) return least;
      before = last; last = row;
    }
    return last[b.length];
  }

  // --- the index, made ready once ---

  function ready(data) {
    var made = { pages: [], fields: [], places: new Map(), written: new Map(), hyphened: new Map(), groups: [], named: new Map() };
    function seen(word, written, phrase) {
      if (phrase) { if (!made.hyphened.has(word)) made.hyphened.set(word, phrase); }
      else if (!made.written.has(word)) made.written.set(word, written);
    }
    function field(page, part, weight, text) {
      if (!text) return;
      var number = made.fields.length, folded = words(text, seen);
      made.fields.push({ page: page, part: part, weight: weight, text: folded });
      new Set(list(folded)).forEach(function (word) {
        if (!made.places.has(word)) made.places.set(word, []);
        made.places.get(word).push(number);
      });
    }
    data.pages.forEach(function (row, number) {
      var page = { kind: data.kinds[row[0]], title: row[1], address: row[2], says: row[3] || "", where: row[4] || "", parts: [], size: 0 };
      made.pages.push(page);
      field(number, -1, TITLE, page.title);
      page.size = list(made.fields[made.fields.length - 1].text).length;
      field(number, -1, NAMES, row[5]);
      field(number, -1, WORDS, page.says + " " + page.where);
      field(number, -1, PART_WORDS, page.address.replace(/\.html/, "").replace(/[\/#_-]/g, " "));
      (row[6] || []).forEach(function (given, i) {
        var part = { kind: data.kinds[given[0]], title: given[1], address: page.address + given[2], says: given[3] || "", where: given[4] || "", under: -1, former: false };
        var above = given[2].split("--")[0];
        page.parts.forEach(function (other, j) { if (other.address === page.address + above) part.under = j; });
        part.former = part.kind === "Position not in force" || (part.under >= 0 && page.parts[part.under].former);
        if (part.under >= 0 && !part.where) part.where = page.parts[part.under].where;
        page.parts.push(part);
        field(number, i, PART_TITLE, part.title + " " + part.kind);
        field(number, i, PART_NAMES, (given[4] || "") + " " + (given[5] || ""));
        field(number, i, PART_WORDS, part.says);
      });
    });
    function group(names, leads) {
      var folds = names.map(function (name) { return words(name, seen).trim(); });
      folds.forEach(function (name, i) {
        if (!made.named.has(name)) made.named.set(name, []);
        folds.forEach(function (other, j) {
          if (other !== name) made.named.get(name).push([other, leads && i > 0 && j > 0 ? ALSO_CALLED : MEANS_THE_SAME]);
        });
      });
    }
    data.synonyms.forEach(function (names) { group(names, false); });
    data.aliases.forEach(function (names) { group(names, true); });
    made.phrases = new Set(made.hyphened.values());
    made.named.forEach(function (_, name) { if (name.indexOf(" ") > 0) made.phrases.add(name); });
    return made;
  }

  // --- a query ---

  // Splits a query into terms: what each is called, and what it may be found as, each with how much that counts.
  function terms(made, query) {
    var shouted = query === query.toUpperCase(), typing = /\S$/.test(query), guesses = [], found = [];
    var typed = [], i, size;
    (query.match(/\S+/g) || []).forEach(function (raw) {
      list(words(raw)).forEach(function (word) { typed.push({ word: word, raw: raw.replace(/^[^\w\u00c0-\u024f]+|[^\w\u00c0-\u024f%]+$/g, "") }); });
    });
    var kept = typed.filter(function (each) {
      return COMMON.indexOf(" " + each.word + " ") < 0 || (!shouted && /^[A-Z]{2,}$/.test(each.raw));
    });
    if (!kept.length) kept = typed;
    kept.forEach(function (each, place) {
      each.phrase = made.hyphened.get(each.word);
      if (each.phrase || made.places.has(each.word) || made.named.has(each.word)) return;
      if (begins(made, each.word, typing && place === kept.length - 1).length) return;
      var like = similar(made, each.word);
      if (like.length) {
        guesses.push([each.raw, like.map(function (word) { return made.written.get(word) || word; })]);
        each.like = like;
      }
    });
    for (i = 0; i < kept.length; i += size) {
      var joined = "";
      for (size = Math.min(6, kept.length - i); size > 0; size--) {
        joined = kept.slice(i, i + size).map(function (each) { return each.like ? each.like[0] : each.word; }).join(" ");
        if (size === 1 || made.phrases.has(joined)) break;
        if (size === 2 && made.places.has(joined.replace(" ", ""))) break;
      }
      var of = kept.slice(i, i + size), ways = [];
      if (size > 1) {
        way(ways, joined, 1);
        way(ways, joined.replace(/ /g, ""), 1);
        ways.push({ all: of.map(function (each) { return each.like ? each.like[0] : each.word; }), counts: APART });
      } else if (of[0].like) of[0].like.forEach(function (word) { way(ways, word, GUESSED); });
      else {
        way(ways, of[0].word, 1);
        if (of[0].phrase) way(ways, of[0].phrase, 1);
        begins(made, of[0].word, typing && i === kept.length - 1).forEach(function (word) { way(ways, word, BEGINS); });
      }
      [joined].concat(of[0].phrase || [], size === 1 && of[0].like ? of[0].like : []).forEach(function (name) {
        (made.named.get(name) || []).forEach(function (other) { way(ways, other[0], other[1]); });
      });
      found.push({ called: of.map(function (each) { return each.raw; }).filter(function (raw, n, all) { return all.indexOf(raw) === n; }).join(" "), ways: ways });
    }
    return { terms: found, guesses: guesses };
  }
  function way(ways, text, counts) {
    if (!ways.some(function (other) { return other.text === text && other.counts >= counts; })) ways.push({ text: text, counts: counts });
  }
  // Words that begin as a word does: always of four letters, and of two while it is being typed.
  function begins(made, word, typing) {
    var found = [];
    if (word.length < (typing ? 2 : 4) || /^\d/.test(word)) return found;
    made.places.forEach(function (_, other) { if (other !== word && other.indexOf(word) === 0) found.push(other); });
    return found.slice(0, 40);
  }
  function similar(made, word) {
    var most = word.length >= 9 ? 2 : word.length >= 5 ? 1 : 0, least = most, found = [];
    if (!most || /\d/.test(word)) return found;
    function look(other) {
      if (Math.abs(other.length - word.length) > least || /\d/.test(other)) return;
      var far = distance(word, other, least);
      if (far > least || (far > 1 && other.slice(-2) !== word.slice(-2))) return; // rheumatoid is no misspelt rheumatol
      if (far < least) { least = far; found = []; }
      if (found.indexOf(other) < 0) found.push(other);
    }
    made.places.forEach(function (_, other) { look(other); });
    made.named.forEach(function (_, name) { if (name.indexOf(" ") < 0) look(name); });
    function often(other) { return (made.places.get(other) || []).length; }
    return found.sort(function (a, b) { return often(b) - often(a); }).slice(0, 3);
  }

  // The fields that hold a word, or all words of a phrase side by side.
  function holding(made, text) {
    var parts = text.split(" ");
    var lists = parts.map(function (word) { return made.places.get(word) || []; });
    if (parts.length === 1) return lists[0];
    lists.sort(function (a, b) { return a.length - b.length; });
    return lists[0].filter(function (number) { return made.fields[number].text.indexOf(" " + text + " ") >= 0; });
  }

  // How well each term is met: by page and, there, by part. Rare words count more than words that stand everywhere.
  function met(made, term) {
    var pages = new Map(), most = 0;
    term.ways.forEach(function (each) {
      var hits = each.all ? together(made, each.all) : holding(made, each.text).map(function (n) { return [made.fields[n], made.fields[n].weight]; });
      var on = new Set(hits.map(function (hit) { return hit[0].page; }));
      var rare = Math.log(1 + made.pages.length / (1 + on.size));
      most = most ? Math.min(most, rare) : on.size ? rare : 0;
      rare = Math.min(rare, most) * each.counts;
      hits.forEach(function (hit) {
        var at = pages.get(hit[0].page), worth = hit[1] * rare;
        if (!at) pages.set(hit[0].page, at = { best: 0, own: 0, parts: new Map(), title: 0, rare: 0 });
        at.rare = Math.max(at.rare, rare);
        if (hit[0].part < 0) {
          at.own = Math.max(at.own, worth);
          if (hit[1] === TITLE && each.text) at.title = Math.max(at.title, list(each.text).length * each.counts);
        } else at.parts.set(hit[0].part, Math.max(at.parts.get(hit[0].part) || 0, worth));
        at.best = Math.max(at.best, worth);
      });
    });
    return pages;
  }
  function together(made, each) {
    var found = new Map();
    each.forEach(function (word, i) {
      var here = new Map();
      holding(made, word).forEach(function (number) {
        var field = made.fields[number], key = field.page + " " + field.part, had = here.get(key);
        if ((i === 0 || found.has(key)) && (!had || had[1] < field.weight)) here.set(key, [field, field.weight]);
      });
      here.forEach(function (hit, key) { if (i > 0) hit[1] = Math.min(hit[1], found.get(key)[1]); });
      found = here;
    });
    return Array.from(found.values());
  }

  function search(made, query) {
    var asked = terms(made, query), results = { guesses: asked.guesses, terms: asked.terms, nowhere: [], all: [], some: [] };
    if (!asked.terms.length) return results;
    var hits = asked.terms.map(function (term) { return met(made, term); });
    var most = hits.map(function (pages) { var r = 0; pages.forEach(function (at) { r = Math.max(r, at.rare); }); return r; });
    // A number or a unit may be the patient's own: where it is missing, the page may still be the one.
    asked.terms.forEach(function (term, i) { if (/^[\d.,]+%?$|^\S+\/\S+$/.test(term.called)) most[i] *= 0.3; });
    results.nowhere = asked.terms.filter(function (_, i) { return !hits[i].size; }).map(function (term) { return term.called; });
    var whole = most.reduce(function (a, b) { return a + b; }, 0);
    made.pages.forEach(function (page, number) {
      var at = hits.map(function (pages) { return pages.get(number); });
      if (!at.some(Boolean)) return;
      var missing = asked.terms.filter(function (_, i) { return !at[i]; }).map(function (term) { return term.called; });
      var sum = 0, has = 0, title = 0, best = 0, parts = [];
      at.forEach(function (one, i) { if (one) { sum += one.best; has += most[i]; title += one.title; } });
      page.parts.forEach(function (part, i) {
        var score = 0, adds = false;
        at.forEach(function (one) {
          if (!one) return;
          var own = one.parts.get(i) || 0, above = part.under >= 0 ? (one.parts.get(part.under) || 0) * 0.6 : 0;
          if (own > 0 && one.own < WORDS * one.rare * 1.5) adds = true;
          score += Math.max(own, above, one.own * 0.4);
        });
        if (part.former) score *= FORMER;
        best = Math.max(best, score);
        if (adds) parts.push([score, part]);
      });
      var score = (sum + best * 0.5 + 12 * Math.min(1, title / page.size)) * (KIND[page.kind] || 0.6);
      parts.sort(function (a, b) { return b[0] - a[0]; });
      var result = { page: page, missing: missing, score: missing.length ? score * (has / whole) * (has / whole) : score,
                     has: has / whole, parts: parts.map(function (pair) { return pair[1]; }) };
      if (!missing.length) results.all.push(result);
      else if (result.has >= 0.4) results.some.push(result);
    });
    [results.all, results.some].forEach(function (found) { found.sort(function (a, b) { return b.score - a.score; }); });
    return results;
  }

  root.IgGuideSearch = { ready: ready, search: search };
  if (typeof module === "object") module.exports = root.IgGuideSearch;

  // --- the page ---

  var form = typeof document === "object" && document.getElementById("search");
  if (!form || !root.IGGUIDE_INDEX) return;
  var input = document.getElementById("search-for"), count = document.getElementById("search-count");
  var results = document.getElementById("search-results"), hint = document.getElementById("search-hint"), MOST = 30, FEW = 5, MOST_PARTS = 3, LONG = 200;
  var made = null, shown = "", waiting = 0;

  function element(tag, className, text) {
    var one = document.createElement(tag);
    if (className) one.className = className;
    if (text) one.textContent = text;
    return one;
  }
  function cut(text) {
    return text.length <= LONG ? text : text.slice(0, text.lastIndexOf(" ", LONG)) + " \u2026";
  }
  function link(to, className) {
    var one = element("a", className, to.title);
    one.href = to.address;
    return one;
  }
  function about(page) {
    if (page.where) return page.where;
    return page.kind === "Topic" || page.kind === "Fact" ? (page.says.match(/^[^?]*\?/) || [""])[0] : cut(page.says);
  }
  function item(found) {
    var one = element("li"), head = element("p"), parts = element("ul");
    head.append(element("span", "badge", found.page.kind), " ", link(found.page, "found"), " ", element("span", "short", about(found.page)));
    one.append(head);
    if (found.missing.length) one.append(element("p", "short", "Without " + quoted(found.missing) + "."));
    found.parts.slice(0, MOST_PARTS).forEach(function (part) {
      var line = element("li");
      line.append(link(part), " ", element("span", "short", from(part)), element("span", "reading-inline", cut(part.says)));
      parts.append(line);
    });
    if (parts.firstChild) one.append(parts);
    return one;
  }
  // Whose words they are, unless the title says so; what is no longer in force is marked.
  function from(part) {
    return [part.title.indexOf(part.where) < 0 && part.where, part.former && !/retired|superseded/.test(part.where) && "(not in force)"].filter(Boolean).join(" ");
  }
  function quoted(words) {
    return words.map(function (word) { return "\u201c" + word + "\u201d"; }).join(words.length > 2 ? ", " : " and ");
  }
  function pages(found, of) {
    var one = element("ol", "results");
    found.slice(0, of).forEach(function (each) { one.append(item(each)); });
    return one;
  }
  function told(found, fewer) {
    var said = found.guesses.map(function (guess) {
      return "Nothing has \u201c" + guess[0] + "\u201d; taken for " + quoted(guess[1]).replace(" and ", " or ") + ". ";
    }).join("");
    if (found.nowhere.length) said += "Nothing has " + quoted(found.nowhere) + ". ";
    var n = found.all.length, words = found.terms.length > 1 ? (n === 1 ? "has every word" : "have every word") : "found";
    if (n) return said + n + (n === 1 ? " page " : " pages ") + words + (n > MOST ? "; the first " + MOST + " are shown." : ".");
    if (fewer) return said + "No page has every word; " + (fewer === 1 ? "this one has" : "these " + fewer + " have") + " the most.";
    if (found.nowhere.length === found.terms.length) return "No page of this site has " + quoted(found.nowhere) + ". Try another name for it, or the index.";
    return said + "Nothing found. Try other words, or the index.";
  }
  function prepare() { made = made || ready(root.IGGUIDE_INDEX); }
  function show() {
    clearTimeout(waiting);
    if (input.value === shown) return;
    shown = input.value;
    prepare();
    var found = search(made, shown);
    results.textContent = "";
    hint.hidden = found.terms.length > 0;
    if (!found.terms.length) { count.textContent = ""; return; }
    var some = found.all.length < FEW ? found.some.slice(0, 10) : [];
    if (found.all.length) results.append(pages(found.all, MOST));
    if (found.all.length && some.length) results.append(element("h2", "fewer", "With fewer of the words"));
    if (some.length) results.append(pages(some, 10));
    count.textContent = told(found, some.length);
    if (!found.all.length && !some.length) count.append(" ", link({ title: "Open the index", address: "find.html" }));
  }
  form.hidden = false;
  form.addEventListener("submit", function (event) { 
    event.preventDefault();
    show();
    if (!count.textContent) return;
    count.focus({ preventScroll: true });
    form.scrollIntoView();
  });
  input.addEventListener("input", function () { clearTimeout(waiting); waiting = setTimeout(show, 120); });
  input.addEventListener("focus", function () { setTimeout(prepare, 0); });
  root.addEventListener("pageshow", show);
  show();
})(typeof window === "object" ? window : globalThis);
