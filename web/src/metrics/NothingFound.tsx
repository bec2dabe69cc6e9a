import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Empty } from '../states/States.tsx';
import { useTime } from '../time/TimeContext.tsx';
import { withoutMatchers } from './relax.ts';

interface Props {
  readonly query: string;
  readonly onQuery: (query: string) => void;
}

/** A right query without an answer: what to relax. */
export function NothingFound({ query, onQuery }: Props) {
  const { t } = useTranslation();
  const { setRange } = useTime();
  const names = withoutMatchers(query);
  return (
    <Empty title={t('metrics.empty')} height={220}>
      <Button size="compact-xs" variant="default" onClick={() => setRange({ from: 'now-24h', to: 'now' })}>
        {t('states.widen')}
      </Button>
      {names.map((name) => (
        <Button
          key={name}
          size="compact-xs"
          variant="default"
          title={t('metrics.emptyCheck')}
          onClick={() => onQuery(name)}
        >
          {t('metrics.drop')}: {name}
        </Button>
      ))}
    </Empty>
  );
}
