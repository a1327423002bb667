// Fills in a report about the rule that a reader came from, which stands in the address. Nothing is sent.
document.addEventListener("DOMContentLoaded", function () {
  "use strict";
  var rule = new URLSearchParams(location.search).get("rule") || "";
  var parts = /^([a-z0-9-]+)\/([a-z0-9-]+)\/([a-z0-9-]+)$/.exec(rule);
  if (!parts) return;
  var page = "topics/" + parts[1] + ".html#" + parts[2] + "--" + parts[3];
  var back = document.getElementById("report-back"), stamp = document.querySelector(".stamp .digest");
  back.href = page;
  document.getElementById("report-rule").textContent = rule;
  document.getElementById("report-text").value = ["Rule: " + rule, "Address: " + (location.protocol === "file:" ? page : back.href), "Guidelines: " + (stamp ? stamp.textContent : ""),
    "", "What is wrong:", "", "What the source says, with its page:", ""].join("\n");
  document.getElementById("report").hidden = false;
});
