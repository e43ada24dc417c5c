"""The drawing of Sample Town: every street, park and facility, by hand.

Coordinates are metres on the drawing board, x to the right and y up, about 4,650 by 3,550.
`build.py` bends and turns the board and lays it on the map. A street that ends within a few metres
of another joins it; one drawn past its junction is trimmed.
"""

from dataclasses import dataclass, field

Point = tuple[float, float]


@dataclass(frozen=True)
class Street:
    """One stroke of the pen. ``smooth`` rounds its corners; ``tags`` are further columns."""

    name: str
    name_en: str
    cls: str
    points: tuple[Point, ...]
    grade: int = 0
    oneway: str = "no"
    smooth: bool = True
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """A facility that is a point, and how much it has to give (doctors, seats) where known."""

    id: str
    name: str
    name_en: str
    kind: str
    at: Point
    capacity: int | None = None


@dataclass(frozen=True)
class Ground:
    """Ground with a purpose: a planned site, or an area that restricts what may be built."""

    id: str
    name: str
    name_en: str
    outline: tuple[Point, ...]
    attributes: dict[str, str]


@dataclass(frozen=True)
class Park:
    """A park, its gates where they are known, and the ponds inside it."""

    id: str
    name: str
    name_en: str
    outline: tuple[Point, ...]
    gates: tuple[Point, ...] = ()


@dataclass(frozen=True)
class Quarter:
    """Ground for homes of one kind: ``slab``, ``tower`` in rows, ``house`` along streets."""

    name: str
    kind: str
    box: tuple[float, float, float, float]
    elderly: float = 0.25
    fill: float = 1.0
    own_streets: str = ""


AREA: tuple[Point, ...] = ((-150, -50), (4500, -50), (4500, 3500), (-150, 3500))

RIVER: tuple[Point, ...] = (
    (2400, 3900), (2380, 3500), (2310, 3150), (2190, 2850), (2180, 2450), (2330, 2100),
    (2410, 1720), (2310, 1350), (2120, 1080), (2060, 750), (2150, 380), (2230, -50), (2240, -400),
)  # fmt: skip
RIVER_HALF_WIDTH_M = 28.0
POND: tuple[Point, ...] = ((150, 1960), (230, 1990), (260, 2080), (190, 2130), (110, 2080))
LAKE: tuple[Point, ...] = (
    (3110, 1830), (3220, 1800), (3330, 1850), (3310, 1960), (3220, 1990), (3170, 1940),
    (3090, 1930),
)  # fmt: skip

MOTORWAY: tuple[Point, ...] = (
    (3960, -400), (3880, 200), (3820, 900), (3830, 1700), (3900, 2250), (3980, 2900), (4040, 3900),
)  # fmt: skip
RAMP_OFF: Point = (3930, 2240)
RAMP_ON: Point = (3996, 2900)

