// Holds the cards of a folder to the official renderer: node cards.mjs CARDS [FOLDER FOR PICTURES]
import { chromium } from 'playwright-core';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { look, setUp, draw } from './host.mjs';
import { broken } from './broken.mjs';

const [folder, pictures] = process.argv.slice(2);
const target = [1, 5]; // what Teams takes of a bot's cards
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
const library = path.dirname(createRequire(import.meta.url).resolve('adaptivecards/package.json'));
const style = `body { margin: 0; background: #F5F5F5; } #frame { display: inline-block; padding: 16px; }
  #card { width: 560px; background: #FFF; border: 1px solid #E1DFDD; border-radius: 8px; box-shadow: 0 1px 2px rgba(0, 0, 0, .12); overflow: hidden; }
  .ac-pushButton { font: 600 14px ${look.fontFamily}; padding: 5px 12px; border: 1px solid #D1D1D1; border-radius: 4px; background: #FFF; color: #242424; }
  .ac-pushButton.style-positive { background: #5B5FC7; border-color: #5B5FC7; color: #FFF; }
  .ac-pushButton.style-destructive { color: #C4314B; border-color: #C4314B; }
  .ac-pushButton.expandable::after { content: ' ⌄'; font: inherit; }
  .ac-input { font: 14px ${look.fontFamily}; box-sizing: border-box; }
  .ac-textInput, .ac-choiceSetInput-filtered-textbox, select.ac-input { padding: 6px 10px; border: 0; border-bottom: 1px solid #616161; border-radius: 4px; background: #F0F0F0; }
  .ac-toggleInput, .ac-choiceSetInput-expanded { background: none; padding: 2px 0; }`;

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'] });
const page = await browser.newPage({ viewport: { width: 620, height: 800 }, deviceScaleFactor: 1.5, timezoneId: 'Europe/Berlin', locale: 'en-GB' });
const wrong = [];
page.on('pageerror', (err) => wrong.push(`the page: ${err.message}`));
page.on('request', (r) => /^https?:/.test(r.url()) && wrong.push(`asked for ${r.url()}`));
await page.setContent('<!doctype html><html lang="en"><body><div id="frame"><div id="card"></div></div></body></html>');
await page.addStyleTag({ path: path.join(library, 'dist/adaptivecards.css') });
await page.addStyleTag({ content: style });
await page.addScriptTag({ path: path.join(library, 'dist/adaptivecards.min.js') });
await page.evaluate(setUp);
const drawn = (card, version = target) => page.evaluate(draw, { card, look, version });

if (files.length === 0) wrong.push(`there is no card in ${folder}`);
for (const name of files) {
  const card = JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
  const got = await drawn(card);
  for (const objection of got.objections) wrong.push(`${name}: ${objection}`);
  if (got.version !== target.join('.')) wrong.push(`${name}: it is of version ${got.version}, not ${target.join('.')}`);
  if (!got.text.trim()) wrong.push(`${name}: nothing was drawn`);
  if (pictures) await page.locator('#frame').screenshot({ path: path.join(pictures, `teams-${name.replace(/json$/, 'png')}`) });
}
for (const { what, card, objection } of broken) { // the check itself is checked
  const got = await drawn(card);
  if (!got.objections.some((o) => objection.test(o))) wrong.push(`a card with ${what} passed: ${JSON.stringify(got.objections)}`);
}
await browser.close();
console.log(`${files.length} cards drawn at version ${target.join('.')}, ${broken.length} broken ones refused`);
if (wrong.length) {
  console.error(wrong.join('\n'));
  process.exit(1);
}
