import { fail, isNull, list } from '../../base/yaml_reader.ts';
import type { Keys } from '../../base/yaml_shape.ts';
import { discord } from './discord.ts';
import { email } from './email/email.ts';
import type { ReceiverGlobals } from './globals.ts';
import { incidentio } from './incidentio.ts';
import type { Channel, Integration } from './integration.ts';
import { jira } from './jira.ts';
import { mattermost } from './mattermost.ts';
import { msteams, msteamsV2 } from './msteams.ts';
import { onCall } from './on_call.ts';
import { opsgenie } from './opsgenie.ts';
import { pagerduty } from './pagerduty.ts';
import { pushover } from './pushover.ts';
import { rocketchat } from './rocketchat.ts';
import { slack } from './slack.ts';
import { sns } from './sns.ts';
import { telegram } from './telegram.ts';
import { victorops } from './victorops.ts';
import { webex } from './webex.ts';
import { webhook } from './webhook.ts';
import { wechat } from './wechat.ts';

/** In the order upstream makes a receiver's integrations (receiver.BuildReceiverIntegrations); ours last. */
const CHANNELS: readonly Channel[] = [
  webhook,
  email,
  pagerduty,
  opsgenie,
  wechat,
  slack,
  victorops,
  pushover,
  sns,
  telegram,
  discord,
  webex,
  msteams,
  msteamsV2,
  jira,
  incidentio,
  rocketchat,
  mattermost,
  onCall,
];

/** The keys of a receiver that list integrations. */
export const RECEIVER_SECTIONS: readonly string[] = CHANNELS.map(({ section }) => section);

/** Entries that may be empty, because `global` can say everything about them. */
const MAY_BE_EMPTY: ReadonlySet<string> = new Set(['slack', 'opsgenie', 'wechat', 'rocketchat']);

/** Reads what a receiver lists, numbered per channel from 0. Throws ConfigFileError. */
export function readIntegrations(receiver: Keys, globals: ReceiverGlobals): Integration[] {
  return CHANNELS.flatMap((channel) =>
    list(receiver.get(channel.section)).map((entry, index) => {
      if (isNull(entry) && !MAY_BE_EMPTY.has(channel.name)) throw fail(entry, `missing ${channel.name} config`);
      return { channel: channel.name, index, ...channel.read(entry, globals) };
    }),
  );
}