MAIN_STREETS: tuple[Street, ...] = (
    Street("人民路", "Renmin Road", "primary",
           ((-520, 2350), (100, 2370), (700, 2420), (1300, 2410), (1800, 2440), (2135, 2450))),
    Street("人民路", "Renmin Road", "primary",
           ((2272, 2450), (2500, 2460), (2900, 2500), (3500, 2480), (4100, 2540), (4480, 2560))),
    Street("南桥路", "Nanqiao Road", "secondary",
           ((-60, 690), (400, 700), (900, 740), (1400, 730), (1800, 760), (2012, 750))),
    Street("南桥路", "Nanqiao Road", "secondary",
           ((2150, 750), (2500, 740), (2900, 700), (3450, 720), (4000, 690), (4330, 700))),
    Street("文昌路", "Wenchang Road", "secondary",
           ((395, 1570), (800, 1590), (1150, 1570), (1430, 1600))),
    Street("中街", "Zhong Street", "tertiary",
           ((1420, 1645), (1600, 1655), (1800, 1630), (2010, 1670), (2345, 1650))),
    Street("西环路", "Xihuan Road", "secondary",
           ((440, 240), (420, 700), (390, 1200), (420, 1800), (400, 2420))),
    Street("建设路", "Jianshe Road", "secondary",
           ((1400, 160), (1420, 740), (1400, 1200), (1430, 1600), (1400, 2000), (1440, 2430),
            (1470, 3090))),
    Street("北环路", "Beihuan Road", "tertiary",
           ((880, 3010), (1200, 3060), (1480, 3075), (1800, 3060), (2225, 3085))),
    Street("育才路", "Yucai Road", "tertiary",
           ((1180, 1560), (1190, 1800), (1170, 2050), (1190, 2430))),
    Street("康宁路", "Kangning Road", "residential", ((405, 2030), (800, 2055), (1180, 2040),
           (1430, 2060))),
    Street("新城大道", "Xincheng Avenue", "primary",
           ((2960, 250), (2900, 700), (2870, 1150), (2890, 1600), (2880, 2050), (2930, 2490),
            (2960, 3150))),
    Street("东环路", "Donghuan Road", "secondary",
           ((3520, 420), (3450, 720), (3480, 1250), (3460, 1600), (3490, 2100), (3470, 2480),
            (3520, 3170))),
    Street("学府路", "Xuefu Road", "tertiary",
           ((2450, 1560), (2650, 1590), (2890, 1570), (3460, 1600), (3850, 1570), (4240, 1560))),
    Street("公园北路", "Gongyuan North Road", "residential",
           ((2870, 2140), (3150, 2170), (3500, 2150))),
    Street("新北路", "Xinbei Road", "tertiary",
           ((2360, 3078), (2700, 3110), (2960, 3125), (3530, 3150))),
    Street("工业路", "Gongye Road", "secondary",
           ((4270, 640), (4220, 1100), (4230, 1560), (4280, 2100), (4270, 2560), (4240, 2990))),
)  # fmt: skip

BRIDGES: tuple[Street, ...] = (
    Street("人民桥", "Renmin Bridge", "primary", ((2135, 2450), (2272, 2450)), grade=1),
    Street("南桥", "South Bridge", "secondary", ((2012, 750), (2150, 750)), grade=1, oneway="yes"),
)

