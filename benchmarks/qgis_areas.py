"""QGIS's service areas: run by the Python that QGIS belongs to, by `service_areas.py`.

    python3 qgis_areas.py STREETS POINTS HOURS FIRST LAST OUT

Runs ``native:serviceareafromlayer`` from the points of rows FIRST to LAST, each alone, over a layer
of streets with ``kmh``; writes the streets reached and prints the seconds that it took.
"""

import sys
import time

from qgis.analysis import QgsNativeAlgorithms
from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProject,
    QgsVectorLayer,
)


def main() -> None:
    streets, points, hours, first, last, out = sys.argv[1:]
    QgsApplication.setPrefixPath("/usr", True)
    app = QgsApplication([], False)
    app.initQgis()
    registry = QgsApplication.processingRegistry()
    provider = QgsNativeAlgorithms()
    registry.addProvider(provider)
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    asked = {
        "INPUT": QgsVectorLayer(streets, "streets"),
        "STRATEGY": 1,  # the fastest way
        "SPEED_FIELD": "kmh",
        "START_POINTS": f"{points}|subset=row between {first} and {last}",
        "TRAVEL_COST2": float(hours),
        "OUTPUT_LINES": out,
    }
    search = registry.algorithmById("native:serviceareafromlayer")
    begin = time.perf_counter()
    _, done = search.run(asked, context, QgsProcessingFeedback())
    taken = time.perf_counter() - begin
    if not done:
        raise SystemExit("native:serviceareafromlayer failed")
    print(taken)


if __name__ == "__main__":
    main()
