// SPDX-License-Identifier: Apache-2.0
// node webhook.mjs FILE: what the libraries of Standard Webhooks and CloudEvents say of requests: [{headers, body}], and a secret.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
const require = createRequire(import.meta.url);
const { Webhook } = require("standardwebhooks");
const { HTTP } = require("cloudevents");

const { secret, requests } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const said = requests.map(({ headers, body }) => {
	try {
		const payload = new Webhook(secret).verify(body, headers);
		const events = [HTTP.toEvent({ headers, body })].flat();
		return {
			payload: Array.isArray(payload) ? null : { type: payload.type, timestamp: payload.timestamp, data: typeof payload.data },
			events: events.map((e) => ({ id: e.id, type: e.type, source: e.source, valid: e.validate(), data: typeof e.data })),
		};
	} catch (error) {
		return { error: `${error.constructor.name}: ${error.message}` };
	}
});
console.log(JSON.stringify(said));
