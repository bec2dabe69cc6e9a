import { fail } from '../../base/yaml_reader.ts';
import { textOr } from './config_fields.ts';
import { readEntry } from './entry.ts';
import { type Channel, DeliveryError } from './integration.ts';

/** Our own way to reach people: an escalation policy of `on_call.file` says whom, and when the next one. */
export const onCall: Channel = {
  name: 'on_call',
  section: 'on_call_configs',
  read(at, globals) {
    const entry = readEntry(at, ['policy'], true);
    const policy = textOr(entry.keys, 'policy');
    if (policy === '') throw fail(at, 'missing policy in on_call config');
    return {
      sendResolved: entry.sendResolved,
      http: globals.http,
      timeoutMs: 0,
      policy,
      deliver: async (delivery) => {
        if (delivery.page === undefined)
          throw new DeliveryError('no on_call.file is configured, so nobody is on call', { retry: false });
        const { error, ...outcome } = await delivery.page(policy);
        if (error !== undefined) throw new DeliveryError(error, outcome);
        return outcome;
      },
    };
  },
};