LOCAL_STREETS: tuple[Street, ...] = (
    # North of Renmin Road, west bank.
    Street("北苑路", "Beiyuan Road", "residential",
           ((900, 3030), (880, 2750), (920, 2410))),
    Street("新村路", "Xincun Road", "residential", ((885, 2730), (1150, 2720), (1465, 2740))),
    Street("一巷", "First Lane", "living_street", ((1120, 2400), (1130, 2560), (1200, 2730))),
    Street("北园街", "Beiyuan Street", "residential", ((1455, 2700), (1750, 2680), (2125, 2700))),
    Street("粮库巷", "Granary Lane", "residential",
           ((1700, 2430), (1690, 2560), (1720, 2690)), oneway="yes"),
    Street("船厂巷", "Boatyard Lane", "residential",
           ((1920, 2690), (1900, 2560), (1930, 2440)), oneway="yes"),
    Street("北村路", "Beicun Road", "unclassified",
           ((1650, 3060), (1640, 3200), (1580, 3330), (1400, 3380), (1290, 3300))),
    # Between Xihuan Road and Jianshe Road.
    Street("育才北街", "Yucai North Street", "residential",
           ((700, 2040), (710, 2230), (690, 2420))),
    Street("振兴路", "Zhenxing Road", "tertiary",
           ((890, 735), (870, 1000), (900, 1300), (880, 1595))),
    Street("文苑路", "Wenyuan Road", "residential",
           ((865, 1230), (1050, 1220), (1200, 1240), (1410, 1225))),
    Street("文苑一巷", "Wenyuan First Lane", "living_street",
           ((1090, 1215), (1100, 1400), (1080, 1480))),
    Street("文苑二巷", "Wenyuan Second Lane", "living_street",
           ((1260, 1600), (1250, 1420), (1270, 1320))),
    Street("农机路", "Nongji Road", "residential", ((395, 1080), (600, 1090), (875, 1070))),
    Street("农机一巷", "Nongji First Lane", "residential", ((640, 1095), (650, 900), (630, 730))),
    Street("西村路", "Xicun Road", "unclassified",
           ((400, 1350), (250, 1330), (120, 1250), (60, 1100), (110, 950), (240, 900), (400, 930))),
    Street("西村巷", "Xicun Lane", "service", ((255, 1340), (240, 1180), (250, 1080))),
    # South.
    Street("南圩路", "Nanwei Road", "unclassified",
           ((430, 400), (700, 420), (1000, 350), (1410, 380))),
    Street("圩堤路", "Weidi Road", "unclassified",
           ((1400, 330), (1650, 360), (1900, 330), (2090, 300))),
    Street("南圩巷", "Nanwei Lane", "track", ((900, 380), (880, 240), (800, 130))),
    Street("南市路", "Nanshi Road", "residential", ((1740, 770), (1720, 560), (1700, 345))),
    # Between Jianshe Road and the river, south of the old town.
    Street("南市街", "Nanshi Street", "residential", ((1410, 1040), (1700, 1020), (2050, 1050))),
    Street("学前路", "Xueqian Road", "residential", ((1720, 740), (1700, 900), (1730, 1035))),
    # East bank, between the river and Xincheng Avenue.
    Street("河东路", "Hedong Road", "residential", ((2680, 735), (2640, 1100), (2680, 1590))),
    Street("清波街", "Qingbo Street", "residential", ((2270, 1130), (2450, 1110), (2880, 1120))),
    Street("望江街", "Wangjiang Street", "residential", ((2450, 1900), (2650, 1890), (2885, 1910))),
    Street("望江巷", "Wangjiang Lane", "living_street", ((2650, 1900), (2640, 1760), (2655, 1690))),
    Street("码头街", "Matou Street", "residential", ((2372, 2200), (2600, 2190), (2900, 2200))),
    Street("河东一巷", "Hedong First Lane", "service", ((2500, 740), (2490, 860), (2500, 960))),
    # Xincheng Avenue to the motorway.
    Street("新苑路", "Xinyuan Road", "residential", ((2885, 1330), (3150, 1340), (3470, 1310))),
    Street("新苑一路", "Xinyuan First Road", "residential",
           ((3180, 1345), (3170, 1100), (3190, 710))),
    Street("产业路", "Chanye Road", "residential", ((3465, 1050), (3620, 1060), (3740, 1040)),
           tags={"access": "private"}),
    Street("公园里", "Gongyuan Li", "residential", ((3200, 2160), (3190, 2320), (3210, 2500))),
    Street("环东巷", "Huandong Lane", "service", ((3480, 2300), (3640, 2310), (3760, 2290))),
    # North of Renmin Road, east bank.
    Street("新北一街", "Xinbei First Street", "residential",
           ((2280, 2800), (2600, 2790), (2950, 2810))),
    Street("新北二街", "Xinbei Second Street", "residential",
           ((2935, 2790), (3200, 2800), (3510, 2780))),
    Street("新北巷", "Xinbei Lane", "living_street", ((2620, 2795), (2610, 2950), (2630, 3030))),
    # East of the motorway.
    Street("东圩路", "Dongwei Road", "unclassified",
           ((4265, 2100), (4120, 2090), (4080, 1960), (4110, 1830), (4245, 1810))),
    Street("东圩南路", "Dongwei South Road", "track", ((4235, 1330), (4370, 1320), (4440, 1230))),
    Street("宿舍路", "Dormitory Road", "service", ((4265, 2380), (4400, 2370), (4440, 2300))),
)  # fmt: skip

