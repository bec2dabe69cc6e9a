import { configFile } from './config_files.ts';
import { type Demo, DemoStartError, metricsUrl, startDemo } from './demo.ts';
import { type Page, type StubReceiver, startReceiver } from './drill/receiver.ts';
import { FAULT_NAMES, FAULTS } from './faults.ts';
import { type MetricsBridge, startMetricsBridge } from './metrics_bridge.ts';
import { type DemoOptions, parseOptions, USAGE, UsageError } from './options.ts';
import { receiverPort, SERVICES, urlOf } from './topology.ts';
import { type StartedTrilith, startTrilith, TrilithError, trilithState } from './trilith.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function introduce(options: DemoOptions): void {
  say('');
  say('A payments system is running:');
  for (const service of SERVICES)
    say(
      `  ${service.padEnd(18)} ${urlOf(service, options.basePort)}  (metrics: ${metricsUrl(service, options.basePort)})`,
    );
  say(`  load: ${options.rps} requests/s, seed ${options.seed}`);
  say('');
  say('Faults, switched at any time:');
  for (const fault of FAULT_NAMES) say(`  ${fault.padEnd(16)} ${FAULTS[fault]}`);
  say(`  curl -X POST http://127.0.0.1:${options.basePort}/faults/card_declined/on     (or off)`);
  say('Some minutes after a fault its alert fires; what is told to whom is printed here.');
  if (options.faults.length > 0) say(`  on now: ${options.faults.join(', ')}`);
  say('');
  say(`Trilith: ${options.trilithUrl}/    Stop with Ctrl-C.`);
}

const sayPage = ({ to, title }: Page): void => say(`told to ${to}: ${title.trim()}`);

/** Uses the Trilith that runs, or starts one. */
async function connect(
  options: DemoOptions,
): Promise<{ trilith: StartedTrilith | undefined; bridge: MetricsBridge | undefined }> {
  const { trilithUrl, basePort } = options;
  if ((await trilithState(trilithUrl)) === 'away' && !options.noServer) {
    say(`Trilith is not running at ${trilithUrl}: starting it …`);
    return { trilith: await startTrilith(trilithUrl, basePort), bridge: undefined };
  }
  say(`Trilith at ${trilithUrl} does not scrape the demo unless it was started with`);
  say(`  TRILITH_PROMETHEUS_CONFIG=${configFile(basePort)}`);
  say('Until it does, the demo reads its own metrics and sends them by OTLP.');
  return { trilith: undefined, bridge: startMetricsBridge(trilithUrl, basePort) };
}

async function run(options: DemoOptions): Promise<void> {
  const { trilith, bridge } = await connect(options);
  const stopped = Promise.withResolvers<string>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopped.resolve('stopping …'));
  let demo: Demo | undefined;
  let receiver: StubReceiver | undefined;
  try {
    demo = await startDemo(options, {
      onLost: (service, code) => stopped.resolve(`${service} ended with code ${code}; stopping …`),
    });
    if (trilith !== undefined) receiver = await startReceiver(receiverPort(options.basePort), sayPage);
    introduce(options);
    say(await stopped.promise);
  } finally {
    await bridge?.stop();
    await demo?.[Symbol.asyncDispose]();
    await receiver?.[Symbol.asyncDispose]();
    await trilith?.[Symbol.asyncDispose]();
  }
}

if (process.argv.includes('--help')) say(USAGE);
else {
  try {
    await run(parseOptions(process.argv.slice(2), process.env));
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof DemoStartError || error instanceof TrilithError)) throw error;
    process.stderr.write(`${error.message}\n${error instanceof UsageError ? `${USAGE}\n` : ''}`);
    process.exitCode = 1;
  }
}
