// Block Kit's blocks, drawn. See elements.js for what a context is.
import { el } from './dom.js';
import { textObject, richText } from './mrkdwn.js';
import { element, plainText } from './elements.js';

// blockId is a block's own id, or one by its place, as Slack gives it.
export const blockId = (block, i) => block.block_id ?? `block-${i}`;

export const drawBlocks = (blocks, cx) => blocks.map((b, i) => drawBlock(b, blockId(b, i), cx));

export function drawBlock(block, id, cx) {
  const draw = drawers[block.type];
  const node = draw ? draw(block, id, cx) : el('p', { class: 'unknown' }, block.text?.text ?? '');
  node.classList.add('block');
  return node;
}

const drawers = {
  section,
  header: (b) => el('h3', { class: 'b-header' }, plainText(b.text)),
  divider: () => el('hr'),
  context: (b, id, cx) => el('div', { class: 'b-context' }, ...b.elements.map((e) => (
    e.type === 'image' ? el('span', {}, e.alt_text) : el('span', {}, ...textObject(e, cx.who))))),
  actions: (b, id, cx) => el('div', { class: 'b-actions', role: 'group' }, ...b.elements.map((e) => element(e, id, cx, { 'aria-label': plainText(e.placeholder) || null }))),
  image: (b) => el('p', { class: 'b-context' }, b.alt_text),
  rich_text: (b, id, cx) => el('div', { class: 'b-rich' }, ...richText(b, cx.who)),
  input,
};

function section(b, id, cx) {
  const said = el('div', { class: 'said' });
  if (b.text) said.append(el('div', { class: 'text' }, ...textObject(b.text, cx.who)));
  if (b.fields) said.append(el('div', { class: 'fields' }, ...b.fields.map((f) => el('div', {}, ...textObject(f, cx.who)))));
  return el('div', { class: 'b-section' }, said, b.accessory ? element(b.accessory, id, cx, { 'aria-label': plainText(b.accessory.placeholder) || null }) : null);
}

// input is a field: its label, the element, a hint, and what is wrong with it.
function input(b, id, cx) {
  const field = `${cx.prefix ?? ''}${id}`;
  const wrong = cx.wrong?.(id);
  const wiring = {
    id: field, 'aria-invalid': wrong ? 'true' : null, 'aria-required': b.optional ? null : 'true',
    'aria-describedby': [b.hint && `${field}-hint`, `${field}-wrong`].filter(Boolean).join(' '), 'aria-labelledby': `${field}-label`,
  };
  return el('div', { class: 'b-input', 'data-block': id },
    el('label', { for: field, id: `${field}-label` }, plainText(b.label), b.optional ? el('small', {}, ' (optional)') : null),
    element(b.element, id, cx, wiring, true),
    b.hint ? el('p', { class: 'field-hint', id: `${field}-hint` }, plainText(b.hint)) : null,
    el('p', { class: 'wrong', id: `${field}-wrong` }, wrong ?? ''));
}
