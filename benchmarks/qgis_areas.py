"""QGIS's service areas: run by the Python that QGIS belongs to, by `service_areas.py`.

    python3 qgis_areas.py STREETS POINTS HOURS LAST OUT

Runs ``native:serviceareafromlayer`` over a layer of streets with ``kmh``: from the point of row 0,
and from the points of rows 0 to LAST, each alone. Writes the streets reached and prints the
processor seconds of both. A first run, not measured, opens everything.
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
    streets, points, hours, last, out = sys.argv[1:]
    QgsApplication.setPrefixPath("/usr", True)
    app = QgsApplication([], False)
    app.initQgis()
    registry = QgsApplication.processingRegistry()
    provider = QgsNativeAlgorithms()
    registry.addProvider(provider)
    search = registry.algorithmById("native:serviceareafromlayer")
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    layer = QgsVectorLayer(streets, "streets")

    def seconds(last_row: int) -> float:
        asked = {
            "INPUT": layer,
            "STRATEGY": 1,  # the fastest way
            "SPEED_FIELD": "kmh",
            "START_POINTS": f"{points}|subset=row <= {last_row}",
            "TRAVEL_COST2": float(hours),
            "OUTPUT_LINES": out,
        }
        begin = time.process_time()
        _, done = search.run(asked, context, QgsProcessingFeedback())
        if not done:
            raise SystemExit("native:serviceareafromlayer failed")
        return time.process_time() - begin

    seconds(0)
    print(seconds(0), seconds(int(last)))


if __name__ == "__main__":
    main()
