/*
 * page.js: everything around the map: panel, figures, table, search, layers and legend, strip.
 */
(function () {
  "use strict";

  var U = window.urbangis;
  var make = U.make;
  var say = U.say;

  var WORDS = {
    zh: {
      layers: "图层与图例", themes: "专题（单选）", overlays: "叠加", none: "不显示专题",
      search: "查找", hint: "输入区划、设施或居民点名称", nothing: "没有找到",
      table: "分区统计", level: "级别", measure: "口径", name: "名称", rate: "覆盖率", met: "达标",
      uncovered: "未覆盖", covered: "已覆盖", total: "合计", unsnapped: "未接入",
      range: "速度±10%", yes: "✓ 达标", no: "✗ 未达标", target: "目标",
      notices: "使用须知", facts: "依据与来源", zoom: "放大后显示", panel: "说明与统计",
      map: "地图", made: "制图", nodata: "无数据", unit: "单位"
    },
    en: {
      layers: "Layers and legend", themes: "Theme (choose one)", overlays: "Overlays",
      none: "No theme", search: "Find", hint: "Name of a zone, facility or place",
      nothing: "Nothing found", table: "By zone", level: "Level", measure: "Counted",
      name: "Name", rate: "Coverage", met: "Target", uncovered: "Not covered",
      covered: "Covered", total: "Total", unsnapped: "Off network", range: "Speed ±10%",
      yes: "✓ met", no: "✗ below", target: "Target", notices: "Read before use",
      facts: "Basis and sources", zoom: "Zoom in to see", panel: "Notes and figures",
      map: "Map", made: "Made with", nodata: "No data", unit: "Unit"
    }
  };

  function word(key) { return U.word(key, WORDS); }

  // The state of the one page: what is chosen, and the elements that show it.
  var map, layers, page, parts;
  var chosen = { theme: null, measure: 0, sort: "rate", ascending: true };

  // ---------------------------------------------------------------- Panel

  function links() {
    var items = page.links.map(function (link) {
      return make("a", { href: link.href, text: say(link.label) });
    });
    var button = page.languages.length > 1 ? make("button", {
      type: "button", class: "language", text: U.word("language"),
      lang: U.language() === "zh" ? "en" : "zh-CN", on: { click: U.switchLanguage }
    }) : null;
    U.refill(parts.links, items.concat([button]));
    U.carryLanguage(parts.links);
  }

  function heading() {
    document.title = say(page.title) + " · " + say(page.subtitle);
    U.refill(parts.heading, [
      make("p", { class: "subtitle", text: say(page.subtitle) }),
      make("h1", { text: say(page.title) })
    ].concat(page.cautions.map(function (caution) {
      return make("p", { class: "caution", text: "⚠ " + say(caution) });
    })));
  }

  function figures() {
    U.refill(parts.figures, page.figures.map(function (figure, number) {
      return make("div", { class: "figure " + figure.tone + (number === 0 ? " first" : "") }, [
        make("dt", { text: say(figure.label) }),
        make("dd", {}, [
          make("strong", { text: say(figure.value) }),
          figure.note ? make("span", { text: say(figure.note) }) : null
        ])
      ]);
    }));
    parts.figures.hidden = !page.figures.length;
  }

  function notes() {
    U.refill(parts.notices, [
      make("summary", { text: word("notices") + " · " + page.notices.length })
    ].concat(page.notices.map(function (notice) {
      var sign = notice.severity === "warning" ? "⚠ " : "· ";
      return make("p", { class: notice.severity, text: sign + say(notice.message) });
    })));
    parts.notices.hidden = !page.notices.length;
    var lines = [];
    page.facts.forEach(function (fact) {
      lines.push(make("dt", { text: say(fact.label) }), make("dd", { text: say(fact.value) }));
    });
    U.refill(parts.facts, [make("summary", { text: word("facts") }), make("dl", {}, lines)]);
  }

  function strip() {
    var brief = page.facts.filter(function (fact) { return fact.brief; });
    U.refill(parts.strip, [make("strong", { text: say(page.review) })].concat(
      brief.map(function (fact) {
        return make("span", {}, [make("b", { text: say(fact.label) + " " }), say(fact.value)]);
      }),
      [make("span", { class: "credit", text: word("made") + " urbangis · folium · Leaflet" })]
    ));
  }

  // ---------------------------------------------------------------- Layers and legend

  function isShown(layer) { return map.hasLayer(layer); }

  /** Put the visible layers on the canvas in their order, whatever was switched on last. */
  function arrange() {
    layers.forEach(function (layer) {
      if (isShown(layer)) { layer.bringToFront(); }
    });
  }

  function chooseTheme(layer) {
    layers.forEach(function (other) {
      if (other.spec.kind === "theme" && other !== layer) { other.remove(); }
    });
    chosen.theme = layer;
    if (layer) { layer.addTo(map); }
    switches();
    table();
    label();
  }

  function toggle(layer, on) {
    if (on) { layer.addTo(map); } else { layer.remove(); }
    switches();
    label();
  }

  function sampleOf(layer) {
    var spec = layer.spec;
    var kind = ["point " + spec.style.shape, "line", "fill"][spec.dimension];
    if (spec.dimension === 2 && !spec.style.fillOpacity) { kind = "fill hollow"; }
    var line = spec.dimension === 1;
    return U.swatch(kind, line ? spec.style.color : layer.color(0), spec);
  }

  function legend(layer) {
    var spec = layer.spec;
    var rows = spec.rows[layer.classColumn];
    var kind = ["point " + spec.style.shape, "line", "fill"][spec.dimension];
    var target = page.table && spec.id.indexOf("zones-") === 0 && chosen.measure > 0;
    var items = spec.classes.map(function (one) {
      var name = say(one.label);
      return make("li", {}, [
        U.swatch(kind, one.color, spec),
        target ? name.replace(/ ✓.*/, "") : name
      ]);
    });
    if (rows.indexOf(-1) >= 0) {
      items.push(make("li", {}, [U.swatch(kind, U.NO_DATA, spec), word("nodata")]));
    }
    return make("ul", { class: "legend" }, items);
  }

  function switchLine(layer, number) {
    var spec = layer.spec;
    var theme = spec.kind === "theme";
    var shown = isShown(layer);
    var id = "layer-" + number;
    var input = make("input", {
      type: theme ? "radio" : "checkbox", name: theme ? "theme" : id, id: id, checked: shown,
      on: {
        change: function (event) {
          if (theme) { chooseTheme(layer); } else { toggle(layer, event.target.checked); }
          document.getElementById(id).focus();
        }
      }
    });
    var far = shown && map.getZoom() < spec.style.minZoom;
    return make("div", { class: "switch" }, [
      make("label", { for: id }, [
        input, spec.classes.length ? null : sampleOf(layer), make("span", { text: say(spec.name) }),
        U.badge(spec)
      ]),
      far ? make("p", { class: "far", text: word("zoom") }) : null,
      shown && spec.classes.length ? legend(layer) : null
    ]);
  }

  function noTheme() {
    return make("div", { class: "switch" }, [make("label", { for: "layer-none" }, [
      make("input", {
        type: "radio", name: "theme", id: "layer-none", checked: chosen.theme === null,
        on: {
          change: function () {
            chooseTheme(null);
            document.getElementById("layer-none").focus();
          }
        }
      }),
      make("span", { text: word("none") })
    ])]);
  }

  function switches() {
    var groups = { theme: [], overlay: [] };
    layers.forEach(function (layer, number) {
      groups[layer.spec.kind].push(switchLine(layer, number));
    });
    // The uppermost overlay stands first, as on the map.
    groups.overlay.reverse();
    if (groups.theme.length) { groups.theme.push(noTheme()); }
    var open = !parts.switches.firstChild || parts.switches.firstChild.open;
    U.refill(parts.switches, [make("details", { open: open }, [
      make("summary", { text: word("layers") }),
      groups.theme.length ? group(word("themes"), groups.theme) : null,
      groups.overlay.length ? group(word("overlays"), groups.overlay) : null
    ])]);
  }

  function group(name, lines) {
    return make("fieldset", {}, [make("legend", { text: name })].concat(lines));
  }

  // ---------------------------------------------------------------- Table

  var COLUMNS = ["name", "rate", "met", "uncovered", "covered", "total", "unsnapped", "range"];

  function layerOf(id) {
    return layers.filter(function (layer) { return layer.spec.id === id; })[0];
  }

  /** The zone layer whose rows the table shows: the visible one, or the one shown last. */
  function tableLayer() {
    var ids = page.table.levels.map(function (level) { return level.layer; });
    if (chosen.theme && ids.indexOf(chosen.theme.spec.id) >= 0) { chosen.level = chosen.theme; }
    chosen.level = chosen.level || layerOf(ids[0]);
    return chosen.level;
  }

  function tableColumns(rows, measure) {
    return COLUMNS.filter(function (column) {
      if (column === "met") { return chosen.measure === 0 && page.table.target !== null; }
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
    if (chosen.sort === "name") { return layer.name(row); }
    return values(rows, measure, chosen.sort)[row];
  }

  /** The values behind a column of the table. */
  function values(rows, measure, column) {
    var ends = { met: "_rate_met", range: "_rate_low" };
    return rows[measure + (ends[column] || "_" + column)];
  }

  /** Rows in the chosen order; those without a value stand last. */
  function sortedRows(layer, measure) {
    var order = layer.spec.rows.id.map(function (_, row) { return row; });
    var sign = chosen.ascending ? 1 : -1;
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
      var target = chosen.measure === 0 ? page.table.target : null;
      var bar = make("i", { "aria-hidden": "true" });
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
    var sorted = chosen.sort === column;
    var mark = sorted ? (chosen.ascending ? " ▲" : " ▼") : "";
    var note = column === "met" ? " " + "≥" + Math.round(page.table.target * 1000) / 10 + "%" : "";
    return make("th", {
      scope: "col", "aria-sort": sorted ? (chosen.ascending ? "ascending" : "descending") : "none"
    }, [make("button", {
      type: "button", text: word(column) + note + mark, "data-column": column,
      on: {
        click: function () {
          chosen.ascending = sorted ? !chosen.ascending : column === "name" || column === "rate";
          chosen.sort = column;
          table();
          parts.table.querySelector("[data-column=" + column + "]").focus();
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
          parts.table.querySelector("[data-choice=" + key + "]").focus();
        }
      }
    }, options.map(function (option, number) {
      return make("option", { value: String(number), text: option, selected: number === current });
    }))]);
  }

  function tableChoices(layer) {
    var levels = page.table.levels;
    var current = levels.map(function (level) { return level.layer; }).indexOf(layer.spec.id);
    return make("div", { class: "choices" }, [
      choice(word("level"), "level", levels.map(function (level) { return say(level.name); }), current,
        function (number) { chooseTheme(layerOf(levels[number].layer)); }),
      choice(word("measure"), "measure",
        page.table.measures.map(function (one) { return say(one.name); }), chosen.measure, chooseMeasure),
      make("span", { text: word("unit") + " " + say(page.table.measures[chosen.measure].unit) })
    ]);
  }

  function chooseMeasure(number) {
    chosen.measure = number;
    page.table.levels.forEach(function (level) {
      layerOf(level.layer).recolor("class_" + page.table.measures[number].id);
    });
    switches();
    table();
  }

  function table() {
    parts.table.hidden = !page.table;
    if (!page.table) { return; }
    var layer = tableLayer();
    var measure = page.table.measures[chosen.measure];
    var columns = tableColumns(layer.spec.rows, measure.id);
    var open = map.urbangisCard;
    var body = sortedRows(layer, measure.id).map(function (row) {
      var on = open && open.layer === layer && open.row === row;
      return make("tr", { class: on ? "on" : null, "data-row": row }, columns.map(function (column) {
        return cell(column, layer, measure.id, row);
      }));
    });
    U.refill(parts.table, [
      make("h2", { text: word("table") }),
      tableChoices(layer),
      make("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": word("table") }, [
        make("table", {}, [
          make("thead", {}, [make("tr", {}, columns.map(headCell))]),
          make("tbody", { on: { click: rowClicked } }, body)
        ])
      ])
    ]);
  }

  function rowClicked(event) {
    var line = event.target.closest("tr");
    if (line) { show(tableLayer(), Number(line.getAttribute("data-row"))); }
  }

  function markRow(event) {
    parts.table.querySelectorAll("tbody tr").forEach(function (line) {
      var on = event.layer && event.layer === chosen.level
        && Number(line.getAttribute("data-row")) === event.row;
      line.classList.toggle("on", Boolean(on));
    });
  }

  // ---------------------------------------------------------------- Finding and showing

  /** Leave room for the switches, which stand on the map where the window is wide. */
  function room() {
    var wide = window.matchMedia("(min-width: 900px)").matches;
    return { paddingTopLeft: [24, 24], paddingBottomRight: [wide ? 270 : 24, 24], animate: false };
  }

  /** Show a row: its layer, the map moved to it, and its card. */
  function show(layer, row) {
    if (layer.spec.kind === "theme") { chooseTheme(layer); } else if (!isShown(layer)) { toggle(layer, true); }
    if (!layer.paths[row].length) { return; }
    var bounds = layer.boundsOf(row);
    map.fitBounds(bounds.pad(0.3), L.extend(room(), { maxZoom: Math.max(15, layer.spec.style.minZoom) }));
    U.openCard(map, layer, row, bounds.getCenter());
  }

  function matches(query) {
    var wanted = query.trim().toLowerCase();
    var found = [];
    if (!wanted) { return found; }
    layers.forEach(function (layer, order) {
      if (!layer.spec.searchable) { return; }
      var rows = layer.spec.rows;
      rows.id.forEach(function (_, row) {
        var names = [rows.name ? rows.name[row] : "", rows.name_en ? rows.name_en[row] : ""];
        var place = names.map(function (name) { return (name || "").toLowerCase().indexOf(wanted); })
          .filter(function (at) { return at >= 0; });
        if (place.length) {
          found.push({ layer: layer, row: row, rank: Math.min.apply(null, place) > 0 ? 1 : 0, order: order });
        }
      });
    });
    found.sort(function (a, b) { return a.rank - b.rank || a.order - b.order || a.row - b.row; });
    return found.slice(0, 8);
  }

  function search() {
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
      show(one.layer, one.row);
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
    U.refill(parts.search, [input, results]);
    parts.search.hidden = !layers.some(function (layer) { return layer.spec.searchable; });
  }

  // ---------------------------------------------------------------- Names on the map

  /** Write the names of zones where they fit and touch nothing, the largest zones first. */
  function label() {
    var pane = map.getPane("names");
    var taken = marksInView();
    pane.textContent = "";
    namesInView().forEach(function (one) {
      var wide = /[^\x00-\x7f]/.test(one.name) ? 12.5 : 6.8;
      var half = { x: one.name.length * wide / 2 + 2, y: 9 };
      if (one.width < half.x * 1.4) { return; }
      var centre = map.latLngToContainerPoint(one.at);
      var free = LABEL_SHIFTS.map(function (shift) { return centre.add([0, shift]); })
        .filter(function (at) { return fits(at, half, taken); })[0];
      if (!free) { return; }
      taken.push({ x: free.x, y: free.y, half: half });
      var element = make("span", { text: one.name });
      L.DomUtil.setPosition(element, map.containerPointToLayerPoint(free).round());
      pane.appendChild(element);
    });
  }

  var LABEL_SHIFTS = [0, 16, -16, 32, -32];

  function fits(at, half, taken) {
    return map.getSize().contains(at) && at.x > 0 && at.y > 0 && !taken.some(function (other) {
      return Math.abs(at.x - other.x) < half.x + other.half.x
        && Math.abs(at.y - other.y) < half.y + other.half.y;
    });
  }

  /** Points that are drawn large enough to be read; names keep clear of them. */
  function marksInView() {
    var found = [];
    layers.forEach(function (layer) {
      if (layer.spec.dimension !== 0 || !isShown(layer)) { return; }
      layer.eachLayer(function (mark) {
        var radius = mark.getRadius();
        if (radius < 3) { return; }
        var at = map.latLngToContainerPoint(mark.getLatLng());
        found.push({ x: at.x, y: at.y, half: { x: radius, y: radius - 2 } });
      });
    });
    return found;
  }

  /** Names of the labelled layers that are visible, and of the table's zones in any case. */
  function namesInView() {
    var found = [];
    var zones = page.table ? tableLayer() : null;
    layers.forEach(function (layer) {
      if (!layer.spec.anchors || !(isShown(layer) || layer === zones)) { return; }
      layer.spec.anchors.forEach(function (anchor, row) {
        var name = layer.name(row);
        if (!name || !layer.paths[row].length) { return; }
        var bounds = layer.boundsOf(row);
        var width = map.latLngToLayerPoint(bounds.getNorthEast()).x
          - map.latLngToLayerPoint(bounds.getSouthWest()).x;
        found.push({ name: name, at: L.latLng(anchor[1] / 1e6, anchor[0] / 1e6), width: width });
      });
    });
    return found.sort(function (a, b) { return b.width - a.width; });
  }

  // ---------------------------------------------------------------- Start

  function build() {
    var panel = document.getElementById("panel");
    parts = {
      links: make("nav"),
      heading: make("header"),
      figures: make("dl", { class: "figures" }),
      search: make("div", { class: "search" }),
      table: make("section", { class: "zones" }),
      notices: make("details", { class: "notices", open: true }),
      facts: make("details", { class: "facts" }),
      strip: document.getElementById("strip"),
      switches: document.getElementById("switches")
    };
    U.refill(panel, [
      parts.links, parts.heading, parts.figures, parts.search, parts.table, parts.notices, parts.facts
    ]);
    panel.setAttribute("role", "complementary");
    map.createPane("names");
    L.control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
  }

  /** Say everything in the chosen language. */
  function tell() {
    document.getElementById("panel").setAttribute("aria-label", word("panel"));
    document.getElementById("map-area").setAttribute("aria-label", word("map"));
    if (map.urbangisZoom) { map.urbangisZoom.remove(); }
    map.urbangisZoom = L.control.zoom({
      zoomInTitle: U.word("zoomIn"), zoomOutTitle: U.word("zoomOut")
    }).addTo(map);
    links();
    heading();
    figures();
    search();
    table();
    notes();
    strip();
    switches();
    label();
    var open = map.urbangisCard;
    if (open) {
      open.popup.setContent(U.card(open.layer, open.row));
      U.nameCloseButton(open.popup);
    }
  }

  U.page = function (newMap, newLayers) {
    map = newMap;
    layers = newLayers;
    page = U.readData("page-data");
    chosen.theme = layers.filter(function (layer) {
      return layer.spec.kind === "theme" && isShown(layer);
    })[0] || null;
    build();
    map.fitBounds(page.bounds, room());
    map.setMaxBounds(L.latLngBounds(page.bounds).pad(1.5));
    map.setMinZoom(Math.floor(map.getZoom()) - 2);
    U.onLanguage(tell);
    U.startLanguage(page.languages);
    map.on("urbangis:drawn", arrange);
    map.on("urbangis:card", markRow);
    map.on("moveend", label);
    map.on("zoomend", switches);
    arrange();
  };
}());
