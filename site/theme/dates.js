// Filters of two tables by date: what changed since a day, and what was in force on one. Without a script all rows stay.
(function () {
  "use strict";
  function filter(name, controls, keep, said) {
    var form = document.getElementById(name + "-filter"), table = document.getElementById(name);
    if (!form || !table) return;
    var rows = Array.prototype.slice.call(table.tBodies[0].rows), count = document.getElementById(name + "-count");
    function apply() {
      var shown = 0, values = controls.map(function (id) { return document.getElementById(id).value; });
      rows.forEach(function (row) {
        row.hidden = !keep(row.dataset, values);
        if (!row.hidden) shown += 1;
      });
      count.textContent = values.some(Boolean) ? shown + " of " + rows.length + " " + said : "";
    }
    form.hidden = false;
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    form.addEventListener("input", apply);
  }
  filter("changes", ["changes-kind", "changes-since"], function (row, values) {
    return (!values[0] || row.kind === values[0]) && (!values[1] || row.on >= values[1]);
  }, "changes");
  filter("as-of", ["as-of-day"], function (row, values) {
    return !values[0] || ((!row.from || row.from <= values[0]) && (!row.to || values[0] <= row.to));
  }, "positions");
})();
