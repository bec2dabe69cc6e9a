import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { KEEP_ALIVE_COMMENT } from './config.ts';

/** What it takes to start the engine's process. */
export interface EngineProcess {
  /** Path of the ClickHouse library. */
  readonly library: string;
  readonly arguments: readonly string[];
  /** Who ends the engine when this process dies. */
  readonly watch: 'kernel' | 'thread';
}

/** Starts the launcher with its output piped. */
export function spawnEngine(plan: EngineProcess): ChildProcess {
  return spawn(
    process.execPath,
    [
      '--experimental-ffi',
      '--no-warnings',
      '--max-old-space-size=32',
      '--input-type=module',
      '-e',
      launcherSource(),
      '--',
      plan.library,
      String(process.pid),
      plan.watch,
      ...plan.arguments,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: engineEnvironment() },
  );
}

/** The engine's command line. It listens first, then runs a query that ends only when it is killed. */
export function engineArguments(config: string, dataDir: string, port: number, tcpPort: number | undefined): string[] {
  const listen =
    tcpPort === undefined ? 'SYSTEM START LISTEN HTTP' : 'SYSTEM START LISTEN HTTP; SYSTEM START LISTEN TCP';
  return [
    `--config-file=${config}`,
    `--path=${dataDir}`,
    `--http_port=${port}`,
    ...(tcpPort === undefined ? [] : [`--tcp_port=${tcpPort}`]),
    '--listen_host=127.0.0.1',
    '--log-level=warning',
    '--multiquery',
    `--query=${listen}; SELECT sleepEachRow(0.25) FROM system.numbers SETTINGS max_block_size=1, log_comment='${KEEP_ALIVE_COMMENT}' FORMAT Null`,
  ];
}

/** Nothing of our environment is the engine's business (it holds keys of users); a little it needs. */
function engineEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, LANG } = process.env;
  return { ...(PATH && { PATH }), ...(HOME && { HOME }), ...(TMPDIR && { TMPDIR }), ...(LANG && { LANG }), TZ: 'UTC' };
}

let source: string | undefined;

/** The launcher without types: handed over as text, because loading TypeScript would cost the child 18 MB for good. */
function launcherSource(): string {
  if (source !== undefined) return source;
  const { emitWarning } = process;
  // Stripping types this way warns that it is experimental; users cannot do anything about that.
  process.emitWarning = () => {};
  try {
    source = stripTypeScriptTypes(readFileSync(new URL('./launcher.ts', import.meta.url), 'utf8'));
  } finally {
    process.emitWarning = emitWarning;
  }
  return source;
}
