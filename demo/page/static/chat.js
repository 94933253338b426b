// The conversation: channels, messages with their threads, and what is typed.
import { el, keyed, avatar, flash, $ } from './dom.js';
import { time, day } from './time.js';
import { mrkdwn } from './mrkdwn.js';
import { drawBlocks } from './blocks.js';
import { drawCard } from './cards.js';

const threads = new Map(); // ts → whether its thread is open, where somebody chose
let drawn = ''; // which person's channel stands there now

const mark = { direct: '', feed: '#', help: '#', room: '#', home: '' };

// wireRooms lets the arrows walk along the tabs.
export function wireRooms() {
  $('rooms').addEventListener('keydown', (e) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    const tabs = [...$('rooms').children];
    if (step) tabs.at((tabs.indexOf(document.activeElement) + step) % tabs.length).click();
  });
}

// drawRooms shows the tabs of the channels.
export function drawRooms(state, channel, go) {
  keyed($('rooms'), state.channels.map((c) => ({ id: c.id, name: c.name, kind: c.kind, unread: c.unread, on: c.id === channel.id })), (c) => c.id,
    (c) => el('button', {
      type: 'button', role: 'tab', class: `room ${c.kind}`, 'data-testid': `room-${c.kind}`, 'aria-selected': String(c.on),
      'aria-controls': 'messages', onclick: () => go(c.id),
    }, mark[c.kind] ? el('span', { class: 'hash', 'aria-hidden': 'true' }, mark[c.kind]) : null, c.name,
    c.unread && !c.on ? el('span', { class: 'count' }, String(c.unread), el('span', { class: 'hide' }, ' unread')) : null));
}

// drawChannel shows what stands in a channel, and stays at its end if it was there.
export function drawChannel(state, channel, cx) {
  const box = $('messages');
  const scroll = $('scroll');
  box.setAttribute('aria-label', channel.name);
  const place = `${state.you} ${channel.id}`;
  const moved = place !== drawn;
  const atEnd = moved || scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 120;
  if (moved) box.replaceChildren();
  drawn = place;
  box.classList.toggle('settled', !moved);
  if (channel.kind === 'home') keyed(box, [state.home ?? {}], () => 'home', (view) => home(view, cx));
  else keyed(box, rows(channel, state), (r) => r.key, (r, old) => row(r, old, channel, cx));
  if (moved && channel.kind === 'home') scroll.scrollTop = 0;
  else if (atEnd) scroll.scrollTop = scroll.scrollHeight;
}

function rows(channel, state) {
  if (!channel.messages?.length) return [{ key: 'welcome', you: state.you, hint: state.story.hint ?? null }];
  const replies = Map.groupBy(channel.messages.filter((m) => m.thread), (m) => m.thread);
  let last;
  return channel.messages.filter((m) => !m.thread || !channel.messages.some((o) => o.ts === m.thread)).flatMap((m, i, all) => {
    const today = day(new Date(m.posted));
    const line = today === last ? [] : [{ key: `day ${today}`, day: today }];
    last = today;
    return [...line, { key: m.ts, message: m, replies: replies.get(m.ts) ?? [], newest: i === all.length - 1 }];
  });
}

function row(r, old, channel, cx) {
  if (r.key === 'welcome') return welcome(channel, r.hint, cx);
  if (r.day) return el('div', { class: 'day' }, el('span', {}, r.day));
  const node = message(r.message, cx);
  node.said = JSON.stringify(r.message);
  if (old && old.said !== node.said) flash(node);
  if (r.replies.length) node.querySelector('.saying').append(thread(r, cx));
  return node;
}

function message(m, cx) {
  const name = m.app ? 'Hallpass' : cx.who(m.from);
  const posted = new Date(m.posted);
  return el('article', { class: m.ephemeral ? 'message ephemeral' : 'message', 'aria-label': `${name}, ${time(posted)}`, 'data-testid': 'message' },
    avatar(m.from, name, m.app),
    el('div', { class: 'saying' },
      m.ephemeral ? el('p', { class: 'only' }, 'Only visible to you') : null,
      el('p', { class: 'byline' }, el('strong', {}, name), m.app ? el('span', { class: 'app-badge' }, 'APP') : null,
        el('time', { datetime: m.posted }, time(posted)), m.edited ? el('span', { class: 'edited' }, '(edited)') : null),
      content(m, cx)));
}

function content(m, cx) {
  if (m.card) return el('div', { class: 'card' }, drawCard(m.card, cx.inCard(m.ts)));
  if (cx.plain()) return el('div', { class: 'text' }, m.text.replace(/<at>(.*?)<\/at>/g, '@$1'));
  if (!m.blocks?.length) return el('div', { class: 'text' }, ...mrkdwn(m.text, cx.who));
  return el('div', { class: 'card' }, ...drawBlocks(m.blocks, cx.inMessage(m.ts)));
}

// thread shows the answers below a message; the newest one's is open by itself.
function thread(r, cx) {
  const count = r.replies.length === 1 ? '1 reply' : `${r.replies.length} replies`;
  const node = el('details', { class: 'thread', open: threads.get(r.key) ?? r.newest },
    el('summary', { 'data-testid': `thread-${r.key}` }, count),
    ...r.replies.map((m) => el('div', { class: 'reply' }, content(m, cx))));
  node.firstChild.addEventListener('click', () => threads.set(r.key, !node.open));
  return node;
}

const greetings = {
  direct: ['Hallpass writes to you here', 'When somebody needs your yes, when you have access, and before it ends. Nothing else.'],
  feed: ['Nothing has been asked yet', 'Each request is one line here, with its whole story in a thread.'],
  help: ['Nobody has asked anything', 'A place to ask people.'],
  room: ['Nothing here yet', 'What Hallpass says in this channel stands here.'],
};

function welcome(channel, hint, cx) {
  const [title, text] = greetings[channel.kind];
  const asks = channel.kind === 'direct' && hint?.do === 'ask';
  return el('div', { class: 'welcome' }, el('img', { src: 'icon.svg', alt: '', width: 64, height: 64 }),
    el('h1', {}, asks ? 'Ask for access, in chat' : title),
    el('p', {}, asks ? hint.text : text),
    asks ? el('button', { type: 'button', class: 'button primary big', 'data-testid': 'start', onclick: () => cx.hint(hint) }, hint.button) : null,
    asks ? el('p', { class: 'or' }, 'or type ', el('kbd', {}, cx.plain() ? 'access' : '/access'), ' below') : null);
}

function home(view, cx) {
  if (!view.body) return el('p', { class: 'note' }, 'Opening…');
  return el('div', { class: 'homeview' }, ...drawBlocks(view.body.blocks ?? [], cx.inView(view)));
}
