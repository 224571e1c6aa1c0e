// SPDX-License-Identifier: Apache-2.0
// What ical.js reads in a calendar: node calendar.mjs FILE; JSON, its events by UID.
import fs from "node:fs";
import ICAL from "ical.js";

const calendar = new ICAL.Component(ICAL.parse(fs.readFileSync(process.argv[2], "utf8")));
const events = {};
for (const component of calendar.getAllSubcomponents("vevent")) {
	const e = new ICAL.Event(component, { strictExceptions: true });
	const end = component.getFirstPropertyValue("dtend");
	events[e.uid] = {
		summary: e.summary, description: e.description, location: e.location, start: e.startDate.toString(),
		end: end && end.toString(), names: component.getAllProperties().map((p) => p.name).sort(),
	};
}
console.log(JSON.stringify(events));
