/*
 * paper.js: a page for the printer. It is laid out as one sheet before it is printed, because a map
 * must know its size to draw itself.
 */
(function () {
  "use strict";

  var U = window.urbangis;

  /** Lay the page out as a sheet while it is printed, the map showing what it showed. */
  U.paper = function (map) {
    var before;

    function toSheet() {
      if (before) { return; }
      before = map.getBounds();
      document.documentElement.classList.add("paper");
      map.invalidateSize({ animate: false, pan: false });
      map.fitBounds(before, { animate: false });
    }

    function toScreen() {
      if (!before) { return; }
      document.documentElement.classList.remove("paper");
      map.invalidateSize({ animate: false, pan: false });
      map.fitBounds(before, { animate: false });
      before = null;
    }

    window.addEventListener("beforeprint", toSheet);
    window.addEventListener("afterprint", toScreen);
  };
}());
