/*
 * urbangis.js: languages, numbers and elements of the published maps.
 *
 * Written for file:// and old browsers: one classic script, no modules, no requests, no workers.
 * Names and other data are only ever put into the page as text, never as HTML.
 */
(function () {
  "use strict";

  // ---------------------------------------------------------------- Language

  var WORDS = {
    zh: {
      language: "English", zoomIn: "放大", zoomOut: "缩小", close: "关闭",
      minutes: "分钟", metres: "米",
      target: "目标", met: "✓ 达标", missed: "✗ 未达标", nodata: "无数据", dash: "—"
    },
    en: {
      language: "中文", zoomIn: "Zoom in", zoomOut: "Zoom out", close: "Close",
      minutes: "min", metres: "m",
      target: "Target", met: "✓ target met", missed: "✗ below target", nodata: "No data", dash: "—"
    }
  };
  var language = "zh";
  var listeners = [];

  /** Return a text {zh, en} in the chosen language. */
  function say(text) {
    return text ? text[language] || text.zh : "";
  }

  /** Return a fixed word of the interface; `own` are the words of the calling script. */
  function word(key, own) {
    return (own || WORDS)[language][key];
  }

  function setLanguage(next) {
    language = next === "en" ? "en" : "zh";
    document.documentElement.lang = language === "en" ? "en" : "zh-CN";
    listeners.forEach(function (listener) { listener(language); });
  }

  /** Choose the language that the address asks for (#lang=en), if the page has it. */
  function startLanguage(offered) {
    var asked = /lang=(zh|en)/.exec(window.location.hash);
    setLanguage(asked && offered.indexOf(asked[1]) >= 0 ? asked[1] : offered[0]);
  }

  /** Switch to the other language, and keep it in the address and in links to other pages. */
  function switchLanguage() {
    setLanguage(language === "zh" ? "en" : "zh");
    window.urbangis.saveLink();
    carryLanguage(document);
  }

  /** Let every link to a page of this site open in the chosen language, where else it leads to. */
  function carryLanguage(root) {
    root.querySelectorAll("a[href]").forEach(function (link) {
      var parts = link.getAttribute("href").split("#");
      if (!/\.html$/.test(parts[0])) { return; }
      var asked = (parts[1] || "").split("&").filter(function (pair) { return /=/.test(pair) && !/^lang=/.test(pair); });
      link.setAttribute("href", parts[0] + "#" + ["lang=" + language].concat(asked).join("&"));
    });
  }

  /** Start a page of plain text: both languages stand in it, the style sheet shows one. */
  function site() {
    var page = readData("page-data");
    var button = document.querySelector("button.language");
    if (button) { button.addEventListener("click", switchLanguage); }
    listeners.push(function () {
      document.title = say(page.title);
      if (button) { button.textContent = word("language"); }
    });
    startLanguage(page.languages);
    carryLanguage(document);
  }

  // ---------------------------------------------------------------- Elements

  /**
   * Make an element. Keys of `options`: text, class, on (events), and attributes. Children are
   * elements or texts; null children are left out.
   */
  function make(name, options, children) {
    var element = document.createElement(name);
    Object.keys(options || {}).forEach(function (key) {
      var value = options[key];
      if (value === null || value === undefined || value === false) { return; }
      if (key === "text") {
        element.textContent = value;
      } else if (key === "on") {
        Object.keys(value).forEach(function (event) {
          element.addEventListener(event, value[event]);
        });
      } else {
        element.setAttribute(key, value === true ? "" : value);
      }
    });
    (children || []).forEach(function (child) {
      if (child) {
        element.appendChild(typeof child === "string" ? document.createTextNode(child) : child);
      }
    });
    return element;
  }

  function refill(element, children) {
    element.textContent = "";
    children.forEach(function (child) { if (child) { element.appendChild(child); } });
  }

  function readData(id) {
    return JSON.parse(document.getElementById(id).textContent);
  }

  /**
   * Read what stands in the page as gzipped JSON in base64. At once, not later: a page opened from
   * a disk has no fetch and no worker, and when it has loaded it is complete.
   */
  function unpack(id) {
    var text = atob(document.getElementById(id).textContent);
    var bytes = new Uint8Array(text.length);
    for (var i = 0; i < text.length; i += 1) { bytes[i] = text.charCodeAt(i); }
    return JSON.parse(fflate.strFromU8(fflate.gunzipSync(bytes)));
  }

  // ---------------------------------------------------------------- Numbers

  var GROUPS = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
  var ONE_DECIMAL = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

  /** Write a rate with one decimal, never rounded up to all or to a target that it misses. */
  function percent(rate, target) {
    if (rate === null || rate === undefined) { return word("dash"); }
    var tenths = Math.round(rate * 1000);
    [target, 1].forEach(function (limit) {
      if (typeof limit === "number" && rate < limit && tenths >= Math.round(limit * 1e9) / 1e6) {
        tenths = Math.floor(rate * 1000);
      }
    });
    return (tenths / 10).toFixed(1) + "%";
  }

  function withUnit(number, unit) {
    return unit ? number + " " + unit : number;
  }

  /** Write one value of a row as its field asks; an empty text means that there is none. */
  function valueText(field, rows, row) {
    var column = field.column;
    if (field.format === "range") {
      var low = rows[column + "_low"][row];
      var high = rows[column + "_high"][row];
      return low === null || high === null ? "" : percent(low) + " – " + percent(high);
    }
    var value = rows[column] ? rows[column][row] : null;
    if (field.format === "text" && language === "en" && rows[column + "_en"]) {
      value = rows[column + "_en"][row] || value;
    }
    if (value === null || value === "") { return say(field.missing); }
    switch (field.format) {
      case "rate": return percent(value, field.target);
      case "number": return withUnit(GROUPS.format(value), say(field.unit));
      case "minutes": return ONE_DECIMAL.format(value) + " " + word("minutes");
      case "metres": return GROUPS.format(value) + " " + word("metres");
      default: return String(value);
    }
  }

  // ---------------------------------------------------------------- What other scripts use

  window.urbangis = {
    make: make,
    refill: refill,
    readData: readData,
    unpack: unpack,
    percent: percent,
    valueText: valueText,
    groups: function (number) { return GROUPS.format(number); },
    say: say,
    word: word,
    language: function () { return language; },
    onLanguage: function (listener) { listeners.push(listener); },
    startLanguage: startLanguage,
    saveLink: function () { window.location.replace("#lang=" + language); },
    site: site,
    switchLanguage: switchLanguage,
    carryLanguage: carryLanguage
  };
}());
