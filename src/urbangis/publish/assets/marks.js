/*
 * marks.js: points as circle, square, triangle or diamond.
 */
(function () {
  "use strict";

  var U = window.urbangis;

  var CORNERS = {
    square: [[-0.89, -0.89], [0.89, -0.89], [0.89, 0.89], [-0.89, 0.89]],
    triangle: [[0, -1.2], [1.1, 0.8], [-1.1, 0.8]],
    diamond: [[0, -1.25], [1.25, 0], [0, 1.25], [-1.25, 0]]
  };

  function trace(context, shape, at, radius) {
    context.beginPath();
    if (CORNERS[shape]) {
      CORNERS[shape].forEach(function (corner) {
        context.lineTo(at + corner[0] * radius, at + corner[1] * radius);
      });
      context.closePath();
    } else {
      context.arc(at, at, radius, 0, 2 * Math.PI);
    }
  }

  /**
   * Draw a mark once, as a small picture that is then put wherever a point lies: thousands of
   * points cost little.
   */
  U.mark = function (style, color, radius, weight) {
    var ratio = window.devicePixelRatio || 1;
    var half = Math.ceil(1.25 * radius + weight) + 1;
    var picture = document.createElement("canvas");
    picture.width = picture.height = Math.ceil(2 * half * ratio);
    var context = picture.getContext("2d");
    context.scale(ratio, ratio);
    trace(context, style.shape, half, radius);
    context.globalAlpha = style.fillOpacity;
    context.fillStyle = color;
    context.fill();
    context.globalAlpha = 1;
    if (weight > 0) {
      context.lineWidth = weight;
      context.strokeStyle = style.color;
      context.stroke();
    }
    return { picture: picture, half: half };
  };

  /** How large points are drawn at a zoom: as their number leaves room for, so crowds stay readable. */
  U.markRadius = function (style, spacing) {
    return Math.max(0.2 * style.radius, Math.min(1.3 * style.radius, 0.16 * spacing));
  };
}());
