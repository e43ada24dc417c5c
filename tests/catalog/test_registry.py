"""Reading catalogue folders: the user's extend the built-in ones, and faults are named."""

from pathlib import Path

import pytest

from urbangis.catalog import load_catalogue
from urbangis.errors import CatalogueError

CLINIC = """\
id = "clinic-700"
name = { zh = "诊所700米", en = "Clinic within 700 m" }
facilities = ["clinic"]
method = "straight_line"
cutoff_m = 700
denominators = ["residents"]

[source]
document = "a plan"
clause = "1"
confidence = "high"
"""


def _folder(tmp_path: Path, text: str, *, name: str = "one.toml") -> Path:
    folder = tmp_path / "catalogue"
    (folder / "standards").mkdir(parents=True, exist_ok=True)
    (folder / "standards" / name).write_text(text, encoding="utf-8")
    return folder


def _fault(tmp_path: Path, text: str) -> CatalogueError:
    with pytest.raises(CatalogueError) as caught:
        load_catalogue([_folder(tmp_path, text)])
    return caught.value


def test_a_folder_extends_the_catalogue(tmp_path: Path) -> None:
    extended = load_catalogue([_folder(tmp_path, CLINIC)])
    assert extended.standard("clinic-700").cutoff_m == 700
    assert set(extended.standards) - set(load_catalogue().standards) == {"clinic-700"}


def test_a_later_folder_replaces_an_entry(tmp_path: Path) -> None:
    own = CLINIC.replace("clinic-700", "rail-800")
    assert load_catalogue([_folder(tmp_path, own)]).standard("rail-800").cutoff_m == 700
    assert load_catalogue().standard("rail-800").cutoff_m == 800


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("cutoff_m = 700", "cutof_m = 700", 'there is no key "cutof_m", perhaps "cutoff_m"'),
        ("clause =", "clauze =", 'there is no key "source.clauze", perhaps "clause"'),
        ("zh = ", "cn = ", 'the key "name.zh" is missing'),
        ("cutoff_m = 700", "cutoff_m = 0", "cutoff_m: Input should be greater than 0"),
        ("cutoff_m = 700", "", "give one of cutoff_m, size_classes and cutoff_min"),
        ("cutoff_m = 700", "cutoff_min = 15", "needs speed_kmh and detour_factor"),
        ("cutoff_m = 700", "cutoff_m = 700\ncutoff_min = 15", "give one of"),
        (
            "cutoff_m = 700",
            'cutoff_m = 700\nmode = "walk"',
            "mode is for network and surface standards",
        ),
        ('"straight_line"', '"network"', "needs mode and cutoff_min"),
        ('["residents"]', '["people"]', "denominators.0"),
        ('["clinic"]', "[]", "facilities"),
        ('"clinic-700"', '"Clinic 700"', "id"),
        ("[source]", "rings_min = [10, 5]\n\n[source]", "rings_min must rise"),
        ("[source]", "rings_min = [5]\n\n[source]", "the last of rings_min must be cutoff_min"),
    ],
)
def test_a_fault_is_named(tmp_path: Path, old: str, new: str, told: str) -> None:
    fault = _fault(tmp_path, CLINIC.replace(old, new, 1))
    assert told in str(fault)
    assert fault.file is not None
    assert fault.file.endswith("one.toml")


def test_an_entry_without_a_source_is_refused(tmp_path: Path) -> None:
    fault = _fault(tmp_path, CLINIC[: CLINIC.index("[source]")])
    assert 'the key "source" is missing' in str(fault)


def test_size_classes_may_not_overlap(tmp_path: Path) -> None:
    sizes = (
        "[[size_classes]]\nmin_area_m2 = 400\nmax_area_m2 = 6000\ncutoff_m = 300\n"
        "[[size_classes]]\nmin_area_m2 = 5000\ncutoff_m = 500\n\n[source]"
    )
    text = CLINIC.replace("cutoff_m = 700\n", "").replace("[source]", sizes)
    assert "must rise and not overlap" in str(_fault(tmp_path, text))
    assert load_catalogue([_folder(tmp_path, text.replace("6000", "5000"))])


def test_two_entries_of_one_folder_may_not_share_an_id(tmp_path: Path) -> None:
    _folder(tmp_path, CLINIC, name="a.toml")
    folder = _folder(tmp_path, CLINIC, name="b.toml")
    with pytest.raises(CatalogueError, match=r'b\.toml: repeats the id "clinic-700" of a\.toml'):
        load_catalogue([folder])


@pytest.mark.parametrize("text", ["id = ", 'id = "x"\nid = "y"'])
def test_what_is_not_toml_is_named(tmp_path: Path, text: str) -> None:
    assert "one.toml: cannot be read" in str(_fault(tmp_path, text))


def test_what_is_not_utf8_is_named(tmp_path: Path) -> None:
    folder = _folder(tmp_path, "")
    (folder / "standards" / "one.toml").write_bytes(CLINIC.encode("gb18030"))
    with pytest.raises(CatalogueError, match="Write it as TOML in UTF-8"):
        load_catalogue([folder])


def test_a_folder_that_is_no_catalogue_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="there is no such folder"):
        load_catalogue([tmp_path / "absent"])
    with pytest.raises(CatalogueError, match="holds no catalogue"):
        load_catalogue([tmp_path])


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    catalogue = load_catalogue()
    with pytest.raises(CatalogueError, match="Nearest: jiangsu-health-15"):
        catalogue.standard("jiangsu-heath-15")
    with pytest.raises(CatalogueError, match="Nearest: walk"):
        catalogue.mode("walks")
    with pytest.raises(CatalogueError, match="there is no style 'nothing'"):
        catalogue.style("nothing")
