// Talking to the server: deeds are posted, states are streamed.

export async function deed(name, body) {
  const answer = await fetch(`/api/${name}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const got = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(got.error ?? 'The demo did not answer.');
  return got;
}

// watch calls onState with each state of one person, and onLost with whether
// the stream is down. It gives the function that ends it.
export function watch(as, onState, onLost) {
  const events = new EventSource(`/api/events?as=${encodeURIComponent(as)}`);
  events.onmessage = (e) => { onLost(false); onState(JSON.parse(e.data)); };
  events.onerror = () => onLost(true);
  return () => events.close();
}
