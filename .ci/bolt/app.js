// A small app on Slack's official Node client. drive.go starts it against the sandbox's Slack: if Bolt cannot tell the stand-in from
// Slack, then what slack-go is tried against is Slack's protocol and not slack-go's idea of it.
const { App, LogLevel, SocketModeReceiver } = require('@slack/bolt');

const clientOptions = { slackApiUrl: process.env.SLACK_API_URL };
// The receiver has no public option for the API of its socket client, so it is handed over by the constructor's installer options.
const receiver = new SocketModeReceiver({
  appToken: process.env.SLACK_APP_TOKEN,
  logLevel: LogLevel.WARN,
  installerOptions: { clientOptions },
});
const app = new App({ token: process.env.SLACK_BOT_TOKEN, receiver, clientOptions, logLevel: LogLevel.WARN });

const plain = (text) => ({ type: 'plain_text', text });

app.command('/access', async ({ ack, body, client }) => {
  if (body.text === 'help') {
    await ack({ response_type: 'ephemeral', text: `Help for <@${body.user_id}>` });
    return;
  }
  await ack();
  await client.views.open({
    trigger_id: body.trigger_id,
    view: {
      type: 'modal',
      callback_id: 'ask',
      private_metadata: body.channel_id,
      title: plain('Ask for access'),
      submit: plain('Ask'),
      blocks: [
        {
          type: 'input',
          block_id: 'what',
          label: plain('What'),
          element: { type: 'external_select', action_id: 'what', min_query_length: 0 },
        },
        { type: 'input', block_id: 'why', label: plain('Why'), element: { type: 'plain_text_input', action_id: 'text' } },
      ],
    },
  });
});

app.options('what', async ({ ack, payload }) => {
  await ack({ options: [{ text: plain(`prod-db (${payload.value})`), value: 'r1' }] });
});

app.view('ask', async ({ ack, view, client }) => {
  const why = view.state.values.why.text.value;
  if (why.length < 5) {
    await ack({ response_action: 'errors', errors: { why: 'Say more.' } });
    return;
  }
  await ack();
  await client.chat.postMessage({
    channel: view.private_metadata,
    text: 'Somebody asks',
    blocks: [
      { type: 'section', text: plain(`${view.state.values.what.what.selected_option.value}: ${why}`) },
      { type: 'actions', elements: [{ type: 'button', action_id: 'approve', text: plain('Approve'), value: 'R1' }] },
    ],
  });
});

app.action('approve', async ({ ack, body, client, respond }) => {
  await ack();
  await client.chat.update({ channel: body.channel.id, ts: body.message.ts, text: `Approved by <@${body.user.id}>` });
  await respond({ text: 'Noted.', response_type: 'ephemeral', replace_original: false });
});

app.event('app_home_opened', async ({ event, client }) => {
  await client.views.publish({
    user_id: event.user,
    view: { type: 'home', blocks: [{ type: 'header', text: plain('My access') }] },
  });
});

app.message(async ({ message, say }) => {
  await say({ text: `You said: ${message.text}` });
});

app.error(async (error) => {
  console.error(error);
});

app.start().catch((error) => {
  console.error(error);
  process.exit(1);
});
