// What runs in the browser: the official renderer, set up as Teams sets it up.

// look is Teams' own in light colours, as far as the renderer lets it be said.
export const look = {
  fontFamily: '"Segoe UI", "Helvetica Neue", "Liberation Sans", Arial, sans-serif',
  fontSizes: { small: 12, default: 14, medium: 14, large: 18, extraLarge: 24 },
  fontWeights: { lighter: 200, default: 400, bolder: 600 },
  lineHeights: { small: 16, default: 20, medium: 20, large: 24, extraLarge: 32 },
  spacing: { none: 0, small: 8, default: 12, medium: 16, large: 24, extraLarge: 32, padding: 16 },
  separator: { lineThickness: 1, lineColor: '#E1DFDD' },
  supportsInteractivity: true,
  actions: {
    actionsOrientation: 'Horizontal', actionAlignment: 'Left', buttonSpacing: 8, maxActions: 6, spacing: 'Default',
    showCard: { actionMode: 'Inline', inlineTopMargin: 12, style: 'emphasis' },
  },
  containerStyles: Object.fromEntries(Object.entries({ default: '#FFFFFF', emphasis: '#F5F5F5' }).map(([name, backgroundColor]) => [name, {
    backgroundColor, foregroundColors: {
      default: { default: '#242424', subtle: '#616161' },
      accent: { default: '#5B5FC7', subtle: '#5B5FC7' },
      attention: { default: '#C4314B', subtle: '#C4314B' },
      good: { default: '#237B4B', subtle: '#237B4B' },
      warning: { default: '#835C00', subtle: '#835C00' },
    },
  }])),
  inputs: {
    label: { inputSpacing: 'small', requiredInputs: { weight: 'Bolder' }, optionalInputs: { weight: 'Bolder' } },
    errorMessage: { color: 'Attention' },
  },
};

// setUp prepares the renderer once. It knows `choices.data` from 1.6 on; Teams takes it in cards of 1.5, since before there was a 1.6
// (learn.microsoft.com, "Typeahead search in Adaptive Cards"), so it is registered for 1.5 here as that host has it. All else stays as published.
export function setUp() {
  const AC = window.AdaptiveCards;
  const { typeProperty, datasetProperty, countProperty, skipProperty } = AC.ChoiceSetInputDataQuery;
  for (const property of [AC.ChoiceSetInput.choicesDataProperty, typeProperty, datasetProperty, countProperty, skipProperty]) property.targetVersion = AC.Versions.v1_5;
  AC.AdaptiveCard.onProcessMarkdown = (text, result) => { // no card of ours needs Markdown; a backslash takes its meaning from what follows
    const box = document.createElement('span');
    box.textContent = text.replace(/\\([!-/:-@[-`{-~])/g, '$1');
    result.outputHtml = box.innerHTML;
    result.didProcess = true;
  };
}

// draw draws a card into the page and tells all that the renderer objects to.
export function draw({ card, look, version: [major, minor] }) {
  const AC = window.AdaptiveCards;
  const context = new AC.SerializationContext(new AC.Version(major, minor));
  const drawn = new AC.AdaptiveCard();
  drawn.hostConfig = new AC.HostConfig(look);
  drawn.parse(card, context);
  const objections = Array.from({ length: context.eventCount }, (_, i) => context.getEventAt(i).message);
  objections.push(...drawn.validateProperties().validationEvents.map((e) => e.message));
  const node = drawn.render();
  if (node) document.getElementById('card').replaceChildren(node);
  for (const input of drawn.getAllInputs()) { // the renderer writes the value of what is chosen into a typeahead; for the pictures its words stand there
    const chosen = input.choices?.find((c) => c.value === input.defaultValue);
    const box = input.style === 'filtered' && chosen && input.renderedInputControlElement?.querySelector('input');
    if (box) box.value = chosen.title;
  }
  return { objections, version: card.version, text: node?.innerText ?? '' };
}
