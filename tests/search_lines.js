// Asks site/theme/search.js: queries in, one JSON line each; what is found out, one JSON line each.
// node tests/search_lines.js SEARCH-INDEX < queries.ndjson
"use strict";
const fs = require("fs");
const Search = require("../site/theme/search.js");

const window = {};
new Function("window", fs.readFileSync(process.argv[2], "utf8"))(window);
const made = Search.ready(window.IGGUIDE_INDEX);
const told = (result) => ({
  address: result.page.address, kind: result.page.kind, title: result.page.title, missing: result.missing,
  score: result.score, parts: result.parts.slice(0, 3).map((part) => part.address),
});
for (const line of fs.readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const found = Search.search(made, JSON.parse(line));
  console.log(JSON.stringify({
    guesses: found.guesses, terms: found.terms.map((term) => term.called), all: found.all.map(told), some: found.some.map(told),
  }));
}
