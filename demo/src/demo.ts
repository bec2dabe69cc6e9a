import { type ChildProcess, fork } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { FAULT_NAMES, FAULTS, type Fault, isFault } from './faults.ts';
import type { DemoOptions } from './options.ts';
import type { ServiceSettings } from './runtime/settings.ts';
import { portOf, SERVICES, type ServiceName } from './topology.ts';

/** The running payments system. */
export interface Demo extends AsyncDisposable {
  readonly faults: () => readonly Fault[];
  setFault(fault: Fault, on: boolean): void;
}

export interface DemoEvents {
  /** A service process ended that nobody stopped. */
  readonly onLost: (service: ServiceName, code: number | null) => void;
}

/** The services did not come up; the message says which. */
export class DemoStartError extends Error {
  override readonly name = 'DemoStartError';
}

const START_MS = 30_000;
const STOP_MS = 5_000;

function startChild(settings: ServiceSettings): ChildProcess {
  return fork(new URL('./service_process.ts', import.meta.url), [JSON.stringify(settings)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // Warnings about the SDK's own deprecated calls would drown what the demo has to say.
    execArgv: ['--disable-warning=DeprecationWarning', '--max-old-space-size=128'],
  });
}

function started(child: ChildProcess, service: ServiceName): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new DemoStartError(`${service} did not start within ${START_MS} ms`)),
      START_MS,
    );
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new DemoStartError(`${service} ended with code ${code}; is its port taken?`));
    });
    child.on('message', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await gone;
  clearTimeout(timer);
}

/** `POST /faults/NAME/on|off`, `GET /faults`. */
function controlServer(
  port: number,
  active: ReadonlySet<Fault>,
  setFault: (fault: Fault, on: boolean) => void,
): Promise<Server> {
  const server = createServer((request, response) => {
    const [, , name = '', state = ''] = (request.url ?? '').split('/');
    const json = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
    };
    if (request.method === 'POST' && isFault(name) && (state === 'on' || state === 'off'))
      setFault(name, state === 'on');
    else if (request.method !== 'GET')
      return json(404, { error: `POST /faults/NAME/on or off; NAME is one of ${FAULT_NAMES.join(', ')}` });
    return json(
      200,
      Object.fromEntries(FAULT_NAMES.map((fault) => [fault, { on: active.has(fault), what: FAULTS[fault] }])),
    );
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

/** Starts all services (the load last) and the control port. Rejects with DemoStartError; nothing is left running then. */
export async function startDemo(options: DemoOptions, events: DemoEvents): Promise<Demo> {
  const active = new Set<Fault>(options.faults);
  const children = new Map<ServiceName, ChildProcess>();
  let stopping = false;
  const setFault = (fault: Fault, on: boolean): void => {
    if (on) active.add(fault);
    else active.delete(fault);
    for (const child of children.values()) if (child.connected) child.send({ faults: [...active] });
  };
  const stop = async (): Promise<void> => {
    stopping = true;
    // The load goes first, so that no service is missed by another.
    for (const service of [...SERVICES].reverse()) {
      const child = children.get(service);
      if (child !== undefined && service === 'load-generator') await stopChild(child);
    }
    await Promise.all([...children.values()].map(stopChild));
  };
  const launch = async (services: readonly ServiceName[]): Promise<void> => {
    await Promise.all(
      services.map(async (service) => {
        const { trilithUrl, basePort, seed, rps, faults, verbose } = options;
        const child = startChild({ service, trilithUrl, basePort, seed, rps, faults, verbose });
        children.set(service, child);
        await started(child, service);
        child.removeAllListeners('exit');
        child.once('exit', (code) => {
          if (!stopping) events.onLost(service, code);
        });
      }),
    );
  };
  try {
    await launch(SERVICES.filter((service) => service !== 'load-generator'));
    await launch(['load-generator']);
    const control = await controlServer(options.basePort, active, setFault);
    return {
      faults: () => [...active],
      setFault,
      async [Symbol.asyncDispose]() {
        control.close();
        control.closeAllConnections();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    if (error instanceof DemoStartError) throw error;
    throw new DemoStartError(`the control port ${options.basePort} cannot be opened`, { cause: error });
  }
}

/** Where a service's metrics are. */
export function metricsUrl(service: ServiceName, basePort: number): string {
  return `http://127.0.0.1:${portOf(service, basePort)}/metrics`;
}
