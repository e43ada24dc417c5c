/*
 * urbangis.js: languages, numbers, layers and cards of the published maps.
 *
 * Written for file:// and old browsers: one classic script, no modules, no requests, no workers.
 * Names and other data are only ever put into the page as text, never as HTML.
 */
(function () {
  "use strict";

  // ---------------------------------------------------------------- Language

  var WORDS = {
    zh: {
      language: "English", zoomIn: "放大", zoomOut: "缩小", close: "关闭",
      minutes: "分钟", metres: "米",
      target: "目标", met: "✓ 达标", missed: "✗ 未达标", nodata: "无数据", dash: "—"
    },
    en: {
      language: "中文", zoomIn: "Zoom in", zoomOut: "Zoom out", close: "Close",
      minutes: "min", metres: "m",
      target: "Target", met: "✓ target met", missed: "✗ below target", nodata: "No data", dash: "—"
    }
  };
  var language = "zh";
  var listeners = [];

  /** Return a text {zh, en} in the chosen language. */
  function say(text) {
    return text ? text[language] || text.zh : "";
  }

  /** Return a fixed word of the interface; `own` are the words of the calling script. */
  function word(key, own) {
    return (own || WORDS)[language][key];
  }

  function setLanguage(next) {
    language = next === "en" ? "en" : "zh";
    document.documentElement.lang = language === "en" ? "en" : "zh-CN";
    listeners.forEach(function (listener) { listener(language); });
  }

  /** Choose the language that the address asks for (#lang=en), if the page has it. */
  function startLanguage(offered) {
    var asked = /lang=(zh|en)/.exec(window.location.hash);
    setLanguage(asked && offered.indexOf(asked[1]) >= 0 ? asked[1] : offered[0]);
  }

  /** Switch to the other language, and keep it in the address and in links to other pages. */
  function switchLanguage() {
    setLanguage(language === "zh" ? "en" : "zh");
    window.location.replace("#lang=" + language);
    carryLanguage(document);
  }

  /** Let every link to a page of this site open in the chosen language. */
  function carryLanguage(root) {
    root.querySelectorAll("a[href]").forEach(function (link) {
      var target = link.getAttribute("href").split("#")[0];
      if (/\.html$/.test(target)) { link.setAttribute("href", target + "#lang=" + language); }
    });
  }

  /** Start a page of plain text: both languages stand in it, the style sheet shows one. */
  function site() {
    var page = readData("page-data");
    var button = document.querySelector("button.language");
    if (button) { button.addEventListener("click", switchLanguage); }
    listeners.push(function () {
      document.title = say(page.title);
      if (button) { button.textContent = word("language"); }
    });
    startLanguage(page.languages);
    carryLanguage(document);
  }

  // ---------------------------------------------------------------- Elements

  /**
   * Make an element. Keys of `options`: text, class, on (events), and attributes. Children are
   * elements or texts; null children are left out.
   */
  function make(name, options, children) {
    var element = document.createElement(name);
    Object.keys(options || {}).forEach(function (key) {
      var value = options[key];
      if (value === null || value === undefined || value === false) { return; }
      if (key === "text") {
        element.textContent = value;
      } else if (key === "on") {
        Object.keys(value).forEach(function (event) {
          element.addEventListener(event, value[event]);
        });
      } else {
        element.setAttribute(key, value === true ? "" : value);
      }
    });
    (children || []).forEach(function (child) {
      if (child) {
        element.appendChild(typeof child === "string" ? document.createTextNode(child) : child);
      }
    });
    return element;
  }

  function refill(element, children) {
    element.textContent = "";
    children.forEach(function (child) { if (child) { element.appendChild(child); } });
  }

  function readData(id) {
    return JSON.parse(document.getElementById(id).textContent);
  }

  // ---------------------------------------------------------------- Numbers

  var GROUPS = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
  var ONE_DECIMAL = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

  /** Write a rate with one decimal, never rounded up to all or to a target that it misses. */
  function percent(rate, target) {
    if (rate === null || rate === undefined) { return word("dash"); }
    var tenths = Math.round(rate * 1000);
    [target, 1].forEach(function (limit) {
      if (typeof limit === "number" && rate < limit && tenths >= Math.round(limit * 1e9) / 1e6) {
        tenths = Math.floor(rate * 1000);
      }
    });
    return (tenths / 10).toFixed(1) + "%";
  }

  function withUnit(number, unit) {
    return unit ? number + " " + unit : number;
  }

  /** Write one value of a row as its field asks; an empty text means that there is none. */
  function valueText(field, rows, row) {
    var column = field.column;
    if (field.format === "range") {
      var low = rows[column + "_low"][row];
      var high = rows[column + "_high"][row];
      return low === null || high === null ? "" : percent(low) + " – " + percent(high);
    }
    var value = rows[column] ? rows[column][row] : null;
    if (field.format === "text" && language === "en" && rows[column + "_en"]) {
      value = rows[column + "_en"][row] || value;
    }
    if (value === null || value === "") { return say(field.missing); }
    switch (field.format) {
      case "rate": return percent(value, field.target);
      case "number": return withUnit(GROUPS.format(value), say(field.unit));
      case "minutes": return ONE_DECIMAL.format(value) + " " + word("minutes");
      case "metres": return GROUPS.format(value) + " " + word("metres");
      default: return String(value);
    }
  }

  // ---------------------------------------------------------------- Layers

  var NO_DATA = "#d3d9de";

  /** Paths come as millionths of a degree: the first point, then steps. */
  function decodePath(steps) {
    var lon = 0;
    var lat = 0;
    var points = [];
    for (var i = 0; i < steps.length; i += 2) {
      lon += steps[i];
      lat += steps[i + 1];
      points.push([lat / 1e6, lon / 1e6]);
    }
    return points;
  }

  /** A point drawn as circle, square, triangle or diamond. */
  var Mark = L.CircleMarker.extend({
    _updatePath: function () {
      if (this._renderer._updateMark) {
        this._renderer._updateMark(this);
      } else {
        L.CircleMarker.prototype._updatePath.call(this);
      }
    }
  });

  var CORNERS = {
    square: [[-0.89, -0.89], [0.89, -0.89], [0.89, 0.89], [-0.89, 0.89]],
    triangle: [[0, -1.2], [1.1, 0.8], [-1.1, 0.8]],
    diamond: [[0, -1.25], [1.25, 0], [0, 1.25], [-1.25, 0]]
  };

  L.Canvas.include({
    _updateMark: function (mark) {
      if (!this._drawing || mark._empty()) { return; }
      var context = this._ctx;
      var at = mark._point;
      var radius = mark._radius;
      var corners = CORNERS[mark.options.shape];
      context.beginPath();
      if (corners) {
        corners.forEach(function (corner, number) {
          var step = number === 0 ? "moveTo" : "lineTo";
          context[step](at.x + corner[0] * radius, at.y + corner[1] * radius);
        });
        context.closePath();
      } else {
        context.arc(at.x, at.y, radius, 0, 2 * Math.PI);
      }
      this._fillStroke(context, mark);
    }
  });

  /** A layer of one kind of shape, all on the map's one canvas. */
  var ShapeLayer = L.FeatureGroup.extend({
    initialize: function (spec) {
      L.FeatureGroup.prototype.initialize.call(this, []);
      this.spec = spec;
      this.classColumn = spec.classColumn;
      this._build();
      if (spec.interactive) {
        this.on("click", this._clicked, this);
        this.on("mouseover mousemove", this._hovered, this);
        this.on("mouseout", this._left, this);
      }
    },

    onAdd: function (map) {
      if (!map.options.renderer) { map.options.renderer = L.canvas({ tolerance: 4, padding: 0.3 }); }
      this._drawn = false;
      map.on("zoomend", this._zoomed, this);
      this._zoomed();
    },

    onRemove: function (map) {
      map.off("zoomend", this._zoomed, this);
      this._draw(false);
      this._left();
    },

    /** Colour the rows by another column of class numbers. */
    recolor: function (column) {
      this.classColumn = column;
      this.paths.forEach(function (parts, row) {
        parts.forEach(function (path) {
          if (path._map) { path.setStyle(this._style(row)); } else { L.setOptions(path, this._style(row)); }
        }, this);
      }, this);
    },

    /** Return the colour of a row. */
    color: function (row) {
      var spec = this.spec;
      if (!spec.classes.length) { return spec.style.fill || spec.style.color; }
      var number = spec.rows[this.classColumn][row];
      return number === null || number < 0 ? NO_DATA : spec.classes[number].color;
    },

    name: function (row) {
      var rows = this.spec.rows;
      var english = rows.name_en ? rows.name_en[row] : "";
      return (language === "en" && english) || (rows.name ? rows.name[row] : "") || "";
    },

    /** Name of a class, with the verdict while the layer shows the figures that have a target. */
    className: function (number) {
      var one = this.spec.classes[number];
      var judged = one.met && this.classColumn === this.spec.classColumn;
      return say(one.label) + (judged ? " " + word("met") : "");
    },

    boundsOf: function (row) {
      var bounds = L.latLngBounds([]);
      this.paths[row].forEach(function (path) {
        bounds.extend(path.getBounds ? path.getBounds() : path.getLatLng());
      });
      return bounds;
    },

    _build: function () {
      this.paths = [];
      this.spec.shapes.forEach(function (shape, row) {
        var paths = this._paths(shape, this._style(row));
        paths.forEach(function (path) {
          path.row = row;
          this.addLayer(path);
        }, this);
        this.paths.push(paths);
      }, this);
    },

    _paths: function (shape, style) {
      if (!shape.length) { return []; }
      if (Array.isArray(shape[0][0])) {
        return [L.polygon(shape.map(function (rings) { return rings.map(decodePath); }), style)];
      }
      if (shape[0].length > 2) { return [L.polyline(shape.map(decodePath), style)]; }
      return shape.map(function (point) { return new Mark(decodePath(point)[0], style); });
    },

    _style: function (row) {
      var style = this.spec.style;
      var classed = this.spec.classes.length > 0;
      var line = this.spec.dimension === 1;
      return {
        color: classed && (line || style.color === style.fill) ? this.color(row) : style.color,
        weight: style.weight,
        stroke: style.weight > 0,
        dashArray: style.dash.length ? style.dash.join(" ") : null,
        fill: !line && style.fillOpacity > 0,
        fillColor: this.color(row),
        fillOpacity: style.fillOpacity,
        radius: style.radius,
        shape: style.shape,
        interactive: this.spec.interactive
      };
    },

    _zoomed: function () {
      var zoom = this._map.getZoom();
      this._draw(zoom >= this.spec.style.minZoom);
      if (this.spec.dimension === 0) { this._resize(); }
    },

    /** Draw points as large as their number leaves room for, so that crowds stay readable. */
    _resize: function () {
      var bounds = this.getBounds();
      if (!bounds.isValid()) { return; }
      var style = this.spec.style;
      var one = this._map.project(bounds.getNorthWest());
      var other = this._map.project(bounds.getSouthEast());
      var spacing = Math.sqrt((other.x - one.x) * (other.y - one.y) / this.spec.shapes.length);
      var radius = Math.max(0.4 * style.radius, Math.min(1.3 * style.radius, 0.16 * spacing));
      var weight = radius < 0.6 * style.radius ? 0.5 * style.weight : style.weight;
      this.eachLayer(function (mark) {
        mark.setStyle({ weight: weight });
        mark.setRadius(radius);
      });
    },

    _draw: function (wanted) {
      if (wanted === this._drawn) { return; }
      this._drawn = wanted;
      this.eachLayer(wanted ? this._map.addLayer : this._map.removeLayer, this._map);
      if (wanted) { this._map.fire("urbangis:drawn"); }
    },

    _clicked: function (event) {
      L.DomEvent.stopPropagation(event);
      openCard(this._map, this, event.layer.row);
    },

    _hovered: function (event) {
      var name = this.name(event.layer.row);
      if (!name) { return; }
      this._tip = this._tip || L.tooltip({ direction: "top", offset: [0, -8] });
      this._tip.setLatLng(event.latlng).setContent(make("span", { text: name }));
      if (!this._map.hasLayer(this._tip)) { this._map.openTooltip(this._tip); }
    },

    _left: function () {
      if (this._tip) { this._tip.remove(); }
    }
  });

  // ---------------------------------------------------------------- Cards

  function badge(spec) {
    return spec.nature ? make("span", { class: "badge", text: say(spec.nature) }) : null;
  }

  /** A bar of a rate with a mark at the target; the words beside it say the same. */
  function gauge(rate, target) {
    var bar = make("div", { class: "gauge", "aria-hidden": "true" }, [make("i"), make("b")]);
    bar.firstChild.style.width = 100 * rate + "%";
    bar.lastChild.style.left = 100 * target + "%";
    return bar;
  }

  function cardLine(field, rows, row) {
    var text = valueText(field, rows, row);
    if (!text) { return []; }
    var value = make("dd", { text: text });
    var rate = rows[field.column] ? rows[field.column][row] : null;
    if (field.format === "rate" && field.target !== null && rate !== null) {
      var met = rows[field.column + "_met"][row];
      value.appendChild(make("span", {
        class: met ? "met" : "missed",
        text: word(met ? "met" : "missed") + " · " + word("target") + " " + percent(field.target)
      }));
      value.appendChild(gauge(rate, field.target));
    }
    return [make("dt", { text: say(field.label) }), value];
  }

  /** Make the card of one row: its name, what it is, its class and its fields. */
  function card(layer, row) {
    var spec = layer.spec;
    var rows = spec.rows;
    var name = layer.name(row);
    var lines = [];
    spec.fields.forEach(function (field) {
      lines = lines.concat(cardLine(field, rows, row));
    });
    var number = spec.classes.length ? rows[layer.classColumn][row] : -1;
    return make("article", { class: "card" }, [
      make("h2", { text: name || say(spec.name) }),
      make("p", { class: "kind" }, [name ? say(spec.name) : null, badge(spec)]),
      number >= 0 ? make("p", { class: "class" }, [
        swatch("fill", spec.classes[number].color, spec), layer.className(number)
      ]) : null,
      lines.length ? make("dl", {}, lines) : null,
      spec.note ? make("p", { class: "note", text: say(spec.note) }) : null
    ]);
  }

  /** Open the card of a row, and draw a line around its shape. */
  function openCard(map, layer, row) {
    closeCard(map);
    map.urbangisCard = { layer: layer, row: row, shape: outline(layer.paths[row]).addTo(map) };
    fillCard(map);
    map.fire("urbangis:card", { layer: layer, row: row });
  }

  /** Write the open card in the chosen language. */
  function fillCard(map) {
    var open = map.urbangisCard;
    if (!open) { return; }
    var close = make("button", {
      type: "button", class: "close", text: "×", "aria-label": word("close"),
      on: { click: function () { closeCard(map); } }
    });
    refill(cardHolder(map), [close, card(open.layer, open.row)]);
  }

  function closeCard(map) {
    var open = map.urbangisCard;
    if (!open) { return; }
    map.urbangisCard = null;
    open.shape.remove();
    refill(cardHolder(map), []);
    map.fire("urbangis:card", { layer: null, row: null });
  }

  /** The place of the card: the page's own, or a corner of a plain folium map. */
  function cardHolder(map) {
    if (!map.urbangisHolder) {
      var control = L.control({ position: "topright" });
      control.onAdd = function () { return make("div", { class: "urbangis-card", "aria-live": "polite" }); };
      map.urbangisHolder = document.getElementById("card") || control.addTo(map).getContainer();
      L.DomEvent.disableClickPropagation(map.urbangisHolder);
      L.DomEvent.disableScrollPropagation(map.urbangisHolder);
      map.on("click", function () { closeCard(map); });
      document.addEventListener("keydown", function (event) {
        if (event.key === "Escape") { closeCard(map); }
      });
    }
    return map.urbangisHolder;
  }

  /** Lines around the paths of a row, above everything and open to clicks. */
  function outline(paths) {
    var style = { color: "#c2185b", weight: 3, fill: false, interactive: false, renderer: L.svg() };
    return L.layerGroup(paths.map(function (path) {
      if (path instanceof L.Polygon) { return L.polygon(path.getLatLngs(), style); }
      if (path instanceof L.Polyline) { return L.polyline(path.getLatLngs(), style); }
      return L.circleMarker(path.getLatLng(), L.extend({}, style, { radius: path.getRadius() + 4 }));
    }));
  }

  /** A sample of a layer's colour, as see-through as on the map: fill, line or a shape of point. */
  function swatch(kind, color, spec) {
    var sample = make("span", { class: "swatch " + kind, "aria-hidden": "true" });
    var opacity = spec.dimension === 1 ? 1 : spec.style.fillOpacity;
    var hex = Math.round(255 * opacity).toString(16);
    sample.style.backgroundColor = color + (hex.length < 2 ? "0" + hex : hex);
    if (spec.dimension !== 0) { sample.style.borderColor = spec.style.color; }
    return sample;
  }

  // ---------------------------------------------------------------- What pages use

  window.urbangis = {
    layer: function (dataId) { return new ShapeLayer(readData(dataId)); },
    openCard: openCard,
    fillCard: fillCard,
    badge: badge,
    swatch: swatch,
    NO_DATA: NO_DATA,
    make: make,
    refill: refill,
    readData: readData,
    percent: percent,
    groups: function (number) { return GROUPS.format(number); },
    say: say,
    word: word,
    language: function () { return language; },
    onLanguage: function (listener) { listeners.push(listener); },
    startLanguage: startLanguage,
    site: site,
    switchLanguage: switchLanguage,
    carryLanguage: carryLanguage
  };
}());
