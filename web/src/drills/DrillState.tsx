import { IconCircleCheck, IconCircleX, IconPlayerStop, IconProgress } from '@tabler/icons-react';
import type { DrillRun } from '@trilith/contract';
import { useTranslation } from 'react-i18next';

const looks = {
  running: { icon: IconProgress, tone: 'tone-info' },
  passed: { icon: IconCircleCheck, tone: 'tone-ok' },
  failed: { icon: IconCircleX, tone: 'tone-error' },
  stopped: { icon: IconPlayerStop, tone: 'dim' },
} as const;

/** How a run stands, by icon, colour and word. */
export function DrillState({ run: { state } }: { readonly run: Pick<DrillRun, 'state'> }) {
  const { t } = useTranslation();
  const { icon: Icon, tone } = looks[state];
  return (
    <span className={`with-icon ${tone}`}>
      <Icon size={15} aria-hidden /> {t(`drills.states.${state}`)}
    </span>
  );
}
