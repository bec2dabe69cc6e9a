import { Button } from '@mantine/core';
import { IconDownload, IconFileText } from '@tabler/icons-react';
import type { SloDetail } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { factsPath } from '../data/slo.ts';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { periodOf } from './budgetCharts.ts';

/** What can be taken away of an objective: the page to print, and the facts of its period. */
export function ObjectiveActions({ objective }: { readonly objective: SloDetail }) {
  const { t } = useTranslation();
  const { name } = objective;
  const period = periodOf(objective);
  return (
    <div className="screen-actions">
      {period !== null &&
        (['csv', 'json'] as const).map((format) => (
          <Button
            key={format}
            component="a"
            href={factsPath(name, period, format)}
            download={`${name}.${format}`}
            title={t('slo.facts')}
            size="compact-sm"
            variant="default"
            leftSection={<IconDownload size={14} aria-hidden />}
          >
            {format.toUpperCase()}
          </Button>
        ))}
      <Button
        component={ScreenLink}
        to={`/slo/${encodeURIComponent(name)}`}
        with={{ report: '1' }}
        size="compact-sm"
        variant="default"
        leftSection={<IconFileText size={14} aria-hidden />}
      >
        {t('slo.report.open')}
      </Button>
    </div>
  );
}
