# SPDX-License-Identifier: Apache-2.0
"""What QGIS makes of a GeoPackage: qgis_file.py FILE LAYER; JSON."""
import json
import sys

from qgis.core import QgsApplication, QgsFeatureRequest, QgsRectangle, QgsVectorLayer

file, name = sys.argv[1:]
app = QgsApplication([], False)
app.initQgis()
layer = QgsVectorLayer(f"{file}|layername={name}", name, "ogr")
assert layer.isValid(), file
print(json.dumps({
    "titles": {f["uid"]: f["title"] for f in layer.getFeatures()}, "crs": layer.crs().authid(),
    "types": {f.name(): f.typeName() for f in layer.fields()},
    "box": sorted(f["uid"] for f in layer.getFeatures(QgsFeatureRequest(QgsRectangle(.1, 44.45, .3, 44.6)))),
}))
