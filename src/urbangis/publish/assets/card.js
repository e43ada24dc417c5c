/*
 * card.js: what lies under the pointer, and the card of a row that is clicked.
 */
(function () {
  "use strict";

  var U = window.urbangis;
  var make = U.make;
  var say = U.say;
  var word = U.word;

  // ---------------------------------------------------------------- Under the pointer

  /** Let clicks and moves on a map find the rows of a layer while it is shown. */
  U.watch = function (map, layer) {
    if (!map.urbangisLayers) {
      map.urbangisLayers = [];
      map.on("click", clicked);
      map.on("mousemove", hovered);
      map.on("mouseout zoomstart", left);
    }
    map.urbangisLayers.push(layer);
  };

  U.unwatch = function (map, layer) {
    map.urbangisLayers.splice(map.urbangisLayers.indexOf(layer), 1);
  };

  /** Return the uppermost row of any layer at a place, as {layer, row}. */
  function find(map, latlng, containerPoint) {
    var layers = map.urbangisLayers.slice();
    layers.sort(function (a, b) { return (a.options.zIndex || 0) - (b.options.zIndex || 0); });
    for (var i = layers.length - 1; i >= 0; i -= 1) {
      var layer = layers[i];
      if (layer.spec.interactive && !(layer.cutAway && layer.cutAway(containerPoint))) {
        var row = layer.rowAt(latlng);
        if (row >= 0) { return { layer: layer, row: row }; }
      }
    }
    return null;
  }

  function clicked(event) {
    var found = find(this, event.latlng, event.containerPoint);
    if (found) { openCard(this, found.layer, found.row); } else { closeCard(this); }
  }

  function hovered(event) {
    var map = this;
    var found = map.dragging && map.dragging.moving() ? null : find(map, event.latlng, event.containerPoint);
    map.getContainer().style.cursor = found ? "pointer" : "";
    var name = found && found.layer.name(found.row);
    if (!name) { left.call(map); return; }
    map.urbangisTip = map.urbangisTip || L.tooltip({ direction: "top", offset: [0, -8] });
    map.urbangisTip.setLatLng(event.latlng).setContent(make("span", { text: name }));
    if (!map.hasLayer(map.urbangisTip)) { map.openTooltip(map.urbangisTip); }
  }

  function left() {
    if (this.urbangisTip) { this.urbangisTip.remove(); }
  }

  // ---------------------------------------------------------------- Cards

  // Above everything and open to clicks: a renderer of its own, which lets them through.
  var CHOSEN = { color: "#c2185b", weight: 3, fill: false, interactive: false, renderer: L.svg() };

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
    var text = U.valueText(field, rows, row);
    if (!text) { return []; }
    var value = make("dd", { text: text });
    var rate = rows[field.column] ? rows[field.column][row] : null;
    if (field.format === "rate" && field.target !== null && rate !== null) {
      var met = rows[field.column + "_met"][row];
      value.appendChild(make("span", {
        class: met ? "met" : "missed",
        text: word(met ? "met" : "missed") + " · " + word("target") + " " + U.percent(field.target)
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
    var number = layer.classOf(row);
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
    map.urbangisCard = { layer: layer, row: row, shape: layer.outline(row, CHOSEN).addTo(map) };
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
    U.refill(cardHolder(map), [close, card(open.layer, open.row)]);
  }

  function closeCard(map) {
    var open = map.urbangisCard;
    if (!open) { return; }
    map.urbangisCard = null;
    open.shape.remove();
    U.refill(cardHolder(map), []);
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
      document.addEventListener("keydown", function (event) {
        if (event.key === "Escape") { closeCard(map); }
      });
    }
    return map.urbangisHolder;
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

  U.openCard = openCard;
  U.fillCard = fillCard;
  U.closeCard = closeCard;
  U.badge = badge;
  U.swatch = swatch;
}());
