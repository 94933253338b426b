// Plays the demo page with people in front of Teams: Finn asks there, Caro agrees there and Ben in Slack, Finn gives it back.
import { readdirSync, readFileSync } from 'node:fs';
import { step, runSteps, must } from './steps.mjs';
import { address, page, see, gone, until, picture, complaints, strangers, leave } from './stage.mjs';

const reason = 'OPS-77: the index is *broken*';

const chat = (name, which) => page.getByTestId(`chat-${name}-${which}`);
const group = page.getByTestId('group-prod-db');
const messages = page.locator('#messages');
const form = page.getByTestId('modal');
const finnInGroup = group.getByTestId('member').filter({ hasText: 'Finn Berg' }).and(page.locator(':not([aria-hidden])'));
const card = (words) => page.getByTestId('message').filter({ hasText: words });

async function sit(name, which) {
  await chat(name, which).click();
  await page.locator(`[data-testid="person-${name}"][aria-pressed="true"]`).waitFor();
  await page.locator(`[data-testid="chat-${name}-${which}"][aria-pressed="true"]`).waitFor();
}

step('Finn and Caro sit in front of Teams', async () => {
  await page.goto(address);
  await sit('caro', 'teams');
  await sit('finn', 'teams');
  must((await page.getByTestId('room-home').count()) === 0, 'Teams has a Home of Slack');
});

step('typing offers what Teams understands, and the card opens the dialog', async () => {
  await page.getByTestId('composer').fill('acc');
  await see(page.locator('#offers').getByRole('option', { name: /^access/ }));
  await page.getByTestId('composer').fill('access');
  await page.keyboard.press('Enter');
  await messages.getByRole('button', { name: 'Ask for access' }).last().click();
  await see(form.getByRole('heading'));
});

step('the dialog finds the thing by typing and shows the choices for it', async () => {
  const what = form.getByRole('combobox', { name: /^What/ });
  await what.fill('prod-d');
  await form.getByRole('option', { name: /prod-db/ }).first().click();
  await form.getByRole('button', { name: 'Show choices' }).click();
  await see(form.getByText(/Caro|decides/));
  await form.getByLabel(/^Why/).fill('no');
  await form.getByRole('button', { name: 'Ask', exact: true }).click();
  await see(form.locator('.colour-attention'));
  must((await form.getByLabel(/^Why/).inputValue()) === 'no', 'what was typed did not survive');
  await form.getByLabel(/^Why/).fill(reason);
  await picture('demo-teams-form');
  await form.getByRole('button', { name: 'Ask', exact: true }).click();
  await until('the dialog is closed', async () => !(await form.isVisible()));
  await see(card('prod-db').filter({ hasText: 'Waiting for Caro Lind' }));
});

step('Caro agrees in the chat that reaches her', async () => {
  await page.getByTestId('person-caro').click();
  const approve = messages.getByRole('button', { name: /^Approve/ });
  await see(approve);
  await see(messages.getByText(reason));
  await picture('demo-teams');
  await approve.first().click();
  await gone(approve);
});

step('Ben agrees in Slack, and Finn has it in Teams', async () => {
  await sit('ben', 'slack');
  const approve = messages.getByRole('button', { name: /^Approve/ });
  await approve.first().click();
  await gone(approve);
  await sit('finn', 'teams');
  await see(finnInGroup);
  await see(messages.getByRole('button', { name: 'Give back' }));
});

step('Finn gives it back in Teams', async () => {
  await messages.getByRole('button', { name: 'Give back' }).first().click();
  const sure = messages.locator('.ac-unfolded').getByRole('button').first();
  if (await sure.isVisible()) await sure.click();
  await until('Finn is out of the group', async () => (await finnInGroup.count()) === 0);
  await see(card(/is over/));
});

step('every card that we know is drawn, and typed text stays text', async () => {
  const folder = new URL('../../bot/teams/testdata/', import.meta.url);
  const cards = readdirSync(folder).map((name) => ({ name, card: JSON.parse(readFileSync(new URL(name, folder), 'utf8')) }));
  must(cards.length > 0, 'there is no card');
  const wrong = await page.evaluate(async (all) => {
    const { drawCard } = await import('/cards.js');
    return all.filter(({ card }) => {
      const node = drawCard(card, { prefix: 'x-' });
      const said = card.body.flatMap((e) => e.inlines ?? []).map((r) => r.text).filter((text) => !text.includes('{{'));
      return node.querySelector('.unknown, b, script') || node.textContent.includes('{{') || said.some((text) => !node.textContent.includes(text));
    }).map(({ name }) => name);
  }, cards);
  must(wrong.length === 0, `drawn wrongly: ${wrong.join(', ')}`);
});

step('nothing was loaded from elsewhere and nothing complained', async () => {
  must(strangers.length === 0, `asked for ${strangers.join(', ')}`);
  must(complaints.length === 0, complaints.join('\n'));
});

await leave(await runSteps((name) => picture(`failed-${name.replace(/\W+/g, '-')}`)));
