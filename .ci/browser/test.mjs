// Plays the demo page as a visitor would: Ana asks, Caro and Ben agree, Ana
// has access, Ana gives it back. What counts is read from the world on the
// right, which shows the stand-ins' own state.
import { step, runSteps, must } from './steps.mjs';
import { wrongRenderings } from './render.mjs';
import { address, page, see, gone, until, picture, laptop, patience, complaints, strangers, leave } from './stage.mjs';

const phone = { width: 390, height: 844 };
const reason = 'OPS-482: replay failed payments';
const hostile = 'OPS-1: <b>now</b> *bold* <!channel> <https://evil.example|click>';

const form = page.getByTestId('modal');
const group = page.getByTestId('group-prod-db');
const anaInGroup = group.getByTestId('member').filter({ hasText: 'Ana Silva' }).and(page.locator(':not([aria-hidden])'));
const ticket = page.getByTestId('ticket').filter({ hasText: 'prod-db' });
const cards = page.getByTestId('message');
const approve = page.locator('#messages').getByRole('button', { name: /^Approve/ });

async function be(name) {
  await page.getByTestId(`person-${name}`).click();
  await page.locator(`[data-testid="person-${name}"][aria-pressed="true"]`).waitFor({ state: 'attached' }); // out of sight on a phone
  await page.getByTestId('room-direct').click();
}

step('the page opens as Ana and says what to press', async () => {
  await page.goto(address);
  await see(page.getByTestId('start'));
  await see(page.locator('[data-testid="person-ana"][aria-pressed="true"]'));
  must((await anaInGroup.count()) === 0, 'Ana is in the group before she asked');
  await picture('demo-first');
});

step('the button opens the form, Escape closes it', async () => {
  await page.getByTestId('start').click();
  await see(form.getByRole('heading'));
  must(await form.evaluate((d) => d.contains(document.activeElement)), 'the focus is not in the form');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape'); // the first may have closed the open list
  await until('the form is closed', async () => !(await form.isVisible()));
});

step('a slash offers commands and /access opens the form', async () => {
  await page.getByTestId('composer').fill('/');
  await see(page.locator('#offers').getByRole('option', { name: /\/access/ }));
  await page.getByTestId('composer').fill('/access');
  await page.keyboard.press('Enter');
  await see(form.getByRole('heading'));
});

step('an empty form says at its fields what is missing', async () => {
  await form.getByTestId('modal-submit').click();
  await see(form.locator('.wrong:not(:empty)'));
});

step('the resource is found by typing', async () => {
  const what = form.getByRole('combobox', { name: /^What/ });
  await what.click();
  await what.fill('prod-d');
  await see(form.getByRole('option', { name: /prod-db/ }));
  await form.getByRole('option', { name: /prod-db/ }).first().click();
  must((await what.inputValue()).includes('prod-db'), 'the choice does not stand in the field');
});

step('duration and reason are filled in', async () => {
  const select = form.getByRole('combobox', { name: /^How long/ });
  const radio = form.getByRole('radio', { name: /^[24] ?h/ });
  await see(select.or(radio));
  if (await select.count()) {
    const label = (await select.locator('option').allTextContents()).find((text) => /^[24] ?h/.test(text));
    await select.selectOption({ label });
  } else await radio.first().check();
  await form.getByLabel(/^Why/).fill(reason);
  await until('the form says who decides', async () => /decides|Caro/.test(await form.innerText()));
  must((await form.getByLabel(/^Why/).inputValue()) === reason, 'what was typed did not survive the redrawing');
  await picture('demo-form');
});

step('Ask closes the form and gives Ana her card', async () => {
  await form.getByTestId('modal-submit').click();
  await until('the form is closed', async () => !(await form.isVisible()));
  await see(cards.filter({ hasText: /R\d+/ }).filter({ hasText: 'prod-db' }));
});

step('Caro is told: a badge and a hint that leads to her', async () => {
  await see(page.getByTestId('person-caro').locator('.count'));
  await until('the hint names Caro', async () => /Caro/.test(await page.locator('#hint').innerText()));
  await page.getByTestId('hint').click();
  await see(page.locator('[data-testid="person-caro"][aria-pressed="true"]'));
});

