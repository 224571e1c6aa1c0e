// SPDX-License-Identifier: Apache-2.0
// A member of staff answers on a partner's sheet: node answer.mjs URL TOKEN.  First with a wrong token, then with the right one.
import { launch, open } from "./browser.mjs";

const [url, token] = process.argv.slice(2);
const browser = await launch();
const { page, heard } = await open(browser);

async function answer(word) {
	await page.goto(url);
	await page.$eval("#token-answer", (input, value) => { input.value = value; }, word);
	await page.type("#by", "e");
	await page.type("#note", "J’ai appelé « là-bas » & 2 fois");
	const [response] = await Promise.all([page.waitForNavigation(), page.click("button[value=ack]")]);
	return response.status();
}

const wrong = await answer("wrong"), right = await answer(token), at = page.url();
const found = { wrong, right, at, cookies: await page.cookies(), token: await page.$eval("input[name=token]", (input) => input.value),
	by: await page.$eval("#by", (input) => input.value), said: await page.$eval("#answers", (h) => h.parentElement.innerText), heard };
await browser.close();
console.log(JSON.stringify(found));
