import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandLine } from '../command_line.ts';
import { startServer } from '../running_server.ts';
import { NOT_RUN } from '../upstream_inputs.ts';
import { findAlertmanager, startAlertmanager } from './real_alertmanager.ts';
import { runTimeline } from './run_timeline.ts';
import { timelineConfig, timelineSteps } from './timeline.ts';
import { type Notified, startWebhookStub } from './webhook_stub.ts';

/** How far apart the same notification of both may be, seconds. */
const TOLERANCE_SECONDS = 0.9;

async function main(): Promise<number> {
  commandLine(
    'npm run conformance:alertmanager:peer',
    `Tells Trilith and a real Alertmanager (TRILITH_TEST_ALERTMANAGER or the one of the PATH) with the same configuration the
same alerts and silences at the same moments, and compares what their receivers hear: which notifications, in which order
per group, when, and every field. What a version before 0.27 does not have is left out, and said. Ends with 2 without an Alertmanager.`,
    {},
  );
  const found = findAlertmanager();
  if (found === undefined) {
    console.error('nothing compared: no Alertmanager; set TRILITH_TEST_ALERTMANAGER or put it into PATH');
    return NOT_RUN;
  }
  const { binary, version, hasUtf8Names: utf8 } = found;
  console.log(`beside ${binary} ${version || '(without a version)'}`);
  if (!utf8)
    console.log('left out: names of labels in UTF-8, and notification_reason in what webhooks get, which came later');
  const directory = await mkdtemp(join(tmpdir(), 'trilith-timeline-'));
  const stubs = [await startWebhookStub(), await startWebhookStub()] as const;
  const path = join(directory, 'alertmanager.yml');
  await writeFile(path, timelineConfig(stubs[0].url, { utf8 }));
  const server = await startServer({ env: { TRILITH_ALERTMANAGER_CONFIG: path } });
  const peer = await startAlertmanager(binary, timelineConfig(stubs[1].url, { utf8 }));
  try {
    for (const stub of stubs) stub.begin();
    await runTimeline(timelineSteps({ utf8 }), [`${server.url}/alertmanager/api/v2`, `${peer.url}/api/v2`]);
    const ours = utf8 ? stubs[0].notified : stubs[0].notified.map(withoutReason);
    return compare(ours, stubs[1].notified);
  } finally {
    await Promise.all([server.stop(), peer.stop(), ...stubs.map((stub) => stub.stop())]);
    await rm(directory, { recursive: true, force: true });
  }
}

/** As versions before the field tell it. */
const withoutReason = (notified: Notified): Notified => ({
  ...notified,
  content: notified.content.replace(/"notification_reason":"[^"]*",/, ''),
});

/** Prints what differs; the exit status. */
function compare(ours: readonly Notified[], theirs: readonly Notified[]): number {
  const groups = new Set([...ours, ...theirs].map(keyOf));
  let equal = 0;
  let different = 0;
  for (const key of [...groups].sort()) {
    const [here, there] = [ours, theirs].map((all) => all.filter((one) => keyOf(one) === key)) as [
      Notified[],
      Notified[],
    ];
    for (let i = 0; i < Math.max(here.length, there.length); i++) {
      const problem = differenceOf(here[i], there[i]);
      if (problem === undefined) equal++;
      else {
        different++;
        console.log(`${key}, notification ${i + 1}: ${problem}`);
      }
    }
  }
  console.log(`${equal} equal, ${different} different`);
  return different === 0 ? 0 : 1;
}

const keyOf = ({ receiver, groupKey }: Notified): string => `${receiver} ${groupKey}`;

function differenceOf(ours: Notified | undefined, theirs: Notified | undefined): string | undefined {
  if (theirs === undefined) return `only ours, ${ours?.status} after ${ours?.at.toFixed(1)} s: ${ours?.content}`;
  if (ours === undefined)
    return `only Alertmanager’s, ${theirs.status} after ${theirs.at.toFixed(1)} s: ${theirs.content}`;
  if (ours.content !== theirs.content) return `\n    ours   ${ours.content}\n    theirs ${theirs.content}`;
  if (ours.status !== theirs.status) return `ours is ${ours.status}, theirs ${theirs.status}`;
  const apart = Math.abs(ours.at - theirs.at);
  return apart > TOLERANCE_SECONDS
    ? `ours after ${ours.at.toFixed(1)} s, theirs after ${theirs.at.toFixed(1)} s`
    : undefined;
}

process.exitCode = await main();
