// SPDX-License-Identifier: Apache-2.0
// What Google's rules have against JSON-LD, each node of it on a page of its own: node structured_data.mjs FILE;
// JSON, errors by identifier, and how many nodes were looked at.
import fs from "node:fs";
import Validator from "@adobe/structured-data-validator";
import Extractor from "@marbec/web-auto-extractor";

const document = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const result = { nodes: 0, errors: {} };
for (const node of document["@graph"]) {
	const text = JSON.stringify({ "@context": document["@context"], ...node }).replaceAll("<", "\\u003c");
	const page = `<!DOCTYPE html><title>x</title><script type="application/ld+json">${text}</script>`;
	const data = new Extractor({ addLocation: true, embedSource: ["rdfa", "microdata"] }).parse(page);
	result.nodes += Object.keys(data.jsonld).length;
	const issues = await new Validator().validate(data);
	const errors = issues.filter((i) => i.severity === "ERROR").map((i) => i.issueMessage);
	if (errors.length > 0)
		result.errors[node.identifier] = errors;
}
console.log(JSON.stringify(result));
