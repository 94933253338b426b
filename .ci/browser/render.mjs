// How Block Kit becomes elements: cases that are drawn by the page's own
// modules, in the browser, and compared as markup.

const mrkdwn = [
  ['plain text', 'plain text'],
  ['*bold* and _slanted_, ~gone~ and `code`', '<strong>bold</strong> and <em>slanted</em>, <s>gone</s> and <code>code</code>'],
  ['2*3*4 snake_case_name', '2*3*4 snake_case_name'],
  ['*bold with <@U0X>*', '<strong>bold with <span class="mention">@Xenia</span></strong>'],
  ['a &lt;b&gt; &amp;amp; c', 'a &lt;b&gt; &amp;amp; c'],
  ['<b>raw</b> <script>', '&lt;b&gt;raw&lt;/b&gt; &lt;script&gt;'],
  ['<https://acme.test/a_b_c|the *page*>', '<a href="https://acme.test/a_b_c" target="_blank" rel="noopener noreferrer">the *page*</a>'],
  ['<javascript:alert(1)|press>', '&lt;javascript:alert(1)|press&gt;'],
  ['<!date^0^{date_num} {time}|then>', '<time datetime="1970-01-01T00:00:00.000Z" title="then">01/01/1970 00:00</time>'],
  ['<!here> <#C1|feed>', '<span class="mention">@here</span> <span class="mention">#feed</span>'],
  ['&gt; quoted\nnot', '<blockquote>quoted</blockquote>not'],
  ['```a *b* <c>```', '<pre>a *b* &lt;c&gt;</pre>'],
  [':warning: 12:30:45 :nosuch:', '⚠️ 12:30:45 :nosuch:'],
];

const text = (t) => ({ type: 'plain_text', text: t });
const blocks = [
  [{ type: 'section', text: text('<!channel> *not bold*') }, 'div', '<!channel> *not bold*'],
  [{ type: 'section', text: text('a'), fields: [text('b'), text('c')] }, '.fields > div', 'b', 'c'],
  [{ type: 'header', text: text('Title') }, 'h3', 'Title'],
  [{ type: 'rich_text', elements: [{ type: 'rich_text_quote', elements: [{ type: 'text', text: '*x* <@U0X>' }] }] }, 'blockquote', '*x* <@U0X>'],
  [{ type: 'rich_text', elements: [{ type: 'rich_text_list', style: 'ordered', elements: [
    { type: 'rich_text_section', elements: [{ type: 'text', text: 'one', style: { bold: true } }] },
    { type: 'rich_text_section', elements: [{ type: 'user', user_id: 'U0X' }] }] }] }, 'ol > li', 'one', '@Xenia'],
  [{ type: 'rich_text', elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'a\n b' }] }] }, 'pre', 'a\n b'],
  [{ type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [
    { type: 'date', timestamp: 0, format: '{time_secs}' }, { type: 'emoji', name: 'key' }] }] }, 'p', '00:00:00🔑'],
  [{ type: 'actions', elements: [{ type: 'button', action_id: 'a', text: text('Go'), style: 'primary' }] }, 'button.primary', 'Go'],
  [{ type: 'actions', elements: [{ type: 'overflow', action_id: 'o', options: [{ text: text('Later'), value: '1' }] }] }, 'details button', 'Later'],
  [{ type: 'input', label: text('When'), hint: text('soon'), element: { type: 'datepicker', action_id: 'd', initial_date: '2026-03-17' } }, '.field-hint', 'soon'],
  [{ type: 'input', label: text('Which'), element: { type: 'radio_buttons', action_id: 'r',
    options: [{ text: text('1 h'), value: '1' }, { text: text('4 h'), value: '4' }] } }, '.pills label', '1 h', '4 h'],
  [{ type: 'input', label: text('Which'), element: { type: 'static_select', action_id: 's', initial_option: { text: text('B'), value: 'b' },
    option_groups: [{ label: text('G'), options: [{ text: text('A'), value: 'a' }, { text: text('B'), value: 'b' }] }] } }, 'option:checked', 'B'],
  [{ type: 'input', optional: true, label: text('Tick'), element: { type: 'checkboxes', action_id: 'c', initial_options: [{ text: text('Two'), value: '2' }],
    options: [{ text: text('One'), value: '1', description: text('first') }, { text: text('Two'), value: '2' }] } }, 'label:has(:checked)', 'Two'],
  [{ type: 'video', title: text('x') }, '.unknown', ''],
];

// wrongRenderings draws all cases in the page and tells which came out wrong.
export async function wrongRenderings(page) {
  return page.evaluate(async ({ mrkdwn, blocks }) => {
    const { textObject } = await import('/mrkdwn.js');
    const { drawBlocks } = await import('/blocks.js');
    const { setZone } = await import('/time.js');
    setZone('UTC');
    const who = (id) => ({ U0X: 'Xenia' })[id] ?? id;
    const wrong = [];
    for (const [from, want] of mrkdwn) {
      const box = document.createElement('div');
      box.append(...textObject({ type: 'mrkdwn', text: from }, who));
      if (box.innerHTML !== want) wrong.push(`${from}\n  became ${box.innerHTML}\n  want   ${want}`);
    }
    for (const [block, selector, ...want] of blocks) {
      const box = document.createElement('div');
      box.append(...drawBlocks([block], { who, people: () => [] }));
      const got = [...box.querySelectorAll(selector)].map((n) => n.textContent);
      if (got.slice(0, want.length).join('|') !== want.join('|')) wrong.push(`${JSON.stringify(block)}\n  shows ${got.join('|')}\n  want  ${want.join('|')}`);
    }
    return wrong;
  }, { mrkdwn, blocks });
}
