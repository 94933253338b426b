// Company time, and Slack's date tokens.

let anchor = { company: Date.now(), wall: performance.now(), speed: 1 };
let zone; // the browser's own, until the person played has one

export function setClock(clock) {
  anchor = { company: Date.parse(clock.now), wall: performance.now(), speed: clock.speed };
}

export function setZone(name) {
  zone = name || undefined;
}

export const companyNow = () => new Date(anchor.company + (performance.now() - anchor.wall) * anchor.speed);

const show = (date, options) => new Intl.DateTimeFormat('en-GB', { timeZone: zone, ...options }).format(date);

export const time = (date) => show(date, { hour: '2-digit', minute: '2-digit' });
export const timeSeconds = (date) => show(date, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
export const day = (date) => show(date, { weekday: 'long', day: 'numeric', month: 'long' });
export const shortDay = (date) => show(date, { weekday: 'short', day: 'numeric', month: 'short' });
export const city = () => zone?.split('/').at(-1).replaceAll('_', ' ');
const dayNumber = (date) => show(date, { year: 'numeric', month: '2-digit', day: '2-digit' });

const dateForms = {
  date_num: { year: 'numeric', month: '2-digit', day: '2-digit' },
  date: { day: 'numeric', month: 'long', year: 'numeric' },
  date_short: { day: 'numeric', month: 'short', year: 'numeric' },
  date_long: { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' },
};

function nearby(date) {
  const today = companyNow();
  for (const [days, word] of [[0, 'today'], [-1, 'yesterday'], [1, 'tomorrow']]) {
    if (dayNumber(new Date(today.getTime() + days * 86400e3)) === dayNumber(date)) return word;
  }
  return null;
}

function ago(date) {
  const seconds = Math.round((date - companyNow()) / 1000);
  const words = new Intl.RelativeTimeFormat('en-GB', { numeric: 'auto' });
  for (const [unit, size] of [['day', 86400], ['hour', 3600], ['minute', 60]]) {
    if (Math.abs(seconds) >= size) return words.format(Math.trunc(seconds / size), unit);
  }
  return words.format(seconds, 'second');
}

// adaptiveTime writes the times of an Adaptive Card's text: {{DATE(2026-11-22T14:30:00Z, SHORT)}} at {{TIME(2026-11-22T14:30:00Z)}}.
export function adaptiveTime(text) {
  return text.replace(/\{\{(DATE|TIME)\(([^,)]+)(?:,\s*\w+)?\)\}\}/g, (all, what, at) => {
    const date = new Date(at.trim());
    if (Number.isNaN(date.getTime())) return all;
    return what === 'TIME' ? time(date) : show(date, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });
  });
}

// byToken writes a time by Slack's format, such as "{date_short_pretty} at {time}".
export function byToken(seconds, format) {
  const date = new Date(seconds * 1000);
  return format.replace(/\{(\w+)\}/g, (all, token) => {
    if (token === 'time') return time(date);
    if (token === 'time_secs') return timeSeconds(date);
    if (token === 'ago') return ago(date);
    const base = token.replace(/_pretty$/, '');
    if (!(base in dateForms)) return all;
    return (base !== token && nearby(date)) || show(date, dateForms[base]);
  });
}
