/*
 * scorecard.js: filters of the scorecard. The page is complete without it.
 */
(function () {
  "use strict";

  var U = window.urbangis;

  U.scorecard = function () {
    var form = document.getElementById("filters");
    var find = document.getElementById("find");
    var shown = document.getElementById("shown");
    var clauses = Array.prototype.slice.call(document.querySelectorAll("article.clause"));
    var sections = Array.prototype.slice.call(document.querySelectorAll("details.clauses"));
    var wasOpen = sections.map(function (section) { return section.open; });
    var texts = clauses.map(function (clause) { return clause.textContent.toLowerCase(); });
    var filtered = false;

    U.site();

    /** The values that are ticked under one heading; none stands for all. */
    function ticked(name) {
      var boxes = form.querySelectorAll("input[name=" + name + "]:checked");
      return Array.prototype.map.call(boxes, function (box) { return box.value; });
    }

    function fits(values, value) { return !values.length || values.indexOf(value) >= 0; }

    function apply() {
      var status = ticked("status"), documents = ticked("document"), kind = ticked("kind");
      var text = find.value.trim().toLowerCase();
      var active = Boolean(status.length || documents.length || kind.length || text);
      var count = 0;
      if (active && !filtered) { wasOpen = sections.map(function (one) { return one.open; }); }
      clauses.forEach(function (clause, number) {
        var data = clause.dataset;
        var fit = fits(status, data.status) && fits(documents, data.document) &&
          fits(kind, data.kind) && (!text || texts[number].indexOf(text) >= 0);
        clause.hidden = !fit;
        count += fit ? 1 : 0;
      });
      sections.forEach(function (section, number) {
        var hits = section.querySelectorAll("article.clause:not([hidden])").length;
        section.hidden = !hits;
        section.open = active ? hits > 0 : wasOpen[number];
        section.querySelector(".count").textContent = hits;
      });
      filtered = active;
      shown.textContent = count;
    }

    form.addEventListener("change", apply);
    form.addEventListener("reset", function () { window.setTimeout(apply, 0); });
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    find.addEventListener("input", apply);
    apply();
  };
}());
