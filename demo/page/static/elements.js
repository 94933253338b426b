// The interactive elements of Block Kit. Each is made from the element as the
// app sent it and a context that knows what is filled in and how to act:
//   who(id)                        a person's name
//   filled(block, action)          what stands in it now, or undefined
//   fill(at, value, kept, soon)    an input of a form changed
//   press(at, value)               anything else was used
//   options(at, query)             the answers of a typeahead
// A select's filled value is an option {text, value}; what is sent is its value.
import { el } from './dom.js';
import { textObject } from './mrkdwn.js';
import { combobox } from './combobox.js';
import { confirmed } from './confirm.js';

export const plainText = (text) => text?.text ?? '';
const asOption = (o) => ({ text: plainText(o.text), value: o.value });

// initial is what an element holds before anybody touched it.
function initial(e) {
  if (e.initial_option) return asOption(e.initial_option);
  if (e.initial_options) return e.initial_options.map((o) => o.value);
  if (e.initial_user) return { text: e.initial_user, value: e.initial_user };
  return e.initial_value ?? e.initial_date ?? e.initial_time ?? undefined;
}

// valueOf is what an element holds now.
const valueOf = (e, block, cx) => cx.filled?.(block, e.action_id) ?? initial(e);

// stated reads a value from Slack's view.state.values.
export function stated(values, block, action) {
  const v = values?.[block]?.[action];
  if (!v) return undefined;
  if (v.selected_option) return asOption(v.selected_option);
  if (v.selected_options) return v.selected_options.map((o) => o.value);
  return v.value ?? v.selected_date ?? v.selected_time ?? undefined;
}

// element makes one. wiring are the attributes that tie an input to its label.
export function element(e, block, cx, wiring = {}, inInput = false) {
  const make = makers[e.type];
  if (!make) return el('em', { class: 'unknown' }, e.alt_text ?? `(${e.type} is not drawn here)`);
  const at = { block, action: e.action_id };
  const use = (value, kept, soon = false) => {
    if (inInput) cx.fill(at, value, kept, soon);
    else confirmed(e.confirm).then((yes) => yes && cx.press(at, value));
  };
  return make(e, { at, cx, use, held: valueOf(e, block, cx), wiring: { 'data-testid': `${block}/${e.action_id}`, ...wiring } });
}

const makers = {
  button: pressButton,
  overflow,
  static_select: select,
  users_select: (e, x) => select({ ...e, options: x.cx.people().map((p) => ({ text: { text: p.name }, value: p.id })) }, x),
  external_select: (e, x) => combobox({
    wiring: x.wiring, held: x.held, placeholder: plainText(e.placeholder), atLeast: e.min_query_length ?? 3,
    autofocus: e.focus_on_load, find: (query) => x.cx.options(x.at, query), choose: (o) => x.use(o?.value ?? null, o),
  }),
  radio_buttons: radios,
  checkboxes,
  plain_text_input: textInput,
  number_input: (e, x) => textInput(e, x, 'text', { inputmode: 'decimal' }),
  email_text_input: (e, x) => textInput(e, x, 'email'),
  url_text_input: (e, x) => textInput(e, x, 'url'),
  datepicker: (e, x) => textInput(e, x, 'date'),
  timepicker: (e, x) => textInput(e, x, 'time'),
};

function pressButton(e, { at, cx, wiring }) {
  const style = { primary: 'primary', danger: 'danger' }[e.style] ?? 'plain';
  const node = el('button', {
    ...wiring, type: 'button', class: `button ${style}`, 'aria-label': e.accessibility_label, onclick: async () => {
      if (!(await confirmed(e.confirm))) return;
      if (/^https?:/i.test(e.url ?? '')) window.open(e.url, '_blank', 'noopener');
      node.setAttribute('aria-busy', 'true');
      await cx.press(at, null);
      node.removeAttribute('aria-busy');
    },
  }, ...textObject(e.text, cx.who));
  return node;
}

function overflow(e, { use, wiring }) {
  const menu = el('details', { class: 'overflow' }, el('summary', { ...wiring, 'aria-label': 'More' }, '⋯'));
  menu.append(el('div', {}, ...e.options.map((o) => el('button', {
    type: 'button', onclick: () => { menu.open = false; use(o.value, asOption(o)); },
  }, plainText(o.text)))));
  return menu;
}

function select(e, { use, held, wiring }) {
  const one = (o) => el('option', { value: o.value }, plainText(o.text));
  const groups = e.option_groups ?? [];
  const all = [...(e.options ?? []), ...groups.flatMap((g) => g.options)];
  const node = el('select', {
    ...wiring, onchange: () => {
      const chosen = all.find((o) => o.value === node.value);
      use(chosen?.value ?? null, chosen && asOption(chosen));
    },
  }, el('option', { value: '' }, plainText(e.placeholder) || 'Choose'),
  ...(e.options ?? []).map(one), ...groups.map((g) => el('optgroup', { label: plainText(g.label) }, ...g.options.map(one))));
  node.value = all.some((o) => o.value === held?.value) ? held.value : '';
  return node;
}

// choices are radio buttons and checkboxes: pills when all are short words.
function choices(e, x, type, isOn, changed) {
  const pills = e.options.every((o) => plainText(o.text).length <= 14 && !o.description);
  const { id, ...wiring } = x.wiring;
  const box = el('div', { ...wiring, id, class: pills ? 'choices pills' : 'choices', role: type === 'radio' ? 'radiogroup' : 'group' });
  const name = `${x.cx.prefix ?? ''}${x.at.block}/${x.at.action}`;
  e.options.forEach((o, i) => box.append(el('label', {},
    el('input', { type, name, value: o.value, checked: isOn(o), 'data-testid': `${name}/${i}`, onchange: () => changed(o, box) }),
    el('span', {}, ...textObject(o.text, x.cx.who), o.description ? el('small', {}, plainText(o.description)) : null))));
  return box;
}

function radios(e, x) {
  return choices(e, x, 'radio', (o) => o.value === x.held?.value, (o) => x.use(o.value, asOption(o)));
}

function checkboxes(e, x) {
  return choices(e, x, 'checkbox', (o) => (x.held ?? []).includes(o.value), (_, box) => {
    const on = [...box.querySelectorAll('input:checked')].map((i) => i.value);
    x.use(on, on);
  });
}

function textInput(e, { use, held, wiring }, type = 'text', more = {}) {
  const props = {
    ...wiring, ...more, placeholder: plainText(e.placeholder) || null, maxlength: e.max_length, value: held ?? '',
    autofocus: e.focus_on_load, oninput: (event) => use(event.target.value || null, event.target.value, true),
    onchange: (event) => use(event.target.value || null, event.target.value),
    onkeydown: (event) => event.key === 'Enter' && (event.ctrlKey || event.metaKey) && event.target.form?.requestSubmit(),
  };
  return e.multiline ? el('textarea', { ...props, rows: 3 }) : el('input', { ...props, type });
}
