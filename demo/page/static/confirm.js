// Block Kit's confirmation: a second question before a press counts.
import { el, $ } from './dom.js';
import { textObject } from './mrkdwn.js';

const asWritten = (id) => id;

// confirmed asks if there is something to confirm, and tells the answer.
export function confirmed(confirm) {
  if (!confirm) return Promise.resolve(true);
  const dialog = $('confirm');
  return new Promise((resolve) => {
    const answer = (yes) => { dialog.close(); resolve(yes); };
    dialog.replaceChildren(
      el('header', {}, el('h2', { id: 'confirm-title' }, confirm.title.text)),
      el('div', { class: 'body' }, el('p', {}, ...textObject(confirm.text, asWritten))),
      el('footer', {},
        el('button', { type: 'button', class: 'button plain', onclick: () => answer(false) }, confirm.deny.text),
        el('button', {
          type: 'button', class: `button ${confirm.style === 'danger' ? 'danger solid' : 'primary'}`, autofocus: true,
          'data-testid': 'confirm-yes', onclick: () => answer(true),
        }, confirm.confirm.text)));
    dialog.oncancel = () => resolve(false);
    dialog.showModal();
  });
}
