/*
 * rules.js: one service by several rules, side by side in the panel.
 */
(function () {
  "use strict";

  var U = window.urbangis;
  var make = U.make;
  var say = U.say;

  var WORDS = {
    zh: { title: "按不同规则的覆盖率", rule: "规则与依据", rate: "覆盖率" },
    en: { title: "Coverage by different rules", rule: "Rule and basis", rate: "Covered" }
  };

  function word(key) { return U.word(key, WORDS); }

  function row(rule) {
    return make("tr", {}, [
      make("th", { scope: "row" }, [
        make("b", { text: say(rule.name) }),
        make("small", { text: say(rule.model) }),
        make("small", { text: say(rule.counted) }),
        make("small", { text: say(rule.basis) })
      ]),
      make("td", { text: rule.rate })
    ]);
  }

  function group(one) {
    var swatch = make("span", { class: "swatch point circle", "aria-hidden": "true" });
    swatch.style.backgroundColor = one.color;
    return make("tr", {}, [
      make("th", { scope: "row" }, [swatch, say(one.label)]),
      make("td", { text: say(one.amount) }),
      make("td", { text: one.share })
    ]);
  }

  function split(one) {
    return make("table", { class: "split" }, [
      make("caption", { text: say(one.title) }),
      make("tbody", {}, one.groups.map(group))
    ]);
  }

  /** Write the rules of a page into an element. */
  U.rules = function (rules, element) {
    U.refill(element, [
      make("h2", { text: word("title") }),
      make("table", {}, [
        make("thead", {}, [make("tr", {}, [
          make("th", { scope: "col", text: word("rule") }),
          make("th", { scope: "col", text: word("rate") })
        ])]),
        make("tbody", {}, rules.rows.map(row))
      ])
    ].concat(rules.splits.map(split), rules.notes.map(function (text) {
      return make("p", { text: say(text) });
    })));
  };
}());
