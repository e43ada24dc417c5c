/*
 * csv.js: the table of zones as a file that spreadsheets open with Chinese intact.
 */
(function () {
  "use strict";

  var U = window.urbangis;

  /** Write a cell. A text that a spreadsheet could take for a formula is led by an apostrophe. */
  function cell(value) {
    if (value === null || value === undefined) { return ""; }
    var text = typeof value === "string" ? value.replace(/^[=+\-@\t\r]/, "'$&") : String(value);
    return /[",\r\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  }

  /** Return rows of values as CSV, marked as UTF-8. */
  U.csv = function (rows) {
    return "\ufeff" + rows.map(function (row) { return row.map(cell).join(","); }).join("\r\n") + "\r\n";
  };

  /** Hand a text to the reader as a file. */
  U.download = function (name, text) {
    var link = U.make("a", {
      href: URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" })), download: name, hidden: true
    });
    document.body.appendChild(link);
    link.click();
    link.remove();
    window.setTimeout(function () { URL.revokeObjectURL(link.href); }, 1000);
  };
}());