step('the card says who asks, for what and why', async () => {
  for (const words of ['Ana Silva', 'prod-db', reason]) await see(page.locator('#messages').getByText(words));
});

step('Caro approves', async () => {
  await approve.first().click();
  await gone(approve);
  must((await anaInGroup.count()) === 0, 'Ana has access after one of two');
});

step('Ben approves', async () => {
  await be('ben');
  await see(approve);
  await picture('demo-light');
  await approve.first().click();
  await gone(approve);
});

step('Ana is in the Okta group and the ticket moved', async () => {
  await see(anaInGroup);
  await see(ticket.filter({ hasText: /In Progress/i }));
});

step('the feed tells the story in dark colours too', async () => {
  await page.getByTestId('theme').click();
  must((await page.evaluate(() => document.documentElement.dataset.theme)) === 'dark', 'the colours did not change');
  await page.getByTestId('room-feed').click();
  await see(page.locator('.thread .reply').filter({ hasText: 'Ben Okafor' }));
  await picture('demo-dark');
  await page.getByTestId('theme').click();
});

step('it fits a phone', async () => {
  await page.setViewportSize(phone);
  await page.locator('#panes [data-pane="people"]').click();
  await be('ana');
  await see(page.locator('#messages').getByRole('button', { name: /^Give back/ }));
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  must(!wide, 'the page is wider than the phone');
  await picture('demo-phone');
  await page.locator('#panes [data-pane="world"]').click();
  await see(group);
  await page.locator('#panes [data-pane="chat"]').click();
  await page.setViewportSize(laptop);
});

step('everything that can be used has a name', async () => {
  const nameless = await page.evaluate(() => [...document.querySelectorAll('button, input, select, textarea, [role="dialog"]')]
    .filter((n) => n.checkVisibility() && !n.labels?.length && !n.getAttribute('aria-label') && !n.getAttribute('aria-labelledby') && !n.textContent.trim())
    .map((n) => n.outerHTML.slice(0, 120)));
  must(nameless.length === 0, nameless.join('\n'));
});

step('Ana gives it back and the group no longer lists her', async () => {
  await be('ana');
  await page.locator('#messages').getByRole('button', { name: /^Give back/ }).first().click();
  const sure = page.getByTestId('confirm-yes');
  if (await sure.isVisible()) await sure.click();
  await until('Ana is out of the group', async () => (await anaInGroup.count()) === 0);
});

step('company time runs faster and the end is proved', async () => {
  await page.getByTestId('faster').click();
  await see(page.locator('[data-testid="faster"][aria-checked="true"]'));
  await see(page.locator('#messages').getByText(/is over|no longer a member/));
  await see(ticket.filter({ hasText: /Done/i }));
});

step('what somebody types stays text', async () => {
  await be('ana');
  await page.getByTestId('composer').fill('/access prod-db for 1h because OPS-1');
  await page.keyboard.press('Enter');
  await see(form.getByRole('heading'));
  await form.getByLabel(/^Why/).fill(hostile);
  await form.getByTestId('modal-submit').click();
  await until('the form is closed', async () => !(await form.isVisible()));
  await page.getByTestId('room-feed').click();
  await see(page.locator('.thread .reply').getByText(hostile, { exact: false }));
  must((await page.locator('#messages b, #messages a[href*="evil"]').count()) === 0, 'typed text became markup');
});

step('Home opens', async () => {
  await page.getByTestId('room-home').click();
  await see(page.locator('.homeview .block'));
});

step('every form of Block Kit is drawn as it should be', async () => {
  const wrong = await wrongRenderings(page);
  must(wrong.length === 0, wrong.join('\n'));
});

step('nothing was loaded from elsewhere and nothing complained', async () => {
  must(strangers.length === 0, `asked for ${strangers.join(', ')}`);
  must(complaints.length === 0, complaints.join('\n'));
});

await leave(await runSteps((name) => picture(`failed-${name.replace(/\W+/g, '-')}`)));
