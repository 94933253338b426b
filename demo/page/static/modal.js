// The open form of the person who is played. What is typed is kept here by
// block and action while the app redraws the form around it.
import { el, keyed, $ } from './dom.js';
import { deed } from './api.js';
import { drawBlock, blockId } from './blocks.js';
import { plainText, stated } from './elements.js';

const pause = 250; // ms of no typing before a text is sent

let open = null; // { as, id, body, filled, wrong, timers, sent, queue, busy }

// drawModal shows the view of this person, or closes what is open.
export function drawModal(as, view, cx) {
  const dialog = $('modal');
  if (!view) {
    if (open) dialog.close();
    open = null;
    return;
  }
  if (open?.id !== view.id || open.as !== as) start(dialog, as, view, cx);
  open.body = view.body;
  open.server = view.values ?? {};
  patch(dialog, cx);
  if (!dialog.open) {
    dialog.showModal();
    begin(dialog);
  }
}

// begin puts the focus where there is something to do: the field that asks for
// it, else the first empty one, else the button.
function begin(dialog) {
  const fields = [...dialog.querySelectorAll('.fields :is(input, textarea, select):not([type="radio"], [type="checkbox"])')];
  (dialog.querySelector('[autofocus]') ?? fields.find((f) => !f.value) ?? dialog.querySelector('[data-testid="modal-submit"]') ?? dialog).focus();
}

function start(dialog, as, view, cx) {
  open = { as, id: view.id, filled: new Map(), wrong: {}, timers: new Map(), sent: new Map(), queue: Promise.resolve(), trouble: cx.trouble };
  dialog.oncancel = (e) => { e.preventDefault(); dismiss(); };
  dialog.replaceChildren(
    el('header', {}, el('img', { src: 'icon.svg', alt: '', width: 22, height: 22 }), el('h2', { id: 'modal-title' }),
      el('button', { type: 'button', class: 'ghost close', 'aria-label': 'Close', onclick: dismiss }, '✕')),
    el('form', { class: 'body', id: 'modal-form', novalidate: true, autocomplete: 'off', onsubmit: (e) => { e.preventDefault(); submit(); } },
      el('div', { class: 'fields' })),
    el('footer', {}));
}

function patch(dialog, cx) {
  const { body } = open;
  dialog.querySelector('#modal-title').textContent = plainText(body.title);
  const own = { ...cx, prefix: 'f-', filled, fill, options, press, wrong: (id) => open.wrong[id] };
  const items = body.blocks.map((block, i) => ({ block, id: blockId(block, i), wrong: open.wrong[blockId(block, i)] }));
  keyed(dialog.querySelector('.fields'), items, (x) => x.id, (x) => drawBlock(x.block, x.id, own));
  keyed(dialog.querySelector('footer'), buttons(body), (b) => b.kind, (b) => footButton(b));
}

function buttons(body) {
  const all = [{ kind: 'close', text: plainText(body.close) || (body.submit ? 'Cancel' : 'Close') }];
  if (body.submit) all.push({ kind: 'submit', text: plainText(body.submit), busy: Boolean(open.busy) });
  return all;
}

function footButton(b) {
  if (b.kind === 'close') return el('button', { type: 'button', class: 'button plain', 'data-testid': 'modal-close', onclick: dismiss }, b.text);
  return el('button', {
    type: 'submit', form: 'modal-form', class: 'button primary', 'data-testid': 'modal-submit', 'aria-busy': b.busy ? 'true' : null,
  }, b.text);
}

const filled = (block, action) => open.filled.get(`${block}/${action}`) ?? stated(open.server, block, action);

// fill keeps a value and sends it; typed text waits until the typing rests,
// or until the field is left where the app wants to hear of a finished text.
function fill(at, value, kept, soon) {
  const here = open;
  const name = `${at.block}/${at.action}`;
  here.filled.set(name, kept ?? '');
  right(at.block);
  clearTimeout(here.timers.get(name)?.timer);
  const send = () => {
    here.timers.delete(name);
    if (here.sent.get(name) === JSON.stringify(value)) return;
    here.sent.set(name, JSON.stringify(value));
    here.queue = here.queue.then(() => deed('fill', { as: here.as, at: { view: here.id, ...at }, value })).catch(here.trouble);
  };
  if (!soon) return send();
  here.timers.set(name, { send, timer: hearsOnlyTheEnd(at.block) ? 0 : setTimeout(send, pause) });
}

function hearsOnlyTheEnd(id) {
  const block = open.body.blocks.find((b, i) => blockId(b, i) === id);
  return block.dispatch_action && !block.element.dispatch_action_config?.trigger_actions_on?.includes('on_character_entered');
}

async function options(at, query) {
  try {
    return (await deed('options', { as: open.as, at: { view: open.id, ...at }, query })).options ?? [];
  } catch (err) {
    open?.trouble(err);
    return [];
  }
}

function press(at, value) {
  const here = open;
  here.queue = here.queue.then(() => deed('press', { as: here.as, at: { view: here.id, ...at }, value })).catch(here.trouble);
  return here.queue;
}

async function submit() {
  const here = open;
  if (here.busy) return;
  busy(true);
  for (const { send, timer } of here.timers.values()) {
    clearTimeout(timer);
    send();
  }
  try {
    await here.queue;
    const got = await deed('submit', { as: here.as, view: here.id });
    if (open === here) wrongs(got.errors ?? {});
  } catch (err) {
    here.trouble(err);
  }
  if (open === here) busy(false);
}

function busy(on) {
  open.busy = on;
  keyed($('modal').querySelector('footer'), buttons(open.body), (b) => b.kind, footButton);
}

// wrongs shows each sentence at its field and goes to the first.
function wrongs(errors) {
  open.wrong = errors;
  for (const field of $('modal').querySelectorAll('[data-block]')) mark(field, errors[field.dataset.block]);
  $('modal').querySelector('[aria-invalid]')?.focus();
}

function right(block) {
  if (!open.wrong[block]) return;
  delete open.wrong[block];
  mark($('modal').querySelector(`[data-block="${CSS.escape(block)}"]`), undefined);
}

function mark(field, sentence) {
  field.querySelector('.wrong').textContent = sentence ?? '';
  const control = field.querySelector('[aria-describedby]');
  if (sentence) control.setAttribute('aria-invalid', 'true');
  else control.removeAttribute('aria-invalid');
}

function dismiss() {
  const here = open;
  deed('close', { as: here.as, view: here.id }).catch(here.trouble);
}
