// Making and keeping elements. Text becomes text: nothing here parses markup.

// el makes an element. Props are attributes; on* are listeners; true and
// false switch an attribute; null and undefined leave it out.
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name === 'value') node.value = value;
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

// keyed makes the children of box show items, in order. A child whose item is
// the same as before is kept as it is; with update, a child is kept and told
// of its item; otherwise it is made anew and takes over the focus.
export function keyed(box, items, key, make, update) {
  const old = new Map([...box.children].map((n) => [n.dataset.key, n]));
  items.forEach((item, i) => {
    const k = String(key(item));
    const print = JSON.stringify(item);
    let node = old.get(k);
    old.delete(k);
    if (!node || (node.print !== print && !update)) {
      const fresh = make(item, node);
      fresh.dataset.key = k;
      if (node) swap(node, fresh);
      node = fresh;
    }
    node.print = print;
    if (box.children[i] !== node) box.insertBefore(node, box.children[i] ?? null);
    update?.(node, item);
  });
  for (const node of old.values()) node.remove();
}

// swap replaces a node and puts the focus where it was, if that is still there.
function swap(node, fresh) {
  const focus = node.contains(document.activeElement) ? document.activeElement.dataset.testid : null;
  const { selectionStart, selectionEnd } = document.activeElement;
  node.replaceWith(fresh);
  if (!focus) return;
  const again = fresh.querySelector(`[data-testid="${CSS.escape(focus)}"]`);
  again?.focus();
  if (again?.setSelectionRange && selectionStart !== null) again.setSelectionRange(selectionStart, selectionEnd);
}

// flash shows once that a node changed, now or when it comes into sight.
export function flash(node, name = 'changed') {
  node.classList.add(name);
  node.addEventListener('animationend', () => node.classList.remove(name), { once: true });
  return node;
}

export const $ = (id) => document.getElementById(id);

// initials are what stands in an avatar.
export const initials = (name) => name.split(/\s+/).map((w) => w[0]).slice(0, 2).join('').toUpperCase();

const colours = 8; // as style.css has them
const hues = new Map();

// colourPeople gives each person one of the colours of the page, by their place.
export function colourPeople(ids) {
  ids.forEach((id, i) => hues.set(id, (i * 3) % colours));
}

export function avatar(id, name, app = false) {
  if (app) return el('span', { class: 'avatar app', 'aria-hidden': 'true' }, el('img', { src: 'icon.svg', alt: '' }));
  return el('span', { class: `avatar hue${hues.get(id) ?? 0}`, 'aria-hidden': 'true' }, initials(name));
}
