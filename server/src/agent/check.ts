import { type AgentConfig, nodeAttributes } from './config.ts';
import { containerOrigins } from './container_origins.ts';
import { findFiles } from './file_search.ts';
import { scrapeConfig } from './scraping.ts';
import { logSources } from './sources.ts';

/** What the agent would do with this configuration on this machine, for a person to read. Throws file errors and AgentConfigError. */
export async function checkAgent(config: AgentConfig, print: (line: string) => void): Promise<boolean> {
  const attributes = nodeAttributes(config);
  const origins = containerOrigins({ pods: undefined, attributes, now: Date.now });
  let readable = true;
  for (const { patterns, exclude } of logSources(config, origins, attributes)) {
    const found = await findFiles(patterns, exclude, (path, error) => {
      readable = false;
      print(`  cannot be read: ${path}: ${(error as Error).message}`);
    });
    print(`${patterns.join(', ')}: ${found.length} ${found.length === 1 ? 'file' : 'files'}`);
    for (const { source, size } of found.slice(0, 20)) print(`  ${source} (${size.toLocaleString('en')} bytes)`);
    if (found.length > 20) print(`  … and ${found.length - 20} more`);
  }
  const { jobs } = scrapeConfig(config);
  if (jobs.length > 0) print(`scrape jobs: ${jobs.map(({ name }) => name).join(', ')}`);
  print(`records go to ${config.server.url}, positions and queues are in ${config.data}`);
  return readable && (await reachable(config, print));
}

async function reachable({ server }: AgentConfig, print: (line: string) => void): Promise<boolean> {
  try {
    const response = await fetch(`${server.url.replace(/\/+$/, '')}/readyz`, { signal: AbortSignal.timeout(5_000) });
    print(response.ok ? 'the server is ready' : `the server answered ${response.status}`);
    return response.ok;
  } catch (error) {
    print(`the server cannot be reached: ${(error as Error).message}`);
    return false;
  }
}
