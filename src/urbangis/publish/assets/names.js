/*
 * names.js: the names of zones, written on the map.
 */
(function () {
  "use strict";

  var U = window.urbangis;

  var SHIFTS = [0, 16, -16, 32, -32]; // pixels up or down to where a name may move
  var CROWD = 150; // more points than this in view, and names may cover them

  /** Prepare the names of a page; returns how to write them for the present view. */
  U.names = function (site) {
    var map = site.map;
    map.createPane("names");

    /**
     * Write the names of zones where they fit, the largest zones first. No name touches another,
     * and only those of the level above may cover points.
     */
    function write() {
      var pane = map.getPane("names");
      var marks = marksInView();
      var taken = [];
      pane.textContent = "";
      namesInView().forEach(function (one) {
        var wide = /[^\x00-\x7f]/.test(one.name) ? 12.5 : 6.8;
        var half = { x: one.name.length * wide / 2 + 2, y: 9 };
        if (one.width < half.x * 1.4) { return; }
        var centre = map.latLngToContainerPoint(one.at);
        var avoid = one.above ? taken : taken.concat(marks);
        var free = SHIFTS.map(function (shift) { return centre.add([0, shift]); })
          .filter(function (at) { return fits(at, half, avoid); })[0];
        if (!free) { return; }
        taken.push({ x: free.x, y: free.y, half: half });
        var element = U.make("span", { text: one.name, class: one.above ? "above" : null });
        L.DomUtil.setPosition(element, map.containerPointToLayerPoint(free).round());
        pane.appendChild(element);
      });
    }

    function fits(at, half, taken) {
      return map.getSize().contains(at) && at.x > 0 && at.y > 0 && !taken.some(function (other) {
        return Math.abs(at.x - other.x) < half.x + other.half.x
          && Math.abs(at.y - other.y) < half.y + other.half.y;
      });
    }

    /** Points that names keep clear of: those large enough to be read, unless they are a crowd. */
    function marksInView() {
      var found = [];
      site.layers.forEach(function (layer) {
        if (layer.spec.dimension !== 0 || !map.hasLayer(layer)) { return; }
        var radius = layer.radius();
        if (radius < 3) { return; }
        layer.spec.rows.id.forEach(function (_, row) {
          layer.pointsOf(row).forEach(function (point) {
            var at = map.latLngToContainerPoint(point);
            if (!map.getSize().contains(at) || at.x < 0 || at.y < 0) { return; }
            found.push({ x: at.x, y: at.y, half: { x: radius, y: radius - 2 } });
          });
        });
      });
      return found.length > CROWD ? [] : found;
    }

    /** The layers whose names are written: those that the table's level asks for, or the visible. */
    function namedLayers() {
      var table = site.data.table;
      var level = table && table.levels.filter(function (one) {
        return one.layer === site.zones().spec.id;
      })[0];
      return site.layers.filter(function (layer) {
        if (!layer.spec.anchors) { return false; }
        return level ? level.names.indexOf(layer.spec.id) >= 0 : map.hasLayer(layer);
      });
    }

    function namesInView() {
      var found = [];
      namedLayers().forEach(function (layer, order) {
        layer.spec.anchors.forEach(function (anchor, row) {
          var name = layer.name(row);
          var bounds = layer.boundsOf(row);
          if (!name || !bounds.isValid()) { return; }
          var width = map.latLngToLayerPoint(bounds.getNorthEast()).x
            - map.latLngToLayerPoint(bounds.getSouthWest()).x;
          found.push({
            name: name, at: L.latLng(anchor[1] / 1e6, anchor[0] / 1e6), width: width, above: order > 0
          });
        });
      });
      return found.sort(function (a, b) { return b.above - a.above || b.width - a.width; });
    }

    return write;
  };
}());
