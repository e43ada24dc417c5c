/*
 * swipe.js: two layers side by side, parted by a line that is dragged or moved with the arrow keys.
 */
(function () {
  "use strict";

  var U = window.urbangis;
  var WORDS = { zh: { line: "对比分界线" }, en: { line: "Line between the two maps" } };
  var STEP = 5; // per cent, for a key

  /** Prepare the comparison of a page; returns how to show one, and with null how to end it. */
  U.swiper = function (site, element) {
    var map = site.map;
    var pair = null;
    var part = 50;
    var handle = U.make("div", {
      class: "swipe-line", role: "slider", tabindex: "0", "aria-valuemin": "0", "aria-valuemax": "100",
      "aria-orientation": "horizontal", hidden: true,
      on: { keydown: pressed, pointerdown: grabbed, pointermove: dragged }
    });
    var left = U.make("span", { class: "swipe-name left", hidden: true });
    var right = U.make("span", { class: "swipe-name right", hidden: true });
    [handle, left, right].forEach(function (one) { element.appendChild(one); });

    function middle() { return map.getSize().x * part / 100; }

    /** Show of each layer only its side of the line. */
    function cut() {
      if (!pair) { return; }
      var size = map.getSize();
      var top = map.containerPointToLayerPoint([0, 0]);
      var end = map.containerPointToLayerPoint(size);
      var at = top.x + middle();
      clip(pair[0], top.y, at, end.y, top.x);
      clip(pair[1], top.y, end.x, end.y, at);
      handle.style.left = part + "%";
      handle.setAttribute("aria-valuenow", String(Math.round(part)));
      left.style.right = 100 - part + "%";
      right.style.left = part + "%";
    }

    function clip(layer, top, right, bottom, left) {
      var box = layer.getContainer && layer.getContainer();
      if (box) { box.style.clip = "rect(" + [top, right, bottom, left].join("px,") + "px)"; }
    }

    function moveTo(next) {
      part = Math.max(0, Math.min(100, next));
      cut();
    }

    function pressed(event) {
      var steps = { ArrowLeft: -STEP, ArrowDown: -STEP, ArrowRight: STEP, ArrowUp: STEP, Home: -100, End: 100 };
      if (steps[event.key] === undefined) { return; }
      event.preventDefault();
      event.stopPropagation();
      moveTo(part + steps[event.key]);
    }

    function grabbed(event) {
      handle.setPointerCapture(event.pointerId);
      event.preventDefault();
      handle.focus();
    }

    function dragged(event) {
      if (!handle.hasPointerCapture(event.pointerId)) { return; }
      var box = map.getContainer().getBoundingClientRect();
      moveTo(100 * (event.clientX - box.left) / box.width);
    }

    /** Compare the layers of a swipe, or end the comparison. */
    function show(swipe) {
      if (pair) {
        pair.forEach(function (layer) {
          var box = layer.getContainer && layer.getContainer();
          if (box) { box.style.clip = ""; }
          layer.cutAway = null;
        });
      }
      pair = swipe && [site.layer(swipe.left), site.layer(swipe.right)];
      [handle, left, right].forEach(function (one) { one.hidden = !pair; });
      if (!pair) { return; }
      // The line begins in the middle of what the switches leave free.
      var wide = window.matchMedia("(min-width: 900px)").matches;
      part = wide ? 50 * (1 - 280 / map.getSize().x) : 50;
      pair[0].cutAway = function (at) { return at.x > middle(); };
      pair[1].cutAway = function (at) { return at.x <= middle(); };
      tell();
      cut();
    }

    function tell() {
      if (!pair) { return; }
      handle.setAttribute("aria-label", U.word("line", WORDS));
      left.textContent = "◀ " + U.say(pair[0].spec.name);
      right.textContent = U.say(pair[1].spec.name) + " ▶";
    }

    L.DomEvent.disableClickPropagation(handle);
    map.on("move zoom viewreset resize", cut);
    return { show: show, tell: tell };
  };
}());
