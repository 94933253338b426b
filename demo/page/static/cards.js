// Adaptive Cards, drawn: the elements that Hallpass uses. A context knows who
// draws and how to act:
//   prefix                    begins the ids of its fields
//   press(button, fields)     a button was pressed, with what stands in the fields
//   choose(field, value)      something was chosen from a typeahead
//   options(field, query)     the answers of a typeahead
import { el } from './dom.js';
import { adaptiveTime } from './time.js';
import { combobox } from './combobox.js';

const busyFor = 'aria-busy';

// drawCard draws a card; its buttons send what stands in all of its fields.
export function drawCard(card, cx) {
  const node = el('div', { class: 'acard' });
  const sheet = { cx, named: new Map(), node };
  node.append(...drawInner(card, sheet));
  return node;
}

const drawInner = (card, sheet) => [...elements(card.body, sheet), card.actions?.length ? row(card.actions, sheet) : null].filter(Boolean);

const elements = (all, sheet) => (all ?? []).map((e) => {
  const node = drawers[e.type]?.(e, sheet) ?? el('p', { class: 'unknown' }, e.fallback?.text ?? `(${e.type} is not drawn here)`);
  node.classList.add('ac', `gap-${(e.spacing ?? 'Default').toLowerCase()}`);
  node.classList.toggle('line', Boolean(e.separator));
  return node;
});

const drawers = {
  RichTextBlock: (e) => el('p', { class: 'ac-text' }, ...e.inlines.map(run)),
  TextBlock: (e) => el('p', { class: 'ac-text' }, run(e)),
  Container: (e, sheet) => el('div', { class: e.style === 'emphasis' ? 'ac-box emphasis' : 'ac-box' }, ...elements(e.items, sheet)),
  ColumnSet: (e, sheet) => el('div', { class: 'ac-columns' }, ...e.columns.map((c) => el('div', {}, ...elements(c.items, sheet)))),
  FactSet: (e) => el('dl', { class: 'ac-facts' }, ...e.facts.flatMap((f) => [el('dt', {}, f.title), el('dd', {}, adaptiveTime(f.value))])),
  ActionSet: (e, sheet) => row(e.actions, sheet),
  'Input.Text': field((e, wiring) => (e.isMultiline ? el('textarea', { ...wiring, rows: 3 }) : el('input', { ...wiring, type: 'text' })), (e) => ({
    placeholder: e.placeholder, maxlength: e.maxLength, value: e.value ?? '',
  })),
  'Input.Toggle': toggle,
  'Input.ChoiceSet': choiceSet,
};

// run is text as it stands: nothing in it is markup.
function run(r) {
  if (typeof r === 'string') return el('span', {}, adaptiveTime(r));
  const looks = [r.weight === 'Bolder' && 'bolder', r.size && `size-${r.size.toLowerCase()}`, r.isSubtle && 'subtle', r.color && `colour-${r.color.toLowerCase()}`];
  return el('span', { class: looks.filter(Boolean).join(' ') || null }, adaptiveTime(r.text));
}

// field is an input below its label. What stands in it is read when a button is pressed.
function field(make, more = () => ({})) {
  return (e, sheet) => {
    const id = `${sheet.cx.prefix}${e.id}`;
    const input = make(e, { ...more(e), id, 'data-testid': id, 'data-field': e.id });
    return el('div', { class: 'b-input' }, el('label', { for: id }, e.label ?? e.id), input);
  };
}

function toggle(e, sheet) {
  const id = `${sheet.cx.prefix}${e.id}`;
  return el('div', { class: 'b-input' }, e.label ? el('span', { class: 'ac-label' }, e.label) : null,
    el('div', { class: 'choices' }, el('label', {},
      el('input', { type: 'checkbox', id, 'data-testid': id, 'data-field': e.id, checked: e.value === (e.valueOn ?? 'true') }), el('span', {}, unmarked(e.title)))));
}

