/*
 * tiles.js: a layer of shapes, drawn on canvas tiles, and what lies under the pointer.
 */
(function () {
  "use strict";

  var U = window.urbangis;
  var NO_DATA = "#d3d9de";
  var NEAR = 5; // pixels from a line or point that still count as on it
  var scratch = document.createElement("canvas").getContext("2d");

  function overlaps(box, other) {
    return box[0] <= other[2] && box[2] >= other[0] && box[1] <= other[3] && box[3] >= other[1];
  }

  /** What vector layers and pictures have in common: names, colours and classes of their rows. */
  U.layerParts = {
    name: function (row) {
      var rows = this.spec.rows;
      var english = rows.name_en ? rows.name_en[row] : "";
      return (U.language() === "en" && english) || (rows.name ? rows.name[row] : "") || "";
    },

    /** Return the colour of a row. */
    color: function (row) {
      var spec = this.spec;
      if (!spec.classes.length) { return spec.style.fill || spec.style.color; }
      var number = this.classOf(row);
      return number < 0 ? NO_DATA : spec.classes[number].color;
    },

    /** Return the number of a row's class, -1 for no data. */
    classOf: function (row) {
      if (!this.spec.classes.length) { return -1; }
      var number = this.spec.rows[this.classColumn][row];
      return number === null ? -1 : number;
    },

    /** Name of a class, with the verdict while the layer shows the figures that have a target. */
    className: function (number) {
      var one = this.spec.classes[number];
      var judged = one.met && this.classColumn === this.spec.classColumn;
      return U.say(one.label) + (judged ? " " + U.word("met") : "");
    }
  };

  var ShapeLayer = L.GridLayer.extend({
    options: {
      pane: "overlayPane", tileSize: 512, keepBuffer: 1, updateWhenZooming: false, noWrap: true
    },

    initialize: function (spec, topology) {
      L.GridLayer.prototype.initialize.call(this);
      this.spec = spec;
      this.topology = topology;
      this.classColumn = spec.classColumn;
      this._collect();
    },

    onAdd: function (map) {
      L.GridLayer.prototype.onAdd.call(this, map);
      U.watch(map, this);
    },

    onRemove: function (map) {
      U.unwatch(map, this);
      L.GridLayer.prototype.onRemove.call(this, map);
    },

    /** Colour the rows by another column of class numbers. */
    recolor: function (column) {
      this.classColumn = column;
      this._marks = {};
      if (this._map) { this.redraw(); }
    },

    boundsOf: function (row) { return this.topology.boundsOf(this.boxes[row]); },

    /** The places of a row's points. */
    pointsOf: function (row) {
      return (this._points[row] || []).map(function (at) { return this.topology.latLng(at[0], at[1]); }, this);
    },

    /** How large its points are in the present view. */
    radius: function () { return this._radius(this._map.getZoom()); },

    /** Lines around the shapes of a row. */
    outline: function (row, style) {
      var spec = this.spec;
      var topology = this.topology;
      function corners(refs) { return topology.latLngs(refs); }
      var radius = this._radius(this._map ? this._map.getZoom() : 10) + 4;
      return L.layerGroup([
        L.polygon((spec.areas[row] || []).map(corners), style),
        L.polyline((spec.paths[row] || []).map(corners), style)
      ].concat(this.pointsOf(row).map(function (at) {
        return L.circleMarker(at, L.extend({}, style, { radius: radius }));
      })));
    },

    /** Return the uppermost row at a place, or -1. */
    rowAt: function (latlng) {
      var zoom = this._map.getZoom();
      if (zoom < this.spec.style.minZoom) { return -1; }
      var scale = this.topology.scale(zoom);
      var at = this.topology.place(latlng);
      var point = this._pointAt(at, scale, zoom);
      if (point >= 0) { return point; }
      scratch.lineWidth = 2 * NEAR;
      var box = [at[0] - NEAR / scale, at[1] - NEAR / scale, at[0] + NEAR / scale, at[1] + NEAR / scale];
      for (var row = this.boxes.length - 1; row >= 0; row -= 1) {
        if (overlaps(this.boxes[row], box) && this._holds(row, zoom, at[0] * scale, at[1] * scale)) {
          return row;
        }
      }
      return -1;
    },

    createTile: function (coords) {
      var tile = document.createElement("canvas");
      tile.style.visibility = "inherit"; // drawn by now, while Leaflet waits for the next frame
      var zoom = coords.z;
      var scale = this.topology.scale(zoom);
      var size = this.getTileSize();
      var corner = L.point(coords.x, coords.y).scaleBy(size).subtract(this.topology.origin(zoom));
      var reach = 1.3 * this._radius(zoom) + this.spec.style.weight + 1;
      var box = [
        (corner.x - reach) / scale, (corner.y - reach) / scale,
        (corner.x + size.x + reach) / scale, (corner.y + size.y + reach) / scale
      ];
      var rows = zoom < this.spec.style.minZoom ? [] : this._rowsIn(box);
      if (!rows.length) { // a tile with nothing on it takes no room
        tile.width = tile.height = 1;
        return tile;
      }
      var ratio = window.devicePixelRatio || 1;
      tile.width = size.x * ratio;
      tile.height = size.y * ratio;
      var context = tile.getContext("2d");
      context.setTransform(ratio, 0, 0, ratio, -corner.x * ratio, -corner.y * ratio);
      context.lineJoin = "round";
      this._drawAreas(context, rows, zoom);
      this._drawBorders(context, box, zoom);
      this._drawPaths(context, rows, zoom);
      this._drawPoints(context, rows, zoom);
      return tile;
    },

    /** Leaflet rounds the zoom of tiles and stretches them; ours are drawn for the very zoom. */
    _setView: function (center, zoom, noPrune, noUpdate) {
      if (!noUpdate) {
        this._tileZoom = zoom;
        this._updateLevels();
        this._resetGrid();
        this._update(center);
        if (!noPrune) { this._pruneTiles(); }
        this._noPrune = Boolean(noPrune);
      }
      this._setZoomTransforms(center, zoom);
    },

    // -------------------------------------------------------------- Rows and their boxes

    _collect: function () {
      var spec = this.spec;
      var topology = this.topology;
      var count = spec.rows.id.length;
      this._marks = {};
      this._paths = { zoom: null, of: [] };
      this._points = [];
      this.boxes = [];
      for (var row = 0; row < count; row += 1) {
        this.boxes.push(topology.boxOf([].concat.apply([], (spec.areas[row] || []).concat(spec.paths[row] || []))));
      }
      var places = U.decodePlaces(spec.points);
      for (var i = 0; i < places.length; i += 2) {
        row = spec.pointRows ? spec.pointRows[i / 2] : i / 2;
        this._points[row] = this._points[row] || [];
        this._points[row].push([places[i], places[i + 1]]);
        U.widen(this.boxes[row], places[i], places[i + 1]);
      }
      this._borders = sameColour(spec) ? arcsOf(spec.areas) : [];
      this._spacing = this._pointCount() ? this._meanSpacing() : 0;
    },

    _pointCount: function () { return this.spec.points.length / 2; },

    /** Places of the grid from a point to the next, were all spread evenly; a lone one has room. */
    _meanSpacing: function () {
      var all = [Infinity, Infinity, -Infinity, -Infinity];
      this.boxes.forEach(function (box) {
        if (box[0] <= box[2]) { U.widen(all, box[0], box[1]); U.widen(all, box[2], box[3]); }
      });
      var wide = all[2] - all[0], high = all[3] - all[1], count = this._pointCount();
      return Math.max(Math.sqrt(wide * high / count), Math.max(wide, high) / count) || Infinity;
    },

    _radius: function (zoom) {
      if (!this._pointCount()) { return 0; }
      return U.markRadius(this.spec.style, this._spacing * this.topology.scale(zoom));
    },

    _rowsIn: function (box) {
      var found = [];
      for (var row = 0; row < this.boxes.length; row += 1) {
        if (overlaps(this.boxes[row], box)) { found.push(row); }
      }
      return found;
    },

    // -------------------------------------------------------------- Drawing

    /**
     * The rings, or the lines, of a row as one path, kept while the zoom stays. A ring ends where it
     * begins, so nothing is closed: browsers measure the whole path each time that they close a part.
     */
    _path: function (kind, row, zoom) {
      if (this._paths.zoom !== zoom) { this._paths = { zoom: zoom, areas: [], paths: [] }; }
      var kept = this._paths[kind];
      if (!kept[row]) {
        kept[row] = new Path2D();
        this.spec[kind][row].forEach(function (refs) {
          this.topology.trace(kept[row], refs, zoom);
        }, this);
      }
      return kept[row];
    },

    _drawAreas: function (context, rows, zoom) {
      var spec = this.spec;
      if (!spec.areas.length) { return; }
      var scale = this.topology.scale(zoom);
      var stroked = !sameColour(spec) && spec.style.weight > 0;
      rows.forEach(function (row) {
        if (!spec.areas[row].length) { return; }
        context.globalAlpha = spec.style.fillOpacity;
        context.fillStyle = this.color(row);
        var box = this.boxes[row];
        if ((box[2] - box[0]) * scale < 1 && (box[3] - box[1]) * scale < 1) {
          context.fillRect(box[0] * scale - 0.5, box[1] * scale - 0.5, 1, 1); // too small, yet there
          return;
        }
        context.fill(this._path("areas", row, zoom), "evenodd");
        if (stroked) {
          context.globalAlpha = 1;
          this._pen(context, this.color(row));
          context.stroke(this._path("areas", row, zoom));
        }
      }, this);
      context.globalAlpha = 1;
    },

    /** Draw the borders of all rows, each once, however many rows share it. */
    _drawBorders: function (context, box, zoom) {
      var topology = this.topology;
      if (!this._borders.length || !(this.spec.style.weight > 0)) { return; }
      this._pen(context, this.spec.style.color);
      context.beginPath();
      this._borders.forEach(function (number) {
        if (overlaps(topology.boxes[number], box)) { topology.trace(context, [number], zoom); }
      });
      context.stroke();
    },

    _drawPaths: function (context, rows, zoom) {
      var spec = this.spec;
      if (!spec.paths.length) { return; }
      rows.forEach(function (row) {
        if (!spec.paths[row].length) { return; }
        this._pen(context, spec.classes.length ? this.color(row) : spec.style.color);
        context.stroke(this._path("paths", row, zoom));
      }, this);
    },

    _drawPoints: function (context, rows, zoom) {
      if (!this._pointCount()) { return; }
      var scale = this.topology.scale(zoom);
      rows.forEach(function (row) {
        var mark = this._points[row] && this._mark(this.color(row), zoom);
        (this._points[row] || []).forEach(function (at) {
          var x = Math.round(at[0] * scale) - mark.half;
          var y = Math.round(at[1] * scale) - mark.half;
          context.drawImage(mark.picture, x, y, 2 * mark.half, 2 * mark.half);
        });
      }, this);
    },

    _mark: function (color, zoom) {
      var style = this.spec.style;
      var radius = this._radius(zoom);
      var key = color + " " + radius;
      var weight = radius < 0.6 * style.radius ? 0.5 * style.weight : style.weight;
      return this._marks[key] || (this._marks[key] = U.mark(style, color, radius, weight));
    },

    _pen: function (context, color) {
      var style = this.spec.style;
      context.strokeStyle = color;
      context.lineWidth = style.weight;
      context.setLineDash(style.dash);
    },

    // -------------------------------------------------------------- Under the pointer

    _holds: function (row, zoom, x, y) {
      var spec = this.spec;
      if (spec.areas.length && spec.areas[row].length) {
        var path = this._path("areas", row, zoom);
        if (spec.style.fillOpacity ? scratch.isPointInPath(path, x, y, "evenodd") : scratch.isPointInStroke(path, x, y)) {
          return true;
        }
      }
      return Boolean(spec.paths.length && spec.paths[row].length)
        && scratch.isPointInStroke(this._path("paths", row, zoom), x, y);
    },

    _pointAt: function (at, scale, zoom) {
      var best = -1;
      var limit = (this._radius(zoom) + NEAR) / scale;
      this._points.forEach(function (points, row) {
        points.forEach(function (point) {
          var far = Math.max(Math.abs(point[0] - at[0]), Math.abs(point[1] - at[1]));
          if (far <= limit) {
            limit = far;
            best = row;
          }
        });
      });
      return best;
    }
  });
  ShapeLayer.include(U.layerParts);

  /** Whether the edges of all areas have one colour, so that a shared one is drawn once. */
  function sameColour(spec) {
    return !(spec.classes.length && spec.style.color === spec.style.fill);
  }

  function arcsOf(areas) {
    var seen = {};
    areas.forEach(function (rings) {
      rings.forEach(function (refs) {
        refs.forEach(function (ref) { seen[ref < 0 ? ~ref : ref] = true; });
      });
    });
    return Object.keys(seen).map(Number);
  }

  U.NO_DATA = NO_DATA;
  U.layer = function (dataId, arcsId) { return new ShapeLayer(U.unpack(dataId), U.topology(arcsId)); };
}());
