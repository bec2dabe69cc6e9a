import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selfMetrics } from './self_metrics.ts';
import { withoutSecrets } from './server_status.ts';

test('the configuration is shown without its secrets, whatever form they have', () => {
  const source = `# bearer_token: in a comment
global: { external_labels: { region: eu } }
scrape_configs:
  - job_name: a
    basic_auth: { username: u, password: hunter2 }
    authorization:
      credentials: |
        hunter3
    proxy_url: http://me:hunter4@proxy:3128
    http_headers:
      X-Key: { secrets: [hunter5], values: [shown] }
    oauth2: { client_id: c, client_secret: "hunter6", token_url: http://t }
  - job_name: b
    proxy_url: http://:hunter7@proxy:3128
  - job_name: c
    proxy_url: http://me:hunter8@hunter9@proxy:3128
`;
  const shown = withoutSecrets(source);
  assert.doesNotMatch(shown, /hunter|in a comment/);
  for (const kept of ['region: eu', 'username: u', 'proxy:3128', 'shown', 'client_id: c'])
    assert.ok(shown.includes(kept));
});

test('own metrics are families as protojson writes them', () => {
  const text = `# HELP a_total Things \\\\ so far.
# TYPE a_total counter
a_total{kind="x\\"y"} 3
# HELP b_seconds Time.
# TYPE b_seconds histogram
b_seconds_bucket{le="0.5"} 1
b_seconds_bucket{le="+Inf"} 2
b_seconds_sum 1.5
b_seconds_count 2
`;
  const { body } = selfMetrics(text, 'a_.*|b_seconds');
  assert.deepEqual(JSON.parse(String(body)).data, [
    {
      name: 'a_total',
      help: 'Things \\ so far.',
      type: 'COUNTER',
      metric: [{ label: [{ name: 'kind', value: 'x"y' }], counter: { value: 3 } }],
    },
    {
      name: 'b_seconds',
      help: 'Time.',
      type: 'HISTOGRAM',
      metric: [
        {
          label: [],
          histogram: { sampleCount: '2', sampleSum: 1.5, bucket: [{ cumulativeCount: '1', upperBound: 0.5 }] },
        },
      ],
    },
  ]);
  assert.equal(JSON.parse(String(selfMetrics(text, 'a_').body)).data.length, 0);
});
