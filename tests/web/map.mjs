// SPDX-License-Identifier: Apache-2.0
// The map: node map.mjs URL COUNT LEAFLET.  Our own page of URL, by keyboard and by mouse, until COUNT listings are drawn; then
// somebody else's page on another origin, which follows « next » with Leaflet (the folder LEAFLET).
import fs from "node:fs";
import http from "node:http";
import { launch, open } from "./browser.mjs";

const [url, count, leaflet] = process.argv.slice(2);
const browser = await launch();
const heard = [];

async function drawn(page) {
	await page.waitForFunction(`document.getElementById("map").dataset.drawn === "${count}"`, { timeout: 20000 }).catch(() => 0);
}

async function ours() {
	const { page, heard: said, hosts } = await open(browser);
	await page.goto(`${url}/`);
	await drawn(page);
	const marks = await page.$$eval(".map [role=button][aria-label]", (all) => all.map((m) => m.getAttribute("aria-label")));
	const shown = await page.$$eval(".map .many, .map .dot", (all) => all.map((m) => Number(m.textContent || 1)));
	// By keyboard: into the first cluster until a listing opens.
	const opened = ".leaflet-popup a[href*='/items/']";
	for (let i = 0; i < 20 && !(await page.$(opened)); i++) {
		const zoom = await page.evaluate(() => {
			document.querySelector(".map .dot, .map .many").focus();
			return document.getElementById("map").dataset.zoom;
		});
		await page.keyboard.press("Enter");
		await page.waitForFunction((link, before) => document.querySelector(link) || document.getElementById("map").dataset.zoom !== before,
			{ timeout: 20000 }, opened, zoom);
	}
	const link = await page.$eval(opened, (a) => ({ href: a.href, text: a.textContent }));
	heard.push(...said);
	await page.close();
	return { marks, sum: shown.reduce((a, b) => a + b, 0), link, hosts: [...hosts] };
}

const THEIRS = `<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="leaflet.css"><div id="map" style="height:400px"></div>
<script src="leaflet.js"></script><script>
const map = L.map("map").setView([0, 0], 1);
(async () => {
	let next = "${url}/collections/all/items?f=json&limit=40", n = 0, pages = 0;
	while (next) {
		const page = await (await fetch(next)).json();
		L.geoJSON(page.features.filter((f) => f.geometry)).addTo(map).eachLayer(() => n++);
		next = (page.links.find((l) => l.rel === "next") || {}).href;
		pages++;
	}
	document.getElementById("map").dataset.pages = pages;
	document.getElementById("map").dataset.drawn = n;
})();
</script>`;

async function theirs() {
	const server = http.createServer((request, answer) => {
		const files = { "/leaflet.js": "leaflet.min.js", "/leaflet.css": "leaflet.css" }, file = files[request.url];
		answer.setHeader("Content-Type", request.url.endsWith(".js") ? "text/javascript" : request.url.endsWith(".css") ? "text/css" : "text/html");
		answer.end(file ? fs.readFileSync(`${leaflet}/${file}`) : request.url === "/" ? THEIRS : "");
	});
	await new Promise((done) => server.listen(0, "127.0.0.1", done));
	const { page, heard: said } = await open(browser);
	await page.goto(`http://127.0.0.1:${server.address().port}/`);
	await drawn(page);
	const pages = await page.$eval("#map", (m) => Number(m.dataset.pages));
	heard.push(...said);
	await page.close();
	server.close();
	return { pages };
}

const found = { ours: await ours(), theirs: await theirs(), heard };
await browser.close();
console.log(JSON.stringify(found));
