/*
 * sure.js: how sure a rate is: what moves it, drawn as a tornado, and who is near the line.
 */
(function () {
  "use strict";

  var U = window.urbangis;
  var make = U.make;
  var say = U.say;
  var SVG = "http://www.w3.org/2000/svg";
  var WIDTH = 100, HEIGHT = 14, EDGE = 3;

  var WORDS = {
    zh: {
      title: "结果的可靠程度", other: "如果改为", rate: "覆盖率", zones: "各单元的高低值与临界人数",
      zone: "统计单元", range: "高低值", covered: "刚好在内", missed: "刚好在外",
      axis: "覆盖率变动"
    },
    en: {
      title: "How sure is this", other: "If instead", rate: "Covered", zones: "By zone",
      zone: "Zone", range: "Low – high", covered: "Just inside", missed: "Just outside",
      axis: "Change of the rate"
    }
  };

  function word(key) { return U.word(key, WORDS); }

  function shape(name, attributes) {
    var element = document.createElementNS(SVG, name);
    Object.keys(attributes).forEach(function (key) {
      element.setAttribute(key, attributes[key]);
    });
    return element;
  }

  function x(at) { return EDGE + at * (WIDTH - 2 * EDGE); }

  /** A bar from the published rate to that of a variant. */
  function bar(from, to) {
    var svg = shape("svg", {
      viewBox: "0 0 " + WIDTH + " " + HEIGHT, class: "tornado", "aria-hidden": "true"
    });
    svg.appendChild(shape("rect", {
      x: Math.min(x(from), x(to)), y: 3, width: Math.abs(x(to) - x(from)), height: HEIGHT - 6,
      class: to < from ? "less" : "more"
    }));
    svg.appendChild(shape("line", { x1: x(from), x2: x(from), y1: 0, y2: HEIGHT }));
    return svg;
  }

  function row(variant, at) {
    return make("tr", {}, [
      make("th", { scope: "row", text: say(variant.name) }),
      make("td", {}, [bar(at, variant.at)]),
      make("td", {}, [variant.rate, make("small", { text: say(variant.people) })])
    ]);
  }

  function head(words) {
    return make("thead", {}, [make("tr", {}, words.map(function (key) {
      return make("th", { scope: "col", text: word(key) });
    }))]);
  }

  function zones(table) {
    var near = table.margin !== null;
    return make("details", {}, [
      make("summary", { text: word("zones") }),
      make("table", { class: "split" }, [
        head(near ? ["zone", "range", "covered", "missed"] : ["zone", "range"]),
        make("tbody", {}, table.zones.map(function (zone) {
          return make("tr", {}, [
            make("th", { scope: "row", text: say(zone.name) }),
            make("td", { text: zone.range }),
            near ? make("td", { text: say(zone.covered) }) : null,
            near ? make("td", { text: say(zone.missed) }) : null
          ]);
        }))
      ])
    ]);
  }

  /** Write how sure the rate of a page is into an element. */
  U.sure = function (table, element) {
    U.refill(element, [
      make("h2", { text: word("title") }),
      make("p", { class: "range", text: say(table.range) }),
      make("table", { class: "split" }, [
        head(["other", "axis", "rate"]),
        make("tbody", {}, table.rows.map(function (variant) { return row(variant, table.at); }))
      ]),
      table.margin ? make("p", { class: "margin", text: say(table.margin) }) : null,
      table.zones.length ? zones(table) : null
    ].concat(table.notes.map(function (text) {
      return make("p", { text: say(text) });
    })));
  };
}());
