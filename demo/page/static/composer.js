// What is typed: a message, or a command with its offers.
import { el, $ } from './dom.js';

let commands = [];
let active = -1;

// offerCommands says which commands are offered once their beginning is typed.
export function offerCommands(all) {
  commands = all ?? [];
}

// wireComposer sends what is typed; send may refuse by throwing.
export function wireComposer(send) {
  const input = $('say');
  input.addEventListener('input', offer);
  input.addEventListener('blur', () => close());
  input.addEventListener('focus', offer);
  input.addEventListener('keydown', key);
  $('composer').addEventListener('submit', async (e) => {
    e.preventDefault();
    const text = input.value.trim();
    if (!text) return;
    close();
    if (await send(text)) input.value = '';
  });
}

const fitting = () => commands.filter((c) => $('say').value !== '' && c.text.startsWith($('say').value) && c.text !== $('say').value);

function offer() {
  const all = fitting();
  $('offers').replaceChildren(...all.map((c, i) => el('li', {
    role: 'option', id: `offer-${i}`, 'aria-selected': 'false', onpointerdown: (e) => { e.preventDefault(); take(c); },
  }, el('kbd', {}, c.text), el('small', {}, c.does))));
  $('offers').hidden = all.length === 0;
  $('say').setAttribute('aria-expanded', String(all.length > 0));
  point(-1);
}

function close() {
  $('offers').hidden = true;
  $('say').setAttribute('aria-expanded', 'false');
  point(-1);
}

function point(i) {
  active = i;
  [...$('offers').children].forEach((n, j) => n.setAttribute('aria-selected', String(i === j)));
  if (i < 0) $('say').removeAttribute('aria-activedescendant');
  else $('say').setAttribute('aria-activedescendant', `offer-${i}`);
}

function take(command) {
  $('say').value = command.text;
  $('say').focus();
  close();
}

function key(e) {
  const all = $('offers').hidden ? [] : fitting();
  if (!all.length) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
  if (step) point((active + step + all.length) % all.length);
  else if (e.key === 'Tab' && !e.shiftKey) take(all[Math.max(active, 0)]);
  else if (e.key === 'Enter' && active >= 0) take(all[active]);
  else if (e.key === 'Escape') close();
  else return;
  e.preventDefault();
}
