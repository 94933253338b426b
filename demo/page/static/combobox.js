// A field that asks while one types: Slack's external_select.
import { el } from './dom.js';

const patience = 140; // ms after the last key

export function combobox({ wiring, held, placeholder, atLeast, autofocus, find, choose }) {
  let chosen = held;
  let found = [];
  let active = -1;
  let timer;
  let asked = 0;
  const list = el('ul', { class: 'options', role: 'listbox', id: `${wiring.id}-list`, hidden: true });
  const input = el('input', {
    ...wiring, type: 'text', role: 'combobox', autocomplete: 'off', spellcheck: 'false', 'aria-autocomplete': 'list',
    'aria-expanded': 'false', 'aria-controls': list.id, placeholder, value: held?.text ?? '', autofocus,
    oninput: () => ask(patience), onfocus: () => { input.select(); if (!chosen) ask(0); }, onclick: () => list.hidden && ask(0), onblur: leave, onkeydown: key,
  });

  function ask(delay) {
    clearTimeout(timer);
    const query = input.value === chosen?.text ? '' : input.value.trim();
    if (query.length < atLeast) return close();
    timer = setTimeout(async () => {
      const mine = ++asked;
      const got = await find(query);
      if (mine === asked && document.activeElement === input) open(got);
    }, delay);
  }

  function open(options) {
    found = options;
    list.replaceChildren(...found.map((o, i) => el('li', {
      role: 'option', id: `${list.id}-${i}`, 'aria-selected': 'false', onpointermove: () => active === i || point(i),
      onpointerdown: (e) => { e.preventDefault(); take(i); },
    }, el('span', {}, o.text), o.description ? el('small', {}, o.description) : null)));
    if (!found.length) list.append(el('li', { class: 'none' }, 'Nothing found'));
    list.hidden = false;
    input.setAttribute('aria-expanded', 'true');
    point(found.length ? 0 : -1);
  }

  function close() {
    clearTimeout(timer);
    asked++;
    list.hidden = true;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  }

  function point(i) {
    active = i;
    [...list.children].forEach((n, j) => n.setAttribute('aria-selected', String(i === j)));
    if (i < 0) return input.removeAttribute('aria-activedescendant');
    input.setAttribute('aria-activedescendant', `${list.id}-${i}`);
    list.children[i].scrollIntoView({ block: 'nearest' });
  }

  function take(i) {
    chosen = found[i];
    input.value = chosen.text;
    close();
    choose(chosen);
  }

  // leave drops what was typed and not chosen; an emptied field is an answer.
  function leave() {
    close();
    if (input.value === '' && chosen) {
      chosen = undefined;
      choose(null);
    }
    input.value = chosen?.text ?? '';
  }

  function key(e) {
    if (list.hidden) {
      if (e.key === 'ArrowDown') ask(0);
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step && found.length) point((active + step + found.length) % found.length);
    else if (e.key === 'Enter' && active >= 0) take(active);
    else if (e.key === 'Escape') close();
    else return;
    e.preventDefault();
    e.stopPropagation();
  }

  return el('div', { class: 'combobox' }, input, list);
}