function choiceSet(e, sheet) {
  if (e['choices.data']) return typeahead(e, sheet);
  if (e.style === 'expanded') return radios(e, sheet);
  return field((c, wiring) => {
    const node = el('select', wiring, el('option', { value: '' }, c.placeholder || 'Choose'), ...c.choices.map((o) => el('option', { value: o.value }, o.title)));
    node.value = c.value ?? '';
    return node;
  })(e, sheet);
}

function radios(e, sheet) {
  const id = `${sheet.cx.prefix}${e.id}`;
  const pills = e.choices.every((c) => c.title.length <= 14);
  return el('div', { class: 'b-input' }, el('span', { class: 'ac-label', id: `${id}-label` }, e.label ?? e.id),
    el('div', { class: pills ? 'choices pills' : 'choices', role: 'radiogroup', 'aria-labelledby': `${id}-label`, 'data-field': e.id },
      ...e.choices.map((c, i) => el('label', {}, el('input', { type: 'radio', name: id, value: c.value, checked: c.value === e.value, 'data-testid': `${id}/${i}` }),
        el('span', {}, unmarked(c.title))))));
}

// A typeahead's choice is told at once: a later question would forget that it was offered.
function typeahead(e, sheet) {
  const held = e.choices?.find((c) => c.value === e.value);
  return field((c, wiring) => combobox({
    wiring, held: held && { text: held.title, value: held.value }, placeholder: c.placeholder ?? null, atLeast: 0,
    find: (query) => sheet.cx.options(e.id, query), choose: (o) => sheet.cx.choose(e.id, o ? [o.value] : null),
  }))({ ...e, id: e.id }, sheet);
}

// Some clients read Markdown in the words of choices, so it is escaped there.
const unmarked = (text) => (text ?? '').replace(/\\([!-/:-@[-`{-~])/g, '$1');

// row is a row of buttons, with the cards that unfold below it.
function row(actions, sheet) {
  const box = el('div', { class: 'b-actions', role: 'group' });
  const below = [];
  for (const a of actions) {
    const name = called(a.title, sheet);
    if (a.type === 'Action.ShowCard') {
      const inner = el('div', { class: 'ac-unfolded', hidden: true }, ...drawInner(a.card, sheet));
      const node = button(a, { 'aria-expanded': 'false', onclick: () => { inner.hidden = !inner.hidden; node.setAttribute('aria-expanded', String(!inner.hidden)); } });
      box.append(node);
      below.push(inner);
    } else box.append(button(a, { onclick: (event) => press(event.currentTarget, name, sheet) }));
  }
  return el('div', {}, box, ...below);
}

function button(a, props) {
  const style = { positive: 'primary', destructive: 'danger' }[a.style] ?? 'plain';
  return el('button', { type: 'button', class: `button ${style}`, title: a.tooltip ?? null, ...props }, a.title);
}

// called is what tells a button from others with the same words: its place among them.
function called(title, sheet) {
  const n = (sheet.named.get(title) ?? 0) + 1;
  sheet.named.set(title, n);
  return `${title} #${n}`;
}

async function press(node, name, sheet) {
  if (sheet.busy) return;
  sheet.busy = true;
  node.setAttribute(busyFor, 'true');
  await sheet.cx.press(name, values(sheet.node));
  node.removeAttribute(busyFor);
  sheet.busy = false;
}

// values are what stands in the fields, but for typeaheads: text, a list of choices, or whether it is ticked.
function values(node) {
  const out = {};
  for (const f of node.querySelectorAll('[data-field]')) {
    const id = f.dataset.field;
    if (f.getAttribute('role') === 'combobox') continue;
    if (f.type === 'checkbox') out[id] = f.checked;
    else if (f.matches('select')) out[id] = f.value ? [f.value] : null;
    else if (f.getAttribute('role') === 'radiogroup') out[id] = [...f.querySelectorAll('input:checked')].map((i) => i.value);
    else out[id] = f.value || null;
  }
  return out;
}
