"""The policy of a page: each script and style sheet in it is named by its hash, nothing else."""

import re
from base64 import b64encode
from hashlib import sha256

from urbangis.publish.pages.service import service_page
from urbangis.publish.web.page import page_html
from urbangis.publish.web.security import with_policy

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<style>p{}</style>
<script src="assets/a.js"></script>
</head>
<body>
<script type="application/json" id="data">{"a":1}</script>
<script>f("字");</script>
</body>
</html>
"""


def rules_of(html):
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    return {rule.split()[0]: rule.split()[1:] for rule in policy.split("; ")}


def hashed(text):
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def test_scripts_and_styles_are_named_by_hash_and_data_are_not():
    rules = rules_of(with_policy(PAGE))
    assert rules["script-src"] == ["'self'", hashed('f("字");')]
    assert rules["style-src"] == ["'self'", hashed("p{}")]
    assert rules["default-src"] == ["'none'"]
    assert rules["img-src"] == ["'self'", "data:"]
    assert with_policy(PAGE).replace("\n", "").index("<meta http-equiv") < PAGE.index("<style>")


def test_a_page_by_itself_loads_nothing():
    rules = rules_of(with_policy(PAGE, beside=False))
    assert not any("'self'" in sources for sources in rules.values())


def test_pictures_may_come_from_where_they_are_allowed():
    rules = rules_of(with_policy(PAGE, images=["https://tiles.example"]))
    assert rules["img-src"] == ["'self'", "data:", "https://tiles.example"]
    assert rules["script-src"][0] == "'self'"


def test_every_script_of_a_map_page_is_named(study, layers, result, styles):
    html = page_html(service_page(study, result, layers, styles), assets="assets")
    rules = rules_of(html)
    inline = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert set(rules["script-src"]) == {"'self'", *map(hashed, inline)}
    assert not re.search(r"<[a-z]+[^<>]*\son[a-z]+=", html)
    assert "'unsafe-eval'" not in str(rules)
    assert "'unsafe-inline'" not in rules["script-src"] + rules["style-src"]
