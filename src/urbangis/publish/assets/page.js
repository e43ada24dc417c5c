/*
 * page.js: what stands around the map: panel, layers and legend, strip; and what is chosen.
 */
(function () {
  "use strict";

  var U = window.urbangis;
  var make = U.make;
  var say = U.say;

  var WORDS = {
    zh: {
      layers: "图层与图例", themes: "专题（单选）", overlays: "叠加", none: "不显示专题",
      notices: "使用须知", facts: "依据与来源", zoom: "放大后显示", panel: "说明与统计",
      map: "地图", made: "制图", nodata: "无数据"
    },
    en: {
      layers: "Layers and legend", themes: "Theme (choose one)", overlays: "Overlays",
      none: "No theme", notices: "Read before use", facts: "Basis and sources",
      zoom: "Zoom in to see", panel: "Notes and figures", map: "Map", made: "Made with",
      nodata: "No data"
    }
  };

  function word(key) { return U.word(key, WORDS); }

  // The one page: its map, layers and data, the elements that show it, and what is chosen. `site`
  // is what table.js, search.js and names.js see of it.
  var map, layers, page, parts, table, search, names;
  var site = { theme: null, level: null, measure: 0 };

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

  /** The overlay that shows the same places as a theme, in its own way. */
  function replacedBy(theme) {
    return theme && theme.spec.replaces ? site.layer(theme.spec.replaces) : null;
  }

  function chooseTheme(layer) {
    layers.forEach(function (other) {
      if (other.spec.kind === "theme" && other !== layer) { other.remove(); }
    });
    var back = replacedBy(site.theme), away = replacedBy(layer);
    if (back) { back.addTo(map); }
    if (away) { away.remove(); }
    site.theme = layer;
    if (layer) { layer.addTo(map); }
    switches();
    if (table) { table.draw(); }
    names();
  }

  function toggle(layer, on) {
    if (on) { layer.addTo(map); } else { layer.remove(); }
    switches();
    names();
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
    var kind = ["point " + spec.style.shape, "line", "fill"][spec.dimension];
    var items = spec.classes.map(function (one, number) {
      return make("li", {}, [U.swatch(kind, one.color, spec), layer.className(number)]);
    });
    if (spec.rows[layer.classColumn].indexOf(-1) >= 0) {
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
        type: "radio", name: "theme", id: "layer-none", checked: site.theme === null,
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

  // ---------------------------------------------------------------- Zones and moving the map

  site.layer = function (id) {
    return layers.filter(function (layer) { return layer.spec.id === id; })[0];
  };

  /** The zone layer whose rows the table shows: the visible one, or the one shown last. */
  site.zones = function () {
    var ids = page.table.levels.map(function (level) { return level.layer; });
    if (site.theme && ids.indexOf(site.theme.spec.id) >= 0) { site.level = site.theme; }
    site.level = site.level || site.layer(ids[0]);
    return site.level;
  };

  /** Count by another denominator: zones take its colours, the table its columns. */
  site.chooseMeasure = function (number) {
    site.measure = number;
    page.table.levels.forEach(function (level) {
      site.layer(level.layer).recolor("class_" + page.table.measures[number].id);
    });
    switches();
    table.draw();
  };

  function isWide() { return window.matchMedia("(min-width: 900px)").matches; }

  /** Leave room for the switches, which stand on the map where the window is wide. */
  function room() {
    return { paddingTopLeft: [24, 24], paddingBottomRight: [isWide() ? 280 : 24, 24], animate: false };
  }

  /** Show a row: its layer, the map moved to it, and its card. */
  site.show = function (layer, row) {
    if (layer.spec.kind === "theme") {
      chooseTheme(layer);
    } else if (!isShown(layer)) {
      toggle(layer, true);
    }
    var bounds = layer.boundsOf(row);
    if (bounds.isValid()) { // a row of unknown place has a card all the same
      var nearest = Math.max(15, layer.spec.style.minZoom);
      map.fitBounds(bounds.pad(0.3), L.extend(room(), { maxZoom: nearest }));
    }
    U.openCard(map, layer, row);
    // On a phone the table stands far below the map.
    if (!isWide()) { map.getContainer().scrollIntoView(); }
  };

  site.chooseTheme = chooseTheme;

  // ---------------------------------------------------------------- Start

  function build() {
    var panel = document.getElementById("panel");
    parts = {
      links: make("nav"),
      heading: make("header"),
      figures: make("dl", { class: "figures" }),
      rules: make("section", { class: "rules", hidden: !page.rules }),
      sure: make("section", { class: "rules sure", hidden: !page.sure }),
      search: make("div", { class: "search" }),
      table: make("section", { class: "zones", hidden: !page.table }),
      notices: make("details", { class: "notices", open: true }),
      facts: make("details", { class: "facts" }),
      strip: document.getElementById("strip"),
      switches: document.getElementById("switches")
    };
    U.refill(panel, [
      parts.links, parts.heading, parts.figures, parts.search, parts.table, parts.rules, parts.sure,
      parts.notices, parts.facts
    ]);
    panel.setAttribute("role", "complementary");
    table = page.table && U.table(site, parts.table);
    search = U.search(site, parts.search);
    names = U.names(site);
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
    if (page.rules) { U.rules(page.rules, parts.rules); }
    if (page.sure) { U.sure(page.sure, parts.sure); }
    search();
    if (table) { table.draw(); }
    notes();
    strip();
    switches();
    names();
    U.fillCard(map);
  }

  /** Show the whole area. Done before there are layers, so that they are drawn once. */
  U.view = function (newMap) {
    map = site.map = newMap;
    page = site.data = U.unpack("page-data");
    map.fitBounds(page.bounds, room());
  };

  U.page = function (newLayers) {
    layers = site.layers = newLayers;
    layers.forEach(function (layer, order) { layer.setZIndex(order + 1); });
    site.theme = layers.filter(function (layer) {
      return layer.spec.kind === "theme" && isShown(layer);
    })[0] || null;
    build();
    map.setMaxBounds(L.latLngBounds(page.bounds).pad(1.5));
    map.setMinZoom(Math.floor(map.getZoom()) - 2);
    U.onLanguage(tell);
    U.startLanguage(page.languages);
    if (table) { map.on("urbangis:card", table.mark); }
    map.on("moveend", names);
    map.on("zoomend", switches);
  };
}());
