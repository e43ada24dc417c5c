/*
 * charts.js: the charts of a page, drawn before it was written; each can be opened and closed.
 */
(function () {
  "use strict";

  var U = window.urbangis;
  var WORDS = { zh: { title: "图表" }, en: { title: "Charts" } };

  function drawn(svg) {
    var parsed = new DOMParser().parseFromString(svg, "image/svg+xml");
    return document.importNode(parsed.documentElement, true);
  }

  /** Write the charts of a page into an element; those that were open stay open. */
  U.charts = function (charts, element) {
    var open = Array.prototype.map.call(element.querySelectorAll("details"), function (one) {
      return one.open;
    });
    U.refill(element, [U.make("h2", { text: U.word("title", WORDS) })].concat(
      charts.map(function (chart, number) {
        return U.make("details", { open: open.length ? open[number] : number === 0 }, [
          U.make("summary", { text: U.say(chart.title) }), drawn(U.say(chart.svg))
        ]);
      })
    ));
  };
}());
