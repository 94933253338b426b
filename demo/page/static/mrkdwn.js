// Slack's mrkdwn and rich text, as nodes. What is not understood stays text.
import { el } from './dom.js';
import { byToken } from './time.js';

const emoji = {
  white_check_mark: '✅', heavy_check_mark: '✔️', x: '❌', no_entry: '⛔', warning: '⚠️', hourglass: '⌛',
  hourglass_flowing_sand: '⏳', lock: '🔒', unlock: '🔓', key: '🔑', bell: '🔔', clock1: '🕐', eyes: '👀',
  rotating_light: '🚨', information_source: 'ℹ️', wave: '👋', tada: '🎉', thumbsup: '👍', '+1': '👍',
  large_green_circle: '🟢', large_yellow_circle: '🟡', red_circle: '🔴', white_circle: '⚪',
};

const unescape = (s) => s.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');

const inlineForms = new RegExp([
  '<([^<>\\n]+)>', '`([^`\\n]+)`',
  '(?<![\\w*])\\*(?=\\S)([^*\\n]+?)(?<=\\S)\\*(?![\\w*])',
  '(?<![\\w_])_(?=\\S)([^_\\n]+?)(?<=\\S)_(?![\\w_])',
  '(?<![\\w~])~(?=\\S)([^~\\n]+?)(?<=\\S)~(?![\\w~])',
  ':([a-z0-9_+-]+):',
].join('|'), 'g');

// mrkdwn gives the nodes of a text; who turns a person's id into a name.
export function mrkdwn(text, who) {
  return text.split(/(```[\s\S]*?```)/).filter(Boolean).flatMap((part) => {
    if (part.startsWith('```') && part.endsWith('```') && part.length > 6) {
      return [el('pre', {}, unescape(part.slice(3, -3).replace(/^\n/, '')))];
    }
    return lines(part, who);
  });
}

function lines(text, who) {
  const out = [];
  let quote = [];
  const flush = () => {
    if (quote.length) out.push(el('blockquote', {}, ...inline(quote.join('\n'), who)));
    quote = [];
  };
  text.split('\n').forEach((line, i, all) => {
    const quoted = line.match(/^(?:&gt;|>) ?(.*)/);
    if (quoted) {
      quote.push(quoted[1]);
      return;
    }
    flush();
    out.push(...inline(line + (i < all.length - 1 ? '\n' : ''), who));
  });
  flush();
  return out;
}

function inline(text, who) {
  const out = [];
  let from = 0;
  for (const hit of text.matchAll(inlineForms)) {
    if (hit.index > from) out.push(unescape(text.slice(from, hit.index)));
    out.push(form(hit, who));
    from = hit.index + hit[0].length;
  }
  if (from < text.length) out.push(unescape(text.slice(from)));
  return out;
}

function form([all, angle, code, bold, italic, strike, name], who) {
  if (angle !== undefined) return reference(angle, who);
  if (code !== undefined) return el('code', {}, unescape(code));
  if (bold !== undefined) return el('strong', {}, ...inline(bold, who));
  if (italic !== undefined) return el('em', {}, ...inline(italic, who));
  if (strike !== undefined) return el('s', {}, ...inline(strike, who));
  return emoji[name] ?? all;
}

function reference(inside, who) {
  const [target, label] = inside.split(/\|(.*)/s);
  if (/^@[UW]/.test(target)) return mention(target.slice(1), who);
  if (target.startsWith('#')) return el('span', { class: 'mention' }, '#' + (label || target.slice(1)));
  const date = target.match(/^!date\^(-?\d+)\^([^^]*)(?:\^(.*))?$/);
  if (date) return stamp(Number(date[1]), unescape(date[2]), unescape(label ?? ''));
  if (target.startsWith('!')) return el('span', { class: 'mention' }, '@' + (label || target.slice(1)).replace(/^@/, ''));
  if (!followed.test(target)) return `<${unescape(inside)}>`;
  return link(unescape(target), label === undefined ? undefined : unescape(label));
}

function stamp(seconds, format, fallback) {
  return el('time', { datetime: new Date(seconds * 1000).toISOString(), title: fallback }, byToken(seconds, format));
}

const mention = (id, who) => el('span', { class: 'mention' }, '@' + who(id));

const followed = /^(https?|mailto):/i;

// link never follows anything but the web and mail.
export function link(url, label) {
  if (!followed.test(url)) return label ?? url;
  return el('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, label || url.replace(/^mailto:/, ''));
}

// textObject gives the nodes of a Block Kit text object.
export function textObject(text, who) {
  if (!text) return [];
  if (text.type === 'mrkdwn') return mrkdwn(text.text, who);
  return [text.emoji ? text.text.replace(/:([a-z0-9_+-]+):/g, (all, n) => emoji[n] ?? all) : text.text];
}

// richText gives the nodes of a rich_text block.
export const richText = (block, who) => block.elements.map((part) => richPart(part, who));

function richPart(part, who) {
  switch (part.type) {
    case 'rich_text_quote': return el('blockquote', {}, ...leaves(part, who));
    case 'rich_text_preformatted': return el('pre', {}, ...leaves(part, who));
    case 'rich_text_list':
      return el(part.style === 'ordered' ? 'ol' : 'ul', { class: `indent${part.indent ?? 0}` },
        ...part.elements.map((item) => el('li', {}, ...leaves(item, who))));
    default: return el('p', {}, ...leaves(part, who));
  }
}

const leaves = (part, who) => (part.elements ?? []).map((leaf) => styled(leafNode(leaf, who), leaf.style));

function leafNode(leaf, who) {
  switch (leaf.type) {
    case 'text': return leaf.text;
    case 'link': return link(leaf.url, leaf.text);
    case 'user': return mention(leaf.user_id, who);
    case 'usergroup': return el('span', { class: 'mention' }, '@' + leaf.usergroup_id);
    case 'channel': return el('span', { class: 'mention' }, '#' + leaf.channel_id);
    case 'broadcast': return el('span', { class: 'mention' }, '@' + leaf.range);
    case 'date': return stamp(leaf.timestamp, leaf.format, leaf.fallback ?? '');
    case 'emoji': return emoji[leaf.name] ?? `:${leaf.name}:`;
    default: return leaf.text ?? '';
  }
}

function styled(node, style = {}) {
  for (const [name, tag] of [['code', 'code'], ['bold', 'strong'], ['italic', 'em'], ['strike', 's']]) {
    if (style[name]) node = el(tag, {}, node);
  }
  return node;
}
