"""What each page says: results in, a description of the page out."""
