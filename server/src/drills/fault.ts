import type { Outbound } from '../base/outbound.ts';
import type { DrillCause, FaultSwitch } from './drill_file.ts';
import { type LoadedRule, type ShadowOptions, shadowRule } from './shadow_rule.ts';
import type { Stimulus } from './stimulus.ts';

type Fault = Extract<DrillCause, { kind: 'fault' }>;

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 64 * 1024;
/** Live telemetry is looked at no less often than this, ms. */
const LOOK_MS = 5_000;

export interface FaultOptions extends Omit<ShadowOptions, 'before' | 'append' | 'forMs'> {
  readonly nowMs: () => number;
  /** `for` is waited as it stands, whatever `hold` says. */
  readonly trueTime: boolean;
  /** Throws Error. */
  readonly flip: (to: FaultSwitch) => Promise<void>;
}

/** A fault that is switched on and off, and a shadow of the rule over the telemetry it makes. */
export function faultStimulus(loaded: LoadedRule, cause: Fault, options: FaultOptions): Stimulus {
  const forMs = options.trueTime ? loaded.rule.forMs : (cause.holdMs ?? loaded.rule.forMs);
  const shadow = shadowRule(loaded, { ...options, forMs, before: [], append: async () => undefined });
  return {
    isVirtual: false,
    forMs,
    everyMs: Math.min(LOOK_MS, loaded.group.intervalMs),
    async begin() {
      await options.flip(cause.on);
      return `${cause.on.method} ${cause.on.url}`;
    },
    look: async () => ({ ...(await shadow.look(options.nowMs())), isOver: false }),
    async end() {
      await options.flip(cause.off);
      return `${cause.off.method} ${cause.off.url}`;
    },
  };
}

/**
 * Switches faults. An address that begins with none of `allowed` is not asked, nor is one a redirect leads to. What is
 * returned throws Error.
 */
export function createFaultSwitch(
  outbound: Pick<Outbound, 'send'>,
  allowed: () => readonly string[],
): (to: FaultSwitch) => Promise<void> {
  return async ({ method, url }) => {
    if (!isAllowed(url, allowed()))
      throw new Error(`${url} may not be asked: the setting drills.allow names no address it begins with`);
    const { status } = await outbound.send(url, {
      method,
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
      maxRedirects: 0,
    });
    if (status < 200 || status >= 300) throw new Error(`${method} ${url} answered ${status}`);
  };
}

/** Whether an address is below one that is allowed; `http://a/x` allows neither `http://a.b/x` nor `http://a/xy`. */
export function isAllowed(url: string, allowed: readonly string[]): boolean {
  if (!URL.canParse(url)) return false;
  const asked = new URL(url);
  if (asked.username !== '' || asked.password !== '') return false;
  return allowed.some((prefix) => {
    if (!URL.canParse(prefix)) return false;
    const base = new URL(prefix);
    const below = base.pathname.endsWith('/') ? base.pathname : `${base.pathname}/`;
    return asked.origin === base.origin && (asked.pathname === base.pathname || asked.pathname.startsWith(below));
  });
}
