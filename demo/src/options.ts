import { parseArgs } from 'node:util';
import { FAULT_NAMES, type Fault, isFault } from './faults.ts';
import { DEFAULT_BASE_PORT } from './topology.ts';

export interface DemoOptions {
  readonly trilithUrl: string;
  /** Requests per second of the load generator. */
  readonly rps: number;
  readonly seed: number;
  readonly basePort: number;
  readonly faults: readonly Fault[];
  /** Print the services' log lines too. */
  readonly verbose: boolean;
  /** Never start Trilith ourselves. */
  readonly noServer: boolean;
}

/** The command line cannot be understood; the message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const USAGE = `npm run demo -- [options]
  --rps N           requests per second (default 10)
  --seed N          seed of the load (default 1)
  --fault a,b       faults switched on from the start: ${FAULT_NAMES.join(', ')}
  --base-port N     first port (default ${DEFAULT_BASE_PORT}; the next seven are used too)
  --url URL         Trilith (default TRILITH_URL or http://127.0.0.1:3000)
  --no-server       do not start Trilith when it is not running
  --verbose         print the services' log lines`;

function positive(text: string, name: string, max: number): number {
  const value = Number(text);
  if (!(value > 0 && value <= max)) throw new UsageError(`--${name} must be a number up to ${max}`);
  return value;
}

/** Reads the command line; throws UsageError. */
export function parseOptions(args: readonly string[], environment: NodeJS.ProcessEnv): DemoOptions {
  let values: Record<string, string | boolean | undefined>;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        rps: { type: 'string' },
        seed: { type: 'string' },
        fault: { type: 'string' },
        'base-port': { type: 'string' },
        url: { type: 'string' },
        'no-server': { type: 'boolean' },
        verbose: { type: 'boolean' },
      },
    }));
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
  const text = (name: string, otherwise: string): string => String(values[name] ?? otherwise);
  const faults = text('fault', '')
    .split(',')
    .filter((name) => name !== '')
    .map(snakeCase);
  const unknown = faults.find((name) => !isFault(name));
  if (unknown !== undefined) throw new UsageError(`there is no fault ${unknown}; there are ${FAULT_NAMES.join(', ')}`);
  return {
    trilithUrl: text('url', environment.TRILITH_URL ?? 'http://127.0.0.1:3000').replace(/\/+$/, ''),
    rps: positive(text('rps', '10'), 'rps', 1_000),
    seed: positive(text('seed', '1'), 'seed', 2 ** 32 - 1),
    basePort: positive(text('base-port', String(DEFAULT_BASE_PORT)), 'base-port', 65_500),
    faults: faults.filter(isFault),
    verbose: values.verbose === true,
    noServer: values['no-server'] === true,
  };
}

/** `TimeoutError`, `card declined` and `card-declined` name the faults too. */
function snakeCase(name: string): string {
  return name
    .trim()
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .replaceAll(/[\s-]+/g, '_')
    .toLowerCase();
}