OLD_TOWN: tuple[Street, ...] = (
    Street("盐店巷", "Salt Shop Lane", "living_street",
           ((1420, 2190), (1520, 2200), (1640, 2170), (1790, 2210), (1960, 2190), (2215, 2210)),
           oneway="yes"),
    Street("当铺巷", "Pawnshop Lane", "living_street",
           ((1405, 1930), (1500, 1910), (1590, 1950), (1720, 1930))),
    Street("绣衣巷", "Embroidery Lane", "living_street",
           ((1710, 1990), (1850, 1960), (1980, 1990), (2070, 1960), (2270, 1990))),
    Street("米市巷", "Rice Market Lane", "living_street",
           ((1415, 1790), (1530, 1770), (1660, 1800), (1820, 1780), (1940, 1820), (2100, 1790)),
           oneway="-1"),
    Street("豆腐巷", "Tofu Lane", "living_street",
           ((1420, 1450), (1550, 1470), (1650, 1440), (1810, 1480), (1960, 1450), (2090, 1480),
            (2280, 1460))),
    Street("铁匠巷", "Smiths' Lane", "living_street",
           ((1405, 1290), (1530, 1310), (1700, 1280), (1850, 1320), (2010, 1290), (2200, 1310))),
    Street("箍桶巷", "Coopers' Lane", "living_street", ((1400, 1170), (1560, 1190), (1660, 1160),
           (1780, 1185))),
    Street("井亭巷", "Well Lane", "living_street",
           ((1560, 2440), (1570, 2320), (1540, 2180), (1570, 2050), (1545, 1922))),
    Street("孝子巷", "Filial Son Lane", "living_street",
           ((1800, 2450), (1790, 2330), (1820, 2195), (1800, 2080), (1815, 1955))),
    Street("学宫巷", "School Temple Lane", "living_street",
           ((1990, 2455), (2000, 2330), (1975, 2180), (2010, 2060), (1985, 1970))),
    Street("钟楼巷", "Bell Tower Lane", "living_street",
           ((1710, 2000), (1725, 1900), (1700, 1780), (1735, 1640), (1700, 1520), (1730, 1430))),
    Street("打索巷", "Ropewalk Lane", "living_street",
           ((1600, 1660), (1585, 1560), (1610, 1450), (1590, 1300), (1620, 1165))),
    Street("竹行巷", "Bamboo Traders' Lane", "living_street",
           ((1930, 1825), (1950, 1730), (1920, 1660), (1940, 1560), (1915, 1440)),
           tags={"motor_vehicle": "no"}),
    Street("水门巷", "Water Gate Lane", "living_street",
           ((2090, 1980), (2075, 1880), (2110, 1780), (2085, 1660), (2115, 1560), (2090, 1470))),
    Street("南门巷", "South Gate Lane", "living_street",
           ((1830, 1485), (1850, 1400), (1825, 1300), (1860, 1180), (1840, 1035))),
    Street("半边街", "One-Sided Street", "living_street",
           ((2010, 1300), (1990, 1200), (2000, 1040)), tags={"motor_vehicle": "no"}),
    Street("豆腐一弄", "Tofu First Alley", "footway", ((1500, 1460), (1490, 1540), (1510, 1590))),
    Street("铁匠弄", "Smiths' Alley", "footway", ((1720, 1290), (1735, 1350), (1720, 1395))),
    Street("当铺弄", "Pawnshop Alley", "footway", ((1640, 1950), (1630, 2030), (1650, 2110))),
    Street("绣衣弄", "Embroidery Alley", "footway", ((1900, 1970), (1910, 2060), (1895, 2130))),
    Street("码头石级", "Landing Steps", "steps", ((2190, 1990), (2195, 1930), (2180, 1860))),
    Street("米市弄", "Rice Market Alley", "footway", ((1830, 1785), (1820, 1870), (1840, 1910))),
    Street("戏台弄", "Stage Alley", "footway", ((1680, 2430), (1690, 2350), (1675, 2270))),
    Street("灯笼弄", "Lantern Alley", "footway", ((1890, 2440), (1900, 2360), (1885, 2270))),
    Street("染坊弄", "Dyers' Alley", "footway", ((2080, 2440), (2090, 2350), (2075, 2260))),
    Street("酱园弄", "Sauce Makers' Alley", "footway", ((2090, 2200), (2100, 2120), (2085, 2050))),
    Street("竹器弄", "Basket Alley", "footway", ((1840, 1630), (1850, 1570), (1835, 1530))),
    Street("药铺弄", "Pharmacy Alley", "footway", ((1700, 1440), (1690, 1380), (1700, 1340))),
    Street("渡口弄", "Ferry Alley", "footway", ((2200, 1650), (2195, 1580), (2205, 1520))),
    Street("茶馆弄", "Teahouse Alley", "footway", ((1930, 1300), (1920, 1220), (1930, 1120))),
    Street("磨坊弄", "Mill Alley", "footway", ((2100, 1300), (2095, 1220), (2105, 1130))),
)  # fmt: skip

