import type { ScrapeTargets } from '../api/prometheus/index.ts';
import type { RelabelStep, ScrapeManager } from '../receive/scrape/index.ts';

/** The scraper's targets with upstream's words for them. */
export function scrapePools(manager: ScrapeManager): ScrapeTargets {
  return {
    pools: () => manager.pools(),
    active: () =>
      manager.targets().map((target) => ({ ...target, pool: target.job, discoveredLabels: target.discovered })),
    dropped: () =>
      manager.droppedTargets().targets.map(({ job, discovered }) => ({ pool: job, discoveredLabels: discovered })),
    droppedCounts: () => Object.fromEntries(manager.droppedTargets().counts),
    relabelSteps: (pool, labels) => manager.relabelSteps(pool, labels)?.map(shown),
  };
}

/** A rule as the configuration writes it. */
const shown = ({ rule, labels, kept }: RelabelStep) => ({
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
