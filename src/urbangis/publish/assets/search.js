/*
 * search.js: find a zone, a facility or a place by its name in Chinese, English or pinyin.
 */
(function () {
  "use strict";

  var U = window.urbangis;
  var make = U.make;
  var say = U.say;

  var WORDS = {
    zh: { search: "查找", hint: "名称、拼音或首字母", nothing: "没有找到" },
    en: { search: "Find", hint: "Name, pinyin or initials", nothing: "Nothing found" }
  };
  var MOST = 8;

  function word(key) { return U.word(key, WORDS); }

  /** Keep the search in `element`; returns how to write it in the chosen language. */
  U.search = function (site, element) {
    /**
     * Rows whose name holds the query, those that begin with it first. In pinyin, whole or by initials
     * (njs for Nanjing Shi), a query must stand at the beginning.
     */
    function matches(query) {
      var wanted = query.trim().toLowerCase();
      var latin = wanted.replace(/[\s'’-]/g, "");
      var found = [];
      if (!wanted) { return found; }
      site.layers.forEach(function (layer, order) {
        if (!layer.spec.searchable) { return; }
        var rows = layer.spec.rows;
        rows.id.forEach(function (_, row) {
          var rank = Math.min(within(rows.name, row, wanted), within(rows.name_en, row, wanted));
          if (rank > 1 && latin && rows.pinyin) { rank = spelt(rows.pinyin[row], latin); }
          if (rank < 3) { found.push({ layer: layer, row: row, rank: rank, order: order }); }
        });
      });
      found.sort(function (a, b) { return a.rank - b.rank || a.order - b.order || a.row - b.row; });
      return found.slice(0, MOST);
    }

    function within(names, row, wanted) {
      var at = names && names[row] ? names[row].toLowerCase().indexOf(wanted) : -1;
      return at < 0 ? 3 : at > 0 ? 1 : 0;
    }

    /** Compare with "nanjingshi njs". */
    function spelt(keys, wanted) {
      return keys.split(" ").some(function (key) { return key.indexOf(wanted) === 0; }) ? 2 : 3;
    }

    function begin() {
      var results = make("ul", { id: "found", role: "listbox", "aria-label": word("search"), hidden: true });
      var active = -1;
      var found = [];
      var input = make("input", {
        type: "search", id: "search", placeholder: word("hint"), "aria-label": word("search"),
        role: "combobox", "aria-controls": "found", "aria-expanded": "false", autocomplete: "off",
        "aria-autocomplete": "list"
      });

      function list() {
        found = matches(input.value);
        active = found.length ? 0 : -1;
        draw();
      }

      function draw() {
        var asked = input.value.trim() !== "";
        results.hidden = !asked;
        input.setAttribute("aria-expanded", String(asked));
        U.refill(results, found.map(function (one, number) {
          return make("li", {
            role: "option", id: "found-" + number, "aria-selected": String(number === active),
            on: { mousedown: function (event) { event.preventDefault(); choose(number); } }
          }, [one.layer.name(one.row), make("small", { text: say(one.layer.spec.name) })]);
        }).concat(asked && !found.length ? [make("li", { class: "nothing", text: word("nothing") })] : []));
        if (active >= 0) { input.setAttribute("aria-activedescendant", "found-" + active); }
      }

      function choose(number) {
        if (!found[number]) { return; }
        var one = found[number];
        input.value = one.layer.name(one.row);
        close();
        site.show(one.layer, one.row);
      }

      function close() {
        results.hidden = true;
        input.setAttribute("aria-expanded", "false");
      }

      input.addEventListener("input", list);
      input.addEventListener("blur", close);
      input.addEventListener("keydown", function (event) {
        if (event.key === "ArrowDown" || event.key === "ArrowUp") {
          event.preventDefault();
          var step = event.key === "ArrowDown" ? 1 : -1;
          active = found.length ? (active + step + found.length) % found.length : -1;
          draw();
        } else if (event.key === "Enter") {
          choose(active);
        } else if (event.key === "Escape") {
          close();
        }
      });
      U.refill(element, [input, results]);
      element.hidden = !site.layers.some(function (layer) { return layer.spec.searchable; });
    }

    return begin;
  };
}());
