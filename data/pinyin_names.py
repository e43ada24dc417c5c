"""English names by machine: pinyin, with the readings that a machine gets wrong."""

from pypinyin import lazy_pinyin, load_phrases_dict

# Place-name readings that differ from the commonest one.
READINGS = {
    "六合": "lù hé",
    "浒墅关": "xǔ shù guān",
    "氾水": "fàn shuǐ",
    "天长": "tiān cháng",
    "长东": "cháng dōng",
    "长西": "cháng xī",
    "长桥": "cháng qiáo",
    "长泾": "cháng jīng",
    "长芦": "cháng lú",
    "长荡": "cháng dàng",
    "朝阳": "cháo yáng",
    "石湫": "shí qiū",
    "曲阿": "qǔ ē",
    "翟山": "zhái shān",
    "竹行": "zhú háng",
    "重岗": "chóng gǎng",
    "单集": "shàn jí",
    "新都": "xīn dū",
    "盐都": "yán dū",
    "七都": "qī dū",
}
UNITS = {
    "回族乡": "Hui Township",
    "街道": "Subdistrict",
    "镇": "Town",
    "乡": "Township",
}
COUNTIES = {"区": "District", "县": "County", "市": "City"}
load_phrases_dict({name: [[part] for part in said.split()] for name, said in READINGS.items()})


def name_en(name: str) -> str:
    """Return the pinyin of ``name`` as one word: 淮安 becomes Huai'an."""
    syllables = lazy_pinyin(name, v_to_u=True, errors=list)
    joined = "".join(
        f"'{part}" if number and part[0] in "aeo" else part for number, part in enumerate(syllables)
    )
    return joined[:1].upper() + joined[1:]


def town_name_en(name: str) -> str:
    """Return the pinyin of a town and the English of its unit: 竹镇镇 becomes Zhuzhen Town."""
    for unit, english in UNITS.items():
        if name.endswith(unit):
            return f"{name_en(name.removesuffix(unit))} {english}"
    return name_en(name)


def county_name_en(name: str) -> str:
    """Return the pinyin of a county and the English of its unit: 盱眙县 becomes Xuyi County."""
    return f"{name_en(name[:-1])} {COUNTIES[name[-1]]}"
