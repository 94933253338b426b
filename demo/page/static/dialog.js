// A dialog of Teams: the card in it is drawn anew when the app answers with another.
import { el, keyed } from './dom.js';
import { drawCard } from './cards.js';

let open = null; // who has it open

// drawDialog shows the dialog of this person, or closes what is open.
export function drawDialog(as, view, cx) {
  const dialog = document.getElementById('modal');
  if (!view) {
    if (open) dialog.close();
    open = null;
    return;
  }
  if (open !== as) start(dialog, as, cx);
  dialog.querySelector('#modal-title').textContent = view.body.title;
  keyed(dialog.querySelector('.body'), [view.body.card], () => 'card', (card) => drawCard(card, cx));
  if (!dialog.open) {
    dialog.showModal();
    (dialog.querySelector('.body :is(input, textarea, select)') ?? dialog).focus();
  }
}

function start(dialog, as, cx) {
  open = as;
  dialog.oncancel = (e) => { e.preventDefault(); cx.close(); };
  dialog.replaceChildren(
    el('header', {}, el('img', { src: 'icon.svg', alt: '', width: 22, height: 22 }), el('h2', { id: 'modal-title' }),
      el('button', { type: 'button', class: 'ghost close', 'aria-label': 'Close', onclick: () => cx.close() }, '✕')),
    el('div', { class: 'body' }));
}
