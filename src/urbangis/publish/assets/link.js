/*
 * link.js: the address of a view. It holds the language, the place, the theme, what is switched on
 * or off, and the row whose card is open, so that a copied address opens the same map elsewhere.
 */
(function () {
  "use strict";

  var U = window.urbangis;

  /** Read the address: #lang=en&view=11/32.05/118.78&theme=rings&row=zones-town/320102. */
  U.readLink = function () {
    var found = {};
    window.location.hash.slice(1).split("&").forEach(function (pair) {
      var at = pair.indexOf("=");
      if (at < 0) { return; }
      try { found[pair.slice(0, at)] = decodeURIComponent(pair.slice(at + 1)); } catch (error) { /* cut off */ }
    });
    return found;
  };

  /** Return the view of an address as {zoom, lat, lng}, or null. */
  U.linkedView = function () {
    var parts = (U.readLink().view || "").split("/").map(Number);
    var good = parts.length === 3 && parts.every(isFinite) && Math.abs(parts[1]) <= 90;
    return good ? { zoom: parts[0], lat: parts[1], lng: parts[2] } : null;
  };

  /** Write what is chosen into the address. */
  U.writeLink = function (site) {
    var map = site.map;
    var centre = map.getCenter();
    var open = map.urbangisCard;
    var overlays = site.layers.filter(function (layer) { return layer.spec.kind === "overlay"; });
    var changed = overlays.filter(function (layer) { return map.hasLayer(layer) !== layer.atFirst; });
    var pairs = [
      ["lang", U.language()],
      ["view", [map.getZoom(), centre.lat.toFixed(5), centre.lng.toFixed(5)].join("/")],
      ["theme", site.swipe ? "" : site.theme ? site.theme.spec.id : "none"],
      ["swipe", site.swipe ? site.swipe.left + "/" + site.swipe.right : ""],
      ["turned", changed.map(function (layer) { return layer.spec.id; }).join(",")],
      ["row", open ? open.layer.spec.id + "/" + open.layer.spec.rows.id[open.row] : ""]
    ].filter(function (pair) { return pair[1] !== ""; });
    var hash = "#" + pairs.map(function (pair) {
      return pair[0] + "=" + encodeURIComponent(pair[1]).replace(/%2F/g, "/").replace(/%2C/g, ",");
    }).join("&");
    // Some browsers forbid it for files on a disk; the page works without.
    try { window.history.replaceState(null, "", hash); } catch (error) { window.location.replace(hash); }
  };
}());
