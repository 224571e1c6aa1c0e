# SPDX-License-Identifier: Apache-2.0
"""What OWSLib makes of an OGC API: owslib_client.py URL COLLECTION ITEM; JSON."""
import json
import sys

from owslib.ogcapi.features import Features

url, collection, uid = sys.argv[1:]
api = Features(url)
print(json.dumps({
    "conformance": api.conformance()["conformsTo"],
    "collections": api.feature_collections(),
    "openapi": api.api()["openapi"],
    "ids": [f["id"] for f in api.collection_items(collection, limit=1000)["features"]],
    "box": api.collection_items(collection, bbox=[.1, 44.3, .3, 44.5])["numberMatched"],
    "item": api.collection_item(collection, uid)["id"],
}))
