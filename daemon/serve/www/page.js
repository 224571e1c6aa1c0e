// SPDX-License-Identifier: Apache-2.0
// What scripts add to a partner's sheet: a button that prints it; who answers, and the token, are typed once and kept
// until the window is closed.
"use strict";

for (const button of document.querySelectorAll("button.print")) {
	button.hidden = false;
	button.addEventListener("click", () => window.print());
}

for (const form of document.querySelectorAll("form.answer")) {
	const kept = form.querySelectorAll("input[data-keep]");
	for (const input of kept)
		input.value = sessionStorage.getItem(`vigie.${input.name}`) || "";
	form.addEventListener("submit", () => {
		for (const input of kept)
			sessionStorage.setItem(`vigie.${input.name}`, input.value);
	});
}
