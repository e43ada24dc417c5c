/*
 * page.js: what stands around the map, panel and strip; and what is chosen.
 */
(function () {
  "use strict";

  var U = window.urbangis;
  var make = U.make;
  var say = U.say;

  var WORDS = {
    zh: {
      notices: "使用须知", facts: "依据与来源", panel: "说明与统计", map: "地图", side: "图例与详情", made: "制图",
      downloads: "数据与图件下载", copy: "复制链接", copied: "已复制", print: "打印"
    },
    en: {
      notices: "Read before use", facts: "Basis and sources", panel: "Notes and figures",
      map: "Map", side: "Legend and details", made: "Made with", downloads: "Downloads", copy: "Copy link", copied: "Copied", print: "Print"
    }
  };

  function word(key) { return U.word(key, WORDS); }

  // The one page: its map, layers and data, the elements that show it, and what is chosen. `site`
  // is what the other scripts see of it.
  var map, layers, page, parts, table, search, names, switches;
  var site = { theme: null, swipe: null, level: null, measure: 0 };

  // ---------------------------------------------------------------- Panel

  function links() {
    var items = page.links.filter(isPage).map(linkTo);
    var button = page.languages.length > 1 ? make("button", {
      type: "button", class: "language", text: U.word("language"),
      lang: U.language() === "zh" ? "en" : "zh-CN", on: { click: U.switchLanguage }
    }) : null;
    U.refill(parts.links, items.concat([button]));
    U.carryLanguage(parts.links);
  }

  function isPage(link) { return /\.html$/.test(link.href.split("#")[0]); }

  function linkTo(link) { return make("a", { href: link.href, download: link.download, text: say(link.label) }); }

  /** Files stand apart from the ways to other pages, so that many of them do not bury the title. */
  function downloads() {
    var files = page.links.filter(function (link) { return !isPage(link); });
    U.refill(parts.downloads, [
      make("summary", { text: word("downloads") + " · " + files.length }),
      make("ul", {}, files.map(function (link) { return make("li", {}, [linkTo(link)]); }))
    ]);
    parts.downloads.hidden = !files.length;
  }

  function tools() {
    var copy = make("button", { type: "button", class: "copy", text: word("copy"), on: { click: copyLink } });
    var print = make("button", {
      type: "button", text: word("print"), on: { click: function () { window.print(); } }
    });
    U.refill(parts.tools, [copy, print]);
  }

  function copyLink(event) {
    var field = make("input", { value: window.location.href, "aria-hidden": "true" });
    document.body.appendChild(field);
    field.select();
    document.execCommand("copy"); // the newer way is closed to pages from a disk
    field.remove();
    event.target.textContent = word("copied");
    event.target.focus();
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
      [page.credit ? make("span", { text: say(page.credit) }) : null],
      [make("span", { class: "credit", text: word("made") + " urbangis · folium · Leaflet" })]
    ));
  }

  // ---------------------------------------------------------------- Zones and moving the map

  site.layer = function (id) {
    return layers.filter(function (layer) { return layer.spec.id === id; })[0];
  };

  /** The zone layer whose rows the table shows: that of the theme's level, or of the last one. */
  site.zones = function () {
    var level = levelOf(site.theme);
    site.level = level ? site.layer(level.layer) : site.level || site.layer(page.table.levels[0].layer);
    return site.level;
  };

  /** The layer on the map with the rows of the table, however it is coloured. */
  site.shownZones = function () { return levelOf(site.theme) ? site.theme : site.zones(); };

  /** Whether a layer has the rows of the table. */
  site.inTable = function (layer) {
    var level = levelOf(layer);
    return Boolean(level) && level.layer === site.zones().spec.id;
  };

  function levelOf(layer) {
    return layer && page.table.levels.filter(function (level) {
      return level.layer === layer.spec.id || level.others.indexOf(layer.spec.id) >= 0;
    })[0];
  }

  /** Count by another denominator: zones take its colours, the table its columns. */
  site.chooseMeasure = function (number) {
    site.measure = number;
    page.table.levels.forEach(function (level) {
      site.layer(level.layer).recolor("class_" + page.table.measures[number].id);
    });
    changed();
  };

  function isWide() { return window.matchMedia("(min-width: 900px)").matches; }

  /** Leave room for the switches, which stand on the map where the window is wide. */
  function room() {
    return { paddingTopLeft: [24, 24], paddingBottomRight: [isWide() ? 280 : 24, 24], animate: false };
  }

  /** Show a row: its layer, the map moved to it, and its card. */
  site.show = function (layer, row) {
    if (layer.spec.kind === "theme") {
      if (site.theme !== layer) { site.chooseTheme(layer); }
    } else if (!map.hasLayer(layer)) {
      site.toggle(layer, true);
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

  /** Write all that depends on what is shown. */
  function changed() {
    switches();
    if (table) { table.draw(); }
    names();
    U.saveLink();
  }

  // ---------------------------------------------------------------- Start

  function build() {
    var panel = document.getElementById("panel");
    parts = {
      links: make("nav"),
      heading: make("div", { class: "heading" }),
      figures: make("dl", { class: "figures" }),
      tools: make("div", { class: "tools" }),
      rules: make("section", { class: "rules", hidden: !page.rules }),
      sure: make("section", { class: "rules sure", hidden: !page.sure }),
      charts: make("section", { class: "rules charts", hidden: !page.charts.length }),
      search: make("div", { class: "search" }),
      table: make("section", { class: "zones", hidden: !page.table }),
      downloads: make("details", { class: "downloads" }),
      notices: make("details", { class: "notices", open: true }),
      facts: make("details", { class: "facts" }),
      strip: document.getElementById("strip"),
      switches: document.getElementById("switches")
    };
    U.refill(panel, [
      parts.links, parts.heading, parts.figures, parts.tools, parts.search, parts.table, parts.charts, parts.rules,
      parts.sure, parts.downloads, parts.notices, parts.facts
    ]);
    panel.setAttribute("role", "complementary");
    table = page.table && U.table(site, parts.table);
    search = U.search(site, parts.search);
    names = U.names(site);
    switches = U.switches(site, parts.switches, changed);
    L.control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
  }

  /** Say everything in the chosen language. */
  function tell() {
    document.getElementById("panel").setAttribute("aria-label", word("panel"));
    document.getElementById("map-area").setAttribute("aria-label", word("map"));
    document.getElementById("side").setAttribute("aria-label", word("side"));
    if (map.urbangisZoom) { map.urbangisZoom.remove(); }
    map.urbangisZoom = L.control.zoom({
      zoomInTitle: U.word("zoomIn"), zoomOutTitle: U.word("zoomOut")
    }).addTo(map);
    links();
    heading();
    figures();
    tools();
    if (page.rules) { U.rules(page.rules, parts.rules); }
    if (page.charts.length) { U.charts(page.charts, parts.charts); }
    if (page.sure) { U.sure(page.sure, parts.sure); }
    search();
    if (table) { table.draw(); }
    downloads();
    notes();
    strip();
    switches();
    names();
    U.fillCard(map);
  }

  /** Choose what the address asks for; what it does not name, or nobody has, stays as it is. */
  function restore() {
    var asked = U.readLink();
    var view = U.linkedView();
    if (view) { map.setView([view.lat, view.lng], view.zoom, { animate: false }); }
    var swipe = page.swipes.filter(function (one) { return one.left + "/" + one.right === asked.swipe; })[0];
    if (swipe) {
      site.chooseSwipe(swipe);
    } else if (asked.theme) {
      var theme = site.layer(asked.theme);
      if (asked.theme === "none") { site.chooseTheme(null); }
      if (theme && theme.spec.kind === "theme") { site.chooseTheme(theme); }
    }
    (asked.turned || "").split(",").map(site.layer).forEach(function (layer) {
      if (layer && layer.spec.kind === "overlay") { site.toggle(layer, !layer.atFirst); }
    });
    var at = (asked.row || "").indexOf("/");
    var layer = at > 0 && site.layer(asked.row.slice(0, at));
    var row = layer ? layer.spec.rows.id.map(String).indexOf(asked.row.slice(at + 1)) : -1;
    if (row >= 0) { U.openCard(map, layer, row); }
  }

  /** Show the whole area, or what the address asks for. Before there are layers: they are drawn once. */
  U.view = function (newMap) {
    map = site.map = newMap;
    page = site.data = U.unpack("page-data");
    if (page.basemap) { U.basemap(map, page.basemap); }
    var view = U.linkedView();
    if (view) {
      map.setView([view.lat, view.lng], view.zoom, { animate: false });
    } else {
      map.fitBounds(page.bounds, room());
    }
  };

  U.page = function (newLayers) {
    layers = site.layers = newLayers;
    layers.forEach(function (layer, order) {
      layer.setZIndex(order + 1);
      layer.atFirst = map.hasLayer(layer);
    });
    site.theme = layers.filter(function (layer) {
      return layer.spec.kind === "theme" && map.hasLayer(layer);
    })[0] || null;
    U.saveLink = function () {}; // until all is as the address asks
    build();
    map.setMaxBounds(L.latLngBounds(page.bounds).pad(1.5));
    map.setMinZoom(Math.floor(map.getBoundsZoom(page.bounds)) - 2);
    U.onLanguage(tell);
    U.startLanguage(page.languages);
    if (table) { map.on("urbangis:card", table.mark); }
    restore();
    U.saveLink = function () { U.writeLink(site); };
    map.on("urbangis:card", function () { U.saveLink(); });
    map.on("moveend", function () { names(); U.saveLink(); });
    map.on("zoomend", switches);
    window.addEventListener("hashchange", function () {
      U.startLanguage(page.languages);
      restore();
    });
    U.paper(map);
  };
}());
