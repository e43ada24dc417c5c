/*
 * basemap.js: tiles under all layers of a page, where the study asks for some.
 */
(function () {
  "use strict";

  /** Lay tiles under everything; `spec` holds their addresses, the lowest first. */
  window.urbangis.basemap = function (map, spec) {
    spec.layers.forEach(function (url) {
      L.tileLayer(url, {
        subdomains: spec.subdomains, maxNativeZoom: spec.maxZoom, maxZoom: 22, detectRetina: false
      }).addTo(map);
    });
  };
}());
