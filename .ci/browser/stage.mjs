// The browser that a play takes place in, at the address of the demo page; pictures go to a folder where one is given.
import { chromium } from 'playwright-core';
import path from 'node:path';
import { must } from './steps.mjs';

const [, play, at, pictures] = process.argv;
if (!at) {
  console.error(`usage: node ${path.basename(play)} ADDRESS [FOLDER FOR PICTURES]`);
  process.exit(2);
}
export const address = at;
export const patience = 20_000; // ms for anything to come true
export const laptop = { width: 1280, height: 800 };

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
const context = await browser.newContext({ viewport: laptop, colorScheme: 'light', deviceScaleFactor: 1.5, reducedMotion: 'reduce' });
export const page = await context.newPage();
page.setDefaultTimeout(patience);

// What the page complained of, and what it asked others for.
export const complaints = [];
export const strangers = [];
page.on('pageerror', (err) => complaints.push(err.message));
page.on('console', (m) => m.type() === 'error' && complaints.push(m.text()));
page.on('request', (r) => new URL(r.url()).origin === new URL(address).origin || strangers.push(r.url()));

export const see = (locator) => locator.first().waitFor({ state: 'visible' });
export const gone = (locator) => locator.first().waitFor({ state: 'detached' });

export async function picture(name) {
  if (!pictures) return;
  await page.mouse.move(0, 0);
  await page.screenshot({ path: path.join(pictures, `${name}.png`), animations: 'disabled' });
}

export async function until(what, holds) {
  const end = Date.now() + patience;
  while (!(await holds())) {
    must(Date.now() < end, `not within ${patience / 1000} s: ${what}`);
    await page.waitForTimeout(100);
  }
}

// leave ends the play; failed steps make it fail.
export async function leave(failed) {
  await browser.close();
  process.exit(failed ? 1 : 0);
}
