// SPDX-License-Identifier: Apache-2.0
// node_peer.js URL CATALOGUE: every page of URL/1.json, 2.json … into a table with better-sqlite3, the way a
// good small script does it: kept connection, prepared upsert, one transaction per page.
const http = require('http');
const Database = require('better-sqlite3');

const [url, file] = process.argv.slice(2);
const columns = ['id', 'kind', 'title', 'description', 'url', 'image_url', 'latitude', 'longitude', 'street', 'postcode',
  'locality', 'price_minor', 'currency', 'price_unit', 'capacity', 'rating', 'rating_count', 'updated_at', 'properties',
  'last_seen'];
const db = new Database(file);
db.pragma('journal_mode = WAL');
db.pragma('synchronous = NORMAL');
db.exec(`create table if not exists listing(id text primary key, kind text, title text, description text, url text,
  image_url text, latitude real, longitude real, street text, postcode text, locality text, price_minor integer,
  currency text, price_unit text, capacity integer, rating real, rating_count integer, updated_at text,
  properties text, last_seen text)`);
const upsert = db.prepare(`insert into listing(${columns}) values(${columns.map(() => '?')})
  on conflict(id) do update set ${columns.slice(1).map(c => `${c} = excluded.${c}`)}`);
const now = new Date().toISOString();
const store = db.transaction(items => {
  for (const x of items)
    upsert.run(String(x.id), 'accommodation', x.title, x.description, x.url, x.pictures[0].url, x.location.latitude,
      x.location.longitude, x.location.street, x.location.zipcode, x.location.city, x.price_per_day * 100, x.currency,
      'day', x.capacity, x.review_average, x.review_count, x.updated_at, JSON.stringify({ type: x.type }), now);
});

const agent = new http.Agent({ keepAlive: true });
const get = address => new Promise((resolve, reject) => http.get(address, { agent }, answer => {
  const chunks = [];
  answer.on('data', chunk => chunks.push(chunk));
  answer.on('end', () => resolve(Buffer.concat(chunks).toString()));
}).on('error', reject));

(async () => {
  let seen = 0, total = 1;
  for (let page = 1; seen < total; page++) {
    const answer = JSON.parse(await get(`${url}/${page}.json`));
    total = answer.total;
    seen += answer.results.length;
    store(answer.results);
  }
  agent.destroy();
  db.close();
})();