# Behind a wall; the first stroke is the gate.
ESTATE: tuple[Street, ...] = tuple(
    Street("锦绣苑内部路", "Jinxiu Estate Road", "service", points, tags=tags)
    for tags in ({"access": "private", "foot": "permissive"},)
    for points in (
        ((400, 1810), (520, 1815), (800, 1825), (1125, 1815)),
        ((700, 1655), (530, 1665), (500, 1720), (502, 1820), (500, 1900), (530, 1955), (700, 1975),
         (1060, 1965), (1110, 1940), (1112, 1815), (1110, 1690), (1060, 1655), (700, 1655)),
    )
)  # fmt: skip

COURTYARD: tuple[Street, ...] = (
    Street("院内小路", "Courtyard Path", "path",
           ((2520, 2310), (2580, 2325), (2660, 2320), (2740, 2330)), smooth=False),
    Street("院内小路", "Courtyard Path", "path",
           ((2660, 2310), (2655, 2360), (2670, 2395)), smooth=False),
)  # fmt: skip

PATHS: tuple[Street, ...] = (
    # Central Park: five paths meet the streets, two more stay inside.
    Street("公园西径", "Park West Path", "footway", ((2875, 1760), (2960, 1770), (3075, 1765))),
    Street("公园南径", "Park South Path", "footway", ((3240, 1580), (3230, 1680), (3200, 1750))),
    Street("公园环径", "Park Loop", "footway",
           ((3130, 1750), (3200, 1745), (3370, 1790), (3390, 1960), (3280, 2050), (3100, 2030),
            (3030, 1930), (3055, 1755), (3130, 1750))),
    Street("公园东径", "Park East Path", "footway", ((3485, 1900), (3430, 1890), (3370, 1870))),
    Street("公园北径", "Park North Path", "footway", ((3120, 2180), (3130, 2100), (3120, 2020))),
    # Culture Park: one gate, in the south.
    Street("文化公园径", "Culture Park Path", "footway",
           ((1130, 720), (1140, 850), (1060, 930), (1090, 1060), (1220, 1080), (1270, 960),
            (1130, 845))),
    # North Garden: gates in the west and the south.
    Street("北园径", "North Garden Path", "footway",
           ((1455, 2880), (1600, 2890), (1760, 2850), (1880, 2800), (1890, 2670))),
    # Under Renmin Bridge without joining it; steps lead up on both sides.
    Street("滨河步道", "Riverside Walk", "footway",
           ((2350, 2150), (2332, 2200), (2292, 2300), (2258, 2400), (2246, 2450), (2237, 2500),
            (2229, 2600), (2231, 2700))),
    Street("步道石级", "Walk Steps", "steps", ((2395, 2165), (2345, 2163)), smooth=False),
    Street("步道石级", "Walk Steps", "steps", ((2275, 2690), (2228, 2688)), smooth=False),
)  # fmt: skip

PARKS: tuple[Park, ...] = (
    Park("P01", "中央公园", "Central Park",
         ((2915, 1610), (3160, 1615), (3435, 1625), (3462, 1900), (3470, 2125), (3160, 2145),
          (2905, 2115), (2905, 1850))),
    Park("P02", "文化公园", "Culture Park",
         ((925, 765), (1385, 755), (1375, 1000), (1370, 1130), (1150, 1150), (910, 1130),
          (905, 950)), ((1136, 762),)),
    Park("P03", "北园", "North Garden",
         ((1490, 2730), (1760, 2705), (2080, 2725), (2090, 2860), (2110, 3020), (1800, 3030),
          (1500, 3045)), ((1487, 2882), (1888, 2715))),
    Park("P04", "滨河绿地", "Riverside Green",
         ((2342, 2130), (2370, 2133), (2330, 2250), (2290, 2350), (2278, 2390), (2248, 2390),
          (2261, 2350), (2301, 2250)), ((2353, 2145),)),
    Park("P05", "古井游园", "Old Well Garden",
         ((1585, 1855), (1607, 1853), (1608, 1868), (1586, 1870)),
         ((1586, 1862),)),
    Park("P06", "西村游园", "Xicun Garden", ((270, 1150), (300, 1150), (300, 1185), (270, 1185)),
         ((270, 1165),)),
    Park("P07", "新苑公园", "Xinyuan Park",
         ((3200, 1120), (3330, 1115), (3335, 1220), (3205, 1230)),
         ((3198, 1180),)),
    Park("P08", "南市游园", "Nanshi Garden", ((1760, 930), (1850, 925), (1850, 1000), (1760, 1000)),
         ((1800, 1003),)),
    Park("P09", "东圩公园", "Dongwei Park",
         ((4150, 1890), (4230, 1880), (4240, 1960), (4160, 1980)),
         ((4240, 1920),)),
    Park("P10", "新北公园", "Xinbei Park", ((2690, 2830), (2920, 2835), (2930, 2980), (2700, 2970)),
         ((2700, 2960), (2920, 2835))),
)  # fmt: skip

