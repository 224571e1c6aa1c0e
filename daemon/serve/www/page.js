// SPDX-License-Identifier: Apache-2.0
// What scripts add to a partner's sheet: a button that prints it.
"use strict";

for (const button of document.querySelectorAll("button.print")) {
	button.hidden = false;
	button.addEventListener("click", () => window.print());
}
