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
      this.on("load", this._sharpen, this);
    },

    onAdd: function (map) {
      L.ImageOverlay.prototype.onAdd.call(this, map);
      U.watch(map, this);
    },

    onRemove: function (map) {
      U.unwatch(map, this);
      L.ImageOverlay.prototype.onRemove.call(this, map);
    },

    /** Show cells as squares where they are larger than a pixel of the screen: no finer than known. */
    _sharpen: function () {
      var image = this.getElement();
      var large = image.naturalWidth && image.offsetWidth > image.naturalWidth;
      image.style.imageRendering = large ? "pixelated" : "auto";
    },

    _reset: function () {
      L.ImageOverlay.prototype._reset.call(this);
      this._sharpen();
    },

    getContainer: function () { return this.getElement(); },
    boundsOf: function () { return this.getBounds(); },
    pointsOf: function () { return []; },
    outline: function () { return L.layerGroup(); },

    /** Return the class whose colour the cell at a place has, or -1. */
    rowAt: function (latlng) {
      var image = this.getElement();
      if (!image || !image.complete) { return -1; }
      var at = L.CRS.EPSG3857.project(latlng);
      var bounds = this.spec.bounds;
      var x = Math.floor((at.x - bounds[0]) / (bounds[2] - bounds[0]) * image.naturalWidth);
      var y = Math.floor((bounds[3] - at.y) / (bounds[3] - bounds[1]) * image.naturalHeight);
      if (x < 0 || y < 0 || x >= image.naturalWidth || y >= image.naturalHeight) { return -1; }
      var pixel = this._pixel(image, x, y);
      if (!pixel[3]) { return -1; }
      var color = "#" + [0, 1, 2].map(function (part) {
        return ("0" + pixel[part].toString(16)).slice(-2);
      }).join("");
      return this.spec.classes.map(function (one) { return one.color; }).indexOf(color);
    },

    /** Read one cell: a copy of all of them would take four bytes each of a phone's memory. */
    _pixel: function (image, x, y) {
      if (!this._canvas) {
        this._canvas = document.createElement("canvas");
        this._canvas.width = this._canvas.height = 1;
      }
      var context = this._canvas.getContext("2d", { willReadFrequently: true });
      context.clearRect(0, 0, 1, 1);
      context.drawImage(image, x, y, 1, 1, 0, 0, 1, 1);
      return context.getImageData(0, 0, 1, 1).data;
    }
  });
  PictureLayer.include(U.layerParts);

  U.picture = function (dataId) { return new PictureLayer(U.unpack(dataId)); };
}());