CLINICS: tuple[Place, ...] = (
    Place("C01", "示例镇卫生院", "Sample Town Health Centre", "health_center", (2050, 1690), 26),
    Place("C02", "北苑社区卫生服务站", "Beiyuan Health Station", "health_station", (1225, 2690), 4),
    Place(
        "C03", "文昌社区卫生服务站", "Wenchang Health Station", "health_station", (1345, 1550), 5
    ),
    Place("C04", "新北社区卫生服务站", "Xinbei Health Station", "health_station", (3100, 2760), 4),
    Place("C05", "新苑社区卫生服务站", "Xinyuan Health Station", "health_station", (3230, 1050), 3),
    Place("C06", "河东社区卫生服务站", "Hedong Health Station", "health_station", (2600, 790), 3),
    Place("C07", "邻镇卫生室", "Next Town Health Station", "health_station", (-420, 2400), 2),
)

EMPLOYMENT: tuple[Place, ...] = (
    Place("E01", "示例镇人力资源服务站", "Sample Town Employment Station", "employment_station",
          (1470, 2380)),
    Place("E02", "新城就业服务站", "Xincheng Employment Station", "employment_station",
          (2980, 1290)),
    Place("E03", "东圩就业服务站", "Dongwei Employment Station", "employment_station",
          (4310, 2420)),
)  # fmt: skip

SCHOOLS: tuple[Place, ...] = (
    Place(
        "S01",
        "示例镇中心小学",
        "Sample Town Central Primary School",
        "primary_school",
        (1300, 1920),
        900,
    ),
    Place("S02", "河东小学", "Hedong Primary School", "primary_school", (2760, 1400), 540),
    Place("S03", "北苑小学", "Beiyuan Primary School", "primary_school", (1020, 2870), 540),
    Place("S04", "示例初级中学", "Sample Junior School", "junior_school", (640, 1330), 900),
    Place("S05", "新城初级中学", "Xincheng Junior School", "junior_school", (3280, 2960), 720),
)

MARKETS: tuple[Place, ...] = (
    Place("K01", "老城菜市场", "Old Town Market", "market", (1640, 1560)),
    Place("K02", "北苑菜市场", "Beiyuan Market", "market", (1160, 2760)),
    Place("K03", "河东菜市场", "Hedong Market", "market", (2720, 1080)),
    Place("K04", "新北菜市场", "Xinbei Market", "market", (2900, 2720)),
)

FITNESS: tuple[Place, ...] = (
    Place("F01", "中央公园健身点", "Central Park Fitness", "fitness_place", (3020, 1850)),
    Place("F02", "老城健身点", "Old Town Fitness", "fitness_place", (1880, 1880)),
    Place("F03", "北苑健身点", "Beiyuan Fitness", "fitness_place", (1100, 2570)),
    Place("F04", "锦绣苑健身点", "Jinxiu Estate Fitness", "fitness_place", (815, 1850)),
    Place("F05", "南市健身点", "Nanshi Fitness", "fitness_place", (1800, 960)),
    Place("F06", "新北健身点", "Xinbei Fitness", "fitness_place", (2800, 2900)),
    Place("F07", "西村健身点", "Xicun Fitness", "fitness_place", (285, 1165)),
)

