/*
 * switches.js: themes and overlays, what is shown of them, and their legend.
 */
(function () {
  "use strict";

  var U = window.urbangis;
  var make = U.make;
  var say = U.say;

  var WORDS = {
    zh: {
      layers: "图层与图例", themes: "专题（单选）", overlays: "叠加", none: "不显示专题",
      swipes: "左右对比", zoom: "放大后显示", nodata: "无数据"
    },
    en: {
      layers: "Layers and legend", themes: "Theme (choose one)", overlays: "Overlays",
      none: "No theme", swipes: "Side by side", zoom: "Zoom in to see", nodata: "No data"
    }
  };

  function word(key) { return U.word(key, WORDS); }

  /**
   * Keep the switches in `element`; returns how to write them. `changed` is called after a choice.
   * The site learns to choose a theme, to turn an overlay on or off, and to compare two layers.
   */
  U.switches = function (site, element, changed) {
    var map = site.map;
    var swiper = U.swiper(site, map.getContainer());
    var turned = []; // what a comparison has switched on or off, to be switched back

    function isShown(layer) { return map.hasLayer(layer); }

    /** The overlay that shows the same places as a theme, in its own way. */
    function replacedBy(theme) {
      return theme && theme.spec.replaces ? site.layer(theme.spec.replaces) : null;
    }

    function chooseTheme(layer) {
      endSwipe();
      site.layers.forEach(function (other) {
        if (other.spec.kind === "theme" && other !== layer) { other.remove(); }
      });
      var back = replacedBy(site.theme), away = replacedBy(layer);
      if (back) { back.addTo(map); }
      if (away) { away.remove(); }
      site.theme = layer;
      if (layer) { layer.addTo(map); }
      changed();
    }

    function toggle(layer, on) {
      if (on) { layer.addTo(map); } else { layer.remove(); }
      changed();
    }

    /** Show two layers, each on its side of a line, without what they replace. */
    function chooseSwipe(swipe) {
      chooseTheme(null);
      site.swipe = swipe;
      [swipe.left, swipe.right].map(site.layer).forEach(function (layer) {
        turn(layer, true);
        if (layer.spec.replaces) { turn(site.layer(layer.spec.replaces), false); }
      });
      swiper.show(swipe);
      changed();
    }

    function turn(layer, on) {
      if (!layer || isShown(layer) === on) { return; }
      turned.push(layer);
      if (on) { layer.addTo(map); } else { layer.remove(); }
    }

    function endSwipe() {
      if (!site.swipe) { return; }
      swiper.show(null);
      turned.forEach(function (layer) {
        if (isShown(layer)) { layer.remove(); } else { layer.addTo(map); }
      });
      turned = [];
      site.swipe = null;
    }

    function sampleOf(layer) {
      var spec = layer.spec;
      var line = spec.dimension === 1;
      return U.swatch(kindOf(spec), line ? spec.style.color : layer.color(0), spec);
    }

    function kindOf(spec) {
      if (spec.dimension === 2 && !spec.style.fillOpacity) { return "fill hollow"; }
      return ["point " + spec.style.shape, "line", "fill"][spec.dimension];
    }

    function legend(layer) {
      var spec = layer.spec;
      var kind = kindOf(spec);
      var items = spec.classes.map(function (one, number) {
        return make("li", {}, [U.swatch(kind, one.color, spec), layer.className(number)]);
      });
      if (spec.rows[layer.classColumn].indexOf(-1) >= 0) {
        items.push(make("li", {}, [U.swatch(kind, U.NO_DATA, spec), word("nodata")]));
      }
      return make("ul", { class: "legend" }, items);
    }

    /** A radio button or box with its label; the focus stays on it when all is written anew. */
    function switchLine(id, input, on, label, more) {
      return make("div", { class: "switch" }, [
        make("label", { for: id }, [make("input", L.extend({ id: id, on: { change: function (event) {
          on(event.target.checked);
          document.getElementById(id).focus();
        } } }, input))].concat(label))
      ].concat(more || []));
    }

    function layerLine(layer, number) {
      var spec = layer.spec;
      var theme = spec.kind === "theme";
      var shown = isShown(layer);
      var far = shown && map.getZoom() < spec.style.minZoom;
      return switchLine(
        "layer-" + number,
        theme ? { type: "radio", name: "theme", checked: site.theme === layer } : { type: "checkbox", checked: shown },
        function (on) { if (theme) { chooseTheme(layer); } else { toggle(layer, on); } },
        [spec.classes.length ? null : sampleOf(layer), make("span", { text: say(spec.name) }), U.badge(spec)],
        [
          far ? make("p", { class: "far", text: word("zoom") }) : null,
          shown && spec.classes.length ? legend(layer) : null,
          shown && theme && spec.note ? make("p", { class: "note", text: say(spec.note) }) : null
        ]
      );
    }

    function swipeLine(swipe, number) {
      return switchLine(
        "swipe-" + number, { type: "radio", name: "theme", checked: site.swipe === swipe },
        function () { chooseSwipe(swipe); }, [make("span", { text: say(swipe.name) }), U.badge(site.layer(swipe.left).spec)],
        site.swipe === swipe ? [sides(swipe)] : []
      );
    }

    /** The legend of both sides, once if it is the same. */
    function sides(swipe) {
      var pair = [swipe.left, swipe.right].map(site.layer).filter(function (layer) {
        return layer.spec.kind === "side";
      });
      var legends = pair.map(legend);
      var same = legends.length === 2 && legends[0].textContent === legends[1].textContent;
      return make("div", {}, same ? legends.slice(1) : legends);
    }

    function noTheme() {
      return switchLine(
        "layer-none", { type: "radio", name: "theme", checked: !site.theme && !site.swipe },
        function () { chooseTheme(null); }, [make("span", { text: word("none") })]
      );
    }

    function group(name, lines) {
      return lines.length ? make("fieldset", {}, [make("legend", { text: name })].concat(lines)) : null;
    }

    function write() {
      var groups = { theme: [], overlay: [], side: [] };
      site.layers.forEach(function (layer, number) {
        groups[layer.spec.kind].push(layerLine(layer, number));
      });
      // The uppermost overlay stands first, as on the map.
      groups.overlay.reverse();
      if (groups.theme.length || site.data.swipes.length) { groups.theme.push(noTheme()); }
      var open = !element.firstChild || element.firstChild.open;
      U.refill(element, [make("details", { open: open }, [
        make("summary", { text: word("layers") }),
        group(word("themes"), groups.theme),
        group(word("swipes"), site.data.swipes.map(swipeLine)),
        group(word("overlays"), groups.overlay)
      ])]);
      swiper.tell();
    }

    site.chooseTheme = chooseTheme;
    site.chooseSwipe = chooseSwipe;
    site.toggle = toggle;
    return write;
  };
}());
