import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestAlertmanager } from '../alerting/test_alertmanager.ts';
import type { PolicyReach } from '../on_call/index.ts';
import { proofPorts } from './proof_ports.ts';

const CONFIG = `
route: {receiver: night}
receivers:
  - {name: night, on_call_configs: [{policy: main}]}
  - {name: both, on_call_configs: [{policy: main}], webhook_configs: [{url: "http://127.0.0.1:9/"}]}
  - {name: anna, webhook_configs: [{url: "http://127.0.0.1:9/"}]}
  - {name: empty}
`;
const NOBODY = 'nobody is on call in schedule nights';

/** What the receiver of the root is reached by. */
const receiverOf = (reach: PolicyReach, config = CONFIG) => {
  const { alertmanager } = startTestAlertmanager({ config });
  const ports = proofPorts({
    tenant: 'trilith',
    rules: { groups: () => [], blind: () => [] },
    alertmanager: () => alertmanager,
    evaluate: async () => [],
    events: async () => [],
    runbookOf: async () => ({ address: '', opens: null, error: '' }),
    reachOf: () => reach,
  });
  return ports('trilith').receiversOf([])[0];
};

const CASES: readonly (readonly [string, PolicyReach, readonly string[], readonly string[]])[] = [
  ['a policy that asks somebody', { receivers: ['anna'], unreached: [NOBODY] }, ['on_call[0]'], []],
  ['a policy whose schedule is empty', { receivers: [], unreached: [NOBODY] }, [], [NOBODY]],
  [
    'a policy whose people have receivers that tell nobody',
    ...([{ receivers: ['empty', 'night'], unreached: [] }, []] as const),
    ['receiver empty has no integrations', 'receiver night has no integrations'],
  ],
];
for (const [name, reach, integrations, unreached] of CASES)
  test(`${name}: ${integrations.length === 0 ? 'nobody' : 'somebody'} is reached`, () => {
    assert.deepEqual(receiverOf(reach), { receiver: 'night', integrations, unreached });
  });

test('an integration beside a policy that reaches nobody is counted alone', () => {
  const both = receiverOf(
    { receivers: [], unreached: [NOBODY] },
    CONFIG.replace('{receiver: night}', '{receiver: both}'),
  );
  assert.deepEqual(both, { receiver: 'both', integrations: ['webhook[0]'], unreached: [NOBODY] });
});