COMMUNITY: tuple[Place, ...] = (
    Place("G01", "老城幼儿园", "Old Town Kindergarten", "kindergarten", (1560, 1900)),
    Place("G02", "北苑幼儿园", "Beiyuan Kindergarten", "kindergarten", (1240, 2570)),
    Place("G03", "河东幼儿园", "Hedong Kindergarten", "kindergarten", (2620, 1200)),
    Place("G04", "公园里幼儿园", "Gongyuanli Kindergarten", "kindergarten", (3380, 2230)),
    Place("G05", "示例镇文化活动中心", "Sample Town Culture Centre", "culture_center",
          (1500, 1520)),
    Place("G06", "示例镇全民健身中心", "Sample Town Sports Centre", "sports_center",
          (1490, 1190)),
    Place("G07", "河西社区服务中心", "West Bank Community Centre", "community_center",
          (1470, 1290)),
    Place("G08", "河东社区服务中心", "East Bank Community Centre", "community_center",
          (3000, 1560)),
    Place("G09", "古街日间照料中心", "Gujie Day Care", "elderly_care", (1760, 1880)),
    Place("G10", "新苑日间照料中心", "Xinyuan Day Care", "elderly_care", (3100, 1180)),
)  # fmt: skip

COMMUNITY_TYPES: dict[str, tuple[str, str]] = {
    "kindergarten": ("幼儿园", "Kindergarten"),
    "culture_center": ("文化活动中心", "Culture centre"),
    "sports_center": ("全民健身中心", "Sports centre"),
    "community_center": ("社区服务中心", "Community centre"),
    "elderly_care": ("日间照料中心", "Day care for older people"),
}

RIVERSIDE: tuple[Point, ...] = ((1790, -40), (2560, -40), (2560, 640), (1790, 640))
_CORE_WEST, _CORE_EAST = 1990, 2330

CONTROL_LINES: tuple[Ground, ...] = (
    Ground("L01", "示例河口湿地核心保护区", "Sample Estuary Wetland, core",
           ((_CORE_WEST, -40), (_CORE_EAST, -40), (_CORE_EAST, 480), (_CORE_WEST, 480)),
           {"generation": "2022", "tier": "核心保护区"}),
    Ground("L02", "示例河口湿地生态空间管控区域", "Sample Estuary Wetland, control area",
           RIVERSIDE, {"generation": "2020", "tier": "生态空间管控区域"}),
    Ground("L03", "南圩永久基本农田", "Nanwei permanent farmland",
           ((2760, 20), (4200, 20), (4200, 560), (2760, 560)),
           {"generation": "2022", "tier": "永久基本农田"}),
)  # fmt: skip
"""Of an invented plan; here they count as surveyed. The river is the fourth of them."""

GROWTH_BOUNDARY: tuple[Point, ...] = (
    (330, 640), (2560, 640), (2700, 600), (4380, 600), (4380, 3200), (850, 3200), (330, 2480),
)  # fmt: skip

SITES: tuple[Ground, ...] = (
    Ground("P1", "河湾度假酒店", "River Bend Hotel",
           ((2240, 300), (2620, 300), (2620, 520), (2240, 520)), {"use": "commercial"}),
    Ground("P2", "东南物流园", "South-East Logistics Park",
           ((3250, 420), (3850, 420), (3850, 690), (3250, 690)), {"use": "industrial"}),
    Ground("P3", "工业路产业用地", "Gongye Road Industrial Land",
           ((4290, 1180), (4375, 1180), (4375, 2050), (4290, 2050)), {"use": "industrial"}),
    Ground("P4", "滨河西路游园", "Riverside Pocket Park",
           ((1600, 300), (1850, 300), (1850, 520), (1600, 520)), {"use": "green"}),
    Ground("P5", "新北住宅地块", "Xinbei Housing Site",
           ((3000, 2560), (3300, 2560), (3300, 2700), (3000, 2700)), {"use": "residential"}),
)  # fmt: skip

SITE_ON_BORDER = "P4"

PLANNED_ROADS: tuple[tuple[str, str, str, tuple[Point, ...]], ...] = (
    ("PR1", "南环路（规划）", "Nanhuan Road (planned)",
     ((440, 560), (1300, 590), (2200, 570), (2960, 590), (4100, 610))),
)  # fmt: skip

