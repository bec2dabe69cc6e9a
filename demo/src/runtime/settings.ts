import { FAULT_NAMES, type Fault, isFault } from '../faults.ts';
import { SERVICES, type ServiceName } from '../topology.ts';

/** What the parent tells a service process: its first argument, as JSON. */
export interface ServiceSettings {
  readonly service: ServiceName;
  readonly trilithUrl: string;
  readonly basePort: number;
  readonly seed: number;
  readonly rps: number;
  readonly faults: readonly Fault[];
  readonly verbose: boolean;
}

/** Faults switched on now; kept up to date by the parent's messages. */
export interface ActiveFaults {
  has(fault: Fault): boolean;
}

export function readSettings(argument: string | undefined): ServiceSettings {
  const settings: ServiceSettings = JSON.parse(argument ?? '{}');
  if (!SERVICES.includes(settings.service)) throw new Error('a service of the demo is started by demo/src/main.ts');
  return settings;
}

/** Follows the parent's `{ faults: [...] }` messages. */
export function followFaults(initial: readonly Fault[]): ActiveFaults {
  let active = new Set(initial);
  process.on('message', (message: unknown) => {
    if (typeof message !== 'object' || message === null || !('faults' in message) || !Array.isArray(message.faults))
      return;
    const names: string[] = message.faults.map(String);
    active = new Set(FAULT_NAMES.filter((name) => isFault(name) && names.includes(name)));
  });
  return { has: (fault) => active.has(fault) };
}
