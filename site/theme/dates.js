// Filters by date and more: what changed since a day, what was in force on one. Without a script everything stays.
(function () {
  "use strict";
  function filter(name, items, controls, keep, said) {
    var form = document.getElementById(name + "-filter"), count = document.getElementById(name + "-count");
    if (!form) return;
    var folded = Array.prototype.slice.call(document.querySelectorAll("details:not([data-kind]):not(#as-of-try)"));
    var all = Array.prototype.slice.call(document.querySelectorAll(items));
    var days = Array.prototype.slice.call(document.querySelectorAll("section.day"));
    function apply() {
      var shown = 0, values = controls.map(function (id) { return document.getElementById(id).value.trim(); });
      all.forEach(function (item) {
        item.hidden = !keep(item.dataset, values);
        if (!item.hidden) shown += 1;
      });
      folded.forEach(function (part) {  // what is found is not left folded away
        var found = part.querySelector("tbody tr:not([hidden])") !== null;
        part.hidden = !found;
        part.open = found && values.some(Boolean);
      });
      days.forEach(function (day) { day.hidden = day.querySelector("tbody tr:not([hidden])") === null; });
      count.textContent = values.some(Boolean) ? shown + " of " + all.length + " " + said : "";
    }
    form.hidden = false;
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    form.addEventListener("input", apply);
    apply();
  }
  function has(list, sign, one) { return !one || list.split(sign).indexOf(one) >= 0; }
  filter("changes", "#changes tbody tr, #encoded tbody tr, details[data-kind]",
    ["changes-kind", "changes-condition", "changes-source", "changes-since"], function (item, values) {
      return has(item.kind, " ", values[0]) && has(item.conditions, "|", values[1]) &&
        item.source.indexOf(values[2].toLowerCase()) >= 0 && item.on >= values[3];
    }, "changes");
  // Topics lead to their form with the day filled in; the day stands in the link alone.
  function leads(day) {
    if (leads.day === day) return;
    leads.day = day;
    document.getElementById("as-of-try").hidden = !day;
    document.querySelectorAll("#as-of-try a").forEach(function (link) { link.hash = day ? "try--" + day : "try"; });
  }
  filter("as-of", "#as-of tbody tr", ["as-of-day"], function (row, values) {
    leads(values[0]);
    return !values[0] || (!row.never && (!row.from || row.from <= values[0]) && (!row.to || values[0] <= row.to));
  }, "positions");
})();
