// SPDX-License-Identifier: Apache-2.0
// Draws the items of a collection (OGC API - Features) on a map with Leaflet: those within what is seen, page after
// page, gathered by a grid where they are many.  Its settings and words are the data- attributes of #map.
"use strict";

(() => {
	const PAGE = 1000, PAGES_MAX = 5, CELL = 48, CLOSEST = 18, LISTED_MAX = 30;
	const element = document.getElementById("map");
	if (!element || !window.L)
		return;
	const say = element.dataset;
	let features = [], loaded = null, asked = null;

	const numbers = (text) => text.split(",").map(Number);

	function begin() {
		element.replaceChildren();
		const map = L.map(element, { zoomControl: false, maxZoom: CLOSEST, minZoom: 0, scrollWheelZoom: false, worldCopyJump: true });
		L.control.zoom({ zoomInTitle: say.zoomIn, zoomOutTitle: say.zoomOut }).addTo(map);
		L.control.scale({ imperial: false }).addTo(map);
		map.attributionControl.setPrefix("Leaflet");
		if (say.tiles)
			L.tileLayer(say.tiles, { attribution: text(say.thanks || ""), maxZoom: CLOSEST }).addTo(map);
		map.on("focus click", () => map.scrollWheelZoom.enable());
		map.on("blur", () => map.scrollWheelZoom.disable());
		return map;
	}

	// As HTML, for what takes nothing else.
	function text(s) {
		const span = document.createElement("span");
		span.textContent = s;
		return span.innerHTML;
	}

	const map = begin(), marks = L.layerGroup().addTo(map), towns = L.layerGroup().addTo(map);
	const notice = L.control({ position: "topright" });
	notice.onAdd = () => {
		const p = L.DomUtil.create("p", "said");
		p.setAttribute("role", "status");
		p.hidden = true;
		return p;
	};
	notice.addTo(map);

	function tell(words) {
		notice.getContainer().textContent = words;
		notice.getContainer().hidden = !words;
	}

	// ---- the territory, as the settings have it

	function territory() {
		const style = { className: "territory", weight: 2, dashArray: "6 6", fillOpacity: say.tiles ? 0 : .55, interactive: false };
		if (say.circle) {
			const [lat, lon, km] = numbers(say.circle);
			return L.circle([lat, lon], { radius: km * 1000, ...style });
		}
		if (say.polygon)
			return L.polygon(say.polygon.split(/[\s;]+/).filter(Boolean).map(numbers), style);
		return null;
	}

	function look() {
		const outline = territory();
		if (outline)
			outline.addTo(map);
		if (say.box) {
			const [west, south, east, north] = numbers(say.box);
			map.fitBounds([[south, west], [north, east]], { padding: [24, 24], maxZoom: 15 });
		} else if (outline) {
			map.fitBounds(outline.getBounds());
		} else {
			map.setView([46.6, 2.4], 5);
		}
	}

	// ---- what is seen

	// Those without a position match a bbox too, and would take the room of those that can be drawn.
	function first(bounds) {
		const url = new URL(say.items, location.href);
		const clamp = (x, most) => Math.max(-most, Math.min(most, x)).toFixed(5);
		url.searchParams.set("f", "json");
		url.searchParams.set("limit", PAGE);
		url.searchParams.set("filter", "latitude IS NOT NULL");
		url.searchParams.set("bbox", [clamp(bounds.getWest(), 180), clamp(bounds.getSouth(), 90),
			clamp(bounds.getEast(), 180), clamp(bounds.getNorth(), 90)].join());
		return url;
	}

	async function read(bounds, signal) {
		let found = [], url = first(bounds);
		for (let n = 0; url && n < PAGES_MAX; n++) {
			const answer = await fetch(url, { signal, headers: { Accept: "application/geo+json" } });
			if (!answer.ok)
				throw new Error(answer.status);
			const page = await answer.json();
			found = found.concat(page.features.filter((f) => f.geometry && f.geometry.type === "Point"));
			const next = (page.links || []).find((link) => link.rel === "next");
			url = next ? new URL(next.href, url) : null;
		}
		return { found, whole: !url };
	}

	async function load() {
		const bounds = map.getBounds();
		if (loaded && loaded.whole && loaded.bounds.contains(bounds)) {
			draw();
			return;
		}
		if (asked)
			asked.abort();
		asked = new AbortController();
		try {
			const wider = bounds.pad(.25);
			const { found, whole } = await read(wider, asked.signal);
			features = found;
			loaded = { bounds: wider, whole };
			tell(whole ? "" : say.more);
			draw();
		} catch (error) {
			if (error.name !== "AbortError")
				tell(say.failed);
		}
	}

	// ---- drawing

	const position = (feature) => [feature.geometry.coordinates[1], feature.geometry.coordinates[0]];

	function price(p) {
		if (p.price === undefined || p.price === null)
			return p.price_text || "";
		return new Intl.NumberFormat(document.documentElement.lang, p.currency ? { style: "currency", currency: p.currency } : {})
			.format(p.price);
	}

	function add(parent, tag, words) {
		const child = document.createElement(tag);
		child.textContent = words;
		parent.append(child);
		return child;
	}

	// What others wrote goes in as text, never as markup.
	function card(feature) {
		const p = feature.properties, item = document.createElement("li"), link = document.createElement("a");
		link.href = `${say.root}/collections/all/items/${encodeURIComponent(feature.id)}`;
		add(link, "bdi", p.title || feature.id);
		item.append(link);
		const facts = [price(p), p.locality, p.partner_name || p.partner].filter(Boolean);
		add(item, "p", facts.join(" \u00b7 "));
		return item;
	}

	function cards(some) {
		const list = document.createElement("ul");
		list.append(...some.slice(0, LISTED_MAX).map(card));
		if (some.length > LISTED_MAX)
			add(list, "li", `+ ${some.length - LISTED_MAX}`);
		return list;
	}

	function button(marker, label) {
		marker.on("add", () => {
			const icon = marker.getElement();
			icon.setAttribute("role", "button");
			icon.setAttribute("aria-label", label);
		});
		return marker;
	}

	function single(feature) {
		const care = (feature.properties.partner_verdict ? " care" : "") + (feature.id === say.here ? " here" : "");
		const icon = L.divIcon({ className: `dot${care}`, iconSize: [18, 18] });
		return button(L.marker(position(feature), { icon }), feature.properties.title || feature.id)
			.bindPopup(() => cards([feature]));
	}

	function several(group, at) {
		const bounds = L.latLngBounds(group.map(position)), size = 30 + 6 * Math.ceil(Math.log10(group.length));
		const icon = L.divIcon({ className: "many", iconSize: [size, size], html: String(group.length) });
		const marker = button(L.marker(at, { icon }), `${group.length} ${say.offers}`);
		const one = bounds.getNorthEast().equals(bounds.getSouthWest()) || map.getZoom() >= CLOSEST;
		return one ? marker.bindPopup(() => cards(group)) : marker.on("click keypress", (event) => {
			if (event.type === "click" || event.originalEvent.key === "Enter")
				map.fitBounds(bounds.pad(.2), { maxZoom: CLOSEST });
		});
	}

	// First by the cell of a grid, then cells whose middles nearly touch, the largest first.
	function gather(some) {
		const cells = new Map(), groups = [];
		for (const feature of some) {
			const at = map.project(position(feature));
			const key = feature.id === say.here ? "here" : `${Math.floor(at.x / CELL)}:${Math.floor(at.y / CELL)}`;
			const cell = cells.get(key) || { x: 0, y: 0, features: [] };
			cells.set(key, cell);
			cell.x += at.x;
			cell.y += at.y;
			cell.features.push(feature);
		}
		for (const [key, cell] of [...cells].sort((a, b) => b[1].features.length - a[1].features.length)) {
			const n = cell.features.length, x = cell.x / n, y = cell.y / n;
			const near = key !== "here" && groups.find((g) => g.key !== "here" && Math.hypot(g.x - x, g.y - y) < CELL * .9);
			if (near)
				near.features.push(...cell.features);
			else
				groups.push({ key, x, y, features: cell.features });
		}
		return groups;
	}

	function commonest(group) {
		const counts = new Map();
		for (const { properties: { locality } } of group)
			if (locality)
				counts.set(locality, (counts.get(locality) || 0) + 1);
		return [...counts].sort((a, b) => b[1] - a[1]).map(([name]) => name)[0];
	}

	// Without pictures under the map, the names of towns say where one is: those that there is room for.
	function nameTowns(groups) {
		const boxes = groups.map(({ x, y }) => ({ x, y, w: 20, h: 20 }));
		const named = new Set();
		towns.clearLayers();
		for (const { x, y, features: group } of groups) {
			const name = commonest(group), box = { x, y: y + 30, w: 4 * (name || "").length, h: 9 };
			const taken = boxes.some((b) => Math.abs(b.x - box.x) < b.w + box.w && Math.abs(b.y - box.y) < b.h + box.h);
			if (!name || named.has(name) || taken)
				continue;
			named.add(name);
			boxes.push(box);
			const label = document.createElement("span");
			label.textContent = name;
			L.marker(map.unproject([x, y + 30]), { icon: L.divIcon({ className: "town", html: label, iconSize: [180, 18] }),
				interactive: false, keyboard: false }).addTo(towns);
		}
	}

	function draw() {
		const seen = map.getBounds().pad(.1), some = features.filter((f) => seen.contains(position(f))), groups = gather(some);
		marks.clearLayers();
		for (const { x, y, features: group } of groups)
			(group.length === 1 ? single(group[0]) : several(group, map.unproject([x, y]))).addTo(marks);
		if (!say.tiles)
			nameTowns(groups);
		element.dataset.drawn = some.length;
		element.dataset.zoom = map.getZoom();
	}

	map.on("popupopen", (event) => {
		const close = event.popup.getElement().querySelector(".leaflet-popup-close-button");
		close.setAttribute("aria-label", say.close);
		close.setAttribute("role", "button");
	});
	look();
	map.on("moveend", load);
	load();
})();
