import type { ScrapeTargets } from '../api/prometheus/index.ts';
import { type createScrapeManager, relabelSteps, type ScrapeJob } from '../receive/scrape/index.ts';

/** The scraper's targets with upstream's words for them. */
export function scrapePools(
  manager: ReturnType<typeof createScrapeManager>,
  jobs: () => readonly ScrapeJob[],
): ScrapeTargets {
  return {
    pools: () => jobs().map(({ name }) => name),
    active: () => manager.targets().map((target) => ({ ...target, pool: target.job, discoveredLabels: target.labels })),
    dropped: () => [],
    droppedCounts: () => Object.fromEntries(jobs().map(({ name }) => [name, 0])),
    relabelSteps(pool, labels) {
      const job = jobs().find(({ name }) => name === pool);
      return job === undefined ? undefined : relabelSteps(job.relabel, labels).map(shown);
    },
  };
}

type Step = ReturnType<typeof relabelSteps>[number];

/** A rule as the configuration writes it. */
const shown = ({ rule, labels, kept }: Step) => ({
  rule: {
    ...(rule.sourceLabels.length === 0 ? {} : { source_labels: rule.sourceLabels }),
    separator: rule.separator,
    regex: rule.regex,
    ...(rule.modulus === 0 ? {} : { modulus: rule.modulus }),
    ...(rule.targetLabel === '' ? {} : { target_label: rule.targetLabel }),
    replacement: rule.replacement,
    action: rule.action,
  },
  output: labels,
  keep: kept,
});
