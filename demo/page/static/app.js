// The page: who is played, where they look, and what follows from a press.
import { el, $ } from './dom.js';
import { deed, watch } from './api.js';
import { stated } from './elements.js';
import { setZone } from './time.js';
import { drawRooms, drawChannel, wireRooms } from './chat.js';
import { wireComposer, offerCommands } from './composer.js';
import { drawModal } from './modal.js';
import { drawDialog } from './dialog.js';
import { drawPeople, drawStory, drawOutside, tick } from './world.js';

const fast = 60; // company seconds in a second
const beat = 500; // ms between two looks at the clock

let state = null;
let as = new URLSearchParams(location.hash.slice(1)).get('as') ?? '';
let place = 'direct'; // the kind of channel looked at
let stop = () => {};
const told = new Set(); // what was marked as read already
const chats = new Map(); // person → the chat they were last played in

const cx = {
  who: (id) => state.people.find((p) => p.id === id)?.name ?? 'Hallpass',
  people: () => state.people,
  inMessage: (ts) => spotted({ channel: here().id, ts }, `m${ts}-`),
  inView: (view) => ({ ...spotted({ view: view.id }, `${view.id}-`), filled: (block, action) => stated(view.values, block, action) }),
  inCard: (ts) => onCard({ channel: here().id, ts }, `m${ts}-`),
  plain: () => state.chat === 'teams',
  hint: follow,
  trouble,
};

// A person in front of the first chat is named by their id, in front of another with that chat's behind it.
const seat = (id, chat) => (!chat || chat === state?.chats?.[0].id ? id : `${id}/${chat}`);
const chatOf = (p) => (p.id === state.you ? state.chat : chats.get(p.id)) ?? state.chats?.[0].id;

// onCard is the context of an Adaptive Card, in a message or in the dialog.
function onCard(spot, prefix) {
  const act = (name, at, more) => attempt(name, { as, at: { ...spot, block: '', action: '', ...at }, ...more });
  return {
    prefix,
    press: async (action, value) => say((await act('press', { action }, { value }))?.said),
    choose: (block, value) => act('fill', { block }, { value }),
    options: async (block, query) => (await act('options', { block }, { query }))?.options ?? [],
    close: () => attempt('close', { as, view: spot.view }),
  };
}

const say = (text) => text && trouble(new Error(text));

// spotted is the context of the controls in one message or view.
function spotted(spot, prefix) {
  const act = (name, at, more) => attempt(name, { as, at: { ...spot, ...at }, ...more });
  return {
    ...cx, prefix,
    press: (at, value) => act('press', at, { value }),
    fill: (at, value, kept, soon) => soon || act('fill', at, { value }), // outside a form only finished texts count
    options: async (at, query) => (await act('options', at, { query }))?.options ?? [],
  };
}

const here = () => state.channels.find((c) => c.kind === place || c.id === place) ?? state.channels[0];

// attempt does a deed and tells what went wrong; it gives the answer or null.
async function attempt(name, body) {
  try {
    return await deed(name, body);
  } catch (err) {
    trouble(err);
    return null;
  }
}

function trouble(err) {
  const note = el('p', { class: 'toast', onanimationend: () => note.remove() }, err.message);
  $('toasts').append(note);
}

function play(id) {
  stop();
  as = id;
  stop = watch(id, arrived, (lost) => document.body.classList.toggle('lost', lost));
}

function arrived(next) {
  const now = next.chat && next.chat !== next.chats[0].id ? `${next.you}/${next.chat}` : next.you;
  if (as && now !== as) location.hash = '';
  as = now;
  state = next;
  chats.set(next.you, next.chat);
  draw();
}

// hint is the next thing to do, less what the place itself already offers.
function hint() {
  const next = state.story.hint;
  const welcomed = here().kind === 'direct' && !here().messages?.length;
  if (!next || (next.do === 'ask' && welcomed)) return null;
  const there = next.do === 'go' && (here().id === next.channel || !state.channels.some((c) => c.id === next.channel));
  return there ? { text: next.text } : next;
}

