"""Archives and single files of a study: the whole site, the same bytes, nothing from elsewhere."""

import json
import os
import shutil
from zipfile import ZipFile

import pytest

from urbangis.errors import StudyError
from urbangis.pipeline.commands.publish import publish_page, publish_zip
from urbangis.pipeline.commands.run import run


def test_an_archive_holds_what_the_run_made_and_nothing_else(study, tmp_path):
    (study / "maps").mkdir()
    (study / "maps/my notes.txt").write_text("private")
    count = publish_zip(study, tmp_path / "out/site.zip")
    with ZipFile(tmp_path / "out/site.zip") as archive:
        names = archive.namelist()
        assert archive.testzip() is None
        contents = {name: archive.read(name) for name in names}
        assert {info.date_time for info in archive.infolist()} == {(2000, 1, 1, 0, 0, 0)}
    assert len(names) == count == len(set(names))
    assert {"index.html", "health.html", "run.json", "assets/page.js"} <= set(names)
    assert names == sorted(names)
    assert "my notes.txt" not in names
    assert (study / "maps/my notes.txt").exists()
    for name, content in contents.items():
        assert content == (study / "maps" / name).read_bytes()
    assert list((tmp_path / "out").iterdir()) == [tmp_path / "out/site.zip"]


def test_the_same_site_gives_the_same_bytes(study, tmp_path):
    publish_zip(study, tmp_path / "one.zip")
    for path in (study / "maps").rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
        path.chmod(0o755)
    publish_zip(study, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_a_stale_site_is_built_before_it_is_packed(study, tmp_path):
    front = run(study).front_page
    front.write_text("spoilt")
    publish_zip(study, tmp_path / "site.zip")
    with ZipFile(tmp_path / "site.zip") as archive:
        assert b"spoilt" not in archive.read("index.html")


def test_a_page_is_one_file_that_works_where_it_is_put(study, tmp_path):
    size = publish_page(study, "health", tmp_path / "mail/health.html")
    html = (tmp_path / "mail/health.html").read_text(encoding="utf-8")
    assert size == len(html.encode())
    assert "assets/" not in html.split("<body")[0].replace("/assets/", "")
    assert [path.name for path in (tmp_path / "mail").iterdir()] == ["health.html"]
    publish_page(study, "health.html", tmp_path / "again.html")
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == html


@pytest.mark.parametrize("page", ["helth", "../secret", "run.json", "data/health/coverage.csv"])
def test_a_page_that_the_site_lacks_is_refused(page, study, tmp_path):
    shutil.copytree(study, tmp_path / "copy")
    (study / "secret.html").write_text("<head>")
    with pytest.raises(StudyError, match="has no page"):
        publish_page(study, page, tmp_path / "one.html")
    assert not (tmp_path / "one.html").exists()


def test_files_are_named_for_what_they_are(study, tmp_path):
    with pytest.raises(StudyError, match=r"\.zip"):
        publish_zip(study, tmp_path / "site.tar")
    with pytest.raises(StudyError, match=r"\.html"):
        publish_page(study, "index", tmp_path / "index.pdf")
    assert not (study / "maps").exists()


def test_a_rebuild_gives_the_same_bytes(study):
    record = run(study).front_page.with_name("run.json")
    first = json.loads(record.read_text(encoding="utf-8"))
    run(study, force=True)
    assert json.loads(record.read_text(encoding="utf-8")) == first
