// Answers records with site/theme/try.js: one JSON line {topic, record, as_of, positions, steps} in, one line out.
// node tests/try_lines.js RULES-FOLDER < cases.ndjson
"use strict";
const fs = require("fs");
const path = require("path");
const IgGuide = require("../site/theme/try.js");

const rules = {};
const lines = fs.readFileSync(0, "utf8").split("\n").filter(Boolean);
const answers = lines.map((line) => {
  const { topic, record, as_of, positions, steps } = JSON.parse(line);
  rules[topic] = rules[topic] || JSON.parse(fs.readFileSync(path.join(process.argv[2], `${topic}.rules.json`), "utf8"));
  try {
    return IgGuide.decide(rules[topic], record, as_of, { positions, steps });
  } catch (error) {
    return { error: String(error.stack) };
  }
});
fs.writeSync(1, "");
for (const answer of answers) fs.writeSync(1, JSON.stringify(answer) + "\n");
