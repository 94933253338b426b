// Cards that the renderer has to object to: were it silent about one of these, its silence about ours would mean nothing.
const card = (...body) => ({ type: 'AdaptiveCard', version: '1.5', body });
const choices = [{ title: 'prod-db', value: '1' }];

export const broken = [
  { what: 'an unknown element', card: card({ type: 'TextBlok', text: 'x' }), objection: /TextBlok/ },
  { what: 'an unknown button', card: card({ type: 'ActionSet', actions: [{ type: 'Action.Exekute', title: 'x' }] }), objection: /Action\.Exekute/ },
  { what: 'a word that is none of the list', card: card({ type: 'Container', style: 'emphatic', items: [] }), objection: /emphatic/ },
  { what: 'something of version 1.6', card: card({ type: 'Input.Text', id: 'x', labelPosition: 'inline' }), objection: /labelPosition/ },
  { what: 'nothing to choose', card: card({ type: 'Input.ChoiceSet', id: 'x', style: 'filtered', choices: [] }), objection: /choices/i },
  { what: 'an input without an id', card: card({ type: 'Input.ChoiceSet', choices }), objection: /id/i },
  { what: 'two inputs of one id', card: card({ type: 'Input.Text', id: 'x' }, { type: 'Input.Text', id: 'x' }), objection: /x/ },
  { what: 'a version of its own', card: { ...card(), version: 'newest' }, objection: /newest|version/i },
];
