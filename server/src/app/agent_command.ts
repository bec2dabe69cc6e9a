import {
  type AgentConfig,
  AgentConfigError,
  checkAgent,
  describeVariables,
  loadAgentConfig,
  startAgent,
} from '../agent/index.ts';
import { errorCode } from '../base/files.ts';
import type { LogLevel } from '../base/telemetry/log.ts';
import { createTelemetry } from '../base/telemetry/telemetry.ts';
import { claimDataDirectory } from './data_lock.ts';

const HELP = `trilith agent: follows the logs of a node, scrapes it, and keeps everything on disk until the server has it

Usage: npx trilith agent [--config agent.yaml]        run until SIGTERM or SIGINT
       npx trilith agent check [--config agent.yaml]  show what would be read, and whether the server answers

Without a file: the containers of this machine, its own figures, to http://127.0.0.1:3000. Every setting: docs/agent.md.

  variable                           setting                what it is
${describeVariables()}
`;

/** `trilith agent …`; resolves with the exit code. Throws AgentConfigError, DataDirectoryInUse. */
export async function agentCommand(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  version: string,
): Promise<number> {
  const print = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  if (args.includes('--help') || args.includes('-h')) {
    print(HELP.trimEnd());
    return 0;
  }
  const check = args[0] === 'check';
  const config = loadAgentConfig(configPath(check ? args.slice(1) : args), env);
  if (check) return (await checkAgent(config, print)) ? 0 : 1;
  return run(config, version);
}

function configPath(args: readonly string[]): string | undefined {
  const [flag, value, ...rest] = args;
  if (flag === undefined) return undefined;
  if (flag.startsWith('--config=') && value === undefined) return flag.slice('--config='.length);
  if (flag !== '--config' || value === undefined || rest.length > 0)
    throw new AgentConfigError(`unexpected argument ${flag}; see trilith agent --help`);
  return value;
}

/** Claims the data directory. Throws DataDirectoryInUse, and AgentConfigError when it cannot be had. */
function claim(directory: string): () => void {
  try {
    return claimDataDirectory(directory);
  } catch (error) {
    if (errorCode(error) === '') throw error;
    throw new AgentConfigError(`data: ${(error as Error).message} (TRILITH_AGENT_DATA names another directory)`, {
      cause: error,
    });
  }
}

async function run(config: AgentConfig, version: string): Promise<number> {
  const release = claim(config.data);
  const telemetry = createTelemetry({
    service: 'trilith-agent',
    version,
    level: config.log_level.toUpperCase() as LogLevel,
    traceRatio: 0,
  });
  const agent = await startAgent(config, telemetry, version);
  const stopped = Promise.withResolvers<number>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.resolve(0));
  const code = await Promise.race([stopped.promise, agent.fatal]);
  if (code === 0) await agent.stop();
  release();
  return code;
}
