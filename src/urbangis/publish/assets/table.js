/*
 * table.js: the table of zones beside the map.
 */
(function () {
  "use strict";

  var U = window.urbangis;
  var make = U.make;
  var say = U.say;

  var WORDS = {
    zh: {
      table: "分区统计", level: "级别", measure: "口径", name: "名称", rate: "覆盖率", met: "达标",
      uncovered: "未覆盖", covered: "已覆盖", total: "合计", range: "速度±10%", yes: "✓ 达标",
      no: "✗ 未达标", unit: "单位", id: "代码", csv: "下载 CSV", low: "覆盖率（低）", high: "覆盖率（高）",
      first: "仅列前 12 行，全部见 CSV"
    },
    en: {
      table: "By zone", level: "Level", measure: "Counted", name: "Name", rate: "Coverage",
      met: "Target", uncovered: "Not covered", covered: "Covered", total: "Total",
      range: "Speed ±10%", yes: "✓ met", no: "✗ below", unit: "Unit", id: "Id", csv: "Download CSV",
      low: "Coverage, low", high: "Coverage, high", first: "First 12 rows; the CSV has all"
    }
  };

  // Rows that are there at once, more than a screen shows; the others follow when all is drawn.
  var FIRST = 100;

  function word(key) { return U.word(key, WORDS); }

  /** Keep the table in `element`; returns how to draw it anew and how to mark the open row. */
  U.table = function (site, element) {
    var data = site.data.table;
    var sort = { column: "rate", ascending: true };
    var complete; // adds the rows that are not yet there

    var COLUMNS = ["name", "rate", "met", "uncovered", "covered", "total", "unsnapped", "range"];

    function tableColumns(rows, measure) {
      return COLUMNS.filter(function (column) {
        if (column === "met") { return site.measure === 0 && data.target !== null; }
        if (column === "range") { return someValue(rows[measure + "_rate_low"]); }
        if (column === "unsnapped") {
          return rows[measure + "_unsnapped"].some(function (value) { return value > 0; });
        }
        return true;
      });
    }

    function someValue(column) {
      return column && column.some(function (value) { return value !== null; });
    }

    function sortKey(layer, measure, row) {
      var rows = layer.spec.rows;
      if (sort.column === "name") { return layer.name(row); }
      return values(rows, measure, sort.column)[row];
    }

    /** The values behind a column of the table. */
    function values(rows, measure, column) {
      var ends = { met: "_rate_met", range: "_rate_low" };
      return rows[measure + (ends[column] || "_" + column)];
    }

    /** Rows in the chosen order; those without a value stand last. */
    function sortedRows(layer, measure) {
      var order = layer.spec.rows.id.map(function (_, row) { return row; });
      var sign = sort.ascending ? 1 : -1;
      return order.sort(function (one, other) {
        var a = sortKey(layer, measure, one);
        var b = sortKey(layer, measure, other);
        if (a === null || b === null) { return (a === null) - (b === null) || one - other; }
        if (typeof a === "string") { return sign * a.localeCompare(b, U.language()) || one - other; }
        return sign * (a - b) || one - other;
      });
    }

    function cell(column, layer, measure, row) {
      var rows = layer.spec.rows;
      var value = values(rows, measure, column);
      if (column === "name") {
        return make("th", { scope: "row" }, [make("button", { type: "button", text: layer.name(row) })]);
      }
      if (column === "rate") {
        var target = site.measure === 0 ? data.target : null;
        var bar = make("i", { "aria-hidden": "true", hidden: !value[row] });
        bar.style.width = 100 * (value[row] || 0) + "%";
        bar.style.backgroundColor = layer.color(row);
        return make("td", { class: "rate" }, [bar, make("span", { text: U.percent(value[row], target) })]);
      }
      if (column === "met") {
        if (value[row] === null) { return make("td", { text: "—" }); }
        return make("td", { class: value[row] ? "met" : "missed", text: word(value[row] ? "yes" : "no") });
      }
      if (column === "range") {
        var high = rows[measure + "_rate_high"][row];
        return make("td", { text: high === null ? "—" : U.percent(value[row]) + " – " + U.percent(high) });
      }
      return make("td", { text: value[row] === null ? "—" : U.groups(value[row]) });
    }

    function headCell(column) {
      var sorted = sort.column === column;
      var name = column === "unsnapped" ? say(data.unsnapped) : word(column);
      var mark = sorted ? (sort.ascending ? " ▲" : " ▼") : "";
      var note = column === "met" ? " " + "≥" + Math.round(data.target * 1000) / 10 + "%" : "";
      return make("th", {
        scope: "col", "aria-sort": sorted ? (sort.ascending ? "ascending" : "descending") : "none"
      }, [make("button", {
        type: "button", text: name + note + mark, "data-column": column,
        on: {
          click: function () {
            sort.ascending = sorted ? !sort.ascending : column === "name" || column === "rate";
            sort.column = column;
            draw();
            element.querySelector("[data-column=" + column + "]").focus();
          }
        }
      })]);
    }

    function choice(name, key, options, current, change) {
      if (options.length < 2) { return null; }
      return make("label", {}, [make("span", { text: name }), make("select", {
        "data-choice": key,
        on: {
          change: function (event) {
            change(Number(event.target.value));
            element.querySelector("[data-choice=" + key + "]").focus();
          }
        }
      }, options.map(function (option, number) {
        return make("option", { value: String(number), text: option, selected: number === current });
      }))]);
    }

    function tableChoices(layer) {
      var levels = data.levels;
      var current = levels.map(function (level) { return level.layer; }).indexOf(layer.spec.id);
      return make("div", { class: "choices" }, [
        choice(word("level"), "level", levels.map(function (level) { return say(level.name); }), current,
          function (number) { site.chooseTheme(site.layer(levels[number].layer)); }),
        choice(word("measure"), "measure",
          data.measures.map(function (one) { return say(one.name); }), site.measure, site.chooseMeasure),
        make("button", { type: "button", class: "csv", text: word("csv"), on: { click: save } })
      ]);
    }

    /** Hand over the table as it stands, in its order, with full figures. */
    function save() {
      var layer = site.zones();
      var measure = data.measures[site.measure];
      var rows = layer.spec.rows;
      var columns = ["total", "covered", "uncovered", "unsnapped", "rate", "low", "high"];
      if (site.measure === 0 && data.target !== null) { columns.push("met"); }
      var ends = { low: "rate_low", high: "rate_high", met: "rate_met" };
      var lines = sortedRows(layer, measure.id).map(function (row) {
        return [rows.id[row], layer.name(row)].concat(columns.map(function (column) {
          var values = rows[measure.id + "_" + (ends[column] || column)];
          var value = values ? values[row] : null;
          return column === "met" && value !== null ? word(value ? "yes" : "no") : value;
        }));
      });
      var unit = " (" + say(measure.unit) + ")";
      var head = [word("id"), word("name")].concat(columns.map(function (column, number) {
        return (column === "unsnapped" ? say(data.unsnapped) : word(column)) + (number < 4 ? unit : "");
      }));
      U.download(say(site.data.title) + "-" + layer.spec.id + ".csv", U.csv([head].concat(lines)));
    }

    function draw() {
      var layer = site.zones();
      var measure = data.measures[site.measure];
      var columns = tableColumns(layer.spec.rows, measure.id);
      var order = sortedRows(layer, measure.id);
      var body = make("tbody", { on: { click: rowClicked } });

      /** Add rows up to a number of them. */
      function fill(end) {
        var open = site.map.urbangisCard;
        order.slice(body.rows.length, end).forEach(function (row) {
          var on = open && site.inTable(open.layer) && open.row === row;
          body.appendChild(make("tr", { class: on ? "on" : null, "data-row": row }, columns.map(function (column) {
            return cell(column, layer, measure.id, row);
          })));
        });
      }

      fill(FIRST);
      complete = function () { fill(order.length); };
      window.setTimeout(complete);
      U.refill(element, [
        make("h2", {}, [
          word("table"), make("small", { text: word("unit") + " " + say(measure.unit) })
        ]),
        tableChoices(layer),
        make("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": word("table") }, [
          make("table", {}, [
            make("thead", {}, [make("tr", {}, columns.map(headCell))]),
            body
          ])
        ]),
        order.length > 12 ? make("p", { class: "first", text: word("first") }) : null
      ]);
    }

    function rowClicked(event) {
      var line = event.target.closest("tr");
      if (line) { site.show(site.shownZones(), Number(line.getAttribute("data-row"))); }
    }

    /** Scroll the table, not the page, until a line is seen. */
    function intoView(line) {
      var frame = element.querySelector(".scroll");
      var head = element.querySelector("thead").offsetHeight;
      var above = line.offsetTop - head - frame.scrollTop;
      var below = line.offsetTop + line.offsetHeight - frame.scrollTop - frame.clientHeight;
      if (above < 0) { frame.scrollTop += above; } else if (below > 0) { frame.scrollTop += below; }
    }

    function markRow(event) {
      complete();
      element.querySelectorAll("tbody tr").forEach(function (line) {
        var on = event.layer && site.inTable(event.layer)
          && Number(line.getAttribute("data-row")) === event.row;
        line.classList.toggle("on", Boolean(on));
        if (on) { intoView(line); }
      });
    }

    return { draw: draw, mark: markRow };
  };
}());
