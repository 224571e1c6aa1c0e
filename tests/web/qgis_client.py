# SPDX-License-Identifier: Apache-2.0
"""What QGIS's own provider makes of an OGC API: qgis_client.py URL COLLECTION FILTER…; JSON."""
import json
import sys

from qgis.core import QgsApplication, QgsFeatureRequest, QgsRectangle, QgsVectorLayer

url, collection, *filters = sys.argv[1:]
app = QgsApplication([], False)
app.initQgis()


def layer(more=""):
    made = QgsVectorLayer(f"url='{url}' typename='{collection}' {more}", collection, "OAPIF")
    assert made.isValid(), url
    return made


def uids(of, *request):
    return sorted(f["uid"] for f in of.getFeatures(*request))


everything = layer()
said = {"uids": uids(everything), "types": {f.name(): f.typeName() for f in everything.fields()}, "crs": everything.crs().authid(),
        "box": uids(layer("restrictToRequestBBOX='1'"), QgsFeatureRequest(QgsRectangle(.1, 44.3, .3, 44.5)))}
for text in filters:
    filtered = layer()
    assert filtered.setSubsetString(text), text
    said[text] = uids(filtered)
print(json.dumps(said))
