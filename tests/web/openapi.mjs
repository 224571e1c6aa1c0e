// SPDX-License-Identifier: Apache-2.0
// What three validators have against an OpenAPI document: node openapi.mjs FILE; JSON, a list of lines for each.
import fs from "node:fs";
import Spectral from "@stoplight/spectral-core";
import Rulesets from "@stoplight/spectral-rulesets";
import { createConfig, lint } from "@redocly/openapi-core";
import { Validator } from "@seriousme/openapi-schema-validator";

const file = process.argv[2];
const text = fs.readFileSync(file, "utf8");

async function spectral() {
	const linter = new Spectral.Spectral();
	linter.setRuleset({ extends: [Rulesets.oas] });
	const found = await linter.run(text);
	return found.map((p) => `${p.code} at ${p.path.join("/")}: ${p.message}`);
}

async function redocly() {
	const found = await lint({ ref: file, config: await createConfig({ extends: ["recommended"] }) });
	return found.map((p) => `${p.severity} ${p.ruleId} at ${p.location?.[0]?.pointer}: ${p.message}`);
}

async function schema() {
	const result = await new Validator().validate(JSON.parse(text));
	return result.valid ? [] : [].concat(result.errors).map((e) => (typeof e === "string" ? e : JSON.stringify(e)));
}

console.log(JSON.stringify({ spectral: await spectral(), redocly: await redocly(), schema: await schema() }));