function draw() {
  const you = state.people.find((p) => p.id === state.you);
  setZone(you?.zone);
  $('company').textContent = state.company;
  document.title = `${you?.name ?? ''} · Hallpass demo`;
  const word = cx.plain() ? 'access' : '/access';
  $('say').placeholder = place === 'direct' ? `Type ${word}` : `Type ${word} or a message`;
  offerCommands(state.commands);
  drawOutside(state.outside, you?.name, (name, on) => attempt('fault', { name, on }));
  drawPeople(state, become, chatOf);
  drawStory(state.story.steps, hint(), follow);
  $('composer').hidden = here().kind === 'home';
  drawRooms(state, here(), go);
  drawChannel(state, here(), cx);
  drawModal(as, cx.plain() ? null : state.modal, cx);
  drawDialog(as, cx.plain() ? state.modal : null, onCard({ view: state.modal?.id }, 'd-'));
  seen();
}

// seen marks as read what stands before the visitor's eyes.
function seen() {
  const channel = here();
  const last = channel.messages?.at(-1)?.ts;
  const mark = `${as} ${channel.id} ${last}`;
  const looking = !document.hidden && (pane() === 'chat' || !narrow.matches);
  if (!last || !channel.unread || told.has(mark) || !looking) return;
  told.add(mark);
  attempt('read', { as, channel: channel.id, ts: last });
}

// become plays a person: in a chat, or in the one where something waits for them, or where they were last.
function become(who, chat) {
  const [id, named] = who.split('/');
  const person = state.people.find((p) => p.id === id);
  const waiting = (state.chats ?? []).filter((c) => person?.unreadIn?.[c.id]).map((c) => c.id);
  const last = person && chatOf(person);
  const chosen = seat(id, chat ?? named ?? (waiting.length && !waiting.includes(last) ? waiting[0] : last));
  if (person?.unread || place === 'home' || chosen.includes('/') !== as.includes('/')) place = 'direct';
  show('chat');
  if (chosen === as) return draw();
  history.replaceState(null, '', `#as=${encodeURIComponent(chosen)}`);
  if (chosen.includes('/')) attempt('chat', { as: chosen });
  play(chosen);
}

function go(id) {
  const channel = state.channels.find((c) => c.id === id);
  place = channel?.kind === 'direct' || channel?.kind === 'home' ? channel.kind : id;
  if (place === 'home') attempt('home', { as });
  show('chat');
  draw();
}

// ask opens the form; in Teams it brings the card that does.
function ask() {
  if (cx.plain() && place !== 'direct') go(state.channels.find((c) => c.kind === 'direct').id);
  attempt('shortcut', { as });
}

function follow(hint) {
  if (hint.do === 'ask') ask();
  if (hint.do === 'become') become(hint.as);
  if (hint.do === 'go') go(hint.channel);
  if (hint.do === 'faster') attempt('speed', { speed: fast });
}

const narrow = window.matchMedia('(max-width: 899px)');
const pane = () => $('stage').dataset.pane;

function show(name) {
  $('stage').dataset.pane = name;
  for (const b of $('panes').children) b.setAttribute('aria-pressed', String(b.dataset.pane === name));
}

function wireTheme() {
  const root = document.documentElement;
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const isDark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : dark.matches);
  const label = () => {
    $('theme').textContent = isDark() ? '☀' : '☾';
    $('theme').setAttribute('aria-label', isDark() ? 'Use light colours' : 'Use dark colours');
  };
  $('theme').addEventListener('click', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    localStorage.setItem('theme', root.dataset.theme);
    label();
  });
  dark.addEventListener('change', label);
  label();
}

wireTheme();
wireRooms();
wireComposer((text) => attempt(text.startsWith('/') ? 'slash' : 'say', { as, channel: here().id, text }));
$('ask').addEventListener('click', ask);
$('faster').addEventListener('click', () => attempt('speed', { speed: state.outside.clock.speed > 1 ? 1 : fast }));
$('panes').addEventListener('click', (e) => e.target.closest('[data-pane]') && (show(e.target.closest('[data-pane]').dataset.pane), seen()));
document.addEventListener('visibilitychange', () => state && seen());
show('chat');
play(as);
setInterval(() => state && tick(), beat);
