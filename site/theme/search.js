// Search over search-index.js. A plain script, so that it works from a folder; nothing typed leaves the page or is kept.
(function () {
  "use strict";
  var index = window.IGGUIDE_INDEX, form = document.getElementById("search");
  if (!index || !form) return;
  var input = document.getElementById("search-for"), results = document.getElementById("search-results");
  var count = document.getElementById("search-count"), MOST = 60;

  function folded(text) {
    return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  }
  var groups = index.synonyms.map(function (group) { return group.map(folded); });
  var entries = index.entries.map(function (entry) {
    return { kind: entry[0], title: entry[1], address: entry[2], where: entry[3],
             inTitle: " " + folded(entry[1] + " " + entry[3]), inWords: " " + folded(entry[4]) };
  });

  // The words of a query, each with what means the same; a group's phrase counts before its single words.
  function terms(query) {
    var rest = " " + folded(query).replace(/\s+/g, " ").trim() + " ", found = [];
    groups.forEach(function (group) {
      group.slice().sort(function (a, b) { return b.length - a.length; }).forEach(function (name) {
        if (name.length > 1 && rest.indexOf(" " + name + " ") >= 0) {
          rest = rest.split(" " + name + " ").join("  ");
          found.push(group);
        }
      });
    });
    rest.split(" ").filter(Boolean).forEach(function (word) { found.push([word]); });
    return found;
  }

  function score(entry, wanted) {
    var total = 0;
    for (var i = 0; i < wanted.length; i++) {
      var best = 0;
      for (var j = 0; j < wanted[i].length; j++) {
        var word = " " + wanted[i][j];
        if (entry.inTitle.indexOf(word) >= 0) best = Math.max(best, 5);
        else if (entry.inWords.indexOf(word) >= 0) best = Math.max(best, 2);
      }
      if (!best) return 0;
      total += best;
    }
    return total + (entry.kind === "Topic" ? 4 : entry.kind === "Position" ? 1 : 0);
  }

  function show() {
    results.textContent = "";
    var wanted = terms(input.value);
    if (!wanted.length) { count.textContent = ""; return; }
    var found = entries.map(function (entry) { return [score(entry, wanted), entry]; })
      .filter(function (pair) { return pair[0] > 0; })
      .sort(function (a, b) { return b[0] - a[0]; });
    count.textContent = found.length ? found.length + " found" + (found.length > MOST ? ", the first " + MOST + " shown" : "") :
      "Nothing found. Try fewer words, or the index.";
    found.slice(0, MOST).forEach(function (pair) {
      var entry = pair[1], item = document.createElement("li"), link = document.createElement("a");
      var kind = document.createElement("span"), where = document.createElement("span");
      kind.className = "badge"; kind.textContent = entry.kind;
      link.href = entry.address; link.textContent = entry.title;
      where.className = "short"; where.textContent = entry.where;
      item.append(kind, " ", link, " ", where);
      results.append(item);
    });
  }
  form.hidden = false;
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  input.addEventListener("input", show);
  show();
})();
