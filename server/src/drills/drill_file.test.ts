import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseDrills } from './drill_file.ts';
import { createFaultSwitch, isAllowed } from './fault.ts';

const DEMO = join(import.meta.dirname, '../../../demo/drills');

test('the drills of the demo can be read', () => {
  const files = readdirSync(DEMO).filter((file) => file.endsWith('.yaml'));
  const drills = files.flatMap((file) => parseDrills(readFileSync(join(DEMO, file), 'utf8')));
  assert.equal(drills.length, 7);
});

const inject = 'inject: { series: [{ series: up, values: "0" }] }';
const REFUSED: readonly (readonly [text: string, reason: RegExp])[] = [
  ['drills: []', /there is none/],
  [`drills: [{ ${inject} }]`, /alert: .* is required/],
  ['drills: [{ alert: A }]', /either inject or fault/],
  [`drills: [{ alert: A, hold: 20s, ${inject} }]`, /only a fault is held/],
  ['drills: [{ alert: A, inject: {} }]', /neither series nor logs/],
  ['drills: [{ alert: A, fault: { on: "ftp://x", off: "http://x" } }]', /not an http\(s\) address/],
  ['drills: [{ alert: A, fault: { on: "DELETE http://x", off: "http://x" } }]', /must be an address/],
  [`drills: [{ alert: A, ${inject}, expect: { evidence: [smoke] } }]`, /no evidence is called smoke/],
  [`drills: [{ alert: A, ${inject}, expect: { acknowledged: { by: anna } } }]`, /within: a duration is required/],
  [`drills: [{ alert: A, ${inject}, deadlines: { pending: 10ms } }]`, /between 1s and 6h/],
  [`drills: [{ alert: A, ${inject}, expects: {} }]`, /unknown key "expects"/],
  [`drills: [{ alert: A, ${inject} }, { alert: A, ${inject} }]`, /of this name stands above/],
];
for (const [text, reason] of REFUSED)
  test(`refused with its line: ${text}`, () => {
    assert.throws(() => parseDrills(text), { name: 'ConfigFileError', message: reason });
  });

test('only addresses below one that is allowed are asked', async () => {
  const allowed = ['http://demo:18080/faults/', 'https://chaos.example/api'];
  const CASES: readonly (readonly [url: string, expected: boolean])[] = [
    ['http://demo:18080/faults/x/on', true],
    ['https://chaos.example/api', true],
    ['https://chaos.example/api/on?x=1', true],
    ['https://chaos.example/apis', false],
    ['https://chaos.example.org/api', false],
    ['http://chaos.example/api', false],
    ['http://demo:18081/faults/x', false],
    ['http://demo:18080/faults/../admin', false],
    ['http://user@demo:18080/faults/x', false],
    ['nonsense', false],
  ];
  for (const [url, expected] of CASES) assert.equal(isAllowed(url, allowed), expected, url);
  const asked: string[] = [];
  const flip = createFaultSwitch(
    {
      async send(url) {
        asked.push(url);
        return { status: url.endsWith('off') ? 404 : 200, headers: {}, body: new Uint8Array(), url };
      },
    },
    () => allowed,
  );
  await assert.rejects(flip({ method: 'POST', url: 'http://elsewhere/on' }), /drills.allow/);
  await flip({ method: 'POST', url: 'http://demo:18080/faults/x/on' });
  await assert.rejects(flip({ method: 'POST', url: 'http://demo:18080/faults/x/off' }), /answered 404/);
  assert.deepEqual(asked, ['http://demo:18080/faults/x/on', 'http://demo:18080/faults/x/off']);
});
