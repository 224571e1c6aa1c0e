// SPDX-License-Identifier: Apache-2.0
// What axe, pa11y (HTML_CodeSniffer) and a browser have against pages: node pages.mjs FOLDER NAME=URL …
// Each is looked at on a desk by day in French and on a telephone by night in English; pictures are kept in FOLDER.
import fs from "node:fs";
import { createRequire } from "node:module";
import pa11y from "pa11y";
import { launch, open } from "./browser.mjs";

const LOOKS = {
	desk: { viewport: { width: 1280, height: 900 }, scheme: "light", language: "fr" },
	phone: { viewport: { width: 390, height: 844, isMobile: true, hasTouch: true }, scheme: "dark", language: "en" },
};
const AXE = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const [folder, ...pages] = process.argv.slice(2);
fs.mkdirSync(folder, { recursive: true });
const browser = await launch(), found = {};

async function axe(page) {
	await page.evaluate(AXE);
	const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
	return violations.flatMap((v) => v.nodes.map((n) => `axe ${v.id}: ${v.help}: ${n.target}: ${n.html}`));
}

async function codesniffer(page, url, viewport) {
	const { issues } = await pa11y(url, { browser, page, viewport, ignoreUrl: true, standard: "WCAG2AA", timeout: 60000 });
	return issues.map((i) => `pa11y ${i.code}: ${i.message}: ${i.selector}`);
}

async function look(name, url, as, { viewport, scheme, language }) {
	const { page, heard, hosts } = await open(browser);
	await page.setViewport(viewport);
	await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
	await page.setExtraHTTPHeaders({ "Accept-Language": language });
	await page.goto(url);
	await page.waitForFunction(() => [...document.querySelectorAll("#map")].every((map) => map.dataset.drawn));
	const issues = await axe(page);
	const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
	await page.screenshot({ path: `${folder}/${name}-${as}.png`, fullPage: true });
	if (as === "desk")
		issues.push(...await codesniffer(page, url, viewport));
	if (as === "desk" && name === "sheet")
		await page.pdf({ path: `${folder}/${name}.pdf`, preferCSSPageSize: true });
	await page.close();
	return { issues, heard, hosts: [...hosts], wide };
}

for (const spec of pages) {
	const at = spec.indexOf("="), name = spec.slice(0, at);
	for (const [as, how] of Object.entries(LOOKS))
		found[`${name} ${as}`] = await look(name, spec.slice(at + 1), as, how);
}
await browser.close();
console.log(JSON.stringify(found));
