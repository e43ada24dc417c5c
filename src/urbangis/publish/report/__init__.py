"""A report on a study: one model, written as HTML, DOCX, PDF and XLSX."""
