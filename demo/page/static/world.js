// What stands around the conversation: people, the story, and the world outside.
import { el, keyed, avatar, colourPeople, flash, $ } from './dom.js';
import { companyNow, time, timeSeconds, shortDay, city, setClock } from './time.js';

// drawPeople shows everybody, with a switch between the chats where there are several; chatOf tells which one a person looks at.
export function drawPeople(state, become, chatOf) {
  colourPeople(state.people.map((p) => p.id));
  const chats = (p) => (state.chats ?? []).map((c) => ({ ...c, on: c.id === chatOf(p), unread: p.unreadIn?.[c.id] ?? 0 }));
  const people = state.people.map((p) => ({ ...p, on: p.id === state.you, chats: chats(p) }));
  keyed($('people'), people, (p) => p.id, (p) => el('li', { class: 'seat' }, el('button', {
    type: 'button', class: 'person', 'aria-pressed': String(p.on), 'data-testid': `person-${p.name.split(' ')[0].toLowerCase()}`, onclick: () => become(p.id),
  }, avatar(p.id, p.name),
  el('span', { class: 'who' }, el('span', { class: 'name' }, p.name, p.on ? el('span', { class: 'you' }, 'you') : null,
      ...(p.tags ?? []).map((t) => el('span', { class: `tag ${t.replace(/\W/g, '')}` }, t))),
    el('span', { class: 'title' }, p.title)),
  p.unread ? el('span', { class: 'count' }, String(p.unread), el('span', { class: 'hide' }, ' unread')) : null), chatSwitch(p, become)));
  badge('people-count', people.reduce((n, p) => n + (p.on ? 0 : p.unread), 0));
  badge('chat-count', people.find((p) => p.on)?.unread ?? 0);
}

function chatSwitch(p, become) {
  const first = p.name.split(' ')[0];
  return p.chats.length > 1 && el('div', { class: 'chats', role: 'group', 'aria-label': `The chat of ${first}` }, ...p.chats.map((c) => el('button', {
    type: 'button', 'aria-pressed': String(c.on), 'data-testid': `chat-${first.toLowerCase()}-${c.id}`, onclick: () => become(p.id, c.id),
  }, c.name, c.unread ? el('span', { class: 'count' }, String(c.unread), el('span', { class: 'hide' }, ' unread')) : null)));
}

function badge(id, n) {
  $(id).hidden = n === 0;
  $(id).textContent = n;
}

// drawStory shows the stations of the story and the next thing to do.
export function drawStory(steps, hint, follow) {
  const present = (steps ?? []).findIndex((s) => !s.done);
  const stations = (steps ?? []).map((s, i) => ({ ...s, i, now: i === present }));
  keyed($('steps'), stations, (s) => s.i, (s) => el('li', { class: s.done ? 'done' : s.now ? 'now' : 'later', 'aria-current': s.now ? 'step' : null },
    el('span', { class: 'dot', 'aria-hidden': 'true' }, s.done ? '✓' : String(s.i + 1)), el('span', { class: 'title' }, s.title),
    s.done ? el('span', { class: 'hide' }, ' (done)') : null));
  $('hint').hidden = !hint;
  keyed($('hint'), hint ? [hint] : [], () => 'hint', (h) => el('div', { class: 'line' }, el('span', { class: 'next' }, 'Next'),
    el('span', { class: 'text' }, h.text),
    h.do ? el('button', { type: 'button', class: 'button small', 'data-testid': 'hint', onclick: () => follow(h) }, h.button) : null));
}

export function drawOutside(outside, you, switchFault) {
  drawClock(outside.clock);
  keyed($('groups'), outside.groups ?? [], (g) => g.name, group, (node, g) => members(node, g, you));
  keyed($('tickets'), outside.tickets?.length ? outside.tickets.toReversed() : [{ key: '' }], (t) => t.key, ticket);
  keyed($('shifts'), outside.shifts ?? [], (s) => `${s.schedule} ${s.level} ${s.name}`, shift);
  keyed($('faults'), outside.faults ?? [], (f) => f.name, (f) => el('li', {}, el('button', {
    type: 'button', class: 'switch', role: 'switch', 'aria-checked': String(f.on), 'data-testid': `fault-${f.name}`, onclick: () => switchFault(f.name, !f.on),
  }, el('span', {}, f.label))));
}

function drawClock(clock) {
  setClock(clock);
  $('faster').setAttribute('aria-checked', String(clock.speed > 1));
  $('world').classList.toggle('fast', clock.speed > 1);
  $('pace').textContent = clock.speed > 1 ? 'A minute passes each second.' : 'As fast as your own.';
  tick();
}

// tick moves the hands. It is called again and again.
export function tick() {
  const now = companyNow();
  $('now').textContent = $('faster').getAttribute('aria-checked') === 'true' ? time(now) : timeSeconds(now);
  $('today').textContent = shortDay(now) + (city() ? `, ${city()}` : '');
}

function group(g) {
  return el('li', { class: 'group', 'data-testid': `group-${g.name}` }, el('div', { class: 'head' }, el('strong', {}, g.name), el('span', { class: 'size' })),
    g.description ? el('p', { class: 'note' }, g.description) : null, el('ul', { class: 'members' }));
}

// members lets who joined arrive and who left go, so that one sees it.
function members(node, g, you) {
  const names = g.members ?? [];
  const list = node.querySelector('.members');
  const had = node.members ?? names;
  const gone = had.filter((n) => !names.includes(n));
  node.members = names;
  node.querySelector('.size').textContent = ['nobody', '1 member'][names.length] ?? `${names.length} members`;
  keyed(list, names, (n) => n, (n) => member(n, had),
  (li, n) => li.classList.toggle('self', n === you));
  for (const name of gone) {
    const ghost = el('li', { class: 'member left', 'aria-hidden': 'true', onanimationend: () => ghost.remove() }, name);
    list.append(ghost);
  }
}

function member(name, had) {
  const node = el('li', { class: 'member', 'data-testid': 'member' }, name);
  return had.includes(name) ? node : flash(node, 'joined');
}

const lozenge = (status) => (/done|closed|resolved/i.test(status) ? 'done' : /progress|review/i.test(status) ? 'moving' : 'still');

function ticket(t, old) {
  if (!t.key) return el('li', { class: 'nobody' }, 'No ticket yet. One follows each request.');
  const last = t.comments?.at(-1);
  const node = el('li', { class: 'ticket', 'data-testid': 'ticket' },
    el('div', { class: 'head' }, el('strong', {}, t.key), el('span', { class: `lozenge ${lozenge(t.status)}` }, t.status)),
    el('p', {}, t.summary),
    last ? el('p', { class: 'note comment' }, last) : null,
    t.comments?.length > 1 ? el('p', { class: 'note' }, `${t.comments.length} comments`) : null);
  return old ? flash(node) : node;
}

const shift = (s) => el('li', { class: 'shift' },
  el('div', { class: 'head' }, el('strong', {}, s.name), el('span', { class: 'size' }, s.schedule)),
  s.until ? el('p', { class: 'note' }, `until ${time(new Date(s.until))}`) : null);
