// SPDX-License-Identifier: Apache-2.0
// What check-geojson has against a document: node geojson.mjs FILE; JSON, a list of lines.
import fs from "node:fs";
import { check, HintError } from "@placemarkio/check-geojson";

let issues = [];
try {
	check(fs.readFileSync(process.argv[2], "utf8"));
} catch (error) {
	if (!(error instanceof HintError))
		throw error;
	issues = error.issues.map((i) => i.message);
}
console.log(JSON.stringify(issues));
