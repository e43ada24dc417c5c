/*
 * image.js: a picture of classes, laid over the map. Each class is a row.
 */
(function () {
  "use strict";

  var U = window.urbangis;

  function corner(x, y) { return L.CRS.EPSG3857.projection.unproject(L.point(x, y)); }

  var PictureLayer = L.ImageOverlay.extend({
    options: { className: "urbangis-picture" },

    initialize: function (spec) {
      var at = spec.bounds;
      L.ImageOverlay.prototype.initialize.call(
        this, spec.image, L.latLngBounds(corner(at[0], at[1]), corner(at[2], at[3])),
        { opacity: spec.style.fillOpacity }
      );
      this.spec = spec;
      this.classColumn = spec.classColumn;
    },

    onAdd: function (map) {
      L.ImageOverlay.prototype.onAdd.call(this, map);
      U.watch(map, this);
    },

    onRemove: function (map) {
      U.unwatch(map, this);
      L.ImageOverlay.prototype.onRemove.call(this, map);
    },

    getContainer: function () { return this.getElement(); },
    boundsOf: function () { return this.getBounds(); },
    pointsOf: function () { return []; },
    outline: function () { return L.layerGroup(); },

    /** Return the class whose colour the cell at a place has, or -1. */
    rowAt: function (latlng) {
      var pixels = this._pixels();
      if (!pixels) { return -1; }
      var at = L.CRS.EPSG3857.project(latlng);
      var bounds = this.spec.bounds;
      var x = Math.floor((at.x - bounds[0]) / (bounds[2] - bounds[0]) * pixels.width);
      var y = Math.floor((bounds[3] - at.y) / (bounds[3] - bounds[1]) * pixels.height);
      if (x < 0 || y < 0 || x >= pixels.width || y >= pixels.height) { return -1; }
      var i = 4 * (y * pixels.width + x);
      if (!pixels.data[i + 3]) { return -1; }
      var color = "#" + [0, 1, 2].map(function (part) {
        return ("0" + pixels.data[i + part].toString(16)).slice(-2);
      }).join("");
      return this.spec.classes.map(function (one) { return one.color; }).indexOf(color);
    },

    _pixels: function () {
      var image = this.getElement();
      if (!this._kept && image && image.complete && image.naturalWidth) {
        var canvas = document.createElement("canvas");
        canvas.width = image.naturalWidth;
        canvas.height = image.naturalHeight;
        var context = canvas.getContext("2d");
        context.drawImage(image, 0, 0);
        this._kept = context.getImageData(0, 0, canvas.width, canvas.height);
      }
      return this._kept;
    }
  });
  PictureLayer.include(U.layerParts);

  U.picture = function (dataId) { return new PictureLayer(U.unpack(dataId)); };
}());
