// SPDX-License-Identifier: Apache-2.0
// node rpde.mjs URL: what OpenActive's validator says of an RPDE feed.
import { createRequire } from "node:module";
const { RpdeValidator } = createRequire(import.meta.url)("@openactive/rpde-validator");

const silent = console.log;
console.log = () => {};
const log = await RpdeValidator(process.argv[2], { pageLimit: 50, requestDelayMs: 0, timeoutMs: 20000 });
console.log = silent;
const found = { failures: [], warnings: [], pages: log.pages.length };
for (const page of log.pages) {
	for (const e of page.errors) {
		const words = `${e.data?.type ?? e.type}: ${e.data?.message ?? e.message}`;
		const severity = e.data?.severity ?? e.severity;
		(severity === "failure" ? found.failures : found.warnings).push(words);
	}
}
console.log(JSON.stringify(found));
