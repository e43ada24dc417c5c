/*
 * topology.js: the arcs of a map, each a stretch of border that its shapes share.
 *
 * Places are whole numbers on a grid of Web Mercator; the pixels of a zoom are reckoned from the
 * grid's own corner, because a canvas counts in numbers too small for those of the whole world.
 */
(function () {
  "use strict";

  var U = window.urbangis;
  var known = {};

  /** Turn a first point and steps into places, [x, y, x, y, ...]. */
  function decode(steps) {
    var places = new Int32Array(steps.length);
    var x = 0;
    var y = 0;
    for (var i = 0; i < steps.length; i += 2) {
      places[i] = x += steps[i];
      places[i + 1] = y += steps[i + 1];
    }
    return places;
  }

  function boxOf(places) {
    var box = [Infinity, Infinity, -Infinity, -Infinity];
    for (var i = 0; i < places.length; i += 2) { widen(box, places[i], places[i + 1]); }
    return box;
  }

  function widen(box, x, y) {
    if (x < box[0]) { box[0] = x; }
    if (y < box[1]) { box[1] = y; }
    if (x > box[2]) { box[2] = x; }
    if (y > box[3]) { box[3] = y; }
  }

  function Topology(data) {
    this.grid = data;
    this.arcs = data.arcs.map(decode);
    this.boxes = this.arcs.map(boxOf);
    this.zoom = null;
  }

  Topology.prototype = {
    /** Pixels from one place of the grid to the next. */
    scale: function (zoom) { return this.grid.step * 256 * Math.pow(2, zoom); },

    /** The grid's corner in pixels of the whole world. */
    origin: function (zoom) {
      return L.point(this.grid.west, this.grid.north).multiplyBy(256 * Math.pow(2, zoom));
    },

    latLng: function (x, y) {
      var north = Math.PI * (1 - 2 * (this.grid.north + y * this.grid.step));
      return L.latLng(
        Math.atan(Math.sinh(north)) * 180 / Math.PI,
        (this.grid.west + x * this.grid.step - 0.5) * 360
      );
    },

    /** Where a map shows something, as a place of the grid. */
    place: function (latlng) {
      var world = L.CRS.EPSG3857.latLngToPoint(latlng, 0).divideBy(256);
      return [(world.x - this.grid.west) / this.grid.step, (world.y - this.grid.north) / this.grid.step];
    },

    boundsOf: function (box) {
      return box[0] > box[2] ? L.latLngBounds([])
        : L.latLngBounds(this.latLng(box[0], box[1]), this.latLng(box[2], box[3]));
    },

    boxOf: function (refs) {
      var box = [Infinity, Infinity, -Infinity, -Infinity];
      refs.forEach(function (ref) {
        var of = this.boxes[ref < 0 ? ~ref : ref];
        widen(box, of[0], of[1]);
        widen(box, of[2], of[3]);
      }, this);
      return box;
    },

    /**
     * The pixels of an arc at a zoom, without points nearer than a pixel to the one before. Both
     * sides of a border take the same ones, so no gap opens between them.
     */
    pixels: function (number, zoom) {
      if (this.zoom !== zoom) {
        this.zoom = zoom;
        this.drawn = [];
      }
      return this.drawn[number] || (this.drawn[number] = this._pixels(this.arcs[number], this.scale(zoom)));
    },

    _pixels: function (arc, scale) {
      var found = [arc[0] * scale, arc[1] * scale];
      var last = arc.length - 2;
      for (var i = 2; i <= last; i += 2) {
        var x = arc[i] * scale;
        var y = arc[i + 1] * scale;
        var far = Math.abs(x - found[found.length - 2]) >= 1 || Math.abs(y - found[found.length - 1]) >= 1;
        if (far || i === last) { found.push(x, y); }
      }
      return found;
    },

    /** Add a ring or line to a path of the canvas. */
    trace: function (path, refs, zoom) {
      var begun = false;
      refs.forEach(function (ref) {
        var back = ref < 0;
        var pixels = this.pixels(back ? ~ref : ref, zoom);
        for (var i = begun ? 2 : 0; i < pixels.length; i += 2) {
          var at = back ? pixels.length - 2 - i : i;
          if (begun) { path.lineTo(pixels[at], pixels[at + 1]); } else { path.moveTo(pixels[at], pixels[at + 1]); }
          begun = true;
        }
      }, this);
    },

    /** The corners of a ring or line as a map takes them. */
    latLngs: function (refs) {
      var found = [];
      refs.forEach(function (ref) {
        var arc = this.arcs[ref < 0 ? ~ref : ref];
        for (var i = 0; i < arc.length; i += 2) {
          var at = ref < 0 ? arc.length - 2 - i : i;
          found.push(this.latLng(arc[at], arc[at + 1]));
        }
      }, this);
      return found;
    }
  };

  /** Return the topology of an element of the page, unpacked once for all its layers. */
  U.topology = function (id) {
    return known[id] || (known[id] = new Topology(U.unpack(id)));
  };
  U.decodePlaces = decode;
  U.widen = widen;
}());
