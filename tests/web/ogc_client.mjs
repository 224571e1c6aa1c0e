// SPDX-License-Identifier: Apache-2.0
// What @camptocamp/ogc-client (GeoNetwork, data portals) makes of an OGC API: node ogc_client.mjs URL COLLECTION ITEM
import { OgcApiEndpoint } from "@camptocamp/ogc-client";

const [url, collection, id] = process.argv.slice(2);
const endpoint = new OgcApiEndpoint(url);
const items = [];
for (let offset = 0; offset === items.length; offset += 20)
	items.push(...(await endpoint.getCollectionItems(collection, 20, offset)));
console.log(JSON.stringify({
	info: await endpoint.info,
	features: await endpoint.hasFeatures,
	collections: await endpoint.featureCollections,
	description: await endpoint.getCollectionInfo(collection),
	items: items.map((i) => i.id),
	item: await endpoint.getCollectionItem(collection, id),
}));
