// SPDX-License-Identifier: Apache-2.0
// Debian's Chromium for the other scripts, and what a page asked for and complained about while it was open.
import puppeteer from "puppeteer";

export async function launch() {
	return puppeteer.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
}

// A new page whose `heard` fills up with complaints of scripts and policies, and `hosts` with whom it asked.
export async function open(browser) {
	const page = await browser.newPage(), heard = [], hosts = new Set();
	page.on("console", (message) => ["error", "warning"].includes(message.type()) && heard.push(message.text()));
	page.on("pageerror", (error) => heard.push(String(error)));
	page.on("dialog", async (dialog) => {
		heard.push(`a dialog: ${dialog.message()}`);
		await dialog.dismiss();
	});
	page.on("request", (request) => request.url().startsWith("data:") || hosts.add(new URL(request.url()).host));
	return { page, heard, hosts };
}