QUARTERS: tuple[Quarter, ...] = (
    Quarter("锦绣苑", "slab", (450, 1620, 1170, 2010), 0.20, own_streets="锦绣苑内部路"),
    Quarter("北苑新村", "slab", (900, 2440, 1450, 3050), 0.27),
    Quarter("育才新村", "slab", (430, 2060, 1400, 2390), 0.30, 0.72),
    Quarter("文苑", "slab", (880, 1240, 1400, 1580), 0.26),
    Quarter("农机新村", "slab", (440, 740, 870, 1070), 0.28, 0.7),
    Quarter("粮库宿舍", "slab", (1480, 2460, 2090, 2680), 0.33, 0.8),
    Quarter("南市", "slab", (1430, 770, 2000, 1010), 0.30, 0.75),
    Quarter("望江苑", "tower", (2440, 1620, 2870, 2170), 0.18),
    Quarter("河东苑", "slab", (2200, 770, 2860, 1560), 0.22, 0.55),
    Quarter("码头新村", "slab", (2330, 2210, 2890, 2440), 0.29),
    Quarter("公园里", "tower", (2920, 2170, 3460, 2460), 0.17),
    Quarter("新苑", "slab", (2900, 760, 3450, 1560), 0.21, 0.5),
    Quarter("新北", "slab", (2330, 2500, 3480, 3090), 0.22, 0.42),
    Quarter("职工宿舍", "slab", (4100, 2290, 4450, 2500), 0.05, 0.8),
    Quarter("老城", "house", (1430, 1060, 2330, 2430), 0.38, 0.36),
    Quarter("西村", "house", (40, 880, 380, 1400), 0.36, 0.7),
    Quarter("北村", "house", (1250, 3110, 1720, 3420), 0.36, 0.7),
    Quarter("南圩", "house", (450, 100, 2100, 660), 0.36, 0.5),
    Quarter("东圩", "house", (4050, 1150, 4480, 2150), 0.34, 0.8),
)

FARMHOUSES: tuple[Point, ...] = (
    (60, 3060), (75, 3120), (150, 3080), (190, 3290), (240, 3260), (90, 3380), (4430, 60),
    (4455, 20),
    (4440, 110),
)  # fmt: skip

# What divides the neighbourhoods: the river, the motorway, these streets, and these lines, which
# follow streets where there are any and carry them on.
DIVIDING_STREETS = ("人民路", "人民桥", "中街", "建设路", "新城大道")
DIVIDING_LINES: tuple[tuple[Point, ...], ...] = (
    ((4460, 2558), (4700, 2580)),
    ((-400, 680), (-60, 690), (400, 700), (900, 740), (1400, 730), (1800, 760), (2110, 750)),
    ((-400, 1560), (395, 1570), (800, 1590), (1150, 1570), (1460, 1600)),
    ((2290, 1650), (2500, 1650)),
    ((2958, 265), (3000, -300)),
)

# Id, name, name in English, a point in each of its pieces.
NEIGHBOURHOODS: tuple[tuple[str, str, str, tuple[Point, ...]], ...] = (
    ("N01", "北苑社区", "Beiyuan", ((1000, 2900),)),
    ("N02", "锦绣社区", "Jinxiu", ((900, 1900),)),
    ("N03", "文昌社区", "Wenchang", ((900, 1300),)),
    ("N04", "古街社区", "Gujie", ((1800, 2000),)),
    ("N05", "南市社区", "Nanshi", ((1800, 1200),)),
    ("N06", "南圩村", "Nanwei", ((1000, 300),)),
    ("N07", "河东社区", "Hedong", ((2650, 1300),)),
    ("N08", "中央社区", "Zhongyang", ((3300, 1900),)),
    ("N09", "新北社区", "Xinbei", ((3000, 3000),)),
    ("N10", "东圩村", "Dongwei", ((4300, 2000), (4300, 3000))),
)
DISTRICTS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("D1", "河西片区", "West Bank", ("N01", "N02", "N03", "N06")),
    ("D2", "老城片区", "Old Town", ("N04", "N05")),
    ("D3", "河东片区", "East Bank", ("N07", "N08", "N09", "N10")),
)
